"""What is done with areas once they are read: parents, figures, simpler shapes, GeoJSON, label points."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import metric_crs
from geo.errors import BoundaryProblem


def derive_parents(children: gpd.GeoDataFrame, parents: gpd.GeoDataFrame) -> pd.Series:
    """
    Find the parent of each area: the one it shares most of its ground with.

    Parameters
    ----------
    children, parents
        Areas with `geometry` in EPSG:4326; parents with their `code`.

    Returns
    -------
    parent_code
        Text, on the index of `children`; missing (NaN) where no parent shares
        any ground. Of equal shares the smaller code wins.
    """
    if not len(children) or not len(parents):
        return pd.Series(np.nan, index=children.index, dtype="str", name="parent_code")
    crs = metric_crs(children.total_bounds)
    inner = np.asarray(children.to_crs(crs).geometry.array)
    outer = np.asarray(parents.to_crs(crs).geometry.array)
    at, of = shapely.STRtree(outer).query(inner, predicate="intersects")
    shared = shapely.area(shapely.intersection(inner[at], outer[of]))
    pairs = pd.DataFrame({"child": at, "code": parents["code"].astype(str).to_numpy()[of], "shared": shared.round(6)})
    best = pairs[pairs.shared > 0].sort_values(["child", "shared", "code"], ascending=[True, False, True])
    best = best.drop_duplicates("child").set_index("child")["code"]
    found = best.reindex(range(len(children))).to_numpy()
    return pd.Series(found, index=children.index, dtype="str", name="parent_code")


def simplified(frame: gpd.GeoDataFrame, tolerance_m: float) -> gpd.GeoDataFrame:
    """
    Leave out vertices that do not show.

    Parameters
    ----------
    frame
        Areas in EPSG:4326.
    tolerance_m
        Detail smaller than this goes: metres for single shapes, the side of a
        square of the same area where borders are shared.

    Returns
    -------
    frame
        A copy, valid shapes in EPSG:4326. If the areas form a coverage (shared
        borders have the same vertices, nothing overlaps), shared borders stay
        shared; otherwise each shape is simplified alone. A shape that would
        break or vanish stays as it was.
    """
    if not len(frame) or tolerance_m <= 0:
        return frame.copy()
    projected = frame.to_crs(metric_crs(frame.total_bounds))
    shapes = np.asarray(projected.geometry.array)
    if shapely.coverage_is_valid(shapes):
        less = shapely.coverage_simplify(shapes, tolerance_m)
    else:
        less = shapely.simplify(shapes, tolerance_m, preserve_topology=True)
    result = gpd.GeoSeries(less, index=frame.index, crs=projected.crs).to_crs(4326)
    broken = ~result.is_valid | result.is_empty
    return frame.set_geometry(result.where(~broken, frame.geometry))


def attach(frame: gpd.GeoDataFrame, figures: pd.DataFrame, *, on: str = "area_id") -> gpd.GeoDataFrame:
    """
    Put figures beside the shapes they belong to.

    Parameters
    ----------
    frame
        Areas with their `code`.
    figures
        One row per area.
    on
        The column of `figures` that holds the code; integers match their
        texts.

    Returns
    -------
    frame
        Every area in its order with its CRS, and the columns of `figures`
        except `on` and those the areas have themselves. Areas without figures
        stay, with missing values; figures without an area are left out.

    Raises
    ------
    BoundaryProblem
        `attach.no_column`, if `on` is missing; `attach.duplicates`, if an
        area has several rows of figures.
    """
    if on not in figures.columns:
        raise BoundaryProblem("attach.no_column", column=on, columns=[str(column) for column in figures.columns])
    codes = figures[on].astype("str")
    again = codes[codes.duplicated() & codes.notna()]
    if len(again):
        raise BoundaryProblem("attach.duplicates", column=on, ids=sorted(set(again))[:20])
    new = [column for column in figures.columns if column != on and column not in frame.columns]
    beside = figures.loc[codes.notna(), new].set_index(pd.Index(codes.dropna()))
    beside = beside.reindex(frame["code"].astype("str")).set_index(frame.index)
    return gpd.GeoDataFrame(pd.concat([frame, beside], axis=1), geometry=frame.geometry.name, crs=frame.crs)


def to_geojson(frame: gpd.GeoDataFrame, *, digits: int = 5) -> dict:
    """
    Turn areas into a compact GeoJSON feature collection.

    Parameters
    ----------
    frame
        Polygons and multipolygons; another CRS than EPSG:4326 is converted.
    digits
        Decimals of a degree; 5 is about 1 m.

    Returns
    -------
    collection
        Plain dicts, lists, texts and numbers, ready for JSON (RFC 7946, no
        `crs` member). All other columns become properties; a missing value is
        None, a time its ISO text. A missing or empty shape has the geometry
        None.
    """
    if frame.crs is not None and not frame.crs.equals("EPSG:4326", ignore_axis_order=True):
        frame = frame.to_crs(4326)
    shapes = _nested(np.asarray(frame.geometry.array, dtype=object), digits)
    columns = [column for column in frame.columns if column != frame.geometry.name]
    values = [_plain(frame[column]) for column in columns]
    names = [str(column) for column in columns]
    rows = zip(*values, strict=True) if values else ((),) * len(frame)
    features = [
        {"type": "Feature", "properties": dict(zip(names, row, strict=True)), "geometry": shape}
        for row, shape in zip(rows, shapes, strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}


def label_points(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Give a point inside each area, where its label can stand.

    Parameters
    ----------
    frame
        Areas in EPSG:4326.

    Returns
    -------
    points
        `lon` and `lat` (float, WGS84 degrees) on the index of `frame`; NaN
        for an empty shape. The point lies in the area, which a centroid need
        not.
    """
    points = frame.geometry.representative_point()
    return pd.DataFrame({"lon": points.x, "lat": points.y}, index=frame.index)


def _nested(shapes: np.ndarray, digits: int) -> list[dict | None]:
    """GeoJSON geometries with rounded coordinates, sliced from one flat list."""
    parts, part_of = shapely.get_parts(shapes, return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    points = shapely.get_coordinates(rings)
    lines = _grouped(np.round(points, digits).tolist(), shapely.get_num_coordinates(rings))
    polygons = _grouped(lines, np.bincount(ring_of, minlength=len(parts)))
    groups = _grouped(polygons, np.bincount(part_of, minlength=len(shapes)))
    single = shapely.get_type_id(shapes) == 3
    return [_geometry(group, one) for group, one in zip(groups, single, strict=True)]


def _grouped(items: list, counts: np.ndarray) -> list[list]:
    ends = np.cumsum(counts).tolist()
    return [items[end - count : end] for end, count in zip(ends, counts.tolist(), strict=True)]


def _geometry(polygons: list, single: bool) -> dict | None:
    polygons = [polygon for polygon in polygons if polygon]
    if not polygons:
        return None
    if single:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


def _plain(column: pd.Series) -> list:
    """A column as values JSON knows."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return [None if pd.isna(value) else value.isoformat() for value in column]
    if column.dtype != object:
        finite = np.isfinite(column) if pd.api.types.is_float_dtype(column.dtype) else True
        kept = column.astype(object).where(column.notna() & finite, None)
        return kept.tolist()
    return [_plain_value(value) for value in column]


def _plain_value(value: object) -> object:
    if isinstance(value, dict | list | tuple | np.ndarray):
        return json.loads(json.dumps(np.asarray(value).tolist() if isinstance(value, np.ndarray) else value))
    if pd.isna(value):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else value
