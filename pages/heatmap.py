"""诉求热力图: where complaints lie; drill from the whole to one grid by map, table or path."""

import streamlit as st

from data import words
from data.words import t
from pages.parts import address, explained, exports, filters, maps, tables
from pages.parts.answers import answer, facts
from pages.parts.drill import breadcrumb, level_below

MEASURES = ("received", "closed", "resolution_rate", "satisfaction_rate", "response_rate", "score")

# --- filters
st.title(t("heatmap.title"), anchor=False)
scope = filters.scope()
levels = facts()["levels"]
if not levels:
    raise filters.Nothing(t("answer.no_boundaries"))
path_side, level_side, measure_side, layer_side = st.columns([3, 2, 2, 2], vertical_alignment="bottom")
with path_side:
    breadcrumb(scope)
level = address.select(level_side, "level", levels, level_below(scope), t("heatmap.level"), words.level)
measure = address.select(
    measure_side, "measure", MEASURES, "received", t("heatmap.measure"), lambda m: t(f"column.{m}")
)
layer = address.select(layer_side, "layer", maps.LAYERS, "heat", t("heatmap.layer"), lambda n: t(f"heatmap.{n}"))

# --- answer
rates = answer("rates_by_area", scope, level=level)

# --- render; the empty place keeps what follows where it is, as a map that moves is made anew
with st.container():
    if not answer("totals", scope)["received"].iloc[0]:
        st.info(filters.nothing(scope))
map_side, table_side = st.columns([5, 2])
with map_side:
    clicked = maps.live(scope, level, measure, layer)
    explained.links(["placed", "unplaced", *(["complaints", "located", "cells"] if layer != "areas" else [])], "map")
    if layer != "heat":
        exports.offer("areas", scope, level=level)
    if layer != "areas":
        exports.offer("heat", scope)
with table_side:
    st.subheader(t("heatmap.table", level=words.level(level)), anchor=False)
    shown = rates.sort_values([measure, "received"], ascending=False, na_position="last").reset_index(drop=True)
    names = ["name", "received", *([measure] if measure != "received" else [])]
    picked = st.dataframe(
        shown[names], hide_index=True, placeholder="—", height=maps.HEIGHT - 60, column_config=tables.columns(names),
        on_select="rerun", selection_mode="single-row", key=f"table-{level}-{scope.areas}",
    )  # fmt: skip
    explained.links(names, "table")
    st.caption(t("heatmap.click_hint"))
    st.page_link("complaints.py", label=t("heatmap.open_list"), icon=":material/list_alt:")

# --- drill: one area deeper, by map or table
rows = picked["selection"]["rows"]
row = shown.iloc[rows[0]] if rows else None
code = (clicked or {}).get("code") or (None if row is None else row["area_id"])
if code is not None:
    area = f"{(clicked or {}).get('level') or level}:{code}"
    if (area,) != scope.areas:
        filters.pick_area(area)
        address.put("level", "")
        st.rerun()
