"""
Coordinates judged by evidence: in which system do the points fall where they say they are?

GCJ-02 and BD-09 look like WGS84; only the areas that the rows themselves state
tell them apart. What is asked of a verdict, and why:

- One building has one vote. In a cell of about 100 m one point stands for all,
  here called a place, and it states what most points there state: a thousand
  calls from a compound are one observation of where that compound is.
- There are at least `LEAST_PLACES` places, and the best reading brings at
  least `CLEAR_SHARE` of them into the area they state; else the areas or the
  column are wrong. So every third row may state a wrong area.
- It beats every reading that leads to other places, at the places where the
  two disagree: by a one-sided sign test (McNemar's) at `ALPHA`, by `LEAD` to
  one, and without the area that speaks loudest the rest does not say the
  contrary. Places deep inside an area agree under both and decide nothing.
- No shift of all points by `BESIDE_KM` beats it: that would mean a system
  which is not tried (GCJ-02 applied twice), or areas drawn in another one.
- Readings that lead to the same places count as one: outside China GCJ-02 is
  WGS84, and a 6-degree zone may have the meridian of a 3-degree one.
- Without stated areas the outline of all areas tells only readings apart that
  lie kilometres from each other (`FAR_KM`): swapped columns, metres, packed
  minutes; never WGS84, GCJ-02 and BD-09 in China.

A verdict is relative to the areas: drawn in GCJ-02 and taken for WGS84, they
make WGS84 points look wrong by as much the other way.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike

from geo.coordinates import DEGREES, MINUTES
from geo.readings import METRES, Reading, readings

DECIDED, TOO_FEW, WEAK, CLOSE = "decided", "too_few", "weak", "close"
NO_STATED, NOTHING_FITS, BESIDE = "no_stated", "nothing_fits", "beside"
REASONS = (DECIDED, TOO_FEW, WEAK, CLOSE, NO_STATED, NOTHING_FITS, BESIDE)

LEAST_PLACES = 30
CLEAR_SHARE = 0.5
ALPHA = 0.001
LEAD = 3.0
FAR_KM = 5.0
BESIDE_KM = 0.4
MOST_PLACES = 20_000

# no system has larger numbers
_LARGEST = 1e8
# a cell of about 100 m in each notation's own unit
_CELL = {DEGREES: 0.001, MINUTES: 0.06, METRES: 100.0}
_DEGREE_KM = 111.32
# two readings are one when they lead to the same metre
_SAME_DEG = 1e-5


@dataclass(frozen=True)
class Share:
    """
    How well one reading fits.

    Attributes
    ----------
    reading
        What was tried.
    also
        Other readings that lead to the same places here.
    places, in_outline
        Places, and how many of them lie in the outline.
    stated, in_stated
        Places that state an area, and how many of them lie in it.
    """

    reading: Reading
    also: tuple[Reading, ...]
    places: int
    in_outline: int
    stated: int
    in_stated: int

    @property
    def outline_share(self) -> float:
        """Part of the places that lie in the outline, 0 to 1."""
        return self.in_outline / self.places

    @property
    def stated_share(self) -> float:
        """Part of the places that lie in the area they state, 0 to 1; NaN where none states any."""
        return self.in_stated / self.stated if self.stated else float("nan")


@dataclass(frozen=True)
class Verdict:
    """
    What the evidence says.

    Attributes
    ----------
    reading
        The reading that is proven; None when undecided.
    reason
        `decided`; or why not: `too_few` (places, or places that state an
        area), `no_stated` (no row states an area, and only that could tell),
        `nothing_fits` (most places lie outside the outline under every
        reading), `weak` (most lie outside the area they state), `close` (the
        rival is nearly as good), `beside` (all seem to lie some hundred metres
        off).
    shares
        Every reading tried, the best first.
    rival
        The reading nearest to the best one; None when there is no other.
    votes, rival_votes
        Places that speak for the best reading against its rival, and against it.
    """

    reading: Reading | None
    reason: str
    shares: tuple[Share, ...] = ()
    rival: Reading | None = None
    votes: int = 0
    rival_votes: int = 0

    @property
    def decided(self) -> bool:
        """Whether a reading is proven."""
        return self.reading is not None

    @property
    def crs(self) -> str | None:
        """The coordinate system that is proven."""
        return self.reading.crs if self.reading else None

    @property
    def swapped(self) -> bool:
        """Whether the columns are proven to be swapped."""
        return self.reading is not None and self.reading.swapped

    @property
    def notation(self) -> str | None:
        """The notation that is proven."""
        return self.reading.notation if self.reading else None


@dataclass(frozen=True)
class _Sample:
    """Places: raw numbers, and the area each states (-1: none)."""

    x: np.ndarray
    y: np.ndarray
    stated: np.ndarray
    family: str


@dataclass(frozen=True)
class _Fit:
    reading: Reading
    lon: np.ndarray
    lat: np.ndarray
    in_outline: np.ndarray
    in_stated: np.ndarray


def judge(
    x: ArrayLike,
    y: ArrayLike,
    *,
    stated: ArrayLike | None = None,
    areas: Sequence[shapely.Geometry | None] = (),
    outline: shapely.Geometry | Sequence[float] | None = None,
) -> Verdict:
    """
    Judge in which coordinate system, order and notation points are.

    Parameters
    ----------
    x, y
        The two columns as numbers, in the file's order; a sample of rows is
        enough. Rows of 0/0, without a number or beyond 1e8 say nothing. Of
        more than `MOST_PLACES` places an even part is judged.
    stated
        For each row the position in `areas` of the area it says it is in, -1
        for none.
    areas
        Polygons in WGS84 degrees; None has no shape and is as if not stated.
    outline
        Where complaints may lie: a polygon in WGS84 degrees, or west, south,
        east, north. By default the bounds of `areas`.

    Returns
    -------
    verdict
        The same for any order of the rows.
    """
    shapes = np.array([*areas, None], dtype=object)[:-1]
    frame = _outline(outline, shapes)
    sample = _sample(x, y, stated, shapes)
    if frame is None:
        return Verdict(None, NO_STATED)
    if not sample.x.size:
        return Verdict(None, TOO_FEW)
    shapely.prepare(frame)
    shapely.prepare(shapes)
    fits = [_fit(reading, sample, shapes, frame) for reading in readings(frame.bounds, sample.family)]
    # under some no number can be a coordinate at all
    groups = _same_places([fit for fit in fits if np.isfinite(fit.lon).any()])
    # the order of trying breaks ties
    groups.sort(key=lambda group: (-group[0].in_stated.sum(), -group[0].in_outline.sum()))
    shares = tuple(_share(group, sample) for group in groups)
    return _decided([group[0] for group in groups], shares, sample, shapes)


def _share(group: list[_Fit], sample: _Sample) -> Share:
    best, *others = group
    return Share(
        best.reading,
        tuple(other.reading for other in others),
        places=sample.x.size,
        in_outline=int(best.in_outline.sum()),
        stated=int((sample.stated >= 0).sum()),
        in_stated=int(best.in_stated.sum()),
    )


def _outline(outline: shapely.Geometry | Sequence[float] | None, shapes: np.ndarray) -> shapely.Geometry | None:
    if not isinstance(outline, shapely.Geometry):
        bounds = shapely.total_bounds(shapes) if outline is None and len(shapes) else outline
        outline = None if bounds is None or not np.isfinite(bounds).all() else shapely.box(*bounds)
    return None if outline is None or outline.is_empty else outline


def _sample(x: ArrayLike, y: ArrayLike, stated: ArrayLike | None, shapes: np.ndarray) -> _Sample:
    rows = pd.DataFrame({"x": np.asarray(x, dtype="float64"), "y": np.asarray(y, dtype="float64")})
    rows["stated"] = -1 if stated is None else np.maximum(np.asarray(stated, dtype="int64"), -1)
    # an area without a shape holds nothing
    hollow = np.append(shapely.is_missing(shapes) | shapely.is_empty(shapes), True)
    rows.loc[hollow[rows["stated"].to_numpy()], "stated"] = -1
    # NaN fails the first comparison
    usable = (rows[["x", "y"]].abs() <= _LARGEST).all(axis=1) & (rows[["x", "y"]] != 0).any(axis=1)
    rows = rows[usable]
    size = np.median(np.maximum(rows["x"].abs(), rows["y"].abs())) if len(rows) else 0
    family = DEGREES if size <= 180 else MINUTES if size <= 18_060 else METRES
    places = _places(rows, _CELL[family])
    return _Sample(*(places[name].to_numpy() for name in ("x", "y", "stated")), family)


def _places(rows: pd.DataFrame, cell: float) -> pd.DataFrame:
    """Of each cell the commonest point of those that state what most do; an even part of too many."""
    points = rows.groupby(["x", "y", "stated"]).size().rename("rows").reset_index()
    points = points.assign(silent=points["stated"] < 0, column=points["x"] // cell, row=points["y"] // cell)
    # what most rows of a point state, then what most points of a cell state
    points = points.sort_values(["silent", "rows", "x", "y", "stated"], ascending=[True, False, True, True, True])
    points = points.drop_duplicates(["x", "y"])
    points["agree"] = points.groupby(["column", "row", "stated"])["x"].transform("size")
    points = points.sort_values(["silent", "agree"], ascending=[True, False], kind="stable")
    places = points.drop_duplicates(["column", "row"]).sort_values(["x", "y"])
    if len(places) > MOST_PLACES:
        places = places.iloc[np.linspace(0, len(places) - 1, MOST_PLACES).astype(int)]
    return places


def _fit(reading: Reading, sample: _Sample, shapes: np.ndarray, frame: shapely.Geometry) -> _Fit:
    lon, lat = reading.to_wgs84(sample.x, sample.y)
    in_stated = _in_stated(lon, lat, sample, shapes)
    return _Fit(reading, lon, lat, shapely.intersects_xy(frame, lon, lat), in_stated)


def _in_stated(lon: np.ndarray, lat: np.ndarray, sample: _Sample, shapes: np.ndarray) -> np.ndarray:
    found = np.zeros(lon.size, dtype=bool)
    says = np.flatnonzero(sample.stated >= 0)
    found[says] = shapely.intersects_xy(shapes[sample.stated[says]], lon[says], lat[says])
    return found


def _same_places(fits: list[_Fit]) -> list[list[_Fit]]:
    """Readings in groups that lead to the same places, wherever that matters: in the outline or a stated area."""
    groups: list[list[_Fit]] = []
    for fit in fits:
        for group in groups:
            if _same(group[0], fit):
                group.append(fit)
                break
        else:
            groups.append([fit])
    return groups


def _same(one: _Fit, other: _Fit) -> bool:
    matter = one.in_outline | other.in_outline | one.in_stated | other.in_stated
    if not matter.any():
        matter[:] = True
    beside = np.maximum(np.abs(one.lon - other.lon), np.abs(one.lat - other.lat))[matter]
    neither = np.isnan(one.lon[matter]) & np.isnan(other.lon[matter])
    return bool((neither | (beside < _SAME_DEG)).all())


def _decided(fits: list[_Fit], shares: tuple[Share, ...], sample: _Sample, shapes: np.ndarray) -> Verdict:
    if sample.x.size < LEAST_PLACES:
        return Verdict(None, TOO_FEW, shares)
    if not fits:
        return Verdict(None, NOTHING_FITS)
    if shares[0].stated < LEAST_PLACES:
        return _by_outline(fits, shares, sample)
    if shares[0].stated_share < CLEAR_SHARE:
        somewhere = max(share.outline_share for share in shares) >= CLEAR_SHARE
        return Verdict(None, WEAK if somewhere else NOTHING_FITS, shares)
    hits = [fit.in_stated for fit in fits]
    verdict = _against(fits, shares, [_votes(hits[0], other, sample) for other in hits[1:]], CLOSE)
    if verdict.decided and any(_proven(_votes(there, hits[0], sample)) for there in _beside(fits[0], sample, shapes)):
        return replace(verdict, reading=None, reason=BESIDE)
    return verdict


def _beside(fit: _Fit, sample: _Sample, shapes: np.ndarray) -> Iterator[np.ndarray]:
    """Which places would lie in their stated area if all lay some hundred metres off, for eight directions."""
    for angle in np.arange(8) * np.pi / 4:
        north = BESIDE_KM / _DEGREE_KM * np.sin(angle)
        east = BESIDE_KM / _DEGREE_KM * np.cos(angle) / np.cos(np.radians(fit.lat))
        yield _in_stated(fit.lon + east, fit.lat + north, sample, shapes)


def _by_outline(fits: list[_Fit], shares: tuple[Share, ...], sample: _Sample) -> Verdict:
    """A verdict from the outline alone: only between readings that are kilometres apart."""
    order = sorted(range(len(fits)), key=lambda at: -shares[at].in_outline)
    fits, shares = [fits[at] for at in order], tuple(shares[at] for at in order)
    if shares[0].outline_share < CLEAR_SHARE:
        return Verdict(None, NOTHING_FITS, shares)
    for other, share in zip(fits[1:], shares[1:], strict=True):
        if _apart_km(fits[0], other) < FAR_KM or share.in_outline * LEAD > shares[0].in_outline:
            # a few stated areas are too few, none are none
            return Verdict(None, TOO_FEW if share.stated else NO_STATED, shares, other.reading)
    votes = [_votes(fits[0].in_outline, other.in_outline, sample) for other in fits[1:]]
    return _against(fits, shares, votes, TOO_FEW)


def _apart_km(one: _Fit, other: _Fit) -> float:
    """How far two readings of the points in the first one's outline lie from each other, by the median."""
    there = one.in_outline & np.isfinite(other.lon)
    if not there.any():
        return np.inf
    east = (one.lon - other.lon)[there] * np.cos(np.radians(one.lat[there]))
    return float(np.median(np.hypot(east, (one.lat - other.lat)[there])) * _DEGREE_KM)


def _votes(ours: np.ndarray, theirs: np.ndarray, sample: _Sample) -> pd.Series:
    """What each place says: +1 for us, -1 for them, 0 where the two agree; by the area it states."""
    return pd.Series(ours.astype(int) - theirs, index=sample.stated)


def _against(fits: list[_Fit], shares: tuple[Share, ...], votes: list[pd.Series], otherwise: str) -> Verdict:
    """The first reading if it beats every other; the nearest rival is named."""
    if not votes:
        return Verdict(fits[0].reading, DECIDED, shares)
    results = []
    for other, cast in zip(fits[1:], votes, strict=True):
        wins, losses = int((cast > 0).sum()), int((cast < 0).sum())
        by_area = cast.groupby(level=0).sum()
        steady = by_area.sum() - by_area.max() >= 0
        beaten = _proven(cast) and wins >= LEAD * losses and steady
        results.append((beaten, wins - losses, wins, losses, other.reading))
    beaten, _, wins, losses, rival = min(results, key=lambda result: result[:2])
    return Verdict(fits[0].reading if beaten else None, DECIDED if beaten else otherwise, shares, rival, wins, losses)


def _proven(votes: pd.Series) -> bool:
    return chance(int((votes > 0).sum()), int((votes < 0).sum())) < ALPHA


def chance(wins: int, losses: int) -> float:
    """
    How likely at least so many wins are if both sides were equally good.

    Parameters
    ----------
    wins, losses
        Places for either side; those that side with both or none are left out.

    Returns
    -------
    p
        Of the one-sided exact sign test: McNemar's on discordant pairs.
    """
    total = wins + losses
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, total + 1)))])
    k = np.arange(wins, total + 1)
    return float(min(np.exp(logs[total] - logs[k] - logs[total - k] - total * np.log(2)).sum(), 1.0))
