"""Small cities for tests: a test states only what matters, everything goes through the real intake."""

import csv
import itertools
import tempfile
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import duckdb
import geopandas as gpd
import shapely

from data.areas import store_areas
from data.intake import Report, import_file, recount
from data.places import place_again
from data.profiles import load_profile
from data.store import Store

NOW = datetime(2025, 6, 1, 12)
KEY = b"a key for tests only, 32 bytes.."
# fields the profile knows under Chinese headers only
HEADERS = {
    "category_1": "一级分类",
    "category_2": "二级分类",
    "category_3": "三级分类",
    "stated_area": "所在村社区",
    "caller_name": "来电人",
    "caller_phone": "联系方式",
    "caller_identity": "身份证号",
}


def _quarters(code: str, west: float, south: float, side: float) -> list[tuple[str, float, float, float]]:
    """Four squares that make up one, their codes `code` and a digit, west to east, south to north."""
    half = side / 2
    corners = [(west + i * half, south + j * half) for j in (0, 1) for i in (0, 1)]
    return [(f"{code}{n}", x, y, half) for n, (x, y) in enumerate(corners, start=1)]


def _town() -> dict[str, list[tuple[str, str | None, shapely.Geometry]]]:
    """A district of an eighth of a degree, so that borders are exact: 4 streets, 16 communities, 64 grids."""
    squares = {"district": [("1", 116.0, 39.75, 0.125)]}
    for above, level in itertools.pairwise(("district", "street", "community", "grid")):
        squares[level] = [one for square in squares[above] for one in _quarters(*square)]
    return {
        level: [(code, code[:-1] or None, shapely.box(x, y, x + side, y + side)) for code, x, y, side in ones]
        for level, ones in squares.items()
    }


TOWN = _town()


def centre(code: str) -> dict[str, float]:
    """`lon` and `lat` of the middle of one of the town's areas."""
    point = next(shape for areas in TOWN.values() for own, _, shape in areas if own == code).centroid
    return {"lon": round(point.x, 6), "lat": round(point.y, 6)}


def town(*levels: str) -> dict:
    """Some levels of the town, all four when none is named."""
    return {level: TOWN[level] for level in levels or TOWN}


def give_areas(store: Store, areas: dict, *, valid_from: date | None = None) -> None:
    """Store areas, and place what is there already anew."""
    with store.write() as cursor:
        for level, ones in areas.items():
            codes, parents, shapes = zip(*ones, strict=True)
            frame = gpd.GeoDataFrame(
                {"code": codes, "name": [f"{level} {code}" for code in codes], "parent_code": parents},
                geometry=list(shapes),
                crs="EPSG:4326",
            )
            store_areas(cursor, level, frame, crs_in="wgs84", valid_from=valid_from)
        place_again(cursor)
        recount_all(cursor)


def recount_all(cursor: duckdb.DuckDBPyConnection) -> None:
    """Count every half-day of the roll-ups anew."""
    cursor.execute(
        "create or replace temp table half_days as"
        " select clock, half_day(counted_at) as counted_at from facts_complaints union"
        " select clock, half_day(counted_at) from facts_work_orders union"
        " select clock, counted_at from rollup_wards union select clock, counted_at from rollup_units"
    )
    recount(cursor)


def write_rows(path: Path, rows: Iterable[dict]) -> Path:
    """Rows as a CSV file with the union of their fields; without a ticket or a time of receipt they get one."""
    rows = [{"ticket_no": f"T{n}", "received_at": "2025-03-10 09:00:00"} | row for n, row in enumerate(rows, start=1)]
    names = list(dict.fromkeys(name for row in [{"ticket_no": "", "received_at": ""}, *rows] for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([HEADERS.get(name, name) for name in names])
        writer.writerows([[row.get(name, "") for name in names] for row in rows])
    return path


def bring(store: Store, *rows: dict, profile: str = "beijing_12345", imported_at: datetime = NOW, **options) -> Report:
    """Import rows through the real intake."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_rows(Path(folder) / "rows.csv", rows)
        return bring_file(store, path, profile=profile, imported_at=imported_at, **options)


def bring_file(
    store: Store,
    path: Path,
    *,
    profile: str = "beijing_12345",
    imported_at: datetime = NOW,
    crs: str = "wgs84",
    **options,
) -> Report:
    """Import a file through the real intake, its points in WGS84."""
    return import_file(store, path, load_profile(profile), crs=crs, imported_at=imported_at, **options)


def store_of(*rows: dict, areas: dict | None = None, imported_at: datetime = NOW, path: Path | None = None) -> Store:
    """A store with just these complaints and areas, in memory."""
    store = Store(path, key=KEY)
    if areas:
        give_areas(store, areas)
    if rows:
        bring(store, *rows, imported_at=imported_at)
    return store


TABLES = (
    "areas", "levels", "places", "place_areas", "categories", "channels", "units", "addresses", "callers",
    "complaints", "work_orders", "events", "open_complaints", "rollup_wards", "rollup_categories", "rollup_units",
)  # fmt: skip


def contents(store: Store, *without: str) -> dict[str, list]:
    """Every row of every table but the records of imports and the version, sorted."""
    return {
        name: sorted(store.cursor().execute(f"from {name}").fetchall(), key=repr)
        for name in TABLES
        if name not in without
    }


def rollups(store: Store) -> dict[str, list]:
    """What the roll-ups hold."""
    return {name: rows for name, rows in contents(store).items() if name.startswith("rollup")}


def recounted(store: Store) -> dict[str, list]:
    """What the roll-ups hold after a recount of everything."""
    with store.write() as cursor:
        recount_all(cursor)
    return rollups(store)
