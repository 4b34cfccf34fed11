"""A content as XLSX: real numbers and times, texts that can be nothing but text, a sheet about the file."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from data import words
from data.exports.contents import Content
from data.exports.values import clean, header, plain, shown
from data.questions import DAY, FLAG, MOMENT, NUMBER, TEXT, WHOLE, Column
from data.tables import is_formula, said

# what Excel holds: rows of a sheet below its header, and UTF-16 units of a cell
SHEET_ROWS = 1_048_575
CELL_UNITS = 32_767
# Excel's calendar is wrong before this day
FIRST_DAY = date(1900, 3, 1)
FORMATS = {MOMENT: "yyyy-mm-dd hh:mm:ss", DAY: "yyyy-mm-dd", WHOLE: "0", NUMBER: "0.0"}
WIDTHS = {MOMENT: 19, DAY: 12, WHOLE: 9, NUMBER: 9, FLAG: 9, TEXT: 14}
WIDE = {"ticket_no": 20, "category": 28, "title": 32, "content": 60, "result": 40, "address": 32, "place": 32}
WIDE |= {"name": 22, "unit": 24, "units": 24}
DEGREES = "0.000000"


def write_workbook(content: Content, path: Path, folder: Path, *, sheet_rows: int = SHEET_ROWS) -> None:
    """
    Write the file, row by row, so that memory does not grow with it.

    Parameters
    ----------
    content
        Its rows fill as many sheets as they need; the last sheet says what the file is.
    path
        The file.
    folder
        For what is written on the way.
    sheet_rows
        Rows of a sheet below its header.
    """
    options = {
        "constant_memory": True, "tmpdir": str(folder), "use_zip64": True,
        "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    }  # fmt: skip
    with Workbook(str(path), options) as book:
        _Sheets(book, content, sheet_rows).fill()


class _Sheets:
    """The sheets of one workbook while they are filled."""

    def __init__(self, book: Workbook, content: Content, sheet_rows: int) -> None:
        self.book, self.content, self.sheet_rows = book, content, sheet_rows
        self.head = book.add_format({"bold": True, "bg_color": "#E8EDF3", "bottom": 1})
        # a text that looks like a formula stays text even when somebody edits the cell
        self.quoted = book.add_format({"quote_prefix": True})
        self.formats = [self._format(column, bold=False) for column in content.columns]
        self.number = 0
        self.row = 0
        self.sheet = self._next()

    def _format(self, column: Column, *, bold: bool) -> Format | None:
        shown = DEGREES if column.unit.startswith("degrees") else FORMATS.get(column.type)
        given = ({"num_format": shown} if shown else {}) | ({"bold": True} if bold else {})
        return self.book.add_format(given) if given else None

    def _next(self) -> Worksheet:
        """A further sheet with its header, which stays in sight."""
        self.number += 1
        name = words.t(f"exports.what_{self.content.name}", self.content.lang)
        sheet = self.book.add_worksheet(name if self.number == 1 else f"{name} {self.number}")
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(self.content.columns):
            title = header(column, self.content.lang)
            # a Chinese character is as wide as two digits
            width = max(WIDE.get(column.name, WIDTHS[column.type]), sum(1 + (c > "\u2e80") for c in title) + 3)
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, title, self.head)
        self.row = 0
        return sheet

    def fill(self) -> None:
        """Write everything."""
        for page in self.content.read():
            self._rows(page, self.formats)
        self._filter()
        if self.content.total is not None:
            self._rows(self.content.total, [self._format(column, bold=True) for column in self.content.columns])
        self._about()

    def _filter(self) -> None:
        self.sheet.autofilter(0, 0, max(self.row, 1), len(self.content.columns) - 1)

    def _rows(self, page: pd.DataFrame, formats: list[Format | None]) -> None:
        present = [
            (place, self._put(column.type), self._values(page, column), formats[place])
            for place, column in enumerate(self.content.columns)
            if column.name in page
        ]
        for one in range(len(page)):
            if self.row == self.sheet_rows:
                self._filter()
                self.sheet = self._next()
            self.row += 1
            for place, put, values, look in present:
                if values[one] not in (None, ""):
                    put(place, values[one], look)

    def _values(self, page: pd.DataFrame, column: Column) -> list[Any]:
        values = plain(page[column.name], column.type)
        return shown(values, column, self.content.lang) if column.type in (TEXT, FLAG) else values

    def _put(self, kind: str) -> Callable[[int, Any, Format | None], None]:
        if kind in (WHOLE, NUMBER):
            return self._number
        return self._moment if kind in (DAY, MOMENT) else self._word

    def _number(self, place: int, value: float, look: Format | None) -> None:
        self.sheet.write_number(self.row, place, value, look)

    def _moment(self, place: int, value: date | datetime, look: Format | None) -> None:
        if (value.date() if isinstance(value, datetime) else value) < FIRST_DAY:
            self._word(place, said("", value), None)
        else:
            self.sheet.write_datetime(self.row, place, value, look)

    def _word(self, place: int, text: str, look: Format | None) -> None:
        self._text(self.sheet, self.row, place, text, look)

    def _text(self, sheet: Worksheet, row: int, place: int, text: str, look: Format | None = None) -> None:
        shown = text.replace("\r\n", "\n").replace("\r", "\n")
        if shown.startswith("<r>") and shown.endswith("</r>"):
            shown += " "  # the library takes such a text for markup of its own and would not escape it
        if len(shown) > CELL_UNITS // 2 and _units(shown) > CELL_UNITS:
            shown = _cut(shown, words.t("exports.cut", self.content.lang, n=f"{len(shown):,}"))
            self.content.cut += 1
        sheet.write_string(row, place, shown, self.quoted if is_formula(text) else look)

    def _about(self) -> None:
        """The last sheet: scope, data, counts, and whether anything is made up."""
        content, lang = self.content, self.content.lang
        facts = content.counted()
        sheet = self.book.add_worksheet(words.t("exports.about", lang))
        wrapped = self.book.add_format({"text_wrap": True, "valign": "top", "align": "left"})
        sheet.set_column(0, 0, 22)
        sheet.set_column(1, 1, 90)
        lines = [(words.t("exports.made_by", lang), words.t("app.name", lang)), *(fact.line(lang) for fact in facts)]
        for row, (about, value) in enumerate(lines):
            sheet.write_string(row, 0, about, self.head)
            if isinstance(value, str):
                self._text(sheet, row, 1, clean(value), wrapped)
            else:
                sheet.write_number(row, 1, value, wrapped)
        synthetic = [words.t("app.synthetic", lang)] * any(fact.key == "synthetic" and fact.value for fact in facts)
        title = words.t(f"exports.what_{content.name}", lang)
        self.book.set_properties({"title": title, "comments": " ".join(synthetic)})


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str, mark: str) -> str:
    """The beginning of a text and the mark, as many UTF-16 units as a cell holds."""
    room = 2 * (CELL_UNITS - _units(mark))
    return text.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + mark
