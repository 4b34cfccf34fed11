"""Single complaints: the list behind every figure, and one complaint's way through the stages."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from data.errors import ScopeProblem
from data.scope import Scope
from data.store import Store

STATES = ("all", "open", "overdue", "closed", "unplaced")
EXPORT_ROWS = 20_000


def complaints(
    store: Store, scope: Scope, *, state: str = "all", text: str = "", limit: int = 50, offset: int = 0
) -> pd.DataFrame:
    """
    A page of the complaints received in a scope, newest first.

    Parameters
    ----------
    state
        all, open, overdue, closed (as of the scope's moment), or unplaced.
    text
        Part of the ticket number, title, content or address; case does not matter.
    limit, offset
        Which rows.

    Returns
    -------
    complaints
        One row per complaint, masked as it is stored; columns in
        `data.questions.QUESTIONS`. A complaint sent to two units is one row.

    Raises
    ------
    ScopeProblem
        An unknown state, area, category or channel.
    """
    return _page(store, _list_params(store, scope, state, text), limit, offset=offset)


def _page(
    store: Store,
    params: dict,
    limit: int,
    *,
    offset: int = 0,
    before: tuple[datetime, int] | tuple[None, None] = (None, None),
    only_id: int | None = None,
) -> pd.DataFrame:
    return store.ask(
        "complaints", **params, limit=limit, offset=offset, before_at=before[0], before_id=before[1], only_id=only_id
    )


def complaint_count(store: Store, scope: Scope, *, state: str = "all", text: str = "") -> int:
    """How many complaints `complaints` has in all."""
    return int(store.ask("complaint_count", **_list_params(store, scope, state, text))["complaints"].iloc[0])


def _list_params(store: Store, scope: Scope, state: str, text: str) -> dict:
    if state not in STATES:
        raise ScopeProblem("scope.state", value=state, allowed=", ".join(STATES))
    return scope.params(store) | {"state": state, "text": text.strip()}


def all_complaints(store: Store, scope: Scope, *, state: str = "all", text: str = "") -> Iterator[pd.DataFrame]:
    """
    Every complaint of a scope, in pages, for an export.

    The pages are cut by time and id of the row before, so that the cost of a page
    does not grow and a complaint that arrives meanwhile is neither doubled nor
    pushes another one out.
    """
    params = _list_params(store, scope, state, text)
    before: tuple = (None, None)
    while True:
        page = _page(store, params, EXPORT_ROWS, before=before)
        if page.empty:
            return
        yield page
        last = page.iloc[-1]
        before = (last["received_at"].to_pydatetime(), int(last["complaint_id"]))


@dataclass(frozen=True)
class Case:
    """One complaint: its row as in `complaints`, its events in order, its work orders."""

    row: pd.DataFrame
    events: pd.DataFrame
    work_orders: pd.DataFrame


def complaint(store: Store, ticket: str, *, source: str | None = None) -> Case:
    """
    One complaint with everything that happened to it.

    Parameters
    ----------
    ticket
        Its number.
    source
        Needed only where two sources use the same number.

    Raises
    ------
    ScopeProblem
        No such ticket, or several sources have it and none is named.
    """
    found = store.ask("complaint_by_ticket", ticket=ticket)
    if source:
        found = found[found["source"] == source]
    if found.empty:
        raise ScopeProblem("scope.ticket", value=ticket)
    if len(found) > 1:
        raise ScopeProblem("scope.ticket_sources", value=ticket, allowed=", ".join(found["source"]))
    complaint_id, day = int(found["complaint_id"].iloc[0]), found["received_at"].iloc[0].date()
    params = _list_params(store, Scope(day, day), "all", "")
    return Case(
        _page(store, params, 1, only_id=complaint_id),
        store.ask("complaint_events", complaint_id=complaint_id),
        store.ask("complaint_orders", complaint_id=complaint_id),
    )


def changes(detail: str | None) -> list[dict]:
    """What an amended event changed: `field`, `was`, `is`."""
    return json.loads(detail) if detail else []
