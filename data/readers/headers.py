"""Where the header row of a table stands: by the columns that are known, else by its shape."""

import re
from collections import Counter
from dataclasses import dataclass

from data.errors import FileProblem
from data.readers.chunks import HEADER_ROWS, hits, letters, no_header

# of a title row above the header, so much is told
TITLE_TEXT = 200
# a name of a column is no longer than this
NAME_LENGTH = 40
# rows below a supposed header that are looked at
BELOW = 30
# what numbers, dates and codes are made of
_VALUE = re.compile(r"[\d\s.,:;/\\+\-%年月日时分秒点上下午#*~()（）]*")

Row = list[str]


@dataclass(frozen=True)
class Header:
    """
    The header of a table.

    `row_no` is its row in the file, 0 where the file has none; `names` what
    stands in it; `titles` the texts of the rows above it; `known` is True where
    it was found by columns that are known.
    """

    row_no: int
    names: tuple[str, ...]
    titles: tuple[str, ...]
    known: bool


def header_place(
    file: str, rows: list[Row], known: frozenset[str], header_row: int | None, *, guess: bool
) -> tuple[int, bool]:
    """
    The place of the header in the first rows of a table, and whether columns that are known told it.

    Parameters
    ----------
    header_row
        Its row, if it is stated; 0 for none.
    guess
        Whether a header of which nothing is known may be told by its shape.

    Returns
    -------
    place, found
        From 0; -1 where the table has no header: its columns have letters.

    Raises
    ------
    FileProblem
        No header row that is known.
    """
    if header_row is not None:
        if header_row < 0:
            raise FileProblem("file.header_row", file=file, row=header_row, rows=len(rows))
        return header_row - 1, False
    place = known_row(rows, known)
    if place is not None:
        return place, True
    if guess:
        place = likely_row(rows)
        return -1 if place is None else place, False
    # a table without a header was mapped by its columns' letters; X and Y may be names of coordinates
    named = lettered(rows)
    if hits(named, known) >= 2 and hits(set(named) - {"X", "Y"}, known):
        return -1, False
    raise no_header(file, next((row for row in rows if any(row)), []))


def lettered(rows: list[Row]) -> tuple[str, ...]:
    """The letters of the columns of a table without a header."""
    lengths = Counter(len(row) for row in rows if width(row))
    return tuple(letters(number) for number in range(1, max(lengths, key=lengths.get, default=0) + 1))


def known_row(rows: list[Row], known: frozenset[str]) -> int | None:
    """The place of the row, of the first 20, that names most known columns, at least two; None where none does."""
    counts = [hits(row, known) for row in rows[:HEADER_ROWS]]
    most = max(counts, default=0)
    return counts.index(most) if most >= 2 else None


def likely_row(rows: list[Row]) -> int | None:
    """
    The place of the row that looks like a header; None where none does.

    It is the first of the first 20 whose cells are mostly filled, different
    and names rather than values, with rows of the same width below it.
    """
    for place, row in enumerate(rows[:HEADER_ROWS]):
        below = [width(other) for other in rows[place + 1 : place + 1 + BELOW] if width(other)]
        # a header without rows has only itself
        usual = Counter(below).most_common(1)[0][0] if below else width(row)
        if _is_header(row, max(usual, 2)):
            return place
    return None


def _is_header(row: Row, usual: int) -> bool:
    filled = [cell.strip() for cell in row if cell.strip()]
    if len(filled) < 2 or width(row) < 0.7 * usual or len(filled) < 0.7 * width(row):
        return False
    names = [cell for cell in filled if len(cell) <= NAME_LENGTH and not _VALUE.fullmatch(cell)]
    return len(names) >= 0.8 * len(filled) and len(set(filled)) >= 0.8 * len(filled)


def width(row: Row) -> int:
    """How many cells a row has up to the last one with a text."""
    return max((place for place, cell in enumerate(row, 1) if cell and cell.strip()), default=0)


def titles(rows: list[Row]) -> tuple[str, ...]:
    """The texts of rows above a header."""
    # a title merged over several cells is said once
    joined = (" ".join(dict.fromkeys(cell.strip() for cell in row if cell and cell.strip())) for row in rows)
    return tuple(text[:TITLE_TEXT] for text in joined if text)
