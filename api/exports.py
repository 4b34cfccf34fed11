"""`/api/<what>.<format>`: any list or layer of a scope as a file, the scope in the address as on the pages."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from api.feeds import language
from api.stores import store
from data import words
from data.errors import ExportProblem, Problem
from data.exports import EXPORTS, Content, open_content
from data.exports.texts import csv_lines
from data.scope import read_query
from data.settings import read_settings

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpkg": "application/geopackage+sqlite3",
    "parquet": "application/vnd.apache.parquet",
}
PIECE = 1 << 18
RETRY_SECONDS = 30
# what is older than this process was left behind by one that died
STARTED_AT = time.time()


class Turns:
    """
    At most so many at once, a few who wait for them, and everybody else is told to come again.

    Parameters
    ----------
    at_once
        How many may work.
    waiting
        How many more may wait; each holds a thread of the server.
    seconds
        How long they wait.
    """

    def __init__(self, at_once: int, waiting: int, seconds: float) -> None:
        self._working = threading.Semaphore(at_once)
        self._inside = threading.Semaphore(at_once + waiting)
        self._seconds = seconds

    @contextmanager
    def turn(self) -> Iterator[None]:
        """
        Work.

        Raises
        ------
        ExportProblem
            `export.busy`: too many are at work or waiting.
        """
        if not self._inside.acquire(blocking=False):
            raise ExportProblem("export.busy", seconds=RETRY_SECONDS)
        try:
            if not self._working.acquire(timeout=self._seconds):
                raise ExportProblem("export.busy", seconds=RETRY_SECONDS)
            try:
                yield
            finally:
                self._working.release()
        finally:
            self._inside.release()


# a file is made by one processor; a stream is paused by a slow reader, so a few may run
files, streams = Turns(1, 4, RETRY_SECONDS), Turns(3, 4, RETRY_SECONDS)


def routes() -> list[BaseRoute]:
    """A route for everything that can be exported, in each of its formats."""
    return [Route(f"/api/{name}.{kind}", _handler(name, kind)) for name, one in EXPORTS.items() for kind in one.formats]


def _handler(name: str, kind: str) -> Callable[[Request], Response]:
    def export(request: Request) -> Response:
        """
        A file of a scope: CSV as it is read, the others made first.

        The query holds the scope, the options of the export and `lang`. 400 with a
        sentence for a wrong scope or option, 503 when too many files are being made.
        """
        try:
            return _answer(request, name, kind)
        except Problem as problem:
            return _refused(request, problem)

    return export


def _answer(request: Request, name: str, kind: str) -> Response:
    query = request.query_params
    scope = read_query(query.multi_items())
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(scope.file_name(name, kind))}",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    content = open_content(store(), name, scope, query, language(request))
    if request.method == "HEAD":
        return Response(media_type=TYPES[kind], headers=headers)
    if kind == "csv":
        lines = _lines(content)
        # the turn is taken, and given back even if nobody reads further
        first = next(lines)
        return StreamingResponse(chain([first], lines), media_type=TYPES[kind], headers=headers)
    with files.turn():
        file, size = _made(content, kind, read_settings().home / "exports")
    headers |= {"Content-Length": str(size), "X-Whistlemap-Rows": str(content.rows)}
    if content.geometry == "Point":
        headers["X-Whistlemap-Without-Point"] = str(content.without_point)
    return StreamingResponse(_pieces(file), media_type=TYPES[kind], headers=headers)


def _lines(content: Content) -> Iterator[str]:
    with streams.turn():
        yield from csv_lines(content)


def _made(content: Content, kind: str, folder: Path) -> tuple[BinaryIO, int]:
    """The file, open and already without a name, so that it is gone with its reader whatever happens."""
    from data.exports.files import write_file  # GDAL and its like are loaded by who exports

    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(folder)
        with TemporaryDirectory(dir=folder) as place:
            path = Path(place) / f"{content.name}.{kind}"
            write_file(content, kind, path, folder)
            return path.open("rb"), path.stat().st_size
    except OSError as error:
        raise ExportProblem("export.unwritten", file=str(folder), reason=error.strerror or str(error)) from error


@cache
def _sweep(folder: Path) -> None:
    """Remove what is left of files that were never finished."""
    for old in folder.iterdir():
        if old.stat().st_mtime < STARTED_AT:
            shutil.rmtree(old, ignore_errors=True)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


def _refused(request: Request, problem: Problem) -> Response:
    """Why there is no file, as JSON; in words alone for a person who clicked a link."""
    busy = problem.key == "export.busy"
    code = 503 if busy else 507 if problem.key == "export.unwritten" else 400
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": str(RETRY_SECONDS)} if busy else {})
    said_so = words.sentence(problem, language(request))
    if "text/html" in request.headers.get("accept", ""):
        return PlainTextResponse(said_so, code, headers=headers)
    return JSONResponse({"error": problem.key, "message": said_so}, code, headers=headers)
