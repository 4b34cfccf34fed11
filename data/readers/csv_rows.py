"""
Records of a CSV: cut fast where nothing is odd, line by line with care where something is.

Both ways cut alike; a row keeps the number it has in the file, and a row that
cannot be cut into the header's columns comes out with the reason.
"""

import csv
import io
import re
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from data.errors import FileProblem
from data.readers.chunks import BAD_TEXT, LINE_LIMIT, Chunk
from data.readers.csv_blocks import QUOTED_LINES_LIMIT, REGULAR_LIMIT, cut, regular_end

csv.field_size_limit(REGULAR_LIMIT)
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r)")
# after something odd so many records are cut with care; more when the next odd one follows soon
CARE_AT_LEAST, CARE_AT_MOST = 64, 16_384
WINDOW = 64 << 10
# a piece cut with care is full when it holds so many records, or so much text
PIECE_ROWS, PIECE_TEXT = 5_000, 8 << 20


class Records:
    """
    The records of a text, from its beginning.

    `row_no` is the number of the record read last: the row in a table program.
    """

    def __init__(self, blocks: Iterator[bytes], delimiter: str, file: str) -> None:
        self.row_no = 0
        self._blocks, self._delimiter, self._file = blocks, delimiter, file
        # the text at hand, and how far it was read
        self._data, self._at, self._ended = b"", 0, False
        # how far ahead regular records are looked for
        self._window = REGULAR_LIMIT + 1
        self._feed = _Feed(iter(self._line, None))
        self._cut = self._with_care()

    def next(self) -> tuple[list[str], str] | None:
        """The next record and the reason why it cannot be read, "" for a good one; None at the end."""
        record = next(self._cut, None)
        if record is not None:
            self.row_no += 1
        return record

    def pieces(self, names: list[str], *, careful: bool = False) -> Iterator[Chunk]:
        """
        All further rows, by columns of these names.

        Parameters
        ----------
        careful
            Cut every record with care; the rows are the same.
        """
        care = CARE_AT_LEAST
        # a table of one column has no delimiters: a blank line would look like a row
        careful = careful or len(names) < 2
        while True:
            piece = None if careful or not self._feed.idle else self._regular(names)
            if piece is not None:
                care = CARE_AT_LEAST if len(piece.row_no) > CARE_AT_LEAST else care
                yield piece
                continue
            before = self.row_no
            yield from self._careful(names, PIECE_ROWS if careful else care)
            care = min(care * 2, CARE_AT_MOST)
            if self.row_no == before:
                return

    def _regular(self, names: list[str]) -> Chunk | None:
        """The longest run of regular records at hand; None where the next one needs care or there is none."""
        while True:
            rest = self._data[self._at : self._at + self._window]
            last = self._ended and self._at + len(rest) == len(self._data)
            end, odd = regular_end(rest, self._delimiter, last) if rest else (0, False)
            # just after something odd the next odd thing is likely near: a short look wastes less
            self._window = WINDOW if odd else min(self._window * 4, REGULAR_LIMIT + 1)
            if end or odd or last or len(rest) > REGULAR_LIMIT:
                break
            if self._at + len(rest) == len(self._data):
                self._more()
        records = cut(rest[:end], self._delimiter, len(names)) if 0 < end <= REGULAR_LIMIT else None
        if records is None:
            return None
        self._at += end
        rows = records.positions + self.row_no + 1
        piece = Chunk(rows, dict(zip(names, records.columns, strict=True)))
        extra = _Rows(names)
        for place, text in records.odd:
            record = next(csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter), [])
            extra.add(self.row_no + 1 + place, record, "")
        self.row_no += records.records
        return _together(piece, extra.chunk()) if records.odd else piece

    def _careful(self, names: list[str], count: int) -> Iterator[Chunk]:
        """Rows cut with care: so many records, or to the end."""
        rows = _Rows(names)
        while count > 0 or not self._feed.idle:
            found = self.next()
            if found is None:
                break
            rows.add(self.row_no, *found)
            count -= 1
            if rows.full:
                yield rows.chunk()
                rows = _Rows(names)
        yield rows.chunk()

    def _with_care(self) -> Iterator[tuple[list[str], str]]:
        """
        Records with a reason where one cannot be read.

        An opened quote that is never closed would swallow the rest of the file, or the
        rows up to the next quote: the line it stands in becomes one bad record and
        reading goes on with the next line.
        """
        feed = self._feed
        reader = csv.reader(feed, delimiter=self._delimiter)
        while True:
            feed.start()
            try:
                record = next(reader)
            except StopIteration:
                return
            except csv.Error:
                record = None
            if record is None or feed.swallowed(self._delimiter):
                # put back before anybody asks whether the feed is idle
                first = feed.first()
                feed.back_to_second()
                reader = csv.reader(feed, delimiter=self._delimiter)
                yield [first], "quote"
            else:
                yield record, ""

    def _line(self) -> str | None:
        """The next line with its end (LF, CRLF or a lone CR), None when there is none."""
        while True:
            found = _LINE.match(self._data, self._at)
            end = found.end() if found else len(self._data)
            # a CR at the very end may be half of a CRLF
            if self._ended or (found and (end < len(self._data) or self._data.endswith(b"\n"))):
                break
            self._more()
        line, self._at = self._data[self._at : end], end
        return line.decode() if line else None

    def _more(self) -> None:
        block = next(self._blocks, None)
        if block is None:
            self._ended = True
            return
        self._data, self._at = self._data[self._at :] + block, 0
        if len(self._data) > LINE_LIMIT and max(self._data.rfind(b"\n"), self._data.rfind(b"\r")) < 0:
            raise FileProblem("file.long_line", file=self._file, limit_mib=LINE_LIMIT >> 20)


class _Rows:
    """Rows of texts on their way into columns."""

    def __init__(self, names: list[str]) -> None:
        self._names, self._numbers, self._rows, self._bad, self._text = names, [], [], [], 0

    @property
    def full(self) -> bool:
        return len(self._rows) + len(self._bad) >= PIECE_ROWS or self._text > PIECE_TEXT

    def add(self, row_no: int, record: list[str], reason: str) -> None:
        """A record as a row where it has the header's columns; more of them do no harm when they are empty."""
        width = len(self._names)
        if reason:
            self._bad.append((row_no, reason, ",".join(record)[:BAD_TEXT]))
        elif not any(record) or (len(record) == 1 < width and not record[0].strip()):
            pass  # a blank line is no row, but it has a number in the table program
        elif len(record) == width or (len(record) > width and not any(record[width:])):
            self._rows.append(record[:width])
            self._numbers.append(row_no)
            self._text += sum(map(len, record))
        else:
            self._bad.append((row_no, "columns", ",".join(record)[:BAD_TEXT]))

    def chunk(self) -> Chunk:
        columns = zip(*self._rows, strict=True) if self._rows else [()] * len(self._names)
        texts = {name: pa.array(column, pa.string()) for name, column in zip(self._names, columns, strict=True)}
        return Chunk(np.array(self._numbers, np.int64), texts, self._bad)


def _together(one: Chunk, other: Chunk) -> Chunk:
    """Two pieces of the same run of rows as one, in the file's order."""
    if not len(other.row_no):
        return Chunk(one.row_no, one.columns, other.bad)
    numbers = np.concatenate([one.row_no, other.row_no])
    order = np.argsort(numbers)
    columns = {
        name: pa.concat_arrays([column, other.columns[name]]).take(order) for name, column in one.columns.items()
    }
    return Chunk(numbers[order], columns, other.bad)


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

    @property
    def idle(self) -> bool:
        """True between records, when no line waits to be fed again."""
        return not self._again

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
