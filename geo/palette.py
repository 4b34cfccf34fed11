"""
Colours of a map: which class a figure belongs to, how the class is named, which colour it wears.

Colours are ColorBrewer's (Cynthia Brewer, colorbrewer2.org), chosen among those that colour-blind people
can order: one ramp from light to dark for amounts, two arms from a pale middle for figures that have a target.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import Any, Literal

Class = dict[str, Any]

NO_DATA = "#d3d8df"
MOST_STEPS = 8
# a break may leave its quantile by this part of the way to the next one, to land on a round number
PLAY = Decimal("0.35")

RAMPS = {
    "YlOrRd": ["#ffeda0", "#fed976", "#feb24c", "#fd8d3c", "#fc4e2a", "#e31a1c", "#bd0026", "#800026"],
    "Blues": ["#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c", "#08306b"],
}
# each arm from the pale middle outwards: (below the target, above it)
ARMS = {
    "BrBG": (
        ["#f6e8c3", "#dfc27d", "#bf812d", "#8c510a", "#543005"],
        ["#c7eae5", "#80cdc1", "#35978f", "#01665e", "#003c30"],
    ),
    "PuOr": (
        ["#fee0b6", "#fdb863", "#e08214", "#b35806", "#7f3b08"],
        ["#d8daeb", "#b2abd2", "#8073ac", "#542788", "#2d004b"],
    ),
}


def classes(
    values: Iterable[float | None],
    *,
    steps: int = 6,
    kind: Literal["sequential", "diverging"] = "sequential",
    target: float | None = None,
    whole: bool = False,
    ramp: str | None = None,
    reverse: bool = False,
) -> list[Class]:
    """
    Classes of about as many figures each, cut at round numbers.

    Parameters
    ----------
    values
        The figures of the areas drawn. None, NaN and infinity are left out: they have no class.
    steps
        The most classes wanted, 1 to 8. Fewer come back when the figures cannot be told apart.
    kind
        `sequential` for amounts, `diverging` for figures that have a target.
    target
        Where the two arms of a diverging scale meet; always a class end.
    whole
        The figures are counts: ends are whole numbers, labels name the first and last count, and if more than
        one area in `steps` has none, zero is a class of its own.
    ramp
        `YlOrRd` or `Blues`; `BrBG` or `PuOr` when diverging. The first of each if left out.
    reverse
        Turn the colours round (a diverging scale whose low side is the good one).

    Returns
    -------
    classes
        From low to high, without gaps: `low`, `high`, `color` (hex), `label`. A class holds low <= v < high,
        the last one holds its high end too. Each class holds at least one of the figures. Empty without figures.

    Raises
    ------
    ValueError
        If `steps` is not within 1 to 8, a diverging scale has no target, or the ramp is unknown.

    """
    if not 1 <= steps <= MOST_STEPS:
        raise ValueError(f"steps must be 1 to {MOST_STEPS}, not {steps}")
    known = sorted(_exact(v) for v in values if _is_figure(v))
    if kind == "diverging":
        if not _is_figure(target):
            raise ValueError("a diverging scale needs a target")
        middle = _exact(target)
        low_side, high_side = [v for v in known if v < middle], [v for v in known if v >= middle]
        low_ends = _ends(low_side, max(1, steps // 2), whole)[:-1]
        high_ends = _ends(high_side, max(1, steps // 2), whole)[1:]
        ends = [*low_ends, middle, *high_ends]
        colours = _arm_colours(len(low_ends), len(high_ends), ramp, reverse)
    else:
        ends = _ends(known, steps, whole)
        colours = _ramp_colours(len(ends) - 1, ramp, reverse)
    if not known:
        return []
    labels = _labels(ends, whole)
    return [
        {"low": _plain(low), "high": _plain(high), "color": colour, "label": label}
        for low, high, colour, label in zip(ends, ends[1:], colours, labels, strict=False)
    ]


def class_of(value: float | None, classes: Sequence[Class]) -> Class | None:
    """
    The one class that holds a figure.

    Parameters
    ----------
    value
        A figure, or None or NaN where there is no data.
    classes
        What `classes` returned.

    Returns
    -------
    held_by
        The class; None for no data. A figure beyond the ends (classes held still while the figures move on)
        is held by the end class.

    """
    if not classes or not _is_figure(value):
        return None
    starts = [each["low"] for each in classes]
    return classes[max(0, bisect_right(starts, float(value)) - 1)]


def colour_of(value: float | None, classes: Sequence[Class]) -> str:
    """The colour of a figure's class as hex; that of missing data where there is none."""
    held_by = class_of(value, classes)
    return held_by["color"] if held_by else NO_DATA


def legend(title: str, classes: Sequence[Class], no_data: str) -> dict[str, Any]:
    """The legend as the map's feed sends it: title, one label and colour per class, and the word for no data."""
    return {
        "title": title,
        "classes": [{"label": each["label"], "color": each["color"]} for each in classes],
        "no_data": {"label": no_data, "color": NO_DATA},
    }


def _is_figure(value: Any) -> bool:
    if value is None:
        return False
    try:
        return math.isfinite(value)
    except TypeError:  # pandas.NA and other strangers are not figures
        return False


def _exact(value: Any) -> Decimal:
    # by way of repr: 0.1 means one tenth here, not its nearest binary neighbour
    return Decimal(repr(float(value)))


def _plain(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() and abs(value) < 2**53 else float(value)


def _breaks(ordered: list[Decimal], steps: int, whole: bool) -> list[Decimal]:
    """Round numbers between the figures, so that each class between them holds at least one."""
    if not ordered or steps == 1:
        return []
    zeros = bisect_right(ordered, Decimal(0))
    if whole and ordered[0] == 0 and zeros < len(ordered) and zeros * steps > len(ordered):
        return [Decimal(1), *_breaks(ordered[zeros:], steps - 1, whole)]
    distinct = sorted(set(ordered))
    few = len(distinct) <= steps
    marks = distinct if few else sorted({ordered[len(ordered) * step // steps] for step in range(steps)})
    marks = sorted({distinct[0], *marks})
    found = []
    for at, mark in enumerate(marks[1:], 1):
        before = marks[at - 1]
        after = marks[at + 1] if at + 1 < len(marks) else min(distinct[-1], 2 * mark - before)
        if few:  # anywhere between the two figures
            low, high = before + (mark - before) / 20, mark
        else:
            low, high = mark - PLAY * (mark - before), mark + PLAY * (after - mark)
        found.append(_roundest(low, high, near=mark, whole=whole))
    return _without_empty(sorted(set(found)), ordered)


def _without_empty(found: list[Decimal], ordered: list[Decimal]) -> list[Decimal]:
    kept, below = [], 0
    for each in found:
        reached = sum(v < each for v in ordered)
        if below < reached < len(ordered):
            kept.append(each)
            below = reached
    return kept


def _ends(ordered: list[Decimal], steps: int, whole: bool) -> list[Decimal]:
    """The ends of all classes; the outer two a little beyond the least and the largest figure if that is rounder."""
    if not ordered:
        return []
    breaks = _breaks(ordered, steps, whole)
    least, most = ordered[0], ordered[-1]
    down = PLAY * ((breaks[0] if breaks else most) - least)
    up = PLAY * (most - (breaks[-1] if breaks else least))
    floor = least - down if least < 0 else max(Decimal(0), least - down)
    low = _roundest(floor, least, near=least, whole=whole)
    high = _roundest(most, most + up, near=most, whole=whole)
    return [low, *breaks, high]


def _roundest(low: Decimal, high: Decimal, *, near: Decimal, whole: bool) -> Decimal:
    """The number within [low, high] with the fewest digits; of several the one nearest to `near`."""
    if low <= 0 <= high:
        return Decimal(0)
    largest = max(abs(low), abs(high)).adjusted()
    for power in range(largest, -1 if whole else largest - 18, -1):
        for factor in (5, 2, 1):
            step = Decimal(factor).scaleb(power)
            first = (low / step).to_integral_value(ROUND_CEILING)
            last = (high / step).to_integral_value(ROUND_FLOOR)
            if first <= last:
                found = min(max((near / step).to_integral_value(), first), last) * step
                if low <= found <= high:
                    return found
    return near


def _labels(ends: list[Decimal], whole: bool) -> list[str]:
    pairs = list(pairwise(ends))
    if whole:
        closed = [(low, high - 1) for low, high in pairs[:-1]] + pairs[-1:]
        return [f"{low:,.0f}" if low >= high else f"{low:,.0f} – {high:,.0f}" for low, high in closed]
    digits = min(6, max(1, *(-int(end.normalize().as_tuple().exponent) for end in ends)))
    inner = [f"{low:,.{digits}f} – <{high:,.{digits}f}" for low, high in pairs[:-1]]
    low, high = pairs[-1]
    return [*inner, f"{low:,.{digits}f}" if low == high else f"{low:,.{digits}f} – {high:,.{digits}f}"]


def _ramp_colours(count: int, ramp: str | None, reverse: bool) -> list[str]:
    colours = _spread(_known(ramp or "YlOrRd", RAMPS), count)
    return colours[::-1] if reverse else colours


def _arm_colours(below: int, above: int, ramp: str | None, reverse: bool) -> list[str]:
    low_arm, high_arm = _known(ramp or "BrBG", ARMS)
    if reverse:
        low_arm, high_arm = high_arm, low_arm
    return _spread(low_arm, below)[::-1] + _spread(high_arm, above)


def _known(ramp: str, ramps: dict[str, Any]) -> Any:
    if ramp not in ramps:
        raise ValueError(f"unknown ramp {ramp!r}; there are {', '.join(ramps)}")
    return ramps[ramp]


def _spread(colours: list[str], count: int) -> list[str]:
    """As many colours as wanted, evenly over a ramp; the middle one if only one is wanted."""
    last = len(colours) - 1
    if count < 2:
        return [colours[last // 2]] * max(0, count)
    return [colours[round(at * last / (count - 1))] for at in range(count)]
