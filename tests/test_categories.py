"""What complaints are about: levels of the path, shares, the period before, names that hold anything."""

from datetime import date

import pandas as pd
import pytest

from data.categories import categories, known_categories, known_channels
from data.scope import Scope
from tests.cities import centre, store_of, town

MARCH = Scope(date(2025, 3, 1), date(2025, 3, 31))


@pytest.fixture(scope="module")
def store():
    good = {"valid": "是", "contacted": "是", "solved": "是", "satisfied": "满意"}
    return store_of(
        {"category": "城市管理->市容环境->占道经营", **good, **centre("11"), "channel": "电话"},
        {"category": "城市管理->市政设施", "closed_at": "2025-03-12"},
        {"category": "城市管理"},
        {"category": "住房->物业管理->电梯故障", **centre("12")},
        {},
        {"category": "住房->物业管理->停车管理", "received_at": "2025-02-10"},
        {"received_at": "2025-02-10"},
        {"category": "供暖", "received_at": "2025-01-10", "closed_at": "2025-03-02"},
        areas=town("district", "street"),
    )


def rows(store, scope=MARCH, depth=1) -> dict:
    frame = categories(store, scope, depth)
    return {row["category"] if isinstance(row["category"], str) else None: row for row in frame.to_dict("records")}


def test_the_first_level_by_hand(store):
    found = rows(store)
    assert {name: row["received"] for name, row in found.items()} == {"城市管理": 3, "住房": 1, None: 1, "供暖": 0}
    assert next(iter(found)) == "城市管理"
    assert {name: row["share"] for name, row in found.items()} == {
        "城市管理": 60.0,
        "住房": 20.0,
        None: 20.0,
        "供暖": 0.0,
    }
    assert {name: row["received_previous"] for name, row in found.items()} == {
        "城市管理": 0,
        "住房": 1,
        None: 1,
        "供暖": 0,
    }
    assert found["供暖"]["closed"] == 1
    assert found["城市管理"]["score"] == 100.0
    assert pd.isna(found["住房"]["score"])


@pytest.mark.parametrize(
    ("depth", "names"),
    [
        (2, ["城市管理/市容环境", "城市管理/市政设施", "城市管理", "住房/物业管理", None, "供暖"]),
        (3, ["城市管理/市容环境/占道经营", "城市管理/市政设施", "城市管理", "住房/物业管理/电梯故障", None, "供暖"]),
    ],
)
def test_deeper_levels(store, depth, names):
    found = rows(store, depth=depth)
    assert set(found) == set(names)
    for category, row in found.items():
        assert pd.isna(row["name"]) if category is None else row["name"] == category.rpartition("/")[2]
    assert sum(row["received"] for row in found.values()) == 5


def test_what_states_no_category_is_null_on_every_level(store):
    for depth in (1, 2, 3):
        assert rows(store, depth=depth)[None]["received"] == 1


def test_a_filter_keeps_its_part(store):
    assert {
        k: v["received"]
        for k, v in rows(store, Scope(MARCH.since, MARCH.until, categories=("城市管理/市政设施",)), 3).items()
    } == {"城市管理/市政设施": 1}
    assert set(rows(store, Scope(MARCH.since, MARCH.until, areas=("12",)), 2)) == {"住房/物业管理"}
    assert set(rows(store, Scope(MARCH.since, MARCH.until, channels=("phone",)), 2)) == {"城市管理/市容环境"}


def test_an_empty_period_is_an_empty_answer_with_its_columns(store):
    empty = categories(store, Scope(date(2024, 5, 1), date(2024, 5, 2)))
    assert empty.empty
    assert {"category", "name", "share", "received_previous", "score"} <= set(empty.columns)


@pytest.mark.parametrize("depth", [0, 4, "1"])
def test_there_are_three_levels(store, depth):
    with pytest.raises(ValueError, match="depth"):
        categories(store, MARCH, depth)


def test_names_may_hold_slashes_quotes_and_wildcards():
    store = store_of(
        {"category_1": "HEAT/HOT WATER", "category_2": "ENTIRE BUILDING"},
        {"category_1": "HEAT", "category_2": "HOT WATER", "category_3": "ENTIRE BUILDING"},
        {"category_1": "HEAT/HOT WATER"}, {"category_1": "100% \"O'Neill\" _"},
    )  # fmt: skip
    assert {name: row["received"] for name, row in rows(store, depth=3).items()} == {
        "HEAT/HOT WATER/ENTIRE BUILDING": 2,
        "HEAT/HOT WATER": 1,
        '100% "O\'Neill" _': 1,
    }
    # two cuts of one path are one row on every level
    assert {name: row["received"] for name, row in rows(store, depth=2).items()}["HEAT/HOT WATER"] == 2
    assert (
        rows(store, Scope(MARCH.since, MARCH.until, categories=('100% "O\'Neill" _',)))['100% "O\'Neill" _']["received"]
        == 1
    )


def test_what_the_store_knows(store):
    assert known_channels(store) == ("phone",)
    assert known_categories(store)["level_1"].tolist() == ["住房", "住房", "供暖", "城市管理", "城市管理", "城市管理"]
