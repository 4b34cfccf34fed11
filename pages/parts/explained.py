"""From a number to what it means: the sign beside it, the tip of a column, the line of links below a table."""

import streamlit as st

from data.indicators import indicators
from data.words import t
from pages.parts import address

# grey: it is there for who looks for it
SIGN = ":gray[:material/help:]"
LINK = ":primary[{name}]"


def chosen() -> str:
    """The indicator the address names, else the first."""
    known = tuple(indicators())
    return address.choice("indicator", known, known[0])


def choose(name: str) -> None:
    """Make an indicator the one that is explained."""
    address.put("indicator", name, next(iter(indicators())))


def tip(name: str) -> str | None:
    """The sentence of an indicator, for a tooltip; None for a column that is none."""
    one = indicators().get(name)
    return one and one.sentence()


def ask(name: str) -> None:
    """The sign beside a number: its tip is the sentence, a click opens the explanation under the same filters."""
    if st.button(SIGN, key=f"ask-{name}", help=tip(name), type="tertiary"):
        _open(name)


def links(names: list[str], key: str) -> None:
    """
    A line below a table or chart that leads from each of its numbers to the explanation.

    Parameters
    ----------
    names
        Columns, in their order; those that are no indicators are left out.
    key
        Tells several lines on a page apart.
    """
    known = indicators()
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"explain-{key}"):
        st.caption(t("indicators.explain"), width="content")
        for name in filter(known.get, names):
            label = LINK.format(name=known[name].label())
            if st.button(label, key=f"explain-{key}-{name}", help=tip(name), type="tertiary"):
                _open(name)


def _open(name: str) -> None:
    choose(name)
    st.switch_page("indicators.py")
