"""Exports over HTTP: files as the pages link to them, refusals before anything is sent, one big file at a time."""

import csv
import io
import json
import os
import threading
import time
from contextlib import ExitStack
from datetime import date
from urllib.parse import unquote, urlencode

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
from starlette.requests import Request

from api import commands, exports
from data import words
from data.complaints import all_complaints, complaint_count
from data.errors import ExportProblem
from data.exports import EXPORTS
from data.exports.contents import COMPLAINTS, has_point
from data.exports.values import header
from data.rates import rates_by_area
from data.scope import Scope
from data.tables import is_formula, said

STREET = "street:110106001"
SINCE, UNTIL = date(2025, 11, 20), date(2026, 11, 20)
YEAR = f"since={SINCE}&until={UNTIL}"
WEEK = Scope(date(2026, 11, 14), UNTIL)
ROUTES = [(name, kind) for name, one in EXPORTS.items() for kind in one.formats]


def scope(**more):
    return Scope(SINCE, UNTIL, **more)


def table_of(found):
    assert found.status_code == 200
    assert found.content.startswith("\ufeff".encode())
    return list(csv.reader(io.StringIO(found.content.decode("utf-8-sig"))))


def rows_of(found, kind, name, folder):
    """How many rows a file has, by another library than the one that wrote it."""
    path = folder / f"got.{kind}"
    path.write_bytes(found.content)
    if kind == "csv":
        return len(table_of(found)) - 1
    if kind == "xlsx":
        return openpyxl.load_workbook(path, read_only=True).worksheets[0].max_row - 1
    if kind == "gpkg":
        return pyogrio.read_info(path, layer=name)["features"]
    return pq.read_metadata(path).num_rows


# --- what is sent


@pytest.mark.parametrize(("name", "kind"), ROUTES, ids=[".".join(route) for route in ROUTES])
def test_every_export_is_a_file_with_its_name_its_type_and_its_rows(city, ask, tmp_path, name, kind):
    found = ask(f"/api/{name}.{kind}?{WEEK.query(lang='en')}")
    assert found.status_code == 200
    assert found.headers["content-type"] == exports.TYPES[kind]
    assert found.headers["cache-control"] == "no-store"
    assert found.headers["x-content-type-options"] == "nosniff"
    file_name = unquote(found.headers["content-disposition"].partition("UTF-8''")[2])
    assert file_name == WEEK.file_name(name, kind)
    assert file_name.endswith(f".{kind}")
    rows = rows_of(found, kind, name, tmp_path)
    summed = name == "rankings" and kind in ("csv", "xlsx")
    if kind != "csv":
        assert int(found.headers["content-length"]) == len(found.content)
        assert int(found.headers["x-whistlemap-rows"]) == rows - summed
    if name == "complaints" and kind in ("gpkg", "parquet"):
        rows += int(found.headers["x-whistlemap-without-point"])
    counts = {"complaints": complaint_count(city, WEEK), "areas": 26, "rankings": 26 + summed, "trend": 7, "totals": 3}
    assert rows == counts.get(name, rows)
    assert rows > 0


def test_nothing_is_left_in_the_home(city, ask, homes):
    ask(f"/api/totals.xlsx?{YEAR}")
    ask(f"/api/areas.gpkg?{YEAR}")
    assert list((homes["asked"] / "exports").iterdir()) == []


def test_what_a_dead_process_left_behind_is_removed_and_what_others_write_is_not(tmp_path):
    (tmp_path / "old" / "deep").mkdir(parents=True)
    (tmp_path / "new").mkdir()
    os.utime(tmp_path / "old", (1, 1))
    os.utime(tmp_path / "new", (time.time() + 60, time.time() + 60))
    exports._sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_the_list_holds_every_row_of_the_scope(city, ask, lang):
    head, *rows = table_of(ask(f"/api/complaints.csv?{YEAR}&area={STREET}&lang={lang}"))
    assert head == [header(column, lang) for column in COMPLAINTS]
    wanted = pd.concat(all_complaints(city, scope(areas=(STREET,)))).assign(synthetic=True)
    assert [row[head.index(words.t("column.ticket_no", lang))] for row in rows] == wanted["ticket_no"].tolist()
    assert rows[0] == [said(column.name, wanted[column.name].iloc[0], lang) for column in COMPLAINTS]


def test_the_list_of_everything_is_everything_in_every_format(city, ask, tmp_path):
    assert len(table_of(ask(f"/api/complaints.csv?{YEAR}"))) == 1 + 3000
    found = table_of(ask(f"/api/complaints.csv?{YEAR}&state=open&text=暖"))
    assert len(found) == 1 + complaint_count(city, scope(), state="open", text="暖")
    everything = pd.concat(all_complaints(city, scope()))
    points = ask(f"/api/complaints.parquet?{YEAR}")
    assert rows_of(points, "parquet", "complaints", tmp_path) == has_point(everything).sum() < 3000
    assert int(points.headers["x-whistlemap-without-point"]) == 3000 - has_point(everything).sum()


def test_a_layer_has_the_figures_of_the_map(city, ask, tmp_path):
    path = tmp_path / "areas.gpkg"
    path.write_bytes(ask(f"/api/areas.gpkg?{YEAR}&level=community&area={STREET}&counting=assessed").content)
    wanted = rates_by_area(city, scope(areas=(STREET,), counting="assessed"), "community").set_index("area_id")
    found = gpd.read_file(path, layer="areas").set_index("area_id")
    assert found["received"].to_dict() == wanted["received"].to_dict()
    assert found["synthetic"].all()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_cell_of_an_export_is_a_formula(use, ask, tmp_path, kind):
    use("formulas")
    found = ask(f"/api/complaints.{kind}?{YEAR}")
    if kind == "csv":
        _, row = table_of(found)
        assert not [cell for cell in row if is_formula(cell)]
        assert "'=2+2" in row
    else:
        (tmp_path / "x.xlsx").write_bytes(found.content)
        book = openpyxl.load_workbook(tmp_path / "x.xlsx")
        cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line]
        assert "=2+2" in [cell.value for cell in cells]
        assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]


def test_the_name_of_an_export_says_its_scope_and_breaks_no_header(city, ask):
    found = ask(f"/api/complaints.csv?{YEAR}&area={STREET}&channel=wechat&counting=assessed")
    name = unquote(found.headers["content-disposition"].partition("UTF-8''")[2])
    assert name == f"complaints_{SINCE}_{UNTIL}_street-110106001_wechat_assessed.csv"
    long = scope(categories=("公共服务/供暖/室温不达标",) * 9).query()
    name = unquote(ask("/api/complaints.csv?" + long).headers["content-disposition"].partition("UTF-8''")[2])
    assert len(name.encode()) < 255
    assert not set(name) & set('/\\:*?"<>|\r\n')


@pytest.mark.parametrize("text", ["\x00", "%", "_", "'; drop table complaints; --", "\ud83d", "🚨" * 500])
@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_any_text_may_be_looked_for(city, ask, text, kind, tmp_path):
    query = urlencode({"text": text}, errors="surrogatepass")
    found = ask(f"/api/complaints.{kind}?{YEAR}&{query}")
    count = complaint_count(city, scope(), text=text.encode(errors="replace").decode())
    assert found.status_code == 200
    if kind != "parquet":
        assert rows_of(found, kind, "complaints", tmp_path) == count


def test_asking_for_the_head_alone_makes_no_file(city, ask, monkeypatch):
    monkeypatch.setattr(exports, "files", exports.Turns(0, 0, 0))
    found = ask(f"/api/complaints.xlsx?{YEAR}", "HEAD")
    assert (found.status_code, found.content) == (200, b"")


def test_the_command_beside_a_running_server_writes_the_file_of_the_page(city, ask, tmp_path, monkeypatch):
    monkeypatch.setattr(commands, "token", "secret")
    argv = ["export", "areas", "--since", str(SINCE), "--until", str(UNTIL), "--out", "areas.gpkg", "--json"]
    said_so = ask(
        "/api/commands", "POST", headers={"Authorization": "Bearer secret"},
        json={"argv": argv, "cwd": str(tmp_path), "lang": "zh"},
    )  # fmt: skip
    assert json.loads(said_so.text.splitlines()[-1]) == {"exit": 0}
    (tmp_path / "page.gpkg").write_bytes(ask(f"/api/areas.gpkg?{YEAR}").content)
    ours, theirs = (gpd.read_file(tmp_path / f"{name}.gpkg", layer="areas") for name in ("areas", "page"))
    pd.testing.assert_frame_equal(ours, theirs)


# --- what is refused

WRONG = {
    "state": f"/api/complaints.xlsx?{YEAR}&state=melted",
    "date": "/api/complaints.gpkg?since=x&until=y",
    "no date": "/api/totals.xlsx",
    "area": f"/api/rankings.csv?{YEAR}&area=street:999",
    "area, in the list": f"/api/complaints.csv?{YEAR}&area=street:999",
    "category": f"/api/categories.parquet?{YEAR}&category=none",
    "channel": f"/api/heat.gpkg?{YEAR}&channel=none",
    "level": f"/api/areas.parquet?{YEAR}&level=planet",
    "by": f"/api/rankings.xlsx?{YEAR}&by=planet",
    "step": f"/api/trend.csv?{YEAR}&step=hour",
    "depth": f"/api/categories.csv?{YEAR}&depth=9",
    "zoom": f"/api/heat.csv?{YEAR}&zoom=deep",
    "bbox": f"/api/heat.csv?{YEAR}&bbox=a,b",
    "order": "/api/trend.xlsx?since=2026-11-20&until=2026-11-01",
}


@pytest.mark.parametrize("path", WRONG.values(), ids=WRONG)
def test_a_wrong_request_gets_a_sentence_and_nothing_is_sent(city, ask, path):
    joined = "&" if "?" in path else "?"
    messages = {}
    for lang in words.LANGUAGES:
        found = ask(f"{path}{joined}lang={lang}")
        assert found.status_code == 400
        assert "content-disposition" not in found.headers
        messages[lang] = found.json()["message"]
    assert any("一" <= sign <= "鿿" for sign in messages["zh"])
    assert not any("一" <= sign <= "鿿" for sign in messages["en"])


def test_a_person_who_followed_a_link_reads_the_sentence_alone(city, ask):
    found = ask(f"/api/areas.xlsx?{YEAR}&level=planet&lang=en", headers={"Accept": "text/html,*/*"})
    assert found.status_code == 400
    assert found.headers["content-type"].startswith("text/plain")
    assert found.text.startswith("There is no level") or "planet" in found.text


@pytest.mark.parametrize("path", ["/api/rankings.gpkg", "/api/complaints.exe", "/api/secrets.csv", "/api/complaints"])
def test_what_cannot_be_exported_is_not_there(city, ask, path):
    assert ask(f"{path}?{YEAR}").status_code == 404


def test_a_disk_that_takes_no_file_is_a_sentence(use, ask, homes):
    use("written")
    (homes["written"] / "exports").write_text("in the way")
    found = ask(f"/api/totals.xlsx?{YEAR}&lang=en")
    (homes["written"] / "exports").unlink()
    assert found.status_code == 507
    assert found.json()["error"] == "export.unwritten"


# --- turns


def test_a_busy_server_says_when_to_come_again_and_serves_afterwards(city, ask, monkeypatch):
    turns = {"files": exports.Turns(1, 0, 0.05), "streams": exports.Turns(1, 0, 0.05)}
    for name, one in turns.items():
        monkeypatch.setattr(exports, name, one)
    with ExitStack() as held:
        for one in turns.values():
            held.enter_context(one.turn())
        for kind in ("csv", "xlsx"):
            found = ask(f"/api/totals.{kind}?{YEAR}")
            assert (found.status_code, found.json()["error"]) == (503, "export.busy")
            assert int(found.headers["retry-after"]) > 0
    for kind in ("csv", "xlsx", "csv", "xlsx"):
        assert ask(f"/api/totals.{kind}?{YEAR}").status_code == 200


def test_ten_clicks_at_once_work_one_by_one_and_the_rest_is_refused():
    turns, at_work, most, outcomes = exports.Turns(1, 4, 10), [], [], []
    start = threading.Barrier(10)

    def click():
        start.wait()
        try:
            with turns.turn():
                at_work.append(1)
                most.append(len(at_work))
                time.sleep(0.05)
                at_work.pop()
                outcomes.append("made")
        except ExportProblem:
            outcomes.append("busy")

    threads = [threading.Thread(target=click) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert (outcomes.count("made"), outcomes.count("busy")) == (5, 5)


def test_who_waits_too_long_is_told_and_a_fault_gives_the_turn_back():
    turns = exports.Turns(1, 1, 0.05)
    with turns.turn(), pytest.raises(ExportProblem), turns.turn():
        pass
    with pytest.raises(LookupError), turns.turn():
        raise LookupError
    with turns.turn():
        pass


def request_for(path):
    head, _, query = path.partition("?")
    kind = {"type": "http", "method": "GET", "path": head, "query_string": query.encode(), "headers": []}
    return Request({**kind, "scheme": "http", "server": ("127.0.0.1", 80)})


def test_a_reader_who_goes_away_gives_the_turn_back(city, monkeypatch):
    monkeypatch.setattr(exports, "streams", exports.Turns(1, 0, 0))
    for _ in range(3):
        # never read at all: what was begun ends with the answer
        answer = exports._answer(request_for(f"/api/complaints.csv?{YEAR}"), "complaints", "csv")
        assert answer.status_code == 200
        del answer


def test_a_file_is_gone_with_its_reader(city, homes):
    answer = exports._answer(request_for(f"/api/totals.xlsx?{YEAR}"), "totals", "xlsx")
    assert answer.status_code == 200
    assert list((homes["asked"] / "exports").iterdir()) == []
