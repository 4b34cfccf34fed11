"""Every question by name: its function, its options, and the columns of its answer with type and unit."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from data.categories import categories
from data.complaints import complaints
from data.heat import heat
from data.precisions import precisions
from data.rates import board, rates_by_area, rates_by_unit
from data.totals import totals, trend

TEXT, WHOLE, NUMBER, FLAG, DAY, MOMENT = "text", "integer", "number", "boolean", "date", "timestamp"


@dataclass(frozen=True)
class Column:
    """One column of an answer: name, type and unit ('' where it has none)."""

    name: str
    type: str
    unit: str = ""


_COUNTS = ("received", "closed", "still_open", "closed_late", "unplaced", "valid")
_OUTCOMES = ("contacted", "solved", "partly", "satisfied", "basically", "unrated", "contact_stated", "solution_stated")
_OUTCOMES += ("opinion_stated",)
_RATES = ("response_rate", "resolution_rate", "satisfaction_rate")


def _measures(unit: str = "complaints") -> tuple[Column, ...]:
    counts = tuple(Column(name, WHOLE, unit) for name in (*_COUNTS, *_OUTCOMES))
    return (
        counts + tuple(Column(name, NUMBER, "percent 0-100") for name in _RATES) + (Column("score", NUMBER, "0-100"),)
    )


_AREA = (
    Column("area_id", TEXT),
    Column("area_key", WHOLE),
    Column("name", TEXT),
    Column("parent_key", WHOLE),
    Column("synthetic", FLAG),
    Column("per_10k", NUMBER, "received per 10,000 residents"),
)
_RANK = (
    Column("rank", WHOLE),
    Column("rank_change", WHOLE, "places, positive is better"),
    Column("score_change", NUMBER, "points of score"),
)
_LIST = (
    *(Column(name, WHOLE if name == "complaint_id" else TEXT) for name in ("complaint_id", "source", "ticket_no")),
    Column("received_at", MOMENT, "local time"),
    *(Column(name, TEXT) for name in ("category", "channel", "kind", "title", "content", "address", "place", "units")),
    *(Column(name, TEXT) for name in ("state", "urgency")),
    Column("deadline_at", MOMENT, "local time"),
    Column("deadline_stated", FLAG),
    *(Column(name, MOMENT, "local time") for name in ("dispatched_at", "contacted_at", "closed_at", "called_back_at")),
    *(Column(name, FLAG) for name in ("valid", "contacted")),
    *(Column(name, TEXT) for name in ("solved", "satisfied")),
    Column("assessed", FLAG),
    *(Column(name, TEXT) for name in ("exclude_reason", "status", "result")),
    *(Column(name, NUMBER, "degrees WGS84") for name in ("lon", "lat")),
    Column("unlocated_reason", TEXT),
)


@dataclass(frozen=True)
class Question:
    """
    A question that pages, commands and the API ask.

    `function(store, scope, **options)` gives a frame with just `columns`, in
    any order; `options` are the options it takes beside the scope.
    """

    function: Callable[..., pd.DataFrame]
    columns: tuple[Column, ...]
    options: tuple[str, ...] = ()


QUESTIONS: dict[str, Question] = {
    "totals": Question(
        totals,
        (
            Column("period", TEXT),
            Column("since", DAY),
            Column("until", DAY, "included"),
            *_measures(),
            Column("open", WHOLE, "complaints"),
            Column("overdue", WHOLE, "complaints"),
        ),
    ),
    "trend": Question(trend, (Column("step_on", DAY), *_measures()), ("step",)),
    "rates_by_area": Question(rates_by_area, (*_AREA, *_measures()), ("level",)),
    "rates_by_unit": Question(rates_by_unit, (Column("unit", TEXT), *_measures("work orders"))),
    "rankings": Question(board, (*_AREA, Column("unit", TEXT), *_measures(), *_RANK), ("by",)),
    "categories": Question(
        categories,
        (
            Column("category", TEXT),
            Column("name", TEXT),
            Column("share", NUMBER, "percent 0-100"),
            *_measures(),
            Column("received_previous", WHOLE, "complaints"),
        ),
        ("depth",),
    ),
    "heat": Question(
        heat,
        (
            Column("lon", NUMBER, "degrees WGS84"),
            Column("lat", NUMBER, "degrees WGS84"),
            Column("complaints", WHOLE, "complaints"),
            Column("located", WHOLE, "complaints"),
            Column("cells", WHOLE, "cells"),
        ),
        ("bbox", "zoom"),
    ),
    "precisions": Question(
        precisions,
        (
            Column("precision", TEXT),
            Column("complaints", WHOLE, "complaints"),
            Column("placed", WHOLE, "complaints"),
            Column("unplaced", WHOLE, "complaints"),
        ),
        ("level",),
    ),
    "complaints": Question(complaints, _LIST, ("state", "text", "limit", "offset")),
}

# one complaint is asked by its number, not by a scope
COMPLAINT = {
    "row": _LIST,
    "events": (
        Column("event_id", WHOLE),
        Column("happened_at", MOMENT, "local time"),
        Column("kind", TEXT),
        Column("withdrawn", FLAG),
        Column("unit", TEXT),
        *(Column(name, FLAG) for name in ("valid", "contacted")),
        *(Column(name, TEXT) for name in ("solved", "satisfied", "detail")),
        Column("recorded_at", MOMENT, "local time"),
        Column("batch_id", WHOLE),
    ),
    "work_orders": (
        Column("unit", TEXT),
        Column("nature", TEXT),
        Column("received_at", MOMENT, "local time"),
        Column("closed_at", MOMENT, "local time"),
        Column("transferred", FLAG),
    ),
}


def records(frame: pd.DataFrame, columns: tuple[Column, ...]) -> list[dict]:
    """
    An answer as plain rows for JSON: dates and times as ISO texts, no data as None, numbers unrounded.

    Columns the answer does not have (a board of areas has no `unit`) are left out.
    """
    plain = {column.name: _plain(frame[column.name], column.type) for column in columns if column.name in frame}
    return [dict(zip(plain, row, strict=True)) for row in zip(*plain.values(), strict=True)]


def _plain(values: pd.Series, kind: str) -> list:
    missing = values.isna()
    say = {
        TEXT: str,
        WHOLE: int,
        NUMBER: float,
        FLAG: bool,
        DAY: lambda v: pd.Timestamp(v).date().isoformat(),
        MOMENT: lambda v: pd.Timestamp(v).isoformat(),
    }[kind]
    return [None if gone else say(value) for value, gone in zip(values, missing, strict=True)]
