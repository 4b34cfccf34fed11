"""The look that Streamlit's theme cannot say, in one place."""

import streamlit as st

CSS = """<style>
[data-testid="stMainBlockContainer"] { padding-top: 3.6rem; padding-bottom: 2rem; max-width: 1680px; }
[data-testid="stSidebarHeader"] { height: 1.6rem; margin: 0; padding: 0.4rem 0.8rem 0; }
[data-testid="stSidebarUserContent"] { padding-top: 0; }
[data-testid="stSidebarUserContent"] [data-testid="stVerticalBlock"] { gap: 0.75rem; }
.whistlemap-facts { display: grid; grid-template-columns: max-content 1fr; gap: 0.3rem 1.2rem; margin: 0.2rem 0; }
.whistlemap-facts dt { color: #64748b; font-size: 0.85rem; }
.whistlemap-facts dd { margin: 0; font-size: 0.92rem; overflow-wrap: anywhere; }
[data-testid="stMetric"] { background: #fbfcfe; }
[data-testid="stMetricValue"] { font-variant-numeric: tabular-nums; }
[data-testid="stAlert"] { padding: 0; }
h1 { font-size: 1.6rem !important; padding: 0 0 0.4rem !important; }
h3 { font-size: 1.05rem !important; padding: 0.4rem 0 0.2rem !important; }
</style>"""


def dress() -> None:
    """Put the style on the page."""
    st.html(CSS)
