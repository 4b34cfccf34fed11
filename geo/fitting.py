"""How boundaries on their way in fit: beside those that are there, beside one another, and in which coordinates."""

from dataclasses import dataclass
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geo.crs import BD09, GCJ02, WGS84, known, metric_crs, shapes_to_wgs84, to_wgs84

# shapes that share so much of their ground are the same one, drawn by another hand
SAME = 0.999
# of the pairs that overlap, so many are named
MOST_PAIRS = 20
# an overlap of less than a garden is drawing
LEAST_M2 = 100.0
# detail that decides no question of this file
_COARSE_DEG = 5e-5


@dataclass(frozen=True)
class Candidate:
    """
    A coordinate system that a file's numbers could be in.

    `bounds` are west, south, east, north in WGS84 degrees if they are; `share`
    is how much of the file's ground (0-1) would then lie in the areas that are
    there, None where there are none.
    """

    crs: str
    bounds: tuple[float, float, float, float]
    share: float | None


def crs_candidates(shapes: gpd.GeoSeries, present: gpd.GeoDataFrame) -> list[Candidate]:
    """
    The coordinate systems that numbers could be in; which one it is, a person says.

    Parameters
    ----------
    shapes
        Polygons in the numbers of a file.
    present
        Areas that are known, in EPSG:4326; may be empty.

    Returns
    -------
    candidates
        The one whose areas lie best in those that are known first. WGS84 stands
        for CGCS2000 too. Numbers that are no degrees are tried as CGCS2000
        (3-degree zones), as UTM and as web mercator; without areas to compare
        with only those that say their zone are left.
    """
    raw = np.asarray(shapes.array, dtype=object)
    names = _possible(shapely.total_bounds(raw), present.total_bounds if len(present) else None)
    whole = _whole(np.asarray(present.geometry.array)) if len(present) else None
    found = []
    for name in names:
        candidate = _candidate(name, gpd.GeoSeries(raw), whole)
        # a system in which nothing lies where anything is known is none
        if candidate and (candidate.share is None or candidate.share > 0 or name in (WGS84, GCJ02, BD09)):
            found.append(candidate)
    return sorted(found, key=lambda one: -(one.share or 0.0))


def _possible(bounds: np.ndarray, around: np.ndarray | None) -> list[str]:
    west, east = bounds[0], bounds[2]
    if not np.all(np.isfinite(bounds)):
        return []
    degrees = shapely.box(-180, -90, 180, 90)
    if degrees.contains(shapely.box(*bounds)):
        china = shapely.box(72, 0.8, 138, 56).contains(shapely.box(*bounds))
        return [WGS84, GCJ02, BD09] if china else [WGS84]
    if west >= 25_000_000 and east < 46_000_000:
        # the first two digits are the number of the zone
        return [f"EPSG:{4513 + int(west // 1_000_000) - 25}"]
    if max(abs(bounds)) < 20_048_967 and min(abs(west), abs(east)) > 1_000_000:
        return ["EPSG:3857"]
    if around is None or west < 0 or east > 1_000_000:
        return []
    # numbers without a zone can lie anywhere in the country: only known areas can tell
    middle = (around[0] + around[2]) / 2
    cgcs2000 = [number for number in range(4534, 4555) if abs(75 + 3 * (number - 4534) - middle) <= 3]
    utm = [32600 + zone for zone in range(1, 61) if abs(6 * zone - 183 - middle) <= 4.5]
    return [f"EPSG:{number}" for number in (*cgcs2000, *utm)]


def _candidate(name: str, shapes: gpd.GeoSeries, whole: shapely.Geometry | None) -> Candidate | None:
    crs = _crs(name)
    west, south, east, north = shapes.total_bounds
    # the corners alone tell a system that is used elsewhere
    lon, lat = to_wgs84([west, east, west, east], [south, south, north, north], crs)
    if not np.all(np.isfinite(lon) & np.isfinite(lat)) or not _is_used_there(crs, lon.mean(), lat.mean()):
        return None
    box = shapely.box(lon.min(), lat.min(), lon.max(), lat.max())
    edges = tuple(round(float(edge), 5) for edge in box.bounds)
    if whole is None:
        return Candidate(name, edges, None)
    if not box.intersects(whole):
        return Candidate(name, edges, 0.0)
    moved = _whole(np.asarray(shapes_to_wgs84(shapes, crs).array))
    share = moved.intersection(whole).area / moved.area if moved.area else 0.0
    return Candidate(name, edges, round(share, 4))


def _is_used_there(crs: str | pyproj.CRS, lon: float, lat: float) -> bool:
    area = crs.area_of_use if isinstance(crs, pyproj.CRS) else None
    return area is None or (area.west <= lon <= area.east and area.south <= lat <= area.north)


@cache
def _crs(name: str) -> str | pyproj.CRS:
    # looking one up in the registry costs more than using it
    return known(name)


def _whole(shapes: np.ndarray) -> shapely.Geometry:
    """The ground shapes cover, in degrees, without detail that does not matter for a share."""
    some = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    return shapely.union_all(shapely.buffer(shapely.simplify(some, _COARSE_DEG), 0))


def compare(coming: gpd.GeoDataFrame, present: gpd.GeoDataFrame) -> tuple[pd.DataFrame, list[str]]:
    """
    Hold areas on their way in against those of the same level that are there.

    Parameters
    ----------
    coming, present
        Areas in EPSG:4326 with their `code`.

    Returns
    -------
    fates
        One row per coming area, on its index: `code`, `fate` (`same`: the code is
        known and its ground is the same; `changed`: the code is known, its ground
        another; `new`: the code is not known), `kept` (0-1, how much of the
        ground both cover they share, NaN for a new one), `area_km2`.
    gone
        Codes that are there and do not come.
    """
    crs = metric_crs(coming.total_bounds)
    now = _projected(coming, crs)
    known = dict(zip(present["code"].astype(str), _projected(present, crs), strict=True))
    codes = coming["code"].astype(str)
    before = np.array([known.get(code) for code in codes], dtype=object)
    there = ~shapely.is_missing(before)
    kept = np.full(len(now), np.nan)
    shared = shapely.area(shapely.intersection(now[there], before[there]))
    kept[there] = shared / (shapely.area(now[there]) + shapely.area(before[there]) - shared)
    fate = np.where(~there, "new", np.where(kept >= SAME, "same", "changed"))
    fates = pd.DataFrame({"code": codes.to_numpy(), "fate": fate, "kept": kept, "area_km2": shapely.area(now) / 1e6})
    return fates.set_index(coming.index), sorted(set(known) - set(codes))


def overlaps(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Areas that cover the same ground.

    Returns
    -------
    pairs
        `code`, `other` and `shared_m2` of at most `MOST_PAIRS` pairs, the largest
        first; overlaps below `LEAST_M2` are left out.
    """
    shapes = _projected(frame, metric_crs(frame.total_bounds))
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, other = one[one < other], other[one < other]
    shared = shapely.area(shapely.intersection(shapes[one], shapes[other]))
    codes = frame["code"].astype(str).to_numpy()
    pairs = pd.DataFrame({"code": codes[one], "other": codes[other], "shared_m2": shared.round(1)})
    pairs = pairs[pairs["shared_m2"] >= LEAST_M2].sort_values("shared_m2", ascending=False, kind="stable")
    return pairs.head(MOST_PAIRS).reset_index(drop=True)


def _projected(frame: gpd.GeoDataFrame, crs: str) -> np.ndarray:
    shapes = np.asarray(frame.to_crs(crs).geometry.array)
    # projecting can make a sliver touch itself
    return np.where(shapely.is_valid(shapes), shapes, shapely.buffer(shapes, 0))
