"""The product as people meet it: a running server, a browser, and nothing from anywhere else."""

import csv
import json
import os
import re
import signal
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from driving import AREAS, HEAT, PAINTED, READY, ROOT, map_of, place_of, ready, run_data
from PIL import Image
from playwright.sync_api import expect

from data import words

pytestmark = pytest.mark.browser

PAGES = ("overview", "heatmap", "rankings", "complaints", "manage", "indicators")
STREETS, STREET, COMMUNITY = 26, "110106001", "110106001001"


def path(page: str, **query: str) -> str:
    return ("/" if page == "overview" else f"/{page}") + "".join(
        f"{'&' if at else '?'}{key}={value}" for at, (key, value) in enumerate(query.items())
    )


def title(page: str, lang: str = "zh") -> str:
    return words.t(f"{page}.title", lang)


def choose(page, label: str, option: str) -> None:
    """Open a box by its label and take an option."""
    page.get_by_role("combobox", name=re.compile(f"{re.escape(label)}$|, {re.escape(label)}")).first.click()
    page.get_by_role("option", name=option, exact=True).first.click()
    page.keyboard.press("Escape")  # a box of several stays open


def query_of(page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


# --- nothing leaves the machine


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_no_page_asks_anything_of_another_machine(visitor, lang):
    page, watch = visitor()
    for name in PAGES:
        page.goto(path(name, lang=lang))
        ready(page, title(name, lang))
        expect(page.locator(".st-key-synthetic")).to_contain_text(words.t("app.synthetic", lang))
        if name == "heatmap":
            frame = map_of(page)
            expect(frame.locator(".whistlemap-note")).to_contain_text(words.t("heatmap.synthetic", lang))
    # and by the menu, without loading the page again
    for at, name in enumerate(PAGES):
        page.get_by_test_id("stTopNavLink").nth(at).click()
        ready(page, title(name, lang))
    page.goto(path("complaints", lang=lang, ticket=""))
    ready(page, title("complaints", lang))
    watch.nothing_happened()
    assert any(url.startswith("ws://") for url in watch.requests)
    assert len([url for url in watch.requests if "/assets/" in url]) >= 3


def test_the_watch_would_see_a_request_that_leaves(visitor, server):
    page, watch = visitor()
    page.goto(server.url + "/healthz")
    page.evaluate("() => fetch('http://192.0.2.1/pixel.png').catch(() => null)")
    assert watch.outside == ["http://192.0.2.1/pixel.png"]


def test_the_front_door_keeps_strangers_out(server):
    status, headers, body = server.get("/healthz", Origin="http://evil.example")
    assert (status, json.loads(body)["status"]) == (200, "ok")
    assert "access-control-allow-origin" not in headers
    for target in ("/", "/healthz", "/_stcore/health", "/api/complaints.csv?since=2026-11-01&until=2026-11-20"):
        assert server.get(target, Host="evil.example")[0] == 400
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "x" * 22 + "==",
    }
    assert server.get("/_stcore/stream", Host="evil.example", **upgrade)[0] >= 400
    assert server.get("/overview?period=week")[1]["location"] == "/?period=week"
    assert server.get("/assets/leaflet/../../../app.py")[0] in (400, 404)


# --- the map


def test_the_map_draws_areas_and_heat(visitor):
    page, watch = visitor()
    page.goto(path("heatmap", layer="both"))
    ready(page, title("heatmap"))
    frame = map_of(page, STREETS)
    frame.wait_for_selector(HEAT)
    frame.wait_for_function(f"() => ({PAINTED})('{HEAT}') > 5000")
    assert frame.evaluate(PAINTED, AREAS) > 50_000
    legend = frame.locator(".whistlemap-legend")
    expect(legend).to_contain_text(words.t("column.received", "zh"))
    expect(frame.locator(".whistlemap-note")).to_contain_text("件在图上")
    expect(frame.locator(".whistlemap-note")).to_contain_text("2026-11-20")
    page.mouse.move(*place_of(page, frame, STREET))
    expect(frame.locator(".whistlemap-tip")).to_contain_text("右安门街道")
    watch.nothing_happened()


def test_a_click_drills_from_street_to_grid_and_the_path_leads_back(visitor):
    page, watch = visitor(1600, 1000)
    page.goto(path("heatmap"))
    ready(page, title("heatmap"))
    frame = map_of(page, STREETS)
    frame.evaluate("() => { window.mark = window.map; }")
    page.mouse.click(*place_of(page, frame, STREET))
    page.wait_for_url(f"**area=street%3A{STREET}*")
    level = page.get_by_role("combobox", name=re.compile("层级"))
    expect(page.locator(".st-key-breadcrumb")).to_contain_text("右安门街道")
    frame.wait_for_function(
        "() => !Object.values(map._layers).some((l) => l.feature && l.feature.properties.level === 'street')"
    )
    expect(page.locator("h3").first).to_have_text("社区一览")
    page.wait_for_timeout(600)  # the flight to the street
    page.mouse.click(*place_of(page, frame, COMMUNITY))
    page.wait_for_url(f"**area=community%3A{COMMUNITY}*")
    expect(page.locator("h3").first).to_have_text("网格一览")
    frame.wait_for_function(
        "() => Object.values(map._layers).some((l) => l.feature && l.feature.properties.level === 'grid')"
    )
    page.locator(".st-key-breadcrumb").get_by_role("button", name="右安门街道").click()
    page.wait_for_url(f"**area=street%3A{STREET}*")
    expect(page.locator("h3").first).to_have_text("社区一览")
    page.locator(".st-key-breadcrumb").get_by_role("button", name="全域").click()
    page.wait_for_url(lambda url: "area" not in url)
    map_of(page, STREETS)
    assert level.count() == 1
    assert frame.evaluate("() => window.mark === window.map")
    watch.nothing_happened()


def test_a_row_of_the_table_drills_too_and_going_back_stays_back(visitor):
    page, _ = visitor(1600, 1000)
    page.goto(path("heatmap"))
    ready(page, title("heatmap"))
    map_of(page, STREETS)
    box = page.get_by_test_id("stDataFrame").bounding_box()
    page.mouse.click(box["x"] + 16, box["y"] + 52)
    page.wait_for_url("**area=street*")
    expect(page.locator("h3").first).to_have_text("社区一览")
    page.locator(".st-key-breadcrumb").get_by_role("button", name="全域").click()
    page.wait_for_url(lambda url: "area" not in url)
    page.wait_for_timeout(1000)
    assert "area" not in page.url
    expect(page.locator("h3").first).to_have_text("街道一览")


def test_a_copied_link_shows_the_same_to_somebody_else(visitor):
    page, _ = visitor()
    page.goto(
        path(
            "heatmap",
            area=f"street:{STREET}",
            category="公共服务",
            layer="both",
            measure="resolution_rate",
            period="last30",
        )
    )
    ready(page, title("heatmap"))
    frame = map_of(page)
    choose(page, "图层", "分区着色")
    page.wait_for_url("**layer=areas*")
    expect(frame.locator(".whistlemap-legend")).to_contain_text("解决率")
    other, watch = visitor()
    other.goto(page.url)
    ready(other, title("heatmap"))
    again = map_of(other)
    assert query_of(other) == query_of(page)
    expect(again.locator(".whistlemap-legend")).to_have_text(
        frame.locator(".whistlemap-legend").inner_text().replace("\n", "")
    )
    expect(again.locator(".whistlemap-note")).to_have_text(
        frame.locator(".whistlemap-note").inner_text().replace("\n", "")
    )
    assert again.evaluate(f"() => !document.querySelector('{HEAT}') || ({PAINTED})('{HEAT}') === 0")
    for text in ("公共服务", "右安门街道（街道）"):
        expect(other.get_by_test_id("stSidebar")).to_contain_text(text)
    # and on to another page with it
    other.get_by_test_id("stTopNavLink").nth(2).click()
    ready(other, title("rankings"))
    assert {"area", "category", "period"} <= set(query_of(other))
    watch.nothing_happened()


def test_filters_reach_the_running_map_without_making_it_anew(visitor):
    page, watch = visitor()
    loads = []
    page.on("framenavigated", lambda frame: loads.append(frame.url) if "streamlit_folium" in frame.url else None)
    page.goto(path("heatmap", layer="areas"))
    ready(page, title("heatmap"))
    frame = map_of(page, STREETS)
    frame.evaluate("() => { window.mark = window.map; }")
    before = len(loads)
    choose(page, "指标", "满意率")
    expect(frame.locator(".whistlemap-legend")).to_contain_text("满意率")
    choose(page, "时段", "近30天")
    page.wait_for_url("**period=last30*")
    choose(page, "渠道", "微信")
    page.wait_for_url("**channel=wechat*")
    choose(page, "图层", "叠加")
    frame.wait_for_function(f"() => ({PAINTED})('{HEAT}') > 100")
    # a period without anything brings a sentence above the map, and leaves it where it is
    choose(page, "时段", "今天")
    page.wait_for_url("**period=today*")
    page.wait_for_timeout(500)
    assert frame.evaluate("() => window.mark === window.map")
    assert len(loads) == before
    watch.nothing_happened()


BLANKS = """() => {
  window.blank = 0; window.seen = 0;
  const canvas = document.querySelector('.leaflet-overlay-pane canvas');
  const look = () => {
    window.seen += 1;
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let painted = 0;
    for (let at = 3; at < data.length; at += 400) painted += data[at] > 0;
    if (painted < 100) window.blank += 1;
    window.looking = setTimeout(look, 50);
  };
  look();
}"""


def test_an_import_appears_on_an_open_map_within_seconds(visitor, server, tmp_path):
    page, watch = visitor()
    board, _ = visitor()
    board.goto(path("overview", period="today"))
    ready(board, title("overview"))
    card = board.locator(".st-key-card-received [data-testid=stMetricValue]")
    before = int(card.inner_text().replace(",", ""))
    page.goto(path("heatmap", layer="areas", period="today"))
    ready(page, title("heatmap"))
    frame = map_of(page, STREETS)
    note = frame.locator(".whistlemap-note")
    expect(note).to_contain_text("件在图上")
    at = place_of(page, frame, STREET)
    # the reader has looked elsewhere
    page.mouse.move(at[0] - 150, at[1])
    page.mouse.down()
    page.mouse.move(at[0] - 200, at[1] + 40, steps=5)
    page.mouse.up()
    page.wait_for_timeout(500)
    view = "() => [map.getCenter().lat, map.getCenter().lng, map.getZoom()]"
    frame.evaluate("() => { window.mark = window.map; }")
    looking = frame.evaluate(view)
    placed, total = (int(n.replace(",", "")) for n in re.search(r"([\d,]+) / ([\d,]+)", note.inner_text()).groups())
    middle = frame.evaluate(
        "(p) => { const at = map.containerPointToLatLng(p); return [at.lng, at.lat]; }",
        _in_frame(page, place_of(page, frame, STREET)),
    )
    rows = [["工单编号", "创建时间", "经度", "纬度", "问题分类"]]
    rows += [
        [f"LIVE-{n}", "2026-11-20 09:00:00", *(f"{degree:.6f}" for degree in middle), "公共服务"] for n in range(7)
    ]
    with (tmp_path / "live.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    frame.evaluate(BLANKS)
    done = run_data(server.home, "import", str(tmp_path / "live.csv"), "--crs", "wgs84", "--json")
    assert done.returncode == 0, done.stderr
    started = time.monotonic()
    expect(note).to_contain_text(f"{placed + 7:,} / {total + 7:,}", timeout=12_000)
    assert time.monotonic() - started < 12
    page.mouse.move(*place_of(page, frame, STREET))
    tip = frame.locator(".whistlemap-tip")
    expect(tip).to_contain_text("右安门街道")
    shown = json.loads(server.get("/api/map/values?since=2026-11-20&until=2026-11-20&level=street&measure=received")[2])
    street = next(value["text"] for value in shown["values"].values() if value["text"] in tip.inner_text())
    assert int(street.rpartition("：")[2]) >= 7
    blank, seen = frame.evaluate("() => { clearTimeout(window.looking); return [window.blank, window.seen]; }")
    assert (blank, seen > 5) == (0, True)
    assert frame.evaluate("() => window.mark === window.map")
    assert frame.evaluate(view) == pytest.approx(looking)
    expect(card).to_have_text(f"{before + 7:,}", timeout=20_000)
    watch.nothing_happened()


def _in_frame(page, at: tuple[float, float]) -> list[float]:
    box = page.locator("iframe[title^='streamlit_folium']").bounding_box()
    return [at[0] - box["x"], at[1] - box["y"]]


# --- commands and restarts

COMMANDS = (
    ("ask", "totals", "--json"),
    ("ask", "totals", "--since", "2026-11-01", "--until", "2026-11-20"),
    ("ask", "rankings", "--by", "unit", "--json"),
    ("ask", "totals", "--area", "nowhere"),
    ("ask", "nonsense"),
    ("ask", "--help"),
    ("import", "no-such-file.csv"),
    ("demo", "--complaints", "5"),
)


def test_commands_say_the_same_beside_a_server_and_without_one(server):
    def outcome(argv):
        done = run_data(server.home, *argv)
        return done.returncode, done.stdout, done.stderr

    beside = {argv: outcome(argv) for argv in COMMANDS}
    info = json.loads((server.home / "server.json").read_text())
    assert info["pid"] == server.process.pid
    assert (server.home / "server.json").stat().st_mode & 0o077 == 0
    server.stop()
    assert not (server.home / "server.json").exists()
    try:
        assert {argv: outcome(argv) for argv in COMMANDS} == beside
    finally:
        server.start()
    assert [code for code, _, _ in beside.values()] == [0, 0, 0, 1, 2, 0, 1, 1]


def test_a_page_outlives_its_server(visitor, server):
    page, _ = visitor()
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append(socket.url)))
    page.goto(path("heatmap", layer="areas", area=f"street:{STREET}"))
    ready(page, title("heatmap"))
    frame = map_of(page)
    frame.evaluate("() => { window.mark = window.map; }")
    server.stop(signal.SIGKILL)
    sent.clear()
    note = frame.locator(".whistlemap-note")
    expect(note).to_contain_text(words.t("heatmap.offline", "zh"))
    assert frame.evaluate(PAINTED, AREAS) > 10_000
    # what a killed server leaves behind misleads no command
    assert run_data(server.home, "ask", "totals", "--json").returncode == 0
    server.start()
    expect(note).not_to_contain_text(words.t("heatmap.offline", "zh"), timeout=30_000)
    page.wait_for_selector("[data-testid=stApp][data-test-connection-state=CONNECTED]", timeout=30_000)
    # the page introduces itself to the new server when it looks for news
    for _ in range(300):
        if sent:
            break
        page.wait_for_timeout(100)
    page.wait_for_timeout(500)
    page.wait_for_selector(READY)
    choose(page, "指标", "解决率")
    expect(frame.locator(".whistlemap-legend")).to_contain_text("解决率")
    expect(page.locator(".st-key-breadcrumb")).to_contain_text("右安门街道")


# --- the list


def test_a_complaint_opens_by_a_click_and_the_export_holds_all_rows(visitor, server, tmp_path):
    page, watch = visitor(accept_downloads=True)
    page.goto(path("complaints", period="last30"))
    ready(page, title("complaints"))
    box = page.get_by_test_id("stDataFrame").bounding_box()
    page.mouse.click(box["x"] + 16, box["y"] + 52)
    page.wait_for_url("**ticket=*")
    (ticket,) = query_of(page)["ticket"]
    expect(page.locator("h3").first).to_contain_text(ticket)
    expect(page.locator(".st-key-case")).to_contain_text(words.t("event.received", "zh"))
    page.mouse.click(box["x"] + 16, box["y"] + 52)
    page.wait_for_url(lambda url: "ticket" not in url)
    expect(page.locator(".st-key-case")).to_have_count(0)
    link = page.get_by_role("link", name=re.compile("下载全部"))
    count = int(re.search(r"([\d,]+) 件", link.inner_text()).group(1).replace(",", ""))
    downloads = []  # the link opens a tab, which is gone as soon as the download begins
    page.on("download", lambda one: downloads.append(one))
    page.context.on("page", lambda tab: tab.on("download", lambda one: downloads.append(one)))
    link.click()
    for _ in range(100):
        if downloads:
            break
        page.wait_for_timeout(100)
    downloads[0].save_as(tmp_path / "export.csv")
    with (tmp_path / "export.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == 1 + count
    assert downloads[0].suggested_filename.startswith("complaints_2026-10-22_2026-11-20")
    watch.nothing_happened()


# --- screens and keys


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_no_page_is_wider_than_its_screen(visitor, width, height):
    page, watch = visitor(width, height)
    for name in PAGES:
        page.goto(path(name))
        expect(page.locator("h1")).to_have_text(title(name))
        page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
        wide = """() => [document.documentElement, document.querySelector('[data-testid=stMain]')]
          .map((e) => e.scrollWidth - e.clientWidth)"""
        assert page.evaluate(wide) == [0, 0], name
    if width < 640:
        # the filters are behind a button, and work from there
        page.get_by_test_id("stExpandSidebarButton").click()
        choose(page, "时段", "本周")
        page.wait_for_url("**period=week*")
    watch.nothing_happened()


def test_the_keyboard_reaches_filters_and_table(visitor):
    page, _ = visitor()
    page.goto(path("complaints"))
    ready(page, title("complaints"))
    page.wait_for_selector("[data-testid=data-grid-canvas]")
    where = """() => {
      const e = document.activeElement;
      const table = e.closest('[data-testid=stDataFrame]') ? 'TABLE' : '';
      return [e.getAttribute('aria-label') || '', e.innerText || '', table].join(' ');
    }"""
    reached = []
    for _ in range(45):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(where))
    for wanted in ("时段", "辖区", "类别", "渠道", "全口径", "清除筛选", "状态", "查找", "TABLE", "下载全部"):
        assert any(wanted in one for one in reached), (wanted, reached)
    # and a filter can be chosen without a mouse
    page.get_by_role("combobox", name=re.compile("时段")).first.focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("option", name="近30天", exact=True).wait_for()
    page.keyboard.press("Escape")


@pytest.mark.skipif(
    "WHISTLEMAP_SCREENSHOTS" not in os.environ, reason="pictures for the README: WHISTLEMAP_SCREENSHOTS=1"
)
def test_pictures_for_the_readme(visitor):
    folder = ROOT / "docs" / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    drilled = {"layer": "areas", "area": f"street:{STREET}", "period": "last30"}
    for picture, name, query in (*((page, page, {}) for page in PAGES), ("heatmap-street", "heatmap", drilled)):
        page, _ = visitor(1600, 1000)
        page.goto(path(name, **query))
        ready(page, title(name))
        if name == "heatmap":
            frame = map_of(page)
            frame.wait_for_function(f"() => ({PAINTED})('{AREAS if query else HEAT}') > 5000")
        page.wait_for_timeout(1500)
        page.screenshot(path=folder / f"{picture}.png")
        # 256 colours are enough to show a page, at a third of the size
        with Image.open(folder / f"{picture}.png") as shown:
            shown.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(folder / f"{picture}.png", optimize=True)
        assert (folder / f"{picture}.png").stat().st_size < 300_000
