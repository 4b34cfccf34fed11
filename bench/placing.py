"""Points a second, beside geopandas.sjoin on the same points in the same run; the answers must be equal."""

import time

import geopandas as gpd
import numpy as np
import shapely

from data.store import Store
from geo.place import Placer

POINTS = 300_000


def measure(store: Store) -> list[dict]:
    """The communities and grids of the city, points spread over its box."""
    found = []
    for level in ("community", "grid"):
        rows = (
            store.cursor()
            .execute("select code, shape from areas where level = $level order by code", {"level": level})
            .fetchall()
        )
        codes, shapes = [row[0] for row in rows], shapely.from_wkb([row[1] for row in rows])
        west, south, east, north = shapely.total_bounds(shapes)
        random = np.random.default_rng(1)
        lon, lat = random.uniform(west, east, POINTS), random.uniform(south, north, POINTS)
        started = time.perf_counter()
        placer = Placer(shapes, codes)
        built = time.perf_counter()
        ours = placer.place(lon, lat)
        done = time.perf_counter()
        theirs, seconds = _sjoin(shapes, lon, lat)
        if not np.array_equal(ours, theirs):
            raise AssertionError(f"placing and geopandas disagree on {(ours != theirs).sum()} of {POINTS} points")
        rate = POINTS / (done - built)
        found += [
            {"what": f"placing into {len(codes):,} {level} areas", "value": round(rate), "unit": "points/s"},
            {"what": f"  geopandas.sjoin, {level}", "value": round(POINTS / seconds), "unit": "points/s"},
            {"what": f"  ratio, {level} (index ready)", "value": round(rate * seconds / POINTS, 1), "unit": "times"},
            {"what": f"  building the index, {level}", "value": round(built - started, 3), "unit": "s"},
        ]
    return found


def _sjoin(shapes: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, float]:
    """geopandas' answer as positions, -1 for none, lowest on shared borders; and its seconds with points ready."""
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")
    areas = gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4326")
    started = time.perf_counter()
    pairs = gpd.sjoin(points, areas, predicate="intersects")["index_right"]
    seconds = time.perf_counter() - started
    answer = np.full(len(points), -1, dtype=np.int32)
    lowest = pairs.groupby(level=0).min()
    answer[lowest.index.to_numpy()] = lowest.to_numpy()
    return answer, seconds
