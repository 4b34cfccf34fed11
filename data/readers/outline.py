"""What a file is at a glance, before it is read in: format, encoding, sheets, header row, columns, first rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from data.readers.chunks import Chunk, hits, unique
from data.readers.csv_table import csv_head, csv_header, csv_pieces
from data.readers.files import unpacked_size
from data.readers.grids import chosen
from data.readers.headers import width
from data.readers.json_rows import json_pieces, json_shape
from data.readers.kinds import JSON, PARQUET, is_book, kind_of, open_book
from data.readers.parquet import parquet_top
from data.readers.reading import refuse_sheet
from data.readers.sheet_table import sheet_header, sheet_pieces
from data.readers.text import Text, raw_length

SAMPLE_ROWS = 50
# of a JSON file so many records are looked at
RECORDS = 10_000
Sample = tuple[dict[str, str | None], ...]


@dataclass(frozen=True)
class SheetOutline:
    """A sheet or table of a file: its name, about how many rows and how many columns it has."""

    name: str
    rows: int
    columns: int


@dataclass(frozen=True)
class Outline:
    """
    What a file is.

    `format` is csv, json, jsonl, geojson, xlsx, xls, ods, html or parquet;
    `encoding` and `delimiter` are "" where there is none. `sheet` is the one of
    the `sheets` that is meant, "" where a file has none. `header_row` is the row
    the names of the columns stand in (the last one of several), 0 where they
    stand in no row; `known` is True when it was found by known columns, else it
    is guessed from its shape or was stated. `titles` are the texts above it.
    `rows` is the number of rows, `exact` or estimated. `sample` holds the first
    50 rows by header. `size` is the file's, in bytes.
    """

    format: str
    encoding: str
    delimiter: str
    sheets: tuple[SheetOutline, ...]
    sheet: str
    header_row: int
    known: bool
    titles: tuple[str, ...]
    headers: tuple[str, ...]
    rows: int
    exact: bool
    sample: Sample
    size: int


def outline(path: Path, *, sheet: str | None = None, header_row: int | None = None, known: frozenset[str]) -> Outline:
    """
    What a file is, without reading all of it.

    Parameters
    ----------
    path, sheet, header_row, known
        As for `read_rows`. Where no header row is known it is guessed: the first
        row of names, rather than values, with rows of the same width below it.

    Returns
    -------
    outline
        With it `read_rows` reads the same table: of its `sheet` with its `header_row`.

    Raises
    ------
    FileProblem
        The file cannot be read at all.
    """
    kind = kind_of(path)
    if is_book(kind):
        return _of_book(path, kind, sheet, header_row, known)
    refuse_sheet(path, sheet)
    if kind == PARQUET:
        return _of_parquet(path, known)
    return _of_json(path, known) if kind == JSON else _of_csv(path, header_row, known)


def _of_book(path: Path, kind: str, name: str | None, header_row: int | None, known: frozenset[str]) -> Outline:
    sheets, encoding = open_book(path, kind)
    sheet = chosen(path, sheets, name, known)
    header = sheet_header(path, sheet, known, header_row, guess=True)
    names = unique(header.names)
    sample, ended = _sample(sheet_pieces(sheet, header))
    rows = len(sample) if ended else max(sheet.rows - header.row_no, len(sample))
    seen = tuple(SheetOutline(one.name, one.rows, max(map(width, one.top()), default=0)) for one in sheets)
    return Outline(
        kind, encoding, "", seen, sheet.name, header.row_no, header.known, header.titles, tuple(names), rows, ended,
        sample, path.stat().st_size,
    )  # fmt: skip


def _of_csv(path: Path, header_row: int | None, known: frozenset[str]) -> Outline:
    head = csv_head(path, known)
    header = csv_header(path, head, known, header_row, guess=True)
    sample, ended = _sample(csv_pieces(path, head, header, Text(path).blocks()))
    rows = sum(len(p.row_no) + len(p.bad) for p in csv_pieces(path, head, header, iter([head.data])))
    if not head.whole:
        rows = round(rows * unpacked_size(path) / raw_length(head.data, head.encoding))
    return Outline(
        "csv", head.encoding, head.delimiter, (), "", header.row_no, header.known, header.titles,
        tuple(unique(header.names)), max(rows, len(sample)), ended or head.whole, sample, path.stat().st_size,
    )  # fmt: skip


def _of_json(path: Path, known: frozenset[str]) -> Outline:
    shape = json_shape(path, known, RECORDS)
    sample, _ = _sample(json_pieces(shape, SAMPLE_ROWS))
    names, rows = tuple(sample[0]) if sample else tuple(unique(shape.table.keys)), shape.table.records
    if not shape.whole:
        head = next(Text(path).blocks())
        characters = unpacked_size(path) * len(head.decode()) / raw_length(head, shape.encoding)
        rows = round(rows * characters / max(shape.table.characters, 1))
    return Outline(
        shape.kind, shape.encoding, "", (), "", 0, hits(names, known) > 1, (), names, rows, shape.whole, sample,
        path.stat().st_size,
    )  # fmt: skip


def _of_parquet(path: Path, known: frozenset[str]) -> Outline:
    top, rows = parquet_top(path, SAMPLE_ROWS)
    names = tuple(top.columns)
    sample, _ = _sample(iter([top]))
    return Outline(
        "parquet", "", "", (), "", 0, hits(names, known) > 1, (), names, rows, True, sample, path.stat().st_size
    )


def _sample(pieces: Iterator[Chunk]) -> tuple[Sample, bool]:
    """The first rows, and whether they are all."""
    rows: list[dict[str, str | None]] = []
    for piece in pieces:
        columns = [column[: SAMPLE_ROWS + 1].to_pylist() for column in piece.columns.values()]
        rows += (dict(zip(piece.columns, row, strict=True)) for row in zip(*columns, strict=True))
        if len(rows) > SAMPLE_ROWS or len(piece.bad) > SAMPLE_ROWS:
            return tuple(rows[:SAMPLE_ROWS]), False
    return tuple(rows), True
