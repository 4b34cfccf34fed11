"""Boundaries: read, check and mend them, so that every later step can rely on their shape."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geo.crs import CRS_NAMES, known, metric_crs, shapes_to_wgs84
from geo.errors import BoundaryProblem
from geo.shapes import attach, derive_parents, label_points, simplified, to_geojson
from geo.sources import Layer, read_layer

__all__ = [
    "Boundaries",
    "attach",
    "derive_parents",
    "label_points",
    "read_boundaries",
    "simplified",
    "text_of",
    "to_geojson",
]

_POLYGON, _MULTIPOLYGON, _COLLECTION = 3, 6, 7


@dataclass(frozen=True)
class Boundaries:
    """
    The areas of one level, and what was found while reading them.

    Attributes
    ----------
    frame
        One row per area in file order, EPSG:4326: `code` and `name` (str),
        `parent_code` (str or None), `geometry` (valid Polygon or
        MultiPolygon).
    report
        `areas` (int); `mended` and `merged` (lists of codes whose shape was
        invalid, or came in several features); `overlap_percent` and
        `gap_percent` (what is covered more than once, and the enclosed empty
        space, in percent of the covered area, measured in metres); `crs_in`
        (what the coordinates were read as); `bounds` (west, south, east,
        north, WGS84); `encoding` (the codec of the texts, None where the
        file's kind leaves no choice).
    """

    frame: gpd.GeoDataFrame
    report: dict


def read_boundaries(
    path: str | Path,
    *,
    id_column: str,
    name_column: str,
    parent_column: str | None = None,
    crs: str | None = None,
    layer: str | None = None,
    encoding: str | None = None,
) -> Boundaries:
    """
    Read the areas of one level from a file.

    The coordinate system is `crs` if given (the user's word wins over the
    file's), else what the file declares; it is never guessed. Features with
    one id and one name are parts of one area and are united. Invalid shapes
    are mended; a height (z) is left out; an area without a name is called by
    its id.

    Parameters
    ----------
    path
        GeoJSON (also gzipped), GeoPackage or Shapefile (also zipped).
    id_column, name_column, parent_column
        Columns of the file. Numbers become integer texts (101.0 is `101`).
    crs
        `wgs84`, `gcj02`, `bd09`, `cgcs2000` or `EPSG:n`.
    layer
        Which layer, if the file has several.
    encoding
        Of its texts, where the file is wrong about it; see `geo.sources.read_layer`.

    Returns
    -------
    boundaries
        The areas and a report.

    Raises
    ------
    BoundaryProblem
        If the file cannot be read (see `geo.sources.read_layer`), declares no
        coordinate system (`boundaries.no_crs`), lacks a column
        (`boundaries.no_column`), or holds features that are no areas:
        `boundaries.no_id`, `boundaries.duplicate_id`,
        `boundaries.empty_geometry`, `boundaries.not_areas`,
        `boundaries.out_of_range`, `boundaries.outside_crs`,
        `boundaries.invalid_shape`.
    CrsProblem
        `crs.unknown`, if `crs` is not known.
    """
    file = Path(path).name
    chosen = known(crs) if crs is not None else None
    raw = read_layer(path, layer=layer, encoding=encoding)
    frame = _columns(file, raw.frame, id_column, name_column, parent_column)
    chosen, crs_in = _chosen(file, raw, chosen)
    _refuse_other_kinds(file, frame)
    frame = _in_degrees(file, frame, chosen, crs_in)
    frame, mended = _mended(file, frame)
    frame, merged = _merged(file, frame)
    west, south, east, north = (float(edge) for edge in frame.total_bounds)
    report = {"areas": len(frame), "mended": mended, "merged": merged, **_fit(frame), "crs_in": crs_in}
    return Boundaries(frame, report | {"bounds": (west, south, east, north), "encoding": raw.encoding})


def _columns(
    file: str, raw: gpd.GeoDataFrame, id_column: str, name_column: str, parent: str | None
) -> gpd.GeoDataFrame:
    there = [str(column) for column in raw.columns if column != "geometry"]
    for column in (id_column, name_column, parent):
        if column is not None and column not in there:
            raise BoundaryProblem("boundaries.no_column", file=file, column=column, columns=there)
    codes = [text_of(value) for value in raw[id_column]]
    lacking = [row for row, code in enumerate(codes, start=1) if code is None]
    if lacking:
        raise BoundaryProblem("boundaries.no_id", file=file, column=id_column, features=_some(lacking))
    names = [text_of(value) or code for value, code in zip(raw[name_column], codes, strict=True)]
    parents = [text_of(value) for value in raw[parent]] if parent else [None] * len(codes)
    columns = {"code": codes, "name": names, "parent_code": pd.Series(parents, dtype=object)}
    return gpd.GeoDataFrame(columns, geometry=np.asarray(raw.geometry.array, dtype=object))


def text_of(value: object) -> str | None:
    """An id or name as text; None for what says nothing."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float | np.floating):
        if not math.isfinite(value):
            return None
        return str(int(value)) if float(value).is_integer() else str(value)
    text = str(value).strip()
    # a spreadsheet's integer: 101.0
    return re.sub(r"^(-?[0-9]+)\.0+$", r"\1", text) or None


def _some(values: Iterable[object], most: int = 20) -> list[str]:
    """The first few, so that a sentence stays a sentence."""
    values = [str(value) for value in values]
    return values[:most] + (["…"] if len(values) > most else [])


def _chosen(file: str, raw: Layer, crs: str | pyproj.CRS | None) -> tuple[str | pyproj.CRS, str]:
    if crs is not None:
        return crs, crs if isinstance(crs, str) else ":".join(crs.to_authority() or (crs.name,))
    if raw.declared is None:
        raise BoundaryProblem("boundaries.no_crs", file=file, allowed=[*CRS_NAMES, "EPSG:n"])
    return known(raw.declared), raw.declared_name


def _refuse_other_kinds(file: str, frame: gpd.GeoDataFrame) -> None:
    shapes = frame.geometry.array
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if empty.any():
        raise BoundaryProblem("boundaries.empty_geometry", file=file, ids=_some(frame.code[empty]))
    other = ~np.isin(shapely.get_type_id(shapes), [_POLYGON, _MULTIPOLYGON, _COLLECTION])
    if other.any():
        kinds = sorted(set(frame.geometry[other].geom_type))
        raise BoundaryProblem("boundaries.not_areas", file=file, ids=_some(frame.code[other]), kinds=kinds)


def _in_degrees(file: str, frame: gpd.GeoDataFrame, crs: str | pyproj.CRS, crs_in: str) -> gpd.GeoDataFrame:
    before, owner = shapely.get_coordinates(frame.geometry.array, return_index=True)
    frame = frame.set_geometry(shapes_to_wgs84(frame.geometry, crs))
    points = shapely.get_coordinates(frame.geometry.array)
    # NaN fails both comparisons
    wrong = np.flatnonzero(~((np.abs(points[:, 0]) <= 180) & (np.abs(points[:, 1]) <= 90)))
    if wrong.size:
        x, y = (float(value) for value in before[wrong[0]])
        one = frame.code.iloc[owner[wrong[0]]]
        raise BoundaryProblem("boundaries.out_of_range", file=file, id=one, x=x, y=y, crs=crs_in)
    # degrees read as metres end up in range, but in a corner where the system is never used
    area = crs.area_of_use if isinstance(crs, pyproj.CRS) and crs.is_projected else None
    if area is not None and area.west < area.east:
        bounds = [round(float(edge), 4) for edge in frame.total_bounds]
        if not shapely.box(*area.bounds).intersects(shapely.box(*bounds)):
            used = [round(edge, 4) for edge in area.bounds]
            raise BoundaryProblem("boundaries.outside_crs", file=file, crs=crs_in, bounds=bounds, used=used)
    return frame


def _mended(file: str, frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[str]]:
    shapes = np.asarray(frame.geometry.array, dtype=object)
    wrong = np.flatnonzero(~shapely.is_valid(shapes) | (shapely.get_type_id(shapes) == _COLLECTION))
    for at in wrong:
        shapes[at] = _valid_area(shapes[at])
    lost = [at for at in wrong if shapes[at].area == 0]
    if lost:
        raise BoundaryProblem("boundaries.invalid_shape", file=file, ids=_some(frame.code.iloc[lost]))
    mended = list(dict.fromkeys(frame.code.iloc[wrong]))
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=4326)), mended


def _valid_area(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a mended shape, united; an empty polygon if it has no area."""
    # "structure" takes holes away even where they stick out, "linework" would turn that into ground
    for options in ({"method": "structure", "keep_collapsed": False}, {"method": "linework"}):
        parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(shape, **options)))
        polygons = shapely.union_all(parts[shapely.get_type_id(parts) == _POLYGON])
        if polygons.area > 0:
            return polygons
    return shapely.Polygon()


def _merged(file: str, frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[str]]:
    again = frame.code.duplicated(keep=False)
    if not again.any():
        return frame.reset_index(drop=True), []
    groups = frame[again].groupby("code", sort=False)
    said = groups[["name", "parent_code"]].nunique(dropna=False)
    quarrel = list(said.index[(said > 1).any(axis=1)])
    if quarrel:
        raise BoundaryProblem("boundaries.duplicate_id", file=file, ids=_some(quarrel))
    united = {code: shapely.union_all(np.asarray(part.geometry.array)) for code, part in groups}
    kept = frame.drop_duplicates("code").reset_index(drop=True)
    shapes = [united.get(code, shape) for code, shape in zip(kept.code, kept.geometry, strict=True)]
    return kept.set_geometry(gpd.GeoSeries(shapes, index=kept.index, crs=4326)), list(united)


def _fit(frame: gpd.GeoDataFrame) -> dict:
    """How well the areas fit together, in percent of what they cover."""
    shapes = np.asarray(frame.to_crs(metric_crs(frame.total_bounds)).geometry.array)
    # projecting can make a sliver touch itself
    shapes = np.where(shapely.is_valid(shapes), shapes, shapely.buffer(shapes, 0))
    union = shapely.union_all(shapes)
    outlines = shapely.get_exterior_ring(shapely.get_parts(union))
    covered, filled = union.area, shapely.area(shapely.polygons(outlines)).sum()
    overlap = shapely.area(shapes).sum() - covered
    percent = {"overlap_percent": overlap, "gap_percent": filled - covered}
    # below a millionth of a percent is rounding
    return {name: max(0.0, round(100 * float(part) / covered, 6)) for name, part in percent.items()}
