"""Places: which areas of every level and vintage a complaint lies in, found once, at intake."""

from dataclasses import dataclass, field
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa
import shapely

from geo.place import Placer, unlocated_reason

ALWAYS = (date.min, date.max)


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
    rolled_up: dict[str, bool]
    ids: dict[tuple[int, ...], int]
    levels_of: dict[int, str]
    wards: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, cursor: duckdb.DuckDBPyConnection) -> "Places":
        """The places of a store as its cursor sees them."""
        areas = cursor.execute(
            "select area_key, level, code, valid_from, valid_to, shape from areas order by area_key"
        ).fetchall()
        rolled_up = dict(cursor.execute("select level, rolled_up from levels").fetchall())
        placers = []
        shapes = {row[0]: shapely.from_wkb(row[5]) for row in areas}
        for level in rolled_up:
            rows = [row for row in areas if row[1] == level]
            for group in _vintages(rows):
                keys = np.array([row[0] for row in group], dtype=np.int32)
                placers.append((level, keys, Placer([shapes[key] for key in keys], [row[2] for row in group])))
        bounds = tuple(shapely.total_bounds(list(shapes.values()))) if shapes else None
        known = cursor.execute("select combination, place_id from places").fetchall()
        ids = {tuple(int(key) for key in text.split(",") if key): place_id for text, place_id in known}
        return cls(placers, bounds, rolled_up, ids, {row[0]: row[1] for row in areas})

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
        found = np.zeros((len(lon), len(self.placers)), dtype=np.int32)
        for column, (_, keys, placer) in enumerate(self.placers):
            position = placer.place(lon, lat)
            inside = position >= 0
            found[inside, column] = keys[position[inside]]
        if not self.placers:
            return np.zeros(len(lon), dtype=np.int32)
        combinations, which = np.unique(found, axis=0, return_inverse=True)
        keys = [tuple(sorted({int(key) for key in row if key})) for row in combinations]
        self._learn(cursor, keys)
        return np.array([self.ids[key] for key in keys], dtype=np.int32)[which.ravel()]

    def _learn(self, cursor: duckdb.DuckDBPyConnection, combinations: list[tuple[int, ...]]) -> None:
        wards = {key: tuple(k for k in key if self.rolled_up.get(self.levels_of[k], True)) for key in combinations}
        unseen = sorted({*wards, *wards.values()} - set(self.ids))
        if not unseen:
            return
        next_id = max(self.ids.values(), default=0) + 1
        for offset, key in enumerate(unseen):
            self.ids[key] = next_id + offset
        ward_of = {**{key: key for key in unseen}, **{key: wards[key] for key in unseen if key in wards}}
        insert(
            cursor,
            "places",
            place_id=pa.array([self.ids[key] for key in unseen], pa.int32()),
            ward_id=pa.array([self.ids[ward_of[key]] for key in unseen], pa.int32()),
            combination=pa.array([",".join(map(str, key)) for key in unseen]),
        )
        pairs = [(self.ids[key], self.levels_of[area], area) for key in unseen for area in key]
        if pairs:
            place, level, area = zip(*pairs, strict=True)
            insert(
                cursor,
                "place_areas",
                place_id=pa.array(place, pa.int32()),
                level=pa.array(level),
                area_key=pa.array(area, pa.int32()),
            )


def insert(cursor: duckdb.DuckDBPyConnection, table: str, **columns: pa.Array) -> None:
    """Insert columns into a table of the store, by name."""
    cursor.register("inserted", pa.table(columns))
    cursor.execute(f"insert into {table} by name from inserted")
    cursor.unregister("inserted")


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
    Place every complaint with coordinates anew, after the areas changed.

    Parameters
    ----------
    cursor
        Of the write under way.

    Returns
    -------
    moved
        How many complaints have another place, or another reason for having none, than before.
    """
    cursor.execute("delete from places")
    cursor.execute("delete from place_areas")
    cursor.execute("insert into places values (0, 0, '')")
    places = Places.of(cursor)
    points = cursor.execute(
        "select complaint_id, lon, lat from complaints where lon is not null order by complaint_id"
    ).fetchnumpy()
    lon, lat = (np.ma.filled(points[name], np.nan).astype(float) for name in ("lon", "lat"))
    reason = places.reasons(lon, lat)
    usable = reason == ""
    placed = np.zeros(len(lon), dtype=np.int32)
    placed[usable] = places.place(cursor, lon[usable], lat[usable])
    cursor.register(
        "placed_again",
        pa.table(
            {
                "complaint_id": pa.array(np.asarray(points["complaint_id"])),
                "place_id": pa.array(placed),
                "unlocated_reason": pa.array(np.where(usable, None, reason).tolist(), pa.string()),
            }
        ),
    )
    moved = cursor.execute(
        "select count(*) from complaints c join placed_again p using (complaint_id)"
        " where c.place_id <> p.place_id or c.unlocated_reason is distinct from p.unlocated_reason"
    ).fetchall()[0][0]
    for table in ("complaints", "open_complaints"):
        reasons = ", unlocated_reason = p.unlocated_reason" if table == "complaints" else ""
        cursor.execute(
            f"update {table} c set place_id = p.place_id{reasons} from placed_again p"  # noqa: S608
            " where c.complaint_id = p.complaint_id"
        )
    cursor.unregister("placed_again")
    return moved
