"""What the map of boundaries on their way in fetches: their shapes, and what is to become of each."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.feeds import Feed, language
from data import words
from data.boundary_check import read_picture
from data.settings import read_settings

# another picture has another address
_shapes, _fates = Feed(3_600), Feed()
# grey for what stays, orange and blue for what differs, which every kind of colour vision tells apart
COLOURS = {"same": "#c8d3e0", "changed": "#f2a65a", "new": "#6fa8dc", "no_parent": "#b5179e"}


def routes() -> list[BaseRoute]:
    """The routes of this file."""
    return [Route("/api/map/preview/areas", preview_areas), Route("/api/map/preview/values", preview_values)]


def preview_areas(request: Request) -> Response:
    """Shapes on their way in: `picture`, a name that `data.boundary_check.keep_picture` gave."""
    return _shapes.answer(request, 0, lambda: _picture(request))


def preview_values(request: Request) -> Response:
    """What becomes of each: `picture`, `above` (1 where every area should have a parent) and `lang`."""
    return _fates.answer(request, 0, lambda: _values(request))


def _picture(request: Request) -> dict:
    return read_picture(read_settings().home, request.query_params.get("picture", ""))


def _values(request: Request) -> dict:
    lang, wanted = language(request), request.query_params.get("above") == "1"
    values, met = {}, set()
    for feature in _picture(request)["features"]:
        area = feature["properties"]
        fate = "no_parent" if wanted and area["parent"] is None else area["fate"]
        met.add(fate)
        values[str(area["key"])] = {"color": COLOURS[fate], "text": _said(area, wanted, lang)}
    shown = [{"label": words.t(f"boundaries.{name}", lang), "color": COLOURS[name]} for name in COLOURS if name in met]
    return {
        "version": request.query_params["picture"],
        "data_at": None,
        "legend": {"title": words.t("boundaries.legend", lang), "classes": shown},
        "values": values,
        "note": words.t("boundaries.outline_note", lang),
    }


def _said(area: dict, wanted: bool, lang: str) -> str:
    lines = [words.t("boundaries.tip_code", lang, code=area["code"])]
    lines.append(words.t("boundaries.tip_size", lang, km2=f"{area['area_km2']:,.2f}"))
    lines.append(words.t(f"boundaries.{area['fate']}", lang))
    if area["fate"] == "changed":
        lines.append(words.t("boundaries.tip_kept", lang, percent=f"{100 * area['kept']:.1f}"))
    if wanted:
        none = words.t("boundaries.no_parent", lang)
        lines.append(none if area["parent"] is None else words.t("boundaries.tip_parent", lang, code=area["parent"]))
    lines += [words.t("boundaries.tip_mended", lang)] * bool(area["mended"])
    return "\n".join(lines)
