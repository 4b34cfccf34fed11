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
    "period": "compared",
}
# Excel in Chinese takes the full-width ones for the others
FORMULA_SIGNS = tuple("=+-@＝＋－＠")


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


def unformula(text: str) -> str:
    """A cell that a table program would carry out as a formula, made plain text."""
    return "'" + text if is_formula(text) else text


def is_formula(text: str) -> bool:
    """True for a text that some table program carries out: by its first visible sign, full-width ones too."""
    if text[:1].isalnum():  # nearly every text, and files have many
        return False
    if text[:1] in ("\t", "\r", "\n"):
        return True
    # spaces and signs that nobody sees may stand before it
    first = next((sign for sign in text if sign.isprintable() and not sign.isspace()), "")
    return first in FORMULA_SIGNS
