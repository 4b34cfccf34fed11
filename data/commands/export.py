"""`export WHAT --out FILE`: what the pages offer as a file, written by the same functions."""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

from data.commands.ask import scope_of
from data.errors import ExportProblem
from data.exports import EXPORTS, open_content
from data.exports.facts import as_mapping
from data.store import Store
from data.words import language, t, visible

OPTIONS = ("state", "text", "level", "by", "step", "depth", "zoom")


def export(parsed: argparse.Namespace, store: Store, say: Callable[[str, str], None]) -> int:
    """Write one file; without a period, over everything the store holds."""
    from data.exports.files import write_file  # only this command needs GDAL and its like

    started = time.perf_counter()
    path = _path(parsed)
    kind = parsed.format or path.suffix.removeprefix(".").lower()
    if kind not in EXPORTS[parsed.what].formats:
        allowed = ", ".join(EXPORTS[parsed.what].formats)
        raise ExportProblem("export.format", what=parsed.what, value=kind, allowed=allowed)
    given = {name: str(getattr(parsed, name) or "") for name in OPTIONS}
    given["zoom"] = str(parsed.zoom)
    given["bbox"] = ",".join(map(str, parsed.bbox)) if parsed.bbox else ""
    given["by"] = parsed.by or parsed.level or ""
    content = open_content(store, parsed.what, scope_of(parsed, store), given, language.get())
    write_file(content, kind, path, parsed.home / "exports")
    report = {
        "file": visible(path.name), "format": kind, "bytes": path.stat().st_size,
        "seconds": round(time.perf_counter() - started, 3), **as_mapping(content.counted()),
    }  # fmt: skip
    if parsed.json:
        say("out", json.dumps(report, ensure_ascii=False) + "\n")
    else:
        say("out", _told(report))
    return 0


def _told(report: dict) -> str:
    line = t("cli.exported", **{name: report[name] for name in ("file", "rows", "bytes", "seconds")}) + "\n"
    without = report.get("without_point")
    return line + (t("cli.exported_without", n=without) + "\n" if without else "")


def _path(parsed: argparse.Namespace) -> Path:
    """The file named on the command line; a `~` of nobody stays what it is."""
    try:
        return parsed.cwd / Path(parsed.out).expanduser()
    except RuntimeError:
        return parsed.cwd / parsed.out
