"""What browser tests share: the server, the watch over requests, and how to read pages and the map."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext, Frame, Page, expect

ROOT = Path(__file__).parents[2]
READY = "[data-testid=stApp][data-test-script-state=notRunning]"
# Opening /heatmap, Streamlit's page looks for its server below that path first, is told 404, and then asks at the root.
PROBE = re.compile(r"/(heatmap|rankings|complaints|manage|indicators)/_stcore/(health|host-config)$")

expect.set_options(timeout=15_000)


def run_data(home: Path, *argv: str) -> subprocess.CompletedProcess:
    """`python -m data ...` as an operator types it."""
    return subprocess.run(
        [sys.executable, "-m", "data", *argv],
        cwd=ROOT,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=60,
    )


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "WHISTLEMAP_HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}


class Server:
    """`streamlit run app.py` on a free port of this machine."""

    def __init__(self, home: Path) -> None:
        self.home, self.process = home, None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with (self.home / "server.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port)],
                cwd=ROOT, env=environment(self.home), stdout=log, stderr=log,
            )  # fmt: skip
        for _ in range(300):
            if self.process.poll() is None and self.get("/healthz")[0] == 200:
                return
            time.sleep(0.1)
        raise RuntimeError((self.home / "server.log").read_text())

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(20)

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers=headers)
            found = connection.getresponse()
            return found.status, {name.lower(): value for name, value in found.getheaders()}, found.read()
        except OSError:
            return 0, {}, b""
        finally:
            connection.close()


@dataclass
class Watch:
    """What the pages of a context asked for, and what went wrong."""

    own: str
    requests: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        # whatever would leave is written down and goes nowhere
        context.route(lambda url: not self.is_own(url), lambda route: route.abort())
        context.on("request", lambda request: self._asked(request.url))
        context.on("requestfailed", lambda request: self._failed(request.url, request.failure))
        context.on("response", lambda answer: answer.status >= 400 and self._failed(answer.url, answer.status))
        context.on("console", self._said)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("page", lambda page: page.on("websocket", lambda socket: self._asked(socket.url)))

    def is_own(self, url: str) -> bool:
        return re.sub(r"^(blob:)?(http|ws)", "", url).startswith(self.own.removeprefix("http")) or url.startswith(
            ("data:", "about:")
        )

    def _asked(self, url: str) -> None:
        (self.requests if self.is_own(url) else self.outside).append(url)

    def _failed(self, url: str, why: object) -> None:
        # a feed that a newer one replaced, or a page that was left, is not a failure
        if not (PROBE.search(url) and why == 404) and "ERR_ABORTED" not in str(why):
            self.failed.append(f"{why} {url}")

    def _said(self, message) -> None:
        if message.type == "error" and not PROBE.search(message.location.get("url", "")):
            self.errors.append(f"{message.text} {message.location.get('url', '')}")

    def nothing_happened(self) -> None:
        assert self.requests
        assert (self.outside, self.failed, self.errors) == ([], [], [])


def ready(page: Page, title: str) -> None:
    """Wait until a page with this title has been drawn to its end."""
    expect(page.locator("h1")).to_have_text(title)
    page.wait_for_selector(READY)
    expect(page.locator(".st-key-foot")).to_be_visible()


def map_of(page: Page, areas: int | None = None) -> Frame:
    """The frame of the map, once it shows areas (so many, if given)."""
    page.wait_for_selector("iframe[title^='streamlit_folium']")
    for _ in range(100):
        found = [frame for frame in page.frames if "streamlit_folium" in frame.url]
        if found:
            break
        page.wait_for_timeout(100)
    (frame,) = found
    count = "Object.values(window.map._layers).filter((l) => l.feature && l.options.fill && l.options.renderer).length"
    wanted = "> 0" if areas is None else f"=== {areas}"
    frame.wait_for_function(f"() => window.map && window.whistlemap && {count} {wanted}", timeout=15_000)
    return frame


def place_of(page: Page, frame: Frame, code: str) -> tuple[float, float]:
    """Where on the page an area of the map lies."""
    frame.wait_for_function("() => !map._animatingZoom && !(map._panAnim && map._panAnim._inProgress)")
    x, y = frame.evaluate(
        """(code) => {
          const areas = Object.values(map._layers).filter((l) => l.feature && l.options.fill);
          const area = areas.find((l) => l.feature.properties.code === code);
          const rings = area.getLatLngs(), ring = Array.isArray(rings[0][0]) ? rings[0][0] : rings[0];
          const at = map.latLngToContainerPoint(L.PolyUtil.polygonCenter(ring, map.options.crs));
          return [at.x, at.y];
        }""",
        code,
    )
    box = page.locator("iframe[title^='streamlit_folium']").bounding_box()
    return box["x"] + x, box["y"] + y


PAINTED = """(selector) => [...document.querySelectorAll(selector)].map((canvas) => {
  if (!canvas.width || !canvas.height) return 0;
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let painted = 0;
  for (let at = 3; at < data.length; at += 4) painted += data[at] > 0;
  return painted;
}).reduce((sum, n) => sum + n, 0)"""
AREAS, HEAT = ".leaflet-overlay-pane canvas", ".leaflet-heatmap-layer"
