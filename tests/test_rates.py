"""The three rates and the score, by area and unit: the trap table of the domain, ranks, pooled totals."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import ScopeProblem
from data.rates import board, pooled, rates_by_area, rates_by_unit
from data.scope import Scope
from tests.cities import bring, centre, store_of, town

MARCH = Scope(date(2025, 3, 1), date(2025, 3, 31))
GOOD = {"valid": "是", "contacted": "是", "solved": "是", "satisfied": "满意"}
BAD = {"valid": "是", "contacted": "否", "solved": "否", "satisfied": "不满意"}


def by_area(frame: pd.DataFrame) -> dict[str, dict]:
    return {row["area_id"]: row for row in frame.to_dict("records")}


def by_unit(frame: pd.DataFrame) -> dict[str, dict]:
    return {row["unit"]: row for row in frame.to_dict("records")}


def test_every_measure_of_an_area_by_hand():
    store = store_of(
        {**GOOD, **centre("11")},
        {**GOOD, **centre("11"), "satisfied": "基本满意", "closed_at": "2025-03-11"},
        {**BAD, **centre("11"), "closed_at": "2025-03-20"},
        {**BAD, **centre("12"), "received_at": "2025-02-28"},
        areas=town("district", "street"),
    )
    streets = by_area(rates_by_area(store, MARCH, "street"))
    assert list(streets) == ["11", "12", "13", "14"]
    one = streets["11"]
    assert (one["received"], one["closed"], one["still_open"], one["closed_late"], one["valid"]) == (3, 2, 1, 1, 3)
    assert (one["contacted"], one["solved"], one["satisfied"], one["basically"]) == (2, 2, 1, 1)
    assert one["response_rate"] == pytest.approx(200 / 3)
    assert one["resolution_rate"] == pytest.approx(200 / 3)
    assert one["satisfaction_rate"] == pytest.approx(190 / 3)
    assert one["score"] == round(0.1 * 200 / 3 + 0.5 * 200 / 3 + 0.4 * 190 / 3, 1)
    assert (streets["12"]["received"], streets["13"]["received"]) == (0, 0)
    assert one["name"] == "street 11"
    assert not one["synthetic"]


def test_areas_in_the_scope_are_those_within_them():
    store = store_of(
        {**centre("111")}, {**centre("112")}, {**centre("12")}, areas=town("district", "street", "community")
    )
    inside = rates_by_area(store, Scope(MARCH.since, MARCH.until, areas=("11",)), "community")
    assert list(inside["area_id"]) == ["111", "112", "113", "114"]
    assert list(inside["received"]) == [1, 1, 0, 0]
    assert list(rates_by_area(store, Scope(MARCH.since, MARCH.until, areas=("12",)), "street")["area_id"]) == ["12"]


def test_the_finest_of_four_levels_is_counted_from_the_complaints():
    store = store_of({**centre("1111")}, {**centre("1112")}, areas=town())
    assert rates_by_area(store, MARCH, "grid").set_index("area_id")["received"].loc[
        ["1111", "1112", "1113"]
    ].tolist() == [1, 1, 0]
    # and the sums kept beforehand do not tell grids apart
    assert store.cursor().execute("select count(*), sum(received) from rollup_wards").fetchall() == [(1, 2)]
    assert store.cursor().execute("select rolled_up from levels order by depth").fetchall() == [(True,)] * 3 + [
        (False,)
    ]


@pytest.mark.parametrize("level", ["road", "", "street'; drop table areas; --"])
def test_an_unknown_level_names_those_there_are(level):
    store = store_of(areas=town("district", "street"))
    with pytest.raises(ScopeProblem) as caught:
        rates_by_area(store, MARCH, level)
    assert caught.value.values["allowed"] == "district, street"


# --- traps seen in real code (domain.md 1.4)


def test_no_valid_call_back_has_no_rank_and_stands_last_instead_of_at_zero():
    store = store_of(
        {**BAD, **centre("11")}, {"valid": "否", **centre("12")}, {**centre("13")}, areas=town("district", "street")
    )
    ranked = board(store, MARCH, "street")
    assert list(ranked["area_id"]) == ["11", "12", "13", "14"]
    assert ranked["rank"].isna().tolist() == [False, True, True, True]
    assert ranked["score"].isna().tolist() == [False, True, True, True]
    assert list(ranked["received"]) == [1, 1, 1, 0]


def test_the_total_of_a_board_is_pooled_and_not_the_mean_of_its_rates():
    store = store_of(*[{**GOOD, **centre("11")}] * 9, {**BAD, **centre("12")}, areas=town("district", "street"))
    ranked = board(store, MARCH, "street")
    total = pooled(store, ranked, MARCH).iloc[0]
    assert ranked["resolution_rate"].mean() == pytest.approx(50)
    assert total["resolution_rate"] == pytest.approx(90)
    assert (total["received"], total["valid"], total["solved"]) == (10, 10, 9)
    assert total["score"] == pytest.approx(90.0)


def test_a_percent_is_not_multiplied_by_a_hundred_again():
    store = store_of({**GOOD, **centre("11")}, areas=town("district", "street"))
    (score,) = rates_by_area(store, MARCH, "street")["score"].dropna()
    assert score == 100.0


def test_a_score_moves_in_points_and_a_rank_in_places():
    store = store_of(
        {**GOOD, **centre("11"), "received_at": "2025-03-10"},
        {**BAD, **centre("11"), "received_at": "2025-02-10"},
        {**BAD, **centre("12"), "received_at": "2025-03-10"},
        {**GOOD, **centre("12"), "received_at": "2025-02-10"},
        {**GOOD, **centre("13"), "received_at": "2025-03-10"},
        areas=town("district", "street"),
    )
    ranked = by_area(board(store, MARCH, "street"))
    assert [ranked[street]["rank"] for street in ("11", "12", "13")] == [1, 3, 1]
    assert [ranked[street]["rank_change"] for street in ("11", "12")] == [1, -2]
    assert [ranked[street]["score_change"] for street in ("11", "12")] == [100.0, -100.0]
    assert pd.isna(ranked["13"]["rank_change"])
    assert pd.isna(ranked["13"]["score_change"])


def test_partly_solved_counts_as_not_solved_and_unrated_stays_in_the_denominator():
    store = store_of(
        {**GOOD, "solved": "部分解决", "satisfied": "未评价", **centre("11")},
        {**GOOD, **centre("11")},
        areas=town("district", "street"),
    )
    one = by_area(rates_by_area(store, MARCH, "street"))["11"]
    assert (one["partly"], one["unrated"], one["valid"]) == (1, 1, 2)
    assert (one["resolution_rate"], one["satisfaction_rate"]) == (50.0, 50.0)


# --- units


def test_a_complaint_of_two_units_counts_for_each_and_once_on_the_map():
    row = {"ticket_no": "A", **GOOD, **centre("11")}
    store = store_of(
        {**row, "unit": "甲街道", "nature": "主办", "closed_at": "2025-03-12"},
        {**row, "unit": "乙局", "nature": "协办"},
        areas=town("district", "street"),
    )
    units = by_unit(rates_by_unit(store, MARCH))
    assert {unit: (row["received"], row["closed"], row["solved"]) for unit, row in units.items()} == {
        "甲街道": (1, 1, 1),
        "乙局": (1, 0, 1),
    }
    assert rates_by_area(store, MARCH, "street")["received"].sum() == 1


def test_a_work_order_passed_on_counts_for_the_other_unit_only():
    store = store_of({"unit": "甲街道", **BAD})
    bring(store, {"unit": "乙街道", **BAD})
    assert list(rates_by_unit(store, MARCH)["unit"]) == ["乙街道"]


def test_units_within_a_filter_are_counted_from_the_work_orders():
    store = store_of(
        {"unit": "甲", "category": "a", "channel": "电话", **centre("11")},
        {"unit": "甲", "category": "b", "channel": "微信"}, {"unit": "乙", "category": "b"},
        areas=town("district", "street"),
    )  # fmt: skip
    for what, received in (
        ({}, {"乙": 1, "甲": 2}), ({"categories": ("b",)}, {"乙": 1, "甲": 1}), ({"channels": ("phone",)}, {"甲": 1}),
        ({"areas": ("11",)}, {"甲": 1}),
    ):  # fmt: skip
        frame = rates_by_unit(store, Scope(MARCH.since, MARCH.until, **what))
        assert dict(zip(frame["unit"], frame["received"], strict=True)) == received


def test_a_unit_that_only_closed_in_the_period_is_on_the_board():
    store = store_of({"unit": "甲", "received_at": "2025-02-10", "closed_at": "2025-03-05"})
    (row,) = board(store, MARCH, "unit").to_dict("records")
    assert (row["received"], row["closed"]) == (0, 1)
    assert pd.isna(row["rank"])


def test_an_empty_board_has_its_columns():
    empty = board(store_of({}), MARCH, "unit")
    assert empty.empty
    assert {"unit", "rank", "rank_change", "score_change", "score"} <= set(empty.columns)
    assert pooled(store_of({}), empty, MARCH).iloc[0]["received"] == 0


# --- ranks of anything

outcomes = st.sampled_from([GOOD, BAD, {**GOOD, "satisfied": "基本满意"}, {**GOOD, "solved": "否"}, {"valid": "否"}])


@settings(max_examples=10)
@given(
    st.lists(
        st.tuples(st.sampled_from("甲乙丙丁戊"), outcomes, st.sampled_from(["2025-03-05", "2025-02-05"])),
        min_size=1,
        max_size=12,
    )
)
def test_ranks_are_a_permutation_with_ties(rows):
    store = store_of(*({"unit": unit, "received_at": day, **outcome} for unit, outcome, day in rows))
    ranked = board(store, MARCH, "unit")
    keys = [
        (-score, -received)
        for score, received, rank in zip(ranked["score"], ranked["received"], ranked["rank"], strict=True)
        if not pd.isna(rank)
    ]
    assert keys == sorted(keys)
    assert ranked["rank"].dropna().tolist() == [1 + sum(other < key for other in keys) for key in keys]
    assert (ranked["valid"] > 0).tolist() == ranked["rank"].notna().tolist()
    assert ranked["rank"].isna().tolist() == sorted(ranked["rank"].isna())
