"""`/api/batches/{id}/rejected.csv`: the rejected rows of one import, masked, as they were kept in the home."""

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api.feeds import language
from data import words
from data.errors import ScopeProblem
from data.rejects import rejected_path
from data.settings import read_settings


def routes() -> list[BaseRoute]:
    """The route of this file."""
    return [Route("/api/batches/{batch}/rejected.csv", rejected_csv)]


def rejected_csv(request: Request) -> Response:
    """Row number, reason and the masked row, UTF-8 with mark; 404 with a sentence when the batch rejected none."""
    batch = request.path_params["batch"]
    known = batch.isascii() and batch.isdecimal() and len(batch) < 10
    path = rejected_path(read_settings().home, int(batch)) if known else None
    if path is None or not path.is_file():
        problem = ScopeProblem("scope.no_rejects", value=batch[:40])
        return JSONResponse({"error": problem.key, "message": words.sentence(problem, language(request))}, 404)
    return FileResponse(
        path, media_type="text/csv; charset=utf-8", filename=path.name, headers={"Cache-Control": "no-store"}
    )
