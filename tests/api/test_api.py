"""Health, map feeds and commands, as a browser or the command line asks for them."""

import ast
import json
import threading
import time
from pathlib import Path

import pandas as pd
import pytest
import shapely
from starlette.requests import Request

from api import commands
from api.feeds import Feed
from api.maps import MEASURES
from data import words
from data.areas import areas
from data.heat import heat
from data.rates import rates_by_area
from data.scope import Scope
from data.totals import totals
from geo.palette import NO_DATA

STREET = "street:110106001"
SINCE, UNTIL = "2025-11-20", "2026-11-20"
YEAR = f"since={SINCE}&until={UNTIL}"
VIEW = "&w=115&s=39&e=117&n=41&z=11"
WHOLE = (115.0, 39.0, 117.0, 41.0)


def scope(**more):
    return Scope(pd.Timestamp(SINCE).date(), pd.Timestamp(UNTIL).date(), **more)


# --- health


def test_healthz_says_ready_and_which_data(city, ask):
    found = ask("/healthz")
    assert found.status_code == 200
    assert found.json() == {
        "status": "ok", "data_version": city.version, "data_at": city.data_at.isoformat(), "synthetic": True,
    }  # fmt: skip
    assert found.headers["cache-control"] == "no-store"


def test_healthz_says_not_ready_when_the_store_cannot_be_opened(ask, monkeypatch, tmp_path):
    (tmp_path / "store.duckdb").write_bytes(b"not a store at all" * 100)
    monkeypatch.setenv("WHISTLEMAP_HOME", str(tmp_path))
    found = ask("/healthz")
    assert (found.status_code, found.json()) == (503, {"status": "unavailable", "reason": "store.unreadable"})


def test_other_names_of_this_machine_are_refused(city, ask):
    assert ask("/healthz", host="evil.example").status_code == 400
    assert ask("/healthz", host="localhost").status_code == 200
    assert ask("/api/complaints.csv?" + YEAR, host="whistlemap.evil.example").status_code == 400


# --- shapes


def test_shapes_are_a_whole_level_as_valid_geojson(city, ask):
    found = ask(f"/api/map/areas?v=1&on={UNTIL}&level=street")
    assert found.status_code == 200
    assert found.headers["content-type"] == "application/json"
    assert "max-age=3600" in found.headers["cache-control"]
    shapes = found.json()
    assert shapes["type"] == "FeatureCollection"
    streets = areas(city, pd.Timestamp(UNTIL).date(), level="street")
    assert {f["properties"]["key"] for f in shapes["features"]} == set(streets["area_key"])
    assert all(f["properties"]["synthetic"] is True for f in shapes["features"])
    assert {"key", "code", "name", "level", "synthetic"} == set(shapes["features"][0]["properties"])
    drawn = [shapely.from_geojson(json.dumps(f["geometry"])) for f in shapes["features"]]
    assert all(shapely.is_valid(shape) and shape.geom_type in ("Polygon", "MultiPolygon") for shape in drawn)


def test_shapes_within_an_area_are_those_inside_it(city, ask):
    found = ask(f"/api/map/areas?v=1&on={UNTIL}&level=community&within={STREET}").json()
    day = pd.Timestamp(UNTIL).date()
    street = areas(city, day, level="street").set_index("area_id").loc["110106001", "area_key"]
    communities = areas(city, day, level="community")
    inside = communities[communities["parent_key"] == street]
    assert {f["properties"]["code"] for f in found["features"]} == set(inside["area_id"])


def test_shapes_of_a_screen_have_less_detail_than_the_store(city, ask):
    found = ask(f"/api/map/areas?v=1&on={UNTIL}&level=grid")
    stored = city.cursor().execute("select sum(octet_length(shape)) from areas where level = 'grid'").fetchall()[0][0]
    assert len(found.content) < 16 * stored  # numbers as text, yet not more of them


def test_what_the_browser_has_is_not_sent_again(city, ask):
    for path in (
        f"/api/map/areas?on={UNTIL}&level=street",
        f"/api/map/values?{YEAR}&level=street",
        f"/api/map/heat?{YEAR}{VIEW}",
    ):
        first = ask(path)
        again = ask(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        assert ask(path, headers={"If-None-Match": '"another"'}).status_code == 200
        other = path.replace("street", "community").replace("z=11", "z=12")
        assert ask(other).headers["etag"] != first.headers["etag"]


def test_answers_are_packed_only_for_who_can_unpack(city, ask):
    path = f"/api/map/values?{YEAR}&level=street"
    packed, plain = ask(path), ask(path, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()


# --- figures


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_the_map_shows_the_numbers_of_the_answer(city, ask, measure, lang):
    found = ask(f"/api/map/values?{YEAR}&area={STREET}&level=community&measure={measure}&lang={lang}").json()
    rates = rates_by_area(city, scope(areas=(STREET,)), "community").set_index("area_key")
    assert set(found["values"]) == {str(key) for key in rates.index}
    colours = {one["color"] for one in found["legend"]["classes"]}
    for key, value in rates[measure].items():
        shown = found["values"][str(key)]
        assert words.t(f"column.{measure}", lang) in shown["text"]
        if pd.isna(value):
            assert shown["color"] == NO_DATA
            assert words.t("heatmap.no_data", lang) in shown["text"]
        else:
            text = f"{int(value):,}" if measure in ("received", "closed") else f"{value:.1f}"
            assert text in shown["text"]
            assert shown["color"] in colours
    if measure not in ("received", "closed"):
        valid = rates.loc[rates[measure].notna(), "valid"]
        assert all(f"n={n}" in found["values"][str(key)]["text"] for key, n in valid.items())
    assert found["data_at"] == city.data_at.isoformat()
    assert found["version"] == city.version


def test_each_value_lies_in_the_class_of_its_colour(city, ask):
    found = ask(f"/api/map/values?{YEAR}&level=street&measure=received&lang=zh").json()
    rates = rates_by_area(city, scope(), "street").set_index("area_key")["received"]
    spans = {}
    for one in found["legend"]["classes"]:
        ends = [
            int(part.replace(",", ""))
            for part in one["label"].replace("–", " ").split()
            if part.replace(",", "").isdigit()
        ]
        spans[one["color"]] = (ends[0], ends[-1])
    for key, value in rates.items():
        low, high = spans[found["values"][str(key)]["color"]]
        assert low <= value <= high


def test_the_note_counts_everything_in_the_period(city, ask):
    row = totals(city, scope()).iloc[0]
    counts = {"placed": row["received"] - row["unplaced"], "total": row["received"], "unplaced": row["unplaced"]}
    wanted = words.t("heatmap.note", "zh", **{name: f"{n:,}" for name, n in counts.items()})
    assert ask(f"/api/map/values?{YEAR}&level=street").json()["note"] == wanted
    # inside one area the map holds less, of the same whole
    inside = totals(city, scope(areas=(STREET,))).iloc[0]["received"]
    counts["placed"] = inside
    within = words.t("heatmap.note", "zh", **{name: f"{n:,}" for name, n in counts.items()})
    assert ask(f"/api/map/values?{YEAR}&level=street&area={STREET}").json()["note"] == within
    assert ask(f"/api/map/heat?{YEAR}{VIEW}&alone=1").json()["note"].startswith(wanted)


# --- heat


def test_heat_is_every_complaint_with_a_place_in_view(city, ask):
    found = ask(f"/api/map/heat?{YEAR}{VIEW}").json()
    cells = heat(city, scope(), WHOLE, 11)
    located = int(cells["located"].iloc[0])
    assert sum(n for _, _, n in found["cells"]) == located == cells["complaints"].sum()
    assert located == city.cursor().execute("select count(*) from complaints where lon is not null").fetchall()[0][0]
    assert f"{located:,}" in found["note"]
    assert found["shown"] == len(found["cells"]) == int(cells["cells"].iloc[0])
    assert all(39 <= lat <= 41 and 115 <= lon <= 117 for lat, lon, _ in found["cells"])
    # 16 pixels of a web map at zoom 11 and 40 degrees north
    assert found["cell_m"] == pytest.approx(16 * 40_075_017 / 2**19 * 0.766, rel=0.01)
    half = ask(f"/api/map/heat?{YEAR}&w=116.3&s=39&e=117&n=41&z=11").json()
    assert 0 < sum(n for *_, n in half["cells"]) < located


def test_a_finer_zoom_has_more_cells_and_the_same_complaints(city, ask):
    coarse, fine = (ask(f"/api/map/heat?{YEAR}&w=115&s=39&e=117&n=41&z={z}").json() for z in (9, 14))
    assert len(coarse["cells"]) < len(fine["cells"])
    assert sum(n for *_, n in coarse["cells"]) == sum(n for *_, n in fine["cells"])


def test_where_not_all_cells_are_drawn_a_sentence_says_so(city, ask, monkeypatch):
    monkeypatch.setattr(heat, "__kwdefaults__", {"cap": 10})
    found = ask(f"/api/map/heat?{YEAR}&w=115.01&s=39&e=117&n=41&z=12&lang=zh").json()
    assert (len(found["cells"]), found["shown"]) == (10, 10)
    assert "仅画最密的 10 /" in found["note"]


def test_an_empty_view_is_an_answer(city, ask):
    found = ask(f"/api/map/heat?{YEAR}&w=0&s=0&e=1&n=1&z=11").json()
    assert (found["cells"], found["shown"]) == ([], 0)


# --- refusals

WRONG = {
    "areas, level": "/api/map/areas?on=2026-11-20&level=planet",
    "areas, no level": "/api/map/areas?on=2026-11-20",
    "areas, day": "/api/map/areas?on=tomorrow&level=street",
    "areas, within": "/api/map/areas?on=2026-11-20&level=street&within=street:999",
    "values, level": f"/api/map/values?{YEAR}&level=planet",
    "values, measure": f"/api/map/values?{YEAR}&level=street&measure=__class__",
    "values, area": f"/api/map/values?{YEAR}&level=street&area=street:999",
    "values, category": f"/api/map/values?{YEAR}&level=street&category=none",
    "values, channel": f"/api/map/values?{YEAR}&level=street&channel=none",
    "values, counting": f"/api/map/values?{YEAR}&level=street&counting=maybe",
    "values, date": "/api/map/values?since=2026-13-01&until=2026-11-20&level=street",
    "values, no date": "/api/map/values?level=street",
    "values, order": "/api/map/values?since=2026-11-20&until=2026-11-01&level=street",
    "values, ends of time": "/api/map/values?since=0001-01-01&until=9999-12-31&level=street",
    "values, moment": f"/api/map/values?{YEAR}&level=street&as_of=noon",
    "heat, no view": f"/api/map/heat?{YEAR}",
    "heat, words": f"/api/map/heat?{YEAR}&w=a&s=39&e=117&n=41&z=11",
    "heat, nan": f"/api/map/heat?{YEAR}&w=nan&s=39&e=117&n=41&z=11",
    "heat, inf": f"/api/map/heat?{YEAR}&w=115&s=39&e=inf&n=41&z=11",
    "heat, zoom nan": f"/api/map/heat?{YEAR}&w=115&s=39&e=117&n=41&z=nan",
    "heat, ends of time": f"/api/map/heat?since=0001-01-01&until=0001-01-02{VIEW}",
}


@pytest.mark.parametrize("path", WRONG.values(), ids=WRONG)
def test_a_wrong_request_gets_a_sentence_in_the_language_asked_for(city, ask, path):
    joined = "&" if "?" in path else "?"
    messages = {}
    for lang in words.LANGUAGES:
        found = ask(f"{path}{joined}lang={lang}")
        assert found.status_code == 400
        assert found.json()["error"].startswith("scope.")
        messages[lang] = found.json()["message"]
    assert messages["zh"] != messages["en"]
    assert any("一" <= c <= "鿿" for c in messages["zh"])
    assert not any("一" <= c <= "鿿" for c in messages["en"])


@pytest.mark.parametrize(
    "view", ["w=-1e308&s=-1e308&e=1e308&n=1e308&z=1e308", "w=117&s=41&e=115&n=39&z=-5", "w=1&s=1&e=1&n=1&z=1"]
)
def test_views_beyond_the_world_are_answered(city, ask, view):
    assert ask(f"/api/map/heat?{YEAR}&{view}").status_code == 200


# --- one computation for all


def request_for(path):
    head, _, query = path.partition("?")
    kind = {"type": "http", "method": "GET", "path": head, "query_string": query.encode(), "headers": []}
    return Request({**kind, "scheme": "http", "server": ("127.0.0.1", 80)})


def test_screens_that_ask_at_once_wait_for_one_computation():
    feed, computed, start = Feed(), [], threading.Barrier(8)

    def compute():
        computed.append(1)
        time.sleep(0.1)
        return {"n": 1}

    def screen():
        start.wait()
        answers.append(feed.answer(request_for("/x?a=1"), 1, compute).body)

    answers = []
    threads = [threading.Thread(target=screen) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(computed), len(answers), len(set(answers))) == (1, 8, 1)


def test_a_failed_computation_is_tried_again_and_other_addresses_and_versions_are_their_own():
    feed, computed = Feed(), []

    def fail():
        raise RuntimeError

    def compute():
        computed.append(1)
        return {}

    with pytest.raises(RuntimeError):
        feed.answer(request_for("/x"), 1, fail)
    tags = {
        feed.answer(request_for(path), version, compute).headers["etag"]
        for path in ("/x", "/x?a=1")
        for version in (1, 2)
    }
    assert (len(tags), len(computed)) == (4, 4)


def test_an_import_changes_the_tag_and_the_figures(use, ask, tmp_path):
    store = use("written")
    path = f"/api/map/values?{YEAR}&level=street"
    first = ask(path)
    (tmp_path / "more.csv").write_text("工单编号,创建时间\nA-1,2026-11-19 10:00:00\n", "utf-8")
    commands.token = "secret"
    said = ask(
        "/api/commands", "POST", headers={"Authorization": "Bearer secret"},
        json={"argv": ["import", "more.csv", "--json"], "cwd": str(tmp_path), "lang": "zh"},
    )  # fmt: skip
    assert [json.loads(line) for line in said.text.splitlines()][-1] == {"exit": 0}
    second = ask(path, headers={"If-None-Match": first.headers["etag"]})
    assert second.status_code == 200
    assert second.json()["version"] == store.version > first.json()["version"]
    assert first.json()["note"].split("/")[1] != second.json()["note"].split("/")[1]


# --- commands


@pytest.fixture
def token(monkeypatch):
    monkeypatch.setattr(commands, "token", "secret")
    return {"Authorization": "Bearer secret"}


def order(ask, argv, headers, **more):
    return ask("/api/commands", "POST", headers=headers, json={"argv": argv, "cwd": "/", "lang": "zh", **more})


def lines(found):
    return [json.loads(line) for line in found.text.splitlines()]


@pytest.mark.parametrize(
    "header",
    [{}, {"Authorization": "Bearer"}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer 秘密".encode()}],
)
def test_a_stranger_commands_nothing(city, ask, token, header):
    assert order(ask, ["ask", "totals"], header).status_code == 401


def test_without_a_token_nobody_commands(city, ask, monkeypatch):
    monkeypatch.setattr(commands, "token", None)
    for header in ({}, {"Authorization": "Bearer None"}, {"Authorization": "Bearer "}):
        assert order(ask, ["ask", "totals"], header).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"\xff",
        b'{"argv": 1, "cwd": "/", "lang": "zh"}',
        b'{"argv": [], "cwd": 1, "lang": "zh"}',
    ],
)
def test_garbage_is_refused(city, ask, token, body):
    assert ask("/api/commands", "POST", headers=token, content=body).status_code == 400


def test_a_long_request_is_refused(city, ask, token):
    assert order(ask, ["x" * (64 << 10)], token).status_code == 413


def test_commands_are_not_read_from_an_address(city, ask, token):
    assert ask("/api/commands", headers=token).status_code == 405


def test_a_command_says_the_same_as_on_the_command_line(city, ask, token):
    found = lines(order(ask, ["ask", "totals", "--json"], token))
    assert found[-1] == {"exit": 0}
    rows = json.loads("".join(one.get("out", "") for one in found))["rows"]
    row = totals(city, scope()).iloc[0]
    assert rows[0]["received"] == row["received"]


@pytest.mark.parametrize(
    ("argv", "code", "stream"),
    [
        (["ask", "nonsense"], 2, "err"),
        (["ask", "totals", "--area", "nowhere"], 1, "err"),
        (["ask", "--help"], 0, "out"),
        ([], 2, "err"),
    ],
)
def test_exit_codes_come_back(city, ask, token, argv, code, stream):
    found = lines(order(ask, argv, token))
    assert found[-1] == {"exit": code}
    assert any(stream in one for one in found[:-1])


def test_the_language_of_a_command_is_its_own(city, ask, token):
    texts = [
        "".join(
            one.get("err", "") for one in lines(order(ask, ["ask", "totals", "--area", "nowhere"], token, lang=lang))
        )
        for lang in words.LANGUAGES
    ]
    assert texts[0] != texts[1]
    assert words.language.get() == "zh"


# --- structure


def test_routes_are_thin_and_know_no_pages():
    for path in Path(commands.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        imported = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        imported |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        assert not {name for name in imported if name.split(".")[0] in ("pages", "streamlit", "duckdb")}, path
        assert len(path.read_text("utf-8").splitlines()) <= 200
