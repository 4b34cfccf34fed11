"""Files as bytes: opened, unpacked where they are gzipped, refused where they unpack to an absurd size."""

import errno
import gzip
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

from data.errors import FileProblem

BLOCK = 2 << 20
# what unpacks to more than this, or to more than 200 times its size, is refused
UNPACKED_LIMIT = 8 << 30
UNPACKED_RATIO = 200
# so much is never absurd
UNPACKED_FREE, ROWS_FREE = 64 << 20, 1 << 20


def first_bytes(path: Path, length: int = 1024) -> bytes:
    """
    The beginning of a file, unpacked where it is gzipped.

    Raises
    ------
    FileProblem
        The file is missing, empty, no ordinary file, or a broken gzip.
    """
    try:
        if path.is_fifo() or path.is_char_device():
            raise OSError(errno.ESPIPE, os.strerror(errno.ESPIPE))  # a file is read several times
        with path.open("rb") as file:
            head = file.read(length)
    except (OSError, ValueError) as error:
        raise FileProblem("file.missing", file=path.name, reason=why(error)) from error
    if head[:2] == b"\x1f\x8b":
        head = next(blocks(path), b"")[:length]
    if not head:
        raise FileProblem("file.empty", file=path.name)
    return head


def is_zipped(path: Path) -> bool:
    """True when a file is gzipped, whatever its name."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def blocks(path: Path) -> Iterator[bytes]:
    """
    A file's bytes in blocks, unpacked where it is gzipped.

    Raises
    ------
    FileProblem
        The gzip is broken, cut off or a bomb; or the file went away.
    """
    unpacked = 0
    try:
        zipped = is_zipped(path)
        with gzip.open(path) if zipped else path.open("rb") as file:
            while block := file.read(BLOCK):
                unpacked += len(block)
                if zipped:
                    refuse_bomb(path, unpacked)
                yield block
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileProblem("file.unreadable", file=path.name, reason=why(error)) from error
    except OSError as error:
        raise FileProblem("file.missing", file=path.name, reason=why(error)) from error


def refuse_bomb(path: Path, unpacked: int) -> None:
    """Raise when a packed file unpacks to an absurd size."""
    size = path.stat().st_size
    if unpacked > UNPACKED_LIMIT or unpacked > max(UNPACKED_FREE, size * UNPACKED_RATIO):
        raise FileProblem("file.bomb", file=path.name, size=size, limit_ratio=UNPACKED_RATIO)


def refuse_broken(path: Path) -> None:
    """Read a gzip to its end once: a bomb or a file cut off is refused before any row was taken."""
    if is_zipped(path):
        for _ in blocks(path):
            pass


def unpacked_size(path: Path) -> int:
    """The bytes of a file once it is unpacked."""
    return sum(map(len, blocks(path))) if is_zipped(path) else path.stat().st_size


def why(error: BaseException) -> str:
    """The first line of what an error says."""
    lines = (getattr(error, "strerror", None) or str(error) or type(error).__name__).splitlines()
    return lines[0] if lines else type(error).__name__
