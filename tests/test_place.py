"""Placing points: squares drawn by hand, geopandas as the judge, any shapes at all."""

import gzip
import io
import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import BoundaryProblem
from geo.place import Placer, unlocated_reason

TESTDATA = Path(os.environ.get("WHISTLEMAP_TESTDATA", Path(__file__).parents[1] / ".." / "shared" / "data"))

LEFT, RIGHT = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)


def judged(shapes, ids, lon, lat):
    """Geopandas' intersects, and of several areas the one with the smallest integer id."""
    areas = gpd.GeoDataFrame({"id": [int(one) for one in ids], "at": range(len(ids))}, geometry=list(shapes), crs=4326)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326)
    pairs = gpd.sjoin(points, areas, predicate="intersects").sort_values(["id", "at"])
    first = pairs[~pairs.index.duplicated()]
    answer = np.full(len(lon), -1)
    answer[first.index] = first["at"]
    return answer


def telling_points(shapes, count=500, seed=0):
    """Points at random, on every vertex, in the middle of every edge, and a hair beside the vertices."""
    rng = np.random.default_rng(seed)
    corners = shapely.get_coordinates(np.array(shapes, dtype=object))
    west, south = corners.min(axis=0)
    east, north = corners.max(axis=0)
    span = max(east - west, north - south)
    scattered = rng.uniform((west - span / 10, south - span / 10), (east + span / 10, north + span / 10), (count, 2))
    beside = np.nextafter(corners, corners + rng.choice([-1, 1], corners.shape))
    return np.concatenate([scattered, corners, (corners[1:] + corners[:-1]) / 2, beside]).T


def agrees(shapes, ids, **options):
    lon, lat = telling_points(shapes)
    placed = Placer(shapes, ids, **options).place(lon, lat)
    assert placed.dtype == np.int32
    np.testing.assert_array_equal(placed, judged(shapes, ids, lon, lat))


def test_a_point_belongs_to_the_area_it_lies_in():
    placer = Placer([LEFT, RIGHT], ["7", "8"])
    assert placer.place([0.5, 1.5, 2.5, 0.5], [0.5, 0.5, 0.5, -0.1]).tolist() == [0, 1, -1, -1]


@pytest.mark.parametrize(
    ("ids", "owner"),
    [
        pytest.param(["9", "10"], 0, id="integer texts as integers"),
        pytest.param(["10", "9"], 1, id="whatever their order"),
        pytest.param([10, 9], 1, id="integers"),
        pytest.param(["a9", "a10"], 1, id="texts as texts"),
        pytest.param(["10", "b"], 0, id="one text makes all texts"),
        pytest.param(["9", "9"], 0, id="equal ids: the first shape"),
        pytest.param(["110106013001002", "110106013001001"], 1, id="15 digits"),
    ],
)
def test_a_point_on_a_shared_border_goes_to_the_smallest_id(ids, owner):
    on_border = Placer([LEFT, RIGHT], ids).place([1, 1, 1], [0, 0.5, 1])
    assert on_border.tolist() == [owner] * 3


def test_an_overlap_goes_to_the_smallest_id_deep_inside_too():
    big, small = shapely.box(0, 0, 10, 10), shapely.box(2, 2, 8, 8)
    assert Placer([big, small], [2, 1]).place([5, 1], [5, 1]).tolist() == [1, 0]
    assert Placer([big, small], [1, 2]).place([5, 1], [5, 1]).tolist() == [0, 0]


def test_what_is_no_number_lies_nowhere():
    lon = [np.nan, 0.5, np.inf, -np.inf, 1e308, np.nan]
    lat = [0.5, np.nan, 0.5, 0.5, -1e308, np.nan]
    assert Placer([LEFT], [1]).place(lon, lat).tolist() == [-1] * 6


def test_the_edge_of_the_raster_is_outside():
    # with 4 cells to a side the raster reaches from -0.5 to 1.5
    edges = [-0.5, 1.5]
    assert Placer([LEFT], [1], cells=4).place([*edges, 0.5, 1.5], [*edges, 1.5, 0.5]).tolist() == [-1] * 4


def test_the_answer_has_the_shape_of_the_question():
    placer = Placer([LEFT], [1])
    assert placer.place([], []).shape == (0,)
    assert placer.place(np.full((2, 3), 0.5), np.full((2, 3), 0.5)).shape == (2, 3)
    assert placer.place(0.5, 0.5).tolist() == 0


HARD = {
    "one": [LEFT],
    "holes": [shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2)), shapely.box(1.2, 1.2, 1.8, 1.8)],
    "hole filled": [shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2)), shapely.box(1, 1, 2, 2)],
    "multipolygon": [shapely.union(LEFT, shapely.box(3, 0, 4, 1)), shapely.box(1, 0, 3, 1)],
    "sliver": [shapely.Polygon([(0, 0), (1, 1e-9), (2, 0), (1, 2e-9)]), shapely.box(0, 0, 2, 1)],
    "smaller than a cell": [shapely.box(0.4, 0.4, 0.4 + 1e-7, 0.4 + 1e-7), shapely.box(0, 0, 100, 100)],
    "a speck": [shapely.box(116.3, 39.8, 116.3 + 1e-12, 39.8 + 1e-12)],
    "needle": [shapely.Polygon([(0, 0), (100, 1), (100, 1.0001)]), shapely.Polygon([(0, 0), (1, 100), (1.0001, 100)])],
    "no width": [shapely.box(5, 0, 5 + 1e-13, 1)],
    "diagonal": [shapely.Polygon([(0, 0), (1, 1), (0, 1)]), shapely.Polygon([(0, 0), (1, 0), (1, 1)])],
    "touching in a point": [LEFT, shapely.box(1, 1, 2, 2)],
    "the world": [shapely.box(-180, -90, 0, 90), shapely.box(0, -90, 180, 90)],
}


@pytest.mark.parametrize("cells", [4, 64, None])
@pytest.mark.parametrize("name", HARD)
def test_hard_shapes_as_geopandas(name, cells):
    shapes = HARD[name]
    agrees(shapes, range(len(shapes)), cells=cells)
    agrees(shapes, range(len(shapes), 0, -1), cells=cells)


def test_no_areas_and_empty_areas_hold_nothing():
    assert Placer([], []).place([0.5], [0.5]).tolist() == [-1]
    assert Placer([shapely.Polygon(), None], [1, 2]).place([0.5], [0.5]).tolist() == [-1]
    assert Placer([shapely.Polygon(), LEFT, None], [1, 2, 3]).place([0.5, 1], [0.5, 1]).tolist() == [1, 1]


@settings(deadline=None, max_examples=30)
@given(
    seeds=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=12, unique=True),
    sizes=st.lists(st.floats(0.1, 4), min_size=12, max_size=12),
    cells=st.sampled_from([4, 16, 100, 512]),
    seed=st.integers(0, 10**6),
)
def test_any_shapes_as_geopandas(seeds, sizes, cells, seed):
    # circles with few corners: overlapping, nested, touching
    circles = [shapely.Point(at).buffer(size, quad_segs=3) for at, size in zip(seeds, sizes, strict=False)]
    holed = [shape.difference(circles[0].buffer(-0.05)) if n % 3 == 2 else shape for n, shape in enumerate(circles)]
    shapes = [shape if not shape.is_empty else circles[n] for n, shape in enumerate(holed)]
    agrees(shapes, np.random.default_rng(seed).permutation(len(shapes)), cells=cells)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10**6), count=st.integers(2, 60))
def test_cells_of_a_tiling_have_exactly_one_owner(seed, count):
    rng = np.random.default_rng(seed)
    frame = shapely.box(116, 39.7, 116.5, 39.9)
    points = shapely.MultiPoint(rng.uniform((116, 39.7), (116.5, 39.9), (count, 2)))
    shapes = shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(points, extend_to=frame)), frame)
    agrees(shapes, rng.permutation(count), cells=64)
    inside = shapely.get_coordinates(shapely.point_on_surface(shapes)).T
    assert Placer(shapes, range(count)).place(*inside).tolist() == list(range(count))


def test_the_number_of_cells_never_changes_the_answer():
    shapes = HARD["holes"] + HARD["needle"] + HARD["multipolygon"]
    lon, lat = telling_points(shapes, 5000)
    answers = [Placer(shapes, range(len(shapes)), cells=cells).place(lon, lat) for cells in (1, 7, 200, 1024)]
    for answer in answers[1:]:
        np.testing.assert_array_equal(answer, answers[0])


def test_a_placer_can_be_pickled_and_shared_by_threads():
    shapes = [shapely.Point(x, y).buffer(0.6) for x in range(6) for y in range(6)]
    lon, lat = telling_points(shapes, 20_000)
    placer = Placer(shapes, range(36))
    expected = placer.place(lon, lat)
    other = pickle.loads(pickle.dumps(placer))
    assert shapely.is_prepared(other._shapes).all()
    with ThreadPoolExecutor(4) as pool:
        for answer in pool.map(lambda _: other.place(lon, lat), range(8)):
            np.testing.assert_array_equal(answer, expected)


@pytest.mark.parametrize(
    ("shapes", "ids", "key"),
    [
        ([LEFT], [1, 2], "place.ids"),
        ([LEFT, shapely.Point(1, 1)], [1, 2], "place.not_areas"),
        ([shapely.LineString([(0, 0), (1, 1)])], [1], "place.not_areas"),
        ([shapely.from_wkt("POLYGON ((0 0, 1 inf, 1 1, 0 0))")], [1], "place.not_finite"),
    ],
)
def test_what_cannot_hold_points_is_refused(shapes, ids, key):
    with pytest.raises(BoundaryProblem) as caught:
        Placer(shapes, ids)
    assert caught.value.key == key


@pytest.mark.acceptance
def test_new_yorks_community_districts_as_geopandas():
    file = TESTDATA / "nyc" / "community_district.geojson.gz"
    if not file.is_file():
        pytest.skip("no folder of real records: set WHISTLEMAP_TESTDATA")
    districts = gpd.read_file(io.BytesIO(gzip.decompress(file.read_bytes())))
    shapes, ids = districts.geometry, districts["BoroCD"]
    corners = shapely.get_coordinates(shapes.array)
    rng = np.random.default_rng(0)
    some = rng.integers(0, len(corners) - 1, 4000)
    scattered = rng.uniform(corners.min(axis=0), corners.max(axis=0), (20_000, 2))
    points = np.concatenate([scattered, corners[some], (corners[some] + corners[some + 1]) / 2]).T
    for cells in (None, 2048):
        placed = Placer(shapes, ids, cells=cells).place(*points)
        np.testing.assert_array_equal(placed, judged(shapes, ids, *points))


def test_why_a_coordinate_cannot_be_used():
    lon = [116.3, np.nan, 116.3, np.inf, 0, 0, 181, 10, 118, 117.0001, 117, 116.3]
    lat = [39.8, 39.8, np.nan, 39.8, 0, 39.8, 39.8, -90.5, 39.8, 39.8, 39.8, 41]
    reasons = unlocated_reason(lon, lat, (116, 39.7, 116.5, 39.9), margin_deg=0.5)
    assert reasons.tolist() == [
        *["", "missing", "missing", "missing", "zero", "far", "out_of_range", "out_of_range", "far", "far", "", "far"]
    ]


def test_without_bounds_nothing_is_far():
    assert unlocated_reason([-74.0, 0.0, 200.0], [40.7, 0.0, 0.0]).tolist() == ["", "zero", "out_of_range"]
    assert unlocated_reason([], []).tolist() == []
    assert unlocated_reason([117.4, 117.6], [39.8, 39.8], (116, 39, 116.5, 40)).tolist() == ["", "far"]
