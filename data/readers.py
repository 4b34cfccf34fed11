"""
Files of complaints as rows of text: CSV in all its dirt, gzipped CSV, Parquet.

Nothing is interpreted here. A row keeps the number it has in the file, and a
row that cannot be cut into the header's columns comes out with the reason.
"""

import codecs
import csv
import errno
import gzip
import io
import os
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import FileProblem

CHUNK_ROWS = 50_000
# a gzip that unpacks to more than this, or to more than 200 times its size, is refused
UNPACKED_LIMIT = 8 << 30
UNPACKED_RATIO = 200
# so much is never absurd
UNPACKED_FREE, ROWS_FREE = 64 << 20, 1 << 20
# a quoted text longer than this many lines is taken as a quote that was never closed
QUOTED_LINES_LIMIT = 500
HEADER_ROWS = 20
# a line of more characters than this is not a line of a table
LINE_LIMIT = 64 << 20
SAMPLE_BYTES = 4 << 20
# of a row that cannot be cut into columns, so much text is kept
BAD_TEXT = 8_000
csv.field_size_limit(16 << 20)


@dataclass
class Chunk:
    """A run of rows: `columns` are equally long columns of text by header, `row_no` the rows' numbers in the file."""

    row_no: np.ndarray  # int64
    columns: dict[str, pa.Array]  # of strings
    bad: list[tuple[int, str, str]] = field(default_factory=list)  # row number, reason, the row's text


def read_rows(path: Path, known: frozenset[str]) -> Iterator[Chunk]:
    """
    Rows of a file in chunks.

    Parameters
    ----------
    path
        A .csv, .csv.gz, .gz or .parquet file; what it is decided by its first bytes.
    known
        Normalised column names the profile understands (see `normal`). The header
        is the first of the first 20 rows that holds at least two of them, so that
        title rows above it do no harm.

    Yields
    ------
    chunk
        At most `CHUNK_ROWS` rows; a row number is the line in a table program
        (the header of a plain file is row 1).

    Raises
    ------
    FileProblem
        The file is missing, empty, binary, in no known encoding, unpacks to an
        absurd size, or has no header row the profile understands.
    """
    try:
        if path.is_fifo() or path.is_char_device():
            raise OSError(errno.ESPIPE, os.strerror(errno.ESPIPE))  # a file is read several times
        with path.open("rb") as file:
            head = file.read(8)
    except (OSError, ValueError) as error:
        raise FileProblem("file.missing", file=path.name, reason=_why(error)) from error
    if not head:
        raise FileProblem("file.empty", file=path.name)
    if head[:4] == b"PAR1":
        yield from _read_parquet(path, known)
    elif head[:4] == b"PK\x03\x04" or head[:4] == b"\xd0\xcf\x11\xe0":
        raise FileProblem("file.format", file=path.name, allowed="CSV, CSV.GZ, Parquet")
    else:
        yield from _read_csv(path, known)


def normal(header: str) -> str:
    """A column name without what differs between exports: case, blanks, underscores, byte-order mark, brackets."""
    text = header.replace("\ufeff", "").translate(_BRACKETS).strip().casefold()
    return "".join(c for c in text if c not in " _\t\n\r\u3000\u00a0-")


_BRACKETS = str.maketrans({"（": "(", "）": ")", "：": ":"})


def _read_parquet(path: Path, known: frozenset[str]) -> Iterator[Chunk]:
    try:
        file = pq.ParquetFile(path)
        names = _unique(file.schema_arrow.names)
        if sum(normal(name) in known for name in names) < 2:
            raise FileProblem("file.no_header", file=path.name, columns=", ".join(names[:12]))
        _refuse_bomb(path, file.metadata)
        if not file.metadata.num_rows:
            yield Chunk(np.empty(0, np.int64), {name: pa.array([], pa.string()) for name in names})
        row_no = 1
        for batch in file.iter_batches(CHUNK_ROWS):
            columns = {name: pa.array(_as_text(batch.column(i)), pa.string()) for i, name in enumerate(names)}
            yield Chunk(np.arange(row_no, row_no + batch.num_rows), columns)
            row_no += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise FileProblem("file.unreadable", file=path.name, reason=_why(error)) from error


def _refuse_bomb(path: Path, metadata: pq.FileMetaData) -> None:
    """Raise when a Parquet file says it unpacks to an absurd size, or has far more rows than bytes."""
    size = path.stat().st_size
    unpacked = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    if unpacked > max(UNPACKED_FREE, size * UNPACKED_RATIO) or metadata.num_rows > max(ROWS_FREE, size * 10):
        raise FileProblem("file.bomb", file=path.name, size=size, limit_ratio=UNPACKED_RATIO)


def _why(error: Exception) -> str:
    """The first line of what an error says."""
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).splitlines()[0]


def _as_text(column: pa.Array) -> list[str | None]:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_nested(column.type) or pa.types.is_duration(column.type):
        return [None if value is None else str(value) for value in column.to_pylist()]
    if pa.types.is_floating(column.type):
        # a ticket number that a table program made a float: 2501.0 is 2501
        values = column.to_pylist()
        return [None if v is None or v != v else str(int(v)) if v.is_integer() else repr(v) for v in values]
    if pa.types.is_timestamp(column.type):
        # a time with a zone keeps it in its text, so that it is read in the profile's zone and never shifted silently
        zoned = column.type.tz is not None
        column = column.cast(pa.timestamp("us", "UTC" if zoned else None), safe=False)
    elif pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return [None if value is None else value.decode("utf-8", "replace") for value in column.to_pylist()]
    return column.cast(pa.string()).to_pylist()


def _read_csv(path: Path, known: frozenset[str]) -> Iterator[Chunk]:
    for _ in _blocks(path):
        pass  # to the end once: a bomb or a file cut off is refused before any row was taken
    encoding = detect_encoding(path)
    lines = _lines(path, encoding)
    records = _records(lines, _delimiter(path, encoding, known))
    header, row_no = _header(records, known, path.name)
    width = len(header)
    names = _unique(header)
    rows: list[list[str]] = []
    numbers: list[int] = []
    bad: list[tuple[int, str, str]] = []
    for record, reason in records:
        row_no += 1
        if reason:
            bad.append((row_no, reason, ",".join(record)[:BAD_TEXT]))
        elif not record:
            pass  # a blank line is no row, but it has a number in the table program
        elif len(record) == width or (len(record) > width and not any(record[width:])):
            rows.append(record[:width])
            numbers.append(row_no)
        elif len(record) == 1 and not record[0].strip():
            pass
        else:
            bad.append((row_no, "columns", ",".join(record)[:BAD_TEXT]))
        if len(rows) + len(bad) >= CHUNK_ROWS:
            yield _chunk(numbers, names, rows, bad)
            rows, numbers, bad = [], [], []
    yield _chunk(numbers, names, rows, bad)


def _chunk(numbers: list[int], names: list[str], rows: list[list[str]], bad: list) -> Chunk:
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    texts = {name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)}
    return Chunk(np.array(numbers, np.int64), texts, bad)


def _header(records: Iterator, known: frozenset[str], file: str) -> tuple[list[str], int]:
    first: list[str] = []
    for number, (record, reason) in enumerate(records, start=1):
        if not reason and sum(normal(name) in known for name in record) >= 2:
            return record, number
        first = first or record
        if number == HEADER_ROWS:
            break
    # what stands there may be a row of somebody's own data: long numbers are not repeated
    named = (name.strip() for name in first[:12] if name.strip())
    shown = ", ".join(name if sum(c.isdecimal() for c in name) < 5 else "…" for name in named)[:300]
    raise FileProblem("file.no_header", file=file, columns=shown)


def _unique(header: list[str]) -> list[str]:
    """Header names, a repeated or empty one made different so that no column is lost."""
    stripped = [name.replace("\ufeff", "").strip() for name in header]
    taken, numbers = set(stripped), Counter()
    names: list[str] = []
    for bare in stripped:
        numbers[bare] += 1
        name = bare
        while not name or (numbers[bare] > 1 and name in taken):
            name = f"{bare}#{numbers[bare]}"
            numbers[bare] += name in taken
        taken.add(name)
        names.append(name)
    return names


def _records(lines: Iterator[str], delimiter: str) -> Iterator[tuple[list[str], str]]:
    """
    Records with a reason where one cannot be read.

    An opened quote that is never closed would swallow the rest of the file, or the
    rows up to the next quote: the line it stands in becomes one bad record and
    reading goes on with the next line.
    """
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=delimiter)
    while True:
        feed.start()
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            record = None
        if record is None or feed.swallowed(delimiter):
            yield [feed.first()], "quote"
            feed.back_to_second()
            reader = csv.reader(feed, delimiter=delimiter)
        else:
            yield record, ""


class _Feed:
    """Lines for one csv.reader, remembered since the record began, so that they can be fed again."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: list[str] = []
        self._record: list[str] = []
        self._ended = False

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        if len(self._record) > QUOTED_LINES_LIMIT:
            raise csv.Error
        if self._again:
            line = self._again.pop()
        else:
            try:
                line = next(self._lines)
            except StopIteration:
                self._ended = True
                raise
        self._record.append(line)
        return line

    def start(self) -> None:
        self._record = []
        self._ended = False

    def swallowed(self, delimiter: str) -> bool:
        """True when the record ends inside a quoted text, or several lines are one only by a quote out of place."""
        if self._ended and self._record:
            return True
        if len(self._record) < 2:
            return False
        try:
            return len(list(csv.reader(self._record, delimiter=delimiter, strict=True))) != 1
        except csv.Error:
            return True

    def first(self) -> str:
        return self._record[0].rstrip("\r\n")

    def back_to_second(self) -> None:
        self._again += reversed(self._record[1:])


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """Decoded lines, ended by LF, CRLF or a lone CR."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    rest, read, position = "", 0, 0
    try:
        for block in _blocks(path):
            # a fault's place counts from what the decoder held back
            position = read - len(decoder.getstate()[0])
            read += len(block)
            text = rest + decoder.decode(block).replace("\0", "")
            # a CR at the very end may be half of a CRLF
            held = "\r" if text.endswith("\r") else ""
            lines = io.StringIO(text[: len(text) - len(held)], newline="").readlines()
            rest = (lines.pop() if lines and not lines[-1].endswith(("\n", "\r")) else "") + held
            yield from lines
            if len(rest) > LINE_LIMIT:
                raise FileProblem("file.long_line", file=path.name, limit_mib=LINE_LIMIT >> 20)
        position = read - len(decoder.getstate()[0])
        rest += decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        place = position + error.start
        raise FileProblem("file.encoding", file=path.name, encoding=encoding, position=place) from error
    if rest:
        yield rest


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    size = path.stat().st_size
    unpacked = 0
    try:
        with gzip.open(path) if zipped else path.open("rb") as file:
            while block := file.read(1 << 20):
                unpacked += len(block)
                if zipped and (unpacked > UNPACKED_LIMIT or unpacked > max(UNPACKED_FREE, size * UNPACKED_RATIO)):
                    raise FileProblem("file.bomb", file=path.name, size=size, limit_ratio=UNPACKED_RATIO)
                yield block
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileProblem("file.unreadable", file=path.name, reason=_why(error)) from error
    except OSError as error:
        raise FileProblem("file.missing", file=path.name, reason=_why(error)) from error


def detect_encoding(path: Path) -> str:
    """
    The encoding of a text file, by trying: UTF-8 (with or without mark), UTF-16 with mark, GB18030.

    Raises
    ------
    FileProblem
        The file is binary, or in none of these.
    """
    sample = b""
    for block in _blocks(path):
        if len(sample) < SAMPLE_BYTES:
            sample += block
        elif block.isascii():
            continue  # only what is not ASCII tells encodings apart
        elif sample.isascii():
            sample += block
        if not sample.isascii() and len(sample) >= SAMPLE_BYTES:
            break
    if not sample.removeprefix(codecs.BOM_UTF8).strip():
        raise FileProblem("file.empty", file=path.name)
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    control = sum(sample.count(bytes([code])) for code in (*range(9), *range(14, 27), *range(28, 32)))
    if control > max(16, len(sample) // 1_000):
        raise FileProblem("file.binary", file=path.name)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            codecs.getincrementaldecoder(encoding)("strict").decode(sample)
        except UnicodeDecodeError:
            continue
        return encoding
    raise FileProblem("file.encoding", file=path.name, encoding="UTF-8, GB18030", position=0)


def _delimiter(path: Path, encoding: str, known: frozenset[str]) -> str:
    """The delimiter that makes a header the profile understands; of several, the one that occurs most."""
    sample = ""
    for number, line in enumerate(_lines(path, encoding)):
        sample += line
        if number >= HEADER_ROWS or len(sample) > 100_000:
            break
    often = sorted(",\t;|", key=sample.count, reverse=True)
    lines = io.StringIO(sample, newline="").readlines()
    for delimiter in often:
        if any(sum(normal(name.strip('" ')) in known for name in line.split(delimiter)) >= 2 for line in lines):
            return delimiter
    return often[0]
