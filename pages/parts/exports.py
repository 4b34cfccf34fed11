"""One way to a file from every page: a link for each format, over the scope the page shows."""

import streamlit as st

from data.exports import EXPORTS
from data.scope import Scope
from data.words import language, t


def offer(what: str, scope: Scope, *, first: str = "", **options: str) -> None:
    """
    Links to the files of one export.

    Parameters
    ----------
    what
        One of `data.exports.EXPORTS`.
    scope
        What the page shows.
    first
        Label of the first link; else the row begins with what is exported.
    options
        The page's choices beside the scope, as in the address of the export.
    """
    export = EXPORTS[what]
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"export-{what}"):
        if not first:
            st.caption(t("exports.offer", what=t(f"exports.what_{what}")), width="content")
        for place, kind in enumerate(export.formats):
            word = t("exports.geoparquet" if kind == "parquet" and "gpkg" in export.formats else f"exports.{kind}")
            address = f"/api/{what}.{kind}?{scope.query(**options, lang=language.get())}"
            label = first if first and not place else word
            # all but CSV are sent when they are whole
            wait = t("exports.pending") if kind != "csv" else None
            st.link_button(label, address, icon=":material/download:", type="tertiary", help=wait)
