"""Windows and periods: noon and midnight, ends of months, the 29th of February, January after December."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.clock import PRESETS, Period, assessment_month, calendar_window, last_year, noon_window, preset, previous

days = st.dates(date(1990, 1, 1), date(2099, 12, 31))


def period(text: str) -> Period:
    since, _, until = text.partition("..")
    return Period(date.fromisoformat(since), date.fromisoformat(until or since))


def test_a_period_holds_both_its_ends_and_cannot_end_before_it_begins():
    assert period("2025-03-01..2025-03-31").days == 31
    assert period("2025-03-01").days == 1
    with pytest.raises(ValueError, match="before it begins"):
        period("2025-03-02..2025-03-01")


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        ("2024-02-28 23:59:59.999999", False), ("2024-02-29 00:00:00", True), ("2024-02-29 12:00:00", True),
        ("2024-02-29 23:59:59.999999", True), ("2024-03-01 00:00:00", False),
    ],
)  # fmt: skip
def test_a_day_runs_from_midnight_to_midnight(moment, inside):
    since, until = calendar_window(period("2024-02-29"))
    assert (since <= datetime.fromisoformat(moment) < until) == inside


@pytest.mark.parametrize(
    ("day", "since", "until"),
    [
        ("2025-03-10", "2025-03-09T12:00:00", "2025-03-10T12:00:00"),
        ("2025-01-01", "2024-12-31T12:00:00", "2025-01-01T12:00:00"),
        ("2024-03-01", "2024-02-29T12:00:00", "2024-03-01T12:00:00"),
        ("2025-03-01", "2025-02-28T12:00:00", "2025-03-01T12:00:00"),
    ],
)
def test_a_bulletin_day_runs_from_noon_to_noon(day, since, until):
    assert noon_window(date.fromisoformat(day)) == (datetime.fromisoformat(since), datetime.fromisoformat(until))


@given(days)
def test_days_and_bulletin_days_follow_one_another_without_gap_or_overlap(day):
    after = day + timedelta(days=1)
    assert noon_window(day)[1] == noon_window(after)[0]
    assert calendar_window(Period(day, day))[1] == calendar_window(Period(after, after))[0]


@pytest.mark.parametrize(
    ("day", "month"),
    [
        ("2025-03-18", "2025-02-19..2025-03-18"),
        ("2025-03-19", "2025-03-19..2025-04-18"),
        ("2025-01-05", "2024-12-19..2025-01-18"),
        ("2024-12-31", "2024-12-19..2025-01-18"),
        ("2024-02-29", "2024-02-19..2024-03-18"),
    ],
)
def test_the_assessment_month_begins_on_the_19th(day, month):
    assert assessment_month(date.fromisoformat(day)) == period(month)


@given(days)
def test_every_day_is_in_its_own_assessment_month(day):
    month = assessment_month(day)
    assert month.since <= day <= month.until
    assert assessment_month(month.until + timedelta(days=1)).since == month.until + timedelta(days=1)


@pytest.mark.parametrize(
    ("now", "before"),
    [
        pytest.param("2025-03-01..2025-03-31", "2025-02-01..2025-02-28", id="a whole month: the whole month before"),
        pytest.param("2024-03-01..2024-03-31", "2024-02-01..2024-02-29", id="of a leap year"),
        pytest.param("2025-02-01..2025-02-28", "2025-01-01..2025-01-31", id="whole February"),
        pytest.param("2025-01-01..2025-01-31", "2024-12-01..2024-12-31", id="January: December of last year"),
        pytest.param("2025-03-01..2025-03-10", "2025-02-01..2025-02-10", id="month to date: the same days"),
        pytest.param("2025-03-01..2025-03-30", "2025-02-01..2025-02-28", id="clamped to the month's end"),
        pytest.param("2025-01-01..2025-01-05", "2024-12-01..2024-12-05", id="January to date"),
        pytest.param("2025-03-19..2025-04-18", "2025-02-19..2025-03-18", id="a whole assessment month"),
        pytest.param("2025-01-19..2025-01-25", "2024-12-19..2024-12-25", id="assessment month to date"),
        pytest.param("2025-03-19..2025-03-31", "2025-02-19..2025-02-28", id="clamped assessment month"),
        pytest.param("2025-03-19..2025-04-05", "2025-02-19..2025-03-05", id="over the month's end"),
        pytest.param("2025-03-10", "2025-03-09", id="a day: the day before"),
        pytest.param("2025-03-10..2025-03-16", "2025-03-03..2025-03-09", id="a week: the week before"),
        pytest.param("2025-02-10..2025-03-11", "2025-01-11..2025-02-09", id="thirty days: the thirty before"),
        pytest.param("2025-01-01..2025-12-31", "2024-01-01..2024-12-31", id="a year: the year before"),
        pytest.param("2024-01-01..2024-03-31", "2023-10-01..2023-12-31", id="whole months: as many before"),
    ],
)
def test_the_period_before(now, before):
    assert previous(period(now)) == period(before)


@given(days, st.integers(0, 400))
def test_the_period_before_lies_before_and_is_no_longer(since, length):
    now = Period(since, since + timedelta(days=length))
    before = previous(now)
    assert before.since <= before.until < now.since
    assert before.days <= max(now.days, 27) + 4


@pytest.mark.parametrize(
    ("now", "then"),
    [
        pytest.param("2025-03-01..2025-03-10", "2024-03-01..2024-03-10", id="the same days"),
        pytest.param("2024-02-29", "2023-02-28", id="29 February: the 28th"),
        pytest.param("2025-02-28", "2024-02-28", id="28 February: the 28th"),
        pytest.param("2025-02-20..2025-02-28", "2024-02-20..2024-02-28", id="the end of February"),
        pytest.param("2025-02-01..2025-02-28", "2024-02-01..2024-02-29", id="whole February stays whole"),
        pytest.param("2024-02-01..2024-02-29", "2023-02-01..2023-02-28", id="whole leap February"),
        pytest.param("2025-01-01..2025-02-28", "2024-01-01..2024-02-29", id="whole months stay whole"),
        pytest.param("2025-12-19..2026-01-18", "2024-12-19..2025-01-18", id="over the year's end"),
    ],
)
def test_the_same_period_last_year(now, then):
    assert last_year(period(now)) == period(then)


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("today", "2025-03-19"), ("yesterday", "2025-03-18"), ("week", "2025-03-17..2025-03-19"),
        ("month", "2025-03-01..2025-03-19"),
        ("assessment", "2025-03-19"), ("last30", "2025-02-18..2025-03-19"),
    ],
)  # fmt: skip
def test_named_periods(name, days):
    assert preset(name, date(2025, 3, 19)) == period(days)


def test_there_is_no_other_named_period():
    assert {name: preset(name, date(2025, 1, 1)) for name in PRESETS}["yesterday"] == period("2024-12-31")
    with pytest.raises(KeyError):
        preset("tomorrow", date(2025, 1, 1))
