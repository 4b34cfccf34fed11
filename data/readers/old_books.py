"""Workbooks of older and other programs (XLS, ODS), read in a process of their own."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from data.errors import FileProblem
from data.readers.grids import Grid, Sheet, grid_of
from data.readers.values import number_text

READER = Path(__file__).with_name("apart.py")
# an XLS holds 65,536 rows; what needs more than this is no such file
FILE_LIMIT, MEMORY_LIMIT, CELLS_LIMIT = 256 << 20, 2 << 30, 32_000_000
SECONDS_LIMIT = 120
GRID_ROWS = 10_000
# the stream in which an encrypted XLSX lies, and the record by which an encrypted XLS says so after its first one
_ENCRYPTED = re.compile(
    "EncryptedPackage".encode("utf-16-le")
    + rb"|\x09\x08(?:\x08\x00\x00\x05\x05\x00.{4}|\x10\x00\x00\x06\x05\x00.{12})\x2f\x00",
    re.DOTALL,
)


def open_old(path: Path) -> list[Sheet]:
    """
    The sheets of an XLS or ODS workbook, in its order.

    Raises
    ------
    FileProblem
        The workbook is broken, asks for a password, holds no sheets or is too large.
    """
    if path.stat().st_size > FILE_LIMIT:
        raise FileProblem("file.too_big", file=path.name, limit_mib=FILE_LIMIT >> 20)
    with path.open("rb") as file:
        if _ENCRYPTED.search(file.read(FILE_LIMIT)):
            raise FileProblem("file.encrypted", file=path.name)
    sheets: list[_Listed] = []
    for line in _lines(path):
        if isinstance(line, list):
            sheets[-1].add(line[0], line[1])
        elif "sheet" in line:
            sheets.append(_Listed(line["sheet"], line["merges"]))
        elif "problem" in line:
            raise FileProblem(f"file.{line['problem']}", file=path.name, reason=line.get("reason", ""))
    return [sheet.done() for sheet in sheets]


def _lines(path: Path) -> Iterator[dict | list]:
    """What the reading process says, to its end; a problem where it did not come to its end."""
    # -I: nothing of the folder it lies in is imported by chance
    command = [sys.executable, "-I", str(READER), str(path.resolve()), str(MEMORY_LIMIT), str(SECONDS_LIMIT)]
    cells, ended = 0, False
    with subprocess.Popen(  # noqa: S603 (our own program, no shell)
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            for text in process.stdout:
                line = json.loads(text)
                cells += len(line[1]) if isinstance(line, list) else 0
                if cells > CELLS_LIMIT:
                    raise FileProblem("file.too_big", file=path.name, limit_mib=FILE_LIMIT >> 20)
                ended = isinstance(line, dict) and ("end" in line or "problem" in line)
                yield line
        except json.JSONDecodeError:
            ended = False  # it ended in the middle of a line
        finally:
            process.kill()
    if not ended:
        reason = f"XLS/ODS, exit {process.wait()}"
        raise FileProblem("file.unreadable", file=path.name, reason=reason)


class _Listed:
    """A sheet on its way into grids."""

    def __init__(self, name: str, merges: list[list[int]]) -> None:
        self._name, self._merges = name, np.array(merges, np.int64).reshape(-1, 4) + 1
        self._rows: list[tuple[int, list[str | None]]] = []
        self._grids: list[Grid] = []

    def add(self, row_no: int, cells: list[str | float | bool | None]) -> None:
        self._rows.append((row_no, [_text(cell) for cell in cells]))
        if len(self._rows) >= GRID_ROWS:
            self._flush()

    def _flush(self) -> None:
        self._grids.append(grid_of(self._rows))
        self._rows = []

    def done(self) -> Sheet:
        self._flush()
        rows = max((int(grid.row_no[-1]) for grid in self._grids if len(grid.row_no)), default=0)
        return Sheet(self._name, rows, partial(iter, self._grids), self._merges)


def _text(cell: str | float | bool | None) -> str | None:
    if cell is None or isinstance(cell, str):
        # half of a character is none
        return cell if cell is None or cell.isascii() else cell.encode("utf-8", "replace").decode()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return number_text(repr(cell))
