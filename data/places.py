"""Places: which areas of every level and vintage a complaint lies in, found once, at intake."""

from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from data.combinations import Combinations, insert
from data.stated import place_stated
from data.store import run
from geo.place import Placer, unlocated_reason

# so many points are placed at once
PIECE = 1_000_000

__all__ = ["Places", "insert", "move", "move_counted", "place_again"]


@dataclass
class Places:
    """
    Places points into the areas of a store.

    Levels may have vintages: each run of days on which a level's areas do not
    change has its own index, so that a complaint lies in one area per level and
    vintage and an old period can be shown under either.
    """

    placers: list[tuple[str, np.ndarray, Placer]]  # level, keys of its areas, index over them
    bounds: tuple[float, float, float, float] | None
    known: Combinations

    @classmethod
    def of(cls, cursor: duckdb.DuckDBPyConnection) -> "Places":
        """The places of a store as its cursor sees them."""
        areas = cursor.execute(
            "select area_key, level, code, valid_from, valid_to, shape from areas order by area_key"
        ).fetchall()
        known = Combinations.of(cursor)
        placers = []
        shapes = {row[0]: shapely.from_wkb(row[5]) for row in areas}
        for level in known.rolled_up:
            rows = [row for row in areas if row[1] == level]
            for group in _vintages(rows):
                keys = np.array([row[0] for row in group], dtype=np.int32)
                placers.append((level, keys, Placer([shapes[key] for key in keys], [row[2] for row in group])))
        bounds = tuple(shapely.total_bounds(list(shapes.values()))) if shapes else None
        return cls(placers, bounds, known)

    def reasons(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        """Why a point cannot be used ('' where it can): missing, zero, out_of_range, far (from every known area)."""
        return unlocated_reason(lon, lat, self.bounds)

    def place(self, cursor: duckdb.DuckDBPyConnection, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        """
        Place ids of points; new combinations of areas are stored as new places.

        Parameters
        ----------
        cursor
            Of the write under way.
        lon, lat
            WGS84 degrees; NaN has no place.

        Returns
        -------
        place_ids
            int32, 0 where a point lies in no area.
        """
        if not self.placers:
            return np.zeros(len(lon), dtype=np.int32)
        found = np.zeros((len(lon), len(self.placers)), dtype=np.int32)
        for column, (_, keys, placer) in enumerate(self.placers):
            position = placer.place(lon, lat)
            inside = position >= 0
            found[inside, column] = keys[position[inside]]
        rows, which = _different(found)
        keys = [tuple(sorted({int(key) for key in row if key})) for row in rows]
        return np.array(self.known.learn(cursor, keys), dtype=np.int32)[which]


def _different(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different rows of a table of whole numbers, and for each row which of them it is; without sorting any."""
    which = np.zeros(len(table), dtype=np.int64)
    for column in table.T:
        # two numbers as one; few are different, so that it stays small
        which, _ = pd.factorize(which * (int(column.max(initial=0)) + 1) + column)
    first = np.zeros(int(which.max(initial=-1)) + 1, dtype=np.int64)
    first[which[::-1]] = np.arange(len(which))[::-1]
    return table[first], which


def _vintages(rows: list[tuple]) -> list[list[tuple]]:
    """The different sets of a level's areas that hold together on some day."""
    spans = [(row[3] or date.min, row[4] or date.max, row) for row in rows]
    starts = sorted({since for since, _, _ in spans})
    groups: dict[tuple[int, ...], list[tuple]] = {}
    for day in starts:
        group = [row for since, until, row in spans if since <= day < until]
        if group:
            groups[tuple(row[0] for row in group)] = group
    return list(groups.values())


def place_again(cursor: duckdb.DuckDBPyConnection) -> int:
    """
    Place every complaint anew, after the areas changed: by its coordinate, else by the area it states.

    Parameters
    ----------
    cursor
        Of the write under way. The roll-ups are the caller's to recount.

    Returns
    -------
    moved
        How many complaints have another place, precision or reason for having no
        point than before.
    """
    run(cursor, "to_place_again")
    run(cursor, "forget_places")
    places = Places.of(cursor)
    first, last = cursor.execute("select min(complaint_id), max(complaint_id) from complaints").fetchall()[0]
    for since in range(first or 0, (last or -1) + 1, PIECE):
        _place_piece(cursor, places, since)
    run(cursor, "placed_again")
    place_stated(cursor, "moving")
    # places have new numbers: what counts is whether the areas are others
    run(cursor, "moved_again")
    ((moved,),) = cursor.fetchall()
    move(cursor)
    return moved


def _place_piece(cursor: duckdb.DuckDBPyConnection, places: Places, since: int) -> None:
    """Place the points of complaints with ids from `since` on into the temporary table `placed_points`."""
    points = cursor.execute(
        "select complaint_id, lon, lat from complaints"
        " where lon is not null and complaint_id >= $since and complaint_id < $until",
        {"since": since, "until": since + PIECE},
    ).fetchnumpy()
    lon, lat = (np.ma.filled(points[name], np.nan).astype(float) for name in ("lon", "lat"))
    reason = places.reasons(lon, lat)
    usable = reason == ""
    placed = np.zeros(len(lon), dtype=np.int32)
    placed[usable] = places.place(cursor, lon[usable], lat[usable])
    insert(
        cursor,
        "placed_points",
        complaint_id=pa.array(np.asarray(points["complaint_id"])),
        place_id=pa.array(placed),
        unlocated_reason=pa.array(np.where(usable, None, reason).tolist(), pa.string()),
    )


def move(cursor: duckdb.DuckDBPyConnection) -> int:
    """
    Give the complaints of the temporary table `moving` the place, precision and reason it states.

    Parameters
    ----------
    cursor
        Of the write under way. `moving` has `complaint_id`, `unlocated_reason`,
        `place_id` and `precision`; rows that say what is stored already are taken
        out of it.

    Returns
    -------
    moved
        How many were not so before.
    """
    run(cursor, "unmoved")
    run(cursor, "move")
    return cursor.execute("select count(*) from moving").fetchall()[0][0]


def move_counted(cursor: duckdb.DuckDBPyConnection) -> int:
    """
    As `move`, and the roll-ups are exact afterwards.

    Those of one name are of every half-day there is: what they count for is taken
    away where it was and added where it is, which costs less than a recount.
    """
    run(cursor, "unmoved")
    cursor.execute("create or replace temp table was_wards as select place_id, ward_id from places")
    for step in ("changing", "move_counts", "move_unplaced"):
        run(cursor, step)
    return move(cursor)
