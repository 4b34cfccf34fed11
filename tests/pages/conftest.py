"""A small made-up city in a home of its own, and pages opened over it as a browser would by its address."""

import shutil
from datetime import datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.city import build_city
from data.commands import main
from data.settings import read_settings
from data.store import close_shared, open_store, shared_store

ROOT = Path(__file__).parents[2]
UNTIL = datetime(2026, 11, 20, 20, 0)
MARKUP = "![x](http://evil.example/p.png)"
HOSTILE_ROWS = f"""工单编号,受理时间,问题分类,标题,主要内容,地址,承办单位
"{MARKUP}",2026-11-03 10:00:00,"{MARKUP}","{MARKUP}",<img src=http://evil.example/q.png>,"{MARKUP}","{MARKUP}"
=2+2,2026-11-04 10:00:00,<script>alert(1)</script>,=cmd,@x,+1,-1
"""


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """Homes by name, each made once: `city`, `empty`, and `hostile` with two complaints that attack the reader."""
    homes = {name: tmp_path_factory.mktemp(name) for name in ("city", "empty", "hostile")}
    store = open_store(read_settings({"WHISTLEMAP_HOME": str(homes["city"])}))
    build_city(store, complaints=3000, seed=1, until=UNTIL)
    store.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WHISTLEMAP_HOME", str(homes["hostile"]))
        (homes["hostile"] / "rows.csv").write_text(HOSTILE_ROWS, "utf-8")
        assert main(["import", str(homes["hostile"] / "rows.csv")]) == 0
    yield homes
    close_shared()
    for home in homes.values():
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def city(built, monkeypatch):
    """The store of the made-up city, which is also the one the pages ask."""
    return use(built["city"], monkeypatch)


@pytest.fixture
def empty(built, monkeypatch):
    return use(built["empty"], monkeypatch)


@pytest.fixture
def hostile(built, monkeypatch):
    return use(built["hostile"], monkeypatch)


def use(home, monkeypatch):
    monkeypatch.setenv("WHISTLEMAP_HOME", str(home))
    return shared_store(read_settings())


@pytest.fixture
def opened():
    """Open a page by name with what its address says."""

    def open_page(page="overview", /, **query):
        at = AppTest.from_file(str(ROOT / "pages" / "shell.py"), default_timeout=60)
        for key, value in query.items():
            at.query_params[key] = value
        if page != "overview":
            at.switch_page(f"{page}.py")
        return at.run()

    return open_page


@pytest.fixture
def words_of():
    """Every sentence on a page, one a line."""

    def text(at):
        kinds = (at.title, at.header, at.subheader, at.caption, at.markdown, at.info, at.warning, at.error, at.text)
        return "\n".join(str(element.value) for kind in kinds for element in kind)

    return text
