"""XLSX workbooks: what is in the package, and its sheets with their merged cells."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from data.errors import FileProblem
from data.readers.chunks import LINE_LIMIT
from data.readers.files import refuse_bomb
from data.readers.grids import Grid, Sheet
from data.readers.parts import BLOCK, elements, opened
from data.readers.xlsx_cells import COLUMNS, DAY, DURATION, ROWS, Shared, read_grids

# shared texts of more bytes than this do not fit in memory beside the rest
SHARED_LIMIT = 1 << 30
# of what follows the rows of a sheet, so much is searched for merged cells
TAIL_LIMIT = 64 << 20
# formats of the standard that show a serial day as a date or a time, and the one that counts hours
_DAY_FORMATS = {*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)}
_HOUR_FORMAT = 46
# what does not count in a number format: quoted text, escapes, colours, conditions, languages
_LITERAL = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)
_COUNTED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_MERGE = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref=["']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})["']""")
_ROWS_END = re.compile(rb"<(?:/(?:\w+:)?sheetData\s*|(?:\w+:)?sheetData\s*/)>")


def open_xlsx(path: Path) -> list[Sheet]:
    """
    The sheets of an XLSX workbook in its order; sheets that hold only a chart are left out.

    Raises
    ------
    FileProblem
        The workbook is broken, asks for a password, is a bomb or too large.
    """
    with opened(path) as package:
        refuse_bomb(path, sum(part.file_size for part in package.infolist()))
        book = _book(package)
        if book.shared and package.getinfo(book.shared).file_size > SHARED_LIMIT:
            raise FileProblem("file.too_big", file=path.name, limit_mib=SHARED_LIMIT >> 20)
        styles = _styles(package, book.styles)
        sheets = []
        for name, part in book.sheets:
            rows, rows_bytes, merges = _scanned(package, part)
            grids = partial(_grids, path, part, rows_bytes, book, styles)
            sheets.append(Sheet(name, rows, grids, merges))
        return sheets


@dataclass(frozen=True)
class _Book:
    """Where the parts of a workbook are; `sheets` as (name, part)."""

    sheets: tuple[tuple[str, str], ...]
    shared: str
    styles: str
    since_1904: bool


def _grids(path: Path, part: str, rows_bytes: int, book: _Book, styles: dict[str, int]) -> Iterator[Grid]:
    return read_grids(path, part, rows_bytes, styles, Shared(path, book.shared), since_1904=book.since_1904)


def _book(package: zipfile.ZipFile) -> _Book:
    # writers do not agree on capitals and slashes in the names of parts
    parts = {name.replace("\\", "/").lower(): name for name in package.namelist()}

    def at(folder: str, target: str) -> str:
        return parts.get(posixpath.normpath(posixpath.join("/", folder, target))[1:].lower(), "")

    offices = _related(package, parts.get("_rels/.rels", "")).values()
    book = at("", next((target for kind, target in offices if kind == "officeDocument"), "xl/workbook.xml"))
    folder, name = posixpath.split(book.replace("\\", "/"))
    related = _related(package, at(folder, f"_rels/{name}.rels"))
    of_kind = lambda kind: next((at(folder, target) for one, target in related.values() if one == kind), "")  # noqa: E731
    sheets, since_1904 = [], False
    for element, attributes in elements(package, book):
        if element == "workbookPr":
            since_1904 = attributes.get("date1904") in ("1", "true")
        elif element == "sheet":
            reference = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            kind, target = related.get(reference, ("", ""))
            if kind == "worksheet" and at(folder, target):
                sheets.append((attributes.get("name", ""), at(folder, target)))
    return _Book(tuple(sheets), of_kind("sharedStrings"), of_kind("styles"), since_1904)


def _related(package: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """What a list of relations says, by its id: kind and target."""
    return {
        attributes.get("Id", ""): (attributes.get("Type", "").rpartition("/")[2], attributes.get("Target", ""))
        for name, attributes in elements(package, part)
        if name == "Relationship"
    }


def _styles(package: zipfile.ZipFile, part: str) -> dict[str, int]:
    """The kind of number of each style, by the style's number as text; only days and durations."""
    formats: dict[str, str] = {}
    kinds: dict[str, int] = {}
    inside, number = False, 0
    for name, attributes in elements(package, part):
        if name == "numFmt":
            formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
            inside = name == "cellXfs"
        elif name == "xf" and inside:
            kind = _kind(attributes.get("numFmtId", "0"), formats)
            if kind is not None:
                kinds[str(number)] = kind
            number += 1
    return kinds


def _kind(number: str, formats: dict[str, str]) -> int | None:
    """Whether a number format shows a day, a duration, or (None) a plain number."""
    code = formats.get(number)
    if code is None:
        standard = int(number) if number.isascii() and number.isdigit() else 0
        return DURATION if standard == _HOUR_FORMAT else DAY if standard in _DAY_FORMATS else None
    code = _LITERAL.sub("", code.partition(";")[0])
    if _COUNTED.search(code):
        return DURATION
    return DAY if re.search("[ymdhs]", code, re.IGNORECASE) and code.strip().lower() != "general" else None


def _scanned(package: zipfile.ZipFile, part: str) -> tuple[int, int, np.ndarray]:
    """How many rows a sheet has, where they end in its part, and its merged cells; they stand below the rows."""
    rows = read = 0
    rest, tail = b"", None
    with package.open(part) as file:
        while block := file.read(BLOCK):
            if tail is not None:
                tail += block if len(tail) < TAIL_LIMIT else b""
                continue
            rest += block
            end = _ROWS_END.search(rest, rest.find(b"sheetData") - 64 if b"sheetData" in rest else len(rest))
            # not inside a tag
            done = end.end() if end else max(rest.rfind(b"<"), 0)
            rows += sum(rest.count(tag, 0, done) for tag in (b"<row ", b"<row>", b":row "))
            read += done
            rest = rest[done:]
            if len(rest) > LINE_LIMIT:
                raise ValueError(part)
            if end:
                tail, rest = rest, b""
    tail, read = (tail, read) if tail is not None else (b"", read + len(rest))
    merges = [
        (int(top), int(bottom), _number(left), _number(right)) for left, top, right, bottom in _MERGE.findall(tail)
    ]
    table = np.array(merges, np.int64).reshape(-1, 4)
    sound = (table[:, 0] <= table[:, 1]) & (table[:, 2] <= table[:, 3]) & (table[:, 0] > 0)
    return rows, read, table[sound & (table[:, 1] <= ROWS) & (table[:, 3] <= COLUMNS)]


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
