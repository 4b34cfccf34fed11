"""The cells of an XLSX sheet, streamed: each cell's type and text gathered, then whole columns turned into texts."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.readers.grids import Grid
from data.readers.parts import opened, parsed
from data.readers.values import day_texts, duration_texts, number_texts, unescaped

# what a cell's text is
NUMBER, SHARED, TEXT, FLAG, ERROR, MOMENT, DAY, DURATION = range(8)
_TYPES = {None: NUMBER, "n": NUMBER, "s": SHARED, "b": FLAG, "e": ERROR, "d": MOMENT}
# the last row and column of a sheet
ROWS, COLUMNS = 1_048_576, 16_384
# so many cells make a grid; the first one is small, for who only looks at the top
GRID_CELLS, FIRST_CELLS = 200_000, 2_000
# rows and columns of one grid make no more places than this
GRID_PLACES = 8_000_000
# a table program allows 32,767 characters in a cell
TEXT_LIMIT = 1 << 20
# shared texts are gathered in runs of so many; the first run is enough to look at a sheet's top
RUN = 20_000


class Shared:
    """The texts that cells share, read when they are first needed: a few, then all."""

    def __init__(self, path: Path, part: str) -> None:
        self._path, self._part = path, part
        self._texts, self._all = pa.array([], pa.string()), not part

    def take(self, places: np.ndarray) -> pa.Array:
        """The texts at these places; null where there is none."""
        most = int(places.max(initial=-1))
        if not self._all and most >= len(self._texts):
            runs = self._runs()
            self._texts = next(runs)
            if most >= len(self._texts):
                self._texts, self._all = pa.concat_arrays([self._texts, *runs]), True
        outside = (places < 0) | (places >= len(self._texts))
        return self._texts.take(pa.array(places, mask=outside))

    def _runs(self) -> Iterator[pa.Array]:
        texts: list[str] = []
        inside = phonetic = False

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal inside, phonetic
            if name == "t":
                inside = not phonetic
            elif name == "si":
                texts.append("")
                phonetic = False
            elif name == "rPh":
                # how a text is spoken is no part of it
                phonetic = True
            elif ":" in name:
                start(name.rpartition(":")[2], attributes)

        def end(_: str) -> None:
            nonlocal inside
            inside = False

        def text(data: str) -> None:
            if inside and texts:
                texts[-1] = _longer(texts[-1], data)

        with opened(self._path) as package:
            for _ in parsed(package, self._part, start, end, text):
                if len(texts) > RUN:
                    # the last one may go on
                    yield unescaped(pa.array(texts[:-1], pa.string()))
                    del texts[:-1]
        yield unescaped(pa.array(texts, pa.string()))


def _longer(text: str | None, more: str) -> str:
    """A text with what follows it; the parser hands out long ones in parts."""
    if text is None:
        return more
    if len(text) > TEXT_LIMIT:
        raise ValueError(f"{len(text)} characters")
    return text + more


class Cells:
    """The cells of a sheet as the parser finds them: their places, types, styles and texts as they are written."""

    def __init__(self) -> None:
        self.row = 0
        # number of each row and the place of its first cell
        self.rows: list[tuple[int, int]] = []
        self.references: list[str | None] = []
        self.types: list[str | None] = []
        self.styles: list[str | None] = []
        self.texts: list[str | None] = []

    def handlers(self) -> tuple[Callable, Callable, Callable]:
        """What the parser calls: start, end, text. They are called for every cell, so they do little."""
        references, types, styles, texts = self.references, self.types, self.styles, self.texts
        inside = phonetic = False

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal inside, phonetic
            if name == "c":
                get = attributes.get
                references.append(get("r"))
                types.append(get("t"))
                styles.append(get("s"))
                texts.append(None)
                phonetic = False
            elif name == "v":
                inside = True
            elif name == "t":
                inside = not phonetic
            elif name == "row":
                self._new_row(attributes.get("r", ""))
            elif name == "rPh":
                phonetic = True
            elif ":" in name:
                start(name.rpartition(":")[2], attributes)

        def end(_: str) -> None:
            nonlocal inside
            inside = False

        def text(data: str) -> None:
            if inside and texts:
                texts[-1] = _longer(texts[-1], data)

        return start, end, text

    def _new_row(self, number: str) -> None:
        # rows come in their order; one that says otherwise is the next
        stated = int(number) if len(number) < 9 and number.isascii() and number.isdigit() else 0
        self.row = stated if stated > self.row else self.row + 1
        if self.row > ROWS:
            raise ValueError(f"row {self.row}")
        self.rows.append((self.row, len(self.texts)))

    def taken(self, count: int) -> tuple[pa.Array, ...]:
        """The first cells' references, types, styles and texts; they are forgotten here."""
        lists = (self.references, self.types, self.styles, self.texts)
        found = tuple(pa.array(one[:count], pa.string()) for one in lists)
        for one in lists:
            del one[:count]
        return found


def read_grids(
    path: Path, part: str, rows_bytes: int, styles: dict[str, int], shared: Shared, *, since_1904: bool
) -> Iterator[Grid]:
    """
    The rows of a sheet.

    `rows_bytes` is where the rows end in the part; `styles` the kinds of numbers
    by the number of their style. The note `error_cells` counts cells whose
    formula failed; they are empty.
    """
    cells, enough = Cells(), FIRST_CELLS
    with opened(path) as package:
        for _ in parsed(package, part, *cells.handlers(), length=rows_bytes):
            if len(cells.texts) > enough and len(cells.rows) > 1:
                # the last row may go on
                yield from _grids(cells, len(cells.rows) - 1, styles, shared, since_1904=since_1904)
                enough = min(enough * 10, GRID_CELLS)
        if cells.rows:
            yield from _grids(cells, len(cells.rows), styles, shared, since_1904=since_1904)


def _grids(cells: Cells, count: int, styles: dict[str, int], shared: Shared, *, since_1904: bool) -> Iterator[Grid]:
    """The first rows gathered so far; more than one grid where few cells stand far apart."""
    row_no, starts = np.array(cells.rows[:count], np.int64).T
    end = cells.rows[count][1] if count < len(cells.rows) else len(cells.texts)
    cells.rows = [(number, start - end) for number, start in cells.rows[count:]]
    references, types, marks, raw = cells.taken(end)
    rows = np.repeat(np.arange(count), np.diff(starts, append=end))
    columns = _columns(references, rows)
    kinds = _kinds(types, marks, styles)
    texts = _texts(raw, kinds, shared, since_1904=since_1904)
    width = int(columns.max(initial=0))
    step = max(1, GRID_PLACES // max(width, 1))
    starts = np.append(starts, end)
    for first in range(0, count, step):
        last = min(first + step, count)
        here = slice(starts[first], starts[last])
        found = _laid_out(
            rows[here] - first, columns[here], texts.slice(here.start, here.stop - here.start), last - first
        )
        errors = int((kinds[here] == ERROR).sum())
        yield Grid(row_no[first:last], found, {"error_cells": errors} if errors else {})


def _laid_out(rows: np.ndarray, columns: np.ndarray, texts: pa.Array, count: int) -> list[pa.Array]:
    """Cells by their row and column as columns of `count` rows."""
    order = np.argsort(columns, kind="stable")
    ends = np.searchsorted(columns[order], np.arange(1, columns.max(initial=0) + 2))
    empty = pa.nulls(count, pa.string())
    found = []
    for first, last in pairwise(ends.tolist()):
        if first == last:
            found.append(empty)
            continue
        source = np.full(count, -1)
        source[rows[order[first:last]]] = order[first:last]
        found.append(texts.take(pa.array(source, mask=source < 0)))
    return found


def _columns(references: pa.Array, rows: np.ndarray) -> np.ndarray:
    """The number of each cell's column; a cell without a reference stands right of the one before it."""
    letters = pc.utf8_rtrim(references, "0123456789").dictionary_encode()
    numbers = np.array([_number(one) for one in letters.dictionary.to_pylist()] or [0])
    if not letters.indices.null_count:
        return numbers[letters.indices.to_numpy()]
    found, before = [], (-1, 0)
    for row, code in zip(rows.tolist(), letters.indices.to_pylist(), strict=True):
        column = int(numbers[code]) if code is not None else before[1] + 1 if before[0] == row else 1
        before = (row, column)
        found.append(column)
    if max(found) > COLUMNS:
        raise ValueError(f"column {max(found)}")
    return np.array(found)


def _number(letters: str) -> int:
    number = 0
    for letter in letters[:4]:
        number = number * 26 + (ord(letter) - 64 if "A" <= letter <= "Z" else COLUMNS + 1)
    if not 0 < number <= COLUMNS:
        raise ValueError(f"column {letters[:4]}")
    return number


def _kinds(types: pa.Array, marks: pa.Array, styles: dict[str, int]) -> np.ndarray:
    """What each cell's text is."""
    types, marks = types.dictionary_encode("encode"), marks.dictionary_encode("encode")
    by_type = np.array([_TYPES.get(one, TEXT) for one in types.dictionary.to_pylist()] or [NUMBER])
    by_style = np.array([styles.get(one, NUMBER) for one in marks.dictionary.to_pylist()] or [NUMBER])
    kinds = by_type[types.indices.to_numpy()]
    return np.where(kinds == NUMBER, by_style[marks.indices.to_numpy()], kinds)


def _texts(raw: pa.Array, kinds: np.ndarray, shared: Shared, *, since_1904: bool) -> pa.Array:
    """The cells' texts as they are written, as the texts they stand for."""
    means: dict[int, Callable[[pa.Array], pa.Array]] = {
        NUMBER: number_texts,
        SHARED: lambda some: shared.take(_places(some)),
        TEXT: unescaped,
        FLAG: lambda some: pc.if_else(pc.equal(some, "1"), "true", "false"),
        ERROR: lambda some: pa.nulls(len(some), pa.string()),
        MOMENT: lambda some: pc.replace_substring(pc.utf8_rtrim(some, "Z"), "T", " ", max_replacements=1),
        DAY: lambda some: day_texts(some, since_1904=since_1904),
        DURATION: duration_texts,
    }
    parts, source, length = [pa.array([], pa.string())], np.empty(len(raw), np.int64), 0
    for kind in np.unique(kinds).tolist():
        places = np.flatnonzero(kinds == kind)
        source[places] = length + np.arange(len(places))
        parts.append(means[kind](raw.take(pa.array(places))))
        length += len(places)
    return pa.concat_arrays(parts).take(pa.array(source))


def _places(column: pa.Array) -> np.ndarray:
    try:
        return pc.fill_null(column.cast(pa.int64()), -1).to_numpy()
    except pa.ArrowInvalid:
        return np.array(
            [int(text) if text and text.isascii() and text.isdigit() else -1 for text in column.to_pylist()]
        )
