"""Coordinates judged by evidence: planted systems are found, weak evidence is not a verdict, real cities agree."""

import math
import os
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.boundaries import read_boundaries
from geo.coordinates import numbers
from geo.crs import from_wgs84, to_wgs84
from geo.evidence import ALPHA, CLEAR_SHARE, LEAST_PLACES, MOST_PLACES, REASONS, chance, judge
from geo.partition import fengtai, schematic_city
from geo.readings import Reading, readings

TESTDATA = Path(os.environ.get("WHISTLEMAP_TESTDATA", Path(__file__).parents[1] / ".." / "shared" / "data"))


def squares(side, count):
    """So many squares to a side, each of `side` degrees, in Fengtai: borders are exact in binary."""
    corners = [(116 + i * side, 39.75 + j * side) for j in range(count) for i in range(count)]
    return [shapely.box(x, y, x + side, y + side) for x, y in corners]


STREETS, COMMUNITIES = squares(1 / 16, 2), squares(1 / 32, 4)
# two quarters of a city beyond the box in which GCJ-02 shifts
YORK = [shapely.box(-74.0, 40.6, -73.9, 40.8), shapely.box(-73.9, 40.6, -73.8, 40.8)]


def drawn(areas, count, seed=1, wrong=0.0):
    """Points scattered over the areas, each with the area it lies in, some with another one."""
    rng = np.random.default_rng(seed)
    west, south, east, north = shapely.total_bounds(areas)
    lon, lat = rng.uniform(west, east, count), rng.uniform(south, north, count)
    inside = np.array([shapely.intersects_xy(area, lon, lat) for area in areas])
    stated = np.where(inside.any(axis=0), inside.argmax(axis=0), -1)
    false = rng.random(count) < wrong
    stated[false] = rng.integers(0, len(areas), false.sum())
    return lon, lat, stated


def lattice(areas, side):
    """Points so far from each other that each is a place of its own, with the area each lies in."""
    west, south, east, north = shapely.total_bounds(areas)
    steps = (np.arange(side) + 0.37) / side
    lon, lat = (one.ravel() for one in np.meshgrid(west + steps * (east - west), south + steps * (north - south)))
    return lon, lat, np.array([shapely.intersects_xy(area, lon, lat) for area in areas]).argmax(axis=0)


def written(lon, lat, reading):
    """What a file holds whose points are meant by a reading."""
    if reading.notation == "mercator":
        x, y = from_wgs84(*from_wgs84(lon, lat, reading.crs), "EPSG:3857")
    else:
        x, y = from_wgs84(lon, lat, reading.crs)
    if reading.notation == "minutes":
        x, y = (np.round(np.trunc(one) * 100 + np.fmod(one, 1) * 60, 4) for one in (x, y))
    else:
        x, y = np.round(x, 6), np.round(y, 6)
    return (y, x) if reading.swapped else (x, y)


PLANTED = [
    *(Reading(crs, swapped) for crs in ("wgs84", "gcj02", "bd09") for swapped in (False, True)),
    *(Reading(crs, swapped, "minutes") for crs in ("wgs84", "gcj02") for swapped in (False, True)),
    *(Reading(f"EPSG:{n}", swapped, "metres") for n in (3857, 4548, 4527, 4498, 32650) for swapped in (False, True)),
    Reading("gcj02", False, "mercator"),
]


@pytest.mark.parametrize("reading", PLANTED, ids=str)
def test_a_planted_reading_is_found_by_the_streets_that_rows_state(reading):
    lon, lat, stated = drawn(STREETS, 1000, wrong=0.2)
    verdict = judge(*written(lon, lat, reading), stated=stated, areas=STREETS)
    assert (verdict.reason, verdict.reading) == ("decided", reading)
    assert (verdict.crs, verdict.swapped, verdict.notation) == (reading.crs, reading.swapped, reading.notation)
    best = verdict.shares[0]
    assert best.reading == reading
    assert 0.75 < best.stated_share < 0.95
    assert 900 < best.places == best.stated <= 1000
    assert verdict.rival not in (None, reading)
    assert verdict.votes > 3 * verdict.rival_votes
    # and brings the points back to where they were
    back = verdict.reading.to_wgs84(*written(lon, lat, reading))
    assert np.abs(np.array(back) - [lon, lat]).max() < 2e-6


def test_the_shares_say_what_lies_where_under_each():
    lon, lat, stated = lattice(STREETS, 30)
    x, y = from_wgs84(lon, lat, "gcj02")
    verdict = judge(x, y, stated=stated, areas=STREETS, outline=shapely.union_all(STREETS))
    shares = {share.reading: share for share in verdict.shares}
    assert list(shares) == [Reading("gcj02"), Reading("wgs84"), Reading("bd09")]  # a latitude of 116 is none
    inside = sum(int(shapely.intersects_xy(STREETS[at], x[stated == at], y[stated == at]).sum()) for at in range(4))
    assert shares[Reading("wgs84")].in_stated == inside
    outline = shapely.box(*shapely.total_bounds(STREETS))
    assert shares[Reading("wgs84")].in_outline == int(shapely.intersects_xy(outline, x, y).sum())
    assert (shares[Reading("gcj02")].stated_share, shares[Reading("gcj02")].outline_share) == (1, 1)


@pytest.mark.parametrize("crs", ["wgs84", "gcj02", "bd09"])
@pytest.mark.parametrize("swapped", [False, True])
def test_without_stated_areas_nobody_knows_in_china(crs, swapped):
    lon, lat, _ = drawn(STREETS, 1000)
    reading = Reading(crs, swapped)
    for stated in (None, np.full(1000, -1)):
        verdict = judge(*written(lon, lat, reading), stated=stated, areas=STREETS)
        assert (verdict.reason, verdict.decided, verdict.crs) == ("no_stated", False, None)
        # but the order of the columns shows
        assert verdict.shares[0].reading.swapped == swapped
        assert math.isnan(verdict.shares[0].stated_share)


@pytest.mark.parametrize(
    ("code", "decided"), [(4527, True), (4498, True), (4548, False), (32650, False), (3857, False)]
)
def test_metres_without_stated_areas_are_known_only_where_no_other_reading_is_near(code, decided):
    # Gauss-Kruger and UTM are 1.7 km apart, web Mercator may lie over GCJ-02; a zone number leaves no doubt
    reading = Reading(f"EPSG:{code}", True, "metres")
    lon, lat, _ = drawn(STREETS, 1000)
    verdict = judge(*written(lon, lat, reading), outline=shapely.total_bounds(STREETS))
    assert verdict.reading == (reading if decided else None)
    assert verdict.reason == ("decided" if decided else "no_stated")


@pytest.mark.parametrize("reading", [
    Reading("wgs84"), Reading("wgs84", True), Reading("wgs84", False, "minutes"), Reading("EPSG:32618", True, "metres"),
    Reading("EPSG:3857", False, "metres"),
], ids=str)  # fmt: skip
@pytest.mark.parametrize("with_stated", [True, False])
def test_outside_china_the_outline_is_enough(reading, with_stated):
    lon, lat, stated = drawn(YORK, 200)
    verdict = judge(*written(lon, lat, reading), stated=stated if with_stated else None, areas=YORK)
    assert (verdict.reason, verdict.reading) == ("decided", reading)
    if reading.notation != "metres":
        # there GCJ-02 is the same; and Baidu does not use BD-09
        assert verdict.shares[0].also == (Reading("gcj02", reading.swapped, reading.notation),)
    assert "bd09" not in {share.reading.crs for share in verdict.shares}


def test_a_lost_minus_far_away_does_not_make_two_readings_of_one():
    lon, lat, _ = drawn(YORK, 200)
    lon[0] = -lon[0]  # in China's box
    assert judge(lon, lat, areas=YORK).reading == Reading("wgs84")


def test_one_building_is_one_witness():
    lon, lat, stated = drawn(STREETS, 200)
    once = judge(lon, lat, stated=stated, areas=STREETS)
    again = np.r_[np.arange(200), np.full(5000, 7)]
    assert judge(lon[again], lat[again], stated=stated[again], areas=STREETS) == once
    # nor is one whose points are a few metres apart
    rng = np.random.default_rng(1)
    x, y = 116.0001 + rng.normal(0, 5e-5, 3000), 39.8 + rng.normal(0, 5e-5, 3000)
    verdict = judge(*from_wgs84(x, y, "gcj02"), stated=np.zeros(3000, int), areas=STREETS)
    assert verdict.reason == "too_few"


def test_a_wrong_building_is_outvoted_by_its_neighbours():
    lon, lat, stated = drawn(STREETS, 400)
    rng = np.random.default_rng(1)
    # as many rows again: a compound just over the border that states the neighbour, as GCJ-02 would have it
    x = np.r_[lon, 116.0625 + 0.002 + rng.normal(0, 2e-4, 400)]
    y = np.r_[lat, 39.77 + rng.normal(0, 2e-4, 400)]
    verdict = judge(x, y, stated=np.r_[stated, np.zeros(400, int)], areas=STREETS)
    assert verdict.crs == "wgs84"


def test_one_area_does_not_decide_against_the_rest():
    lon, lat, stated = drawn(COMMUNITIES, 1200)
    # what states the first area moved with it, the rest says the contrary more softly
    rng = np.random.default_rng(2)
    _, south, east, north = COMMUNITIES[0].bounds
    inner = from_wgs84(rng.uniform(east - 0.006, east, 600), rng.uniform(south, north, 600), "gcj02")
    keep = rng.random(1200) < 0.1
    x, y = np.r_[inner[0], lon[keep]], np.r_[inner[1], lat[keep]]
    verdict = judge(x, y, stated=np.r_[np.zeros(600, int), stated[keep]], areas=COMMUNITIES)
    assert verdict.shares[0].reading == Reading("gcj02")
    assert verdict.votes > 3 * verdict.rival_votes
    assert (verdict.reason, verdict.decided) == ("close", False)


@pytest.mark.parametrize("crs", ["wgs84", "gcj02", "bd09"])
def test_zeros_and_no_numbers_say_nothing(crs):
    lon, lat, stated = drawn(STREETS, 300)
    x, y = from_wgs84(lon, lat, crs)
    verdict = judge(x, y, stated=stated, areas=STREETS)
    junk = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 1e300, -1e9])
    first, second = (one.ravel() for one in np.meshgrid(junk, junk))
    states = np.r_[stated, np.zeros(len(junk) ** 2 + 300, int)]
    none = np.full(300, np.nan)
    more = judge(np.r_[x, first, x], np.r_[y, second, none], stated=states, areas=STREETS)
    assert more == verdict
    assert verdict.crs == crs


@pytest.mark.parametrize(
    ("count", "reason"), [(0, "too_few"), (1, "too_few"), (LEAST_PLACES - 1, "too_few"), (LEAST_PLACES, "decided")]
)
def test_a_few_points_decide_nothing(count, reason):
    lon, lat, stated = drawn(YORK, count)
    assert judge(lon, lat, stated=stated, areas=YORK).reason == reason


def test_a_few_stated_areas_are_too_few():
    lon, lat, stated = drawn(STREETS, 500)
    stated[LEAST_PLACES - 1 :] = -1
    assert judge(lon, lat, stated=stated, areas=STREETS).reason == "too_few"


def test_points_deep_inside_their_areas_leave_it_close():
    lon, lat, stated = drawn(STREETS, 20_000)
    deep = np.zeros(20_000, bool)
    for shape in STREETS:
        deep |= shapely.intersects_xy(shape.buffer(-0.02), lon, lat)
    verdict = judge(lon[deep], lat[deep], stated=stated[deep], areas=STREETS)
    assert (verdict.reason, verdict.votes, verdict.shares[0].stated_share) == ("close", 0, 1)


def test_stated_areas_that_mean_nothing_are_weak():
    lon, lat, stated = drawn(STREETS, 1000)
    verdict = judge(lon, lat, stated=np.random.default_rng(3).permutation(stated), areas=STREETS)
    assert verdict.reason == "weak"
    assert verdict.shares[0].stated_share < CLEAR_SHARE


def test_points_of_another_city_fit_nothing():
    lon, lat, stated = drawn(STREETS, 500)
    for x, y in [(lon + 5, lat), (lon * 1e5, lat * 9e4), (lon * 0 + np.arange(500) * 9.9e4, lat + 9e7)]:
        assert judge(x, y, stated=stated, areas=STREETS).reason == "nothing_fits"
        assert judge(x, y, areas=STREETS).reason == "nothing_fits"


@pytest.mark.parametrize(
    "twisted",
    [
        pytest.param(lambda lon, lat: from_wgs84(*from_wgs84(lon, lat, "gcj02"), "gcj02"), id="GCJ-02 twice"),
        pytest.param(lambda lon, lat: to_wgs84(lon, lat, "gcj02"), id="corrected without need"),
        pytest.param(lambda lon, lat: from_wgs84(*from_wgs84(lon, lat, "gcj02"), "bd09"), id="BD-09 of GCJ-02"),
        pytest.param(lambda lon, lat: (lon, lat + 0.004), id="everything 440 m north"),
    ],
)
def test_what_is_none_of_the_readings_is_not_called_the_nearest_of_them(twisted):
    for areas, seed in [(STREETS, 1), (STREETS, 2), (COMMUNITIES, 1)]:
        lon, lat, stated = drawn(areas, 3000, seed)
        verdict = judge(*twisted(lon, lat), stated=stated, areas=areas)
        assert verdict.reason in ("beside", "close")


@pytest.mark.parametrize("every", [2, 3])
def test_a_mixed_file_is_no_one_system(every):
    lon, lat, stated = lattice(STREETS, 70)
    other = np.arange(4900) % every == 0
    x, y = np.where(other, from_wgs84(lon, lat, "gcj02"), (lon, lat))
    verdict = judge(x, y, stated=stated, areas=STREETS)
    assert (verdict.reason, verdict.decided) == ("close", False)
    # of three rows two are WGS84: far from chance, and no proof that all are
    assert (chance(verdict.votes, verdict.rival_votes) < ALPHA) == (every == 3)


@pytest.mark.parametrize(("witnesses", "reason"), [(6, "close"), (9, "close"), (10, "decided")])
def test_ten_witnesses_are_needed(witnesses, reason):
    deep = lattice([shapely.box(116.02, 39.77, 116.05, 39.79)], 8)
    # WGS84 lies in the first street, GCJ-02 and BD-09 to the west and south of it
    east, south = np.full(witnesses, 116.001), 39.7505 + np.arange(witnesses) * 0.0051
    x, y = np.r_[deep[0], east], np.r_[deep[1], south]
    verdict = judge(x, y, stated=np.zeros(64 + witnesses, int), areas=STREETS)
    assert (verdict.reason, verdict.votes, verdict.rival_votes) == (reason, witnesses, 0)


def test_an_outline_as_small_as_the_shift_is_no_proof():
    lon, lat, _ = lattice([shapely.box(116.2, 39.8, 116.204, 39.9)], 30)
    verdict = judge(lon, lat, outline=(116.2, 39.8, 116.204, 39.9))
    assert (verdict.reason, verdict.shares[0].outline_share, verdict.shares[1].outline_share) == ("no_stated", 1, 0)


def test_where_longitude_and_latitude_are_alike_their_order_is_not_known():
    square = [shapely.box(44.9, 44.9, 45.1, 45.1)]
    lon, lat, _ = drawn(square, 500)
    verdict = judge(lon, lat, areas=square)
    assert (verdict.reason, verdict.rival) == ("no_stated", Reading("wgs84", swapped=True))
    # what each row states tells
    east = [shapely.box(44.9, 44.9, 45, 45.1), shapely.box(45, 44.9, 45.1, 45.1)]
    lon, lat, stated = drawn(east, 500)
    assert judge(lat, lon, stated=stated, areas=east).reading == Reading("wgs84", swapped=True)


def test_a_point_on_the_border_lies_in_what_it_states():
    on_the_border = np.arange(39.7505, 39.81, 0.001)
    middle = np.full(len(on_the_border), STREETS[0].bounds[2])
    stated = np.arange(len(on_the_border)) % 2  # either side
    verdict = judge(middle, on_the_border, stated=stated, areas=STREETS)
    assert verdict.shares[0].reading == Reading("wgs84")
    assert verdict.shares[0].in_stated == len(on_the_border)


def test_areas_smaller_than_the_shift_decide_too():
    tiny = squares(0.002, 9)
    tiny = [shapely.buffer(area, -0.0005, join_style="mitre") for area in tiny]
    lon, lat = (np.array([getattr(area.centroid, axis) for area in tiny]) for axis in "xy")
    for crs in ("wgs84", "gcj02", "bd09"):
        verdict = judge(*from_wgs84(lon, lat, crs), stated=np.arange(81), areas=tiny)
        assert (verdict.reason, verdict.crs, verdict.votes) == ("decided", crs, 81)


def test_an_area_without_a_shape_is_as_if_not_stated():
    lon, lat, stated = lattice(STREETS, 20)
    x, y = from_wgs84(lon, lat, "gcj02")
    more = [*STREETS, None, shapely.Polygon()]
    hollow = np.where(np.arange(400) < 100, np.where(np.arange(400) % 2, 4, 5), stated)
    verdict = judge(x, y, stated=hollow, areas=more, outline=shapely.union_all(STREETS))
    assert (verdict.crs, verdict.shares[0].places, verdict.shares[0].stated) == ("gcj02", 400, 300)


@pytest.mark.parametrize("areas", [(), [None], [shapely.Polygon()]])
def test_without_any_area_there_is_nothing_to_judge_by(areas):
    lon, lat, _ = drawn(STREETS, 100)
    verdict = judge(lon, lat, stated=np.zeros(100, int) - 1, areas=areas)
    assert (verdict.reason, verdict.shares) == ("no_stated", ())


def test_a_coordinate_states_what_most_of_its_rows_state():
    lon, lat, stated = lattice(STREETS, 18)
    other = (stated + 1) % 4
    x, y = from_wgs84(np.tile(lon, 4), np.tile(lat, 4), "bd09")
    silent = np.full(324, -1)
    verdict = judge(x, y, stated=np.r_[stated, other, stated, silent], areas=STREETS)
    assert (verdict.crs, verdict.shares[0].in_stated, verdict.shares[0].stated) == ("bd09", 324, 324)
    # and the points of one cell what most of them state, whatever one point says how often
    x, y = x + np.repeat([0, 1e-5, 2e-5, 3e-5], 324), y + np.repeat([0, 1e-5, 2e-5, 3e-5], 324)
    again = np.r_[np.arange(4 * 324), np.tile(np.arange(324, 648), 9)]
    verdict = judge(x[again], y[again], stated=np.r_[stated, other, stated, silent][again], areas=STREETS)
    assert verdict.crs == "bd09"
    assert verdict.shares[0].stated_share > 0.9  # the line between two cells parts some of them


def test_of_very_many_points_an_even_part_is_judged():
    areas = squares(1 / 4, 4)
    lon, lat, stated = drawn(areas, 60_000)
    x, y = from_wgs84(lon, lat, "gcj02")
    started = time.perf_counter()
    verdict = judge(x, y, stated=stated, areas=areas)
    assert time.perf_counter() - started < 2
    assert (verdict.crs, verdict.shares[0].places, verdict.shares[0].in_stated) == ("gcj02", MOST_PLACES, MOST_PLACES)


@given(
    seed=st.integers(0, 99),
    count=st.integers(0, 150),
    crs=st.sampled_from(["wgs84", "gcj02", "bd09", "EPSG:4548"]),
    wrong=st.sampled_from([0, 0.3, 0.6]),
    areas=st.sampled_from([STREETS, COMMUNITIES, YORK]),
)
def test_the_order_of_rows_is_nothing_and_the_best_is_the_one_with_most_hits(seed, count, crs, wrong, areas):
    lon, lat, stated = drawn(areas, count, seed, wrong)
    x, y = from_wgs84(lon, lat, crs)
    verdict = judge(x, y, stated=stated, areas=areas)
    order = np.random.default_rng(seed).permutation(count)
    assert judge(x[order], y[order], stated=stated[order], areas=areas) == verdict
    # said twice it is not truer
    assert judge(np.r_[x, x], np.r_[y, y], stated=np.r_[stated, stated], areas=areas) == verdict
    assert verdict.reason in REASONS
    assert verdict.decided == (verdict.reason == "decided")
    if verdict.decided:
        best = next(share for share in verdict.shares if share.reading == verdict.reading)
        assert best.in_stated == max(share.in_stated for share in verdict.shares)
        assert best.stated_share >= CLEAR_SHARE
        if verdict.rival:
            assert chance(verdict.votes, verdict.rival_votes) < ALPHA


@given(
    rows=st.lists(
        st.tuples(
            st.floats(allow_nan=True, allow_infinity=True) | st.floats(-200, 200) | st.floats(-2e4, 2e4),
            st.floats(allow_nan=True, allow_infinity=True) | st.floats(-200, 200) | st.floats(-2e4, 2e4),
            st.integers(-5, 3),
        ),
        max_size=60,
    )
)
def test_any_numbers_at_all_have_an_answer(rows):
    x, y, stated = (np.array(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    verdict = judge(x, y, stated=stated, areas=STREETS)
    assert verdict.reason in REASONS
    for share in verdict.shares:
        assert 0 <= share.in_stated <= share.stated <= share.places
        assert 0 <= share.in_outline <= share.places


@given(wins=st.integers(0, 60), losses=st.integers(0, 60))
def test_the_sign_test_is_exact(wins, losses):
    total = wins + losses
    exact = Fraction(sum(math.comb(total, k) for k in range(wins, total + 1)), 2**total)
    assert chance(wins, losses) == pytest.approx(float(exact), rel=1e-9)


def test_the_sign_test_of_very_many():
    assert chance(20_000, 0) == 0
    assert chance(10_000, 10_000) == pytest.approx(0.5, abs=0.01)
    assert chance(0, 0) == 1


# --- which readings are tried


def test_the_zones_are_those_of_the_place():
    tried = [one.crs for one in readings((116.0, 39.7, 116.5, 39.9), "metres") if not one.swapped]
    assert tried == [
        *("EPSG:3857", "EPSG:32650", "EPSG:4547", "EPSG:4548", "EPSG:4526", "EPSG:4527", "EPSG:4497", "EPSG:4498"),
        "gcj02",
    ]
    names = {code: pyproj.CRS(code).name for code in tried if code.startswith("EPSG")}
    assert names["EPSG:4548"] == "CGCS2000 / 3-degree Gauss-Kruger CM 117E"
    assert names["EPSG:4527"] == "CGCS2000 / 3-degree Gauss-Kruger zone 39"
    assert names["EPSG:4498"] == "CGCS2000 / Gauss-Kruger zone 20"


@given(lon=st.floats(73.5, 135), lat=st.floats(18, 53.5))
def test_every_zone_tried_in_china_is_a_gauss_kruger_zone_near_the_place(lon, lat):
    codes = [one.crs for one in readings((lon, lat, lon, lat), "metres") if one.notation == "metres"]
    for code in {*codes} - {"EPSG:3857"}:
        crs = pyproj.CRS(code)
        assert crs.name.startswith(("CGCS2000", "WGS 84 / UTM zone"))
        values = {value.name: value.value for value in crs.coordinate_operation.params}
        meridian = values["Longitude of natural origin"]
        assert abs(meridian - lon) <= 6
    assert any("3-degree" in pyproj.CRS(code).name for code in codes)


def test_beyond_china_there_is_neither_baidu_nor_gauss_kruger():
    assert {one.crs for one in readings((-74.1, 40.6, -73.7, 40.9), "degrees")} == {"wgs84", "gcj02"}
    assert {one.crs for one in readings((-74.1, 40.6, -73.7, 40.9), "metres")} == {"EPSG:3857", "EPSG:32618"}
    assert "EPSG:32756" in {one.crs for one in readings((151, -34, 151.4, -33.6), "metres")}


@pytest.mark.parametrize("notation", ["degrees", "minutes", "metres", "mercator"])
def test_a_reading_answers_any_numbers(notation):
    junk = [np.nan, np.inf, -np.inf, 1e300, 0.0, 181, -91, 18_100]
    x, y = (one.ravel() for one in np.meshgrid(junk, junk))
    for swapped in (False, True):
        crs = "EPSG:4548" if notation == "metres" else "bd09"
        lon, lat = Reading(crs, swapped, notation).to_wgs84(x, y)
        assert lon.shape == lat.shape == x.shape
        assert not np.isinf([lon, lat]).any()
        np.testing.assert_array_equal(np.isnan(lon), np.isnan(lat))


# --- the demonstration's city: streets of several kilometres


@pytest.fixture(scope="module")
def schematic():
    levels = schematic_city(fengtai(), grids=440)
    return {level: np.asarray(levels[level].geometry.array) for level in ("street", "community")}


@pytest.mark.parametrize("crs", ["wgs84", "gcj02", "bd09"])
@pytest.mark.parametrize(
    ("level", "count", "wrong"), [("street", 200, 0), ("street", 1000, 0.2), ("community", 100, 0.2)]
)
def test_a_file_of_fengtai_is_known_by_its_streets_or_communities(schematic, level, count, wrong, crs):
    for seed in range(3):
        lon, lat, stated = drawn(schematic[level], count * 2, seed, wrong)
        there = stated >= 0
        x, y = (np.round(one, 6) for one in from_wgs84(lon[there], lat[there], crs))
        assert judge(x, y, stated=stated[there], areas=schematic[level]).crs == crs


@pytest.mark.parametrize("crs", ["wgs84", "gcj02", "bd09"])
def test_however_few_rows_nothing_wrong_is_decided(schematic, crs):
    decided = 0
    for seed in range(25):
        lon, lat, stated = drawn(schematic["street"], 30 + 5 * seed, seed, 0.2)
        verdict = judge(*from_wgs84(lon, lat, crs), stated=stated, areas=schematic["street"])
        assert verdict.crs in (None, crs)
        decided += verdict.decided
    assert 0 < decided < 25


# --- real cities


def read(path):
    if not TESTDATA.is_dir():
        pytest.skip(f"no folder of real data at {TESTDATA}; set WHISTLEMAP_TESTDATA")
    return pd.read_csv(TESTDATA / path, dtype=str)


def of_texts(column):
    return numbers(column.astype(object).where(column.notna(), None).tolist())


@pytest.mark.parametrize("day", ["20230228", "20131225"])
def test_new_yorks_complaints_are_wgs84_by_their_community_boards(day):
    rows = read(f"nyc/requests_{day}_all_types.csv.gz")
    areas = read_boundaries(
        TESTDATA / "nyc" / "community_district.geojson.gz", id_column="BoroCD", name_column="BoroCD", crs="wgs84"
    ).frame
    digits = {"MANHATTAN": "1", "BRONX": "2", "BROOKLYN": "3", "QUEENS": "4", "STATEN ISLAND": "5"}
    board = rows["Community Board"].str.extract(r"^(\d+) (.*)$")
    stated = pd.Index(areas["code"]).get_indexer(board[1].map(digits) + board[0])
    x, y = of_texts(rows["Longitude"]), of_texts(rows["Latitude"])
    shapes = np.asarray(areas.geometry.array)
    verdict = judge(x, y, stated=stated, areas=shapes)
    assert (verdict.reason, verdict.reading) == ("decided", Reading("wgs84"))
    assert verdict.shares[0].stated_share > 0.98
    assert judge(y, x, stated=stated, areas=shapes).reading == Reading("wgs84", swapped=True)
    assert judge(x, y, areas=shapes).reading == Reading("wgs84")
    # the city's own plane coordinates are feet, which are not tried
    feet = of_texts(rows["X Coordinate (State Plane)"]), of_texts(rows["Y Coordinate (State Plane)"])
    assert judge(*feet, stated=stated, areas=shapes).reason == "nothing_fits"


def test_beijings_places_are_gcj02_by_their_districts():
    rows = read("beijing/towns_villages_2016_gcj02_points.csv.gz")
    areas = read_boundaries(
        TESTDATA / "beijing" / "districts_2016_gcj02.geojson", id_column="adcode", name_column="name", crs="gcj02"
    ).frame
    shapes = np.asarray(areas.geometry.array)
    stated = pd.Index(areas["code"]).get_indexer(rows["adcode"])
    x, y = of_texts(rows["longitude"]), of_texts(rows["latitude"])
    assert judge(x, y, stated=stated, areas=shapes).crs == "gcj02"
    assert judge(x, y, areas=shapes).reason == "no_stated"
    lon, lat = to_wgs84(x, y, "gcj02")
    assert judge(lon, lat, stated=stated, areas=shapes).crs == "wgs84"
    assert judge(*from_wgs84(lon, lat, "bd09"), stated=stated, areas=shapes).crs == "bd09"
    # one district's points alone are too deep inside it to tell
    own = (rows["adcode"] == "110106").to_numpy()
    assert judge(x[own], y[own], stated=stated[own], areas=shapes).crs in (None, "gcj02")
