"""`boundaries`: say what a file holds, bring it in as one level, or end an import that was cut off."""

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from data.commands.parser import Usage
from data.replacing import BoundaryReport, finish, import_boundaries, plain
from data.store import Store
from data.words import t, visible
from geo.outlines import LayerOutline, SourceOutline, describe

NEEDED = {"level": "--level", "id_column": "--id", "name_column": "--name"}


def boundaries(parsed: argparse.Namespace, store: Store, say: Callable[[str, str], None]) -> int:
    """Import one level's boundaries, or describe the file."""

    def tell(part: float, key: str | None = None, /, **values: object) -> None:
        # what is refused is refused in one sentence, with nothing before it
        if key and part:
            shown = {name: f"{v:,}" if isinstance(v, int) else visible(str(v)) for name, v in values.items()}
            say("err", f"{t(key, **shown)} {part:4.0%} \r")

    if parsed.file is None:
        report = finish(store, tell)
        if report is None:
            say("out", t("cli.boundaries_nothing") + "\n")
            return 0
        return _reported(report, parsed, say)
    path = _path(parsed.cwd, parsed.file)
    if parsed.describe:
        outline = describe(path, encoding=parsed.encoding)
        say("out", json.dumps(asdict(outline), ensure_ascii=False) + "\n" if parsed.json else _told(outline))
        return 0
    if lacking := [option for name, option in NEEDED.items() if getattr(parsed, name) is None]:
        raise Usage(t("cli.boundaries_lacks", options=" ".join(lacking)))
    names = (*NEEDED, "parent_column", "crs", "valid_from", "valid_to", "layer", "encoding", "replacing")
    options = {name: getattr(parsed, name) for name in names if name != "level"}
    return _reported(import_boundaries(store, path, parsed.level, **options, tell=tell), parsed, say)


def _path(cwd: Path, file: str) -> Path:
    """A file named on the command line; a `~` of nobody stays what it is."""
    try:
        return cwd / Path(file).expanduser()
    except RuntimeError:
        return cwd / file


def _reported(report: BoundaryReport, parsed: argparse.Namespace, say: Callable[[str, str], None]) -> int:
    values = plain(report)
    if parsed.json:
        say("out", json.dumps(values, ensure_ascii=False) + "\n")
    elif report.unchanged:
        say("out", t("cli.boundaries_unchanged", **values) + "\n")
    else:
        mended = ", ".join(report.mended[:20]) or "-"
        say("out", t("cli.boundaries_done", **(values | {"mended": mended})) + "\n")
        if report.recut:
            say("out", t("cli.boundaries_recut", n=report.recut) + "\n")
    return 0


def _told(outline: SourceOutline) -> str:
    return "".join(_layer(outline, layer) for layer in outline.layers)


def _layer(outline: SourceOutline, layer: LayerOutline) -> str:
    edges = "-" if layer.bounds is None else ", ".join(f"{edge:.6g}" for edge in layer.bounds)
    lines = [
        t(
            "cli.describe_layer", file=visible(outline.file), kind=outline.kind, layer=visible(layer.name),
            features=layer.features, kinds=", ".join(layer.kinds) or "-", crs=visible(layer.declared) or "-",
            bounds=edges, encoding=layer.encoding or "-",
        )
    ]  # fmt: skip
    for column in layer.columns:
        roles = ", ".join(t(f"boundaries.role_{role}") for role in column.roles if layer.suggested(role) == column.name)
        samples = visible(" / ".join(column.samples))
        line = t(
            "cli.describe_column", column=visible(column.name), kind=column.kind, filled=column.filled,
            distinct=column.distinct, samples=samples,
        )  # fmt: skip
        lines.append(f"  {line}" + (f" ← {roles}" if roles else ""))
    return "\n".join(lines) + "\n"
