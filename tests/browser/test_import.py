"""An operator with a workbook of an unknown system and a browser: from the dropped file to the map and back."""

import json
import re
import time

import openpyxl
import pytest
from driving import Server, ready, run_data
from playwright.sync_api import expect

from data import words

pytestmark = pytest.mark.browser
ROWS = 40


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A city of its own, since it is written to."""
    home = tmp_path_factory.mktemp("imported")
    made = run_data(home, "demo", "--complaints", "2000", "--seed", "1", "--until", "2026-11-20", "--json")
    assert json.loads(made.stdout)["complaints"] == 2000
    running = Server(home)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    """Title rows above the header, Chinese dates, names and phones, streets in words and no coordinates."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["丰台区工单导出"])
    sheet.append(["工单流水号", "反映时间", "诉求类别", "来电人", "联系电话", "被反映街道", "反映内容", "承办部门"])
    for n in range(ROWS):
        street = "丰台街道" if n % 2 else "丰台街道办事处"
        sheet.append(
            [
                f"GD{n}",
                "2026年11月19日 下午3:05",
                "噪声->施工噪声",
                "张三丰",
                "13800138000",
                street,
                "夜间施工",
                "区住建委",
            ]
        )
    path = tmp_path_factory.mktemp("book") / "今晚.xlsx"
    book.save(path)
    return path


def t(key, **values):
    return words.t(key, "zh", **values)


def test_a_workbook_becomes_complaints_on_the_map_and_is_taken_back(visitor, server, workbook):
    page, watch = visitor(1600, 1000)
    page.goto("/manage")
    ready(page, t("manage.title"))
    page.set_input_files("input[type=file]", workbook)
    expect(page.get_by_text(t("manage.fact_header", row=2))).to_be_visible()
    start = page.get_by_role("button", name=t("manage.start"))
    expect(page.get_by_text(t("manage.preview_rejected", of=ROWS, good=ROWS, bad=0))).to_be_visible()
    assert "13800138000" not in page.content()
    start.click()
    expect(page.get_by_test_id("stMetricValue").nth(1)).to_have_text(str(ROWS))
    asked = run_data(server.home, "ask", "precisions", "--since", "2026-11-19", "--until", "2026-11-19", "--json")
    placed = {row["precision"]: row for row in json.loads(asked.stdout)["rows"]}
    assert "street" in placed
    # the name that differs by its ending waits for a person
    page.goto("/manage?tab=names")
    ready(page, t("manage.title"))
    page.wait_for_selector("[data-testid=data-grid-canvas]")
    listed = run_data(server.home, "names", "--json")
    assert any(row["stated"] == "丰台街道办事处" for row in json.loads(listed.stdout)["proposed"])
    # and the batch is taken back
    page.goto("/manage?tab=batches")
    ready(page, t("manage.title"))
    table = page.get_by_test_id("stDataFrame").first
    table.click(position={"x": 15, "y": 52})
    page.get_by_role("button", name=re.compile(t("batches.undo"))).first.click()
    page.get_by_role("button", name=re.compile("确定撤销批次")).click()
    page.wait_for_timeout(1_000)
    newest = json.loads(run_data(server.home, "batches", "--json").stdout)["batches"][0]
    assert (newest["accepted"], newest["undone_at"] is not None) == (ROWS, True)
    watch.nothing_happened()


def test_a_file_dropped_into_a_watched_folder_is_imported(server, workbook, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    assert run_data(server.home, "watch", "add", str(folder), "--profile", "auto").returncode == 0
    (folder / "今晚.xlsx").write_bytes(workbook.read_bytes())
    for _ in range(40):
        if (folder / "done" / "今晚.xlsx.json").is_file():
            break
        time.sleep(0.5)
    report = json.loads((folder / "done" / "今晚.xlsx.json").read_text("utf-8"))
    assert report["read"] == ROWS
    assert report["rejected"] == 0
    assert not (folder / "今晚.xlsx").exists()
    assert run_data(server.home, "watch", "remove", str(folder)).returncode == 0
