"""Rows of any file, in chunks."""

from collections.abc import Iterator
from pathlib import Path

from data.errors import FileProblem
from data.readers.chunks import Chunk, gathered
from data.readers.csv_table import read_csv
from data.readers.grids import chosen
from data.readers.json_rows import read_json
from data.readers.kinds import JSON, PARQUET, is_book, kind_of, open_book
from data.readers.parquet import read_parquet
from data.readers.sheet_table import sheet_header, sheet_pieces


def read_rows(
    path: Path, known: frozenset[str], *, sheet: str | None = None, header_row: int | None = None
) -> Iterator[Chunk]:
    """
    Rows of a file in chunks.

    Parameters
    ----------
    path
        CSV (UTF-8, UTF-16 with mark, GB18030), JSON (lines, an array, an object
        with an array somewhere in it, GeoJSON points), HTML or XML tables, each
        gzipped or not; XLSX, XLS, ODS, Parquet. The name does not matter.
    known
        Normalised column names the profile understands (see `normal`). The header
        is the one of the first 20 rows that holds most of them, at least two, so
        that title rows above it do no harm; of several sheets or arrays the one
        is read whose columns are known best.
    sheet
        The sheet to read.
    header_row
        The row of the file the names of the columns stand in, whether they are
        known or not; 0 where the file has no header: its columns are A, B, C, ...

    Yields
    ------
    chunk
        At least one; all have the same columns. A row's number is its row in a
        table program (the header of a plain file is row 1), its line (JSON lines)
        or its place in the array or table, from 1. Reasons of bad rows: `columns`
        (more or fewer than the header), `quote` (opened and not closed), `json`
        (no JSON object), `geometry` (no point). Notes: `error_cells` (formulas
        that failed, now empty), `beyond_header` (cells right of the header, left out).

    Raises
    ------
    FileProblem
        The file is missing, empty, binary, broken, encrypted, in no known encoding,
        of a kind that holds no rows, unpacks to an absurd size, has no such sheet
        or row, or no header row the profile understands.
    """
    kind = kind_of(path)
    if is_book(kind):
        sheets, _ = open_book(path, kind)
        found = chosen(path, sheets, sheet, known)
        yield from gathered(sheet_pieces(found, sheet_header(path, found, known, header_row, guess=False)))
        return
    refuse_sheet(path, sheet)
    reader = read_parquet if kind == PARQUET else read_json if kind == JSON else read_csv
    yield from reader(path, known, header_row)


def refuse_sheet(path: Path, sheet: str | None) -> None:
    """Raise when a sheet is asked for of a file that has none."""
    if sheet is not None:
        raise FileProblem("file.no_sheet", file=path.name, sheet=sheet, allowed="-")
