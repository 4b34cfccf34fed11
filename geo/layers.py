"""
The map: one constant folium map that is drawn once, fed by URLs and steered by small commands.

A map that changes is made anew by streamlit-folium and loses the reader's view. So nothing that changes is in it:
shapes, figures and heat are fetched by `live_layer.js` from our own routes, and what to show (which level, which
filter, where to look) reaches the running map as a command. Everything the browser loads lies under /assets.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import folium
from branca.element import Element, MacroElement
from folium.elements import JSCSSMixin
from folium.plugins import HeatMap
from folium.template import Template

HERE = Path(__file__).parent
MIN_ZOOM, MAX_ZOOM = 3, 18
# China, until a command says where to look; seen for an instant at most
START = (35.0, 105.0)
WORDS = {"synthetic", "data_at", "offline", "loading"}

# folium's name of each file it would fetch from elsewhere -> ours, without base and version. "" : not needed.
ASSETS = {
    "leaflet": "/assets/leaflet/leaflet.js",
    "leaflet_css": "/assets/leaflet/leaflet.css",
    "leaflet-heat.js": "/assets/folium/leaflet_heat.min.js",
    "markerclusterjs": "/assets/markercluster/leaflet.markercluster.js",
    "markerclustercss": "/assets/markercluster/MarkerCluster.css",
    "markerclusterdefaultcss": "/assets/markercluster/MarkerCluster.Default.css",
    "jquery": "",
    "bootstrap": "",
    "bootstrap_css": "",
    "glyphicons_css": "",
    "awesome_markers": "",
    "awesome_markers_css": "",
    "awesome_markers_font_css": "",
    "awesome_rotate_css": "",
}
PACKAGES = {"leaflet": "XStatic-Leaflet", "markercluster": "XStatic-Leaflet-MarkerCluster", "folium": "folium"}

STYLE = """<style>
.leaflet-container { background: #f5f7fa; color: #334155;
  font-family: "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; font-size: 12px; }
.leaflet-container:focus { outline: none; }
.leaflet-touch .leaflet-bar, .leaflet-bar { border: 0; border-radius: 8px; overflow: hidden;
  box-shadow: 0 1px 6px rgba(15, 23, 42, .16); }
.leaflet-bar a, .leaflet-bar a:hover { color: #475569; border-bottom-color: #e8ecf1; }
.leaflet-left .leaflet-control-scale { margin-left: 10px; }
.leaflet-control-scale-line { background: none; border-color: #94a3b8; color: #64748b; font-size: 10px;
  text-shadow: 0 0 3px #fff; }
.whistlemap-card { background: rgba(255, 255, 255, .94); border-radius: 8px; padding: 9px 12px; line-height: 1.6;
  box-shadow: 0 1px 8px rgba(15, 23, 42, .14); }
.whistlemap-card[hidden] { display: none; }
.whistlemap-legend { max-height: 300px; max-width: 240px; overflow: auto; }
.whistlemap-legend b { display: block; color: #1e293b; margin-bottom: 3px; }
.whistlemap-legend .whistlemap-class + b { margin-top: 8px; }
.whistlemap-class { display: flex; align-items: center; gap: 8px; font-variant-numeric: tabular-nums; }
.whistlemap-class i { flex: none; width: 18px; height: 12px; border-radius: 2px;
  box-shadow: inset 0 0 0 1px rgba(15, 23, 42, .12); }
.whistlemap-note { max-width: 340px; padding: 6px 11px; color: #64748b; font-size: 11px; }
.whistlemap-offline { color: #b42318; font-weight: 600; }
.whistlemap-synthetic { color: #92580c; font-weight: 600; }
.whistlemap-tip { border: 0; border-radius: 6px; padding: 6px 10px; color: #334155; line-height: 1.55;
  box-shadow: 0 2px 10px rgba(15, 23, 42, .2); font-size: 12px; }
.whistlemap-tip b { color: #0f172a; font-size: 13px; }
.whistlemap-label span { position: absolute; transform: translate(-50%, -50%); white-space: nowrap; color: #1e293b;
  font-size: 12px; text-shadow: 0 0 2px #fff, 0 0 2px #fff, 0 0 4px #fff; }
.whistlemap-label .whistlemap-on-dark { color: #fff; text-shadow: 0 0 3px rgba(15, 23, 42, .75); }
</style>"""


def localise_assets(base: str = "") -> None:
    """
    Make folium link to our own copies of its scripts and styles.

    Every folium class loaded so far that names a file known here is turned; a second call changes nothing.
    Files that nothing of ours needs are dropped. `live_map` calls this itself.

    Parameters
    ----------
    base
        The path the server runs under (`server.baseUrlPath`), such as `/hotline`; empty for none.

    """
    ours = {name: _asset(path, base) for name, path in ASSETS.items()}
    for each in (JSCSSMixin, *_below(JSCSSMixin)):
        for kind in ("default_js", "default_css"):
            if kind in vars(each):
                linked = [(name, ours.get(name, url)) for name, url in vars(each)[kind]]
                setattr(each, kind, [(name, url) for name, url in linked if url])


def live_map(*, refresh_seconds: int = 5, height: int = 560, base: str = "") -> folium.Map:
    """
    The map, empty: the same script from call to call, so that streamlit-folium keeps the one it has drawn.

    Parameters
    ----------
    refresh_seconds
        How often the running map asks its feeds for figures; at least 1. Another number is another map.
    height
        Height in pixels; give `st_folium` the same.
    base
        See `localise_assets`.

    Returns
    -------
    map
        Without tiles and without attribution, zoom 3 to 18, vectors on canvas. Made anew on each call, as
        `st_folium` writes into what it is given.

    Raises
    ------
    ValueError
        If `refresh_seconds` is below 1.

    """
    if refresh_seconds < 1:
        raise ValueError(f"refresh_seconds must be at least 1, not {refresh_seconds}")
    localise_assets(base)
    drawn = folium.Map(
        location=START,
        zoom_start=4,
        height=height,
        tiles=None,
        prefer_canvas=True,
        zoom_control=False,  # ours has words of the reader's language
        minZoom=MIN_ZOOM,  # folium keeps min_zoom and max_zoom for tiles
        maxZoom=MAX_ZOOM,
        zoom_snap=0.25,
        double_click_zoom=False,  # a click drills down
        attribution_control=False,
    )
    drawn._id = "whistlemap"  # folium's own is random
    LiveLayer(refresh_seconds).add_to(drawn)
    return drawn


def command(
    *,
    words: Mapping[str, str],
    areas: str | None = None,
    values: str | None = None,
    heat: str | None = None,
    outline: str | None = None,
    fit: Sequence[Sequence[float]] | None = None,
    selected: int | str | None = None,
    labels: bool = False,
) -> folium.FeatureGroup:
    """
    What the running map is to show; to be given to `st_folium(feature_group_to_add=...)`.

    A command is the whole state: what is left out is off. The same command again changes nothing.

    Parameters
    ----------
    words
        Every word the map shows: `synthetic`, `data_at`, `offline`, `loading`; `zoom_in`, `zoom_out` if wanted.
    areas
        URL of the shapes drawn (GeoJSON). Fetched when it changes, so it must name level and version.
    values
        URL of the figures of these areas. None draws the areas empty, as under a heat map.
    heat
        URL of heat cells, holding `{w} {s} {e} {n} {z}` for the view in degrees and the zoom.
    outline
        URL of shapes drawn as thin lines over the areas, such as their parents.
    fit
        Where to look, ((south, west), (north, east)) in degrees WGS84. Obeyed when it changes and not again,
        so the reader's own view survives a change of filters.
    selected
        Key of the area with the strong border.
    labels
        Write names on the areas, where there is room and fewer than 60 are in view.

    Returns
    -------
    group
        A feature group without features.

    Raises
    ------
    ValueError
        If a required word is missing, or `fit` is not two pairs of finite numbers.

    """
    if missing := WORDS - set(words):
        raise ValueError(f"the map lacks words: {', '.join(sorted(missing))}")
    state = {
        "areas": areas,
        "values": values,
        "heat": heat,
        "outline": outline,
        "fit": _corners(fit),
        "selected": selected,
        "labels": bool(labels),
        "words": dict(words),
    }
    group = folium.FeatureGroup(name="whistlemap", control=False)
    _Command(state).add_to(group)
    return group


def clicked(answer: Mapping[str, Any] | None, seen: int = 0) -> tuple[dict[str, Any] | None, int]:
    """
    The area clicked since the last look, out of what `st_folium` returned.

    The answer stays the same from run to run until the next click, so the page keeps the number it has seen.

    Parameters
    ----------
    answer
        What `st_folium` returned; with nothing clicked it holds no `clicked`.
    seen
        The number this function returned last time.

    Returns
    -------
    area
        `key`, `code`, `name`, `level` of the area; None if there is no new click.
    seen
        The number to give next time.

    """
    number = (answer or {}).get("n")
    area = (answer or {}).get("clicked")
    if not isinstance(number, int) or not isinstance(area, Mapping) or number <= seen:
        return None, seen
    return {name: area.get(name) for name in ("key", "code", "name", "level")}, number


class LiveLayer(JSCSSMixin, MacroElement):
    """The script that feeds the map, and the style of what it writes on it."""

    default_js = HeatMap.default_js
    _template = Template(
        "{% macro script(this, kwargs) %}\n"
        "({{ this.source }})({{ this._parent.get_name() }}, {{ this.options }});\n"
        "{% endmacro %}"
    )

    def __init__(self, refresh_seconds: int) -> None:
        super().__init__()
        self._name = "LiveLayer"
        self._id = "whistlemaplive"
        self.source = _source()
        self.options = json.dumps({"refresh": refresh_seconds})

    def render(self, **kwargs: Any) -> None:
        """Add the style to the head, then the script."""
        super().render(**kwargs)
        self.get_root().header.add_child(Element(STYLE), name="whistlemap_style")


class _Command(MacroElement):
    _template = Template("{% macro script(this, kwargs) %}window.whistlemap.set({{ this.state }});{% endmacro %}")

    def __init__(self, state: Mapping[str, Any]) -> None:
        super().__init__()
        self._name = "Command"
        self.state = _script_safe(state)


def _script_safe(value: Any) -> str:
    # ASCII only, so no U+2028; and within texts nothing that HTML or a template could take for its own: branca reads
    # the finished script as a Jinja template once more, st_folium renames whatever looks like an id after an underscore
    text = json.dumps(value, ensure_ascii=True, allow_nan=False)
    return re.sub(r'"(?:[^"\\]|\\.)*"', lambda found: re.sub("[<>&'_{}%#]", _escaped, found[0]), text)


def _escaped(sign: re.Match[str]) -> str:
    return f"\\u{ord(sign[0]):04x}"


def _corners(fit: Sequence[Sequence[float]] | None) -> list[list[float]] | None:
    if fit is None:
        return None
    corners = [[float(degree) for degree in corner] for corner in fit]
    if [len(corner) for corner in corners] != [2, 2] or not all(math.isfinite(d) for corner in corners for d in corner):
        raise ValueError(f"fit must be ((south, west), (north, east)), not {fit!r}")
    return corners


def _asset(path: str, base: str) -> str:
    if not path:
        return ""
    package = PACKAGES[path.split("/")[2]]
    return f"{base.rstrip('/')}{path}?v={_version(package)}"


@cache
def _version(package: str) -> str:
    # part of the URL, so that a browser may keep the file for as long as it likes
    return version(package)


@cache
def _source() -> str:
    return (HERE / "live_layer.js").read_text(encoding="utf-8").strip()


def _below(kind: type) -> set[type]:
    return {deeper for direct in kind.__subclasses__() for deeper in (direct, *_below(direct))}
