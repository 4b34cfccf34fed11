"""Merging: staged rows become complaints, work orders and events, and what hangs on them stays exact."""

import json
from collections.abc import Callable
from datetime import datetime

import duckdb
import pyarrow as pa

from data.places import move
from data.report import Report
from data.rules import deadline_rule
from data.stated import place_stated
from data.store import run, set_meta

# which fields let a file speak of which kinds of events; a kind it cannot speak of is never withdrawn
KINDS = {
    "received": ("received_at",),
    "dispatched": ("dispatched_at",),
    "contacted": ("contacted_at",),
    "closed": ("closed_at",),
    "called_back": ("called_back_at", "valid", "contacted", "solved", "satisfied"),
}


def merge(
    cursor: duckdb.DuckDBPyConnection,
    source: str,
    report: Report,
    imported_at: datetime,
    check: Callable[[], None] = lambda: None,
) -> None:
    """
    Merge the temporary table `incoming` into the store: match, append events, derive states, keep the roll-ups exact.

    A complaint of which nothing is known and only one row speaks is stored as
    that row states it; all others are weighed against what is known.

    Parameters
    ----------
    cursor
        Of the write under way.
    report
        Its accepted, updated, unchanged, unlocated, unplaced and notes are filled.
    check
        Called between the steps; may raise to end the import.
    """
    rule = deadline_rule()
    values = {
        "source": source,
        "batch_id": report.batch,
        "recorded_at": imported_at,
        "fields": sorted(report.columns),
        "stated_kinds": [kind for kind, fields in KINDS.items() if any(name in report.columns for name in fields)],
        "default_grade": rule.default,
        "grades": list(rule.hours),
        "grade_hours": list(rule.hours.values()),
    }
    _note(cursor, report, imported_at)
    for step in ("merge_macros", "sort_out", "merge_match", "merge_dimensions"):
        run(cursor, step, **values)
        check()
    _grade_categories(cursor)
    _store_new(cursor, values)
    check()
    if _one(cursor, "select count(*) from heads"):
        for step in ("merge_store", "derive_state", "pass_on"):
            run(cursor, step, **values)
            check()
        _place_restated(cursor)
    recount(cursor)
    run(cursor, "seen_at_once")
    _count_fates(cursor, report)


def _one(cursor: duckdb.DuckDBPyConnection, question: str) -> int:
    return cursor.execute(question).fetchall()[0][0]


def _store_new(cursor: duckdb.DuckDBPyConnection, values: dict) -> None:
    """Store the complaints that nothing is known of."""
    first = _one(cursor, "select min(complaint_id) from numbered")
    if first is not None:
        run(cursor, "in_order")
        ((in_order,),) = cursor.fetchall()
        run(cursor, "new_complaints")
        run(cursor, "store_as_they_come" if in_order else "store_in_order", **values)
        first_event = _one(cursor, "select coalesce(max(event_id), 0) + 1 from events")
        run(cursor, "merge_new", first_complaint=first, first_event=first_event, **values)


def _place_restated(cursor: duckdb.DuckDBPyConnection) -> None:
    """Place changed complaints without a usable coordinate by what they state now: a file may say only half of it."""
    run(cursor, "restated")
    if _one(cursor, "select count(*) from moving"):
        place_stated(cursor, "moving")
        move(cursor)


def _count_fates(cursor: duckdb.DuckDBPyConnection, report: Report) -> None:
    fates = dict(cursor.execute("select fate, count(*) from row_fates group by fate").fetchall())
    report.accepted = fates.get("accepted", 0) + _one(cursor, "select count(*) from numbered")
    report.updated = fates.get("updated", 0)
    report.unchanged = fates.get("unchanged", 0) + _one(cursor, "select count(*) from unchanged")


def _note(cursor: duckdb.DuckDBPyConnection, report: Report, imported_at: datetime) -> None:
    """Count what was taken in but not as stated, and the rows without a place."""
    counts = cursor.execute(
        "select count_if(closed_before_received), count_if(due_before_received), count_if(bad_closed_time),"
        " count_if(received_at > $now), count_if(unlocated_reason is not null),"
        " count_if(unlocated_reason is null and place_id = 0) from incoming where reason is null",
        {"now": imported_at},
    ).fetchall()[0]
    counts = [count or 0 for count in counts]  # of no rows at all the engine counts null
    named = ("closed_before_received", "due_before_received", "bad_closed_time", "received_in_future")
    report.notes |= {name: count for name, count in zip(named, counts, strict=False) if count}
    report.unlocated, report.unplaced = counts[4:]
    report.unlocated_reasons = dict(
        cursor.execute(
            "select unlocated_reason, count(*) from incoming"
            " where reason is null and unlocated_reason is not null group by 1 order by 1"
        ).fetchall()
    )


def recount(cursor: duckdb.DuckDBPyConnection) -> None:
    """Bring the roll-ups up to date for the half-days in the temporary table `half_days`."""
    # bounds as values, so that the scans can skip what lies outside
    first, last = cursor.execute(
        "select min(counted_at), max(counted_at) + interval 12 hour from half_days"
    ).fetchall()[0]
    if first is not None:
        run(cursor, "rollup", first=first, last=last)


def _grade_categories(cursor: duckdb.DuckDBPyConnection) -> None:
    """Give new categories the urgency grade their words ask for."""
    rule = deadline_rule()
    new = cursor.execute("select category_id, path from categories where grade is null").fetchall()
    if new:
        ids = pa.array([category_id for category_id, _ in new], pa.int32())
        cursor.register("graded", pa.table({"category_id": ids, "grade": [rule.grade(path) for _, path in new]}))
        cursor.execute("update categories c set grade = g.grade from graded g where g.category_id = c.category_id")
        cursor.unregister("graded")


def account(cursor: duckdb.DuckDBPyConnection, source: str, report: Report, imported_at: datetime) -> None:
    """Keep the batch's record, and move the data's own time forward."""
    rows, data_at = cursor.execute(
        "select count(*), greatest("
        " max(received_at) filter (where received_at <= $now), max(closed_at) filter (where closed_at <= $now),"
        " max(dispatched_at) filter (where dispatched_at <= $now),"
        " max(contacted_at) filter (where contacted_at <= $now),"
        " max(called_back_at) filter (where called_back_at <= $now)) from complaints where batch_id = $batch",
        {"now": imported_at, "batch": report.batch},
    ).fetchall()[0]
    known = cursor.execute("select value from meta where name = 'data_at'").fetchall()
    if data_at is None and not known and rows:
        data_at = imported_at  # everything the file says lies in the future: a slip must not become "now"
    if data_at is not None and (not known or data_at > datetime.fromisoformat(known[0][0])):
        set_meta(cursor, "data_at", data_at.isoformat())
    cursor.execute(
        "insert into batches values ($batch, 'import', $source, $file, $now, $read, $accepted, $updated, $unchanged,"
        " $rejected, $unlocated, $data_at, $report, $profile, null)",
        {
            "source": source,
            "now": imported_at,
            "data_at": data_at,
            "report": json.dumps(report.as_dict(), ensure_ascii=False),
            "profile": report.profile,
            **{name: getattr(report, name) for name in ("batch", "file", "read", "accepted", "updated")},
            **{name: getattr(report, name) for name in ("unchanged", "rejected", "unlocated")},
        },
    )
