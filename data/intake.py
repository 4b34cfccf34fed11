"""
Intake: a file of complaints becomes events, complaints and work orders, and every row is accounted for.

rows read = accepted + updated + unchanged + rejected. All of a file is stored,
or nothing of it.
"""

import json
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from data.cleaning import bare_name, category_levels, clean, coded, flags, mended, points, texts_of, tickets
from data.errors import FileProblem
from data.masking import Masker
from data.places import Places
from data.profiles import TIMES, Profile
from data.readers import Chunk, normal, read_rows
from data.rejects import Rejects
from data.rules import deadline_rule
from data.store import Store, run, set_meta
from data.words import visible

FREE_TEXTS = ("title", "content", "result", "address", "exclude_reason", "stated_area", "status", "kind")
# headers no profile knows, but whose cells are likely somebody's own
PERSONAL_HEADER = re.compile("姓名|人$|人姓名|手机|电话|联系|证件|身份|(?i:phone|caller|contact)")
PERSONAL = ("caller_name", "caller_phone", "caller_identity")
# so much of a rejected row is kept, cut after it was masked
SHOWN = 4_000
# which fields let a file speak of which kinds of events; a kind it cannot speak of is never withdrawn
KINDS = {
    "received": ("received_at",),
    "dispatched": ("dispatched_at",),
    "contacted": ("contacted_at",),
    "closed": ("closed_at",),
    "called_back": ("called_back_at", "valid", "contacted", "solved", "satisfied"),
}


@dataclass
class Report:
    """
    What became of one file's rows.

    `read` = `accepted` + `updated` + `unchanged` + `rejected`. `unlocated` counts
    rows, not rejected, without a usable coordinate; `unplaced` those with one
    that lies in no known area. `reasons` counts rejected rows by reason, `notes`
    what was taken in but not as stated, `unlocated_reasons` why points are unusable.
    """

    file: str
    read: int = 0
    accepted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    unlocated: int = 0
    unplaced: int = 0
    seconds: float = 0.0
    batch: int = 0
    profile: str = ""
    reasons: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)
    unlocated_reasons: dict[str, int] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    unused_columns: list[str] = field(default_factory=list)
    rejected_file: str | None = None

    def as_dict(self) -> dict:
        """The report as plain values."""
        return asdict(self)


def import_file(
    store: Store,
    path: Path,
    profile: Profile,
    *,
    crs: str | None = None,
    imported_at: datetime,
    rejected_folder: Path | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """
    Take a file of complaints into the store.

    A row is known by (source, ticket number); a file without a ticket column gets
    numbers from the row's own content. Of rows with the same ticket and unit the
    last decides, by `updated_at` where the source states it. Caller names, phones
    and identity numbers are hashed and masked before anything is stored, in the
    file of rejected rows too.

    Parameters
    ----------
    store
        An open store.
    path
        CSV (UTF-8, UTF-16 with mark, GB18030; gzipped or not) or Parquet.
    profile
        What the file's columns mean.
    crs
        Coordinate system of the file's points; the profile's when omitted.
    imported_at
        Now. Times after it do not move the data's own time.
    rejected_folder
        Where rejected rows are kept, one file per import; None keeps only their number.
    progress
        Called with the number of rows read so far.

    Returns
    -------
    report
        Every row of the file in exactly one of accepted, updated, unchanged, rejected.

    Raises
    ------
    FileProblem
        The file cannot be read, or it holds coordinates and nobody says in which
        system. The store is as it was.
    """
    started = time.perf_counter()
    report = Report(visible(Masker(store.key).text(path.name) or path.name), profile=profile.name)
    with Rejects(rejected_folder) as rejects, store.write() as cursor:
        report.batch = cursor.execute("select coalesce(max(batch_id), 0) + 1 from batches").fetchall()[0][0]
        rejects.name = f"batch-{report.batch:05d}.csv"
        _stage(store, cursor, path, profile, crs, report, rejects, progress)
        merge(cursor, profile.source, report, imported_at)
        report.seconds = round(time.perf_counter() - started, 3)
        report.rejected_file = rejects.path
        account(cursor, profile.source, report, imported_at)
        rejects.keep_when_done()
    report.seconds = round(time.perf_counter() - started, 3)
    return report


def _stage(
    store: Store,
    cursor: duckdb.DuckDBPyConnection,
    path: Path,
    profile: Profile,
    crs: str | None,
    report: Report,
    rejects: Rejects,
    progress: Callable[[int], None],
) -> None:
    """Read, clean, mask and place the rows into the temporary table `incoming`."""
    masker, places = Masker(store.key), Places.of(cursor)
    run(cursor, "clean_macros")
    run(cursor, "incoming")
    for chunk in read_rows(path, profile.known):
        if not report.columns:
            report.columns = _recognise(profile, chunk, path, crs)
            report.unused_columns = [name for name in chunk.columns if name not in report.columns.values()]
        report.read += len(chunk.row_no) + len(chunk.bad)
        for row_no, reason, text in chunk.bad:
            rejects.add(row_no, reason, masker.line(text)[:SHOWN])
        if len(chunk.row_no):
            _stage_chunk(cursor, chunk, profile, crs or profile.crs, report, rejects, masker, places)
        progress(report.read)
    report.reasons = dict(rejects.reasons)
    report.rejected = rejects.reasons.total()


def _recognise(profile: Profile, chunk: Chunk, path: Path, crs: str | None) -> dict[str, str]:
    columns = profile.recognise(list(chunk.columns))
    if "received_at" not in columns:
        raise FileProblem("file.no_time_column", file=path.name, allowed=", ".join(profile.columns["received_at"]))
    if "lon" in columns and "lat" in columns and not (crs or profile.crs):
        raise FileProblem("file.no_crs", file=path.name, lon=columns["lon"], lat=columns["lat"])
    return columns


def _stage_chunk(
    cursor: duckdb.DuckDBPyConnection,
    chunk: Chunk,
    profile: Profile,
    crs: str,
    report: Report,
    rejects: Rejects,
    masker: Masker,
    places: Places,
) -> None:
    columns = _as_columns(cursor, chunk, profile, crs, report, masker, places)
    cursor.register("chunk", pa.table(columns))
    run(cursor, "intake_clean", formats=list(profile.time_formats) or ["%Y-%m-%d %H:%M"], zone=profile.timezone)
    cursor.unregister("chunk")
    bad = cursor.execute(
        "select row_no, reason from incoming where reason is not null and row_no between $first and $last",
        {"first": int(chunk.row_no[0]), "last": int(chunk.row_no[-1])},
    ).fetchall()
    position = {int(row_no): i for i, row_no in enumerate(chunk.row_no)} if bad else {}
    # a file may hold two columns of phones; the one that is not used is personal all the same
    aliases = {normal(alias) for name in PERSONAL for alias in profile.columns.get(name, ())}
    personal = {
        header
        for header in chunk.columns
        if normal(header.partition("#")[0]) in aliases
        or (header not in report.columns.values() and PERSONAL_HEADER.search(header))
    }
    for row_no, why in bad:
        rejects.add(row_no, why, _shown(chunk, position[row_no], report.columns, personal, masker))


def _as_columns(
    cursor: duckdb.DuckDBPyConnection,
    chunk: Chunk,
    profile: Profile,
    crs: str,
    report: Report,
    masker: Masker,
    places: Places,
) -> dict[str, pa.Array]:
    """A chunk's cells as columns of the store's fields, masked and placed; times still as text."""
    rows, unknown = len(chunk.row_no), Counter[str]()
    texts = {name: chunk.columns[header].to_pylist() for name, header in report.columns.items()}
    get = lambda name: texts.get(name) or [None] * rows  # noqa: E731
    names = [bare_name(name) for name in get("caller_name")]
    masked = {name: masker.texts([mended(clean(v)) for v in get(name)], names) for name in FREE_TEXTS if name in texts}
    levels = category_levels(texts, profile, rows)
    lon, lat = points(get("lon"), get("lat"), crs)
    reason = places.reasons(lon, lat)
    usable = reason == ""
    place_id = np.zeros(rows, dtype=np.int32)
    place_id[usable] = places.place(cursor, lon[usable], lat[usable])
    callers = zip(names, get("caller_phone"), get("caller_identity"), strict=True)
    columns = {
        "row_no": pa.array(chunk.row_no, pa.int64()),
        **{f"t_{name}": texts_of(get(name)) for name in TIMES},
        **{name: texts_of(masked.get(name, [None] * rows)) for name in FREE_TEXTS},
        "ticket_no": texts_of(tickets(texts, masked, rows, masker)),
        **{f"level_{i + 1}": texts_of(masker.texts(level)) for i, level in enumerate(levels)},
        "channel": texts_of(masker.texts(coded(get("channel"), profile, "channel"))),
        "unit": texts_of(masker.texts([clean(v) for v in get("unit")])),
        "nature": texts_of(masker.texts(coded(get("nature"), profile, "nature"))),
        "solved": texts_of(coded(get("solved"), profile, "solved", unknown)),
        "satisfied": texts_of(coded(get("satisfied"), profile, "satisfied", unknown)),
        "urgency": texts_of(coded(get("urgency"), profile, "urgency", unknown)),
        "valid": flags(get("valid"), "valid", unknown),
        "contacted": flags(get("contacted"), "contacted", unknown),
        "assessed": pa.array([not flag for flag in flags(get("excluded"), "excluded", unknown).to_pylist()]),
        "caller_hash": texts_of([masker.caller(*caller) for caller in callers]),
        "lon": pa.array(np.where(usable | (reason == "far"), lon, np.nan), from_pandas=True),
        "lat": pa.array(np.where(usable | (reason == "far"), lat, np.nan), from_pandas=True),
        "unlocated_reason": texts_of(np.where(usable, None, reason).tolist()),
        "place_id": pa.array(place_id),
    }
    # a file that states only an outcome had a call-back
    if "valid" not in texts:
        outcomes = (columns[name] for name in ("contacted", "solved", "satisfied"))
        outcome = (values.is_valid().to_numpy(zero_copy_only=False) for values in outcomes)
        had = np.logical_or.reduce(list(outcome))
        columns["valid"] = pa.array([True if one else None for one in had], pa.bool_())
    for name, count in unknown.items():
        report.notes[f"unknown_{name}"] = report.notes.get(f"unknown_{name}", 0) + count
    return columns


def _shown(chunk: Chunk, position: int, columns: dict[str, str], personal: set[str], masker: Masker) -> str:
    """A rejected row for the file of rejects: `header=value`, personal columns as hashes only."""
    name = bare_name(chunk.columns[columns["caller_name"]][position].as_py()) if "caller_name" in columns else None
    parts = []
    for header, values in chunk.columns.items():
        value = values[position].as_py()
        if value:
            shown = f"[#{masker.digest(value)[:6]}]" if header in personal else masker.text(value, name)
            parts.append(f"{header}={shown}")
    return "; ".join(parts)[:SHOWN]


def merge(cursor: duckdb.DuckDBPyConnection, source: str, report: Report, imported_at: datetime) -> None:
    """
    Merge the temporary table `incoming` into the store: match, append events, derive states, keep the roll-ups exact.

    Fills the report's accepted, updated, unchanged, unlocated, unplaced and notes.
    """
    rule = deadline_rule()
    fields = sorted(report.columns)
    run(cursor, "merge_match", source=source, fields=fields)
    run(cursor, "merge_dimensions")
    _grade_categories(cursor)
    stated = [kind for kind, fields in KINDS.items() if any(name in report.columns for name in fields)]
    values = {
        "source": source,
        "batch_id": report.batch,
        "recorded_at": imported_at,
        "fields": fields,
        "stated_kinds": stated,
        "default_grade": rule.default,
        "grades": list(rule.hours),
        "grade_hours": list(rule.hours.values()),
    }
    run(cursor, "merge_store", **values)
    run(cursor, "derive_state", **values)
    if cursor.execute("select count(*) from known_orders").fetchall()[0][0]:
        run(cursor, "pass_on")
    recount(cursor)
    fates = dict(cursor.execute("select fate, count(*) from row_fates group by fate").fetchall())
    report.accepted, report.updated, report.unchanged = (
        fates.get(fate, 0) for fate in ("accepted", "updated", "unchanged")
    )
    counts = cursor.execute(
        "select count_if(closed_before_received), count_if(due_before_received), count_if(bad_closed_time),"
        " count_if(unlocated_reason is not null), count_if(unlocated_reason is null and place_id = 0),"
        " count_if(received_at > $now) from incoming where reason is null",
        {"now": imported_at},
    ).fetchall()[0]
    counts = [count or 0 for count in counts]  # of no rows at all the engine counts null
    named = ("closed_before_received", "due_before_received", "bad_closed_time", "", "", "received_in_future")
    report.notes |= {name: count for name, count in zip(named, counts, strict=True) if name and count}
    report.unlocated, report.unplaced = counts[3], counts[4]
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
    data_at = cursor.execute(
        """
        select max(moment) from (
            select unnest([received_at, closed_at, dispatched_at, contacted_at, called_back_at]) as moment from states
        ) where moment <= $now
        """,
        {"now": imported_at},
    ).fetchall()[0][0]
    known = cursor.execute("select value from meta where name = 'data_at'").fetchall()
    if data_at is None and not known and cursor.execute("select count(*) from states").fetchall()[0][0]:
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
