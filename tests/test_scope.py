"""The scope: an address that gives it back, a sentence in both languages, a file name, errors that name the fault."""

from datetime import date, datetime
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import ScopeProblem
from data.scope import Scope, read_query, whole_period
from data.store import Store
from data.totals import totals
from data.words import sentence
from tests.cities import bring, centre, give_areas, store_of, town

MARCH = Scope(date(2025, 3, 1), date(2025, 3, 31))


@pytest.fixture(scope="module")
def store():
    return store_of(
        {**centre("1111"), "category": "城市管理->市容环境", "channel": "微信"},
        {"category": "城市管理", "channel": "电话"},
        {"category_1": "HEAT/HOT WATER", "category_2": "ENTIRE BUILDING"},
        {"category": "100%_'; drop table complaints; --"},
        areas=town("district", "street", "community"),
    )


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
tuples = st.lists(texts, max_size=3).map(tuple)
scopes = st.builds(
    lambda days, **rest: Scope(*sorted(days), **rest),
    st.tuples(st.dates(date(1990, 1, 1), date(2099, 12, 31)), st.dates(date(1990, 1, 1), date(2099, 12, 31))),
    areas=tuples, categories=tuples, channels=tuples, counting=st.sampled_from(["all", "assessed"]),
    as_of=st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2099, 1, 1)),
)  # fmt: skip


@given(scopes)
def test_an_address_gives_back_the_scope_it_was_made_from(scope):
    assert read_query(parse_qsl(scope.query(page="2"), keep_blank_values=True)) == scope


@given(scopes, st.sampled_from(["csv", "json"]))
def test_a_file_name_is_one_any_file_system_takes(scope, ending):
    name = scope.file_name("complaints", ending)
    assert len(name.encode()) <= 200
    assert not set(name) & set('/\\:*?"<>|\n\r\t\0')
    assert name.startswith(f"complaints_{scope.since}_{scope.until}")
    assert name.endswith("." + ending)
    assert name.isprintable()


def test_the_sentence_says_all_of_the_scope_in_both_languages(store):
    scope = Scope(
        date(2025, 3, 1), date(2025, 3, 31), ("street:11", "111"), ("城市管理",), ("wechat", "walk-in"), "assessed"
    )
    assert scope.sentence(store, "zh") == (
        "2025-03-01 至 2025-03-31 受理；辖区：street 11、community 111；类别：城市管理；渠道：微信、walk-in；考核口径"
    )
    assert scope.sentence(store, "en") == (
        "received 2025-03-01 to 2025-03-31; areas: street 11, community 111; categories: 城市管理;"
        " channels: WeChat, walk-in; assessed complaints only"
    )


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda: Scope(date(2025, 3, 2), date(2025, 3, 1)), "scope.period"),
        (lambda: Scope(date(1, 1, 1), date(2025, 3, 1)), "scope.range"),
        (lambda: Scope(date(2025, 3, 1), date(9999, 12, 31)), "scope.range"),
        (lambda: Scope(date(1000, 1, 1), date(3000, 12, 31)).moved("previous", 19), "scope.range"),
        (
            lambda: Scope(date(2025, 3, 1), date(2025, 3, 2), as_of=datetime(1, 1, 1)).moved("previous", 19),
            "scope.range",
        ),
        (lambda: Scope(date(2025, 3, 1), date(2025, 3, 1), counting="most"), "scope.counting"),
        (lambda: read_query([]), "scope.date"),
        (lambda: read_query([("since", "2025-03-01")]), "scope.date"),
        (lambda: read_query([("since", "1.3.2025"), ("until", "2025-03-31")]), "scope.date"),
        (lambda: read_query([("since", "2025-03-01"), ("until", "2025-03-31"), ("as_of", "noon")]), "scope.date"),
        (lambda: whole_period(Store()), "scope.empty_store"),
    ],
)
def test_a_scope_that_cannot_be_is_refused(make, key):
    with pytest.raises(ScopeProblem) as caught:
        make()
    assert caught.value.key == key
    assert sentence(caught.value, "zh") != sentence(caught.value, "en")


@pytest.mark.parametrize(
    ("what", "key", "named"),
    [
        ({"areas": ("nowhere",)}, "scope.area", "nowhere"),
        ({"areas": ("city:1",)}, "scope.area", "city:1"),
        ({"areas": ("' or 1=1 --",)}, "scope.area", "or 1=1"),
        ({"categories": ("城市",)}, "scope.category", "城市"),
        ({"categories": ("城市管理/%",)}, "scope.category", "%"),
        ({"categories": ("",)}, "scope.category", ""),
        ({"channels": ("fax",)}, "scope.channel", "phone, wechat"),
    ],
)
def test_what_the_store_does_not_know_is_named(store, what, key, named):
    scope = Scope(MARCH.since, MARCH.until, **what)
    with pytest.raises(ScopeProblem) as caught:
        scope.params(store)
    assert caught.value.key == key
    assert named in sentence(caught.value)


def test_a_code_on_several_levels_asks_for_its_level():
    same = {level: [("7", None, areas[0][2])] for level, areas in town("district", "street").items()}
    store = store_of({}, areas=same)
    with pytest.raises(ScopeProblem) as caught:
        Scope(MARCH.since, MARCH.until, areas=("7",)).params(store)
    assert caught.value.key == "scope.area_levels"
    assert caught.value.values["allowed"] == "district:7, street:7"
    assert len(Scope(MARCH.since, MARCH.until, areas=("street:7",)).params(store)["areas"]) == 1


@pytest.mark.parametrize(
    ("path", "categories"),
    [("城市管理", 2), ("城市管理/市容环境", 1), ("HEAT/HOT WATER", 1), ("HEAT/HOT WATER/ENTIRE BUILDING", 1)],
)
def test_a_category_path_holds_everything_below_it(store, path, categories):
    assert len(Scope(MARCH.since, MARCH.until, categories=(path,)).params(store)["categories"]) == categories


def test_a_category_may_be_called_anything(store):
    scope = Scope(MARCH.since, MARCH.until, categories=("100%_'; drop table complaints; --",))
    assert len(scope.params(store)["categories"]) == 1


def test_a_slash_in_a_name_is_not_the_slash_between_names(store):
    with pytest.raises(ScopeProblem):
        Scope(MARCH.since, MARCH.until, categories=("HEAT",)).params(store)


def test_dates_are_inclusive_for_people_and_half_open_for_the_store(store):
    params = MARCH.params(store)
    assert (params["since"], params["until"]) == (datetime(2025, 3, 1), datetime(2025, 4, 1))
    assert params["as_of"] == store.data_at == datetime(2025, 3, 10, 9)
    assert MARCH.at(datetime(2025, 3, 5)).params(store)["as_of"] == datetime(2025, 3, 5)


def test_the_scope_to_compare_with_keeps_everything_else():
    scope = Scope(date(2025, 3, 1), date(2025, 3, 10), ("1",), ("a",), ("b",), "assessed", datetime(2025, 3, 10, 18))
    before = scope.moved("previous", 19)
    assert before == Scope(
        date(2025, 2, 1), date(2025, 2, 10), ("1",), ("a",), ("b",), "assessed", datetime(2025, 2, 10, 18)
    )
    assert scope.moved("last_year", 19).as_of == datetime(2024, 3, 10, 18)


def test_the_whole_period_runs_from_the_first_complaint_to_the_data_s_own_time():
    store = store_of(
        {"received_at": "2025-03-03 10:00"}, {"received_at": "2025-03-01 10:00", "closed_at": "2025-03-20 10:00"}
    )
    assert (whole_period(store).since, whole_period(store).until) == (date(2025, 3, 1), date(2025, 3, 20))
    bring(store, {"ticket_no": "X", "received_at": "2026-01-01 10:00"}, imported_at=datetime(2025, 6, 1))
    assert whole_period(store).until == date(2025, 3, 20)


def test_an_area_is_that_of_the_vintage_that_holds_on_the_last_day():
    (code, _, west), (_, _, east), *_ = town("street")["street"]
    store = store_of(
        centre("11"), {**centre("11"), "received_at": "2025-02-10"}, areas={"street": [(code, None, west)]}
    )
    give_areas(store, {"street": [(code, None, east)]}, valid_from=date(2025, 3, 1))
    received = [
        totals(store, Scope(date(2025, month, 1), date(2025, month, 28), areas=(code,)))["received"].iloc[0]
        for month in (2, 3)
    ]
    assert received == [1, 0]
