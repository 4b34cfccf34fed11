"""Vintages: which boundaries hold when, where they were cut anew, and what a reader must know of that."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise

import pandas as pd

from data import words
from data.scope import Scope
from data.store import Store


@dataclass(frozen=True)
class Recut:
    """A day from which a level has other boundaries than before, and how many areas it had and has."""

    on: date
    level: str
    before: int
    after: int


def vintages(store: Store) -> pd.DataFrame:
    """
    The boundaries of every level.

    Returns
    -------
    vintages
        One row per level and stretch of days, the coarsest level and the oldest
        days first: `depth`, `level`, `since`, `until` (first day, and first day no
        more; None is always, and still), `areas`, `area_km2`, `without_parent`,
        `synthetic`, `crs_in` (what the sources' coordinates were in).
    """
    frame = store.ask("vintages")
    for name in ("since", "until"):
        days = [None if pd.isna(day) else pd.Timestamp(day).date() for day in frame[name]]
        frame[name] = pd.Series(days, index=frame.index, dtype=object)
    return frame


def recuts(store: Store) -> list[Recut]:
    """Every day from which a level's boundaries are others, the oldest first; by depth where levels share a day."""
    found = []
    for level, rows in groupby(vintages(store).itertuples(), key=lambda row: row.level):
        found += [Recut(late.since, level, early.areas, late.areas) for early, late in pairwise(rows)]
    return sorted(found, key=lambda recut: recut.on)


def days_to_choose(store: Store) -> list[date]:
    """A day of each set of boundaries: the last before the first re-cut, then each re-cut; none without one."""
    days = sorted({recut.on for recut in recuts(store)})
    return [days[0] - timedelta(days=1), *days] if days else []


def notes(store: Store, scope: Scope, lang: str | None = None) -> list[str]:
    """
    What a reader must know of re-cuts, a sentence for each day of one.

    A re-cut is named when the period begins before it, or when the boundaries
    shown are those before it; what lies wholly after it needs no word.
    """
    on = scope.boundaries_on
    told = [recut for recut in recuts(store) if scope.since < recut.on or on < recut.on]
    sentences = []
    for day, cut in groupby(told, key=lambda recut: recut.on):
        levels = words.t("scope.and", lang).join(
            words.t("vintage.level", lang, level=words.level(one.level, lang), before=one.before, after=one.after)
            for one in cut
        )
        shown = words.t("vintage.after" if on >= day else "vintage.before", lang)
        sentences.append(words.t("vintage.recut", lang, year=day.year, on=day, levels=levels, shown=shown))
    return sentences
