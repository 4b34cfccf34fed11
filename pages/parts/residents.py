"""Residents of areas: a table handed in, and what is known of them."""

from datetime import date

import streamlit as st

from data import words
from data.areas import levels
from data.errors import Problem
from data.population import KNOWN, import_population, population_on
from data.readers import outline
from data.settings import read_settings
from data.uploads import drop_upload, keep_upload
from data.words import sentence, t
from pages.parts.answers import store
from pages.parts.plain import plain

TABLE = "residents_told"


def show() -> None:
    """How many areas of each level have a count, and a form for more."""
    st.subheader(t("residents.title"), anchor=False)
    kept, known = store(), levels(store())
    if not known:
        st.info(t("answer.no_boundaries"))
        return
    today = (kept.data_at or kept.data_since).date() if kept.data_at or kept.data_since else date(2025, 11, 1)
    counted = {level: population_on(kept, level, today).dropna(subset=["people"]) for level in known}
    told = [
        t("residents.known", level=words.level(level), n=len(frame), people=f"{int(frame['people'].sum()):,}")
        for level, frame in counted.items()
        if len(frame)
    ]
    st.caption(plain(t("scope.join").join(told)) if told else t("residents.nothing"))
    # a change of the data draws the page anew: what was done is said after that
    for line in st.session_state.get(TABLE, []):
        st.caption(plain(line))
    given = st.file_uploader(t("residents.file"), key="residents-file")
    if given is not None:
        _form(given, known, today)


def _form(given, known: tuple[str, ...], today: date) -> None:
    home = read_settings().home
    path = keep_upload(home, given.name, [given.getvalue()])
    try:
        headers = list(outline(path, known=KNOWN).headers)
        with st.form("residents"):
            level_side, area_side, by_side, people_side, day_side = st.columns(5)
            level = level_side.selectbox(t("residents.level"), known, format_func=words.level)
            area = area_side.selectbox(t("residents.area"), headers)
            by = by_side.selectbox(t("residents.by"), ("code", "name"), format_func=lambda b: t(f"residents.by_{b}"))
            people = people_side.selectbox(t("residents.people"), headers, index=len(headers) - 1)
            on = day_side.date_input(t("residents.on"), today, format="YYYY-MM-DD")
            if st.form_submit_button(t("residents.store"), type="primary"):
                columns = {"id_column" if by == "code" else "name_column": area}
                report = import_population(store(), path, level, people_column=people, counted_on=on, **columns)
                left = [
                    t("residents.left_out", row=row_no, area=stated, why=t(f"left_out.{why}"))
                    for row_no, stated, why in report.left_out[:20]
                ]
                st.session_state[TABLE] = [t("residents.done", read=report.read, stored=report.stored), *left]
                st.rerun()
    except Problem as problem:
        st.error(plain(sentence(problem)))
    finally:
        drop_upload(home, path)
