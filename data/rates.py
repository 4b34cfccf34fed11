"""The three rates (三率) and the score, by area and by handling unit, and the boards made of them."""

import pandas as pd

from data.areas import check_level
from data.rules import score_rule
from data.scope import Scope
from data.store import Store

SUMS = ("received", "closed", "still_open", "closed_late", "unplaced", "valid", "contacted", "solved", "partly")
SUMS += ("satisfied", "basically", "unrated", "contact_stated", "solution_stated", "opinion_stated")


def rates_by_area(store: Store, scope: Scope, level: str) -> pd.DataFrame:
    """
    Counts, rates and score of each area of a level.

    A complaint counts in the period in which it was received, whenever it is
    closed; `closed` alone counts by the time of closing. Only valid call-backs
    (有效回访) count in the rates.

    Parameters
    ----------
    level
        Which areas; of the vintage that holds on the scope's last day.

    Returns
    -------
    rates
        One row per area, by `area_id`: areas without a complaint too, with zeros
        and NaN rates; `per_10k` is received per 10,000 residents by the last count
        not later than the scope's last day (see `data.population.population_on`), NaN
        where nobody counted. With areas in
        the scope, those within or below them and those that share complaints with
        them. Complaints without a place are in no row, those whose place is known as
        an area of a coarser level alone neither.

    Raises
    ------
    ScopeProblem
        An unknown level, area, category or channel.
    """
    params = scope.params(store) | {"level": check_level(store, level)}
    return store.ask("rates_by_area", facts=_facts(store, scope, level), measured=True, **params)


def _facts(store: Store, scope: Scope, level: str) -> str:
    facts = scope.facts(store)
    rolled_up = dict(store.cursor().execute("select level, rolled_up from levels").fetchall())
    return facts if facts == "wards" and rolled_up[level] else "complaints"


def rates_by_unit(store: Store, scope: Scope) -> pd.DataFrame:
    """
    Counts, rates and score of each handling unit, counted in work orders.

    A complaint sent to two units counts once for each. A work order that was
    passed on to another unit counts for the other only.

    Returns
    -------
    rates
        One row per unit with a work order received or closed in the period, by `unit`.
    """
    plain = not (scope.areas or scope.categories or scope.channels)
    return store.ask("rates_by_unit", facts="units" if plain else "work_orders", measured=True, **scope.params(store))


def board(store: Store, scope: Scope, by: str) -> pd.DataFrame:
    """
    A ranking board: rates with rank, and how rank and score moved since the period before.

    Ranked by score, then by received, both descending; equal in both share a rank.
    The score is rounded to one decimal before ranking. A row without a valid
    call-back has no rank and stands last.

    Parameters
    ----------
    by
        A level, or `unit`.

    Returns
    -------
    board
        `rates_by_area` or `rates_by_unit` in order of rank, with `rank` (Int64),
        `rank_change` (positive is better) and `score_change` (points of score).
    """
    before = scope.moved("previous", score_rule(scope.until).assessment_month_starts_on)
    now, then = (_ranked(_rates(store, one, by)) for one in (scope, before))
    key = "unit" if by == "unit" else "area_id"
    then = then.set_index(key)
    now["rank_change"] = now[key].map(then["rank"]).astype("Int64") - now["rank"]
    now["score_change"] = (now["score"] - now[key].map(then["score"])).round(1)
    return now.sort_values(["rank", "received", key], ascending=[True, False, True], na_position="last").reset_index(
        drop=True
    )


def _rates(store: Store, scope: Scope, by: str) -> pd.DataFrame:
    return rates_by_unit(store, scope) if by == "unit" else rates_by_area(store, scope, by)


def _ranked(rates: pd.DataFrame) -> pd.DataFrame:
    ranked = rates[rates["valid"] > 0].sort_values(["score", "received"], ascending=False)
    same = ranked[["score", "received"]].eq(ranked[["score", "received"]].shift()).all(axis=1)
    place = pd.Series(range(1, len(ranked) + 1), index=ranked.index, dtype="Int64")
    rates["rank"] = place.mask(same).ffill().reindex(rates.index).astype("Int64")
    return rates


def pooled(store: Store, rates: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """
    The 汇总 row of a board: rates of the summed counts, never the mean of rates.

    Returns
    -------
    total
        One row with the sums of `rates` and the indicators made of them.
    """
    params = {name: int(rates[name].sum()) for name in SUMS} | score_rule(scope.until).params()
    return store.ask("pooled", measured=True, **params)
