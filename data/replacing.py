"""
Boundaries in: a file becomes one level's areas of some days, and every complaint is placed anew.

The same for a page, which has it done in the background, and for a command,
which waits. What a killed process left is taken up by the next one.
"""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from data import coming
from data.coming import Outdated, Plan, Taken, Tell
from data.errors import ScopeProblem
from data.hierarchy import Span, in_force, last_day
from data.store import Store
from data.uploads import drop_upload, is_upload
from geo.boundaries import Boundaries, read_boundaries
from geo.errors import BoundaryProblem

# the areas may be changed by somebody else between the plan and its end; not for ever
MOST_PLANS = 3
# how much of the time reading and placing take
READ, PLACED = 0.05, 0.9
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class BoundaryReport:
    """
    What became of one file of boundaries; percentages are of the level's area.

    `moved` counts complaints that lie in other areas than before, or in one more;
    `placed` and `outside` those with a point in and beside the new areas; `recut`
    those that lie in an area of another code than under the boundaries just before
    (or after) these. `held_seconds` is how long nobody else could write.
    """

    file: str
    level: str
    depth: int
    areas: int
    unchanged: bool
    mended: list[str]
    merged: list[str]
    overlap_percent: float
    gap_percent: float
    crs_in: str
    encoding: str | None
    without_parent: int
    moved: int
    placed: int
    outside: int
    recut: int
    valid_from: date | None
    valid_to: date | None
    seconds: float
    held_seconds: float


def import_boundaries(
    store: Store,
    path: Path,
    level: str,
    *,
    id_column: str,
    name_column: str,
    parent_column: str | None = None,
    crs: str | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    layer: str | None = None,
    encoding: str | None = None,
    replacing: bool = False,
    tell: Tell = lambda *_, **__: None,
) -> BoundaryReport:
    """
    Take a file of boundaries into the store as one level, and place all complaints anew.

    Levels order themselves by the size of their areas. A level that is there
    already takes further boundaries with the days on which they hold: the present
    ones end or begin there and stay for the time before or after. The same file
    twice changes nothing.

    Parameters
    ----------
    store
        An open store.
    path
        GeoJSON (also gzipped), GeoPackage or zipped Shapefile.
    level
        Name of the level: a word of letters, digits and underscores.
    id_column, name_column, parent_column
        Columns of the file; a parent's id need not be of the next level. Without
        it, and for ids the next level does not have, a parent is where most lies.
    crs
        wgs84, gcj02, bd09, cgcs2000 or EPSG:n; what the file declares when omitted.
    valid_from, valid_to
        First day the boundaries hold, and the first day they hold no more; None means always, and still.
    layer, encoding
        See `geo.sources.read_layer`.
    replacing
        Present boundaries of just these days are dropped: a mistake is put right.
    tell
        Told how far it is: `tell(part, key, **values)`; what it raises ends the import, and nothing has changed.

    Returns
    -------
    report
        Counts, faults found and mended, overlaps and gaps.

    Raises
    ------
    BoundaryProblem
        The file cannot be read, or its coordinate system is not known.
    ScopeProblem
        The level cannot have these boundaries on these days, or others are on their way in just now.
    """
    if not level.isidentifier():
        raise ScopeProblem("scope.level_name", value=level)
    with _alone():
        started = time.perf_counter()
        tell(0.0, "boundaries.reading")
        read = read_boundaries(
            path, id_column=id_column, name_column=name_column, parent_column=parent_column, crs=crs, layer=layer,
            encoding=encoding,
        )  # fmt: skip
        span = (valid_from, valid_to)
        plan = _plan(path.name, level, read, span, replacing=replacing)
        _finish_other(store, plan, tell)
        if is_same(store, level, read.frame, span):
            return _report(store, plan, None, started)
        taken = _carried_through(store, plan, read, replacing, tell)
        return _report(store, plan, taken, started)


def finish(store: Store, tell: Tell = lambda *_, **__: None) -> BoundaryReport | None:
    """What an earlier process began and did not end is ended; None when there is nothing of the kind."""
    with _alone():
        started, plan = time.perf_counter(), coming.unfinished(store)
        if plan is None:
            return None
        taken = _ended(store, tell)
        return _report(store, plan, taken, started) if taken else None


def work(store: Store, home: Path, params: dict[str, Any], tell: Tell, now: Callable[[], datetime]) -> dict[str, Any]:  # noqa: ARG001
    """
    Import the boundaries a job names.

    Parameters
    ----------
    params
        `file` (an upload of the home), `level`, `id_column`, `name_column`, and
        optionally `parent_column`, `crs`, `layer`, `encoding`, `valid_from`,
        `valid_to` (ISO days) and `replacing`. The upload is removed once its areas
        are stored.

    Returns
    -------
    report
        `BoundaryReport` as plain values.

    Raises
    ------
    BoundaryProblem, ScopeProblem
        As `import_boundaries`; the store is as it was, the file stays.
    Cancelled
        A person ended it; the store is as it was.
    """
    # resolved, so that no `..` leads out of the uploads
    path, home = Path(params["file"]).resolve(), home.resolve()
    if not is_upload(home, path):
        raise BoundaryProblem("boundaries.no_file", file=path.name)
    days = {name: date.fromisoformat(params[name]) for name in ("valid_from", "valid_to") if params.get(name)}
    texts = ("id_column", "name_column", "parent_column", "crs", "layer", "encoding")
    options = {name: params[name] for name in texts if params.get(name)}
    replacing = bool(params.get("replacing"))
    report = import_boundaries(store, path, params["level"], **options, **days, replacing=replacing, tell=tell)
    drop_upload(home, path)
    return plain(report)


def plain(report: BoundaryReport) -> dict[str, Any]:
    """A report as values JSON has."""
    days = {name: day.isoformat() if day else None for name, day in _days(report.valid_from, report.valid_to).items()}
    return vars(report) | days


def _days(since: date | None, until: date | None) -> dict[str, date | None]:
    return {"valid_from": since, "valid_to": until}


@contextmanager
def _alone() -> Iterator[None]:
    """One import of boundaries at a time: the second would begin from areas that are about to change."""
    if not _one_at_a_time.acquire(blocking=False):
        raise ScopeProblem("scope.boundaries_busy")
    try:
        yield
    finally:
        _one_at_a_time.release()


def is_same(store: Store, level: str, frame: gpd.GeoDataFrame, span: Span) -> bool:
    """True when the level's areas that hold at the beginning of `span` are just these."""
    on = span[0] or last_day(span)
    stored = in_force(store.cursor(), level, on)
    shapes = shapely.to_wkb(frame.geometry.to_numpy())
    coming_ones = dict(zip(frame["code"], zip(frame["name"], shapes, strict=True), strict=True))
    return stored == coming_ones


def _plan(file: str, level: str, read: Boundaries, span: Span, *, replacing: bool) -> Plan:
    since, until = (day.isoformat() if day else None for day in span)
    digest = hashlib.sha256(json.dumps([level, since, until, replacing, read.report["crs_in"]]).encode())
    for column in ("code", "name", "parent_code"):
        digest.update(json.dumps([None if code is None else str(code) for code in read.frame[column]]).encode())
    for shape in shapely.to_wkb(read.frame.geometry.to_numpy()):
        digest.update(shape)
    facts = {name: read.report[name] for name in ("areas", "mended", "merged", "crs_in", "encoding")}
    facts |= {name: round(read.report[name], 4) for name in ("overlap_percent", "gap_percent")}
    return Plan(level, since, until, digest.hexdigest(), facts | {"file": file})


def _finish_other(store: Store, plan: Plan, tell: Tell) -> None:
    """End what an earlier process began, if it is something else: it was accepted, and nobody has cancelled it."""
    left = coming.unfinished(store)
    if left and left.fingerprint != plan.fingerprint:
        tell(READ / 2, "boundaries.finishing", file=left.facts.get("file", ""), level=left.level)
        _ended(store, lambda *_, **__: tell(READ / 2))


def _carried_through(store: Store, plan: Plan, read: Boundaries, replacing: bool, tell: Tell) -> Taken:
    for _ in range(MOST_PLANS):
        left = coming.unfinished(store)
        if not left or left.areas_version != store.areas_version:
            coming.stage(store, plan, read.frame, crs_in=read.report["crs_in"], replacing=replacing)
        taken = _ended(store, tell)
        if taken:
            return taken
    raise ScopeProblem("scope.boundaries_busy")


def _ended(store: Store, tell: Tell) -> Taken | None:
    """Place and take over what is staged; None when it was made for other areas. Whatever else ends it, drops it."""
    try:
        coming.place_all(store, lambda part, *said, **values: tell(READ + (PLACED - READ) * part, *said, **values))
        tell(PLACED, "boundaries.taking_over")
        return coming.take_over(store)
    except Outdated:
        coming.drop(store)
        return None
    except BaseException:
        # cancelled, or a fault: only a process that is killed leaves something to go on from
        with suppress(Exception):
            coming.drop(store)
        raise


def _report(store: Store, plan: Plan, taken: Taken | None, started: float) -> BoundaryReport:
    cursor = store.cursor()
    depth = dict(cursor.execute("select level, depth from levels").fetchall())[plan.level]
    since, until = plan.span
    (without,) = cursor.execute(
        "select count(*) from areas where level = $level and parent_key is null"
        " and valid_from is not distinct from $since and valid_to is not distinct from $until",
        {"level": plan.level, "since": since, "until": until},
    ).fetchall()[0]
    figures = vars(taken) if taken else {"moved": 0, "placed": 0, "outside": 0, "recut": 0, "held_seconds": 0.0}
    return BoundaryReport(
        **plan.facts,
        **figures,
        **_days(since, until),
        level=plan.level,
        depth=depth,
        unchanged=taken is None,
        without_parent=without if depth > 1 else 0,
        seconds=round(time.perf_counter() - started, 2),
    )
