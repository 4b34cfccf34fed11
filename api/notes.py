"""What a map says below it: how many complaints are on it, and how their places are known."""

import pandas as pd

from data import words
from data.precisions import NONE, POINT, precisions
from data.scope import Scope
from data.store import Store
from data.totals import received


def placed_note(kept: Store, scope: Scope, lang: str, placed: int, level: str = "") -> str:
    """
    How many of all have a place, and how it is known.

    Of everything in the period, since what has no place is in no area. How places
    are known is said where some are known by a stated area; those of a coarser one
    than the map's are not on it.
    """
    everywhere = Scope(scope.since, scope.until, (), scope.categories, scope.channels, scope.counting)
    total, unplaced = received(kept, everywhere)
    known = precisions(kept, scope, level)
    stated = _by_statement(known).assign(other=known["complaints"] - known["placed"])
    notes = [words.t("heatmap.note", lang, placed=f"{placed:,}", total=f"{total:,}", unplaced=f"{unplaced:,}")]
    if stated["placed"].any():
        parts = [words.t("heatmap.by_point", lang, n=f"{placed - int(stated['placed'].sum()):,}")]
        parts += _by_level(stated, "placed", "heatmap.by_name", lang)
        notes.append(words.t("heatmap.known_by", lang, parts=words.t("scope.and", lang).join(parts)))
    if stated["other"].any():
        parts = _by_level(stated, "other", "heatmap.by_name_alone", lang)
        notes.append(words.t("heatmap.elsewhere", lang, parts=words.t("scope.and", lang).join(parts)))
    return words.t("scope.join", lang).join(notes)


def _by_level(stated: pd.DataFrame, column: str, key: str, lang: str) -> list[str]:
    """A phrase for each level of stated areas that counts something, the finest first."""
    some = stated[stated[column] > 0].iloc[::-1]
    return [
        words.t(key, lang, level=words.level(level, lang).lower(), n=f"{int(n):,}")
        for level, n in zip(some["precision"], some[column], strict=True)
    ]


def without_point(kept: Store, scope: Scope, lang: str) -> list[str]:
    """How many complaints a heat layer does not draw since only their areas are known; nothing where there are none."""
    stated = int(_by_statement(precisions(kept, scope))["complaints"].sum())
    return [words.t("heatmap.heat_without", lang, n=f"{stated:,}")] if stated else []


def _by_statement(known: pd.DataFrame) -> pd.DataFrame:
    return known[~known["precision"].isin((POINT, NONE))]
