"""A real server over a made-up city, and people with a real Chromium."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from driving import Server, Watch, run_data
from playwright.sync_api import Page, sync_playwright

FAILURES = Path(__file__).parent / "failures"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    home = tmp_path_factory.mktemp("served")
    # the README shows the whole city
    size = 600_000 if "WHISTLEMAP_SCREENSHOTS" in os.environ else 8_000
    made = run_data(home, "demo", "--complaints", str(size), "--seed", "1", "--until", "2026-11-20", "--json")
    assert json.loads(made.stdout)["complaints"] == size
    running = Server(home)
    running.start()
    yield running
    running.stop()
    shutil.rmtree(home, ignore_errors=True)


# a module, not a session: Playwright holds the thread's event loop, which other tests need
@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium, server, request):
    """Makes a person with a browser of their own: `page, watch = visitor()`."""
    contexts = []

    def arrive(width=1366, height=900, **options) -> tuple[Page, Watch]:
        context = chromium.new_context(viewport={"width": width, "height": height}, base_url=server.url, **options)
        watch = Watch(server.url)
        watch.over(context)
        contexts.append(context)
        return context.new_page(), watch

    yield arrive
    failed = getattr(request.node, "failed", False)
    for number, context in enumerate(contexts):
        # the first page; a tab that was opened by it may be gone
        for page in context.pages[:1] if failed else ():
            FAILURES.mkdir(exist_ok=True)
            name = re.sub(r"[^\w\-]+", "-", request.node.name).strip("-")
            page.screenshot(path=FAILURES / f"{name}-{number}.png")
        context.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "call":
        item.failed = outcome.get_result().failed
