"""数据管理: bring files in, see what became of them, take them back; boundaries, names and watched folders."""

import streamlit as st

from data.words import t
from pages.parts import address, batches, boundaries, importing, names, watched

TABS = {
    "import": importing.show,
    "batches": batches.show,
    "boundaries": boundaries.show,
    "names": names.show,
    "watch": watched.show,
}

st.title(t("manage.title"), anchor=False)
current = address.choice("tab", tuple(TABS), "import")
st.session_state["p_tab"] = current
st.segmented_control(
    t("manage.tab"), tuple(TABS), key="p_tab", format_func=lambda name: t(f"manage.tab_{name}"), required=True,
    label_visibility="collapsed", on_change=lambda: address.put("tab", st.session_state["p_tab"], "import"),
)  # fmt: skip
TABS[current]()
