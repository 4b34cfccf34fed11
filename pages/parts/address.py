"""
The reader's choices and the address of the page, kept equal.

A copied link restores every page: choices are read from the address when a
session begins, and written back at the end of every run. Streamlit empties the
address on a change of page, so the choices live in the session meanwhile.
"""

import streamlit as st

from data import words
from data.settings import read_settings
from data.words import t

STATE = "address"
SEVERAL = ("area", "category", "channel")


def read() -> None:
    """Take the choices from the address, once a session."""
    if STATE not in st.session_state:
        query = st.query_params
        st.session_state[STATE] = {
            key: query.get_all(key) if key in SEVERAL else query[key] for key in query if not key.startswith("embed")
        }


def get(key: str, default: str = "") -> str:
    """One choice, or its default."""
    return st.session_state[STATE].get(key, default)


def several(key: str) -> list[str]:
    """A choice of several."""
    return list(st.session_state[STATE].get(key, []))


def put(key: str, value: str | list[str], default: str = "") -> None:
    """Remember a choice; the default leaves no trace in the address."""
    choices = st.session_state[STATE]
    if not value or value == default:
        choices.pop(key, None)
    else:
        choices[key] = value


def choose(key: str, value: str | list[str], default: str = "") -> None:
    """Remember a choice of the reader's own; a list of something else begins at its first page, with nothing open."""
    put(key, value, default)
    put("page", "")
    put("ticket", "")


def write() -> None:
    """Show the choices in the address, when they differ from what is there."""
    wanted = st.session_state[STATE]
    query = st.query_params
    present = {key: query.get_all(key) if key in SEVERAL else query[key] for key in query}
    if present != wanted:
        query.from_dict(wanted)


def language() -> str:
    """The reader's language: chosen, else the setting."""
    chosen = get("lang", read_settings().lang)
    return chosen if chosen in words.LANGUAGES else "zh"


def choose_language() -> None:
    """The switch between languages; in both, so that it is found in either."""

    def chosen() -> None:
        put("lang", st.session_state["language"], read_settings().lang)

    names = {"zh": "中文", "en": "English"}
    st.session_state["language"] = language()
    st.segmented_control(
        t("app.language"), words.LANGUAGES, format_func=names.get, key="language", on_change=chosen, required=True
    )


def choice(key: str, options: list[str] | tuple[str, ...], default: str) -> str:
    """A choice of one out of `options`; what the address holds beside them is ignored."""
    found = get(key, default)
    put(key, found if found in options else default, default)
    return get(key, default)


def select(where, key: str, options, default: str, label: str, say) -> str:
    """A box to choose one of `options`, bound to the address."""

    def chosen() -> None:
        choose(key, st.session_state[f"p_{key}"], default)

    current = choice(key, tuple(options), default)
    st.session_state[f"p_{key}"] = current
    return where.selectbox(label, options, key=f"p_{key}", format_func=say, on_change=chosen)


def text(where, key: str, label: str, placeholder: str) -> str:
    """A box for a text, bound to the address."""

    def chosen() -> None:
        choose(key, st.session_state[f"p_{key}"])

    st.session_state[f"p_{key}"] = get(key)
    return where.text_input(label, key=f"p_{key}", placeholder=placeholder, on_change=chosen)


def page(count: int, rows: int) -> int:
    """The page of a list the address names, 1 when there is no such page."""
    number = get("page", "1")
    # no list has a page of a number longer than this
    known = number.isdecimal() and len(number) <= 15
    found = min(max(int(number), 1), -(-count // rows)) if known else 1
    put("page", str(found), "1")
    return found


def pages(count: int, rows: int) -> None:
    """A box to choose the page of a list."""

    def chosen() -> None:
        put("page", str(st.session_state["p_page"]), "1")

    st.session_state["p_page"] = page(count, rows)
    st.number_input(t("complaints.page"), 1, -(-count // rows), key="p_page", on_change=chosen)
