"""`names` and `population`: names sources use for areas, reviewed by a person, and residents of areas."""

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import pandas as pd

from data.commands.parser import Usage
from data.commands.tables import as_table
from data.errors import ExportProblem
from data.name_reviews import TableReport, place_stated_again, read_table, review, reviewed, reviewed_table
from data.population import PopulationReport, import_population
from data.proposals import proposals, propose
from data.store import Store
from data.words import t, visible

# of rows that were left out, so many are named
SHOWN = 20


def names(parsed: argparse.Namespace, store: Store, say: Callable[[str, str], None]) -> int:
    """Show what is proposed and decided, decide on a name, or take a reviewed table in or out."""
    if parsed.what is None and parsed.deed in ("accept", "reject", "import"):
        raise Usage(t("cli.names_what", deed=parsed.deed))
    now = datetime.now().replace(microsecond=0)
    if parsed.deed == "list":
        return _list(parsed, store, say)
    if parsed.deed == "propose":
        found = {"moved": place_stated_again(store), "new": propose(store, now)}
        return _say(parsed, say, found, t("cli.names_proposed", **{name: f"{n:,}" for name, n in found.items()}))
    if parsed.deed == "export":
        return _export(parsed, store, say)
    if parsed.deed == "import":
        report = read_table(store, parsed.cwd / parsed.what, reviewed_at=now)
        return _say(parsed, say, asdict(report), _told(report))
    return _decide(parsed, store, say, now)


def _decide(parsed: argparse.Namespace, store: Store, say: Callable[[str, str], None], now: datetime) -> int:
    accept = parsed.deed == "accept"
    if (parsed.level is None) != (parsed.code is None) or (accept and parsed.code is None):
        raise Usage(t("cli.names_area", deed=parsed.deed))
    moved = review(store, parsed.what, parsed.level, parsed.code, accept=accept, reviewed_at=now)
    shown = {"name": visible(parsed.what), "area": f"{parsed.level}:{parsed.code}", "n": f"{moved:,}"}
    key = "cli.names_accepted" if accept else "cli.names_rejected" if parsed.code else "cli.names_ignored"
    plain = {"stated": parsed.what, "level": parsed.level, "code": parsed.code, "accepted": accept, "moved": moved}
    return _say(parsed, say, plain, t(key, **shown))


def _list(parsed: argparse.Namespace, store: Store, say: Callable[[str, str], None]) -> int:
    parts = {"proposed": _rows(proposals(store)), "reviewed": _rows(reviewed(store))}
    if parsed.json:
        say("out", json.dumps(parts, ensure_ascii=False) + "\n")
        return 0
    for row in (row for rows in parts.values() for row in rows):
        row["how"] = t(f"names.how_{row['how']}") if row["how"] else None
    for part, rows in parts.items():
        say("out", t(f"cli.names_{part}_list", n=len(rows)) + "\n")
        if rows:
            say("out", as_table(rows, part) + "\n")
    return 0


def _rows(frame: pd.DataFrame) -> list[dict]:
    """A frame's rows as plain values, times as ISO texts."""
    plain = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [
        {name: value.isoformat() if isinstance(value, pd.Timestamp) else value for name, value in row.items()}
        for row in plain
    ]


def _export(parsed: argparse.Namespace, store: Store, say: Callable[[str, str], None]) -> int:
    table = reviewed_table(store)
    if parsed.what is None:
        say("out", table)
        return 0
    path = parsed.cwd / parsed.what
    try:
        # with the mark by which table programs know the encoding
        path.write_text(table, "utf-8-sig", newline="")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ExportProblem("export.unwritten", file=path.name, reason=reason) from error
    rows = table.count("\n") - 1
    return _say(parsed, say, {"file": path.name, "rows": rows}, t("cli.names_exported", file=path.name, n=f"{rows:,}"))


def _told(report: TableReport) -> str:
    lines = [t("cli.names_imported", **(asdict(report) | {"wrong": len(report.wrong)}))]
    return "\n".join(lines + _left_out(report.wrong))


def population(parsed: argparse.Namespace, store: Store, say: Callable[[str, str], None]) -> int:
    """Import residents of a level's areas; rows that fit no area are named, and nothing stored is a failure."""
    if (parsed.id_column is None) == (parsed.name_column is None):
        raise Usage(t("cli.population_area"))
    report = import_population(
        store,
        parsed.cwd / Path(parsed.file),
        parsed.level,
        people_column=parsed.people,
        counted_on=parsed.on,
        id_column=parsed.id_column,
        name_column=parsed.name_column,
    )
    _say(parsed, say, asdict(report) | {"counted_on": report.counted_on.isoformat()}, _counted(report))
    return 0 if report.stored else 1


def _counted(report: PopulationReport) -> str:
    values = asdict(report) | {"people": f"{report.people:,}", "left": len(report.left_out)}
    lines = [t("cli.population_done", **values)]
    return "\n".join(lines + _left_out(report.left_out))


def _left_out(rows: tuple[tuple[int, str, str], ...]) -> list[str]:
    """The rows that were left out, the first of very many."""
    lines = [t("cli.row_left_out", row=no, value=value, why=t(f"left_out.{why}")) for no, value, why in rows[:SHOWN]]
    more = len(rows) - SHOWN
    return [*lines, *([t("cli.rows_left_out", n=f"{more:,}")] if more > 0 else [])]


def _say(parsed: argparse.Namespace, say: Callable[[str, str], None], plain: dict, told: str) -> int:
    say("out", (json.dumps(plain, ensure_ascii=False) if parsed.json else told) + "\n")
    return 0
