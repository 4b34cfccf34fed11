"""Day first or month first? What a column of dates like 03/04/2025 says of its own order."""

import re
from collections.abc import Iterable

_ORDERED = re.compile(r"\s*(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?!\d)")
_CLOCKS = (" %I:%M:%S %p", " %I:%M %p", " %H:%M:%S", " %H:%M", "")
MONTH_FIRST, DAY_FIRST = ("%m", "%d"), ("%d", "%m")


def ordered_formats(texts: Iterable[str | None]) -> tuple[str, ...]:
    """
    Formats for dates written with the year last.

    Parameters
    ----------
    texts
        Cells of the columns of times.

    Returns
    -------
    formats
        As `strptime` takes them, with every clock; () when no date has the year
        last, or when nothing tells the order: a number above 12 does, and no
        two may contradict. An order nobody can know is not guessed.
    """
    signs, first, second = set(), 0, 0
    for text in texts:
        found = _ORDERED.match(text) if text else None
        if found:
            signs.add(found[2])
            first, second = max(first, int(found[1])), max(second, int(found[3]))
    if not signs or (first > 12) == (second > 12) or max(first, second) > 31:
        return ()
    one, other = DAY_FIRST if first > 12 else MONTH_FIRST
    return tuple(f"{one}{sign}{other}{sign}%Y{clock}" for sign in sorted(signs) for clock in _CLOCKS)


def ordered_like(texts: Iterable[str | None]) -> bool:
    """True when some date has its year last."""
    return any(_ORDERED.match(text) for text in texts if text)
