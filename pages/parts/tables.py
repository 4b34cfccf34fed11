"""Tables: columns in words, no data as a dash."""

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from data.tables import said
from data.words import t
from pages.parts.explained import tip

# blue and vermilion differ to every kind of colour vision
UP, DOWN, GREY = "#1f5fa8", "#c2410c", "#94a3b8"
RATES = ("response_rate", "resolution_rate", "satisfaction_rate", "share")


# widths in pixels that make the list of complaints fit a screen of 1600; the rest of a text shows on a click
WIDTHS = {"ticket_no": 158, "received_at": 132, "deadline_at": 132, "state": 66, "category": 204, "address": 170}
WIDTHS |= {"place": 194, "units": 112, "channel": 76}


def height(rows: int) -> int:
    """The pixels that show so many rows whole, with the line of headers."""
    return 35 * (rows + 1) + 3


def columns(names: list[str]) -> dict:
    """Column settings by name: labels in the reader's language, what they mean as a tip, rates with one decimal."""
    settings = {}
    for name in names:
        label, width, meaning = t(f"column.{name}"), WIDTHS.get(name), tip(name)
        if name in RATES:
            settings[name] = st.column_config.NumberColumn(label, format="%.1f%%", help=meaning)
        elif name == "score":
            settings[name] = st.column_config.NumberColumn(label, format="%.1f", help=meaning)
        elif name.endswith("_at"):
            settings[name] = st.column_config.DatetimeColumn(
                label, format="YYYY-MM-DD HH:mm", width=width, help=meaning
            )
        else:
            settings[name] = st.column_config.Column(label, width=width, help=meaning)
    return settings


def coded(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its codes in words."""
    shown = frame.copy()
    if "place" in shown:
        shown["place"] = _below_the_whole(shown["place"])
    for name in ("state", "urgency", "channel", "solved", "satisfied"):
        if name in shown:
            shown[name] = [said(name, value) for value in shown[name]]
    return shown


def _below_the_whole(places: pd.Series) -> list:
    """Places without the area that all of them lie in."""
    parts = [place.split(" / ") for place in places.dropna()]
    if len({part[0] for part in parts}) != 1 or any(len(part) < 2 for part in parts):
        return list(places)
    return [place.partition(" / ")[2] if isinstance(place, str) else place for place in places]


def moves(frame: pd.DataFrame) -> Styler:
    """A board whose moves up and down have an arrow each, and colours that every eye can tell apart."""
    shown = {
        "rank_change": lambda places: f"{'▲' if places > 0 else '▼'} {abs(places)}" if places else "—",
        "score_change": lambda points: f"{points:+.1f}" if points else "—",
    }
    return frame.style.format(shown, na_rep="—", subset=list(shown)).map(_colour, subset=list(shown))


def _colour(move: float) -> str:
    if pd.isna(move) or not move:
        return f"color: {GREY}"
    return f"color: {UP if move > 0 else DOWN}"
