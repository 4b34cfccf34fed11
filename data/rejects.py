"""Rejected rows: kept in a file with row number and reason, already masked, readable by the owner only."""

import csv
import os
from collections import Counter
from collections.abc import Container
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from data.tables import unformula


class Rejects:
    """
    The rejected rows of one import.

    Used as a context: on an error nothing is left behind. The file appears
    under its name only when `keep_when_done` was called.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._file: IO[str] | None = None
        self._part: Path | None = None
        self._done = False
        self.name = "rejected.csv"
        self.reasons: Counter[str] = Counter()

    def __enter__(self) -> "Rejects":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file:
            self._file.close()
        if self._part is None:
            return
        # another import may have settled it already
        with suppress(FileNotFoundError):
            if kind is None and self._done and self.path:
                self._part.replace(self.path)
            else:
                self._part.unlink()

    def add(self, row_no: int, reason: str, row: str) -> None:
        """Keep one row; `row` must be masked."""
        self.reasons[reason] += 1
        if self._folder is None:
            return
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._part = self._folder / f".{self.name}.{os.getpid()}"
            handle = os.open(self._part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
            self._file = os.fdopen(handle, "w", encoding="utf-8-sig", newline="")
            csv.writer(self._file).writerow(["row", "reason", "content"])
        # a cell that begins like a formula would be carried out by a table program
        csv.writer(self._file).writerow([row_no, reason, unformula(row)])

    @property
    def path(self) -> str | None:
        """Where the file will be; None when no row was rejected, or none is kept."""
        return str(self._folder / self.name) if self._folder and self._part else None

    def keep_when_done(self) -> None:
        """Give the file its name when the context ends without an error: after the import is committed."""
        self._done = True
        if self._file:
            # whole before the import is committed: a process may be killed between the two
            self._file.flush()
            os.fsync(self._file.fileno())


def settle(folder: Path, stored: Container[int]) -> None:
    """
    Clear away what imports left in a folder that were killed before they could.

    Parameters
    ----------
    folder
        Where rejected rows are kept. No import may be writing there.
    stored
        Batches that are in the store: their file gets its name, those of others go.
    """
    for part in folder.glob(".batch-*.csv.*") if folder.is_dir() else ():
        name = part.name.removeprefix(".").rpartition(".")[0]
        batch = name.removeprefix("batch-").removesuffix(".csv")
        with suppress(FileNotFoundError):
            if batch.isdecimal() and int(batch) in stored and not (folder / name).exists():
                part.replace(folder / name)
            else:
                part.unlink()


def rejected_path(home: Path, batch: int) -> Path:
    """Where the rejected rows of a batch are kept in a home, if it rejected any."""
    return home / "rejected" / f"batch-{batch:05d}.csv"
