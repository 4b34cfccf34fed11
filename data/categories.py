"""What complaints are about."""

import pandas as pd

from data.rules import score_rule
from data.scope import Scope
from data.store import Store
from data.totals import is_covered


def categories(store: Store, scope: Scope, depth: int = 1) -> pd.DataFrame:
    """
    Counts and rates of each category of one level.

    Parameters
    ----------
    depth
        1, 2 or 3: how many levels of the category's path count.

    Returns
    -------
    categories
        One row per category with a complaint received or closed in the period, the
        most received first: `category` (path, null where none is stated), `name` (its
        last level), `share` (percent of all received in scope), `received_previous`
        (of the period before; null where the store cannot know it), and the counts and rates.
    """
    if depth not in (1, 2, 3):
        msg = f"depth must be 1, 2 or 3, not {depth!r}"
        raise ValueError(msg)
    now = _categories(store, scope, depth)
    previous = scope.moved("previous", score_rule(scope.until).assessment_month_starts_on)
    before = _categories(store, previous, depth)
    then = before.rename(columns={"received": "received_previous"})[["category", "received_previous"]]
    now.insert(2, "share", 100.0 * now["received"] / now["received"].sum() if now["received"].sum() else float("nan"))
    # a merge, unlike a map, also finds complaints without a category
    now = now.merge(then, on="category", how="left").astype({"received_previous": "Int64"})
    if is_covered(store, previous):
        now["received_previous"] = now["received_previous"].fillna(0)
    else:
        now["received_previous"] = pd.array([pd.NA] * len(now), dtype="Int64")
    return now.sort_values(["received", "category"], ascending=[False, True]).reset_index(drop=True)


def _categories(store: Store, scope: Scope, depth: int) -> pd.DataFrame:
    facts = "complaints" if scope.areas else "categories"
    return store.ask("categories", facts=facts, measured=True, depth=depth, **scope.params(store))


def known_categories(store: Store) -> pd.DataFrame:
    """Every category of the store: `level_1`, `level_2`, `level_3`, by path."""
    return store.cursor().execute("select level_1, level_2, level_3 from categories order by path").df()


def known_channels(store: Store) -> tuple[str, ...]:
    """Every channel of the store, by name."""
    return tuple(c for (c,) in store.cursor().execute("select channel from channels order by channel").fetchall())
