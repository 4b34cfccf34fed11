"""Values of a page of rows as plain ones that any file can hold, by the type of their column."""

import math
import re
from typing import Any

import pandas as pd

from data import words
from data.questions import DAY, FLAG, MOMENT, NUMBER, TEXT, WHOLE, Column
from data.tables import CODES, heading

# what XML, UTF-8 or a C string refuses: control characters but tab and ends of lines, halves of pairs, no characters
REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def clean(text: object) -> str:
    """A text in which every character that some format refuses is the replacement character."""
    return REFUSED.sub("\ufffd", str(text))


def plain(values: pd.Series, kind: str) -> list[Any]:
    """
    A column as plain Python values, None where there is no data.

    Parameters
    ----------
    values
        A column of an answer.
    kind
        Its type in `data.questions`. Texts are cleaned, whole numbers are int, numbers
        float (what is not finite is no data), moments datetime without zone, days date.
    """
    if kind == MOMENT:
        return pd.to_datetime(values).to_numpy("datetime64[us]").tolist()
    if kind == NUMBER:
        floats = values.to_numpy(float, na_value=math.nan).tolist()
        return [value if math.isfinite(value) else None for value in floats]
    say = {TEXT: clean, WHOLE: int, FLAG: bool, DAY: lambda value: pd.Timestamp(value).date()}[kind]
    return [None if gone else say(value) for value, gone in zip(values.tolist(), values.isna(), strict=True)]


def shown(values: list[Any], column: Column, lang: str) -> list[str]:
    """Plain values of a column as `data.tables.said` says each, a column at once as files have many; no data is ''."""
    if column.type == FLAG:
        yes, no = words.t("answer.yes", lang), words.t("answer.no", lang)
        return ["" if value is None else yes if value else no for value in values]
    if column.type == MOMENT:
        return ["" if v is None else v.isoformat(" ", "seconds" if v.second else "minutes") for v in values]
    if column.type == TEXT and column.name in CODES:
        known = words.catalogue(lang)
        return ["" if v is None else known.get(f"{CODES[column.name]}.{v}", v) for v in values]
    return ["" if value is None else str(value) for value in values]


def header(column: Column, lang: str) -> str:
    """What a column is called in words; a rate with its unit."""
    # where a board counts, a complaint says yes or no
    single = column.type in (TEXT, FLAG)
    name = heading(column.name, lang) if single else words.t(f"column.{column.name}", lang)
    return f"{name} (%)" if column.unit.startswith("percent") else name


def codes(column: Column, lang: str) -> str:
    """The codes of a column with their words, for a reader of a file that holds codes; '' where it holds none."""
    if column.type != TEXT or column.name not in CODES:
        return ""
    prefix = f"{CODES[column.name]}."
    known = words.catalogue(lang)
    return "; ".join(f"{key.removeprefix(prefix)} = {word}" for key, word in known.items() if key.startswith(prefix))
