"""The HTTP routes over a made-up city, asked without a network."""

import asyncio
import shutil
from datetime import datetime

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

import api
from data.city import build_city
from data.commands import main
from data.settings import read_settings
from data.store import close_shared, open_store, shared_store

LOOPBACK = ["127.0.0.1", "localhost", "::1"]
HOSTILE_ROWS = """工单编号,受理时间,问题分类,标题,主要内容,地址,承办单位
=2+2,2026-11-04 10:00:00,=1+1,@SUM(A1),-1,+1,"=HYPERLINK(""http://evil.example"")"
"""


@pytest.fixture(scope="session")
def homes(tmp_path_factory):
    """Homes of a made-up city, of a second one that tests may write to, and of one with a formula in every cell."""
    made = {name: tmp_path_factory.mktemp(name) for name in ("asked", "written", "formulas")}
    store = open_store(read_settings({"WHISTLEMAP_HOME": str(made["asked"])}))
    build_city(store, complaints=3000, seed=1, until=datetime(2026, 11, 20, 20, 0))
    store.close()
    shutil.copytree(made["asked"], made["written"], dirs_exist_ok=True)
    (made["formulas"] / "rows.csv").write_text(HOSTILE_ROWS, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WHISTLEMAP_HOME", str(made["formulas"]))
        assert main(["import", str(made["formulas"] / "rows.csv")]) == 0
    yield made
    close_shared()


@pytest.fixture
def use(homes, monkeypatch):
    """Ask another home from here on; gives its store."""

    def change(name):
        monkeypatch.setenv("WHISTLEMAP_HOME", str(homes[name]))
        return shared_store(read_settings())

    return change


@pytest.fixture
def city(use):
    return use("asked")


@pytest.fixture
def ask():
    """Send a request; the application is the routes behind the same guard of host names as in app.py."""
    guard = Middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK)
    application = Starlette(routes=api.routes(), middleware=[guard])

    def send(path, method="GET", host="127.0.0.1", **more):
        async def once():
            reached = httpx.ASGITransport(app=application)
            async with httpx.AsyncClient(transport=reached, base_url=f"http://{host}") as client:
                return await client.request(method, path, **more)

        return asyncio.run(once())

    return send
