"""
Coordinates as texts: every way people and systems write them, as numbers.

A plain decimal is cast a column at a time; only what is left over is read text
by text, each different text once. Nothing is guessed: a text that may mean two
numbers is none.
"""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike

DEGREES, MINUTES = "degrees", "minutes"

Texts = pa.Array | pa.ChunkedArray | Sequence[str | None] | np.ndarray

# a longer text is no coordinate
_LONGEST, _LONGEST_PAIR = 80, 200
_NUMBER = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_PLAIN = f"^{_NUMBER}$"
# not three digits after the comma: these may be thousands
_PLAIN_COMMA = r"^([-+]?[0-9]+),([0-9]{1,2}|[0-9]{4,})$"
_PLAIN_PAIR = rf"^(?:(?i:POINT)\s*)?[(\[]?\s*(?P<x>{_NUMBER})(?:\s*[,;，；、|/]\s*|\s+)(?P<y>{_NUMBER})\s*[)\]]?$"

# full-width forms, every mark that stands for degrees, minutes, seconds or minus, and what nobody sees
_FORMS = {0xFEE0 + code: chr(code) for code in range(0x21, 0x7F)}
_FORMS |= dict.fromkeys(map(ord, "º˚度"), "°") | dict.fromkeys(map(ord, "′‵´`‘’ʹ＇分"), "'")
_FORMS |= dict.fromkeys(map(ord, "″“”〃ʺ＂秒"), '"') | dict.fromkeys(map(ord, "−–‐－"), "-")
_FORMS |= dict.fromkeys([0xFEFF, 0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060])

_SIDES = dict.fromkeys(("E", "EAST", "东经", "東經"), (1, "x"))
_SIDES |= dict.fromkeys(("W", "WEST", "西经", "西經"), (-1, "x"))
_SIDES |= dict.fromkeys(("N", "NORTH", "北纬", "北緯"), (1, "y"))
_SIDES |= dict.fromkeys(("S", "SOUTH", "南纬", "南緯"), (-1, "y"))
# the word for degree in them is a mark by then
_LABELS = dict.fromkeys(("经°", "經°", "LONGITUDE", "LONG", "LON", "LNG", "X"), "x")
_LABELS |= dict.fromkeys(("纬°", "緯°", "LATITUDE", "LAT", "Y"), "y")
_SIDE = "|".join(sorted(_SIDES, key=len, reverse=True))
_LABEL = "|".join(sorted(_LABELS, key=len, reverse=True))

_WHOLE = re.compile(
    rf"(?:(?P<label>{_LABEL})\s*[:=]?\s*)?(?:(?P<before>{_SIDE})\s*:?\s*)?"
    rf"(?P<sign>[-+]?)(?P<body>[0-9.](?:[^A-Z东西南北]*[^A-Z东西南北\s])?(?:E[-+]?[0-9]+)?)\s*(?P<after>{_SIDE})?"
)
_FRACTION = r"[0-9]+(?:[.,][0-9]*)?"
_MARKED = re.compile(rf"({_FRACTION})\s*°(?:\s*({_FRACTION})(?:\s*'\s*|\s+|$)(?:({_FRACTION})\s*\"?)?)?")
_SPACED = re.compile(r"([0-9]{1,3})\s+(?:([0-9]{1,2})\s+([0-9]{1,2}(?:[.,][0-9]+)?)|([0-9]{1,2}[.,][0-9]+))")
_THOUSANDS = [
    re.compile(r"[1-9][0-9]{0,2}(?:\s[0-9]{3})+(?:[.,][0-9]+)?"),
    re.compile(r"[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+\.[0-9]+|(?:,[0-9]{3}){2,})"),
    re.compile(r"[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+,[0-9]+|(?:\.[0-9]{3}){2,})"),
]
_COMMA = re.compile(r"[0-9]+,[0-9]+")
_WRAPPED = re.compile(r"(?:SRID=[0-9]+;)?\s*POINT\s*(?:Z|M|ZM)?\s*\(([^()]*)\)", re.IGNORECASE)
_GEOJSON = re.compile(r"\"coordinates\"\s*:\s*\[([^\[\]]*)\]", re.IGNORECASE)
_NAMED, _SIDED = re.compile(f"{_LABEL}|{_SIDE}"), re.compile(_SIDE)


def numbers(texts: Texts, notation: str = DEGREES) -> np.ndarray:
    """
    Read one coordinate from each text.

    Understood are decimals, with a decimal comma or thousands where that is
    the only reading; full-width digits; degrees, minutes and seconds in marks
    (116°23′45.6″, 116度23分45秒) or blanks (116 23 45.6); sides of the world
    before or after (E, W, north, 东经, 南纬), of which W and S make it
    negative; a label before it (经度:, lat=).

    Parameters
    ----------
    texts
        A column of text, in any of the forms a table may have. A column of
        numbers is taken as it is.
    notation
        `degrees`: a number means what it says. `minutes`: a number without
        marks is packed degrees and minutes, see `unpacked`.

    Returns
    -------
    values
        float64, one per text, in the units of the text. NaN where the text is
        missing, no number, infinite, or may mean two numbers: `116,383`
        (116.383, or thousands), minutes or seconds of 60 and more, a negative
        number of the east.
    """
    column = _column(texts)
    if not _is_text(column):
        values = _finite(column)
        return unpacked(values) if notation == MINUTES else values
    column = pc.utf8_trim_whitespace(column)
    plain, values = _cast(column)
    if notation == MINUTES:
        values = unpacked(values)

    def one(text: str) -> float:
        found = _read(text, notation) if len(text) <= _LONGEST else None
        return np.nan if found is None else found[0]

    rest, which = _others(column, plain)
    values[rest] = np.array([one(text) for text in which.dictionary.to_pylist()])[_codes(which)]
    return values


def pair(texts: Texts) -> tuple[np.ndarray, np.ndarray]:
    """
    Read two coordinates from each text.

    Understood are two texts as `numbers` reads them with a comma, semicolon,
    slash, bar or blanks between; brackets round them; POINT(x y); GeoJSON
    points and objects with `lng` and `lat`.

    Parameters
    ----------
    texts
        A column of text.

    Returns
    -------
    x, y
        float64, one per text. The first is the one written first, unless the
        text itself says which is the longitude (a side of the world, or a
        label): then that one. Both are NaN where there are not exactly two.
    """
    column = _column(texts)
    if not _is_text(column):
        return np.full(len(column), np.nan), np.full(len(column), np.nan)
    column = pc.utf8_trim_whitespace(column)
    both = pc.extract_regex(column, _PLAIN_PAIR)
    x, y = (_finite(pc.cast(pc.struct_field(both, name), pa.float64())) for name in ("x", "y"))
    # of two plain numbers either may be infinite, then neither counts
    lost = np.isnan(x) | np.isnan(y)
    rest, which = _others(column, both.is_valid().to_numpy(zero_copy_only=False))
    found = np.array([_read_pair(text) for text in which.dictionary.to_pylist()], dtype=float).reshape(-1, 2)
    x[lost], y[lost] = np.nan, np.nan
    x[rest], y[rest] = found[_codes(which)].T
    return x, y


def unpacked(values: ArrayLike) -> np.ndarray:
    """
    Turn packed degrees and minutes (DDDMM.mmmm, as GPS receivers write them) into degrees.

    Parameters
    ----------
    values
        Numbers such as 11623.76, which is 116 degrees and 23.76 minutes.

    Returns
    -------
    degrees
        float64; NaN where there would be 60 minutes or more.
    """
    values = np.asarray(values, dtype="float64")
    with np.errstate(invalid="ignore"):
        degrees = np.trunc(values / 100)
        minutes = values - degrees * 100
    return np.where(np.abs(minutes) < 60, degrees + minutes / 60, np.nan)


def _column(texts: Texts) -> pa.Array:
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    if isinstance(texts, pa.Array):
        return texts.dictionary_decode() if pa.types.is_dictionary(texts.type) else texts
    try:
        return pa.array(texts, pa.string(), from_pandas=True)
    except UnicodeEncodeError:
        # half a character is no digit
        return pa.array([text and text.encode("utf-8", "replace").decode() for text in texts], pa.string())


def _is_text(column: pa.Array) -> bool:
    return pa.types.is_string(column.type) or pa.types.is_large_string(column.type)


def _finite(column: pa.Array) -> np.ndarray:
    values = np.array(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype="float64")
    values[~np.isfinite(values)] = np.nan
    return values


def _cast(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Which texts are plain decimals, and their values."""
    plain = pc.fill_null(pc.match_substring_regex(column, _PLAIN), False)
    if pc.any(pc.match_substring(column, ",")).as_py():
        column = pc.replace_substring_regex(column, _PLAIN_COMMA, r"\1.\2")
        plain = pc.fill_null(pc.match_substring_regex(column, _PLAIN), False)
    texts = pc.if_else(plain, column, pa.scalar(None, column.type))
    return plain.to_numpy(zero_copy_only=False), _finite(texts)


def _others(column: pa.Array, done: np.ndarray) -> tuple[np.ndarray, pa.DictionaryArray]:
    """Positions of the texts that are still to be read, and these texts, each different one once."""
    rest = np.flatnonzero(~done & column.is_valid().to_numpy(zero_copy_only=False))
    return rest, column.take(pa.array(rest)).dictionary_encode()


def _codes(which: pa.DictionaryArray) -> np.ndarray:
    return which.indices.to_numpy(zero_copy_only=False)


def _read(text: str, notation: str) -> tuple[float, str] | None:
    """The value of a text, and the axis (`x`, `y` or none) it says it is of."""
    text = _tidy(text)
    whole = _WHOLE.fullmatch(text)
    if not whole:
        return None
    named = [_SIDES[whole[name]] for name in ("before", "after") if whole[name]]
    axes = {axis for _, axis in named} | ({_LABELS[whole["label"]]} if whole["label"] else set())
    value = _body(whole["body"], notation)
    if value is None or not np.isfinite(value) or len(named) > 1 or len(axes) > 1:
        return None
    side = named[0][0] if named else 1
    if whole["sign"] == "-":
        # minus and west is west, minus and east is nothing
        if named and side > 0:
            return None
        side = -1
    return side * value, next(iter(axes), "")


def _tidy(text: str) -> str:
    text = text.translate(_FORMS).strip().upper().replace("''", '"')
    # what table programs put round a number so that it stays a text
    text = re.sub(r'^="(.*)"$|^"(.*)"$', lambda found: found[1] or found[2] or "", text)
    text = re.sub(r"^['\"]", "", text)
    return re.sub(r"(?<=[0-9])\s*D(?=\s*[0-9]|$)", "°", text)


def _body(text: str, notation: str) -> float | None:
    """The value of an unsigned number; None if it is none, or two."""
    if re.fullmatch(_NUMBER, text):
        return float(unpacked(float(text))) if notation == MINUTES else float(text)
    if found := _MARKED.fullmatch(text) or _SPACED.fullmatch(text):
        return _sexagesimal([part for part in found.groups() if part])
    if any(form.fullmatch(text) for form in _THOUSANDS):
        return _grouped(text)
    if _COMMA.fullmatch(text):
        return _with_comma(text, notation)
    return None


def _sexagesimal(parts: list[str]) -> float | None:
    parts = [part.replace(",", ".") for part in parts]
    # only the last part has a fraction
    if any("." in part for part in parts[:-1]) or any(float(part) >= 60 for part in parts[1:]):
        return None
    return sum(float(part) / 60**place for place, part in enumerate(parts))


def _grouped(text: str) -> float:
    """Digits in threes: a mark of another kind after them is the decimal one."""
    first = re.search(r"[\s,.]", text)[0]
    return float(re.sub(r"\s", "", text.replace(first, "")).replace(",", "."))


def _with_comma(text: str, notation: str) -> float | None:
    before, after = text.split(",")
    if len(after) == 3 and len(before) <= 3 and not before.startswith("0"):
        # more than 180 of anything are metres, and nobody writes those to the millimetre only with a comma
        return float(before + after) if int(before) > 180 else None
    value = float(f"{before}.{after}")
    return float(unpacked(value)) if notation == MINUTES else value


def _read_pair(text: str) -> tuple[float, float]:
    nothing = (np.nan, np.nan)
    if len(text) > _LONGEST_PAIR:
        return nothing
    for parts in _cuts(text):
        found = [_read(part, DEGREES) for part in parts]
        if None in found:
            continue
        (first, axis), (second, other) = found
        if axis and axis == other:
            return nothing
        return (second, first) if axis == "y" or other == "x" else (first, second)
    return nothing


def _cuts(text: str) -> list[list[str]]:
    """Every way to cut a text in two that is worth trying, the surest first."""
    if wrapped := _WRAPPED.fullmatch(text) or _GEOJSON.search(text):
        parts = re.split(r"[\s,]+", wrapped[1].strip())
        # a height may follow
        return [parts[:2]] if 2 <= len(parts) <= 4 else []
    if text.startswith("{"):
        text = re.sub(r"[{}'\"]", "", text)
    text = text.translate(_FORMS).strip().upper()
    text = re.sub(r"^\((.*)\)$|^\[(.*)\]$", lambda found: found[1] or found[2] or "", text)
    splits: list[Callable[[str], list[str]]] = [re.compile(mark).split for mark in (r"[;、|/]", ",", r"\t", r"\s+")]
    splits += [_after_sides, _before_sides]
    cuts = [[part for part in split(text) if part.strip()] for split in splits]
    return [parts for parts in cuts if len(parts) == 2]


def _before_sides(text: str) -> list[str]:
    return _cut_at(text, [found.start() for found in _NAMED.finditer(text)])


def _after_sides(text: str) -> list[str]:
    return _cut_at(text, [found.end() for found in _SIDED.finditer(text)])


def _cut_at(text: str, places: list[int]) -> list[str]:
    return [text[start:end] for start, end in pairwise([0, *places, len(text)])]
