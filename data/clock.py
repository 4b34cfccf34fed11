"""
Periods: dates are inclusive for people, `[since, until)` for the store.

Nothing here asks what time it is. "Today" is a day somebody hands in, usually
the day of the data's own time.
"""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

NOON = time(12)
MIDNIGHT = time(0)


@dataclass(frozen=True)
class Period:
    """A run of days, both ends included."""

    since: date
    until: date

    def __post_init__(self) -> None:
        if self.since > self.until:
            msg = f"a period cannot end ({self.until}) before it begins ({self.since})"
            raise ValueError(msg)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.until - self.since).days + 1


def calendar_window(period: Period) -> tuple[datetime, datetime]:
    """The half-open window of a period: its first midnight, and the midnight after its last day."""
    return datetime.combine(period.since, MIDNIGHT), datetime.combine(period.until + timedelta(days=1), MIDNIGHT)


def noon_window(day: date) -> tuple[datetime, datetime]:
    """The half-open window of a bulletin day: from noon of the day before to noon of `day` (district practice)."""
    return datetime.combine(day - timedelta(days=1), NOON), datetime.combine(day, NOON)


def assessment_month(day: date, start_day: int = 19) -> Period:
    """
    The assessment month that holds a day.

    Parameters
    ----------
    day
        Any day.
    start_day
        The day of the month on which an assessment month begins (19 in the
        Beijing district rule: public code of a district's daily report).

    Returns
    -------
    period
        From `start_day` of one month to the day before `start_day` of the next.
    """
    since = day.replace(day=start_day) if day.day >= start_day else _months(day.replace(day=start_day), -1)
    return Period(since, _months(since, 1) - timedelta(days=1))


def previous(period: Period, start_day: int = 19) -> Period:
    """
    The period just before, of the same kind.

    A period that begins on the 1st or on `start_day` and stays within one
    (assessment) month is compared with the same days of the month before,
    clamped to that month's end; whole calendar months with as many whole months
    before. Days from a Monday within one week are compared with the same days of
    the week before, one day with the day before. Any other period is moved back
    by its own length.
    """
    if period.days == 1:
        return Period(period.since - timedelta(days=1), period.until - timedelta(days=1))
    whole_months = _whole_months(period)
    if whole_months:
        return Period(_months(period.since, -whole_months), period.since - timedelta(days=1))
    if period.since.day in (1, start_day):
        last = _months(period.since, 1) - timedelta(days=1)
        if period.until <= last:
            since = _months(period.since, -1)
            whole = period.until == last
            until = period.since - timedelta(days=1) if whole else _months(period.until, -1)
            return Period(since, min(until, period.since - timedelta(days=1)))
    back = timedelta(days=7 if period.since.weekday() == 0 and period.days <= 7 else period.days)
    return Period(period.since - back, period.until - back)


def last_year(period: Period) -> Period:
    """The same days one year before; the 29th of February becomes the 28th, and whole months stay whole."""
    until = _months(period.until, -12)
    february_ends = period.until.month == 2 and (period.until + timedelta(days=1)).day == 1
    if period.since.day == 1 and february_ends:
        until = until.replace(day=calendar.monthrange(until.year, 2)[1])
    return Period(_months(period.since, -12), until)


PRESETS = ("today", "yesterday", "week", "month", "assessment", "last30")


def preset(name: str, today: date, start_day: int = 19) -> Period:
    """
    A named period as of a day.

    Parameters
    ----------
    name
        One of `PRESETS`: today, yesterday, this week (from Monday), this month,
        this assessment month, the last 30 days. Each ends at `today` at the latest.
    today
        The day that counts as today.
    start_day
        First day of the assessment month.

    Raises
    ------
    KeyError
        An unknown name.
    """
    since = {
        "today": today,
        "yesterday": today - timedelta(days=1),
        "week": today - timedelta(days=today.weekday()),
        "month": today.replace(day=1),
        "assessment": assessment_month(today, start_day).since,
        "last30": today - timedelta(days=29),
    }[name]
    return Period(since, since if name == "yesterday" else today)


def _whole_months(period: Period) -> int:
    """How many whole calendar months a period is; 0 when it is not."""
    after = period.until + timedelta(days=1)
    if period.since.day != 1 or after.day != 1:
        return 0
    return (after.year - period.since.year) * 12 + after.month - period.since.month


def _months(day: date, months: int) -> date:
    """`day` moved by whole months, clamped to the end of the month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
