"""Sheets of workbooks, whatever program wrote them: cells by place, merged cells, which sheet is meant."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.errors import FileProblem
from data.readers.chunks import HEADER_ROWS, hits
from data.readers.headers import BELOW, Row, likely_row

# more merged cells than this are not filled
MERGED_LIMIT = 20_000_000
# in the first rows no more places than this are filled
TOP_PLACES = 200_000


@dataclass
class Grid:
    """
    A run of a sheet's rows that have cells.

    `row_no` are their numbers, ascending; `columns` the texts of the columns A, B, ...
    """

    row_no: np.ndarray
    columns: list[pa.Array]
    notes: dict[str, int] = field(default_factory=dict)


@dataclass
class Sheet:
    """
    A sheet: `grids` reads its rows anew at every call.

    `rows` is about how many rows it has; `merges` the merged cells, one a row,
    as first row, last row, first column, last column, from 1, inclusive.
    """

    name: str
    rows: int
    grids: Callable[[], Iterator[Grid]]
    merges: np.ndarray = field(default_factory=lambda: np.empty((0, 4), np.int64))
    _top: list[Row] | None = None

    def top(self) -> list[Row]:
        """The first rows as they are seen, merged cells filled; blank ones too."""
        if self._top is None:
            rows: list[Row] = []
            for grid in self.grids():
                for row_no, row in zip(grid.row_no.tolist(), _rows(grid, HEADER_ROWS + BELOW), strict=False):
                    if row_no <= HEADER_ROWS + BELOW:
                        rows += [[] for _ in range(row_no - len(rows) - 1)]
                        rows.append(row)
                if len(grid.row_no) and grid.row_no[-1] >= HEADER_ROWS + BELOW:
                    break
            self._top = self._filled(rows)
        return self._top

    def _filled(self, rows: list[Row]) -> list[Row]:
        width, left_over = max(map(len, rows), default=0), TOP_PLACES
        for first, last, left, right in self.merges[self.merges[:, 0] <= len(rows)].tolist():
            merged = rows[first - 1 : last]
            anchor = merged[0][left - 1] if len(merged[0]) >= left else ""
            left_over -= len(merged) * (min(right, width) - left + 1)
            if not anchor or left_over < 0:
                continue
            for row in merged:
                row.extend([""] * (min(right, width) - len(row)))
                for column in range(left - 1, min(right, width)):
                    row[column] = anchor
        return rows


def _rows(grid: Grid, count: int) -> Iterator[Row]:
    columns = [column[:count].to_pylist() for column in grid.columns]
    return ([value or "" for value in row] for row in zip(*columns, strict=True))


def grid_of(rows: Iterable[tuple[int, list[str | None]]]) -> Grid:
    """Rows of texts as a grid."""
    numbered = list(rows)
    width = max((len(row) for _, row in numbered), default=0)
    columns = zip(*(row + [None] * (width - len(row)) for _, row in numbered), strict=True)
    return Grid(
        np.array([row_no for row_no, _ in numbered], np.int64), [pa.array(column, pa.string()) for column in columns]
    )


def chosen(path: Path, sheets: list[Sheet], name: str | None, known: frozenset[str]) -> Sheet:
    """
    The sheet of this name; when omitted the one with the most known columns, of equal ones that with most rows.

    Raises
    ------
    FileProblem
        No such sheet, or none with a cell.
    """
    if name is not None:
        found = next((sheet for sheet in sheets if sheet.name == name), None)
        if found is None:
            raise FileProblem("file.no_sheet", file=path.name, sheet=name, allowed=", ".join(s.name for s in sheets))
        return found
    filled = [sheet for sheet in sheets if any(map(any, sheet.top()))]
    if not filled:
        raise FileProblem("file.no_records", file=path.name)
    return max(filled, key=lambda sheet: (_known(sheet, known), likely_row(sheet.top()) is not None, sheet.rows))


def _known(sheet: Sheet, known: frozenset[str]) -> int:
    most = max((hits(row, known) for row in sheet.top()[:HEADER_ROWS]), default=0)
    return most if most >= 2 else 0


class Filler:
    """Fills merged cells: the text of the first cell stands for all."""

    def __init__(self, merges: np.ndarray, width: int, after: int) -> None:
        merges = merges[(merges[:, 1] > after) & (merges[:, 2] <= width)]
        merges = np.column_stack([merges[:, :3], np.minimum(merges[:, 3], width)])
        area = ((merges[:, 1] - merges[:, 0] + 1) * (merges[:, 3] - merges[:, 2] + 1)).sum()
        # cells merged over and over are no table's
        merges = merges[:0] if area > MERGED_LIMIT else merges
        self._merges = merges[np.argsort(merges[:, 0], kind="stable")].tolist()
        self._next = 0
        # merges that reach below the rows seen so far, with their text
        self._open: list[tuple[list[int], str | None]] = []

    def fill(self, row_no: np.ndarray, columns: list[pa.Array]) -> list[pa.Array]:
        """The columns of further rows with their merged cells filled."""
        if not len(row_no):
            return columns
        here = self._open
        while self._next < len(self._merges) and self._merges[self._next][0] <= row_no[-1]:
            merge = self._merges[self._next]
            here.append((merge, self._anchor(row_no, columns, merge)))
            self._next += 1
        self._open = [(merge, text) for merge, text in here if merge[1] > row_no[-1]]
        places = np.searchsorted(row_no, [(merge[0], merge[1] + 1) for merge, _ in here]).reshape(-1, 2).tolist()
        texts: list[str] = []
        sources: dict[int, np.ndarray] = {}
        for (merge, text), (start, end) in zip(here, places, strict=True):
            if text and end > start:
                for column in range(merge[2] - 1, merge[3]):
                    source = sources.setdefault(column, np.arange(len(row_no)))
                    source[start:end] = len(row_no) + len(texts)
                texts.append(text)
        extra = pa.array(texts, pa.string())
        return [
            pa.concat_arrays([column, extra]).take(pa.array(sources[i])) if i in sources else column
            for i, column in enumerate(columns)
        ]

    @staticmethod
    def _anchor(row_no: np.ndarray, columns: list[pa.Array], merge: list[int]) -> str | None:
        place = int(np.searchsorted(row_no, merge[0]))
        if place == len(row_no) or row_no[place] != merge[0]:
            return None
        return columns[merge[2] - 1][place].as_py()


def has_text(columns: list[pa.Array], rows: int) -> np.ndarray:
    """Which rows have any text."""
    found = np.zeros(rows, bool)
    for column in columns:
        if found.all():
            break
        found |= pc.fill_null(pc.binary_length(pc.utf8_trim_whitespace(column)), 0).to_numpy(zero_copy_only=False) > 0
    return found
