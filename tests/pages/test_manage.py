"""数据管理: from a dropped file to its report, the batch taken back, names decided, folders watched."""

import shutil
import time

import pytest
from conftest import use

from data import words
from data.batches import batches
from data.jobs import shared_jobs, stop_shared
from data.population import population_on
from data.profiles import saved
from data.settings import read_settings
from data.watching import watches

TABS = ("import", "batches", "boundaries", "names", "watch")
ROWS = """丰台区工单导出
工单流水号,反映时间,诉求类别,来电人,联系电话,被反映街道,反映内容,承办部门
A1,2026年11月3日 下午3:05,噪声->施工噪声,张三,13800138000,丰台街道,我叫张三电话13912345678,区住建委
A2,20261104101500,噪声,李四,13800138001,丰台街道办事处,夜间施工,区住建委
A3,昨天,噪声,,,丰台街道,没有时间,
"""


@pytest.fixture
def own(built, tmp_path, monkeypatch):
    """A city of the test's own, as it is written to."""
    home = tmp_path / "home"
    shutil.copytree(built["city"], home)
    yield use(home, monkeypatch)
    stop_shared()


def uploaded(opened, content=None, name="今晚.csv"):
    at, content = opened("manage"), ROWS.encode("gb18030") if content is None else content
    at.file_uploader[0].set_value((name, content, "text/csv")).run()
    return at


def sound(at):
    return not at.exception and not at.error


def pressed(at, label):
    next(button for button in at.button if button.label == words.t(label, "zh")).click()
    return at.run()


@pytest.mark.parametrize("lang", words.LANGUAGES)
@pytest.mark.parametrize("tab", TABS)
def test_every_tab_opens_in_both_languages(city, opened, tab, lang):
    at = opened("manage", tab=tab, lang=lang)
    assert sound(at)
    assert at.title[0].value == words.t("manage.title", lang)


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_opens_without_any_data(empty, opened, tab):
    assert sound(opened("manage", tab=tab))


def test_a_file_is_recognised_imported_and_taken_back(own, opened, words_of):
    at = uploaded(opened)
    assert sound(at)
    told = words_of(at)
    assert words.t("manage.fact_header", "zh", row=2) in told
    assert words.t("manage.preview_rejected", "zh", of=3, good=2, bad=1) in told
    assert not any(
        secret in str(frame.value) for frame in at.dataframe for secret in ("13800138000", "13912345678", "张三")
    )
    before = len(batches(own))
    at = pressed(at, "manage.start")
    until = time.monotonic() + 30
    while len(batches(own)) == before and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(0.3)
    at.run()
    assert {metric.label: metric.value for metric in at.metric}[words.t("report.accepted", "zh")] == "2"
    # the file that was handed in is gone
    assert list((read_settings().home / "uploads").iterdir()) == []
    from data.undo import undo_batch

    number = int(batches(own)["batch"].iloc[0])
    undo_batch(own, number, undone_at=own.data_at)
    assert batches(own)["undone_at"].notna().iloc[0]


def test_columns_are_kept_as_a_profile(own, opened):
    at = uploaded(opened)
    at.text_input[-1].set_value("每晚").run()
    pressed(at, "manage.save")
    assert saved(read_settings().home) == ("每晚",)


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02" * 999, b"PK\x03\x04 no book", b"\xd0\xcf\x11\xe0 none", b"{", b"[[[["]
)
def test_what_is_no_table_is_a_sentence(own, opened, content):
    at = uploaded(opened, content)
    assert not at.exception
    assert len(at.error) == 1


def test_a_file_without_a_time_of_receipt_asks_for_it(own, opened):
    at = uploaded(opened, "甲列,乙列,丙列\n一,二,三\n四,五,六\n".encode())
    assert words.t("manage.no_time", "zh") in [error.value for error in at.error]
    assert words.t("manage.start", "zh") not in [button.label for button in at.button]


def test_points_in_an_unknown_system_are_asked_about(own, opened):
    rows = "".join(f"A{n},2026-11-03 10:00,116.{n + 100},39.8{n:02d}\n" for n in range(60))
    at = uploaded(opened, ("工单编号,受理时间,经度,纬度\n" + rows).encode())
    assert words.t("manage.choose_crs", "zh") in [warning.value for warning in at.warning]
    assert next(button for button in at.button if button.label == words.t("manage.start", "zh")).disabled


def test_a_folder_is_watched_and_no_longer(own, opened, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    at = opened("manage", tab="watch")
    at.text_input[0].set_value(str(folder))
    pressed(at, "watch.begin")
    assert [one.folder for one in watches(read_settings().home)] == [str(folder)]
    pressed(opened("manage", tab="watch"), "watch.end")
    assert watches(read_settings().home) == []


def test_a_job_that_is_none_is_no_fault(city, opened):
    assert sound(opened("manage", job="../../etc/passwd"))


def test_a_job_of_another_kind_is_no_import(own, opened):
    queue = shared_jobs(own, read_settings().home, lambda: own.data_at)
    job_id = queue.submit("boundaries", {"file": "nowhere"})
    queue.wait(job_id, 20)
    assert sound(opened("manage", tab="import", job=job_id))


def test_residents_are_taken_in(own, opened):
    at = opened("manage", tab="names")
    table = "编码,人口\n110106001,50000\n999,1\n".encode()
    at.file_uploader[0].set_value(("人口.csv", table, "text/csv")).run()
    at.selectbox[0].set_value("street")
    pressed(at, "residents.store")
    assert not at.exception
    assert words.t("residents.done", "zh", read=2, stored=1) in [said.value for said in at.caption]
    found = population_on(own, "street", own.data_at.date())
    assert found.set_index("area_id")["people"].dropna().to_dict() == {"110106001": 50000}
