"""What a file is, by its bytes; its name says nothing."""

import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from data.errors import FileProblem
from data.readers.files import first_bytes, why
from data.readers.grids import Sheet
from data.readers.json_text import is_json
from data.readers.markup import is_markup, open_markup
from data.readers.old_books import open_old
from data.readers.text import Text
from data.readers.xlsx import open_xlsx

# formats as a person knows them, for the sentence that names what is allowed
ALLOWED = "XLSX, XLS, ODS, CSV, JSON, JSON Lines, GeoJSON, HTML, Parquet; GZ"
PARQUET, XLSX, OLD, ODS, MARKUP, JSON, CSV = "parquet", "xlsx", "xls", "ods", "html", "json", "csv"
_OPEN: dict[str, Callable[[Path], list[Sheet]]] = {XLSX: open_xlsx, OLD: open_old, ODS: open_old}
_OLE = b"\xd0\xcf\x11\xe0"
_HEAD = 4096


def kind_of(path: Path) -> str:
    """
    The kind of a file.

    Raises
    ------
    FileProblem
        The file is missing, empty, blank, broken, in no known encoding, or of a kind that holds no rows.
    """
    head = first_bytes(path, _HEAD)
    if head[:4] == b"PAR1":
        return PARQUET
    if head[:2] == b"PK" and head[2:4] in (b"\x03\x04", b"\x05\x06"):
        return _package(path)
    if head[:4] == _OLE:
        return OLD
    beginning = next(Text(path).blocks())[:_HEAD].decode(errors="ignore")
    if is_markup(beginning):
        return MARKUP
    return JSON if is_json(beginning) else CSV


def _package(path: Path) -> str:
    """The kind of a ZIP."""
    try:
        with zipfile.ZipFile(path) as package:
            names = {name.replace("\\", "/").lower() for name in package.namelist()}
            kind = package.read("mimetype")[:100] if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, KeyError, EOFError, zlib.error) as error:
        raise FileProblem("file.unreadable", file=path.name, reason=why(error)) from error
    if "xl/workbook.xml" in names:
        return XLSX
    if kind == b"application/vnd.oasis.opendocument.spreadsheet":
        return ODS
    raise FileProblem("file.format", file=path.name, allowed=ALLOWED)


def open_book(path: Path, kind: str) -> tuple[list[Sheet], str]:
    """The sheets of a workbook or the tables of a page, and the encoding where it is text."""
    return open_markup(path) if kind == MARKUP else (_OPEN[kind](path), "")


def is_book(kind: str) -> bool:
    """True for files that may hold several sheets."""
    return kind == MARKUP or kind in _OPEN
