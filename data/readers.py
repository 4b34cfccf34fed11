"""
Files of complaints as rows of text: CSV in all its dirt, gzipped CSV, Parquet.

Nothing is interpreted here. A row keeps the number it has in the file, and a
row that cannot be cut into the header's columns comes out with the reason.
"""

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import FileProblem

CHUNK_ROWS = 50_000
# a gzip that unpacks to more than this, or to more than 200 times its size, is refused
UNPACKED_LIMIT = 8 << 30
UNPACKED_RATIO = 200
# a quoted text longer than this many lines is taken as a quote that was never closed
QUOTED_LINES_LIMIT = 500
HEADER_ROWS = 20
csv.field_size_limit(16 << 20)


@dataclass
class Chunk:
    """A run of rows: `columns` are equally long lists of text by header, `row_no` the rows' numbers in the file."""

    row_no: list[int]
    columns: dict[str, list[str | None]]
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
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise FileProblem("file.missing", file=path.name, reason=error.strerror or "") from error
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
        names = file.schema_arrow.names
        if sum(normal(name) in known for name in names) < 2:
            raise FileProblem("file.no_header", file=path.name, columns=", ".join(names[:12]))
        row_no = 1
        for batch in file.iter_batches(CHUNK_ROWS):
            columns = {name: _as_text(batch.column(i)) for i, name in enumerate(names)}
            yield Chunk(list(range(row_no, row_no + batch.num_rows)), columns)
            row_no += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise FileProblem("file.unreadable", file=path.name, reason=str(error).splitlines()[0]) from error


def _as_text(column: pa.Array) -> list[str | None]:
    if pa.types.is_nested(column.type):
        return [None if value is None else str(value) for value in column.to_pylist()]
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us"))
    elif pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return [None if value is None else value.decode("utf-8", "replace") for value in column.to_pylist()]
    return column.cast(pa.string()).to_pylist()


def _read_csv(path: Path, known: frozenset[str]) -> Iterator[Chunk]:
    encoding = detect_encoding(path)
    lines = _lines(path, encoding)
    records = _records(lines, _delimiter(path, encoding))
    header, row_no = _header(records, known, path.name)
    width = len(header)
    names = _unique(header)
    rows: list[list[str]] = []
    numbers: list[int] = []
    bad: list[tuple[int, str, str]] = []
    for record, reason in records:
        row_no += 1
        if reason:
            bad.append((row_no, reason, ",".join(record)[:2_000]))
        elif not record:
            row_no += 0  # a blank line is no row, but it has a number in the table program
        elif len(record) == width or (len(record) > width and not any(record[width:])):
            rows.append(record[:width])
            numbers.append(row_no)
        elif len(record) == 1 and not record[0].strip():
            pass
        else:
            bad.append((row_no, "columns", ",".join(record)[:2_000]))
        if len(rows) + len(bad) >= CHUNK_ROWS:
            yield _chunk(numbers, names, rows, bad)
            rows, numbers, bad = [], [], []
    yield _chunk(numbers, names, rows, bad)


def _chunk(numbers: list[int], names: list[str], rows: list[list[str]], bad: list) -> Chunk:
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return Chunk(numbers, {name: list(column) for name, column in zip(names, columns, strict=True)}, bad)


def _header(records: Iterator, known: frozenset[str], file: str) -> tuple[list[str], int]:
    first: list[str] = []
    for number, (record, reason) in enumerate(records, start=1):
        if not reason and sum(normal(name) in known for name in record) >= 2:
            return record, number
        first = first or record
        if number == HEADER_ROWS:
            break
    shown = ", ".join(name.strip() for name in first[:12] if name.strip())[:300]
    raise FileProblem("file.no_header", file=file, columns=shown)


def _unique(header: list[str]) -> list[str]:
    """Header names, a repeated or empty one made different so that no column is lost."""
    seen: dict[str, int] = {}
    names = []
    for name in header:
        name = name.replace("\ufeff", "").strip()
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 and name else f"{name}#{seen[name]}")
    return names


def _records(lines: Iterator[str], delimiter: str) -> Iterator[tuple[list[str], str]]:
    """
    Records with a reason where one cannot be read.

    An opened quote that is never closed would swallow the rest of the file: the
    line it stands in becomes one bad record and reading goes on with the next line.
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
        if record is None or feed.swallowed():
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

    def swallowed(self) -> bool:
        """True when the file ended inside a quoted text."""
        return self._ended and bool(self._record) and "".join(self._record).count('"') % 2 == 1

    def first(self) -> str:
        return self._record[0].rstrip("\r\n")

    def back_to_second(self) -> None:
        self._again += reversed(self._record[1:])


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """Decoded lines, ended by LF, CRLF or a lone CR."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    rest = ""
    try:
        for block in _blocks(path):
            text = rest + decoder.decode(block).replace("\0", "")
            # a CR at the very end may be half of a CRLF
            held = "\r" if text.endswith("\r") else ""
            lines = io.StringIO(text[: len(text) - len(held)], newline="").readlines()
            rest = (lines.pop() if lines and not lines[-1].endswith(("\n", "\r")) else "") + held
            yield from lines
        rest += decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise FileProblem("file.encoding", file=path.name, encoding=encoding, position=error.start) from error
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
                if zipped and (unpacked > UNPACKED_LIMIT or unpacked > max(64 << 20, size * UNPACKED_RATIO)):
                    raise FileProblem("file.bomb", file=path.name, size=size, limit_ratio=UNPACKED_RATIO)
                yield block
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileProblem("file.unreadable", file=path.name, reason=str(error)) from error
    except OSError as error:
        raise FileProblem("file.missing", file=path.name, reason=error.strerror or "") from error


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
        sample += block
        if len(sample) >= 4 << 20:
            break
    if not sample.strip():
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


def _delimiter(path: Path, encoding: str) -> str:
    """The delimiter that occurs most in the first lines."""
    sample = ""
    for number, line in enumerate(_lines(path, encoding)):
        sample += line
        if number >= HEADER_ROWS or len(sample) > 100_000:
            break
    return max(",\t;|", key=sample.count)
