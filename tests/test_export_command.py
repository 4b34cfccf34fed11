"""`export`: the same files from the command line, their report and exit codes."""

import json
from pathlib import Path

import geopandas as gpd
import openpyxl
import pyarrow.parquet as pq
import pytest

from data import words
from data.commands import carry_out
from data.exports import EXPORTS
from tests.cities import centre, store_of, town

PERIOD = ("--since", "2025-03-01", "--until", "2025-03-31")


@pytest.fixture(scope="module")
def store():
    return store_of(
        centre("11") | {"title": "=1+1", "closed_at": "2025-03-12"}, centre("12"), {"received_at": "2025-02-10"},
        areas=town("district", "street", "community"),
    )  # fmt: skip


@pytest.fixture
def export(store, tmp_path):
    """Carry out the command; gives the exit code and both outputs."""

    def run(*argv):
        said = {"out": "", "err": ""}

        def say(stream, text):
            said[stream] += text

        words.language.set("zh")
        code = carry_out(["export", *argv], store, tmp_path / "home", tmp_path, say)
        return code, said["out"], said["err"]

    return run


@pytest.mark.parametrize("name", EXPORTS)
def test_everything_can_be_exported_in_each_of_its_formats(export, tmp_path, name):
    for kind in EXPORTS[name].formats:
        code, out, err = export(name, *PERIOD, "--out", f"file.{kind}", "--json")
        assert (code, err) == (0, "")
        report = json.loads(out)
        assert (report["file"], report["format"], report["content"]) == (f"file.{kind}", kind, name)
        assert report["bytes"] == (tmp_path / f"file.{kind}").stat().st_size
        assert report["rows"] > 0
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"home", *(f"file.{kind}" for kind in EXPORTS[name].formats)}


def test_a_format_is_the_ending_or_what_is_named(export, tmp_path):
    assert export("areas", *PERIOD, "--out", "layer.GPKG")[0] == 0
    assert len(gpd.read_file(tmp_path / "layer.GPKG", layer="areas")) == 4
    assert export("areas", *PERIOD, "--out", "plain", "--format", "parquet")[0] == 0
    assert len(gpd.read_parquet(tmp_path / "plain")) == 4


def test_every_option_reaches_the_export(export, tmp_path):
    export("complaints", *PERIOD, "--state", "closed", "--text", "=1", "--out", "a.parquet")
    assert pq.read_table(tmp_path / "a.parquet")["ticket_no"].to_pylist() == ["T1"]
    export("areas", *PERIOD, "--level", "community", "--area", "street:11", "--out", "b.parquet")
    assert pq.read_table(tmp_path / "b.parquet")["area_id"].to_pylist() == ["111", "112", "113", "114"]
    export("rankings", *PERIOD, "--level", "community", "--out", "c.parquet")
    assert pq.read_table(tmp_path / "c.parquet").num_rows == 16
    export("rankings", *PERIOD, "--by", "unit", "--out", "d.parquet")
    assert "unit" in pq.read_table(tmp_path / "d.parquet").column_names
    export("trend", *PERIOD, "--step", "month", "--out", "e.parquet")
    assert pq.read_table(tmp_path / "e.parquet").num_rows == 1
    for zoom, cells in (("0", 1), ("16", 2)):
        export("heat", *PERIOD, "--zoom", zoom, "--out", "f.parquet")
        assert pq.read_table(tmp_path / "f.parquet").num_rows == cells
    export("heat", *PERIOD, "--zoom", "16", "--bbox", "116,39.75,116.05,40", "--out", "f.parquet")
    assert pq.read_table(tmp_path / "f.parquet").num_rows == 1


def test_without_a_period_it_is_everything_and_words_are_in_the_language_named(export, tmp_path):
    code, out, _ = export("complaints", "--out", "all.xlsx", "--lang", "en")
    assert code == 0
    assert "3 rows" in out
    assert "1 complaints have no usable point" in out
    assert openpyxl.load_workbook(tmp_path / "all.xlsx").sheetnames == ["complaints", "About"]


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (("rankings", "--out", "x.gpkg"), 1, "csv, xlsx, parquet"),
        (("complaints", "--out", "x"), 1, "csv, xlsx, gpkg, parquet"),
        (("complaints", "--out", "nowhere/x.csv"), 1, "x.csv"),
        (("complaints", "--out", "x.csv", "--area", "street:999"), 1, "street:999"),
        (("areas", "--out", "x.csv", "--level", "planet"), 1, "planet"),
        (("heat", "--out", "x.csv", "--zoom", "99"), 1, "99"),
        (("secrets", "--out", "x.csv"), 2, "secrets"),
        (("complaints",), 2, "--out"),
        (("complaints", "--out", "x.csv", "--format", "exe"), 2, "exe"),
        (("complaints", "--out", "x.csv", "--since", "2025-03-31", "--until", "2025-03-01"), 1, "2025-03-31"),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_leaves_nothing(export, tmp_path, argv, code, said):
    found, out, err = export(*argv)
    assert (found, out) == (code, "")
    assert said in err
    assert "Traceback" not in err
    assert {path.name for path in tmp_path.iterdir()} <= {"home"}


def test_a_file_out_of_the_way_and_one_with_a_strange_name(export, tmp_path):
    target = tmp_path / "deep" / "报表 三月.csv"
    target.parent.mkdir()
    assert export("totals", *PERIOD, "--out", str(target))[0] == 0
    assert export("totals", *PERIOD, "--out", "~nobody-at-all.csv")[0] == 0
    assert Path(target).read_text("utf-8-sig").startswith("时段,")
    assert (tmp_path / "~nobody-at-all.csv").is_file()
