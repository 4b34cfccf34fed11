"""How many, and how well: totals and trend of a scope."""

import pandas as pd

from data.clock import calendar_window
from data.rules import score_rule
from data.scope import Scope
from data.store import Store

INDICATORS = ("response_rate", "resolution_rate", "satisfaction_rate", "score")
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
        of the other periods are the stock at their own, moved `as_of`. Counts are
        Int64, null for a period to compare with that the store cannot know:
        one that began before `store.data_since`, or, where no source says since when
        it is complete, one that ended before the first complaint.

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
    counts = [column for column in row if pd.api.types.is_integer_dtype(row[column])]
    row[counts] = row[counts].astype("Int64")
    # nothing to compare with before the first complaint: no data, which is not zero
    if name != "current" and not is_covered(store, scope):
        row[counts] = pd.NA
        row[list(INDICATORS)] = float("nan")
    return row


def received(store: Store, scope: Scope) -> tuple[int, int]:
    """How many complaints were received in a scope, and how many of them have no place."""
    row = store.ask("totals", facts=scope.facts(store), measured=True, **scope.params(store)).iloc[0]
    return int(row["received"]), int(row["unplaced"])


def is_covered(store: Store, scope: Scope) -> bool:
    """True when the store can know the period: whole where the source says since when, else any part of it."""
    if store.data_since is not None:
        return calendar_window(scope.period)[0] >= store.data_since
    first_on = store.ask("first_received")["first_on"].iloc[0]
    return not pd.isna(first_on) and scope.until >= first_on.date()


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
