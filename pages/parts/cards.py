"""Figures in large: one card each, with what it is compared with."""

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data.changes import percent_change, point_change
from data.words import t
from pages.parts import explained

RATES = ("response_rate", "resolution_rate", "satisfaction_rate")
# a change, and how it is said
Change = tuple[float, str] | None


def counts(totals: pd.DataFrame, as_of: str) -> None:
    """
    Received, closed, open and overdue.

    Parameters
    ----------
    totals
        The answer to `totals`: current, previous, last_year.
    as_of
        The moment that open and overdue hold for, in words.
    """
    now, before, year = (totals.iloc[i] for i in range(3))
    for column, name in zip(st.columns(4), ("received", "closed", "open", "overdue"), strict=True):
        # more open or overdue is worse; more received is neither
        colour = {"received": "off", "closed": "normal"}.get(name, "inverse")
        notes = [t("overview.as_of", at=as_of)] * (name in ("open", "overdue"))
        changes = _percent(now[name], before[name]), _percent(now[name], year[name])
        _card(column, name, t(f"overview.{name}"), f"{int(now[name]):,}", changes, notes, colour)


def rates(totals: pd.DataFrame) -> None:
    """The three rates and the score; a rate without a valid call-back says so, and is never 0."""
    now, before, year = (totals.iloc[i] for i in range(3))
    for column, name in zip(st.columns(4), (*RATES, "score"), strict=True):
        label = t(f"column.{name}")
        if pd.isna(now[name]):
            with column.container(border=True, key=f"card-{name}"):
                _metric(name, label, "—")
                st.caption(t("overview.no_valid"))
            continue
        changes = _points(now[name], before[name], name), _points(now[name], year[name], name)
        notes = [t("overview.valid", n=f"{int(now.valid):,}")]
        _card(column, name, label, f"{now[name]:.1f}{'' if name == 'score' else '%'}", changes, notes, "normal")


def _card(
    column: DeltaGenerator,
    name: str,
    label: str,
    value: str,
    changes: tuple[Change, Change],
    notes: list[str],
    colour: str = "off",
) -> None:
    before, year = changes
    with column.container(border=True, key=f"card-{name}"):
        if before is None:
            _metric(name, label, value, t("overview.no_previous"), delta_color="off", delta_arrow="off")
        else:
            change, said = before
            _metric(
                name, label, value, said, delta_color=colour if change else "off",
                delta_arrow="auto" if change else "off", delta_description=t("overview.previous"),
            )  # fmt: skip
        st.caption(" · ".join([*notes, t("overview.last_year", change=year[1] if year else "—")]))


def _metric(name: str, *shown: str, **more: str) -> None:
    """A figure, and beside it the sign that explains it."""
    with st.container(horizontal=True, gap="small"):
        st.metric(*shown, **more)
        explained.ask(name)


def _percent(now: float, then: float) -> Change:
    change = percent_change(now, then)
    if change is None:
        return None
    return change, t("unit.change", value=change) if change else t("unit.places_same")


def _points(now: float, then: float, name: str) -> Change:
    change = point_change(now, then)
    if change is None:
        return None
    unit = "unit.score" if name == "score" else "unit.points"
    return change, t(unit, value=change) if change else t("unit.places_same")
