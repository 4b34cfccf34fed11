"""
Placing points: which area each point lies in, once, at intake.

A raster index answers most points at once; only points in cells that a border
passes through are tested against polygons. Measured figures: `Placer`.
"""

import re
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike

from geo.errors import BoundaryProblem
from geo.raster import NOTHING, cells_of, frame_of

_POLYGONAL = (3, 6)
_BATCH = 131_072


class Placer:
    """
    Finds the area of each of many points.

    The answer is that of geopandas `sjoin(predicate="intersects")` with one
    owner: a point on a shared border, or in an overlap, belongs to the area
    with the smallest id. Ids are compared as integers if all of them are
    integer texts, else as text; of equal ids the first shape wins. Build it
    once and keep it: threads may share it, and it can be pickled.

    Parameters
    ----------
    shapes
        Valid polygons or multipolygons in WGS84 degrees. Empty ones and None
        hold no point.
    ids
        One id per shape, texts or integers.
    cells
        Cells to a side of the raster. By default 512 to 2048, by the number
        of areas; more cells cost time to build and memory (4 bytes a cell)
        and answer faster. The answer is the same for any number.

    Raises
    ------
    BoundaryProblem
        `place.ids`, if there are not as many ids as shapes;
        `place.not_areas`, if a shape is a point or a line;
        `place.not_finite`, if a shape has a coordinate that is no number.
    """

    def __init__(
        self,
        shapes: Sequence[shapely.Geometry] | np.ndarray | gpd.GeoSeries,
        ids: Sequence[str | int] | np.ndarray,
        *,
        cells: int | None = None,
    ) -> None:
        shapes, self.ids = np.array(shapes, dtype=object), [str(one).strip() for one in ids]
        _check(shapes, self.ids)
        self._order = _smallest_first(self.ids).astype(np.int32)
        self._shapes = shapes[self._order]
        if cells is None:
            cells = int(2 ** np.ceil(np.log2(32 * np.sqrt(max(len(shapes), 1)))))
            cells = min(max(cells, 512), 2048)
        self._raster = None
        bounds = shapely.total_bounds(self._shapes) if len(shapes) else np.full(4, np.nan)
        if np.all(np.isfinite(bounds)):
            self._frame = frame_of(bounds, max(int(cells), 4))
            self._raster = cells_of(self._shapes, self._frame)
            self._prepare()

    def place(self, lon: ArrayLike, lat: ArrayLike) -> np.ndarray:
        """
        Place points.

        Parameters
        ----------
        lon, lat
            WGS84 degrees, arrays of one length (or one shape).

        Returns
        -------
        positions
            int32, the shape of the input: position in `ids` and in the shapes
            given, -1 where the point lies in no area or is not finite.
        """
        lon, lat = np.asarray(lon, dtype="float64"), np.asarray(lat, dtype="float64")
        lon, lat = np.broadcast_arrays(lon, lat)
        placed = np.full(lon.size, NOTHING, dtype=np.int32)
        if self._raster is None:
            return placed.reshape(lon.shape)
        x, y = lon.ravel(), lat.ravel()
        # in batches that stay in the processor's cache
        for start in range(0, x.size, _BATCH):
            piece = slice(start, start + _BATCH)
            placed[piece] = self._ranks(x[piece], y[piece])
        found = placed >= 0
        placed[found] = self._order[placed[found]]
        return placed.reshape(lon.shape)

    def _ranks(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        # NaN fails every comparison, inf one of them
        with np.errstate(over="ignore", invalid="ignore"):
            column, row = self._frame.columns(x), self._frame.rows(y)
            side = self._frame.cells
            inside = (column >= 0) & (column < side) & (row >= 0) & (row < side)
        everywhere = bool(inside.all())
        if not everywhere:
            column, row = column[inside], row[inside]
        rank = self._raster.owner[row.astype(np.int32) * side + column.astype(np.int32)]
        near = np.flatnonzero(rank < NOTHING)
        if near.size:
            points = (x, y) if everywhere else (x[inside], y[inside])
            rank[near] = self._tested(points[0][near], points[1][near], -2 - rank[near])
        if everywhere:
            return rank
        ranks = np.full(x.size, NOTHING, dtype=np.int32)
        ranks[inside] = rank
        return ranks

    def _tested(self, x: np.ndarray, y: np.ndarray, border: np.ndarray) -> np.ndarray:
        """Test points of border cells against the cell's candidates, smallest id first."""
        found = np.full(x.size, NOTHING, dtype=np.int32)
        at, end = self._raster.starts[border], self._raster.starts[border + 1]
        open_ = np.arange(x.size)
        while open_.size:
            rank = self._raster.ranks[at[open_]]
            hit = shapely.intersects_xy(self._shapes[rank], x[open_], y[open_])
            found[open_[hit]] = rank[hit]
            open_ = open_[~hit]
            at[open_] += 1
            open_ = open_[at[open_] < end[open_]]
        return found

    def _prepare(self) -> None:
        shapely.prepare(self._shapes)
        # geos builds a polygon's own index at its first question, which two threads must not do at once
        some = self._shapes[shapely.get_num_coordinates(self._shapes) > 0]
        corner = shapely.get_coordinates(shapely.get_point(shapely.get_exterior_ring(shapely.get_geometry(some, 0)), 0))
        shapely.intersects_xy(some, corner[:, 0], corner[:, 1])

    def __setstate__(self, state: dict) -> None:
        # a pickled polygon is no longer prepared
        self.__dict__.update(state)
        if self._raster is not None:
            self._prepare()


def unlocated_reason(
    lon: ArrayLike,
    lat: ArrayLike,
    bounds: Sequence[float] | None = None,
    *,
    margin_deg: float = 1.0,
) -> np.ndarray:
    """
    Say why a coordinate cannot be used.

    Parameters
    ----------
    lon, lat
        WGS84 degrees, arrays of one length.
    bounds
        West, south, east, north of the known areas; None asks nothing of them.
    margin_deg
        How many degrees outside the bounds a point may still lie.

    Returns
    -------
    reasons
        Texts, one per point: `""` when usable, else the first that holds of
        `missing` (not a finite number), `zero` (0/0), `out_of_range` (beyond
        90 N/S or 180 E/W), `far` (further than the margin from the bounds).
    """
    lon, lat = np.asarray(lon, dtype="float64"), np.asarray(lat, dtype="float64")
    missing = ~(np.isfinite(lon) & np.isfinite(lat))
    tests = [missing, (lon == 0) & (lat == 0), (np.abs(lat) > 90) | (np.abs(lon) > 180)]
    words = ["missing", "zero", "out_of_range"]
    if bounds is not None:
        west, south, east, north = bounds
        beside = (lon < west - margin_deg) | (lon > east + margin_deg)
        tests.append(beside | (lat < south - margin_deg) | (lat > north + margin_deg))
        words.append("far")
    return np.select(tests, words, default="").astype(object)


def _check(shapes: np.ndarray, ids: list[str]) -> None:
    if len(shapes) != len(ids):
        raise BoundaryProblem("place.ids", shapes=len(shapes), ids=len(ids))
    kinds = shapely.get_type_id(shapes)
    wrong = np.flatnonzero(~np.isin(kinds, [-1, *_POLYGONAL]))
    if wrong.size:
        raise BoundaryProblem("place.not_areas", ids=[ids[at] for at in wrong], kind=shapes[wrong[0]].geom_type)
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    wrong = np.unique(owner[~np.isfinite(points).all(axis=1)])
    if wrong.size:
        raise BoundaryProblem("place.not_finite", ids=[ids[at] for at in wrong])


def _smallest_first(ids: list[str]) -> np.ndarray:
    if all(re.fullmatch(r"[+-]?[0-9]+", one) for one in ids):
        return np.array(sorted(range(len(ids)), key=lambda at: int(ids[at])), dtype=int)
    return np.array(sorted(range(len(ids)), key=lambda at: ids[at]), dtype=int)
