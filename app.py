"""
Front door: one ASGI application with the pages, the HTTP routes, the map's scripts and the life of the store.

`streamlit run app.py`. While it runs it owns the store; `server.json` in the
home tells commands how to reach it.
"""

import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from api import commands, routes
from data.commands import remote
from data.errors import Problem, SettingProblem
from data.jobs import shared_jobs, stop_shared
from data.settings import read_settings
from data.store import close_shared, shared_store
from data.uploads import tidy_uploads
from data.watching import Watcher
from data.words import sentence, t

log = logging.getLogger("whistlemap")
LOOPBACK = ("127.0.0.1", "localhost")
# what was handed in and never imported is kept so long
UPLOADS_SECONDS = 86_400


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """Open the store before the first request, and give it back after the last."""
    settings = read_settings()
    host, port = st.get_option("server.address") or "0.0.0.0", int(st.get_option("server.port"))  # noqa: S104
    try:
        if host not in LOOPBACK and settings.address in LOOPBACK:
            raise SettingProblem("setting.address", value=host)
        kept = shared_store(settings)
    except Problem as problem:
        # a sentence, not a traceback; nothing was opened or changed
        log.error(sentence(problem, settings.lang))
        raise SystemExit(1) from None
    # commands come from this machine, whatever else is listened on
    reached = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104
    commands.token = remote.announce(settings, reached, port)
    log.warning(t("cli.serving", settings.lang, url=f"http://{reached}:{port}"))
    # jobs that an earlier process left are taken up now
    jobs = shared_jobs(kept, settings.home, lambda: datetime.now().replace(microsecond=0))
    tidy = partial(_tidy, settings.home)
    watcher = Watcher(settings.home, jobs, hourly=tidy)
    watcher.start()
    tidy()
    try:
        yield
    finally:
        remote.withdraw(settings)
        watcher.stop()
        stop_shared()
        close_shared()


def _tidy(folder: Path) -> None:
    """Forget what was handed in long ago and never imported."""
    tidy_uploads(folder, time.time() - UPLOADS_SECONDS)


def home(request: Request) -> RedirectResponse:
    """The first page has no name in its address; who types one gets there all the same, filters and all."""
    return RedirectResponse(f"/?{request.url.query}" if request.url.query else "/")


# a page on the internet must not reach a loopback server through a name of its own (DNS rebinding)
hosts = [*LOOPBACK] if read_settings().address in LOOPBACK else ["*"]

app = st.App(
    "pages/shell.py",
    routes=[Route("/overview", home), *routes()],
    lifespan=lifespan,
    middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=hosts)],
)
