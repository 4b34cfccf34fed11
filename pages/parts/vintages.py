"""Which boundaries a page is shown under: the choice, where there is one, and what to know of re-cuts."""

from datetime import date

import pandas as pd
import streamlit as st

from data.areas import areas
from data.scope import EARLIEST, LATEST, Scope
from data.vintages import days_to_choose, notes
from data.words import t
from pages.parts import address
from pages.parts.answers import store
from pages.parts.plain import plain


def choice() -> tuple[date | None, str]:
    """
    The boundaries the reader chose, by a day on which they hold; None for those of the period's last day.

    Shown only where some level has boundaries of different days.

    Returns
    -------
    vintage
        The day, or None.
    dropped
        What the address says instead of a day, '' when it says none or a good one.
    """
    asked = address.get("vintage")
    day = _day(asked)
    days = days_to_choose(store())
    if not days:
        address.put("vintage", "")
        return None, "" if day or not asked else asked
    named = {"": t("filter.vintage_end"), days[0].isoformat(): t("filter.vintage_before", on=days[1])}
    named |= {one.isoformat(): t("filter.vintage_from", on=one) for one in days[1:]}
    if day and day.isoformat() not in named:
        named[day.isoformat()] = t("filter.vintage_on", on=day)

    def chosen() -> None:
        address.choose("vintage", st.session_state["f_vintage"])

    current = address.choice("vintage", tuple(named), "")
    st.session_state["f_vintage"] = current
    st.selectbox(t("filter.vintage"), list(named), key="f_vintage", format_func=named.get, on_change=chosen)
    return _day(current), "" if day or not asked else asked


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None


def say(scope: Scope) -> None:
    """What must be known of re-cuts to read figures of this scope."""
    for sentence in notes(store(), scope):
        st.caption(plain(sentence))


def areas_of(on: date) -> pd.DataFrame:
    """The areas of every level that are shown on a day; see `data.areas.areas`."""
    kept = store()
    return _areas(str(kept.path), kept.areas_version, on)


@st.cache_resource(max_entries=20, show_spinner=False)
def _areas(home: str, version: int, on: date) -> pd.DataFrame:  # noqa: ARG001
    return areas(store(), on)
