"""The tab of batches: what was imported when, the report of each, and taking one back."""

from datetime import datetime

import pandas as pd
import streamlit as st

from data.batches import batch_report, batches
from data.errors import Problem
from data.undo import undo_batch
from data.words import sentence, t
from pages.parts import reports, tables
from pages.parts.answers import store
from pages.parts.plain import plain

COLUMNS = ["batch", "file", "source", "profile", "imported_at", "read", "accepted", "updated", "unchanged"]
COLUMNS += ["rejected", "unlocated", "undone_at"]
ROWS = 12


def show() -> None:
    """The batches, the newest first; the chosen one's report and its undoing."""
    found = batches(store())
    if found.empty:
        st.info(t("batches.nothing"))
        return
    config = {name: st.column_config.Column(t(f"batches.{name}")) for name in COLUMNS}
    for name in ("imported_at", "undone_at"):
        config[name] = st.column_config.DatetimeColumn(t(f"batches.{name}"), format="YYYY-MM-DD HH:mm")
    st.caption(t("batches.choose"))
    picked = st.dataframe(
        found[COLUMNS], hide_index=True, placeholder="—", height=tables.height(min(len(found), ROWS)),
        column_config=config, on_select="rerun", selection_mode="single-row", key=f"batches-{store().version}",
    )  # fmt: skip
    rows = picked["selection"]["rows"]
    if rows:
        _one(found.iloc[rows[0]])


def _one(batch: pd.Series) -> None:
    number = int(batch["batch"])
    st.subheader(plain(t("batches.one", batch=number, file=batch["file"])), anchor=False)
    if told := batch_report(store(), number):
        reports.report(told)
    if pd.notna(batch["undone_at"]):
        st.info(t("batches.undone", at=f"{batch['undone_at']:%Y-%m-%d %H:%M}"))
        return
    with st.popover(t("batches.undo"), icon=":material/undo:"):
        st.markdown(
            plain(t("batches.undo_hint", accepted=f"{int(batch['accepted']):,}", updated=f"{int(batch['updated']):,}"))
        )
        if st.button(t("batches.undo_now", batch=number), type="primary", key=f"undo-{number}"):
            _undo(number)


def _undo(number: int) -> None:
    try:
        undo_batch(store(), number, undone_at=datetime.now().replace(microsecond=0))
    except Problem as problem:
        st.error(plain(sentence(problem)))
    else:
        st.rerun()
