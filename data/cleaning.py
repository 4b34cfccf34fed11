"""Cells of a file as values: codes, flags, category levels, points, ticket numbers."""

import re
from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa

from data.masking import Masker
from data.profiles import Profile
from geo.crs import to_wgs84

YES = {"是", "yes", "y", "true", "1", "有效", "有效回访", "已响应", "已联系", "t"}
NO = {"否", "no", "n", "false", "0", "无效", "无效回访", "未响应", "未联系", "f"}
# marks of text that was encoded twice: a Latin letter and control characters where an apostrophe stood
_TWICE = re.compile(r"[\u00c2-\u00f4][\u0080-\u00bf]")
# what stands in a name's cell when nobody gave one: such callers are not one caller
NOBODY = {"匿名", "匿名市民", "不详", "无", "未知", "保密", "不愿透露", "市民", "群众", "居民", "N/A", "none", "-", "/"}
_TITLES = re.compile(r"(?:先生|女士|同志|小姐|老师|师傅|阿姨|大爷|大妈)$")


def texts_of(values: list[str | None]) -> pa.Array:
    """A column of text."""
    return pa.array(values, pa.string())


def clean(value: str | None) -> str | None:
    """A cell without blanks round it, or None."""
    return (value.strip(" \t\u3000\u00a0\r\n") or None) if value else None


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
    return None if name in NOBODY else name or None


def coded(
    values: list[str | None], profile: Profile, name: str, unknown: Counter[str] | None = None
) -> list[str | None]:
    """
    Texts as the profile's codes.

    Parameters
    ----------
    unknown
        Where given, a text the profile does not know is no value and is counted
        here by field; else it stays as it is.
    """
    codes = profile.values.get(name, {})
    found = []
    for value in map(clean, values):
        code = None if value is None else codes.get(value.casefold(), value if unknown is None else None)
        if unknown is not None and value is not None and code is None:
            unknown[name] += 1
        found.append(code)
    return found


def flags(values: list[str | None], name: str, unknown: Counter[str]) -> pa.Array:
    """Texts as yes or no; any other text is neither, and is counted in `unknown`."""
    found = []
    for value in map(clean, values):
        text = (value or "").casefold()
        flag = True if text in YES else False if text in NO else None
        if text and flag is None:
            unknown[name] += 1
        found.append(flag)
    return pa.array(found, pa.bool_())


def category_levels(texts: dict[str, list], profile: Profile, rows: int) -> list[list[str | None]]:
    """Three category levels of each row: from their own columns, else cut from the path; none below an empty one."""
    empty: list[str | None] = [None] * rows
    own = zip(*([clean(v) for v in texts.get(f"category_{i}", empty)] for i in (1, 2, 3)), strict=True)
    separator = profile.category_separator or "\0"
    paths = ([p.strip() for p in (v or "").split(separator)] for v in texts.get("category", empty))
    closed_up = [[v for v in row if v] or [p for p in path if p] for row, path in zip(own, paths, strict=True)]
    return [[row[i] if len(row) > i else None for row in closed_up] for i in range(3)]


def points(lon: list[str | None], lat: list[str | None], crs: str) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates in WGS84 degrees; NaN where a text is no number, 0/0 where it says so."""
    x, y = (pd.to_numeric(pd.Series(values, dtype=object), errors="coerce").to_numpy(float) for values in (lon, lat))
    zero = (x == 0) & (y == 0)
    moved = to_wgs84(x, y, crs) if crs else (x, y)
    return np.where(zero, 0.0, moved[0]), np.where(zero, 0.0, moved[1])


def tickets(texts: dict[str, list], masked: dict[str, list], rows: int, masker: Masker) -> list[str | None]:
    """Ticket numbers; without such a column a number made of what the row says."""
    if "ticket_no" in texts:
        return [clean(value) for value in texts["ticket_no"]]
    empty: list[str | None] = [None] * rows
    parts = [texts.get("received_at", empty), masked.get("content", empty), masked.get("address", empty)]
    parts += [texts.get(name, empty) for name in ("category_1", "category_3", "category", "unit")]
    return ["auto-" + masker.digest("\x1f".join(v or "" for v in row))[:16] for row in zip(*parts, strict=True)]
