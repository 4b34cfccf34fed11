"""Tables: columns in words, no data as a dash, and the same frame as CSV."""

import pandas as pd
import streamlit as st

from data.tables import said, unformula
from data.words import t

RATES = ("response_rate", "resolution_rate", "satisfaction_rate", "share")


def columns(names: list[str]) -> dict:
    """Column settings by name: labels in the reader's language, rates with one decimal."""
    settings = {}
    for name in names:
        label = t(f"column.{name}")
        if name in RATES:
            settings[name] = st.column_config.NumberColumn(label, format="%.1f%%")
        elif name in ("score", "score_change"):
            settings[name] = st.column_config.NumberColumn(label, format="%.1f")
        elif name.endswith("_at"):
            settings[name] = st.column_config.DatetimeColumn(label, format="YYYY-MM-DD HH:mm")
        else:
            settings[name] = st.column_config.Column(label)
    return settings


def coded(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its codes in words."""
    shown = frame.copy()
    for name in ("state", "urgency", "channel", "solved", "satisfied"):
        if name in shown:
            shown[name] = [said(name, value) for value in shown[name]]
    return shown


def as_csv(frame: pd.DataFrame) -> bytes:
    """A frame as CSV for table programs: UTF-8 with mark, headers in words, no formulas."""
    texts = pd.DataFrame({t(f"column.{name}"): [unformula(_text(name, v)) for v in frame[name]] for name in frame})
    return texts.to_csv(index=False).encode("utf-8-sig")


def _text(name: str, value: object) -> str:
    if isinstance(value, float) and not pd.isna(value):
        return f"{value:.1f}"
    return said(name, value)
