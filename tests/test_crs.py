"""Coordinate systems: published vectors, round trips, edges."""

import json
import os
import pickle
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import CRS_NAMES, from_wgs84, known, metric_crs, shapes_to_wgs84, to_wgs84
from geo.errors import BoundaryProblem, CrsProblem, Problem

TESTDATA = Path(os.environ.get("WHISTLEMAP_TESTDATA", Path(__file__).parents[1] / ".." / "shared" / "data"))
VECTORS = TESTDATA / "standards" / "gcj02" / "vectors.json"
METRE = 1 / 111_000


@pytest.fixture(scope="module")
def vectors():
    if not VECTORS.is_file():
        pytest.skip("no folder of real records: set WHISTLEMAP_TESTDATA")
    return json.loads(VECTORS.read_text(encoding="utf-8"))


def gcj02_of_bd09(lon, lat):
    return from_wgs84(*to_wgs84(lon, lat, "bd09"), "gcj02")


def bd09_of_gcj02(lon, lat):
    return from_wgs84(*to_wgs84(lon, lat, "gcj02"), "bd09")


@pytest.mark.acceptance
@pytest.mark.parametrize(
    ("what", "convert", "metres"),
    [
        ("wgs84_to_gcj02", lambda lon, lat: from_wgs84(lon, lat, "gcj02"), 0.001),
        # its inverse is one step, good to about a metre; ours is iterated
        ("gcj02_to_wgs84_simple", lambda lon, lat: to_wgs84(lon, lat, "gcj02"), 1.5),
        ("gcj02_to_bd09", bd09_of_gcj02, 0.001),
        ("bd09_to_gcj02", gcj02_of_bd09, 0.2),
        # eviltransform writes pi where the others (and Baidu's own points) have pi x 3000 / 180: 42 m
        ("bd09_to_wgs84", lambda lon, lat: to_wgs84(lon, lat, "bd09"), 45),
    ],
)
def test_published_vectors(vectors, what, convert, metres):
    for vector in vectors[what]:
        assert np.abs(np.array(convert(*vector["in"])) - vector["out"]).max() < metres * METRE


def test_baidus_own_pair_of_beijing_station():
    # GCJ-02 and BD-09 of one building, as published in the R package geoChina; 5 decimals
    assert np.array(bd09_of_gcj02(116.42703, 39.90245)) == pytest.approx([116.43351, 39.90851], abs=1e-5)


def test_the_shift_at_fengtai_is_536_metres():
    lon, lat = from_wgs84(116.29, 39.85, "gcj02")
    assert (lon - 116.29, lat - 39.85) == (pytest.approx(0.00605, abs=1e-5), pytest.approx(0.00124, abs=1e-5))


@settings(deadline=None, max_examples=30)
@given(
    lon=st.lists(st.floats(73, 136), min_size=1, max_size=20),
    lat=st.floats(3, 54),
    crs=st.sampled_from(["gcj02", "bd09", "wgs84", "cgcs2000", "EPSG:4490", "EPSG:4548"]),
)
def test_there_and_back_is_the_same_place(lon, lat, crs):
    if crs == "EPSG:4548":
        # a 3-degree zone is not for the other end of the country
        lon = [112 + (one - 73) / 6.3 for one in lon]
    lat = np.full(len(lon), lat)
    back = to_wgs84(*from_wgs84(lon, lat, crs), crs)
    assert np.abs(np.array(back) - [lon, lat]).max() < 1e-9


@settings(deadline=None, max_examples=30)
@given(lon=st.floats(-180, 180), lat=st.floats(-90, 90))
def test_any_point_of_the_world_has_an_answer(lon, lat):
    for crs in CRS_NAMES:
        assert np.isfinite(to_wgs84(lon, lat, crs)).all()
        assert np.isfinite(from_wgs84(lon, lat, crs)).all()


def test_outside_china_gcj02_is_wgs84():
    for lon, lat in [(-74.0, 40.7), (139.7, 35.7), (116.3, 56.0), (0.0, 0.0), (72.0, 40.0)]:
        assert from_wgs84(lon, lat, "gcj02") == (lon, lat)
        assert to_wgs84(lon, lat, "gcj02") == (lon, lat)


def test_a_point_at_the_edge_of_the_box_comes_back():
    lon, lat = np.array([137.8346, 72.0041, 116.0]), np.array([40.0, 40.0, 55.827])
    assert np.array(to_wgs84(*from_wgs84(lon, lat, "gcj02"), "gcj02")) == pytest.approx(np.array([lon, lat]), abs=1e-9)


def test_cgcs2000_is_taken_as_wgs84():
    assert to_wgs84(116.3, 39.85, "CGCS2000") == (116.3, 39.85)


@pytest.mark.parametrize("crs", [*CRS_NAMES, "EPSG:4548"])
def test_nan_stays_nan_and_harms_no_neighbour(crs):
    x, y = from_wgs84([116.3], [39.85], crs)
    lon, lat = to_wgs84(np.r_[np.nan, x, x], np.r_[y, np.nan, y], crs)
    assert np.isnan(lon[0])
    assert np.isnan(lat[1])
    assert (lon[2], lat[2]) == (pytest.approx(116.3, abs=1e-9), pytest.approx(39.85, abs=1e-9))


def test_the_given_arrays_are_not_changed():
    lon, lat = np.array([116.3]), np.array([39.85])
    for crs in CRS_NAMES:
        to_wgs84(lon, lat, crs)[0][0] = 0
    assert (lon[0], lat[0]) == (116.3, 39.85)


def test_shapes_move_vertex_by_vertex_and_lose_their_height():
    square = shapely.box(116.2, 39.8, 116.3, 39.9)
    there = shapely.transform(square, lambda p: np.column_stack(from_wgs84(p[:, 0], p[:, 1], "gcj02")))
    series = gpd.GeoSeries([shapely.force_3d(there, 5)], index=["a"], name="geometry")
    back = shapes_to_wgs84(series, "gcj02")
    assert (back.crs, list(back.index), back.iloc[0].has_z) == ("EPSG:4326", ["a"], False)
    assert back.iloc[0].equals_exact(square, 1e-9)


def test_shapes_of_an_epsg_system():
    square = gpd.GeoSeries([shapely.box(116.2, 39.8, 116.3, 39.9)], crs=4326)
    back = shapes_to_wgs84(square.to_crs(4548), "epsg:4548")
    assert back.iloc[0].equals_exact(square.iloc[0], 1e-9)


@pytest.mark.parametrize("crs", ["utm", "", "EPSG:999999", "EPSG:5773", "gcj-02", "/etc/passwd"])
def test_an_unknown_system_is_refused_by_name(crs):
    with pytest.raises(CrsProblem) as caught:
        to_wgs84(1, 2, crs)
    assert (caught.value.key, caught.value.values["crs"]) == ("crs.unknown", crs)
    assert "gcj02" in caught.value.values["allowed"]


def test_known_gives_the_plain_name():
    assert known(" GCJ02 ") == "gcj02"
    assert known("epsg:4548").to_epsg() == 4548


@pytest.mark.parametrize(
    ("bounds", "crs"),
    [
        pytest.param((116.0, 39.7, 116.5, 39.9), "EPSG:4548", id="Fengtai"),
        pytest.param((115.4, 39.4, 117.5, 41.1), "EPSG:4548", id="all Beijing"),
        pytest.param((118.4, 31, 119.2, 32), "EPSG:32650", id="east of the zone"),
        pytest.param((116, -30, 117, -29), "EPSG:32750", id="the zone's longitude, but Australia"),
        pytest.param((-74.3, 40.5, -73.7, 40.9), "EPSG:32618", id="New York"),
        pytest.param((180, 10, 180, 10), "EPSG:32660", id="the last meridian"),
        pytest.param((-180, 10, -180, 10), "EPSG:32601", id="the first meridian"),
    ],
)
def test_metres_are_measured_where_the_centre_lies(bounds, crs):
    assert metric_crs(bounds) == crs


@pytest.mark.parametrize("bounds", [(np.nan,) * 4, (400000, 4e6, 500000, 4.1e6)])
def test_bounds_that_are_no_degrees_are_refused(bounds):
    with pytest.raises(CrsProblem, match=r"crs\.no_bounds"):
        metric_crs(bounds)


def test_a_problem_says_its_key_and_values_and_survives_a_process():
    problem = pickle.loads(pickle.dumps(BoundaryProblem("boundaries.no_column", file="a.json", key="x")))
    assert isinstance(problem, ValueError | Problem)
    assert str(problem) == "boundaries.no_column: file=a.json, key=x"
    assert str(Problem("a.b")) == "a.b"
