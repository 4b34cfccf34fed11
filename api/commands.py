"""`POST /api/commands`: a command line of `python -m data` on the same machine, as this process owns the store."""

import contextvars
import json
import queue
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from api.stores import store
from data import words
from data.commands import carry_out
from data.commands.remote import ROUTE
from data.settings import read_settings

# set by the front door when it announces the server
token: str | None = None
BODY_LIMIT = 64 << 10


def routes() -> list[BaseRoute]:
    """The route of this file."""
    return [Route(ROUTE, commands, methods=["POST"])]


async def commands(request: Request) -> Response:
    """
    Carry out one command.

    The request holds `argv`, `cwd` and `lang` as JSON and the token of
    `server.json` as a bearer. The answer is one JSON object a line: `out` or
    `err` with text, as it comes, and at last `exit` with the code.
    """
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token is None or not secrets.compare_digest(given.encode(), token.encode()):
        return PlainTextResponse("401", 401)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BODY_LIMIT:
            return PlainTextResponse("413", 413)
    try:
        asked = json.loads(body)
        argv, cwd, lang = [str(word) for word in asked["argv"]], Path(asked["cwd"]), str(asked["lang"])
    except (ValueError, KeyError, TypeError):
        return PlainTextResponse("400", 400)
    return StreamingResponse(_lines(argv, cwd, lang), media_type="application/x-ndjson")


def _lines(argv: list[str], cwd: Path, lang: str) -> Iterator[str]:
    said: queue.Queue[dict | None] = queue.Queue()

    def work() -> None:
        if lang in words.LANGUAGES:
            words.language.set(lang)
        code = 1
        try:
            code = carry_out(argv, store(), read_settings().home, cwd, lambda stream, text: said.put({stream: text}))
        finally:
            said.put({"exit": code})
            said.put(None)

    # the language is the command's own, not that of whoever is looking at a page
    threading.Thread(target=contextvars.copy_context().run, args=(work,), daemon=True).start()
    while (one := said.get()) is not None:
        yield json.dumps(one, ensure_ascii=False) + "\n"
