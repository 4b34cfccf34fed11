"""Figures in large: one card each, with what it is compared with."""

import pandas as pd
import streamlit as st

from data.words import t

RATES = ("response_rate", "resolution_rate", "satisfaction_rate")


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
    columns = st.columns(4)
    for column, name in zip(columns, ("received", "closed", "open", "overdue"), strict=True):
        # more open or overdue is worse; more received is neither
        colour = {"received": "off", "closed": "normal"}.get(name, "inverse")
        help_text = t("overview.as_of", at=as_of) if name in ("open", "overdue") else None
        column.metric(
            t(f"overview.{name}"), f"{int(now[name]):,}", _percent(now[name], before[name]), delta_color=colour,
            delta_description=t("overview.previous"), border=True, help=help_text,
        )  # fmt: skip
        column.caption(t("overview.last_year", change=_percent(now[name], year[name]) or "—"))


def rates(totals: pd.DataFrame) -> None:
    """The three rates and the score; a rate without a valid call-back says so, and is never 0."""
    now, before, year = (totals.iloc[i] for i in range(3))
    for column, name in zip(st.columns(4), (*RATES, "score"), strict=True):
        if pd.isna(now[name]):
            column.metric(t(f"column.{name}"), "—", border=True)
            column.caption(t("overview.no_valid"))
            continue
        ending = "" if name == "score" else "%"
        column.metric(
            t(f"column.{name}"), f"{now[name]:.1f}{ending}", _points(now[name], before[name]),
            delta_description=t("overview.previous"), border=True,
        )  # fmt: skip
        compared = t("overview.last_year", change=_points(now[name], year[name]) or "—")
        column.caption(f"{t('overview.valid', n=f'{int(now.valid):,}')} · {compared}")


def _percent(now: float, then: float) -> str | None:
    return t("unit.change", value=round(100 * (now - then) / then, 1) + 0.0) if then else None


def _points(now: float, then: float) -> str | None:
    return None if pd.isna(then) else t("unit.points", value=round(now - then, 1) + 0.0)
