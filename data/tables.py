"""Values of answers in words: the same in tables on a page and in exports."""

from datetime import date, datetime

import pandas as pd

from data import words

# columns whose values are codes with words in the catalogue
CODES = {
    "state": "state",
    "urgency": "urgency",
    "channel": "channel",
    "solved": "answer",
    "satisfied": "answer",
    "unlocated_reason": "unlocated",
    "kind_of_event": "event",
}


def said(column: str, value: object, lang: str | None = None) -> str:
    """
    One value as text: codes in words, times to the minute, no data as nothing.

    Parameters
    ----------
    column
        Name of the column, which says what its codes mean.
    value
        What the answer holds.
    lang
        zh or en; the reader's language when omitted.
    """
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    if column in CODES:
        return words.catalogue(lang or words.language.get()).get(f"{CODES[column]}.{value}", str(value))
    if isinstance(value, (datetime, pd.Timestamp)):
        return value.strftime("%Y-%m-%d %H:%M:%S" if value.second else "%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if value is True or value is False or type(value).__name__ in ("bool", "bool_"):
        return words.t("answer.yes" if value else "answer.no", lang)
    return str(value)


def heading(column: str, lang: str | None = None) -> str:
    """What a column of single complaints is called: where a board counts, a complaint says yes or no."""
    known = words.catalogue(lang or words.language.get())
    return known.get(f"flag.{column}") or known[f"column.{column}"]


def cell(column: str, value: object, lang: str | None = None) -> str:
    """One value as text for a table program: texts cannot be formulas, numbers stay numbers."""
    text = said(column, value, lang)
    return unformula(text) if isinstance(value, str) else text


def unformula(text: str) -> str:
    """A cell that a table program would carry out as a formula, made plain text."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
