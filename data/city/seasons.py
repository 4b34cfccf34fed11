"""When complaints come: how many of each category in every hour of the year, exactly as many as asked for."""

from datetime import date, datetime, timedelta

import numpy as np

from data.city.plan import Plan, generator

HOUR = timedelta(hours=1)
YEAR = timedelta(days=365)
_SUMMER = (6, 7, 8, 9)
_LATE = (21, 22, 23, 0)


def hours_of(until: datetime) -> tuple[datetime, int]:
    """The first full clock hour of the 365 days that end at `until`, and how many clock hours they touch."""
    since = until - YEAR
    first = since.replace(minute=0, second=0, microsecond=0)
    return first, -((first - until) // HOUR)


def counts_by_hour(plan: Plan, until: datetime, complaints: int, seed: int) -> np.ndarray:
    """
    Share the complaints out over the hours of the year and the categories.

    Parameters
    ----------
    plan
        The assumptions.
    until
        End of the year; the first and last hour may be cut.
    complaints
        How many in all.
    seed
        Of the city.

    Returns
    -------
    counts
        Whole numbers (hour, category) that sum to `complaints`.
    """
    expected = _expected(plan, until, seed)
    # hour by hour first, so that no more than a row of categories is drawn at once
    rng = generator(seed, until, 1)
    per_hour = rng.multinomial(complaints, expected.sum(axis=1) / expected.sum())
    rows = expected.sum(axis=1, keepdims=True)
    shares = np.divide(expected, rows, out=np.full_like(expected, 1 / expected.shape[1]), where=rows > 0)
    return rng.multinomial(per_hour, shares)


def _expected(plan: Plan, until: datetime, seed: int) -> np.ndarray:
    """Expected numbers by hour and category; each category sums to its weight."""
    first, count = hours_of(until)
    moments = [first + HOUR * step for step in range(count)]
    hour = np.array([moment.hour for moment in moments])
    month = np.array([moment.month for moment in moments])
    days, day = np.unique([moment.date() for moment in moments], return_inverse=True)
    usual = _day_factors(plan, days)[day]
    usual[0] *= (first + HOUR - (until - YEAR)) / HOUR
    usual[-1] *= (until - moments[-1]) / HOUR
    triggers = {
        "": np.ones(count),
        "heating": _heating(plan, days)[day],
        "rain": _rain(plan, days, seed)[day],
        "night": np.where(np.isin(month, _SUMMER) & np.isin(hour, _LATE), plan.city["days"]["night_factor"], 1.0),
    }
    columns = []
    for one in plan.categories:
        profile = np.array(plan.city["hours"][one.hours], dtype=float)[hour]
        season = np.array(plan.city["months"][one.months], dtype=float)[month - 1]
        rate = usual * profile * season * triggers[one.trigger]
        columns.append(rate * (one.weight / rate.sum()))
    return np.column_stack(columns)


def _day_factors(plan: Plan, days: np.ndarray) -> np.ndarray:
    """Weekday, weekend, holiday and make-up day."""
    facts = plan.city["days"]
    factors = np.array([facts["week"][day.weekday()] for day in days])
    makeup = set(plan.city["work"]["weekends"])
    factors[[day in makeup for day in days]] = facts["makeup"]
    for holiday in plan.city["holiday"]:
        factor = facts["spring_festival" if holiday.get("spring_festival") else "holiday"]
        for first, last in holiday["days"]:
            factors[(days >= first) & (days <= last)] = factor
    return factors


def _heating(plan: Plan, days: np.ndarray) -> np.ndarray:
    """0 outside the season; a ramp to the peak, then a decay to the floor with a second, smaller rise in January."""
    facts = plan.city["heating"]
    factors = np.zeros(len(days))
    for year in sorted({day.year for day in days} | {days[0].year - 1}):
        begins, peaks = date(year, *facts["begins"]), date(year, *facts["peaks"])
        ends, coldest = date(year + 1, *facts["ends"]), date(year + 1, 1, 15)
        for at, day in enumerate(days):
            if begins <= day < peaks:
                factors[at] = ((day - begins).days + 1) / ((peaks - begins).days + 1)
            elif peaks <= day <= ends:
                decay = 0.5 ** ((day - peaks).days / facts["half_life_days"])
                cold = facts["cold_snap"] * np.exp(-(((day - coldest).days / 10) ** 2))
                factors[at] = max(decay, facts["floor"]) + cold
    return factors


def _rain(plan: Plan, days: np.ndarray, seed: int) -> np.ndarray:
    """Simulated heavy rain in July and August, felt on the day and half as much on the next; else nearly nothing."""
    factors = np.full(len(days), 0.02)
    for year in sorted({day.year for day in days}):
        rng = generator(seed, year, 2)
        wet = rng.choice(62, size=plan.city["days"]["rain_days_a_summer"], replace=False)
        strength = rng.gamma(4.0, 1.25, size=len(wet))
        for offset, much in zip(wet, strength, strict=True):
            day = date(year, 7, 1) + timedelta(days=int(offset))
            factors[days == day] += much
            factors[days == day + timedelta(days=1)] += much / 2
    return factors
