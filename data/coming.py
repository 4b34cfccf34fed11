"""
Boundaries on their way in: staged beside the present ones, every complaint placed, then taken over in one short write.

Until then readers see the old picture, and whoever brings in complaints is not
kept waiting. What is staged survives the process: a later one goes on from there.
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa

from data.combinations import Combinations, insert
from data.hierarchy import Span, add_areas, find_parents, make_room, order_levels, raise_areas_version
from data.places import Places, move
from data.stated import place_stated
from data.store import Store, drop_meta, run, set_meta

# so many complaints are placed at once, and so many may be left to the short write at the end
SLICE = 200_000
META = "coming"
PLACING = "boundaries.placing"

Tell = Callable[..., None]


@dataclass(frozen=True)
class Plan:
    """
    What is on its way in: the level and its days, which areas it changes, and what is to be reported of it.

    `fingerprint` tells one change from another, `areas_version` is that of the
    areas it was made for.
    """

    level: str
    since: str | None
    until: str | None
    fingerprint: str
    facts: dict[str, Any]
    areas_version: int = 0

    @property
    def span(self) -> Span:
        """First day, and first day no more."""
        return tuple(date.fromisoformat(day) if day else None for day in (self.since, self.until))


@dataclass(frozen=True)
class Taken:
    """
    What became of the complaints when the boundaries were taken over.

    `moved` lie in other areas than before (in a further one too); `placed` have a
    point in the new areas, `outside` one beside them; `recut` lie in an area of
    another code than under the boundaries just before or after. `held_seconds` is
    how long nobody else could write.
    """

    moved: int
    placed: int
    outside: int
    recut: int
    held_seconds: float


class Outdated(Exception):
    """The areas have changed since the plan was made: it must be made anew."""


def unfinished(store: Store) -> Plan | None:
    """What an earlier process left on its way in."""
    found = store.cursor().execute("select value from meta where name = $name", {"name": META}).fetchall()
    return Plan(**json.loads(found[0][0])) if found else None


def stage(
    store: Store,
    plan: Plan,
    frame: gpd.GeoDataFrame,
    *,
    crs_in: str,
    synthetic: bool = False,
    replacing: bool = False,
) -> Plan:
    """
    Put the areas as they will be beside those that are.

    Parameters
    ----------
    frame
        As for `data.hierarchy.store_areas`.
    replacing
        See `data.hierarchy.make_room`.

    Returns
    -------
    plan
        The same, for the areas of now.

    Raises
    ------
    ScopeProblem
        As `data.hierarchy.make_room`; nothing is staged.
    """
    plan = replace(plan, areas_version=store.areas_version)
    with store.write(quietly=True) as cursor:
        run(cursor, "drop_coming")
        # a temporary table hides the store's from this cursor
        cursor.execute("create temp table areas as from areas")
        make_room(cursor, plan.level, plan.span, replace=replacing)
        add_areas(cursor, plan.level, frame, plan.span, crs_in=crs_in, synthetic=synthetic)
        find_parents(cursor, plan.level, plan.span)
        cursor.execute("insert into coming_areas from areas")
        set_meta(cursor, META, json.dumps(asdict(plan), ensure_ascii=False))
    return plan


def drop(store: Store) -> None:
    """Forget what is on its way in."""
    with store.write(quietly=True) as cursor:
        drop_meta(cursor, META)
        run(cursor, "drop_coming")


def place_all(store: Store, tell: Tell) -> None:
    """
    Place every complaint that has a point into the coming areas, from where an earlier process stopped.

    Parameters
    ----------
    tell
        Told how far it is, `tell(part, key, done=, total=)`; what it raises ends the work between two slices.
    """
    own = store.cursor()
    run(own, "as_coming")
    order_levels(own)
    places = Places.of(own)
    first, last = own.execute("select min(complaint_id), max(complaint_id) + 1 from complaints").fetchall()[0]
    (done,) = own.execute("select max(complaint_id) + 1 from coming_places").fetchall()[0]
    for since in range(done or first or 0, last or 0, SLICE):
        tell((since - first) / (last - first), PLACING, done=since - first, total=last - first)
        rows = run_numpy(own, "coming_slice", first=since, last=since + SLICE)
        _keep(store, _placed(own, places, rows))
    # what came or changed meanwhile, until so little is left that it can be done at the end
    while len((rows := run_numpy(own, "coming_left", most=SLICE))["complaint_id"]) == SLICE:
        tell(1.0, PLACING, done=last - first, total=last - first)
        _keep(store, _placed(own, places, rows))


def run_numpy(cursor: duckdb.DuckDBPyConnection, name: str, **params: Any) -> dict[str, np.ndarray]:
    """The columns a statement gives."""
    run(cursor, name, **params)
    return cursor.fetchnumpy()


def _placed(cursor: duckdb.DuckDBPyConnection, places: Places, rows: dict[str, np.ndarray]) -> dict[str, pa.Array]:
    """Points with the combination of areas each lies in, or why it cannot be used."""
    lon, lat = (np.asarray(rows[name], dtype=float) for name in ("lon", "lat"))
    reason = places.reasons(lon, lat)
    usable = reason == ""
    placed = np.zeros(len(lon), dtype=np.int32)
    placed[usable] = places.place(cursor, lon[usable], lat[usable])
    different, which = np.unique(placed, return_inverse=True)
    text_of = {number: ",".join(map(str, keys)) for keys, number in places.known.ids.items()}
    texts = pa.array([text_of.get(int(number), "") for number in different], pa.string())
    return {
        "complaint_id": pa.array(np.asarray(rows["complaint_id"])),
        "lon": pa.array(lon),
        "lat": pa.array(lat),
        "combination": pa.DictionaryArray.from_arrays(pa.array(which.ravel(), pa.int32()), texts),
        "unlocated_reason": pa.array(np.where(usable, None, reason).tolist(), pa.string()),
    }


def _keep(store: Store, columns: dict[str, pa.Array]) -> None:
    with store.write(quietly=True) as cursor:
        insert(cursor, "coming_places", **columns)


def take_over(store: Store) -> Taken:
    """
    Make the coming areas those of the store, with every complaint in its place and the roll-ups counted anew.

    Raises
    ------
    Outdated
        The areas are others than those the plan was made for; nothing has changed.
    """
    plan = unfinished(store)
    # which combination most complaints of a place have is found before anybody has to wait
    pairs = store.ask("coming_pairs")
    counts = _counts(store, plan, pairs)
    with store.write() as cursor:
        # inside the write: nobody else is writing now
        if plan is None or plan.areas_version != store.areas_version:
            raise Outdated
        started = time.perf_counter()
        moved = _take(cursor, pairs)
        drop_meta(cursor, META)
    held = time.perf_counter() - started
    drop(store)
    return Taken(moved=counts.pop("moved") + moved, held_seconds=round(held, 2), **counts)


def _take(cursor: duckdb.DuckDBPyConnection, pairs: pd.DataFrame) -> int:
    """All of the change, within a write; gives how many complaints without a point lie elsewhere."""
    cursor.execute("create temp table was_wards as select place_id, ward_id from places")
    run(cursor, "take_areas")
    order_levels(cursor)
    raise_areas_version(cursor)
    _number_places(cursor, pairs)
    _place_left(cursor)
    run(cursor, "coming_moves")
    place_stated(cursor, "moving")
    # before anything moves: what is counted where it was, and where it will be
    run(cursor, "changing")
    run(cursor, "move_counts")
    run(cursor, "move_unplaced")
    move(cursor)
    (stated,) = cursor.execute("select count(*) from moving where unlocated_reason is not null").fetchall()[0]
    return stated


def _number_places(cursor: duckdb.DuckDBPyConnection, pairs: pd.DataFrame) -> None:
    """Store the places; one keeps its number for the combination most of its complaints have, so that few must move."""
    (highest,) = cursor.execute("select max(place_id) from places").fetchall()[0]
    combinations = cursor.execute("select distinct combination from coming_places order by combination").fetchall()
    run(cursor, "forget_places")
    known = Combinations.of(cursor)
    known.learn(cursor, [_keys(text) for (text,) in combinations])
    kept = _kept(known, pairs)
    numbers, free = {0: 0}, highest
    for keys, place in sorted(known.ids.items(), key=lambda one: one[1]):
        number = kept.get(keys)
        if number is None:
            number = free = free + 1
        numbers[place] = number
    columns = {"place_id": list(numbers), "number": list(numbers.values())}
    cursor.register("numbers", pa.table({name: pa.array(values, pa.int32()) for name, values in columns.items()}))
    run(cursor, "take_places")
    cursor.unregister("numbers")


def _kept(known: Combinations, pairs: pd.DataFrame) -> dict[tuple[int, ...], int]:
    """The number each combination takes over from the place, or ward, that most of its complaints had."""
    kept: dict[tuple[int, ...], int] = {(): 0}
    used = {0}

    def keep(number: int, keys: tuple[int, ...]) -> None:
        if keys not in kept and number not in used:
            kept[keys] = number
            used.add(number)

    combinations = [_keys(text) for text in pairs["combination"]]
    # wards first: the roll-ups are kept by them
    wards = [tuple(k for k in keys if known.rolled_up.get(known.levels_of[k], True)) for keys in combinations]
    counts = pairs[["ward_id", "complaints"]].assign(ward=wards).groupby(["ward_id", "ward"], sort=False).sum()
    for number, keys in counts.sort_values("complaints", ascending=False, kind="stable").index:
        keep(int(number), keys)
    for number, keys in zip(pairs["place_id"], combinations, strict=True):
        keep(int(number), keys)
    return kept


def _keys(text: str) -> tuple[int, ...]:
    """The areas a combination is made of."""
    return tuple(int(key) for key in text.split(",") if key)


def _place_left(cursor: duckdb.DuckDBPyConnection) -> None:
    """Place what came or changed since the last slice."""
    rows = run_numpy(cursor, "coming_left", most=2**62)
    if len(rows["complaint_id"]):
        insert(cursor, "coming_places", **_placed(cursor, Places.of(cursor), rows))


def _counts(store: Store, plan: Plan | None, pairs: pd.DataFrame) -> dict[str, int]:
    """What will become of the complaints that have a point; see `Taken`."""
    counts = dict.fromkeys(("moved", "placed", "outside", "recut"), 0)
    if plan is None:
        return counts
    rows = (
        store.cursor()
        .execute(
            "select area_key, code, valid_from, valid_to from coming_areas where level = $level", {"level": plan.level}
        )
        .fetchall()
    )
    since, until = plan.span
    new = {key: code for key, code, *days in rows if tuple(days) == plan.span}
    # the boundaries just before, else those just after
    beside = {key: code for key, code, _, last in rows if since and last == since}
    beside = beside or {key: code for key, code, first, _ in rows if until and first == until}
    for was, combination, count in zip(pairs["was"], pairs["combination"], pairs["complaints"], strict=True):
        own, other = ([codes[key] for key in _keys(combination) if key in codes] for codes in (new, beside))
        counts["moved"] += int(count) * (was != combination)
        counts["placed"] += int(count) * bool(own)
        counts["outside"] += int(count) * (not own)
        counts["recut"] += int(count) * (bool(beside) and bool(own) and own != other)
    return counts
