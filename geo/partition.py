"""
A schematic city: made-up areas for names and codes that have no public boundary.

Nothing here is a real border. Streets are the Voronoi cells of rough centres,
communities and grids are seeded cells inside them; good enough to try the
product and to draw, never to decide to whom a building belongs.
"""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.crs import metric_crs
from geo.errors import BoundaryProblem

# borders are noded on a raster of this width: coarser than 7 decimals of a degree (1 cm), so rounding breaks nothing
_RASTER_M, _DECIMALS = 0.05, 7
# up to this length a line straight in metres stays straight in degrees, to half a centimetre
_LONGEST_M = 500.0
_ROUNDS_COMMUNITY, _ROUNDS_GRID = 2, 4
# an area smaller than this is none
_LEAST_M2 = 1.0
# the sequence number of a grid has three digits
_MOST_GRIDS, _LEAST_GRIDS = 999, 3


def fengtai() -> dict:
    """
    Read the names, codes, rough centres and coarse outline of Fengtai.

    Returns
    -------
    facts
        As `schematic_city` takes them. `about` says where they come from;
        nothing in it is an official boundary.
    """
    return json.loads(Path(__file__).with_name("fengtai.json").read_text(encoding="utf-8"))


def schematic_city(facts: dict, *, seed: int = 1, grids: int = 3200) -> dict[str, gpd.GeoDataFrame]:
    """
    Make up areas for every street, community and grid of a district.

    A street is the Voronoi cell of its centre, cut by the outline; so streets
    are small where centres are dense. Communities share a street about evenly
    and are numbered as they lie; grids are shared out by the square root of
    a community's area, at least 3 each if `grids` suffices.

    Parameters
    ----------
    facts
        `district` (with `name` and `code6`), `outline_schematic_wgs84` (one
        ring of lon, lat) and `streets` (each with `code`, `name`,
        `centre_wgs84_estimate` and `communities` as pairs of code and name).
    seed
        The same facts, seed and number always give the same city.
    grids
        How many grids in all; never fewer than communities.

    Returns
    -------
    levels
        `district`, `street`, `community` and `grid`, each with `code`, `name`,
        `parent_code` (None for the district) and `geometry` (EPSG:4326,
        coordinates with 7 decimals), in order of code. The areas of a level
        neither overlap nor leave gaps, share the vertices of their borders,
        and those of one parent tile it. A grid's code is the community's and
        3 digits, counted west to east and north to south (DB11 单元网格划分).

    Raises
    ------
    BoundaryProblem
        `partition.outline`, if the outline crosses itself;
        `partition.no_communities`, if a street has none;
        `partition.no_room`, if an area would be smaller than a square metre:
        a centre far outside the outline, or far too many areas;
        `partition.too_many`, if a community would get more than 999 grids.
    """
    rng = np.random.default_rng(seed)
    outline = shapely.Polygon(facts["outline_schematic_wgs84"])
    if not outline.is_valid or outline.is_empty:
        raise BoundaryProblem("partition.outline", reason=shapely.is_valid_reason(outline))
    crs = metric_crs(outline.bounds)
    streets = _streets(facts["streets"], outline, crs)
    communities = _communities(facts["streets"], streets, rng)
    cells = _grids(communities, grids, rng)
    cells["geometry"] = _tiles(cells["geometry"].to_numpy(), crs)
    grid = gpd.GeoDataFrame(cells, crs=4326).sort_values("code", ignore_index=True)
    district = facts["district"]
    street = pd.DataFrame([{"code": one["code"], "name": one["name"]} for one in facts["streets"]])
    street["parent_code"] = district["code6"]
    top = pd.DataFrame({"code": [district["code6"]], "name": [district["name"]]})
    top["parent_code"] = pd.Series([None], dtype=object)
    community = _dissolved(grid, communities[["code", "name", "parent_code"]])
    street = _dissolved(community, street)
    return {"district": _dissolved(street, top), "street": street, "community": community, "grid": grid}


def _streets(facts: list[dict], outline: shapely.Polygon, crs: str) -> list[shapely.Polygon]:
    centres = gpd.GeoSeries([shapely.Point(one["centre_wgs84_estimate"]) for one in facts], crs=4326).to_crs(crs)
    area = gpd.GeoSeries([outline], crs=4326).to_crs(crs).iloc[0]
    for one in facts:
        if not one["communities"]:
            raise BoundaryProblem("partition.no_communities", code=one["code"], name=one["name"])
    return _split(area, _moved_in(area, shapely.get_coordinates(centres.array)))


def _moved_in(area: shapely.Polygon, points: np.ndarray) -> np.ndarray:
    """Centres outside the area go to its edge, and those in one place move apart: each needs a cell."""
    outside = ~shapely.intersects_xy(area, points[:, 0], points[:, 1])
    lines = shapely.shortest_line(area, shapely.points(points[outside]))
    points = points.copy()
    points[outside] = shapely.get_coordinates(shapely.get_point(lines, 0))
    for at in range(1, len(points)):
        while np.hypot(*(points[:at] - points[at]).T).min() < 1:
            points[at] += 1
    return points


def _communities(facts: list[dict], shapes: list[shapely.Polygon], rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for one, shape in zip(facts, shapes, strict=True):
        cells = _cells(shape, len(one["communities"]), _ROUNDS_COMMUNITY, rng)
        named = zip(one["communities"], cells, strict=True)
        rows += [(code, name, one["code"], cell) for (code, name), cell in named]
    found = pd.DataFrame(rows, columns=["code", "name", "parent_code", "geometry"])
    return found.sort_values("code", ignore_index=True)


def _grids(communities: pd.DataFrame, grids: int, rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    counts = _shared_out(grids, np.sqrt(shapely.area(communities["geometry"].to_numpy())))
    for one, count in zip(communities.itertuples(), counts.tolist(), strict=True):
        if count > _MOST_GRIDS:
            raise BoundaryProblem("partition.too_many", code=one.code, grids=count, most=_MOST_GRIDS)
        for number, cell in enumerate(_cells(one.geometry, count, _ROUNDS_GRID, rng), start=1):
            rows.append((f"{one.code}{number:03d}", f"{one.name}{number:03d}网格", one.code, cell))
    return pd.DataFrame(rows, columns=["code", "name", "parent_code", "geometry"])


def _shared_out(total: int, weights: np.ndarray) -> np.ndarray:
    """Whole numbers in proportion to the weights that sum to the total (largest remainders)."""
    least = min(_LEAST_GRIDS, max(total // len(weights), 1))
    rest = max(total - least * len(weights), 0)
    exact = rest * weights / weights.sum()
    counts = np.floor(exact).astype(int)
    first = np.argsort(-(exact - counts), kind="stable")[: rest - counts.sum()]
    counts[first] += 1
    return counts + least


def _cells(area: shapely.Polygon, count: int, rounds: int, rng: np.random.Generator) -> list[shapely.Polygon]:
    """Cut an area into cells of similar size, in reading order."""
    if count == 1:
        return [area]
    points = _scattered(area, count, rng)
    for _ in range(rounds):
        # Lloyd: move each point to the middle of its cell
        cells = _cut(area, points)
        middle = shapely.centroid(cells)
        middle = np.where(shapely.intersects(area, middle), middle, shapely.point_on_surface(cells))
        points = shapely.get_coordinates(middle)
    cells = _split(area, points)
    order = _reading_order(shapely.get_coordinates(shapely.centroid(cells)))
    return [cells[at] for at in order]


def _scattered(area: shapely.Polygon, count: int, rng: np.random.Generator) -> np.ndarray:
    west, south, east, north = area.bounds
    found = np.empty((0, 2))
    while len(found) < count:
        more = rng.uniform((west, south), (east, north), (4 * count, 2))
        found = np.concatenate([found, more[shapely.contains_xy(area, more[:, 0], more[:, 1])]])
    return found[:count]


def _cut(area: shapely.Polygon, points: np.ndarray) -> np.ndarray:
    cells = shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=area, ordered=True)
    return shapely.intersection(shapely.get_parts(cells), area)


def _split(area: shapely.Polygon, points: np.ndarray) -> list[shapely.Polygon]:
    """Voronoi cells within an area, each in one piece; what a bend cuts off goes to a neighbour."""
    if len(points) == 1:
        return [area]
    cells, strays = [], []
    for cell, point in zip(_cut(area, points), shapely.points(points), strict=True):
        parts = [part for part in shapely.get_parts(cell) if part.geom_type == "Polygon"]
        # crumbs of rounding lie at distance 0 too
        away = np.where(shapely.area(parts) < _LEAST_M2, np.inf, shapely.distance(parts, point))
        if not np.isfinite(away).any():
            raise BoundaryProblem("partition.no_room", areas=len(points))
        cells.append(parts.pop(int(np.argmin(away))))
        strays += parts
    while strays:
        # a stray may touch only another stray: that one's turn comes first
        shared = [shapely.area(shapely.intersection(np.array(cells), stray.buffer(0.5))) for stray in strays]
        turn = int(np.argmax([row.max() for row in shared]))
        taker = int(np.argmax(shared[turn]))
        cells[taker] = shapely.union(cells[taker], strays.pop(turn))
    return cells


def _reading_order(points: np.ndarray) -> np.ndarray:
    """North to south in bands, west to east within a band."""
    x, y = points.T
    bands = max(round(np.sqrt(len(points))), 1)
    height = max(float(np.ptp(y)), 1e-9)
    band = np.minimum(((y.max() - y) / height * bands).astype(int), bands - 1)
    return np.lexsort((x, band))


def _tiles(cells: np.ndarray, crs: str) -> gpd.GeoSeries:
    """Cells that nearly fit, as cells that fit: their lines noded on one raster, then closed again."""
    lines = shapely.get_parts(shapely.union_all(shapely.boundary(cells), grid_size=_RASTER_M))
    faces = shapely.get_parts(shapely.polygonize(shapely.segmentize(lines, _LONGEST_M)))
    inside = shapely.point_on_surface(faces)
    face, cell = shapely.STRtree(cells).query_nearest(inside, max_distance=2 * _RASTER_M, all_matches=False)
    tiles = gpd.GeoSeries(_united(faces[face], cell, len(cells)), crs=crs).to_crs(4326)
    rounded = shapely.transform(np.asarray(tiles.array), lambda points: np.round(points, _DECIMALS))
    return gpd.GeoSeries(shapely.normalize(rounded), crs=4326)


def _united(shapes: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """The union of each group of shapes that share borders; every vertex is kept."""
    order = np.argsort(group, kind="stable")
    members = np.split(shapes[order], np.cumsum(np.bincount(group, minlength=groups))[:-1])
    united = [one[0] if len(one) == 1 else shapely.coverage_union_all(one) for one in members]
    # a union of one comes back as a collection of one
    return np.array([shapely.get_geometry(one, 0) if shapely.get_num_geometries(one) == 1 else one for one in united])


def _dissolved(children: gpd.GeoDataFrame, parents: pd.DataFrame) -> gpd.GeoDataFrame:
    parents = parents.sort_values("code", ignore_index=True)
    group = pd.Index(parents["code"]).get_indexer(children["parent_code"])
    shapes = shapely.normalize(_united(np.asarray(children.geometry.array), group, len(parents)))
    return gpd.GeoDataFrame(parents, geometry=gpd.GeoSeries(shapes, crs=4326), crs=4326)
