"""The tab of names: what sources call areas that no area is called, for a person to accept or reject."""

from datetime import datetime

import pandas as pd
import streamlit as st

from data import words
from data.errors import Problem
from data.name_reviews import proposals, review, reviewed
from data.words import sentence, t
from pages.parts import address, residents, tables
from pages.parts.answers import store
from pages.parts.plain import plain

COLUMNS = ["stated", "complaints", "means", "how", "likeness", "would_place"]
ROWS = 15


def show() -> None:
    """Names that place nothing yet, then those that were decided."""
    st.caption(t("names.about"))
    found = _proposals(str(store().path), store().version)
    if found.empty:
        st.success(t("names.nothing"))
    else:
        _choose(found)
    decided = reviewed(store())
    if len(decided):
        st.subheader(t("names.decided"), anchor=False)
        _decided(decided)
    residents.show()


@st.cache_data(max_entries=4, show_spinner=False)
def _proposals(home: str, version: int) -> pd.DataFrame:  # noqa: ARG001
    return proposals(store())


def _choose(found: pd.DataFrame) -> None:
    """The table of proposals, and what to do with the chosen row."""
    shown = found.assign(
        means=[_area(row) for row in found.itertuples()],
        how=[t(f"names.how_{how}") for how in found["how"]],
        likeness=100 * found["likeness"],
    )[COLUMNS]
    config = {name: st.column_config.Column(t(f"names.{name}")) for name in COLUMNS}
    config["likeness"] = st.column_config.NumberColumn(t("names.likeness"), format="%.0f%%")
    picked = st.dataframe(
        shown, hide_index=True, placeholder="—", height=tables.height(min(len(shown), ROWS)), column_config=config,
        on_select="rerun", selection_mode="single-row", key=f"names-{store().version}",
    )  # fmt: skip
    rows = picked["selection"]["rows"]
    if not rows:
        st.caption(t("names.choose"))
        return
    row = found.iloc[rows[0]]
    st.markdown(plain(t("names.question", stated=row["stated"], n=f"{int(row['complaints']):,}")))
    known = isinstance(row["code"], str)
    accept, reject, never = st.columns(3)
    if known and accept.button(
        t("names.accept", area=plain(row["name"]), n=f"{int(row['would_place']):,}"), type="primary", key="accept"
    ):
        _decide(row["stated"], row["level"], row["code"], accepted=True)
    if known and reject.button(t("names.reject", area=plain(row["name"])), key="reject"):
        _decide(row["stated"], row["level"], row["code"], accepted=False)
    if never.button(t("names.never"), key="never", help=t("names.never_help")):
        _decide(row["stated"], None, None, accepted=False)
    if not known:
        st.caption(t("names.by_command"))


def _area(row) -> str | None:
    if not isinstance(row.code, str):
        return None
    above = f"{row.parent} / " if isinstance(row.parent, str) else ""
    return f"{above}{row.name}（{words.level(row.level)}）" if hasattr(row, "name") else row.code


def _decide(stated: str, level: str | None, code: str | None, *, accepted: bool) -> None:
    try:
        moved = review(store(), stated, level, code, accept=accepted, reviewed_at=datetime.now().replace(microsecond=0))
    except Problem as problem:
        st.error(plain(sentence(problem)))
        return
    st.toast(t("names.moved", n=f"{moved:,}"), icon=":material/check:")
    address.put("tab", "names", "import")
    st.rerun()


def _decided(decided: pd.DataFrame) -> None:
    names = ["stated", "state", "level", "code", "name", "reviewed_at"]
    shown = decided.assign(
        state=[t(f"names.{state}") for state in decided["state"]],
        level=[words.level(level) if isinstance(level, str) else None for level in decided["level"]],
    )[names]
    config = {
        name: st.column_config.Column(t(f"names.{name}_column" if name in ("state", "level") else f"names.{name}"))
        for name in names
    }
    config["reviewed_at"] = st.column_config.DatetimeColumn(t("names.reviewed_at"), format="YYYY-MM-DD HH:mm")
    st.dataframe(shown, hide_index=True, placeholder="—", column_config=config)
