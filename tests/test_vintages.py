"""Vintages: the same complaints under either, totals that do not move, and what a reader is told of a re-cut."""

from datetime import date
from urllib.parse import parse_qsl

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from data.areas import areas, bounds, path_to, shapes, store_areas
from data.categories import categories
from data.complaints import complaints
from data.errors import ScopeProblem
from data.rates import board, rates_by_area
from data.scope import Scope, area_keys, read_query
from data.store import Store
from data.totals import totals
from data.vintages import Recut, days_to_choose, notes, recuts, vintages
from tests.cities import TOWN, bring, centre, give_areas, store_of, town

CUT = date(2021, 6, 1)
BEFORE, CROSSING, AFTER = (
    Scope(date(2021, 1, 1), date(2021, 5, 31)),
    Scope(date(2021, 1, 1), date(2021, 12, 31)),
    Scope(date(2022, 1, 1), date(2022, 12, 31)),
)
# from four quarters to two halves; the west keeps a code, and one is new
HALVES = [
    ("11", "1", shapely.box(116.0, 39.75, 116.0625, 39.875)),
    ("15", "1", shapely.box(116.0625, 39.75, 116.125, 39.875)),
]


def recut_town(*rows: dict) -> Store:
    store = store_of(areas=town("district", "street", "community"))
    give_areas(store, {"street": HALVES}, valid_from=CUT)
    if rows:
        bring(store, *rows)
    return store


@pytest.fixture(scope="module")
def store():
    made = recut_town(
        *({"received_at": f"2021-03-0{n}", **centre(code)} for n, code in enumerate(("11", "12", "13", "14"), 1)),
        {"received_at": "2021-09-01", **centre("13")},
        {"received_at": "2022-03-01", **centre("14"), "valid": "是", "solved": "是"},
        {"received_at": "2022-03-02"},
    )
    yield made
    made.close()


def by_street(store: Store, scope: Scope) -> dict[str, int]:
    return rates_by_area(store, scope, "street").set_index("area_id")["received"].to_dict()


# --- the same complaints under either


def test_an_old_period_is_shown_under_its_own_boundaries_or_under_later_ones(store):
    assert by_street(store, BEFORE) == {"11": 1, "12": 1, "13": 1, "14": 1}
    assert by_street(store, Scope(BEFORE.since, BEFORE.until, vintage=CUT)) == {"11": 2, "15": 2}
    assert by_street(store, AFTER) == {"11": 0, "15": 1}
    assert by_street(store, Scope(AFTER.since, AFTER.until, vintage=date(2021, 5, 31))) == {
        "11": 0, "12": 0, "13": 0, "14": 1,
    }  # fmt: skip
    # a period across the re-cut takes the boundaries of its last day
    assert by_street(store, CROSSING) == {"11": 3, "15": 2}


def test_a_filter_is_of_the_chosen_boundaries_too(store):
    old = Scope(CROSSING.since, CROSSING.until, areas=("street:11",), vintage=date(2020, 1, 1))
    new = Scope(CROSSING.since, CROSSING.until, areas=("street:11",))
    assert (totals(store, old).iloc[0]["received"], totals(store, new).iloc[0]["received"]) == (1, 3)
    assert area_keys(store, ("street:11",), old.boundaries_on) != area_keys(store, ("street:11",), new.boundaries_on)
    # an area that is in other boundaries only keeps its ground
    gone = Scope(AFTER.since, AFTER.until, areas=("street:14",))
    assert totals(store, gone).iloc[0]["received"] == 1
    assert bounds(store, ("street:11",), BEFORE.until) == TOWN["street"][0][2].bounds
    assert bounds(store, ("street:11",), AFTER.until) == HALVES[0][2].bounds


def test_places_in_a_list_are_those_of_the_chosen_boundaries(store):
    new = complaints(store, Scope(date(2021, 3, 4), date(2021, 3, 4), vintage=CUT))["place"]
    old = complaints(store, Scope(date(2021, 3, 4), date(2021, 3, 4)))["place"]
    assert ("street 15" in new.iloc[0], "street 14" in old.iloc[0]) == (True, True)
    assert "street 14" not in new.iloc[0]


def test_a_board_compares_with_the_period_before_under_the_same_boundaries(store):
    ranked = board(store, Scope(AFTER.since, AFTER.until, vintage=date(2020, 1, 1)), "street")
    assert set(ranked["area_id"]) == {"11", "12", "13", "14"}


@given(
    since=st.dates(date(2021, 1, 1), date(2022, 6, 1)),
    days=st.integers(0, 500),
    vintage=st.one_of(st.none(), st.dates(date(2018, 1, 1), date(2024, 1, 1))),
)
def test_no_choice_of_boundaries_moves_a_total(store, since, days, vintage):
    until = date.fromordinal(since.toordinal() + days)
    plain, chosen = Scope(since, until), Scope(since, until, vintage=vintage)
    assert totals(store, plain).iloc[0]["received"] == totals(store, chosen).iloc[0]["received"]
    placed = sum(by_street(store, plain).values())
    assert placed == sum(by_street(store, chosen).values())
    assert categories(store, plain, 1)["received"].sum() == categories(store, chosen, 1)["received"].sum()


def test_before_the_first_boundaries_and_after_the_last_the_nearest_are_shown():
    store = Store()
    give_areas(store, {"street": HALVES}, valid_from=CUT)
    bring(store, {"received_at": "2019-03-01", **centre("11")})
    scope = Scope(date(2019, 1, 1), date(2019, 12, 31))
    assert by_street(store, scope) == {"11": 1, "15": 0}
    assert by_street(store, Scope(scope.since, scope.until, vintage=date(2018, 1, 1))) == {"11": 1, "15": 0}
    # one set of boundaries is no re-cut, since whenever it holds
    assert (recuts(store), days_to_choose(store), notes(store, scope)) == ([], [], [])


def test_in_a_gap_the_boundaries_before_it_are_shown():
    store = store_of(areas=town("district"))

    def frame(ones):
        codes, parents, polygons = zip(*ones, strict=True)
        columns = {"code": codes, "name": codes, "parent_code": parents}
        return gpd.GeoDataFrame(columns, geometry=list(polygons), crs=4326)

    with store.write() as cursor:
        days = {"valid_from": date(2019, 1, 1), "valid_to": date(2020, 1, 1)}
        store_areas(cursor, "street", frame(TOWN["street"]), crs_in="wgs84", **days)
        store_areas(cursor, "street", frame(HALVES), crs_in="wgs84", valid_from=CUT)
    shown = [set(shapes(store, date(year, 2, 2), "street")["area_id"]) for year in (2018, 2019, 2020, 2022)]
    quarters = {"11", "12", "13", "14"}
    assert shown == [quarters, quarters, quarters, {"11", "15"}]
    assert recuts(store) == [Recut(CUT, "street", 4, 2)]


def test_the_way_up_is_that_of_the_day(store):
    frame = areas(store, AFTER.until).set_index("area_id")
    # community 131 has been in the street 11 since the re-cut
    key = int(frame.loc["131", "area_key"])
    assert [step["area_id"] for step in path_to(store, key, AFTER.until)] == ["1", "11", "131"]
    assert [step["area_id"] for step in path_to(store, key, BEFORE.until)] == ["1", "13", "131"]
    assert {step["level"] for step in path_to(store, key, BEFORE.until)} == {"district", "street", "community"}


# --- the value


def test_an_address_keeps_the_choice_and_an_old_one_has_none():
    scope = Scope(date(2021, 1, 1), date(2021, 5, 31), areas=("street:11",), vintage=CUT)
    assert read_query(parse_qsl(scope.query())) == scope
    assert "vintage" not in BEFORE.query()
    assert read_query(parse_qsl(BEFORE.query())).vintage is None
    assert read_query([*parse_qsl(BEFORE.query()), ("vintage", "")]).vintage is None
    assert scope.moved("previous", 1).vintage == CUT
    assert (BEFORE.boundaries_on, scope.boundaries_on) == (BEFORE.until, CUT)
    assert "2021-06-01" in scope.file_name("x")
    assert scope.file_name("x") != Scope(scope.since, scope.until, scope.areas).file_name("x")


@pytest.mark.parametrize("text", ["yesterday", "2021-13-01", "0001-01-01", "9999-12-31", "' or 1=1", "2021-06-01T10"])
def test_a_day_that_is_none_is_refused(text):
    with pytest.raises(ScopeProblem) as caught:
        read_query([*parse_qsl(BEFORE.query()), ("vintage", text)])
    assert caught.value.key == "scope.vintage"


def test_the_sentence_says_which_boundaries(store):
    scope = Scope(BEFORE.since, BEFORE.until, vintage=CUT)
    assert "2021-06-01" in scope.sentence(store, "zh")
    assert "boundaries of 2021-06-01" in scope.sentence(store, "en")
    assert BEFORE.sentence(store, "en") == "received 2021-01-01 to 2021-05-31; all complaints"


# --- what is told


def test_a_recut_has_its_day_level_and_counts(store):
    assert recuts(store) == [Recut(CUT, "street", 4, 2)]
    assert days_to_choose(store) == [date(2021, 5, 31), CUT]
    rows = vintages(store)[["level", "since", "until", "areas", "without_parent"]].to_numpy().tolist()
    assert rows == [
        ["district", None, None, 1, 0], ["street", None, CUT, 4, 0], ["street", CUT, None, 2, 0],
        ["community", None, None, 16, 0],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("scope", "vintage", "said"),
    [
        (BEFORE, None, "before"),
        (BEFORE, CUT, "after"),
        (CROSSING, None, "after"),
        (CROSSING, date(2021, 5, 31), "before"),
        (AFTER, None, None),
        (AFTER, date(2021, 5, 31), "before"),
        (AFTER, date(2023, 1, 1), None),
    ],
)
def test_a_recut_is_told_when_the_period_meets_it_or_other_boundaries_are_chosen(store, scope, vintage, said):
    told = notes(store, Scope(scope.since, scope.until, vintage=vintage), "en")
    if said is None:
        assert told == []
    else:
        assert told == [f"Re-cut in 2021 (from 2021-06-01): Street 4 → 2; shown under the boundaries {said} it."]
        (chinese,) = notes(store, Scope(scope.since, scope.until, vintage=vintage), "zh")
        assert chinese.startswith("2021年边界调整（2021-06-01 起）：街道 4 → 2 个；")


def test_levels_recut_on_one_day_are_told_together():
    store = recut_town()
    give_areas(store, {"community": TOWN["community"][:8]}, valid_from=CUT)
    give_areas(store, {"street": TOWN["street"]}, valid_from=date(2023, 1, 1))
    told = notes(store, BEFORE, "en")
    assert len(told) == 2
    assert "Street 4 → 2" in told[0]
    assert "Community 16 → 8" in told[0]
    assert days_to_choose(store) == [date(2021, 5, 31), CUT, date(2023, 1, 1)]
    assert recuts(Store()) == []
