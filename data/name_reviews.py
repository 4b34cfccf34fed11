"""
Reviewed names: what a person decided on names that no area of the store has.

A decision places the complaints it concerns anew in the same write, and every
figure follows. What there is to decide is told by `data.proposals`.
"""

import csv
import io
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from data.area_names import Gazetteer
from data.errors import ScopeProblem
from data.likeness import parts_of, same_name
from data.operator_tables import table_rows
from data.places import move_counted
from data.proposals import proposals
from data.stated import place_stated, stated_texts
from data.store import Store, run
from data.tables import unformula
from data.words import visible

__all__ = ["TableReport", "place_stated_again", "proposals", "read_table", "review", "reviewed", "reviewed_table"]

# the columns of a reviewed table
TABLE = ("level", "stated", "code")


def reviewed(store: Store) -> pd.DataFrame:
    """What a person decided: `level`, `stated`, `code`, `name`, `state` (accepted, rejected), `how`, `reviewed_at`."""
    found = store.ask("area_names")
    return found[found["state"] != "proposed"].reset_index(drop=True)


def review(
    store: Store, stated: str, level: str | None, code: str | None, *, accept: bool, reviewed_at: datetime
) -> int:
    """
    Accept or reject a name for an area, and place the complaints it concerns anew.

    Accepting gives a name one area of a level; one accepted before gives way.
    Rejecting takes an acceptance back, and the area is not proposed for the name
    again. Rejecting without an area says that the name is no area's at all: where
    it is stated it is passed over, and the rest of what is stated decides.

    Parameters
    ----------
    store
        An open store.
    stated
        The name, as sources state it.
    level, code
        The area; None only to reject.
    accept
        What was decided.
    reviewed_at
        When.

    Returns
    -------
    moved
        How many complaints have another place or precision than before.

    Raises
    ------
    ScopeProblem
        An empty name, or an area the store does not have.
    """
    with store.write() as cursor:
        name = _decide(cursor, stated, level, code, accept, reviewed_at)
        return _place_named(cursor, {name})


def _decide(
    cursor: duckdb.DuckDBPyConnection,
    stated: str,
    level: str | None,
    code: str | None,
    accept: bool,
    reviewed_at: datetime,
) -> str:
    name = same_name(stated)
    if not name.strip("/"):
        raise ScopeProblem("scope.stated", value=stated)
    if accept or code is not None:
        found = cursor.execute(
            "select level from areas where level = $level and code = $code limit 1", {"level": level, "code": code}
        ).fetchall()
        if not found:
            raise ScopeProblem("scope.area", value=f"{level or ''}:{code or ''}")
    else:
        level = None
    state = "accepted" if accept else "rejected"
    run(cursor, "decide_name", stated=name, level=level, code=code, state=state, reviewed_at=reviewed_at)
    return name


def place_stated_again(store: Store) -> int:
    """
    Place every complaint without a usable coordinate by what it states, as names are now; how many moved.

    Imports, new boundaries and reviews do so by themselves; a store of an older
    version of the program has complaints that were never placed so.
    """
    with store.write() as cursor:
        return _place_named(cursor, None)


def _place_named(cursor: duckdb.DuckDBPyConnection, names: set[str] | None) -> int:
    """
    Place complaints without a usable coordinate that state one of some names anew; roll-ups follow.

    Parameters
    ----------
    names
        As `data.likeness.same_name` gives them; None means whatever is stated.
    """
    run(cursor, "said_by_unlocated")
    said = {text for text, _ in stated_texts(cursor, Gazetteer.of(cursor))}
    texts = sorted(text for text in said if names is None or not names.isdisjoint(_names_in(text)))
    if not texts:
        return 0
    cursor.register("named_texts", pa.table({"stated_area": pa.array(texts, pa.string())}))
    run(cursor, "moving_named")
    cursor.unregister("named_texts")
    place_stated(cursor, "moving")
    return move_counted(cursor)


def _names_in(text: str) -> set[str]:
    return {same_name(text), *parts_of(text)}


def reviewed_table(store: Store) -> str:
    """
    What a person decided as a CSV table of `level`, `stated`, `code`; `read_table` takes it back.

    Accepted names have an area; a name that is no area's has neither level nor
    code. Rejected candidates are left out: another table may well accept them.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(TABLE)
    for row in reviewed(store).itertuples():
        if row.state == "accepted" or pd.isna(row.code):
            cells = ("" if pd.isna(value) else str(value) for value in (row.level, row.stated, row.code))
            writer.writerow([unformula(cell) for cell in cells])
    return file.getvalue()


@dataclass(frozen=True)
class TableReport:
    """What became of a table: rows `read`, `accepted`, `ignored` (names of no area), `wrong`; complaints `moved`."""

    file: str
    read: int
    accepted: int
    ignored: int
    wrong: tuple[tuple[int, str, str], ...]
    moved: int


def read_table(store: Store, path: Path, *, reviewed_at: datetime) -> TableReport:
    """
    Take over a reviewed table: CSV with the columns `level`, `stated` and `code`.

    Parameters
    ----------
    store
        An open store.
    path
        The file. A row without a code says that the name is no area's.
    reviewed_at
        When.

    Returns
    -------
    report
        Rows that change nothing are in `wrong`: row number, what is wrong, and why:
        area (the store does not have it), stated (no name), or why the row could not
        be read.

    Raises
    ------
    FileProblem
        The file cannot be read, or has not these columns.
    """
    counts, wrong, names = Counter(), [], set()
    with store.write() as cursor:
        for row_no, cells, fault in table_rows(path, TABLE):
            counts["read"] += 1
            # a mark against formulas is none of the name
            level, stated, code = (cell.removeprefix("'") for cell in cells)
            if fault:
                wrong.append((row_no, "", fault))
                continue
            try:
                names.add(_decide(cursor, stated, level or None, code or None, bool(code), reviewed_at))
            except ScopeProblem as problem:
                wrong.append((row_no, visible(str(problem.values["value"])), problem.key.partition(".")[2]))
            else:
                counts["accepted" if code else "ignored"] += 1
        moved = _place_named(cursor, names) if names else 0
    return TableReport(visible(path.name), counts["read"], counts["accepted"], counts["ignored"], tuple(wrong), moved)
