"""`/api/complaints.csv`: every complaint of a scope, streamed, as the list page shows it."""

import csv
import io
from collections.abc import Iterator
from urllib.parse import quote

import pandas as pd
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from api.feeds import language
from api.stores import store
from data import words
from data.complaints import all_complaints, complaint_count
from data.errors import Problem
from data.questions import QUESTIONS
from data.scope import read_query
from data.tables import cell, heading

COLUMNS = tuple(c.name for c in QUESTIONS["complaints"].columns if c.name not in ("complaint_id", "deadline_stated"))


def routes() -> list[BaseRoute]:
    """The route of this file."""
    return [Route("/api/complaints.csv", complaints_csv)]


def complaints_csv(request: Request) -> Response:
    """
    The complaints of a scope with `state` and `text`, as CSV for table programs.

    UTF-8 with mark; headers in the reader's language; cells that begin like a
    formula are quoted with an apostrophe. All rows, never a part.
    """
    query, lang, kept = request.query_params, language(request), store()
    state, text = query.get("state", "all"), query.get("text", "")
    try:
        scope = read_query(query.multi_items())
        complaint_count(kept, scope, state=state)  # a wrong scope is refused before anything is sent
    except Problem as problem:
        said_so = {"error": problem.key, "message": words.sentence(problem, lang)}
        return JSONResponse(said_so, 400)
    name = quote(scope.file_name("complaints"))
    return StreamingResponse(
        _lines(all_complaints(kept, scope, state=state, text=text), lang),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"},
    )


def _lines(pages: Iterator[pd.DataFrame], lang: str) -> Iterator[str]:
    yield "\ufeff" + _csv([[heading(name, lang) for name in COLUMNS]])
    for page in pages:
        shown = [[cell(name, value, lang) for value in page[name]] for name in COLUMNS]
        yield _csv(zip(*shown, strict=True))


def _csv(rows: object) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
