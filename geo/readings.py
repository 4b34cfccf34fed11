"""
Readings: the ways in which two columns of numbers may be meant as places.

A reading is a coordinate system, which column comes first, and a notation. The
list of those worth trying follows from where the city lies and how large the
numbers are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyproj
from numpy.typing import ArrayLike

from geo.coordinates import DEGREES, MINUTES, unpacked
from geo.crs import BD09, GCJ02, WGS84, Pair, from_wgs84, known, to_wgs84

METRES, MERCATOR = "metres", "mercator"
# the largest number of each notation
_EDGES = {DEGREES: (180.0, 90.0), MINUTES: (180.0, 90.0), METRES: (1e8, 1e8), MERCATOR: (20_037_508.35, 20_037_508.35)}


@dataclass(frozen=True)
class Reading:
    """
    One way to read two columns of numbers as places.

    Attributes
    ----------
    crs
        `wgs84` (CGCS2000 is the same to a metre), `gcj02`, `bd09`, or `EPSG:n`.
    swapped
        The first column holds the latitude (or northing), the second the
        longitude (or easting).
    notation
        `degrees`; `minutes` (packed, DDDMM.mmmm); `metres` (of `EPSG:n`); or
        `mercator` (web Mercator metres over the degrees of `crs`, as map
        services in China give them).
    """

    crs: str
    swapped: bool = False
    notation: str = DEGREES

    def to_wgs84(self, x: ArrayLike, y: ArrayLike) -> Pair:
        """
        Bring numbers to WGS84 degrees as this reading understands them.

        Parameters
        ----------
        x, y
            The first and the second column, as `geo.coordinates.numbers` gives
            them without a notation.

        Returns
        -------
        lon, lat
            NaN where the numbers can be no coordinates under this reading.
        """
        lon, lat = (y, x) if self.swapped else (x, y)
        lon, lat = np.array(lon, dtype="float64"), np.array(lat, dtype="float64")
        if self.notation == MINUTES:
            lon, lat = unpacked(lon), unpacked(lat)
        x_edge, y_edge = _EDGES[self.notation]
        # NaN fails both comparisons
        impossible = ~((np.abs(lon) <= x_edge) & (np.abs(lat) <= y_edge))
        lon[impossible], lat[impossible] = np.nan, np.nan
        if self.notation == METRES:
            return _unprojected(lon, lat, self.crs)
        if self.notation == MERCATOR:
            lon, lat = _unprojected(lon, lat, "EPSG:3857")
        return to_wgs84(lon, lat, self.crs)


def readings(bounds: Sequence[float], family: str) -> list[Reading]:
    """
    List the readings worth trying for points of a place.

    In degrees and packed minutes: WGS84 and, where the bounds touch the box of
    China in which GCJ-02 shifts, GCJ-02 and BD-09. Outside it Baidu itself uses
    WGS84, so BD-09 is no reading there. In metres: web Mercator (in China also
    over GCJ-02), the UTM zone of the centre and, in China, CGCS2000
    Gauss-Kruger: 3-degree zones whose meridian is within 3 degrees and
    6-degree zones whose meridian is within 6 degrees of the centre, eastings
    with and without the zone before them. Each also with swapped columns. The
    datums of 1954 and 1980 lie some 100 m beside CGCS2000 and are not tried:
    areas cannot tell them apart.

    Parameters
    ----------
    bounds
        West, south, east, north in WGS84 degrees.
    family
        `degrees`, `minutes` or `metres`, by the size of the numbers.

    Returns
    -------
    readings
        The commonest first.
    """
    west, south, east, north = bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    corners = np.array([west, west, east, east, lon]), np.array([south, north, south, north, lat])
    china = bool((from_wgs84(*corners, GCJ02)[0] != corners[0]).any())
    systems = [WGS84, GCJ02, BD09] if china else [WGS84, GCJ02]
    if family != METRES:
        return [Reading(crs, swapped, family) for swapped in (False, True) for crs in systems]
    zone = min(int((lon + 180) // 6) + 1, 60)
    projected = ["EPSG:3857", f"EPSG:{326 if lat >= 0 else 327}{zone:02d}"]
    tried = [(crs, METRES) for crs in projected + (_gauss_kruger(lon) if china else [])]
    tried += [(GCJ02, MERCATOR)] if china else []
    return [Reading(crs, swapped, notation) for swapped in (False, True) for crs, notation in tried]


def _gauss_kruger(lon: float) -> list[str]:
    """CGCS2000 zones near a longitude: EPSG:4534-4554 (3 degrees), 4513-4533 and 4491-4501 with the zone in front."""
    three = [zone for zone in range(25, 46) if abs(3 * zone - lon) <= 3]
    six = [zone for zone in range(13, 24) if abs(6 * zone - 3 - lon) <= 6]
    codes = [4534 - 25 + zone for zone in three] + [4513 - 25 + zone for zone in three]
    return [f"EPSG:{code}" for code in codes + [4491 - 13 + zone for zone in six]]


def _unprojected(x: np.ndarray, y: np.ndarray, crs: str) -> Pair:
    lon, lat = _projection(crs).transform(x, y)
    # proj says inf for a point it cannot have
    bad = ~(np.isfinite(lon) & np.isfinite(lat))
    return np.where(bad, np.nan, lon), np.where(bad, np.nan, lat)


@lru_cache(maxsize=64)
def _projection(crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(known(crs), "EPSG:4326", always_xy=True)
