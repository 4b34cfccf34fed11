"""Columns of a file as values: codes, flags, category levels, points, ticket numbers."""

import re
from collections import Counter
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.evidence import raw_points, reading_of
from data.masking import Masker, suspects
from data.profiles import Profile
from geo.crs import CRS_NAMES, to_wgs84

YES = {"是", "yes", "y", "true", "1", "有效", "有效回访", "已响应", "已联系", "t"}
NO = {"否", "no", "n", "false", "0", "无效", "无效回访", "未响应", "未联系", "f"}
BLANKS = " \t\u3000\u00a0\r\n"
# marks of text that was encoded twice: a Latin letter and control characters where an apostrophe stood
_TWICE = re.compile(r"[\u00c2-\u00f4][\u0080-\u00bf]")
# the same for a whole column at once (RE2)
_TWICE_IN_COLUMN = r"[\x{c2}-\x{f4}][\x{80}-\x{bf}]"
# what stands in a name's cell when nobody gave one: such callers are not one caller
NOBODY = {"匿名", "匿名市民", "不详", "无", "未知", "保密", "不愿透露", "市民", "群众", "居民", "N/A", "none", "-", "/"}
_TITLES = re.compile(r"(?:先生|女士|同志|小姐|老师|师傅|阿姨|大爷|大妈)$")
# a number as every system writes it; what else may stand in such a cell is no number
_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
LEVELS = ("category_1", "category_2", "category_3")


def trimmed(texts: pa.Array) -> pa.Array:
    """A column of text without blanks round its cells."""
    return pc.utf8_trim(texts, BLANKS)


def clean(value: str | None) -> str | None:
    """A cell without blanks round it, or None."""
    return (value.strip(BLANKS) or None) if value else None


def mended(value: str | None) -> str | None:
    """A text that was encoded to UTF-8 twice, as it was before; any other as it is."""
    if not value or not _TWICE.search(value):
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def bare_name(name: str | None) -> str | None:
    """A caller's name without brackets, blanks and titles, so that it is found in the text."""
    name = clean(re.sub(r"[(（\[【].*", "", name)) if name else None
    if name and re.search(r"[\u4e00-\u9fff]", name):
        name = _TITLES.sub("", re.sub(r"\s", "", name))
    return None if name in NOBODY else (name or "").strip() or None


def readable(
    texts: pa.Array, masker: Masker, names: pa.Array | None = None, named: np.ndarray | None = None
) -> pa.Array:
    """
    Free texts, mended and masked.

    Parameters
    ----------
    texts
        A column of trimmed text.
    names, named
        The callers' own names, and whether the text holds them.

    Returns
    -------
    readable
        The same column, but for the texts that had to be changed: Python looks
        only at those that may be.
    """
    look = suspects(texts, _TWICE_IN_COLUMN)
    if named is not None:
        look = look | named
    rows = pa.array(np.flatnonzero(look))
    if not len(rows):
        return texts
    own = names.take(rows).to_pylist() if names is not None else None
    changed = masker.texts([mended(text) for text in texts.take(rows).to_pylist()], own)
    return pc.replace_with_mask(texts, pa.array(look), pa.array(changed, pa.string()))


def through(texts: pa.Array, change: Callable[[str], object], kind: pa.DataType | None = None) -> tuple[pa.Array, int]:
    """
    A column in which each different text, without blanks round it, was changed once.

    Returns
    -------
    changed
        The column; null where a cell is blank or `change` gives None.
    lost
        How many cells hold a text for which `change` gives None.
    """
    if texts.null_count == len(texts):
        return pa.nulls(len(texts), kind or pa.string()), 0
    found = texts.dictionary_encode()
    cleaned = [clean(text) for text in found.dictionary.to_pylist()]
    changed = [None if text is None else change(text) for text in cleaned]
    lost = [old is not None and new is None for old, new in zip(cleaned, changed, strict=True)]
    counts = np.bincount(found.indices.drop_null().to_numpy(), minlength=len(lost))
    return pa.array(changed, kind or pa.string()).take(found.indices), int(counts[np.array(lost, dtype=bool)].sum())


def masked(texts: pa.Array, masker: Masker) -> pa.Array:
    """A column whose texts repeat, masked."""
    return through(texts, masker.text)[0]


def bare_names(names: pa.Array) -> pa.Array:
    """`bare_name` over a column."""
    return through(names, bare_name)[0]


def named_codes(texts: pa.Array, profile: Profile, name: str, masker: Masker) -> pa.Array:
    """Texts as the profile's codes; one the profile does not know stays, masked."""
    codes = profile.values.get(name, {})
    return through(texts, lambda text: masker.text(codes.get(text.casefold(), text)))[0]


def codes_only(texts: pa.Array, profile: Profile, name: str, notes: Counter[str]) -> pa.Array:
    """Texts as the profile's codes; one the profile does not know is no value, and is counted in `notes`."""
    codes = profile.values.get(name, {})
    values, lost = through(texts, lambda text: codes.get(text.casefold()))
    notes[f"unknown_{name}"] += lost
    return values


def flags(texts: pa.Array, name: str, notes: Counter[str]) -> pa.Array:
    """Texts as yes or no; any other text is neither, and is counted in `notes`."""

    def flag(text: str) -> bool | None:
        text = text.casefold()
        return True if text in YES else False if text in NO else None

    values, lost = through(texts, flag, pa.bool_())
    notes[f"unknown_{name}"] += lost
    return values


def category_levels(columns: dict[str, pa.Array], profile: Profile, rows: int, masker: Masker) -> list[pa.Array]:
    """Three category levels of each row: from their own columns, else cut from the path; none below an empty one."""
    names = [name for name in (*LEVELS, "category") if name in columns]
    if not names:
        return [pa.nulls(rows, pa.string())] * 3
    found = [columns[name].dictionary_encode(null_encoding="encode") for name in names]
    # each different combination of cells is cut once
    first, which = np.zeros(min(rows, 1), dtype=np.int64), np.zeros(rows, dtype=np.int64)
    for column in found:
        both = which * len(column.dictionary) + column.indices.to_numpy()
        _, first, which = np.unique(both, return_index=True, return_inverse=True)
    cells = [column.take(pa.array(first)).to_pylist() for column in found]
    cut = [_cut(dict(zip(names, row, strict=True)), profile.category_separator) for row in zip(*cells, strict=True)]
    levels = [[masker.text(row[i]) if len(row) > i else None for row in cut] for i in range(3)]
    return [pa.array(level, pa.string()).take(pa.array(which)) for level in levels]


def _cut(row: dict[str, str | None], separator: str) -> list[str]:
    own = [clean(row.get(name)) for name in LEVELS]
    path = [part.strip() for part in (row.get("category") or "").split(separator or "\0")]
    return [text for text in own if text] or [part for part in path if part]


def numbers(texts: pa.Array) -> np.ndarray:
    """Texts as numbers; NaN where a text is none."""
    texts = trimmed(texts)
    texts = pc.if_else(pc.greater(pc.binary_length(texts), 0), texts, None)
    try:
        values = pc.cast(texts, pa.float64())
    except pa.ArrowInvalid:  # something else stands in a cell
        plain = pc.if_else(pc.match_substring_regex(texts, _NUMBER), texts, None)
        values = pc.cast(plain, pa.float64())
    return values.to_numpy(zero_copy_only=False)


def points(columns: dict[str, pa.Array], rows: int, crs: str) -> tuple[np.ndarray, np.ndarray]:
    """
    The rows' coordinates in WGS84 degrees; NaN where there is no number, 0/0 where it says so.

    Parameters
    ----------
    columns
        Columns of text by field, among them `lon` and `lat`, or `point`, where the file has them.
    rows
        How many rows the columns have.
    crs
        The system the coordinates are in, as `data.evidence.reading_of` takes it; '' is WGS84.
    """
    x, y = raw_points(columns, rows)
    zero = (x == 0) & (y == 0)
    # a named system alone leaves numbers out of range as they are, so that they are counted as that
    system = reading_of(crs) if crs not in ("", *CRS_NAMES) else None
    lon, lat = system.to_wgs84(x, y) if system else to_wgs84(x, y, crs) if crs else (x, y)
    return np.where(zero, 0.0, lon), np.where(zero, 0.0, lat)


def made_tickets(columns: dict[str, pa.Array], texts: dict[str, pa.Array], rows: int, masker: Masker) -> pa.Array:
    """
    Ticket numbers for a file without such a column, made of what each row says.

    Parameters
    ----------
    columns, texts
        The file's columns by field, and its free texts as they are stored.
    """
    parts = [columns.get("received_at"), texts.get("content"), texts.get("address")]
    parts += [columns.get(name) for name in ("category_1", "category_3", "category", "unit")]
    cells = [[None] * rows if part is None else part.to_pylist() for part in parts]
    said = ("\x1f".join(text or "" for text in row) for row in zip(*cells, strict=True))
    return pa.array(["auto-" + masker.digest(text)[:16] for text in said], pa.string())
