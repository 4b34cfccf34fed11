"""Totals and trend: numbers by hand, edges of a period, halves that add up, one answer from every source of facts."""

from datetime import date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.clock import Period
from data.scope import Scope
from data.totals import totals, trend
from tests.cities import bring, centre, store_of, town

MARCH = Scope(date(2025, 3, 1), date(2025, 3, 31))
COUNTS = (
    "received",
    "closed",
    "still_open",
    "closed_late",
    "unplaced",
    "valid",
    "contacted",
    "solved",
    "partly",
    "satisfied",
    "basically",
    "unrated",
)


def current(store, scope=MARCH, period="current") -> dict:
    return totals(store, scope).set_index("period").loc[period].to_dict()


def test_every_measure_by_hand():
    store = store_of(
        {"valid": "是", "contacted": "是", "solved": "是", "satisfied": "满意", "closed_at": "2025-03-12"},
        {
            "valid": "是",
            "contacted": "是",
            "solved": "部分解决",
            "satisfied": "基本满意",
            "closed_at": "2025-03-18",
        },  # late
        {"valid": "是", "contacted": "否", "solved": "否", "satisfied": "不满意"},
        {
            "valid": "是",
            "contacted": "是",
            "solved": "是",
            "satisfied": "未评价",
            "closed_at": "2025-04-02",
        },  # closed in April, late
        {"valid": "否", "contacted": "是", "solved": "是", "satisfied": "满意"},  # no valid call-back: no outcome
        {**centre("11")},
        {"received_at": "2025-02-20", "closed_at": "2025-03-01"},  # received before, closed within, late
        areas=town("district", "street"),
    )
    now = current(store)
    expected = dict(zip(COUNTS, (6, 3, 3, 2, 5, 4, 3, 2, 1, 1, 1, 1), strict=True))
    assert {name: now[name] for name in COUNTS} == expected
    assert now["response_rate"] == pytest.approx(75)
    assert now["resolution_rate"] == pytest.approx(50)
    assert now["satisfaction_rate"] == pytest.approx(100 * 1.9 / 4)
    # 0.1 x 75 + 0.5 x 50 + 0.4 x 47.5
    assert now["score"] == pytest.approx(51.5)
    # the data's own time is 2 April: three are open, and all due on 17 March
    assert (now["open"], now["overdue"]) == (3, 3)
    assert (now["since"], now["until"]) == (pd.Timestamp("2025-03-01"), pd.Timestamp("2025-03-31"))


def test_no_valid_call_back_is_no_data_and_not_zero():
    now = current(store_of({"valid": "否", "solved": "否"}, {}))
    assert now["valid"] == 0
    assert all(pd.isna(now[name]) for name in ("response_rate", "resolution_rate", "satisfaction_rate", "score"))


@pytest.mark.parametrize(("solved", "satisfied", "score"), [("是", "满意", 100.0), ("否", "不满意", 10.0)])
def test_a_score_lies_between_0_and_100(solved, satisfied, score):
    row = {"valid": "是", "contacted": "是", "solved": solved, "satisfied": satisfied}
    assert current(store_of(row, row))["score"] == score


@pytest.mark.parametrize(
    ("received_at", "counted"),
    [
        pytest.param("2025-02-28 23:59:59", 0, id="a second before"),
        pytest.param("2025-03-01 00:00:00", 1, id="the first instant"),
        pytest.param("2025-03-01 12:00:00", 1, id="noon of the first day"),
        pytest.param("2025-03-31 23:59:59", 1, id="the last second"),
        pytest.param("2025-04-01 00:00:00", 0, id="the instant it ends"),
    ],
)
def test_a_period_holds_its_first_instant_and_not_its_end(received_at, counted):
    store = store_of({"received_at": received_at}, {"received_at": "2025-01-01", "closed_at": received_at})
    now = current(store)
    assert (now["received"], now["closed"]) == (counted, counted)


@pytest.mark.parametrize(
    ("as_of", "open_and_overdue"),
    [
        ("2025-03-10 08:59:59", (0, 0)), ("2025-03-10 09:00:00", (2, 0)), ("2025-03-12 09:59:59", (2, 0)),
        ("2025-03-12 10:00:00", (1, 0)),
        ("2025-03-17 09:00:00", (1, 0)), ("2025-03-17 09:00:01", (1, 1)), ("2025-05-01 00:00:00", (1, 1)),
    ],
)  # fmt: skip
def test_open_and_overdue_as_of_a_moment(as_of, open_and_overdue):
    store = store_of({}, {"closed_at": "2025-03-12 10:00:00"})
    now = current(store, MARCH.at(datetime.fromisoformat(as_of)))
    assert (now["open"], now["overdue"]) == open_and_overdue


@pytest.mark.parametrize(("closed_at", "late"), [("2025-03-17 09:00:00", 0), ("2025-03-17 09:00:01", 1)])
def test_closed_at_the_deadline_itself_is_in_time(closed_at, late):
    assert current(store_of({"closed_at": closed_at}))["closed_late"] == late


def test_open_by_default_is_as_of_the_data_s_own_time_and_agrees_with_the_list():
    from data.complaints import complaint_count

    store = store_of(
        {},
        {"closed_at": "2025-03-12"},
        {"closed_at": "2026-01-01"},  # a close date that has not come
        {"received_at": "2026-02-01"},  # nor has this one been received
        imported_at=datetime(2025, 4, 1),
    )
    assert store.data_at == datetime(2025, 3, 12)
    wide = Scope(date(2025, 1, 1), date(2026, 12, 31))
    assert current(store, wide)["open"] == complaint_count(store, wide, state="open") == 2
    assert complaint_count(store, wide, state="closed") == 1
    assert current(store, wide.at(store.data_at + timedelta(microseconds=1)))["open"] == 2


def test_the_other_periods_stand_beside_with_their_own_stock():
    store = store_of(
        {"received_at": "2024-03-05"},
        {"received_at": "2025-02-05", "closed_at": "2025-02-20"},
        {"received_at": "2025-02-27"},
        {"received_at": "2025-03-31 18:00"},
    )
    frame = totals(store, MARCH).set_index("period")
    assert list(frame.index) == ["current", "previous", "last_year"]
    assert list(frame["received"]) == [1, 2, 1]
    assert list(frame["closed"]) == [0, 1, 0]
    assert list(frame["since"]) == [pd.Timestamp(day) for day in ("2025-03-01", "2025-02-01", "2024-03-01")]
    assert list(frame["open"]) == [3, 2, 1]


def test_assessed_complaints_only():
    store = store_of({}, {"excluded": "是"}, {"excluded": "否"})
    assert current(store)["received"] == 3
    assert current(store, Scope(MARCH.since, MARCH.until, counting="assessed"))["received"] == 2


def test_an_empty_period_is_zeros_and_no_rates():
    now = current(store_of({}), Scope(date(2025, 5, 1), date(2025, 5, 2)))
    assert [now[name] for name in COUNTS] == [0] * len(COUNTS)
    assert pd.isna(now["score"])
    assert now["open"] == 1


def test_a_complaint_of_two_units_counts_once():
    store = store_of({"ticket_no": "A", "unit": "甲"}, {"ticket_no": "A", "unit": "乙", "nature": "协办"})
    assert current(store)["received"] == 1


# --- any complaints at all

moments = st.datetimes(datetime(2025, 2, 20), datetime(2025, 4, 10)).map(
    lambda moment: moment.isoformat(" ", "seconds")
)
complaints = st.lists(
    st.fixed_dictionaries(
        {"received_at": moments},
        optional={
            "closed_at": moments,
            "valid": st.sampled_from(["是", "否"]),
            "contacted": st.sampled_from(["是", "否"]),
            "solved": st.sampled_from(["是", "否", "部分解决"]),
            "satisfied": st.sampled_from(["满意", "基本满意", "不满意", "未评价"]),
            "category": st.sampled_from(["a", "a->b", "a->c", "d"]),
            "channel": st.sampled_from(["电话", "微信"]),
            "excluded": st.sampled_from(["是", "否"]),
            "unit": st.sampled_from(["甲", "乙"]),
        },
    ).flatmap(lambda row: st.sampled_from([centre("111"), centre("112"), centre("12"), {}]).map(row.__or__)),
    min_size=1,
    max_size=10,
)  # fmt: skip


@pytest.fixture(scope="module")
def placed():
    """A store with areas; each example brings its complaints in under a source of tickets of its own."""
    return town("district", "street", "community")


@settings(max_examples=6)
@given(rows=complaints, cut=st.integers(1, 30), counting=st.sampled_from(["all", "assessed"]))
def test_sources_agree_halves_add_up_and_areas_add_up(placed, rows, cut, counting):
    store = store_of(*rows, areas=placed)
    scope = Scope(MARCH.since, MARCH.until, counting=counting)
    params = scope.params(store)
    # one answer from every source of facts
    answers = [
        store.ask("totals", facts=facts, measured=True, **params).iloc[0].to_dict()
        for facts in ("complaints", "wards", "categories")
    ]
    assert repr(answers[0]) == repr(answers[1]) == repr(answers[2])
    units = [store.ask("rates_by_unit", facts=facts, measured=True, **params) for facts in ("work_orders", "units")]
    pd.testing.assert_frame_equal(*units)
    for level in ("district", "street", "community"):
        areas = [
            store.ask("rates_by_area", facts=facts, measured=True, level=level, **params)
            for facts in ("complaints", "wards")
        ]
        pd.testing.assert_frame_equal(*areas)
        # areas and what is unplaced add up to the whole
        assert areas[0]["received"].sum() + answers[0]["unplaced"] == answers[0]["received"]
    by_category = [
        store.ask("categories", facts=facts, measured=True, depth=2, **params) for facts in ("complaints", "categories")
    ]
    pd.testing.assert_frame_equal(*by_category)
    assert by_category[0]["received"].sum() == answers[0]["received"]
    # a period cut in two
    middle = MARCH.since + timedelta(days=cut)
    halves = [
        current(store, Scope(since, until, counting=counting))
        for since, until in ((MARCH.since, middle - timedelta(days=1)), (middle, MARCH.until))
    ]
    whole = current(store, scope)
    assert [halves[0][name] + halves[1][name] for name in COUNTS] == [whole[name] for name in COUNTS]
    # the trend adds up too, whatever its step
    for step in ("day", "week", "month"):
        steps = trend(store, scope, step)
        assert list(steps[list(COUNTS)].sum()) == [whole[name] for name in COUNTS]
    # and what a rate may be
    rates = pd.concat(areas)[["response_rate", "resolution_rate", "satisfaction_rate", "score"]].dropna().to_numpy()
    assert ((rates >= 0) & (rates <= 100)).all()


# --- trend


def test_a_trend_has_every_day_also_where_nothing_happened():
    store = store_of(
        {"received_at": "2025-03-02 10:00"}, {"received_at": "2025-03-02 13:00", "closed_at": "2025-03-04"}
    )
    days = trend(store, Scope(date(2025, 3, 1), date(2025, 3, 5)))
    assert [day.date().day for day in days["step_on"]] == [1, 2, 3, 4, 5]
    assert list(days["received"]) == [0, 2, 0, 0, 0]
    assert list(days["closed"]) == [0, 0, 0, 1, 0]


@pytest.mark.parametrize(
    ("step", "period", "steps"),
    [
        ("week", "2025-03-05..2025-03-17", ["2025-03-03", "2025-03-10", "2025-03-17"]),
        ("month", "2024-12-31..2025-02-01", ["2024-12-01", "2025-01-01", "2025-02-01"]),
        ("month", "2024-01-31..2024-03-01", ["2024-01-01", "2024-02-01", "2024-03-01"]),
        ("day", "2024-02-28..2024-03-01", ["2024-02-28", "2024-02-29", "2024-03-01"]),
    ],
)
def test_steps_begin_on_mondays_and_firsts(step, period, steps):
    since, until = map(date.fromisoformat, period.split(".."))
    assert Period(since, until).days
    found = trend(store_of({"received_at": f"{since} 10:00"}), Scope(since, until), step)
    assert [str(day.date()) for day in found["step_on"]] == steps
    assert list(found["received"]) == [1] + [0] * (len(steps) - 1)


def test_another_step_is_refused():
    with pytest.raises(ValueError, match="step"):
        trend(store_of({}), MARCH, "year'; drop table complaints; --")


def test_totals_of_a_part_of_the_town():
    store = store_of(
        {**centre("111"), "category": "a->b", "channel": "电话"},
        {**centre("112"), "category": "a->c", "channel": "微信"},
        {**centre("12"), "category": "d"},
        {"category": "a"},
        areas=town(),
    )
    # the middle of a community is a corner of its four grids, and belongs to the first
    wanted = {
        ("areas", "1"): 3,
        ("areas", "11"): 2,
        ("areas", "111"): 1,
        ("areas", "1111"): 1,
        ("areas", "grid:1112"): 0,
    }
    wanted |= {("categories", "a"): 3, ("categories", "a/b"): 1, ("channels", "phone"): 1}
    for (name, value), received in wanted.items():
        assert current(store, Scope(MARCH.since, MARCH.until, **{name: (value,)}))["received"] == received, value
    both = Scope(MARCH.since, MARCH.until, areas=("11",), categories=("a",), channels=("wechat",))
    assert current(store, both)["received"] == 1
    either = Scope(MARCH.since, MARCH.until, areas=("111", "12", "grid:1121"))  # a grid of 112
    assert current(store, either)["received"] == 3
    bring(store, {"ticket_no": "late"})
    assert current(store)["received"] == 5
