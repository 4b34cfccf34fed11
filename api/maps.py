"""What the running map fetches: shapes of a level, figures for them, heat cells of a viewport."""

import math
from datetime import date

import pandas as pd
import shapely
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api import previews
from api.feeds import Feed, language
from api.notes import placed_note, without_point
from api.stores import store
from data import areas, vintages, words
from data.errors import ScopeProblem
from data.heat import cell_degrees, heat
from data.rates import rates_by_area
from data.scope import Scope, area_keys, read_query
from data.store import Store
from data.totals import received
from geo.boundaries import simplified, to_geojson
from geo.palette import NO_DATA, class_of, classes, legend

MEASURES = ("received", "closed", "resolution_rate", "satisfaction_rate", "response_rate", "score")
# a shape this share of which lies inside the chosen area belongs to its picture
INSIDE = 0.02
# borders need no more detail than a screen shows
PIXELS = 2_500
METRES_PER_DEGREE = 111_320

_shapes, _figures, _heat = Feed(3_600), Feed(), Feed()


def routes() -> list[BaseRoute]:
    """The routes of this file."""
    return [
        Route("/api/map/areas", map_areas),
        Route("/api/map/values", map_values),
        Route("/api/map/heat", map_heat),
        *previews.routes(),
    ]


def map_areas(request: Request) -> Response:
    """
    Shapes of a level: `level`, `on` (day), and `within` (area, repeated) for those inside others.

    The address holds the version of the boundaries, so a browser may keep the answer.
    """
    kept = store()
    return _shapes.answer(request, kept.areas_version, lambda: _areas(kept, request))


def _areas(kept: Store, request: Request) -> dict:
    query = request.query_params
    on = _day(query.get("on", ""))
    level = areas.check_level(kept, query.get("level", ""))
    frame = areas.shapes(kept, on, level)
    within = area_keys(kept, tuple(query.getlist("within")), on)
    if within:
        frame = frame[_inside(kept, frame, within)]
    if len(frame):
        frame = simplified(frame, _width_m(frame.total_bounds) / PIXELS)
    frame = frame.rename(columns={"area_key": "key", "area_id": "code"})
    return to_geojson(frame[["key", "code", "name", "level", "synthetic", "geometry"]])


def _inside(kept: Store, frame: pd.DataFrame, within: list[int]) -> pd.Series:
    rows = kept.ask("shapes_by_key", keys=within)
    whole = shapely.union_all(shapely.from_wkb([bytes(shape) for shape in rows["shape"]]))
    shapely.prepare(whole)
    near = shapely.intersects(whole, frame.geometry.to_numpy())
    # degrees will do for a share of one shape
    share = pd.Series(0.0, index=frame.index)
    shapes = frame.geometry.to_numpy()[near]
    share[near] = shapely.area(shapely.intersection(shapes, whole)) / shapely.area(shapes)
    return share > INSIDE


def _width_m(bounds: tuple[float, float, float, float]) -> float:
    west, south, east, north = bounds
    return max((east - west) * math.cos(math.radians((south + north) / 2)), north - south) * METRES_PER_DEGREE


def map_values(request: Request) -> Response:
    """Figures of a level: the scope, `level`, `measure` and `lang`; colours and legend included."""
    kept = store()
    return _figures.answer(request, kept.version, lambda: _values(kept, request))


def _values(kept: Store, request: Request) -> dict:
    scope, lang = _scope(request), language(request)
    level, measure = request.query_params.get("level", ""), request.query_params.get("measure", MEASURES[0])
    if measure not in MEASURES:
        raise ScopeProblem("scope.measure", value=measure, allowed=", ".join(MEASURES))
    rates = rates_by_area(kept, scope, level)
    whole = measure in ("received", "closed")
    # blue under a heat layer of red; and many complaints are red, a high rate is blue
    ramp = "Blues" if request.query_params.get("ramp") == "blue" or not whole else "YlOrRd"
    intervals = classes(rates[measure], steps=6, whole=whole, ramp=ramp)
    name = words.t(f"column.{measure}", lang)
    title = f"{name} %" if measure.endswith("_rate") else name
    values = {}
    for key, value, valid in zip(rates["area_key"], rates[measure], rates["valid"], strict=True):
        found = None if pd.isna(value) else class_of(value, intervals)
        shown = words.t("heatmap.no_data", lang) if found is None else _said(value, whole)
        sample = "" if whole or found is None else f"（n={valid}）" if lang == "zh" else f" (n={valid})"
        text = words.t("heatmap.text_count", lang, name=name, value=shown) + sample
        values[str(key)] = {"color": NO_DATA if found is None else found["color"], "text": text}
    return {
        "version": kept.version,
        "data_at": kept.data_at.isoformat() if kept.data_at else None,
        "measure": measure,
        "legend": legend(title, intervals, words.t("heatmap.no_data", lang)),
        "values": values,
        "note": words.t("scope.join", lang).join(
            [placed_note(kept, scope, lang, int(rates["received"].sum()), level), *vintages.notes(kept, scope, lang)]
        ),
    }


def _said(value: float, whole: bool) -> str:
    return f"{int(value):,}" if whole else f"{value:.1f}"


def map_heat(request: Request) -> Response:
    """Heat cells: the scope, the viewport `w s e n` in degrees, the zoom `z`; `alone` adds how many have no place."""
    kept = store()
    return _heat.answer(request, kept.version, lambda: _cells(kept, request))


def _cells(kept: Store, request: Request) -> dict:
    query, lang = request.query_params, language(request)
    try:
        west, south, east, north, zoom = (float(query[name]) for name in ("w", "s", "e", "n", "z"))
    except (KeyError, ValueError) as error:
        raise ScopeProblem("scope.view", value=request.url.query[:100]) from error
    if not all(map(math.isfinite, (west, south, east, north, zoom))):
        raise ScopeProblem("scope.view", value=request.url.query[:100])
    box = (west, south, east, north)
    scope = _scope(request)
    found = heat(kept, scope, box, round(zoom))
    located, cells = (int(found[name].iloc[0]) if len(found) else 0 for name in ("located", "cells"))
    capped = "heatmap.heat_capped" if cells > len(found) else "heatmap.heat_note"
    notes = [words.t(capped, lang, located=f"{located:,}", cells=f"{cells:,}", shown=f"{len(found):,}")]
    notes += without_point(kept, scope, lang)
    if "alone" in query:  # no layer of figures beside it says so
        inside, without = received(kept, scope)
        notes.insert(0, placed_note(kept, scope, lang, inside - without))
    # the 98th percentile, so that one building does not pale the rest
    most = float(found["complaints"].quantile(0.98)) if len(found) else 1.0
    return {
        "version": kept.version,
        "cells": [
            [round(lat, 5), round(lon, 5), int(n)]
            for lat, lon, n in zip(found["lat"], found["lon"], found["complaints"], strict=True)
        ],
        "max": max(most, 1.0),
        "cell_m": round(cell_degrees(box, round(zoom))[1] * METRES_PER_DEGREE, 1),
        "shown": len(found),
        "data_at": kept.data_at.isoformat() if kept.data_at else None,
        "note": words.t("scope.join", lang).join(notes),
    }


def _scope(request: Request) -> Scope:
    return read_query(request.query_params.multi_items())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ScopeProblem("scope.date", value=text, until="") from error
