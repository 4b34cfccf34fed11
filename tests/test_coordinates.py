"""Coordinate texts as numbers: every way of writing one, what says two things is no number, and any text at all."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coordinates import numbers, pair, unpacked

WRITTEN = [
    ("116.38", 116.38),
    (" 116.38\u3000", 116.38),
    ("\ufeff116.38", 116.38),
    ("+116.38", 116.38),
    ("-73.98", -73.98),
    ("\u221273.98", -73.98),
    (".5", 0.5),
    ("39.", 39),
    ("1.1638e2", 116.38),
    ("1.1638E+02", 116.38),
    ("１１６．３８", 116.38),
    ("'116.38", 116.38),
    ('"116.38"', 116.38),
    ('="116.38"', 116.38),
    # decimal commas and thousands
    ("116,38", 116.38),
    ("39,8512", 39.8512),
    ("３９，８５", 39.85),
    ("0,123", 0.123),
    ("439506,12", 439506.12),
    ("439 506.12", 439506.12),
    ("4 412 345,6", 4412345.6),
    ("4\u202f412\u202f345", 4412345),
    ("439,506.12", 439506.12),
    ("439,506", 439506),
    ("4,412,345", 4412345),
    ("4.412.345,6", 4412345.6),
    # degrees, minutes, seconds
    ("116.38°", 116.38),
    ("116.38度", 116.38),
    ("116°23′45.6″", 116 + 23 / 60 + 45.6 / 3600),
    ("116°23'45.6\"", 116 + 23 / 60 + 45.6 / 3600),
    ("116º23’45.6”", 116 + 23 / 60 + 45.6 / 3600),
    ("116° 23' 45,6''", 116 + 23 / 60 + 45.6 / 3600),
    ("116度23分45秒", 116 + 23 / 60 + 45 / 3600),
    ("１１６度２３分４５．６秒", 116 + 23 / 60 + 45.6 / 3600),
    ("116°23.760'", 116.396),
    ("116°23.760", 116.396),
    ("116°23'", 116 + 23 / 60),
    ("116d23'45\"E", 116 + 23 / 60 + 45 / 3600),
    ("116 23 45.6", 116 + 23 / 60 + 45.6 / 3600),
    ("116 23.760", 116.396),
    ("-0°30'", -0.5),
    # sides of the world
    ("116.38E", 116.38),
    ("E116.38", 116.38),
    ("e 116.38", 116.38),
    ("73.98W", -73.98),
    ("73.98° W", -73.98),
    ("-73.98 W", -73.98),
    ("33.9 S", -33.9),
    ("东经116.38", 116.38),
    ("116.38 东经", 116.38),
    ("东经：116°23′45.6″", 116 + 23 / 60 + 45.6 / 3600),
    ("西经73度58分48秒", -73.98),
    ("南纬33.9度", -33.9),
    ("39°51'N", 39.85),
    ("39.85 north", 39.85),
    ("经度:116.38", 116.38),
    ("lat=39.85", 39.85),
    ("Lng: 116.38", 116.38),
]
NO_NUMBERS = [
    None,
    "",
    "  ",
    "-",
    "无",
    "null",
    "NaN",
    "inf",
    "-Infinity",
    "1e999",
    "9" * 400,
    "116.38.5",
    "116.38 米",
    "北京市丰台区116号",
    "0x74",
    "1_000",
    "116,383",  # 116.383, or a hundred and sixteen thousand
    "116 38",  # minutes, or a lost point
    "12,34,567",
    "116°60'",
    "116°23'60\"",
    "116.5°23'",
    "116°23.5'30\"",
    "116°2345",
    "116°-23'",
    "-116.38 E",
    "-39.85N",
    "E116.38E",
    "E116.38W",
    "经度:39.85N",
    "116.38,39.85",
    "1167-38",
    "\ud800",
    "116.38" + " " * 100 + "E",  # no cell of coordinates is that long
    "°",
    "E",
    "东经",
]


@pytest.mark.parametrize(("text", "value"), WRITTEN)
def test_a_coordinate_is_read_however_it_is_written(text, value):
    assert numbers([text]) == pytest.approx([value], abs=1e-12)
    # and the same among plain ones
    assert numbers(["1.5", text, None]) == pytest.approx([1.5, value, math.nan], abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number_or_says_two_things_is_none(text):
    found = numbers(["1.5", text, text])
    assert found[0] == 1.5
    assert np.isnan(found[1:]).all()


@pytest.mark.parametrize(
    "texts",
    [
        ["116.38", None, "39,85"],
        pa.array(["116.38", None, "39,85"]),
        pa.array(["116.38", None, "39,85"], pa.large_string()),
        pa.array(["116.38", None, "39,85"]).dictionary_encode(),
        pa.chunked_array([["116.38"], [None, "39,85"]]),
        np.array(["116.38", None, "39,85"], dtype=object),
    ],
    ids=["list", "array", "large", "dictionary", "chunks", "numpy"],
)
def test_texts_may_come_in_any_column(texts):
    found = numbers(texts)
    assert found.dtype == np.float64
    assert found == pytest.approx([116.38, math.nan, 39.85], nan_ok=True)


def test_a_column_of_numbers_stays_numbers_and_the_infinite_is_none():
    assert numbers(pa.array([116.38, None, math.inf, math.nan])).tolist()[0] == 116.38
    assert np.isnan(numbers(pa.array([116.38, None, math.inf, math.nan]))[1:]).all()
    assert numbers(pa.array([116, 39], pa.int64())).tolist() == [116.0, 39.0]
    assert numbers(pa.nulls(2)).shape == (2,)
    assert np.isnan(numbers(pa.nulls(2))).all()


def test_no_texts_are_no_numbers():
    assert numbers([]).shape == (0,)
    assert [one.shape for one in pair([])] == [(0,), (0,)]


def test_packed_minutes_are_read_only_when_asked():
    texts = ["11623.760", "-7358.8", "3951", "11660.0", "11623.760E", "116°23.760'"]
    assert numbers(texts)[0] == 11623.76
    assert numbers(texts, "minutes") == pytest.approx(
        [116.396, -(73 + 58.8 / 60), 39.85, math.nan, 116.396, 116.396], nan_ok=True
    )


@given(degrees=st.integers(-180, 180), minutes=st.floats(0, 59.9999))
def test_packed_and_unpacked_is_the_same(degrees, minutes):
    sign = -1 if degrees < 0 else 1
    packed = sign * (abs(degrees) * 100 + minutes)
    assert unpacked([packed]) == pytest.approx([sign * (abs(degrees) + minutes / 60)], abs=1e-9)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20))
def test_any_number_written_plainly_comes_back(values):
    assert numbers([repr(value) for value in values]).tolist() == values


@given(
    degrees=st.integers(0, 180),
    minutes=st.integers(0, 59),
    seconds=st.integers(0, 5999),
    marks=st.sampled_from(["°'\"", "度分秒", "°′″", "   ", "º’”"]),
    side=st.sampled_from("EWNS"),
    first=st.booleans(),
)
def test_degrees_minutes_and_seconds_in_any_marks(degrees, minutes, seconds, marks, side, first):
    body = f"{degrees}{marks[0]}{minutes:02d}{marks[1]}{seconds / 100:05.2f}{marks[2]}".strip()
    sign = -1 if side in "WS" else 1
    expected = sign * (degrees + minutes / 60 + seconds / 360000)
    assert numbers([f"{side}{body}" if first else f"{body}{side}"]) == pytest.approx([expected], abs=1e-9)


@given(st.lists(st.none() | st.text(max_size=30) | st.text("0123456789.,-+ °'\"EWNS东经北纬度分秒()", max_size=20)))
def test_any_text_has_an_answer_and_no_neighbour_changes_it(texts):
    together = numbers(texts)
    assert together.shape == (len(texts),)
    assert not np.isinf(together).any()
    alone = [numbers([text])[0] for text in texts]
    np.testing.assert_array_equal(together, alone)
    x, y = pair(texts)
    np.testing.assert_array_equal(np.isnan(x), np.isnan(y))
    np.testing.assert_array_equal(x, [pair([text])[0][0] for text in texts])


def test_a_cell_of_any_length_is_answered_at_once():
    assert np.isnan(numbers(["1 " * 1_000_000, "9" * 1_000_000 + "E", "1,111" * 100_000])).all()
    assert np.isnan(pair(["1 " * 1_000_000, "(" * 1_000_000, "1,2," * 300_000])).all()


@pytest.mark.parametrize(
    ("text", "x", "y"),
    [
        ("116.38,39.85", 116.38, 39.85),
        ("39.85, 116.38", 39.85, 116.38),  # as written; which is which the evidence says
        ("(40.85, -73.9)", 40.85, -73.9),
        ("[116.38, 39.85]", 116.38, 39.85),
        ("116.38 39.85", 116.38, 39.85),
        ("116.38，39.85", 116.38, 39.85),
        ("116.38、39.85", 116.38, 39.85),
        ("116.38;39.85", 116.38, 39.85),
        ("116.38|39.85", 116.38, 39.85),
        ("116.38/39.85", 116.38, 39.85),
        ("116.38\t39.85", 116.38, 39.85),
        ("１１６．３８，３９．８５", 116.38, 39.85),
        ("116,38;39,85", 116.38, 39.85),
        ("116,38 39,85", 116.38, 39.85),
        ("439506.12, 4412345.6", 439506.12, 4412345.6),
        ("POINT(116.38 39.85)", 116.38, 39.85),
        ("point (116.38 39.85)", 116.38, 39.85),
        ("POINT Z (116.38 39.85 12)", 116.38, 39.85),
        ("SRID=4326;POINT(-73.9 40.85)", -73.9, 40.85),
        ('{"type": "Point", "coordinates": [116.38, 39.85]}', 116.38, 39.85),
        ('{"lng":116.38,"lat":39.85}', 116.38, 39.85),
        # where the cell itself says which is which, lon comes first
        ("{'latitude': '40.85', 'longitude': '-73.9'}", -73.9, 40.85),
        ("纬度39.85 经度116.38", 116.38, 39.85),
        ("经度：116.38，纬度：39.85", 116.38, 39.85),
        ("39.85N 116.38E", 116.38, 39.85),
        ("39.85,116.38E", 116.38, 39.85),
        ("N39.85, E116.38", 116.38, 39.85),
        ("东经116度23分45秒，北纬39度51分", 116 + 23 / 60 + 45 / 3600, 39.85),
        ("北纬39°51′东经116°23′45″", 116 + 23 / 60 + 45 / 3600, 39.85),
        ("39°51'0\"N 116°23'45\"E", 116 + 23 / 60 + 45 / 3600, 39.85),
        ("39°51'0\"N116°23'45\"E", 116 + 23 / 60 + 45 / 3600, 39.85),
    ],
)
def test_two_numbers_in_one_cell(text, x, y):
    found = pair(["1,2", text])
    assert (found[0][1], found[1][1]) == (pytest.approx(x, abs=1e-12), pytest.approx(y, abs=1e-12))
    assert (found[0][0], found[1][0]) == (1, 2)


@pytest.mark.parametrize(
    "text",
    [None, "", "116.38", "116.38,", "116.38,x", "116,38,39,85", "1,2,3", "POINT EMPTY", "LINESTRING(1 2, 3 4)", "E1 E2",
     "39.85N 116.38N", "经度116.38 经度39.85", "116.38,nan", "{}", "()", "\ud800", "116.38E,39.85S,1", "1e999,39.85",
     "116.38," + " " * 300 + "39.85N"],
)  # fmt: skip
def test_a_cell_without_exactly_two_numbers_has_neither(text):
    x, y = pair(["1,2", text])
    assert np.isnan([x[1], y[1]]).all()
    assert (x[0], y[0]) == (1, 2)
