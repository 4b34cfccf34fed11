"""Median and 95th percentile of each question on the city: nothing cached but what DuckDB keeps itself."""

import time
from datetime import timedelta

import numpy as np

from data.complaints import complaint, complaint_count
from data.questions import QUESTIONS
from data.scope import Scope
from data.store import Store


def measure(store: Store, repeats: int) -> list[dict]:
    """Each question over a month and over the year; those that filter, also filtered."""
    until = store.data_at.date()
    month, year = Scope(until - timedelta(days=29), until), Scope(until - timedelta(days=364), until)
    street = store.cursor().execute("select code from areas where level = 'street' order by code").fetchall()[0][0]
    top = (
        store.cursor()
        .execute("select level_1 from categories group by 1 order by count(*) desc, 1 limit 1")
        .fetchall()[0][0]
    )
    filtered = Scope(year.since, until, (f"street:{street}",), (top,))
    asked = []
    for name, scope in (("month", month), ("year", year)):
        asked += [
            (f"totals, {name}", "totals", scope, {}),
            (f"trend, {name}", "trend", scope, {}),
            (f"rates_by_area street, {name}", "rates_by_area", scope, {"level": "street"}),
            (f"rates_by_area community, {name}", "rates_by_area", scope, {"level": "community"}),
            (f"rates_by_area grid, {name}", "rates_by_area", scope, {"level": "grid"}),
            (f"rankings unit, {name}", "rankings", scope, {"by": "unit"}),
            (f"categories level 3, {name}", "categories", scope, {"depth": 3}),
            (f"heat, {name}", "heat", scope, {"zoom": 12}),
            (f"complaints page 1, {name}", "complaints", scope, {}),
        ]
    asked += [
        ("totals, year, street and category", "totals", filtered, {}),
        ("rates_by_area community, year, filtered", "rates_by_area", filtered, {"level": "community"}),
        ("complaints with a text, year", "complaints", year, {"text": "电梯"}),
        ("complaints with an absent text, year", "complaints", year, {"text": "no such text"}),
    ]
    rows = [
        _timed(what, repeats, lambda n=name, s=scope, o=options: QUESTIONS[n].function(store, s, **o))
        for what, name, scope, options in asked
    ]
    ticket = store.cursor().execute("select max(ticket_no) from complaints").fetchall()[0][0]
    rows.append(_timed("complaint, one ticket", repeats, lambda: complaint(store, ticket)))
    rows.append(_timed("count of the list, year", repeats, lambda: complaint_count(store, year)))
    return rows


def _timed(what: str, repeats: int, ask) -> dict:
    ask()
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - started)
    median, p95 = np.percentile(seconds, [50, 95]) * 1000
    return {"what": what, "median_ms": round(float(median), 1), "p95_ms": round(float(p95), 1)}
