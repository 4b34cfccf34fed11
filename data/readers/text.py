"""Text files as clean UTF-8, whatever they are written in: the encoding found by trying, faults with their place."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from data.errors import FileProblem
from data.readers.files import blocks

# so much text beyond ASCII decides which encoding it is
SAMPLE_BYTES = 4 << 20
# a mark of the encoding, and bytes that no text has, are looked for in so much
HEAD_BYTES = 1 << 10
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_CONTROLS = bytes((*range(9), *range(14, 27), *range(28, 30), 31))


def raw_length(data: bytes, encoding: str) -> int:
    """How many bytes a piece of clean UTF-8 has in the file's own encoding."""
    return len(data) if encoding in ("", "utf-8") else len(data.decode(errors="ignore").encode(encoding))


class Text:
    """
    A text file, read from its beginning to its end.

    `encoding` is "" until something told it: a file of ASCII stays "utf-8" to its end.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.encoding = ""

    def blocks(self) -> Iterator[bytes]:
        """
        The text in blocks of valid UTF-8, without byte-order mark and NULs, never cut inside a character.

        Raises
        ------
        FileProblem
            The file is blank, binary, or in no known encoding.
        """
        held, blank = b"", True
        for block in self._decoded():
            if blank and len(held) < SAMPLE_BYTES and not block.strip():
                held += block
                continue
            yield held + block if held else block
            held, blank = b"", False
        if blank:
            raise FileProblem("file.empty", file=self.path.name)

    def _decoded(self) -> Iterator[bytes]:
        raw = blocks(self.path)
        first = next(raw, b"")
        while len(first) < HEAD_BYTES and (more := next(raw, b"")):
            first += more
        if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            self.encoding = "utf-16"
            yield from self._recoded(first, raw)
            return
        if len(first) - len(first.translate(None, _CONTROLS)) > max(16, len(first) // 1_000):
            raise FileProblem("file.binary", file=self.path.name)
        # while all is ASCII nothing tells encodings apart, and nothing needs to
        read, block = 0, first
        while block and block.isascii():
            yield block.replace(b"\0", b"")
            read += len(block)
            block = next(raw, b"")
        if not block:
            self.encoding = "utf-8"
            return
        while len(block) < SAMPLE_BYTES and (more := next(raw, b"")):
            block += more
        told = _NOT_ASCII.search(block).start()
        self.encoding = self._chosen(block[told : told + SAMPLE_BYTES], read + told)
        if self.encoding == "gb18030":
            yield from self._recoded(block, raw, read)
        else:
            mark = read == 0 and block.startswith(codecs.BOM_UTF8)
            yield from self._checked(block[3:] if mark else block, raw, read + 3 * mark)

    def _chosen(self, sample: bytes, read: int) -> str:
        """The encoding a sample can be read in; it begins after `read` bytes."""
        faults = []
        for encoding in ("utf-8", "gb18030"):
            try:
                codecs.getincrementaldecoder(encoding)("strict").decode(sample)
            except UnicodeDecodeError as error:
                faults.append(error.start)
            else:
                return encoding
        allowed, place = "UTF-8, GB18030", read + max(faults)
        raise FileProblem("file.encoding", file=self.path.name, encoding=allowed, position=place)

    def _checked(self, block: bytes, raw: Iterator[bytes], read: int) -> Iterator[bytes]:
        """Blocks of UTF-8 as they are, once they were seen to be valid."""
        while True:
            following = next(raw, b"")
            try:
                used = len(block) if block.isascii() else codecs.utf_8_decode(block, "strict", not following)[1]
            except UnicodeDecodeError as error:
                raise self._fault(read + error.start) from error
            yield block[:used].replace(b"\0", b"")
            if not following:
                return
            read += used
            block = block[used:] + following

    def _recoded(self, block: bytes, raw: Iterator[bytes], read: int = 0) -> Iterator[bytes]:
        """Blocks of another encoding as UTF-8."""
        decoder = codecs.getincrementaldecoder(self.encoding)("strict")
        while True:
            following = next(raw, b"")
            # a fault's place counts from what the decoder held back
            place = read - len(decoder.getstate()[0])
            try:
                yield decoder.decode(block, final=not following).replace("\0", "").encode()
            except UnicodeError as error:
                raise self._fault(place + getattr(error, "start", 0)) from error
            if not following:
                return
            read += len(block)
            block = following

    def _fault(self, place: int) -> FileProblem:
        return FileProblem("file.encoding", file=self.path.name, encoding=self.encoding.upper(), position=place)
