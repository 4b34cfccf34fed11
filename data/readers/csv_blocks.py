"""CSV cut fast: runs of lines in which nothing is odd, cut all at once."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

# a quoted text longer than this many lines is taken as a quote that was never closed
QUOTED_LINES_LIMIT = 500
# in more bytes than this a single text may be too long to be one
REGULAR_LIMIT = 16 << 20
_QUOTE, _LF, _CR = b'"\n\r'


@dataclass
class Cut:
    """
    Records cut at once.

    `positions` are the places of the rows among the `records` records, from 0;
    `odd` are the records that have not `width` cells, as (place, text).
    """

    records: int
    positions: np.ndarray
    columns: list[pa.Array]
    odd: list[tuple[int, str]]


def regular_end(data: bytes, delimiter: str, ended: bool) -> tuple[int, bool]:
    """
    How far whole records reach that every reader of CSV cuts alike.

    Parameters
    ----------
    data
        Text that begins with a record.
    ended
        True when the file ends with it.

    Returns
    -------
    end, odd
        Bytes up to which the records are regular (0: not one), and whether the
        record after them needs care: a quote out of place, or one that is not
        closed within `QUOTED_LINES_LIMIT` lines. Where it does not, more text
        may make the run longer.
    """
    if b'"' not in data:
        # a CR at the very end may be half of a CRLF
        last = len(data) if ended else len(data) - data.endswith(b"\r")
        return (last if ended else max(data.rfind(b"\n", 0, last), data.rfind(b"\r", 0, last)) + 1), False
    codes = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(codes == _QUOTE)
    odd = _first_odd(codes, quotes, ord(delimiter))
    ends = _line_ends(data, codes, ended)
    # an even number of quotes before it: the line's end is the record's end
    closed = np.flatnonzero((np.searchsorted(quotes, ends) & 1) == 0)
    if odd is not None:
        closed = closed[ends[closed] < odd]
    lines = np.diff(closed, prepend=-1)
    too_long = np.flatnonzero(lines > QUOTED_LINES_LIMIT)
    if len(too_long):
        closed, odd = closed[: too_long[0]], 0
    if ended and odd is None and len(quotes) % 2 == 0 and len(ends) - (closed[-1] if len(closed) else -1) - 1 == 0:
        return len(data), False
    unclosed = len(ends) - 1 - (closed[-1] if len(closed) else -1) > QUOTED_LINES_LIMIT
    return (int(ends[closed[-1]]) + 1 if len(closed) else 0), bool(odd is not None or unclosed or ended)


def _first_odd(codes: np.ndarray, quotes: np.ndarray, delimiter: int) -> int | None:
    """The place of the first quote that neither opens nor closes a cell nor stands doubled inside a quoted one."""
    around = np.concatenate(([_LF], codes, [_LF]))
    before, after = around[quotes], around[quotes + 2]
    allowed = np.zeros(256, bool)
    allowed[[_QUOTE, _LF, _CR, delimiter]] = True
    fine = np.where(np.arange(len(quotes)) % 2 == 0, allowed[before], allowed[after])
    wrong = np.flatnonzero(~fine)
    return int(quotes[wrong[0]]) if len(wrong) else None


def _line_ends(data: bytes, codes: np.ndarray, ended: bool) -> np.ndarray:
    """Places of the last byte of each line's end: LF, CRLF or a lone CR."""
    feeds = codes == _LF
    if b"\r" in data:
        followed = np.append(feeds[1:], not ended)
        feeds = feeds | ((codes == _CR) & ~followed)
    return np.flatnonzero(feeds)


def cut(data: bytes, delimiter: str, width: int) -> Cut | None:
    """
    Regular records as columns of text.

    Rows without any text are left out; None where the records cannot be cut at once.
    """
    odd: list[tuple[int, str]] = []

    def keep_apart(row: csv.InvalidRow) -> str:
        odd.append((row.number - 1, row.text))
        return "skip"

    names = [str(i) for i in range(width)]
    try:
        table = csv.read_csv(
            pa.py_buffer(data),
            csv.ReadOptions(column_names=names, block_size=len(data) + 1, use_threads=False),
            csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=keep_apart
            ),
            csv.ConvertOptions(
                check_utf8=False, column_types=dict.fromkeys(names, pa.string()), null_values=[],
                strings_can_be_null=False,
            ),
        )  # fmt: skip
    except pa.ArrowException:
        return None
    columns = [column.combine_chunks() for column in table.columns]
    positions = np.arange(table.num_rows + len(odd))
    if odd:
        positions = np.delete(positions, [place for place, _ in odd])
    blank = np.logical_and.reduce([pc.binary_length(column).to_numpy() == 0 for column in columns])
    if blank.any():
        some = pa.array(~blank)
        columns, positions = [column.filter(some) for column in columns], positions[~blank]
    return Cut(table.num_rows + len(odd), positions, columns, odd)
