"""The tab of watched folders: which are watched, what waits in them, and what was done."""

from pathlib import Path

import streamlit as st

from data.errors import Problem
from data.evidence import CRS_CHOICES
from data.profiles import AUTO, saved, shipped
from data.settings import read_settings
from data.watching import Watch, unwatch, waiting_files, watch, watches
from data.words import sentence, t
from pages.parts.jobs import queue, trouble
from pages.parts.plain import plain

SHOWN = 20


def show() -> None:
    """Watched folders, a form for one more, and the last jobs."""
    st.caption(t("watch.about"))
    home = read_settings().home
    for number, one in enumerate(watches(home)):
        _folder(number, one)
    _add(home)
    st.subheader(t("manage.jobs"), anchor=False)
    _done()


def _folder(number: int, one: Watch) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        waiting = len(waiting_files(Path(one.folder)))
        crs = t("watch.crs", crs=one.crs) if one.crs else t("watch.crs_profile")
        st.markdown(f"**{plain(one.folder)}**  \n{plain(t('watch.how', profile=one.profile, crs=crs, n=waiting))}")
        st.button(t("watch.end"), key=f"unwatch-{number}", on_click=unwatch, args=(read_settings().home, one.folder))


def _add(home) -> None:
    with st.form("watch", border=True):
        folder_side, profile_side, crs_side = st.columns([3, 1, 1])
        folder = folder_side.text_input(t("watch.folder"), placeholder="/srv/12345/inbox")
        profile = profile_side.selectbox(
            t("manage.profile"), [AUTO, *(n for n in shipped() if n != AUTO), *saved(home)]
        )
        crs = crs_side.selectbox(t("manage.crs"), CRS_CHOICES, format_func=lambda c: t(f"crs_choice.{c or 'profile'}"))
        if st.form_submit_button(t("watch.begin")) and folder:
            try:
                watch(home, Watch(folder, profile, crs))
            except Problem as problem:
                st.error(plain(sentence(problem)))
            else:
                st.rerun()


def _done() -> None:
    jobs = [job for job in queue().all() if job.kind == "watched"][:SHOWN]
    if not jobs:
        st.caption(t("manage.no_jobs"))
    for job in jobs:
        name = job.params["file"].rpartition("/")[2]
        said = trouble(job) or t(f"manage.job_{job.state}")
        if job.result:
            said = t(
                "manage.report",
                **{k: job.result[k] for k in ("file", "read", "accepted", "updated", "unchanged", "rejected")},
            )
        st.caption(f"{job.submitted_at.replace('T', ' ')} · {plain(name)} · {plain(said)}")
