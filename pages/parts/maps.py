"""The map of a page: drawn once, steered by small commands, fed by `/api/map/...`."""

from datetime import date
from secrets import token_hex
from urllib.parse import urlencode

import streamlit as st
from streamlit_folium import st_folium

from data.areas import bounds
from data.scope import Scope
from data.words import language, t
from geo.layers import clicked, command, live_map
from pages.parts.answers import store
from pages.parts.vintages import areas_of

HEIGHT = 620
# browsers keep shapes under their address: another store behind the same address must not show the old ones
RUN = token_hex(4)
LAYERS = ("areas", "heat", "both")


def live(scope: Scope, level: str, measure: str, layer: str) -> dict | None:
    """
    The live map of a scope.

    Parameters
    ----------
    scope
        What is counted; its areas are what the map shows the inside of.
    level
        Level of the areas drawn.
    measure
        What colours them.
    layer
        areas, heat, or both.

    Returns
    -------
    area
        The area just clicked (`key`, `code`, `name`, `level`), once; else None.
    """
    kept, lang = store(), language.get()
    query = scope.query(lang=lang)
    wanted = [("v", f"{RUN}-{kept.areas_version}"), ("on", scope.boundaries_on), ("level", level)]
    shapes = f"/api/map/areas?{urlencode(wanted + [('within', area) for area in scope.areas])}"
    alone = "&alone=1" if layer == "heat" else ""
    ramp = "&ramp=blue" if layer == "both" else ""
    group = command(
        words={name: t(f"heatmap.{name}") for name in ("synthetic", "data_at", "offline", "loading")}
        | {name: t(f"heatmap.{name}") for name in ("zoom_in", "zoom_out")},
        areas=shapes,
        values=f"/api/map/values?{query}&level={level}&measure={measure}{ramp}" if layer != "heat" else None,
        heat=f"/api/map/heat?{query}{alone}&w={{w}}&s={{s}}&e={{e}}&n={{n}}&z={{z}}" if layer != "areas" else None,
        fit=_fit(scope),
        labels=True,
    )
    answer = st_folium(
        live_map(height=HEIGHT), key="map", height=HEIGHT, use_container_width=True, returned_objects=[],
        feature_group_to_add=group,
    )  # fmt: skip
    area, st.session_state["map_seen"] = clicked(answer, st.session_state.get("map_seen", 0))
    return area if area and _is_known(area, scope) else None


def _is_known(area: dict, scope: Scope) -> bool:
    """What comes back is the browser's word: only areas of the store count."""
    frame = areas_of(scope.boundaries_on)
    return bool(((frame["level"] == area.get("level")) & (frame["area_id"] == area.get("code"))).any())


def _fit(scope: Scope) -> tuple[tuple[float, float], tuple[float, float]] | None:
    kept = store()
    west, south, east, north = _bounds(str(kept.path), kept.areas_version, scope.areas, scope.boundaries_on.isoformat())
    return None if west is None else ((south, west), (north, east))


@st.cache_data(max_entries=200, show_spinner=False)
def _bounds(home: str, version: int, areas: tuple[str, ...], on: str) -> tuple:  # noqa: ARG001
    return bounds(store(), areas, date.fromisoformat(on))
