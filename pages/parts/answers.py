"""Answers for pages, the only place where they cache: once per question, scope and data version, for all sessions."""

from typing import Any

import pandas as pd
import streamlit as st

from data.areas import areas, levels
from data.categories import known_categories, known_channels
from data.complaints import complaint_count
from data.questions import QUESTIONS
from data.scope import Scope, whole_period
from data.settings import read_settings
from data.store import Store, shared_store

KEPT = 400


def store() -> Store:
    """The one store of this process."""
    return shared_store(read_settings())


def answer(question: str, scope: Scope, **options: Any) -> pd.DataFrame:
    """
    The answer to a question of `data.questions.QUESTIONS`.

    Sessions that ask the same at once wait for one computation. The frame is the
    caller's own.
    """
    kept = store()
    return _answer(str(kept.path), kept.version, question, scope, tuple(sorted(options.items())))


@st.cache_data(max_entries=KEPT, show_spinner=False)
def _answer(home: str, version: int, question: str, scope: Scope, options: tuple) -> pd.DataFrame:  # noqa: ARG001
    return QUESTIONS[question].function(store(), scope, **dict(options))


def count(scope: Scope, *, state: str, text: str) -> int:
    """How many complaints the list holds in all."""
    kept = store()
    return _count(str(kept.path), kept.version, scope, state, text)


@st.cache_data(max_entries=KEPT, show_spinner=False)
def _count(home: str, version: int, scope: Scope, state: str, text: str) -> int:  # noqa: ARG001
    return complaint_count(store(), scope, state=state, text=text)


def facts() -> dict[str, Any]:
    """What filters offer: `levels`, `areas` (all levels, as of the data's day), `categories`, `channels`, `period`."""
    kept = store()
    return _facts(str(kept.path), kept.version)


@st.cache_resource(max_entries=4, show_spinner=False)
def _facts(home: str, version: int) -> dict[str, Any]:  # noqa: ARG001
    kept = store()
    period = whole_period(kept)
    return {
        "levels": levels(kept),
        "areas": areas(kept, period.until),
        "categories": known_categories(kept),
        "channels": known_channels(kept),
        "period": period,
    }
