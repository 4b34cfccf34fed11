"""Areas as rows: a level's vintage is added, those before and after it are cut to fit, and everybody gets a parent."""

from datetime import date, timedelta

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from data.combinations import insert
from data.errors import ScopeProblem
from data.store import set_meta
from geo.boundaries import derive_parents, label_points
from geo.crs import metric_crs

# the finest of at least this many levels (grids) is too fine to sum up beforehand
DEEP = 4

Span = tuple[date | None, date | None]


def store_areas(
    cursor: duckdb.DuckDBPyConnection,
    level: str,
    frame: gpd.GeoDataFrame,
    *,
    crs_in: str,
    synthetic: bool = False,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> None:
    """
    Add areas of one level within a write; the level's present ones end where these begin, or begin where these end.

    Complaints stay where they are: see `data.places.place_again`.

    Parameters
    ----------
    cursor
        Of a `Store.write`.
    level
        Name of the level.
    frame
        `code`, `name`, `parent_code` and valid polygons in EPSG:4326.
    crs_in
        What the source's coordinates were in, for the record.
    synthetic
        True for schematic shapes that are nobody's official boundary.
    valid_from, valid_to
        First day they hold, and the first day they hold no more; None means always, and still.
    """
    if valid_from or valid_to:
        make_room(cursor, level, (valid_from, valid_to))
    add_areas(cursor, level, frame, (valid_from, valid_to), crs_in=crs_in, synthetic=synthetic)
    find_parents(cursor, level, (valid_from, valid_to))
    order_levels(cursor)
    raise_areas_version(cursor)


def raise_areas_version(cursor: duckdb.DuckDBPyConnection) -> None:
    """Say, within a write, that the areas are others now."""
    version = cursor.execute("select value::bigint from meta where name = 'areas_version'").fetchall()
    set_meta(cursor, "areas_version", str(version[0][0] + 1 if version else 1))


def spans(cursor: duckdb.DuckDBPyConnection, level: str) -> list[Span]:
    """The vintages of a level, the oldest first: first day, and first day no more."""
    return cursor.execute(
        "select distinct valid_from, valid_to from areas where level = $level order by valid_from nulls first",
        {"level": level},
    ).fetchall()


def make_room(cursor: duckdb.DuckDBPyConnection, level: str, span: Span, *, replace: bool = False) -> None:
    """
    Cut the vintages of a level so that none holds on a day of `span`.

    Parameters
    ----------
    cursor
        Of the write under way.
    replace
        Vintages that lie wholly in `span` are dropped; otherwise they are in the way.

    Raises
    ------
    ScopeProblem
        `scope.vintage_span`, `scope.level_exists`, `scope.vintage_order`,
        `scope.vintage_covers`, `scope.vintage_inside`.
    """
    since, until = _ends(span)
    if since >= until:
        raise ScopeProblem("scope.vintage_span", since=span[0], until=span[1])
    met = [one for one in spans(cursor, level) if _ends(one)[0] < until and since < _ends(one)[1]]
    for one in met:
        first, last = _ends(one)
        if first < since and until < last:
            days = {"first": one[0] or "-", "last": one[1] or "-"}
            raise ScopeProblem("scope.vintage_inside", value=level, since=span[0], until=span[1], **days)
        if since <= first and last <= until and not replace:
            _refuse(cursor, level, span, one)
    for one in met:
        first, last = _ends(one)
        if since <= first and last <= until:
            _change(cursor, "delete from areas", level, one)
        elif first < since:
            _change(cursor, "update areas set valid_to = $day", level, one, day=span[0])
        else:
            _change(cursor, "update areas set valid_from = $day", level, one, day=span[1])


def _ends(span: Span) -> tuple[date, date]:
    return span[0] or date.min, span[1] or date.max


def _refuse(cursor: duckdb.DuckDBPyConnection, level: str, span: Span, covered: Span) -> None:
    """Say why a vintage that holds only on days of another is in its way."""
    if span == (None, None):
        (count,) = cursor.execute(
            "select count(*) from areas where level = $level and valid_to is null",
            {"level": level},
        ).fetchall()[0]
        raise ScopeProblem("scope.level_exists", value=level, areas=count)
    if span[1] is None and covered[1] is None:
        raise ScopeProblem("scope.vintage_order", value=level, since=covered[0], wanted=span[0])
    raise ScopeProblem("scope.vintage_covers", value=level, since=covered[0] or "-", until=covered[1] or "-")


def _change(cursor: duckdb.DuckDBPyConnection, what: str, level: str, span: Span, **values: date | None) -> None:
    cursor.execute(
        f"{what} where level = $level and valid_from is not distinct from $since"
        " and valid_to is not distinct from $until",
        {"level": level, "since": span[0], "until": span[1], **values},
    )


def add_areas(
    cursor: duckdb.DuckDBPyConnection,
    level: str,
    frame: gpd.GeoDataFrame,
    span: Span,
    *,
    crs_in: str,
    synthetic: bool = False,
) -> None:
    """Add areas of one level as rows; they have no parents yet."""
    (first,) = cursor.execute("select coalesce(max(area_key), 0) + 1 from areas").fetchall()[0]
    points = label_points(frame)
    metric = frame.to_crs(metric_crs(frame.total_bounds))
    count = len(frame)
    insert(
        cursor,
        "areas",
        area_key=pa.array(range(first, first + count), pa.int32()),
        level=pa.array([level] * count),
        code=pa.array(frame["code"].tolist(), pa.string()),
        name=pa.array(frame["name"].tolist(), pa.string()),
        parent_code=pa.array([_or_none(code) for code in frame["parent_code"]], pa.string()),
        valid_from=pa.array([span[0]] * count, pa.date32()),
        valid_to=pa.array([span[1]] * count, pa.date32()),
        crs_in=pa.array([crs_in] * count),
        synthetic=pa.array([synthetic] * count),
        area_km2=pa.array(np.asarray(metric.area / 1e6)),
        lon=pa.array(np.asarray(points["lon"])),
        lat=pa.array(np.asarray(points["lat"])),
        shape=pa.array(shapely.to_wkb(frame.geometry.to_numpy()).tolist(), pa.binary()),
    )


def _or_none(code: object) -> str | None:
    return None if code is None or pd.isna(code) else str(code)


def by_size(cursor: duckdb.DuckDBPyConnection) -> list[str]:
    """The levels by the size of their areas, the largest first; equal ones by name."""
    rows = cursor.execute("select level from areas group by level order by median(area_km2) desc, level").fetchall()
    return [level for (level,) in rows]


def order_levels(cursor: duckdb.DuckDBPyConnection) -> None:
    """Give the levels their depth: 1 is the level with the largest areas."""
    levels = by_size(cursor)
    cursor.execute("delete from levels")
    for depth, level in enumerate(levels, start=1):
        cursor.execute(
            "insert into levels values ($level, $depth, $rolled_up)",
            {"level": level, "depth": depth, "rolled_up": depth < max(DEEP, len(levels))},
        )


def find_parents(cursor: duckdb.DuckDBPyConnection, level: str, span: Span) -> None:
    """
    Give the areas of a new vintage, and those of the level below whose parents it holds, their parents.

    A parent is the one stated, else the one that shares most of the ground; of
    the vintage that holds on the child's own last day.
    """
    levels = by_size(cursor)
    place = levels.index(level)
    # this vintage under the level above, and the level below under this vintage
    pairs = zip(levels[place : place + 2], [None, *levels][place : place + 2], strict=False)
    for child, parent in pairs:
        for own in spans(cursor, child):
            last = last_day(own)
            if own == span if child == level else _ends(span)[0] <= last < _ends(span)[1]:
                _adopt(cursor, (child, own), parent, last)


def last_day(span: Span) -> date:
    """The last day of a vintage; of one that has no end, the last there is but one."""
    return span[1] - timedelta(days=1) if span[1] else date.max - timedelta(days=1)


def _adopt(cursor: duckdb.DuckDBPyConnection, child: tuple[str, Span], parent: str | None, on: date) -> None:
    """Write the parents of one vintage's areas."""
    children = _frame(cursor, child[0], child[1])
    found = pd.Series([None] * len(children), index=children.index, dtype=object)
    above = spans(cursor, parent) if parent else []
    if above:
        # the vintage that holds, else the last one before, else the first
        held = max((one for one in above if _ends(one)[0] <= on), key=_ends, default=above[0])
        parents = _frame(cursor, parent, held)
        keys = dict(zip(parents["code"], parents["area_key"], strict=True))
        found = children["parent_code"].map(keys.get).astype(object)
        unknown = found.isna()
        if unknown.any():
            derived = derive_parents(children[unknown.to_numpy()], parents)
            found[unknown] = derived.map(keys.get).to_numpy()
    cursor.register(
        "parents",
        pa.table(
            {
                "area_key": pa.array(children["area_key"].tolist(), pa.int32()),
                "parent_key": pa.array([None if pd.isna(key) else int(key) for key in found], pa.int32()),
            }
        ),
    )
    cursor.execute("update areas a set parent_key = p.parent_key from parents p where a.area_key = p.area_key")
    cursor.unregister("parents")


def _frame(cursor: duckdb.DuckDBPyConnection, level: str, span: Span) -> gpd.GeoDataFrame:
    rows = cursor.execute(
        "select area_key, code, parent_code, shape from areas where level = $level"
        " and valid_from is not distinct from $since and valid_to is not distinct from $until order by area_key",
        {"level": level, "since": span[0], "until": span[1]},
    ).fetchall()
    frame = pd.DataFrame([row[:3] for row in rows], columns=["area_key", "code", "parent_code"])
    return gpd.GeoDataFrame(frame, geometry=shapely.from_wkb([row[3] for row in rows]), crs="EPSG:4326")


def in_force(cursor: duckdb.DuckDBPyConnection, level: str, on: date) -> dict[str, tuple[str, bytes]]:
    """Name and shape (WKB) of the areas of a level that hold on a day, by code."""
    rows = cursor.execute(
        "select code, name, shape from areas where level = $level and holds_on(valid_from, valid_to, $on_day)",
        {"level": level, "on_day": on},
    ).fetchall()
    return {code: (name, bytes(shape)) for code, name, shape in rows}
