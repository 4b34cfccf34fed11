"""How a figure moved since another period: counts in percent, rates and scores in points."""

import pandas as pd


def percent_change(now: float, then: float) -> float | None:
    """The change of a count in percent of what it was, one decimal; None where it was nothing or is not known."""
    if pd.isna(now) or pd.isna(then) or not then:
        return None
    # no "-0.0"
    return round(100 * float(now - then) / float(then), 1) + 0.0


def point_change(now: float, then: float) -> float | None:
    """The change of a rate in percentage points, or of a score in points, one decimal; None where one is not known."""
    if pd.isna(now) or pd.isna(then):
        return None
    return round(float(now - then), 1) + 0.0
