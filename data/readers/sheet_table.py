"""The table of a sheet: its header, perhaps over several rows, and the rows below it."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from data.errors import FileProblem
from data.readers.chunks import HEADER_ROWS, Chunk, normal, refuse_wide, unique
from data.readers.grids import Filler, Sheet, has_text
from data.readers.headers import Header, Row, header_place, lettered, titles, width

# a header stands in no more rows than this
HEADER_HEIGHT = 3
_HAN = re.compile("[\u4e00-\u9fff]")
# what the line of facts above a table has, and the name of a group of columns has not
_FACT = re.compile(r"[:：\d]")


def sheet_header(path: Path, sheet: Sheet, known: frozenset[str], header_row: int | None, *, guess: bool) -> Header:
    """
    The header of a sheet; its `row_no` is its last row.

    A header over two or three merged rows gives each column one name: the last
    part alone where that is known and told from the others, else all parts.
    `header_row` and `guess` are as for `header_place`.

    Raises
    ------
    FileProblem
        No header row that is known, no such row, or too many columns.
    """
    rows = sheet.top()
    place, found = header_place(path.name, rows, known, header_row, guess=guess)
    if place >= len(rows):
        first = last = place
        names = tuple(_far_row(path, sheet, place + 1))
    elif place < 0:
        first = last = place
        names = lettered(rows)
    else:
        first, last = _height(sheet, rows, place)
        names = _joined(rows[first : last + 1], known)
    refuse_wide(path.name, len(names))
    return Header(last + 1, names, titles(rows[: min(max(first, 0), HEADER_ROWS)]), found)


def sheet_pieces(sheet: Sheet, header: Header) -> Iterator[Chunk]:
    """
    The rows of a sheet below its header, as they are read.

    A blank row is no row. The note `beyond_header` counts cells with a text
    right of the last column of the header; they are left out.
    """
    names = unique(header.names)
    filler = Filler(sheet.merges, len(names), header.row_no)
    yield Chunk(np.empty(0, np.int64), {name: pa.array([], pa.string()) for name in names})
    for grid in sheet.grids():
        below = int(np.searchsorted(grid.row_no, header.row_no, side="right"))
        row_no = grid.row_no[below:]
        columns = [column[below:] for column in grid.columns]
        missing = [pa.nulls(len(row_no), pa.string())] * (len(names) - len(columns))
        own, beyond = columns[: len(names)] + missing, columns[len(names) :]
        notes = Counter(grid.notes)
        notes["beyond_header"] += int(sum(has_text([column], len(row_no)).sum() for column in beyond))
        some = has_text(own, len(row_no))
        filled = filler.fill(row_no, own)
        if not some.all():
            keep = pa.array(some)
            filled, row_no = [column.filter(keep) for column in filled], row_no[some]
        yield Chunk(row_no, dict(zip(names, filled, strict=True)), [], {key: n for key, n in notes.items() if n})


def _height(sheet: Sheet, rows: list[Row], place: int) -> tuple[int, int]:
    """The first and the last row of the header that the row at `place` belongs to, from 0."""
    first = last = place
    merges = sheet.merges - 1
    near = (merges[:, 0] <= place + HEADER_HEIGHT) & (merges[:, 1] - merges[:, 0] < HEADER_HEIGHT)
    within = merges[near].tolist()
    columns = width(rows[place])
    # a title is merged over the whole table
    within = [merge for merge in within if merge[3] - merge[2] + 1 < columns or merge[3] == merge[2]]
    for top, bottom, left, _ in within:
        if top <= place <= bottom and top < bottom and left < columns:
            first, last = min(first, top), max(last, bottom)
    if first == last == place > 0:
        # groups of columns above their names, without a cell merged downwards
        groups = [merge for merge in within if merge[0] == merge[1] == place - 1 and merge[3] > merge[2]]
        texts = [rows[place - 1][merge[2]] for merge in groups if merge[2] < len(rows[place - 1])]
        if len(groups) > 1 and all(text and not _FACT.search(text) for text in texts):
            first = place - 1
    return first, min(last, len(rows) - 1)


def _joined(rows: list[Row], known: frozenset[str]) -> tuple[str, ...]:
    """The name of each column of a header over one or several rows."""
    columns = max(map(width, rows), default=0)
    parts = [
        list(dict.fromkeys(row[i].strip() for row in rows if i < len(row) and row[i].strip())) for i in range(columns)
    ]
    bottoms = Counter(normal(part[-1]) for part in parts if part)
    names = []
    for part in parts:
        name = ("" if _HAN.search("".join(part)) else " ").join(part)
        if len(part) > 1 and normal(name) not in known and normal(part[-1]) in known and bottoms[normal(part[-1])] == 1:
            name = part[-1]
        names.append(name)
    return tuple(names)


def _far_row(path: Path, sheet: Sheet, row_no: int) -> list[str]:
    """A row that stands deep in the sheet."""
    last = 0
    for grid in sheet.grids():
        place = int(np.searchsorted(grid.row_no, row_no))
        if place < len(grid.row_no) and grid.row_no[place] == row_no:
            row = [column[place].as_py() or "" for column in grid.columns]
            return row[: width(row)]
        last = int(grid.row_no[-1]) if len(grid.row_no) else last
    raise FileProblem("file.header_row", file=path.name, row=row_no, rows=last)
