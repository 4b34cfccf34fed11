"""CSV files: which delimiter, where the header stands, and the rows below it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from data.errors import FileProblem
from data.readers.chunks import HEADER_ROWS, Chunk, gathered, refuse_wide, unique
from data.readers.csv_rows import Records
from data.readers.files import refuse_broken
from data.readers.headers import BELOW, Header, Row, header_place, known_row, lettered, titles
from data.readers.text import Text

DELIMITERS = ",\t;|"
# what decides the delimiter and the header is found in so much text
HEAD_BYTES = 16 << 20


@dataclass(frozen=True)
class Head:
    """The beginning of a CSV: what it is written in, its text as UTF-8, whether that is all of it, its first rows."""

    encoding: str
    delimiter: str
    data: bytes
    whole: bool
    rows: list[Row]


def read_csv(
    path: Path, known: frozenset[str], header_row: int | None = None, *, careful: bool = False
) -> Iterator[Chunk]:
    """Rows of a CSV below its header; `careful` cuts every row with care, to the same rows."""
    refuse_broken(path)
    head = csv_head(path, known)
    header = csv_header(path, head, known, header_row, guess=False)
    yield from gathered(csv_pieces(path, head, header, Text(path).blocks(), careful=careful))


def csv_pieces(
    path: Path, head: Head, header: Header, blocks: Iterator[bytes], *, careful: bool = False
) -> Iterator[Chunk]:
    """Rows below the header of a text, as they are cut."""
    records = Records(blocks, head.delimiter, path.name)
    for _ in range(header.row_no):
        records.next()
    yield from records.pieces(unique(header.names), careful=careful)


def csv_head(path: Path, known: frozenset[str]) -> Head:
    """
    The beginning of a CSV.

    Raises
    ------
    FileProblem
        The file is blank, binary or in no known encoding.
    """
    text = Text(path)
    blocks = text.blocks()
    data, whole = b"", False
    while len(data) < HEAD_BYTES and data.count(b"\n") + data.count(b"\r") < 4 * (HEADER_ROWS + BELOW):
        block = next(blocks, None)
        if block is None:
            whole = True
            break
        data += block
    whole = whole or next(blocks, None) is None
    often = sorted(DELIMITERS, key=lambda delimiter: data[:100_000].count(delimiter.encode()), reverse=True)
    by_delimiter = {delimiter: _first_rows(data, delimiter, whole, path.name) for delimiter in often}
    understood = (one for one in often if known_row(by_delimiter[one], known) is not None)
    delimiter = next(understood, None) or max(often, key=lambda one: _evenness(by_delimiter[one]))
    return Head(text.encoding or "utf-8", delimiter, data, whole, by_delimiter[delimiter])


def csv_header(path: Path, head: Head, known: frozenset[str], header_row: int | None, *, guess: bool) -> Header:
    """
    The header of a CSV.

    `header_row` and `guess` are as for `header_place`.

    Raises
    ------
    FileProblem
        No header row that is known, or no such row.
    """
    rows = head.rows
    place, found = header_place(path.name, rows, known, header_row, guess=guess)
    if place >= len(rows):
        row = _far_row(path, head.delimiter, place + 1)
    else:
        row = rows[place] if place >= 0 else lettered(rows)
    refuse_wide(path.name, len(row))
    return Header(place + 1, tuple(row), titles(rows[: min(max(place, 0), HEADER_ROWS)]), found)


def _first_rows(data: bytes, delimiter: str, whole: bool, file: str) -> list[Row]:
    records = Records(iter([data]), delimiter, file)
    rows: list[Row] = []
    while len(rows) < HEADER_ROWS + BELOW and (found := records.next()) is not None:
        rows.append(found[0])
    # the last one may be cut off
    return rows[:-1] if not whole and 1 < len(rows) < HEADER_ROWS + BELOW else rows


def _evenness(rows: list[Row]) -> tuple[float, int]:
    """How many rows have the same number of columns, in tenths, and how many columns those are; none for one column."""
    widths = Counter(len(row) for row in rows if any(row))
    if not widths:
        return 0.0, 0
    usual, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    return (round(count / widths.total(), 1), usual) if usual > 1 else (0.0, 0)


def _far_row(path: Path, delimiter: str, row_no: int) -> Row:
    """A row that stands deep in the file."""
    records = Records(Text(path).blocks(), delimiter, path.name)
    found: tuple[Row, str] | None = ([], "")
    while records.row_no < row_no and found is not None:
        found = records.next()
    if found is None:
        raise FileProblem("file.header_row", file=path.name, row=row_no, rows=records.row_no)
    return found[0]
