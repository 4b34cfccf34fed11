"""Jobs on a page: how far they are, a way to cancel, and what became of them."""

from datetime import datetime

import streamlit as st

from data import words
from data.errors import Problem
from data.jobs import ENDED, Job, Jobs, shared_jobs
from data.settings import read_settings
from data.words import t
from pages.parts import address
from pages.parts.answers import store
from pages.parts.plain import plain

SECONDS = 1.0


def queue() -> Jobs:
    """The jobs of this process."""
    return shared_jobs(store(), read_settings().home, lambda: datetime.now().replace(microsecond=0))


def watch(job_id: str) -> Job | None:
    """
    Show one job until it has ended, without drawing the rest of the page anew.

    Returns
    -------
    job
        The job once it has ended (the page is drawn anew then), else None.
    """
    job = queue().get(job_id)
    if job is None:
        return None
    if job.state in ENDED:
        return job
    _progress(job_id)
    return None


@st.fragment(run_every=SECONDS)
def _progress(job_id: str) -> None:
    words.language.set(address.language())
    job = queue().get(job_id)
    if job is None or job.state in ENDED:
        st.rerun()
    bar, button = st.columns([5, 1], vertical_alignment="center")
    bar.progress(job.part, text=_said(job))
    button.button(t("manage.cancel"), key=f"cancel-{job_id}", on_click=queue().cancel, args=(job_id,))


def _said(job: Job) -> str:
    state = t(f"manage.job_{job.state}")
    if not job.said:
        return state
    key, values = job.said
    shown = {name: f"{value:,}" if isinstance(value, int) else plain(value) for name, value in dict(values).items()}
    return f"{state} · {t(key, **shown)}"


def trouble(job: Job) -> str | None:
    """Why a job failed, as a sentence; None when it did not."""
    if job.state != "failed" or not job.problem:
        return None
    key, values = job.problem
    return words.sentence(Problem(key, **values))
