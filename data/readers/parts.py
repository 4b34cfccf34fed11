"""The parts of a packed workbook: opened, parsed as XML block by block, every fault said as a problem of the file."""

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.parsers import expat

from data.errors import FileProblem
from data.readers.files import why

BLOCK = 1 << 20
# a part that is read whole has no more elements than this
ELEMENTS_LIMIT = 300_000


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """
    A package; whatever is wrong with it, its parts or their XML is a problem of the file.

    Raises
    ------
    FileProblem
        The package is broken or asks for a password.
    """
    try:
        with zipfile.ZipFile(path) as package:
            yield package
    except (
        zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, OSError, KeyError, ValueError, NotImplementedError,
        struct.error, OverflowError,
    ) as error:  # fmt: skip
        if isinstance(error, FileProblem):
            raise
        raise FileProblem("file.unreadable", file=path.name, reason=why(error)) from error
    except RuntimeError as error:
        raise FileProblem("file.encrypted", file=path.name) from error


def parsed(
    package: zipfile.ZipFile,
    part: str,
    start: Callable[[str, dict[str, str]], object],
    end: Callable[[str], object] | None = None,
    text: Callable[[str], object] | None = None,
    *,
    length: int | None = None,
) -> Iterator[None]:
    """Parse a part, or its first `length` bytes, block by block; after each what the handlers found can be taken."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 1 << 16
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = _refuse
    with package.open(part) as file:
        left = length
        while block := file.read(BLOCK if left is None else min(left, BLOCK)):
            parser.Parse(block, False)
            yield
            left = None if left is None else left - len(block)
        parser.Parse(b"", length is None)
        yield


def _refuse(*_: object) -> None:
    """A part of a workbook has no document type; one that has it means to grow."""
    raise ValueError("<!DOCTYPE>")


def elements(package: zipfile.ZipFile, part: str) -> list[tuple[str, dict[str, str]]]:
    """The elements of a small part with their attributes, names without prefix; none where there is no such part."""
    found: list[tuple[str, dict[str, str]]] = []
    if part not in package.NameToInfo:
        return found
    for _ in parsed(package, part, lambda name, attributes: found.append((name.rpartition(":")[2], attributes))):
        if len(found) > ELEMENTS_LIMIT:
            raise ValueError(part)
    return found
