"""Where the reader stands in the hierarchy: the path above, and the level below."""

import streamlit as st

from data.areas import path_to
from data.scope import Scope, area_keys
from data.words import t
from pages.parts import address
from pages.parts.answers import facts, store
from pages.parts.filters import pick_area
from pages.parts.plain import plain


def breadcrumb(scope: Scope) -> None:
    """The whole, and the areas above the chosen one, each a button that goes there."""
    steps = [("", t("heatmap.whole"))]
    if len(scope.areas) == 1:
        (key,) = area_keys(store(), scope.areas, scope.boundaries_on)
        steps += [
            (f"{step['level']}:{step['area_id']}", step["name"]) for step in path_to(store(), key, scope.boundaries_on)
        ]
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="breadcrumb"):
        for position, (area, name) in enumerate(steps):
            label = plain(name) if not position else f"› {plain(name)}"
            here = position == len(steps) - 1
            st.button(label, key=f"crumb-{position}", type="tertiary", disabled=here, on_click=_go, args=(area,))


def _go(area: str) -> None:
    pick_area(area)
    address.put("level", "")


def level_below(scope: Scope) -> str:
    """The level just below the chosen area; the second level when none or several are chosen."""
    levels = facts()["levels"]
    if len(scope.areas) != 1:
        return levels[min(1, len(levels) - 1)]
    level = scope.areas[0].partition(":")[0]
    return levels[min(levels.index(level) + 1, len(levels) - 1)]
