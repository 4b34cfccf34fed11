"""Where the header row of a table stands: by the columns that are known, else by its shape."""

import re
from collections import Counter
from dataclasses import dataclass

from data.readers.chunks import HEADER_ROWS, hits

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
