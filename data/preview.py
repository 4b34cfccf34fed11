"""A file before it is imported: its first rows as they would be stored, and what of them is not understood."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from data.evidence import AUTO, judge_file, proven
from data.masking import Masker
from data.profiles import TIMES, Profile
from data.readers import Chunk, read_rows
from data.rejects import Rejects
from data.report import Report
from data.staging import Staging
from data.stated import place_stated
from data.store import Store, run
from geo.evidence import Verdict

# so many rows are looked at, and of them so many shown
LOOKED_AT, SHOWN = 2_000, 50


@dataclass(frozen=True)
class Preview:
    """
    What an import would make of the first `LOOKED_AT` rows.

    Attributes
    ----------
    rows
        The first `SHOWN` that would be stored, masked: `ticket_no`, `received_at`,
        `closed_at`, `category`, `channel`, `unit`, `address`, `content`, `lon`,
        `lat`, `place` (names of its areas) and `precision`.
    fields
        One row per column that is used: `field`, `header`, `filled` (texts in
        it), `understood` (of these), `example` of one that was not, masked.
    read, rejected, reasons, notes
        As in a report.
    known, repeated
        Rows whose ticket number the source has in the store already, and rows
        that repeat a ticket number of the file.
    verdict
        What the evidence says of the coordinates; None when there are none, or
        their system is said.
    """

    rows: pd.DataFrame
    fields: pd.DataFrame
    read: int
    rejected: int
    known: int
    repeated: int
    reasons: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)
    verdict: Verdict | None = None


def preview(
    store: Store,
    path: Path,
    profile: Profile,
    *,
    crs: str | None = None,
    sheet: str | None = None,
    header_row: int | None = None,
) -> Preview:
    """
    What importing a file would do, by the import's own steps; the store is not changed.

    Parameters
    ----------
    store, path, profile, crs, sheet, header_row
        As for `data.intake.import_file`. With `auto`, or where neither `crs` nor
        the profile says it, the coordinate system is judged.

    Raises
    ------
    FileProblem
        As for an import, but for an unproven coordinate system: the verdict says so.
    """
    verdict, system = None, crs if crs not in (None, AUTO) else None
    if system is None and (crs == AUTO or profile.crs in ("", AUTO)):
        verdict = judge_file(store, path, profile, sheet=sheet, header_row=header_row)
        # undecided: the rows are shown as if they were in wgs84
        system = proven(verdict, path.name) if verdict and verdict.decided else "wgs84"
    options = {name: value for name, value in (("sheet", sheet), ("header_row", header_row)) if value is not None}
    report, taken = Report(path.name, profile=profile.name), []
    with Rejects(None) as rejects, store.trial() as cursor:
        staging = Staging(cursor, profile, system, Masker(store.key), report, rejects)
        staging.take(_first(read_rows(path, profile.known, **options), taken), path, lambda _: None)
        report.notes |= place_stated(cursor, "incoming")
        found = _seen(cursor, profile.source)
    fields = _fields(found.pop("typed"), report, taken, Masker(store.key))
    reasons, notes = dict(report.reasons), {name: count for name, count in report.notes.items() if count}
    return Preview(
        **found,
        fields=fields,
        read=report.read,
        rejected=report.rejected,
        reasons=reasons,
        notes=notes,
        verdict=verdict,
    )


def _first(chunks: Iterator[Chunk], taken: list[Chunk]) -> Iterator[Chunk]:
    """The first rows, remembered as the file has them."""
    left = LOOKED_AT
    for chunk in chunks:
        columns = {name: column.slice(0, left) for name, column in chunk.columns.items()}
        bad = [one for one in chunk.bad if len(chunk.row_no) <= left or one[0] <= chunk.row_no[left - 1]]
        taken.append(Chunk(chunk.row_no[:left], columns, bad))
        yield taken[-1]
        left -= len(taken[-1].row_no)
        if left <= 0:
            return


def _seen(cursor: duckdb.DuckDBPyConnection, source: str) -> dict:
    """The staged rows, and how many of them the store knows."""
    run(cursor, "previewed")
    rows = cursor.df()
    run(cursor, "previewed_counts", source=source)
    known, repeated = cursor.fetchall()[0]
    typed = cursor.sql("from incoming order by row_no").to_arrow_table()
    return {"rows": rows.head(SHOWN), "known": known, "repeated": repeated, "typed": typed}


def _fields(typed: pa.Table, report: Report, taken: list[Chunk], masker: Masker) -> pd.DataFrame:
    """How much of each column was understood."""
    rows = []
    at = {row_no: position for position, row_no in enumerate(typed.column("row_no").to_pylist())}
    for name, header in report.columns.items():
        filled, understood, example = 0, 0, ""
        values = _values(typed, name)
        for chunk in taken:
            for row_no, text in zip(chunk.row_no.tolist(), chunk.columns[header].to_pylist(), strict=True):
                if not text or not text.strip() or row_no not in at:
                    continue
                filled += 1
                good = values is None or values[at[row_no]] is not None
                understood += good
                example = example or ("" if good else (masker.text(text) or "")[:60])
        rows.append((name, header, filled, understood, example))
    return pd.DataFrame(rows, columns=["field", "header", "filled", "understood", "example"])


def _values(typed: pa.Table, name: str) -> list | None:
    """The typed column a field becomes, where a text may fail to become one; None where any text is one."""
    known = {**{time: time for time in TIMES}, "lon": "lon", "lat": "lat", "point": "lon"}
    known |= {name: name for name in ("solved", "satisfied", "urgency", "valid", "contacted")}
    return typed.column(known[name]).to_pylist() if name in known else None
