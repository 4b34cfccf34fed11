"""The look that Streamlit's theme cannot say, in one place."""

import streamlit as st

CSS = """<style>
[data-testid="stMainBlockContainer"] { padding: 4.1rem 2rem 2rem; max-width: 1680px; }
[data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"] { gap: 0.75rem; }
@media (max-width: 640px) { [data-testid="stMainBlockContainer"] { padding: 4.1rem 1rem 2rem; } }
[data-testid="stSidebarHeader"] { height: 1.6rem; margin: 0; padding: 0.4rem 0.8rem 0; }
[data-testid="stSidebarContent"] { display: flex; flex-direction: column; }
[data-testid="stSidebarUserContent"] { flex: 1; display: flex; flex-direction: column; padding: 0 0 1rem; }
[data-testid="stSidebarUserContent"] > div { flex: 1; display: flex; flex-direction: column; }
[data-testid="stSidebarUserContent"] > div > [data-testid="stVerticalBlock"] { flex: 1; gap: 0.6rem; }
[data-testid="stSidebarUserContent"] [data-testid="stLayoutWrapper"]:has(> .st-key-foot) { margin-top: auto; }
.st-key-foot { gap: 0.4rem; border-top: 1px solid #e2e8f0; padding-top: 0.6rem; }
[data-testid="stSidebarUserContent"] [data-testid="stCaptionContainer"] { margin-top: -0.35rem; font-size: 0.8rem; }
[data-testid="stSidebarUserContent"] [data-testid="stWidgetLabel"] { min-height: 1.2rem; margin-bottom: 0.1rem; }
[data-testid="stSidebarUserContent"] [data-testid="stWidgetLabel"] p { font-size: 0.8rem; color: #64748b; }
[data-testid="stSidebarUserContent"] [data-testid="stDateInput"] * { font-size: 0.82rem; }
[data-testid="stAlertContainer"] { padding: 0.6rem 0.9rem; }
.st-key-case [data-testid="stVerticalBlock"] { gap: 0.5rem; }
.st-key-case [data-testid="stText"] { font-size: 0.95rem; line-height: 1.7; }
.st-key-synthetic [data-testid="stAlertContainer"] { padding: 0.2rem 0.8rem; }
.st-key-synthetic p { font-size: 0.85rem; }
[class*="st-key-card-"] { gap: 0.15rem; padding: 0.8rem 1rem; background: #fbfcfe; height: 100%; }
[data-testid="stMetricValue"] { font-variant-numeric: tabular-nums; font-size: 1.9rem; }
[class*="st-key-ask-"] button, [class*="st-key-explain-"] button { min-height: 1.5rem; padding-block: 0; }
[class*="st-key-explain-"] { row-gap: 0.3rem; }
[class*="st-key-export-"] { row-gap: 0.3rem; }
[class*="st-key-export-"] a { min-height: 1.5rem; padding-block: 0; }
.whistlemap-facts { display: grid; grid-template-columns: max-content 1fr; gap: 0.3rem 1.2rem; }
dl.whistlemap-facts, dl.whistlemap-facts > * { margin: 0 !important; padding: 0 !important; }
.whistlemap-facts dt { color: #64748b; font-size: 0.85rem; }
.whistlemap-facts dd { font-size: 0.92rem; overflow-wrap: anywhere; }
.whistlemap-name { line-height: 1.3; margin-bottom: 0.4rem; }
.whistlemap-name b { display: block; font-size: 1.05rem; }
.whistlemap-name span { color: #64748b; font-size: 0.8rem; }
/* Streamlit draws the block after a heading 1rem up */
h1 { font-size: 1.5rem !important; padding: 0 0 1.1rem !important; }
h3 { font-size: 1.05rem !important; padding: 0.3rem 0 1.2rem !important; }
</style>"""


def dress() -> None:
    """Put the style on the page."""
    st.html(CSS)
