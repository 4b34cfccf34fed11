"""Tables that old systems write as HTML or XML and call XLS: streamed tags, spans as merged cells."""

from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import numpy as np

from data.errors import FileProblem
from data.readers.chunks import COLUMNS_LIMIT, letters
from data.readers.grids import Grid, Sheet, grid_of
from data.readers.text import Text

# the rows stay in memory until they are read; in more bytes than this is no export of a web page
FILE_LIMIT = 256 << 20
GRID_ROWS = 10_000
_SPAN_LIMIT = 70_000
_BREAK = "\u2028"


def is_markup(beginning: str) -> bool:
    """True when a text begins like a web page or an XML spreadsheet with a table."""
    text = beginning.lstrip("\ufeff \t\r\n").lower()
    return text.startswith("<") and any(
        mark in text for mark in ("<table", "<html", "<!doctype html", "office:spreadsheet", "<workbook")
    )


def open_markup(path: Path) -> tuple[list[Sheet], str]:
    """
    The tables of a web page, or the sheets of an XML spreadsheet (2003), and the text's encoding.

    A cell that spans several is merged. Of tables within tables the innermost have rows.

    Raises
    ------
    FileProblem
        The file is too large, or in no known encoding.
    """
    if path.stat().st_size > FILE_LIMIT:
        raise FileProblem("file.too_big", file=path.name, limit_mib=FILE_LIMIT >> 20)
    text, parser = Text(path), _Tables()
    try:
        for block in text.blocks():
            parser.feed(block.decode())
        parser.close()
    except (AssertionError, ValueError) as error:
        if isinstance(error, FileProblem):
            raise
        raise FileProblem("file.unreadable", file=path.name, reason=str(error)[:200] or "HTML") from error
    return [
        table.sheet(number) for number, table in enumerate(parser.tables, 1) if table.row_no
    ], text.encoding or "utf-8"


class _Table:
    """A table on its way into grids."""

    def __init__(self, name: str) -> None:
        self._name, self.row_no = name, 0
        self._rows: list[tuple[int, list[str | None]]] = []
        self._merges: list[tuple[int, int, int, int]] = []
        # for each column, the last row that a cell from above reaches into
        self._reached: dict[int, int] = {}
        self._grids: list[Grid] = []

    def row(self, number: int = 0) -> None:
        """The next row begins, or the one with this number."""
        self.row_no = max(self.row_no + 1, number)
        if len(self._rows) >= GRID_ROWS:
            self._grids.append(grid_of(self._rows))
            self._rows = []
        self._rows.append((self.row_no, []))

    def cell(self, text: str, across: int, down: int, column: int = 0) -> None:
        """The next cell of the row, or the one in this column; it reaches over further columns and rows."""
        if not self._rows:
            self.row()
        row = self._rows[-1][1]
        column = max(column, len(row) + 1)
        while self._reached.get(column, 0) >= self.row_no:
            column += 1
        if column + across > COLUMNS_LIMIT:
            raise ValueError(f"column {letters(column + across)}")
        row += [None] * (column - 1 - len(row)) + [text or None] + [None] * across
        if across or down:
            self._merges.append((self.row_no, self.row_no + down, column, column + across))
            for reached in range(column, column + across + 1):
                self._reached[reached] = self.row_no + down

    def sheet(self, number: int) -> Sheet:
        grids = [*self._grids, grid_of(self._rows)]
        merges = np.array(self._merges, np.int64).reshape(-1, 4)
        return Sheet(self._name or f"#{number}", self.row_no, partial(iter, grids), merges)


class _Tables(HTMLParser):
    """Takes the tables from the tags of HTML and of XML spreadsheets alike."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_Table] = []
        self._open: list[_Table] = []
        # the text of the open cell, and how far it reaches
        self._text: list[str] | None = None
        self._across = self._down = self._column = 0
        self._name, self._silent, self._xml = "", 0, False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        tag = tag.rpartition(":")[2]
        stated = {name.rpartition(":")[2]: value or "" for name, value in attributes}
        if tag in ("style", "script"):
            self._silent += 1
        elif tag == "worksheet":
            self._name = stated.get("name", "")
        elif tag == "table":
            self._end_cell()
            self._open.append(_Table(self._name))
            self.tables.append(self._open[-1])
        elif tag in ("tr", "row") and self._open:
            self._end_cell()
            self._xml = tag == "row"
            self._open[-1].row(_count(stated.get("index")))
        elif tag in ("td", "th", "cell") and self._open:
            self._end_cell()
            self._text, self._column = [], _count(stated.get("index"))
            if self._xml:
                self._across, self._down = _count(stated.get("mergeacross")), _count(stated.get("mergedown"))
            else:
                self._across, self._down = (max(_count(stated.get(name)) - 1, 0) for name in ("colspan", "rowspan"))
        elif tag == "br" and self._text is not None:
            self._text.append(_BREAK)

    def handle_endtag(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag in ("style", "script"):
            self._silent = max(self._silent - 1, 0)
        elif tag in ("td", "th", "cell", "tr", "row"):
            self._end_cell()
        elif tag == "table" and self._open:
            self._end_cell()
            self._open.pop()

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag.rpartition(":")[2] in ("td", "th", "cell", "table"):
            self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        if self._text is not None and not self._silent:
            self._text.append(data)

    def close(self) -> None:
        super().close()
        self._end_cell()

    def _end_cell(self) -> None:
        if self._text is not None and self._open:
            text = "".join(self._text)
            if not self._xml:
                # a page breaks lines as it likes; only where it says so is one
                text = "\n".join(" ".join(line.split()) for line in text.split(_BREAK))
            self._open[-1].cell(text.strip(), self._across, self._down, self._column)
        self._text, self._across, self._down, self._column = None, 0, 0, 0


def _count(text: str | None) -> int:
    return min(int(text), _SPAN_LIMIT) if text and len(text) < 10 and text.isascii() and text.isdigit() else 0
