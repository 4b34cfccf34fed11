"""The frame round every page: language, navigation, what kind of data this is, and faults as sentences."""

import logging
from pathlib import Path

import streamlit as st

from data import words
from data.errors import Problem
from data.words import t
from pages.parts import address
from pages.parts.answers import store
from pages.parts.filters import Nothing
from pages.parts.plain import plain
from pages.parts.style import dress

PAGES = Path(__file__).parent
REFRESH_SECONDS = 10
log = logging.getLogger("whistlemap")

# --- language first: every word below depends on it
st.set_page_config(page_title="哨图 Whistlemap", page_icon="🚨", layout="wide", initial_sidebar_state=264)
address.read()
words.language.set(address.language())
dress()

# --- navigation; absolute paths, so that a deep link after a start goes through this file
screens = [
    st.Page(PAGES / "overview.py", title=t("nav.overview"), icon=":material/monitoring:", default=True),
    st.Page(PAGES / "heatmap.py", title=t("nav.heatmap"), icon=":material/local_fire_department:", url_path="heatmap"),
    st.Page(PAGES / "rankings.py", title=t("nav.rankings"), icon=":material/leaderboard:", url_path="rankings"),
    st.Page(PAGES / "complaints.py", title=t("nav.complaints"), icon=":material/list_alt:", url_path="complaints"),
    st.Page(PAGES / "manage.py", title=t("nav.manage"), icon=":material/database:", url_path="manage"),
    st.Page(PAGES / "indicators.py", title=t("nav.indicators"), icon=":material/help:", url_path="indicators"),
]
page = st.navigation(screens, position="top")

# --- what kind of data, and how fresh
with st.sidebar:
    st.html(f'<div class="whistlemap-name"><b>{t("app.name")}</b><span>{t("app.tagline")}</span></div>')
kept = store()
version = kept.version
if kept.synthetic:
    st.container(key="synthetic").warning(t("app.synthetic"), icon=":material/science:")

# --- the page; what it cannot answer becomes a sentence, and the other pages go on
try:
    page.run()
except Nothing as nothing:
    st.info(nothing)
except Problem as problem:
    st.error(plain(words.sentence(problem)))
except Exception:
    log.exception("page %s failed", page.url_path)
    st.error(t("app.page_failed"))


# --- how fresh: an open page looks by itself whether there is more, and then draws itself anew
@st.fragment(run_every=REFRESH_SECONDS)
def freshness(version: int) -> None:
    """The data's own time."""
    words.language.set(address.language())
    data_at = kept.data_at and kept.data_at.strftime("%Y-%m-%d %H:%M")
    st.caption(t("app.data_at", at=data_at) if data_at else t("app.no_data_at"))
    if store().version != version:
        st.rerun()


with st.sidebar, st.container(key="foot"):
    freshness(version)
    address.choose_language()
address.write()
