"""Cells of workbooks as text: numbers without losing digits, serial days as dates and times."""

import math
import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# a table program keeps 15 digits; what a float shows beyond them was never typed
DIGITS = 15
# whole numbers of more digits than this stay as they are written
WHOLE_DIGITS = 30
# serial days end with the year 9999
LAST_DAY = 2_958_466
_DAY_MS = 86_400_000
# what a table program writes for characters that XML does not allow
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
# numbers that are their own text: at most 15 digits, no exponent, no zeros at the end of a fraction
_PLAIN = r"^(0|-?[1-9]\d{0,14}|-?\d{1,7}\.\d{0,7}[1-9])$"
_WHOLE = re.compile(r"[+-]?\d+")


def number_text(text: str) -> str | None:
    """
    A number as it would be typed.

    A whole number has no point, whatever its digits are; of a fraction the 15
    digits count that a table program keeps. What is no number stays as it is.
    """
    if _WHOLE.fullmatch(text):
        return "0" if text == "-0" else text
    try:
        value = float(text)
    except ValueError:
        return text or None
    if not math.isfinite(value):
        return None
    if value.is_integer():
        return str(int(value)) if abs(value) < 10**WHOLE_DIGITS else text
    return f"{value:.{DIGITS}g}"


def number_texts(column: pa.Array) -> pa.Array:
    """Numbers as they stand in a workbook, as they would be typed."""
    plain = pc.match_substring_regex(column, _PLAIN)
    if pc.all(plain, min_count=0).as_py():
        return column
    texts = column.to_pylist()
    for place in np.flatnonzero(~pc.fill_null(plain, True).to_numpy(zero_copy_only=False)):
        texts[place] = number_text(texts[place])
    return pa.array(texts, pa.string())


def day_texts(column: pa.Array, *, since_1904: bool) -> pa.Array:
    """
    Serial days as text: a date, a time of day below 1, else both; milliseconds where there are any.

    What is no day of 1900 to 9999 stays the number it is.
    """
    values = _floats(column)
    days = values + 1_462 if since_1904 else values
    # there was no 29 February 1900, but it has the number 60
    days = np.where((days >= 1) & (days < 60) & (not since_1904), days + 1, days)
    fits = (values >= 0) & (days < LAST_DAY)
    ms = np.rint(np.where(fits, days, 0) * _DAY_MS).astype(np.int64)
    moments = pa.array(ms - 25_569 * _DAY_MS, pa.timestamp("ms"))
    whole, timed = ms % _DAY_MS == 0, values < 1
    exact, fine = moments.cast(pa.timestamp("s"), safe=False).cast(pa.string()), moments.cast(pa.string())
    texts = pc.if_else(pa.array(ms % 1_000 == 0), exact, fine)
    texts = pc.if_else(pa.array(whole), pc.utf8_slice_codeunits(texts, 0, 10), texts)
    texts = pc.if_else(pa.array(timed), pc.utf8_slice_codeunits(pc.if_else(pa.array(whole), exact, texts), 11), texts)
    return texts if fits.all() else pc.if_else(pa.array(fits), texts, number_texts(column))


def duration_texts(column: pa.Array) -> pa.Array:
    """Serial days as hours, minutes and seconds, 25:30:00."""
    return pa.array([duration_text(value * 86_400) for value in _floats(column).tolist()], pa.string())


def duration_text(seconds: float) -> str | None:
    """Seconds as hours, minutes and seconds."""
    if not math.isfinite(seconds):
        return None
    whole = round(abs(seconds))
    return f"{'-' if seconds < 0 else ''}{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def unescaped(column: pa.Array) -> pa.Array:
    """Texts with the characters that a workbook writes as _x000D_."""
    odd = pc.match_substring_regex(column, _ESCAPE.pattern)
    if not pc.any(odd, min_count=0).as_py():
        return column
    return pa.array([text and _ESCAPE.sub(_character, text) for text in column.to_pylist()], pa.string())


def _character(found: re.Match) -> str:
    code = int(found[1], 16)
    # half of a character is none
    return found[0] if 0xD800 <= code < 0xE000 else "" if code == 0 else chr(code)


def _floats(column: pa.Array) -> np.ndarray:
    try:
        return column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return np.array([_float(text) for text in column.to_pylist()])


def _float(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan
