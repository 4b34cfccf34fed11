"""Heat: cells of the screen, everything located in exactly one of them, never a point without a coordinate."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.heat import cell_degrees, heat
from data.scope import Scope
from tests.cities import centre, store_of, town

MARCH = Scope(date(2025, 3, 1), date(2025, 3, 31))


@pytest.fixture(scope="module")
def store():
    return store_of(
        *[centre("1111")] * 3,
        centre("1444"),
        {"lon": -73.9, "lat": 40.7},
        {},
        {"lon": 0, "lat": 0},
        {**centre("1111"), "received_at": "2025-02-10"},
        {**centre("1111"), "received_at": "2025-02-10", "closed_at": "2025-03-12"},
        areas=town("district"),
    )


def test_cells_by_hand(store):
    cells = heat(store, MARCH, (115, 39, 117, 41), 12)
    assert cells["complaints"].tolist() == [3, 1]
    assert cells["lon"].tolist() == pytest.approx([centre("1111")["lon"], centre("1444")["lon"]])
    assert cells["lat"].tolist() == pytest.approx([centre("1111")["lat"], centre("1444")["lat"]])
    assert set(cells["located"]) == {4}
    assert set(cells["cells"]) == {2}


def test_a_viewport_holds_what_lies_in_it(store):
    assert heat(store, MARCH, (115, 39, 116.05, 41), 12)["complaints"].tolist() == [3]
    assert heat(store, MARCH, (10, 10, 20, 20), 12).empty
    # what lies on its border lies in it
    lon, lat = centre("1444")["lon"], centre("1444")["lat"]
    for box in ((lon, lat, 117, 41), (116.1, 39, lon, lat)):
        assert heat(store, MARCH, box, 12)["located"].tolist() == [1]


def test_what_is_unlocated_is_in_no_cell(store):
    world = heat(store, MARCH, zoom=0)
    # far-off, missing and 0/0 points are not drawn
    assert world["located"].iloc[0] == 4


def test_negative_coordinates_are_coordinates():
    store = store_of(
        {"lon": -73.9, "lat": 40.7},
        {"lon": -73.9, "lat": -40.7},
        {"lon": 0.0001, "lat": -0.0001},
        {"lon": -0.0001, "lat": 0.0001},
    )
    cells = heat(store, MARCH, zoom=4)
    assert cells["complaints"].sum() == 4
    assert len(cells) == 4


def test_only_the_fullest_cells_are_given_and_it_is_said(store):
    cells = heat(store, MARCH, zoom=18, cap=1)
    assert cells["complaints"].tolist() == [3]
    assert (cells["cells"].iloc[0], cells["located"].iloc[0]) == (2, 4)


@given(st.integers(-5, 40))
def test_any_zoom_holds_everything(store, zoom):
    cells = heat(store, MARCH, zoom=zoom)
    assert cells["complaints"].sum() == cells["located"].iloc[0] == 4


def test_a_cell_is_square_on_the_ground_and_halves_with_each_zoom():
    width, height = cell_degrees((116, 39.5, 117, 40.5), 11)
    assert height / width == pytest.approx(0.766, abs=0.001)  # cos 40 degrees
    assert cell_degrees((116, 39.5, 117, 40.5), 12)[0] == pytest.approx(width / 2)
    assert cell_degrees((0, 89, 1, 90), 11)[1] > 0
