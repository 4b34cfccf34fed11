"""
A raster over polygons: which cells lie wholly inside one area, and which need a closer look.

Everything here is in cell units: the frame's west and south edges are 0, a
cell is 1 wide and 1 high. Areas are numbered by rank; rank 0 wins over all
others.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

NOTHING = -1
# a border is taken to be this much wider than drawn, in cells, so that rounding cannot hide it
_WIDER = 1e-3
# a cell narrower than this (degrees) would drown in the rounding of a float
_LEAST_CELL = 1e-9
_BATCH = 4_000_000


@dataclass(frozen=True)
class Frame:
    """Where the cells lie: west and south edge in degrees, cells to a degree, cells to a side."""

    west: float
    south: float
    per_x: float
    per_y: float
    cells: int

    def columns(self, lon: np.ndarray) -> np.ndarray:
        """Longitude in cell units; never falls as longitude rises, so rounding is the same for all."""
        return (lon - self.west) * self.per_x

    def rows(self, lat: np.ndarray) -> np.ndarray:
        """Latitude in cell units."""
        return (lat - self.south) * self.per_y


@dataclass(frozen=True)
class Cells:
    """
    What each cell of the frame holds.

    `owner` has one int32 per cell, row by row from the south-west: the lowest
    rank that covers the whole cell, -1 for nothing, or `-2 - k` for border
    cell k, whose candidates are `ranks[starts[k]:starts[k + 1]]`, lowest first.
    """

    owner: np.ndarray
    starts: np.ndarray
    ranks: np.ndarray


@dataclass(frozen=True)
class _Edges:
    """The sides of all rings in cell units, with the rank of their area."""

    rank: np.ndarray
    x0: np.ndarray
    y0: np.ndarray
    x1: np.ndarray
    y1: np.ndarray

    def take(self, which: np.ndarray) -> "_Edges":
        return _Edges(self.rank[which], self.x0[which], self.y0[which], self.x1[which], self.y1[which])


def frame_of(bounds: np.ndarray, cells: int) -> Frame:
    """Lay a frame with a margin of one cell round bounds (west, south, east, north)."""
    west, south, east, north = bounds
    wide = max((east - west) / (cells - 2), _LEAST_CELL)
    high = max((north - south) / (cells - 2), _LEAST_CELL)
    return Frame(west - wide, south - high, 1 / wide, 1 / high, cells)


def cells_of(shapes: np.ndarray, frame: Frame) -> Cells:
    """
    Sort every cell of the frame into whole, border and empty.

    Parameters
    ----------
    shapes
        Polygons and multipolygons in degrees, in order of rank; empty ones and
        None cover nothing.
    frame
        Covers all of them.

    Returns
    -------
    cells
        No border passes through a cell that is not a border cell; every area
        that has a point of a border cell is among its candidates.
    """
    edges = _edges(shapes, frame)
    touched = _unique(np.concatenate([*_touched(edges, frame), np.empty(0, np.int64)]))
    owner = np.full(frame.cells**2, NOTHING, dtype=np.int32)
    border = np.zeros(frame.cells**2, dtype=bool)
    border[touched % frame.cells**2] = True
    pairs = [touched]
    # painted from the last rank to the first: what is painted last stays
    for cell, rank in _covered(edges, frame):
        on_border = border[cell]
        owner[cell[~on_border]] = rank[~on_border]
        pairs.append(cell[on_border] + rank[on_border].astype(np.int64) * frame.cells**2)
    candidates = _unique(np.concatenate(pairs))
    cell, rank = candidates % frame.cells**2, candidates // frame.cells**2
    # unique pairs are sorted by rank, then cell: a stable sort by cell keeps the lowest rank first
    order = np.argsort(cell, kind="stable")
    cell, rank = cell[order], rank[order].astype(np.int32)
    first = np.flatnonzero(np.r_[True, cell[1:] != cell[:-1]]) if cell.size else np.empty(0, np.int64)
    owner[cell[first]] = -2 - np.arange(first.size, dtype=np.int32)
    return Cells(owner, np.r_[first, cell.size], rank)


def _unique(pairs: np.ndarray) -> np.ndarray:
    pairs = np.sort(pairs)
    return pairs[np.r_[True, pairs[1:] != pairs[:-1]]] if pairs.size else pairs


def _edges(shapes: np.ndarray, frame: Frame) -> _Edges:
    parts, part_rank = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    x, y = frame.columns(points[:, 0]), frame.rows(points[:, 1])
    joined = np.flatnonzero(ring[1:] == ring[:-1])
    rank = part_rank[ring_part[ring[joined]]]
    return _Edges(rank, x[joined], y[joined], x[joined + 1], y[joined + 1])


def _spread(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For counts 2, 0, 3: whose turn it is (0 0 2 2 2) and the how-many-eth (0 1 0 1 2)."""
    owner = np.repeat(np.arange(counts.size), counts)
    return owner, np.arange(owner.size) - np.repeat(np.cumsum(counts) - counts, counts)


def _batches(counts: np.ndarray) -> Iterator[slice]:
    """Cut into runs that spread to about `_BATCH` each."""
    start, ends = 0, np.cumsum(counts)
    while start < counts.size:
        done = ends[start - 1] if start else 0
        stop = max(int(np.searchsorted(ends, done + _BATCH)), start + 1)
        yield slice(start, stop)
        start = stop


def _touched(edges: _Edges, frame: Frame) -> Iterator[np.ndarray]:
    """Codes (rank x cells + cell) of all cells a border passes through or comes very near."""
    low, high = np.minimum(edges.x0, edges.x1) - _WIDER, np.maximum(edges.x0, edges.x1) + _WIDER
    first, last = low.astype(np.int64), high.astype(np.int64)
    for run in _batches(last - first + 1):
        which, step = _spread((last - first + 1)[run])
        column, edge = first[run][which] + step, edges.take(np.arange(run.start, run.stop)[which])
        south, north = _reach(edge, column)
        row0, row1 = (south - _WIDER).astype(np.int64), (north + _WIDER).astype(np.int64)
        for part in _batches(row1 - row0 + 1):
            of, up = _spread((row1 - row0 + 1)[part])
            cell = (row0[part][of] + up) * frame.cells + column[part][of]
            yield _unique(cell + edge.rank[part][of].astype(np.int64) * frame.cells**2)


def _reach(edge: _Edges, column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and highest row coordinate of an edge within a column."""
    run, rise = edge.x1 - edge.x0, edge.y1 - edge.y0
    with np.errstate(divide="ignore", invalid="ignore"):
        enter = np.clip((column - _WIDER - edge.x0) / run, 0, 1)
        leave = np.clip((column + 1 + _WIDER - edge.x0) / run, 0, 1)
    upright = run == 0
    a = edge.y0 + np.where(upright, 0.0, enter) * rise
    b = edge.y0 + np.where(upright, 1.0, leave) * rise
    return np.minimum(a, b), np.maximum(a, b)


def _covered(edges: _Edges, frame: Frame) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Cells whose centre lies inside an area, and its rank; from the last rank to the first."""
    low, high = np.minimum(edges.y0, edges.y1), np.maximum(edges.y0, edges.y1)
    # the rows whose middle line an edge crosses; half open, so that a vertex counts once
    first = np.ceil(low - 0.5).astype(np.int64)
    which, step = _spread(np.maximum(np.ceil(high - 0.5).astype(np.int64) - first, 0))
    row, edge = first[which] + step, edges.take(which)
    x = edge.x0 + (row + 0.5 - edge.y0) / (edge.y1 - edge.y0) * (edge.x1 - edge.x0)
    order = np.lexsort((x, row, -edge.rank))
    rank, row, x = edge.rank[order][::2], row[order][::2], x[order]
    # from the first crossing to the second is inside, to the third outside, and so on
    begin, end = np.ceil(x[::2] - 0.5).astype(np.int64), np.ceil(x[1::2] - 0.5).astype(np.int64)
    for run in _batches(end - begin):
        of, along = _spread((end - begin)[run])
        yield row[run][of] * frame.cells + begin[run][of] + along, rank[run][of]
