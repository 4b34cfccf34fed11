"""How many, and how well: totals and trend of a scope."""

import pandas as pd

from data.rules import score_rule
from data.scope import Scope
from data.store import Store

STEPS = ("day", "week", "month")


def totals(store: Store, scope: Scope) -> pd.DataFrame:
    """
    Received, closed, open, overdue, the three rates and the score, beside two other periods.

    Received, still open, closed late and the rates count complaints by when they
    were received; closed counts those by when they were closed. Open and overdue
    are the stock of the scope's areas, categories and channels at `scope.as_of`,
    whenever those complaints were received. Complaints without a place count.

    Parameters
    ----------
    store
        An open store.
    scope
        Period and filters.

    Returns
    -------
    totals
        Three rows, `period` being current, previous and last_year (see
        `data.clock.previous`); columns in `data.questions.QUESTIONS`. A rate is
        percent 0-100, NaN where there was no valid call-back. `open` and `overdue`
        of the other periods are the stock at their own, moved `as_of`.

    Raises
    ------
    ScopeProblem
        The scope names something the store does not know.
    """
    start_day = score_rule(scope.until).assessment_month_starts_on
    scopes = {"current": scope}
    for which in ("previous", "last_year"):
        dated = scope if scope.as_of or store.data_at is None else scope.at(store.data_at)
        scopes[which] = dated.moved(which, start_day)
    return pd.concat([_totals(store, one, name) for name, one in scopes.items()], ignore_index=True)


def _totals(store: Store, scope: Scope, name: str) -> pd.DataFrame:
    params = scope.params(store)
    row = store.ask("totals", facts=scope.facts(store), measured=True, **params)
    stock = store.ask("open_now" if params["as_of"] == store.data_at else "open_at", **params)
    row["period"] = name
    row.insert(1, "since", pd.Timestamp(scope.since))
    row.insert(2, "until", pd.Timestamp(scope.until))
    row["open"], row["overdue"] = stock["open"].to_numpy(), stock["overdue"].to_numpy()
    return row


def trend(store: Store, scope: Scope, step: str = "day") -> pd.DataFrame:
    """
    The totals of each step of the period.

    Parameters
    ----------
    step
        day, week (from Monday) or month.

    Returns
    -------
    trend
        One row per step, oldest first, also where nothing happened; `step_on` is
        its first day, which may lie before the period for a week or month.
    """
    if step not in STEPS:
        msg = f"step must be one of {STEPS}, not {step!r}"
        raise ValueError(msg)
    return store.ask("trend", facts=scope.facts(store), measured=True, step=step, **scope.params(store))
