"""What every reader yields: runs of rows as columns of text, and the names of those columns."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from data.errors import FileProblem

# a chunk is full when it holds so many rows, or so many bytes of text
CHUNK_ROWS = 100_000
CHUNK_BYTES = 64 << 20
# the header is looked for in so many rows
HEADER_ROWS = 20
# a table of more columns than this is no table of complaints
COLUMNS_LIMIT = 2_000
# a line, or a record, of more bytes than this is not a line of a table
LINE_LIMIT = 64 << 20
# of a row that cannot be cut into columns, so much text is kept
BAD_TEXT = 8_000

Bad = tuple[int, str, str]


@dataclass
class Chunk:
    """
    A run of rows of one file.

    `row_no` holds the rows' numbers in the file, ascending (int64); `columns` are
    equally long columns of text by header; `bad` are rows that could not be cut
    into columns, as (row number, reason, the row's text); `notes` counts what was
    read but not as it stands in the file.
    """

    row_no: np.ndarray
    columns: dict[str, pa.Array]
    bad: list[Bad] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)


def normal(header: str) -> str:
    """A column name without what differs between exports: case, blanks, underscores, byte-order mark, brackets."""
    text = header.replace("\ufeff", "").translate(_BRACKETS).strip().casefold()
    return "".join(c for c in text if c not in " _\t\n\r\u3000\u00a0-")


_BRACKETS = str.maketrans({"（": "(", "）": ")", "：": ":"})


def hits(names: Iterable[str | None], known: frozenset[str]) -> int:
    """How many known columns a row names."""
    return len({normal(name) for name in names if name} & known)


def unique(header: Iterable[str]) -> list[str]:
    """Header names, a repeated or empty one made different so that no column is lost."""
    stripped = [name.replace("\ufeff", "").strip() for name in header]
    taken, numbers = set(stripped), Counter()
    names: list[str] = []
    for bare in stripped:
        numbers[bare] += 1
        name = bare
        while not name or (numbers[bare] > 1 and name in taken):
            name = f"{bare}#{numbers[bare]}"
            numbers[bare] += name in taken
        taken.add(name)
        names.append(name)
    return names


def letters(number: int) -> str:
    """The name a table program gives its nth column: A, B, ... Z, AA, AB, ..."""
    name = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name


def no_header(file: str, seen: Iterable[str | None]) -> FileProblem:
    """The problem of a file whose columns nobody knows, with the names it has in their place."""
    named = [name.strip() for name in seen if name and name.strip()][:12]
    # what stands there may be a row of somebody's own data: long numbers are not repeated
    shown = ", ".join(name if sum(c.isdecimal() for c in name) < 5 else "…" for name in named)[:300]
    return FileProblem("file.no_header", file=file, columns=shown)


def refuse_wide(file: str, columns: int) -> None:
    """Raise when a table has more columns than any table of complaints."""
    if columns > COLUMNS_LIMIT:
        raise FileProblem("file.too_wide", file=file, columns=columns, limit=COLUMNS_LIMIT)


def gathered(pieces: Iterable[Chunk]) -> Iterator[Chunk]:
    """
    Pieces of any size as full chunks; at least one, so that a file without rows has its columns.

    All pieces have the same columns. A chunk has at most `CHUNK_ROWS` rows.
    """
    waiting: list[Chunk] = []
    rows = size = 0
    for piece in pieces:
        for part in _parts(piece):
            if waiting and (rows + len(part.row_no) > CHUNK_ROWS or size > CHUNK_BYTES):
                yield _joined(waiting)
                waiting, rows, size = [], 0, 0
            waiting.append(part)
            rows += len(part.row_no) + len(part.bad)
            size += sum(column.nbytes for column in part.columns.values())
    yield _joined(waiting)


def _parts(piece: Chunk) -> Iterator[Chunk]:
    """A piece cut into parts of at most a chunk's rows; a bad row stays with the rows before it."""
    if len(piece.row_no) <= CHUNK_ROWS:
        yield piece
        return
    bad, notes = piece.bad, piece.notes
    for start in range(0, len(piece.row_no), CHUNK_ROWS):
        end = start + CHUNK_ROWS
        columns = {name: column[start:end] for name, column in piece.columns.items()}
        here = [row for row in bad if end >= len(piece.row_no) or row[0] < piece.row_no[end]]
        bad = bad[len(here) :]
        yield Chunk(piece.row_no[start:end], columns, here, notes)
        notes = {}


def _joined(pieces: list[Chunk]) -> Chunk:
    # what holds nothing is left out, but for one
    pieces = [piece for piece in pieces if len(piece.row_no) or piece.bad or piece.notes] or pieces[:1]
    if len(pieces) == 1:
        return pieces[0]
    numbers = np.concatenate([piece.row_no for piece in pieces])
    columns = {name: pa.concat_arrays([piece.columns[name] for piece in pieces]) for name in pieces[0].columns}
    notes = Counter()
    for piece in pieces:
        notes.update(piece.notes)
    return Chunk(numbers, columns, [row for piece in pieces for row in piece.bad], dict(notes))
