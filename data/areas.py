"""Areas in the store: levels of any depth, each area a row with a vintage; when they change, complaints move."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from data.errors import ScopeProblem
from data.intake import recount
from data.places import insert, place_again
from data.scope import area_keys
from data.store import Store, run, set_meta
from geo.boundaries import derive_parents, label_points, read_boundaries, simplified
from geo.crs import metric_crs

# the finest of at least this many levels (grids) is too fine to sum up beforehand
DEEP = 4


@dataclass(frozen=True)
class BoundaryReport:
    """What became of one file of boundaries; percentages are of the level's area, `moved` counts complaints moved."""

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
    without_parent: int
    moved: int
    valid_from: date | None


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
    layer: str | None = None,
) -> BoundaryReport:
    """
    Take a file of boundaries into the store as one level, and place all complaints anew.

    Levels order themselves by the size of their areas. A level that is there
    already takes new boundaries only with `valid_from`: the present ones end
    on that day and stay for the time before. The same file twice changes nothing.

    Parameters
    ----------
    store
        An open store.
    path
        GeoJSON (also gzipped), GeoPackage or zipped Shapefile.
    level
        Name of the level: a word of letters, digits and underscores.
    id_column, name_column, parent_column
        Columns of the file; a parent's id need not be of the next level.
    crs
        wgs84, gcj02, bd09, cgcs2000 or EPSG:n; what the file declares when omitted.
    valid_from
        First day the boundaries hold; None means always.

    Returns
    -------
    report
        Counts, faults found and mended, overlaps and gaps.

    Raises
    ------
    BoundaryProblem
        The file cannot be read, or its coordinate system is not known.
    ScopeProblem
        The level exists with other boundaries and no `valid_from` is given.
    """
    if not level.isidentifier():
        raise ScopeProblem("scope.level_name", value=level)
    read = read_boundaries(
        path, id_column=id_column, name_column=name_column, parent_column=parent_column, crs=crs, layer=layer
    )
    with store.write() as cursor:
        unchanged = _same(cursor, level, read.frame, valid_from)
        if not unchanged:
            store_areas(cursor, level, read.frame, crs_in=read.report["crs_in"], valid_from=valid_from)
            moved = place_again(cursor)
            run(cursor, "all_half_days")
            recount(cursor)
        depth = cursor.execute("select depth from levels where level = $level", {"level": level}).fetchall()[0][0]
        without = cursor.execute(
            "select count(*) from areas where level = $level and parent_key is null", {"level": level}
        ).fetchall()[0][0]
    return BoundaryReport(
        file=path.name,
        level=level,
        depth=depth,
        areas=len(read.frame),
        unchanged=unchanged,
        mended=read.report["mended"],
        merged=read.report["merged"],
        overlap_percent=round(read.report["overlap_percent"], 4),
        gap_percent=round(read.report["gap_percent"], 4),
        crs_in=read.report["crs_in"],
        without_parent=without if depth > 1 else 0,
        moved=0 if unchanged else moved,
        valid_from=valid_from,
    )


def _same(cursor: duckdb.DuckDBPyConnection, level: str, frame: gpd.GeoDataFrame, valid_from: date | None) -> bool:
    """True when the store holds just these areas; raises when it holds others and nobody says since when these hold."""
    rows = cursor.execute(
        "select code, name, shape, valid_from from areas where level = $level and valid_to is null", {"level": level}
    ).fetchall()
    if not rows:
        return False
    stored = {code: (name, shape) for code, name, shape, _ in rows}
    coming = {code: (name, shapely.to_wkb(shape)) for code, name, shape in _rows(frame)}
    if stored == coming:
        return True
    if valid_from is None:
        raise ScopeProblem("scope.level_exists", value=level, areas=len(rows))
    newest = max((row[3] for row in rows if row[3]), default=None)
    if newest and newest >= valid_from:
        raise ScopeProblem("scope.vintage_order", value=level, since=newest, wanted=valid_from)
    return False


def _rows(frame: gpd.GeoDataFrame) -> zip:
    return zip(frame["code"], frame["name"], frame.geometry, strict=True)


def store_areas(
    cursor: duckdb.DuckDBPyConnection,
    level: str,
    frame: gpd.GeoDataFrame,
    *,
    crs_in: str,
    synthetic: bool = False,
    valid_from: date | None = None,
) -> None:
    """
    Add areas of one level within a write; the present ones of that level end where these begin.

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
    valid_from
        First day they hold; None means always.
    """
    cursor.execute(
        "update areas set valid_to = $day where level = $level and valid_to is null",
        {"day": valid_from, "level": level},
    )
    first = cursor.execute("select coalesce(max(area_key), 0) + 1 from areas").fetchall()[0][0]
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
        valid_from=pa.array([valid_from] * count, pa.date32()),
        crs_in=pa.array([crs_in] * count),
        synthetic=pa.array([synthetic] * count),
        area_km2=pa.array(np.asarray(metric.area / 1e6)),
        lon=pa.array(np.asarray(points["lon"])),
        lat=pa.array(np.asarray(points["lat"])),
        shape=pa.array(shapely.to_wkb(frame.geometry.to_numpy()).tolist(), pa.binary()),
    )
    _order_levels(cursor)
    _find_parents(cursor, level)
    version = cursor.execute("select value::bigint from meta where name = 'areas_version'").fetchall()
    set_meta(cursor, "areas_version", str(version[0][0] + 1 if version else 1))


def _or_none(code: object) -> str | None:
    return None if code is None or pd.isna(code) else str(code)


def _order_levels(cursor: duckdb.DuckDBPyConnection) -> None:
    """Depth 1 is the level with the largest areas; equal ones by name."""
    levels = cursor.execute(
        "select level, median(area_km2) as size from areas group by level order by size desc, level"
    ).fetchall()
    cursor.execute("delete from levels")
    for depth, (level, _) in enumerate(levels, start=1):
        cursor.execute(
            "insert into levels values ($level, $depth, $rolled_up)",
            {"level": level, "depth": depth, "rolled_up": depth < max(DEEP, len(levels))},
        )


def _find_parents(cursor: duckdb.DuckDBPyConnection, changed: str) -> None:
    """Give the areas of a changed level, and of the one below it, their parents: as stated, else by largest overlap."""
    levels = [level for (level,) in cursor.execute("select level from levels order by depth").fetchall()]
    place = levels.index(changed)
    for child, parent in zip(levels[place : place + 2], [None, *levels][place : place + 2], strict=False):
        if parent is None:
            cursor.execute("update areas set parent_key = null where level = $level", {"level": child})
            continue
        children, parents = _open_areas(cursor, child), _open_areas(cursor, parent)
        keys = dict(zip(parents["code"], parents["area_key"], strict=True))
        found = children["parent_code"].map(lambda code, keys=keys: keys.get(code))
        unknown = found.isna()
        if unknown.any() and len(parents):
            derived = derive_parents(children[unknown.to_numpy()], parents)
            found[unknown] = derived.map(lambda code, keys=keys: keys.get(code)).to_numpy()
        table = pa.table(
            {
                "area_key": pa.array(children["area_key"].tolist(), pa.int32()),
                "parent_key": pa.array([None if pd.isna(key) else int(key) for key in found], pa.int32()),
            }
        )
        cursor.register("parents", table)
        cursor.execute("update areas a set parent_key = p.parent_key from parents p where a.area_key = p.area_key")
        cursor.unregister("parents")


def _open_areas(cursor: duckdb.DuckDBPyConnection, level: str) -> gpd.GeoDataFrame:
    rows = cursor.execute(
        "select area_key, code, parent_code, shape from areas where level = $level and valid_to is null"
        " order by area_key",
        {"level": level},
    ).fetchall()
    frame = pd.DataFrame([row[:3] for row in rows], columns=["area_key", "code", "parent_code"])
    return gpd.GeoDataFrame(frame, geometry=shapely.from_wkb([row[3] for row in rows]), crs="EPSG:4326")


def levels(store: Store) -> tuple[str, ...]:
    """The levels from the coarsest to the finest."""
    return tuple(level for (level,) in store.cursor().execute("select level from levels order by depth").fetchall())


def check_level(store: Store, level: str) -> str:
    """
    The level, when the store has it.

    Raises
    ------
    ScopeProblem
        An unknown level; the sentence lists those there are.
    """
    known = levels(store)
    if level not in known:
        raise ScopeProblem("scope.level", value=level, allowed=", ".join(known) or "-")
    return level


def areas(store: Store, on: date, *, level: str | None = None) -> pd.DataFrame:
    """
    Areas of the vintage that holds on a day.

    Returns
    -------
    areas
        One row per area, sorted by level (coarse first) and code: `area_key` (int),
        `level`, `area_id` (the code), `name`, `parent_key` (int, null at the top),
        `synthetic`, `area_km2`, `lon`, `lat` (a point inside it, WGS84).
    """
    return store.ask("areas", on_day=on, level=level or "")


def shapes(store: Store, on: date, level: str, *, tolerance_m: float = 0.0) -> gpd.GeoDataFrame:
    """
    Areas of a level as shapes.

    Parameters
    ----------
    tolerance_m
        Borders are simplified by about this many metres, shared ones alike; 0 leaves them.

    Returns
    -------
    shapes
        As `areas`, with `geometry` in EPSG:4326.
    """
    frame = store.ask("area_shapes", on_day=on, level=check_level(store, level))
    geometry = shapely.from_wkb([bytes(shape) for shape in frame.pop("shape")])
    result = gpd.GeoDataFrame(frame, geometry=geometry, crs="EPSG:4326")
    return simplified(result, tolerance_m) if tolerance_m and len(result) else result


def path_to(store: Store, area_key: int) -> list[dict]:
    """An area and everything above it, the top first: `area_key`, `level`, `area_id`, `name`."""
    return store.ask("area_path", area_key=area_key).to_dict("records")


def bounds(store: Store, chosen: tuple[str, ...], on: date) -> tuple[float, float, float, float] | tuple[None, ...]:
    """West, south, east, north of the chosen areas, or of all areas when none is; four None when there are none."""
    keys = area_keys(store, chosen, on) or areas(store, on, level=(levels(store) or ("",))[0])["area_key"].tolist()
    found = store.ask("shapes_by_key", keys=keys)
    if found.empty:
        return None, None, None, None
    return tuple(float(x) for x in shapely.total_bounds(shapely.from_wkb([bytes(shape) for shape in found["shape"]])))
