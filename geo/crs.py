"""
Coordinate systems met in China, to and from WGS84.

GCJ-02 (AMap, Tencent) and BD-09 (Baidu) move every point of China by some
hundred metres: 536 m at Fengtai, more than most communities are wide. They are
no coordinate systems in the sense of EPSG, so pyproj does not know them; the
formulas are those of the open packages eviltransform (BSD-2) and
coordtransform (MIT), whose published vectors are our test.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike

from geo.errors import CrsProblem

WGS84, GCJ02, BD09, CGCS2000 = "wgs84", "gcj02", "bd09", "cgcs2000"
CRS_NAMES = (WGS84, GCJ02, BD09, CGCS2000)

Pair = tuple[np.ndarray, np.ndarray]

# krasovsky 1940, which the GCJ-02 formula is written on
_AXIS, _ECCENTRICITY2 = 6378245.0, 0.00669342162296594323
# the box inside which GCJ-02 shifts: west, south, east, north
_CHINA = (72.004, 0.8293, 137.8347, 55.8271)
_TOLERANCE_DEG = 1e-10
_ROUNDS = 40


def to_wgs84(lon: ArrayLike, lat: ArrayLike, crs: str | pyproj.CRS) -> Pair:
    """
    Bring coordinates to WGS84 degrees.

    CGCS2000 is treated as equal to WGS84: they differ by well below a metre.
    The inverse of GCJ-02 and BD-09 is iterated to below 1e-9 degree (0.1 mm);
    only within about 1 km of the edge of China's box, where GCJ-02 jumps, has
    a point two originals, of which the one inside the box is given.

    Parameters
    ----------
    lon, lat
        Coordinates in `crs`, x before y; arrays of one shape. NaN stays NaN.
    crs
        One of `CRS_NAMES` (any case), `EPSG:n`, or a pyproj CRS.

    Returns
    -------
    lon, lat
        New float64 arrays in WGS84 degrees; NaN where `crs` has no such point.

    Raises
    ------
    CrsProblem
        `crs.unknown`, if `crs` is none of these.
    """
    return _convert(lon, lat, crs, inverse=False)


def from_wgs84(lon: ArrayLike, lat: ArrayLike, crs: str | pyproj.CRS) -> Pair:
    """
    Bring WGS84 degrees to another coordinate system: the inverse of `to_wgs84`.

    Parameters
    ----------
    lon, lat
        WGS84 degrees, arrays of one shape. NaN stays NaN.
    crs
        One of `CRS_NAMES` (any case), `EPSG:n`, or a pyproj CRS.

    Returns
    -------
    lon, lat
        New float64 arrays in `crs`, x before y. Outside China GCJ-02 equals
        WGS84.

    Raises
    ------
    CrsProblem
        `crs.unknown`, if `crs` is none of these.
    """
    return _convert(lon, lat, crs, inverse=True)


def shapes_to_wgs84(shapes: gpd.GeoSeries, crs: str | pyproj.CRS) -> gpd.GeoSeries:
    """
    Bring shapes to WGS84, vertex by vertex.

    Parameters
    ----------
    shapes
        Any geometries; a height (z) is left out. The CRS the series itself
        carries is ignored: `crs` is the word that counts.
    crs
        One of `CRS_NAMES`, `EPSG:n`, or a pyproj CRS.

    Returns
    -------
    shapes
        Same index and name, in EPSG:4326. Vertices `crs` cannot have become NaN.

    Raises
    ------
    CrsProblem
        `crs.unknown`, if `crs` is none of these.
    """

    def convert(coordinates: np.ndarray) -> np.ndarray:
        return np.column_stack(to_wgs84(coordinates[:, 0], coordinates[:, 1], crs))

    known(crs)
    flat = shapely.force_2d(np.asarray(shapes.array, dtype=object))
    return gpd.GeoSeries(shapely.transform(flat, convert), index=shapes.index, name=shapes.name, crs=4326)


def known(crs: str | pyproj.CRS) -> str | pyproj.CRS:
    """
    Recognise the name of a coordinate system.

    Parameters
    ----------
    crs
        One of `CRS_NAMES` (any case), `EPSG:n`, or a pyproj CRS.

    Returns
    -------
    crs
        The name in lower case, or the pyproj CRS.

    Raises
    ------
    CrsProblem
        `crs.unknown`, if it is none of these or cannot be brought to WGS84.
    """
    text = crs.name if isinstance(crs, pyproj.CRS) else str(crs).strip()
    if text.lower() in CRS_NAMES:
        return text.lower()
    try:
        if not isinstance(crs, pyproj.CRS):
            # only the registry's own numbers: pyproj would also read files and long definitions
            crs = pyproj.CRS.from_epsg(int(re.fullmatch(r"(?i:epsg):([0-9]{4,6})", text)[1]))
        _transformer(crs)
    except (TypeError, pyproj.exceptions.ProjError) as error:
        raise CrsProblem("crs.unknown", crs=text, allowed=[*CRS_NAMES, "EPSG:n"]) from error
    return crs


def metric_crs(bounds: Sequence[float]) -> str:
    """
    The coordinate system in which to measure metres and areas.

    Parameters
    ----------
    bounds
        West, south, east, north in WGS84 degrees.

    Returns
    -------
    crs
        `EPSG:4548` (CGCS2000, 3-degree zone, central meridian 117 E) if the
        centre lies in 115.5-118.5 E and in China's latitudes (3-54 N), else
        the UTM zone of the centre.

    Raises
    ------
    CrsProblem
        `crs.no_bounds`, if the bounds are not finite degrees.
    """
    west, south, east, north = (float(edge) for edge in bounds)
    lon, lat = (west + east) / 2, (south + north) / 2
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise CrsProblem("crs.no_bounds", bounds=[west, south, east, north])
    if 115.5 <= lon <= 118.5 and 3 <= lat <= 54:
        return "EPSG:4548"
    zone = min(int((lon + 180) // 6) + 1, 60)
    return f"EPSG:{326 if lat >= 0 else 327}{zone:02d}"


def _convert(lon: ArrayLike, lat: ArrayLike, crs: str | pyproj.CRS, *, inverse: bool) -> Pair:
    x, y = np.array(lon, dtype="float64"), np.array(lat, dtype="float64")
    crs = known(crs)
    if isinstance(crs, str):  # comparing a pyproj CRS with a text costs a quarter of a second
        return _named(x, y, crs, inverse=inverse)
    direction = pyproj.enums.TransformDirection.INVERSE if inverse else pyproj.enums.TransformDirection.FORWARD
    x, y = _transformer(crs).transform(x, y, direction=direction)
    # proj says inf for a point it cannot have
    bad = ~(np.isfinite(x) & np.isfinite(y))
    return np.where(bad, np.nan, x), np.where(bad, np.nan, y)


def _named(x: np.ndarray, y: np.ndarray, crs: str, *, inverse: bool) -> Pair:
    if crs == GCJ02:
        return _shifted(x, y) if inverse else _unshifted(x, y)
    if crs == BD09:
        return _to_baidu(*_shifted(x, y)) if inverse else _unshifted(*_from_baidu(x, y))
    return x, y


@lru_cache(maxsize=32)
def _transformer(crs: pyproj.CRS) -> pyproj.Transformer:
    # a system of heights alone would let every number through unchanged
    if not (crs.is_geographic or crs.is_projected):
        raise pyproj.exceptions.ProjError(crs.name)
    return pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)


def _inside_china(lon: np.ndarray, lat: np.ndarray, *, margin: float = 0.0) -> np.ndarray:
    west, south, east, north = _CHINA
    within_lon = (lon >= west - margin) & (lon <= east + margin)
    return within_lon & (lat >= south - margin) & (lat <= north + margin)


def _offset(lon: np.ndarray, lat: np.ndarray) -> Pair:
    """Degrees by which GCJ-02 moves a WGS84 point of China."""
    x, y, pi = lon - 105.0, lat - 35.0, np.pi
    root = np.sqrt(np.abs(x))
    waves = 20.0 * np.sin(6 * x * pi) + 20.0 * np.sin(2 * x * pi)
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (waves + 20.0 * np.sin(x * pi) + 40.0 * np.sin(x / 3 * pi)) * 2 / 3
    east += (150.0 * np.sin(x / 12 * pi) + 300.0 * np.sin(x / 30 * pi)) * 2 / 3
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (waves + 20.0 * np.sin(y * pi) + 40.0 * np.sin(y / 3 * pi)) * 2 / 3
    north += (160.0 * np.sin(y / 12 * pi) + 320.0 * np.sin(y * pi / 30)) * 2 / 3
    radians = np.radians(lat)
    bulge = 1 - _ECCENTRICITY2 * np.sin(radians) ** 2
    east /= np.radians(1) * _AXIS / np.sqrt(bulge) * np.cos(radians)
    north /= np.radians(1) * _AXIS * (1 - _ECCENTRICITY2) / (bulge * np.sqrt(bulge))
    return east, north


def _offset_at(lon: np.ndarray, lat: np.ndarray, where: np.ndarray) -> Pair:
    # far from china the formula means nothing and may overflow
    return _offset(np.where(where, lon, 105.0), np.where(where, lat, 35.0))


def _shifted(lon: np.ndarray, lat: np.ndarray) -> Pair:
    inside = _inside_china(lon, lat)
    east, north = _offset_at(lon, lat, inside)
    return np.where(inside, lon + east, lon), np.where(inside, lat + north, lat)


def _unshifted(lon: np.ndarray, lat: np.ndarray) -> Pair:
    # a point just outside the box may come from just inside it
    near = _inside_china(lon, lat, margin=0.05)

    def forward(x: np.ndarray, y: np.ndarray) -> Pair:
        east, north = _offset_at(x, y, near)
        return x + east, y + north

    x, y = _inverted(forward, np.where(near, lon, 105.0), np.where(near, lat, 35.0))
    inside = near & _inside_china(x, y)
    return np.where(inside, x, lon), np.where(inside, y, lat)


def _to_baidu(lon: np.ndarray, lat: np.ndarray) -> Pair:
    turn = np.pi * 3000.0 / 180.0
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * turn)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * turn)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _from_baidu(lon: np.ndarray, lat: np.ndarray) -> Pair:
    return _inverted(_to_baidu, lon, lat)


def _inverted(forward: Callable[[np.ndarray, np.ndarray], Pair], lon: np.ndarray, lat: np.ndarray) -> Pair:
    """Solve `forward(x, y) == (lon, lat)` by fixed-point iteration."""
    x, y = lon.copy(), lat.copy()
    for _ in range(_ROUNDS):
        there = forward(x, y)
        miss_x, miss_y = lon - there[0], lat - there[1]
        x, y = x + miss_x, y + miss_y
        # NaN never gets better: it must not keep the others waiting
        miss = np.maximum(np.abs(miss_x), np.abs(miss_y))
        if not np.any(miss > _TOLERANCE_DEG):
            break
    return x, y
