"""指标说明: what each figure means, how it is made, under which rule, and where that comes from."""

import streamlit as st

from data.indicators import groups, indicators
from data.words import t
from pages.parts import definition, explained, filters

# --- filters; what figures mean can be read without any
st.title(t("indicators.title"), anchor=False)
try:
    scope = filters.scope()
except filters.Nothing as nothing:
    scope = None
    st.info(nothing)

# --- which indicator
known, grouped = indicators(), groups()
one = known[explained.chosen()]


def pick_group() -> None:
    """Go to the first indicator of a group."""
    explained.choose(grouped[st.session_state["p_group"]][0])


def pick() -> None:
    """Go to an indicator."""
    explained.choose(st.session_state["p_indicator"])


st.session_state["p_group"], st.session_state["p_indicator"] = one.group, one.name
st.segmented_control(
    t("indicators.group"), list(grouped), key="p_group", format_func=lambda g: t(f"indicator.group.{g}"),
    on_change=pick_group, required=True, label_visibility="collapsed",
)  # fmt: skip
st.pills(
    t("indicators.which"), grouped[one.group], key="p_indicator", format_func=lambda n: known[n].label(),
    on_change=pick, required=True, label_visibility="collapsed",
)  # fmt: skip

# --- render
st.subheader(one.label(), anchor=False)
left, right = st.columns([3, 2], gap="large")
with left:
    definition.meaning(one, scope)
    if scope:
        definition.value(one, scope)
    definition.code(one)
with right:
    definition.rule(one, scope)
    definition.sources(one)
