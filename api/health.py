"""`/healthz`: 200 when the process can answer questions."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from api.stores import store
from data.errors import Problem


def routes() -> list[BaseRoute]:
    """The route of this file."""
    return [Route("/healthz", healthz)]


def healthz(_: Request) -> JSONResponse:
    """
    Whether the process is ready.

    Returns
    -------
    answer
        200 with `status` ok, the data's version and its own time; 503 with
        `status` and the reason's key when the store cannot be asked.
    """
    try:
        kept = store()
        kept.cursor().execute("select 1").fetchall()
    except Problem as problem:
        return JSONResponse({"status": "unavailable", "reason": problem.key}, 503)
    data_at = kept.data_at.isoformat() if kept.data_at else None
    return JSONResponse(
        {"status": "ok", "data_version": kept.version, "data_at": data_at, "synthetic": kept.synthetic},
        headers={"Cache-Control": "no-store"},
    )
