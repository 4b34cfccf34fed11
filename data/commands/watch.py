"""`watch`: folders whose files are imported by themselves."""

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from data.commands.columns import system
from data.commands.tables import as_table
from data.store import Store
from data.watching import Watch, unwatch, waiting_files, watch, watches
from data.words import t


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command line may say."""
    parser.add_argument("deed", choices=("list", "add", "remove"), help=t("cli.watch_deed"))
    parser.add_argument("folder", nargs="?", metavar="FOLDER", help=t("cli.watch_folder"))
    parser.add_argument("--profile", default="auto", metavar="NAME", help=t("cli.profile"))
    parser.add_argument(
        "--crs", type=system, default="", metavar="auto|wgs84|gcj02|bd09|cgcs2000|EPSG:n", help=t("cli.crs_auto")
    )
    parser.add_argument("--json", action="store_true", help=t("cli.json"))


def watched_folders(parsed: argparse.Namespace, store: Store, say: Callable[[str, str], None]) -> int:  # noqa: ARG001
    """List, add or remove a watched folder; the running server looks into them."""
    if parsed.deed != "list":
        if not parsed.folder:
            from data.commands.parser import Usage

            raise Usage(t("cli.no_folder"))
        folder = parsed.cwd / Path(parsed.folder).expanduser()
        if parsed.deed == "add":
            profile = str(parsed.cwd / parsed.profile) if parsed.profile.endswith(".toml") else parsed.profile
            watch(parsed.home, Watch(str(folder), profile, parsed.crs))
        else:
            unwatch(parsed.home, str(folder))
    rows = [{**asdict(one), "waiting": len(waiting_files(Path(one.folder)))} for one in watches(parsed.home)]
    say("out", json.dumps({"watches": rows}, ensure_ascii=False) + "\n" if parsed.json else as_table(rows, "watch"))
    return 0
