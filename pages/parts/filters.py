"""One filter bar everywhere: period, areas, categories, channels, counting; its state is the address."""

from datetime import date

import pandas as pd
import streamlit as st

from data import words
from data.clock import PRESETS, preset
from data.errors import ScopeProblem
from data.rules import score_rule
from data.scope import MOST_VALUES, Scope
from data.words import t
from pages.parts import address, vintages
from pages.parts.answers import facts, store
from pages.parts.plain import plain

DEFAULT_PERIOD = "month"
# a list of thousands of grids helps nobody; they are reached by drilling
OFFERED = 1_000


class Nothing(Exception):
    """
    The end of a page that has nothing to show; its sentence is shown instead.

    `st.stop()` would end the frame round the page too, with the switch of
    language and the address.
    """


def scope() -> Scope:
    """
    The filter bar, and the scope it says.

    Raises
    ------
    Nothing
        The store holds no complaints.
    """
    try:
        known = facts()
    except ScopeProblem as problem:
        raise Nothing(t("answer.empty_store")) from problem
    with st.sidebar:
        since, until = _period(known["period"].until)
        vintage, dropped = vintages.choice()
        _say_dropped([dropped] if dropped else [])
        vintages.say(Scope(since, until, vintage=vintage))
        areas = _areas(vintage or until)
        categories = _categories(known["categories"])
        known_channels = list(known["channels"])
        channels = _several("channel", known_channels, words.channel, t("filter.channel"), t("filter.any_channel"))
        counting = _counting()
        st.button(t("filter.reset"), on_click=_reset, icon=":material/restart_alt:", type="tertiary")
    return Scope(since, until, tuple(areas), tuple(categories), tuple(channels), counting, vintage=vintage)


def whole_period() -> None:
    """Make everything the store holds the period; takes effect at the next run."""
    period = facts()["period"]
    address.put("period", "custom", DEFAULT_PERIOD)
    address.put("since", period.since.isoformat())
    address.put("until", period.until.isoformat())


def pick_area(area: str) -> None:
    """Make one area (`level:code`) the scope's only area, or none with ''; takes effect at the next run."""
    address.choose("area", [area] if area else [])


def _reset() -> None:
    for key in ("period", "since", "until", "area", "category", "channel", "counting", "vintage"):
        address.choose(key, "")


def _period(today: date) -> tuple[date, date]:
    names = (*PRESETS, "custom")

    def chosen() -> None:
        address.choose("period", st.session_state["f_period"], DEFAULT_PERIOD)

    current = address.choice("period", names, "custom" if address.get("since") else DEFAULT_PERIOD)
    st.session_state["f_period"] = current
    st.selectbox(t("filter.period"), names, key="f_period", format_func=lambda n: t(f"filter.{n}"), on_change=chosen)
    if current != "custom":
        address.put("since", "")
        address.put("until", "")
        period = preset(current, today, score_rule(today).assessment_month_starts_on)
        st.caption(t("app.period", since=period.since, until=period.until))
        return period.since, period.until
    return _custom(today)


def _custom(today: date) -> tuple[date, date]:
    fallback = preset(DEFAULT_PERIOD, today)
    since, until = _day("since", fallback.since), _day("until", fallback.until)
    since, until = min(since, until), max(since, until)

    def chosen() -> None:
        days = st.session_state["f_days"]
        # the first click of two gives one day
        if len(days) == 2:
            address.choose("since", days[0].isoformat())
            address.choose("until", days[1].isoformat())

    st.session_state.setdefault("f_days", (since, until))
    if len(st.session_state["f_days"]) == 2:
        st.session_state["f_days"] = (since, until)
    st.date_input(
        t("filter.dates"), key="f_days", format="YYYY-MM-DD", on_change=chosen,
        min_value=date(1990, 1, 1), max_value=date(2099, 12, 31),
    )  # fmt: skip
    address.put("period", "custom", DEFAULT_PERIOD)
    address.put("since", since.isoformat())
    address.put("until", until.isoformat())
    return since, until


def _day(key: str, default: date) -> date:
    try:
        day = date.fromisoformat(address.get(key))
    except ValueError:
        return default
    return min(max(day, date(1990, 1, 1)), date(2099, 12, 31))


def _areas(on: date) -> list[str]:
    frame = vintages.areas_of(on)
    names = _named(frame)
    counts = frame["level"].value_counts()
    offered = [key for key in names if counts[key.partition(":")[0]] <= OFFERED]
    # an area that holds on another day only is not offered, but a link may name it
    names = _named(facts()["areas"]) | names
    chosen = [_with_level(area, names) for area in address.several("area")]
    _say_dropped([area for area in chosen if area not in names])
    chosen = [area for area in chosen if area in names]
    offered += [area for area in chosen if area not in offered]
    address.put("area", chosen)
    return _several("area", offered, names.get, t("filter.area"), t("filter.any_area"))


def _named(frame: pd.DataFrame) -> dict[str, str]:
    """Areas by `level:code`, as they are called."""
    return {
        f"{level}:{code}": f"{name}（{words.level(level)}）"
        for level, code, name in zip(frame["level"], frame["area_id"], frame["name"], strict=True)
    }


def _with_level(area: str, names: dict[str, str]) -> str:
    """A code alone, as in a hand-written link, with its level when only one has it."""
    if area in names:
        return area
    found = [name for name in names if name.partition(":")[2] == area]
    return found[0] if len(found) == 1 else area


def _say_dropped(values: list[str]) -> None:
    """A link may name what is not, or no longer, there: without it the page shows more, and must say so."""
    if values:
        shown = "、".join(values[:5]) + ("…" if len(values) > 5 else "")
        st.toast(plain(t("filter.dropped", values=shown)), icon=":material/link_off:", duration="infinite")


def _categories(frame) -> list[str]:
    paths: dict[str, None] = {}
    for levels in frame.itertuples(index=False):
        parts = [part for part in levels if isinstance(part, str)]
        for depth in range(1, len(parts) + 1):
            paths["/".join(parts[:depth])] = None
    return _several("category", sorted(paths), str, t("filter.category"), t("filter.any_category"))


def _several(key: str, options: list[str], say, label: str, placeholder: str) -> list[str]:
    def chosen() -> None:
        address.choose(key, st.session_state[f"f_{key}"])

    asked = address.several(key)
    _say_dropped([value for value in asked if value not in options])
    current = [value for value in asked if value in options][:MOST_VALUES]
    address.put(key, current)
    st.session_state[f"f_{key}"] = current
    return st.multiselect(
        label, options, key=f"f_{key}", format_func=lambda v: say(v) or v, placeholder=placeholder, on_change=chosen,
        max_selections=MOST_VALUES,
    )  # fmt: skip


def _counting() -> str:
    def chosen() -> None:
        address.choose("counting", st.session_state["f_counting"], "all")

    current = address.choice("counting", ("all", "assessed"), "all")
    st.session_state["f_counting"] = current
    return st.segmented_control(
        t("filter.counting"), ("all", "assessed"), key="f_counting", required=True, on_change=chosen,
        format_func=lambda c: t(f"filter.{c}_counting"),
    )  # fmt: skip


def nothing(chosen: Scope) -> str:
    """The sentence for an empty answer: what to widen, and where there are data."""
    period = facts()["period"]
    hint = t("answer.nothing_hint", since=period.since, until=period.until)
    return f"{t('answer.nothing')} {hint}\n\n{plain(chosen.sentence(store()))}"
