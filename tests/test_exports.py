"""Exports: every file holds what the questions answer, says what it is, and is written whole or not at all."""

import csv
import gc
import io
import weakref
from datetime import date

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from data import words
from data.categories import categories
from data.complaints import all_complaints
from data.errors import ExportProblem, ScopeProblem
from data.exports import EXPORTS, FORMATS, Content, open_content
from data.exports.contents import COMPLAINTS, HEAT, has_point
from data.exports.facts import Fact
from data.exports.files import write_file
from data.exports.texts import csv_lines
from data.exports.values import header, plain
from data.questions import DAY, FLAG, MOMENT, NUMBER, TEXT, WHOLE, Column
from data.rates import board, pooled, rates_by_area
from data.scope import Scope
from data.store import set_meta
from data.tables import said, unformula
from data.totals import totals, trend
from tests.cities import centre, store_of, town
from tests.exported import (
    MARCH,
    about,
    content_of,
    csv_rows,
    four_streets,
    sheet,
    told,
    values,
    writer,
)


@pytest.fixture(scope="module")
def store():
    return four_streets()


@pytest.fixture
def write(store, tmp_path):
    return writer(store, tmp_path)


# --- what can be exported


def expected(store, name):
    """The answer behind an export, by the function the pages ask."""
    return {
        "complaints": lambda: pd.concat(all_complaints(store, MARCH)),
        "areas": lambda: rates_by_area(store, MARCH, "street"),
        "rankings": lambda: board(store, MARCH, "street"),
        "categories": lambda: categories(store, MARCH, 1),
        "trend": lambda: trend(store, MARCH, "day"),
        "totals": lambda: totals(store, MARCH),
    }[name]()


TABLES = [name for name in EXPORTS if name != "heat"]


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_the_answer_the_pages_show_in_csv_and_xlsx(store, write, name):
    frame = expected(store, name)
    columns = open_content(store, name, MARCH, {}, "zh").columns
    texts = csv_rows(write(name, "csv"))
    cells = values(sheet(write(name, "xlsx")))
    assert texts[0] == cells[0] == [header(column, "zh") for column in columns]
    summed = 1 if name == "rankings" else 0
    assert len(texts) == len(cells) == 1 + len(frame) + summed
    for place, column in enumerate(columns):
        if column.name not in frame or column.name == "synthetic":
            continue
        wanted = plain(frame[column.name], column.type)
        body = slice(1, 1 + len(frame))
        assert [row[place] for row in texts[body]] == [
            unformula(said(column.name, value, "zh")) if column.type == TEXT else said(column.name, value, "zh")
            for value in wanted
        ]
        if column.type in (WHOLE, NUMBER):
            assert [row[place] for row in cells[body]] == pytest.approx(wanted, abs=1e-9, nan_ok=True)
        elif column.type == MOMENT:
            assert [row[place] for row in cells[body]] == wanted
        elif column.type == DAY:
            assert [row[place] and row[place].date() for row in cells[body]] == wanted


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_the_answer_in_parquet_with_real_types(store, write, name):
    frame, path = expected(store, name), write(name, "parquet")
    found = pq.read_table(path)
    kinds = {"string": TEXT, "int64": WHOLE, "double": NUMBER, "bool": FLAG, "date32[day]": DAY}
    for column in open_content(store, name, MARCH, {}, "zh").columns:
        field = found.schema.field(column.name)
        assert kinds.get(str(field.type), MOMENT) == column.type
        assert field.metadata[b"name"].decode() == header(column, "zh")
        assert field.metadata[b"unit"].decode() == column.unit
    if name == "complaints":
        frame = frame[has_point(frame)]
    assert found.num_rows == len(frame)
    for measure in {"received", "score", "ticket_no", "received_at"} & set(frame):
        wanted = plain(frame[measure], {"score": NUMBER, "received": WHOLE, "received_at": MOMENT}.get(measure, TEXT))
        assert found[measure].to_pylist() == wanted


def test_the_total_of_a_board_is_for_people_and_no_row_of_the_data(store, write):
    frame = board(store, MARCH, "street")
    row = pooled(store, frame, MARCH).iloc[0]
    last = dict(zip(*[values(sheet(write("rankings", "xlsx")))[n] for n in (0, -1)], strict=True))
    assert (last["名称"], last["受理量"], last["综合成绩"]) == ("汇总", row["received"], row["score"])
    assert last["名次"] is None
    assert csv_rows(write("rankings", "csv"))[-1][3] == "汇总"
    assert "汇总" not in pq.read_table(write("rankings", "parquet"))["name"].to_pylist()


def test_a_board_of_units_has_units_and_no_areas(write, store):
    path = write("rankings", "csv", by="unit")
    assert csv_rows(path)[0][:4] == ["名次", "名次变化", "承办单位", "受理量"]


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_headers_sheets_and_words_are_in_the_reader_s_language(store, write, lang):
    path = write("complaints", "xlsx", lang=lang)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == [words.t("exports.what_complaints", lang), words.t("exports.about", lang)]
    rows = values(sheet(path))
    assert rows[0] == [header(column, lang) for column in COMPLAINTS]
    state = rows[0].index(words.t("column.state", lang))
    wanted = expected(store, "complaints")["state"]
    assert [row[state] for row in rows[1:]] == [words.t(f"state.{name}", lang) for name in wanted]
    assert wanted.nunique() > 1
    assert about(path, lang)[words.t("exports.fact_times", lang)] == words.t("exports.note_times", lang)


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, one in EXPORTS.items() for kind in one.formats])
def test_an_empty_scope_gives_a_valid_file_with_headers(store, write, name, kind):
    empty = Scope(date(1999, 1, 1), date(1999, 1, 2))
    path = write(name, kind, scope=empty)
    names = [column.name for column in open_content(store, name, empty, {}, "zh").columns]
    rows = {"complaints": 0, "heat": 0, "categories": 0, "areas": 4, "rankings": 4, "trend": 2, "totals": 3}[name]
    if kind == "csv":
        found = csv_rows(path)
        assert (len(found), len(found[0])) == (1 + rows + (name == "rankings"), len(names))
    elif kind == "xlsx":
        found = values(sheet(path))
        assert (len(found), len(found[0])) == (1 + rows + (name == "rankings"), len(names))
    elif kind == "gpkg":
        info = pyogrio.read_info(path, layer=name)
        assert (info["features"], list(info["fields"])) == (rows, names)
    else:
        found = pq.read_table(path)
        assert found.num_rows == rows
        assert [one for one in found.column_names if one != "geometry"] == names
        if "gpkg" in EXPORTS[name].formats:
            assert len(gpd.read_parquet(path)) == rows


@pytest.mark.parametrize("name", EXPORTS)
def test_a_store_without_boundaries_exports_what_it_can(tmp_path, name):
    bare = store_of({"lon": 116.3, "lat": 39.8})
    if name == "areas":
        with pytest.raises(ScopeProblem, match="level"):
            open_content(bare, name, MARCH, {}, "zh")
        return
    content = open_content(bare, name, MARCH, {}, "zh")
    write_file(content, "xlsx", tmp_path / "x.xlsx", tmp_path / "way")
    assert content.rows == {"trend": 31, "totals": 3, "rankings": 0}.get(name, 1)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("complaints", {"state": "melted"}),
        ("areas", {"level": "planet"}),
        ("rankings", {"by": "planet"}),
        ("trend", {"step": "hour"}),
        ("categories", {"depth": "4"}),
        ("heat", {"zoom": "-1"}),
        ("heat", {"zoom": "23"}),
        ("heat", {"bbox": "1,2,3"}),
        ("heat", {"bbox": "3,2,1,4"}),
        ("heat", {"bbox": "nan,0,1,1"}),
    ],
)
def test_a_wrong_option_is_refused_before_anything_is_written(store, name, given):
    with pytest.raises((ScopeProblem, ExportProblem)) as caught:
        open_content(store, name, MARCH, given, "zh")
    (value,) = given.values()
    assert value in words.sentence(caught.value, "en")


def test_a_wrong_scope_is_refused_before_anything_is_written(store):
    for wrong in ({"areas": ("street:999",)}, {"categories": ("x",)}, {"channels": ("x",)}):
        for name in EXPORTS:
            with pytest.raises(ScopeProblem):
                open_content(store, name, Scope(date(2025, 3, 1), date(2025, 3, 2), **wrong), {}, "zh")


# --- made-up data


@pytest.mark.parametrize("name", EXPORTS)
def test_made_up_data_are_marked_in_every_file(tmp_path, name):
    store = store_of(centre("11"), areas=town())
    with store.write() as cursor:
        set_meta(cursor, "synthetic", "true")
    files = {}
    for kind in EXPORTS[name].formats:
        files[kind] = tmp_path / f"{name}.{kind}"
        write_file(open_content(store, name, MARCH, {}, "zh"), kind, files[kind], tmp_path / "way")
    head, *rows = csv_rows(files["csv"])
    assert {row[head.index("模拟")] for row in rows} == {"是"}
    assert about(files["xlsx"])["模拟数据"] == words.t("app.synthetic", "zh")
    assert openpyxl.load_workbook(files["xlsx"]).properties.description == words.t("app.synthetic", "zh")
    assert told(files["parquet"])["synthetic"] is True
    assert set(pq.read_table(files["parquet"])["synthetic"].to_pylist()) == {True}
    if "gpkg" in files:
        assert gpd.read_file(files["gpkg"], layer="about").set_index("key").loc["synthetic", "value"] == words.t(
            "app.synthetic", "zh"
        )
        assert gpd.read_file(files["gpkg"], layer=name)["synthetic"].all()


def test_real_figures_over_schematic_areas_are_marked_area_by_area(tmp_path):
    store = store_of(centre("11"), areas=town("district", "street"))
    with store.write() as cursor:
        cursor.execute("update areas set synthetic = true where code = '12'")
    content = open_content(store, "areas", MARCH, {"level": "street"}, "zh")
    write_file(content, "parquet", tmp_path / "a.parquet", tmp_path / "way")
    found = gpd.read_parquet(tmp_path / "a.parquet").set_index("area_id")["synthetic"]
    assert found.to_dict() == {"11": False, "12": True, "13": False, "14": False}


# --- files


class Watched(pd.DataFrame):
    """A page whose end of life can be seen."""


@pytest.mark.parametrize("kind", FORMATS)
def test_no_more_than_two_pages_are_held_at_a_time(tmp_path, kind):
    pages_so_far, most = [], [0]

    def pages():
        for n in range(6):
            page = Watched({"title": [f"{n}"] * 3})
            pages_so_far.append(weakref.ref(page))
            gc.collect()
            most[0] = max(most[0], sum(one() is not None for one in pages_so_far))
            yield page
            del page

    content = Content((Column("title", TEXT),), pages(), name="complaints")
    if kind == "gpkg":
        content.geometry, content.wkb = "Point", lambda page: shapely.to_wkb(shapely.points(np.zeros((len(page), 2))))
    write_file(content, kind, tmp_path / f"x.{kind}", tmp_path / "way")
    assert content.rows == 18
    assert most[0] <= 2


@pytest.mark.parametrize("kind", FORMATS)
def test_what_fails_on_the_way_leaves_the_old_file_and_nothing_else(tmp_path, kind):
    def pages():
        yield pd.DataFrame({"title": ["a"]})
        raise LookupError

    out = tmp_path / "out"
    out.mkdir()
    (out / f"x.{kind}").write_text("old")
    content = Content((Column("title", TEXT),), pages(), name="complaints")
    if kind == "gpkg":
        content.geometry, content.wkb = "Point", lambda page: shapely.to_wkb(shapely.points(np.zeros((len(page), 2))))
    with pytest.raises(LookupError):
        write_file(content, kind, out / f"x.{kind}", tmp_path / "way")
    assert [path.name for path in out.iterdir()] == [f"x.{kind}"]
    assert (out / f"x.{kind}").read_text() == "old"
    assert list((tmp_path / "way").iterdir()) == []


@pytest.mark.parametrize("kind", FORMATS)
def test_a_place_that_takes_no_file_is_a_sentence(store, tmp_path, kind):
    (tmp_path / "taken").mkdir()
    for path in (tmp_path / "nowhere" / f"x.{kind}", tmp_path / "taken"):
        content = open_content(store, "complaints", MARCH, {}, "zh")
        with pytest.raises(ExportProblem) as caught:
            write_file(content, kind, path, tmp_path / "way")
        assert path.name in words.sentence(caught.value, "zh")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["taken", "way"]


def test_a_file_is_replaced_when_the_new_one_is_whole(store, tmp_path):
    (tmp_path / "x.csv").write_text("old")
    write_file(open_content(store, "totals", MARCH, {}, "zh"), "csv", tmp_path / "x.csv", tmp_path / "way")
    assert len(csv_rows(tmp_path / "x.csv")) == 4


def test_csv_is_utf8_with_mark_and_quotes_what_it_must(tmp_path):
    lines = list(csv_lines(content_of(['a,"b"\nc', "d"])))
    assert lines[0].startswith("\ufeff")
    assert [row[3] for row in csv.reader(io.StringIO(lines[1]))] == ['a,"b"\nc', "d"]


def test_facts_are_plain_for_machines_and_words_for_people():
    assert Fact("synthetic", True).line("en")[1] == words.t("exports.note_synthetic", "en")
    assert Fact("synthetic", False).line("zh") == ("模拟数据", "否")
    assert Fact("rows", 0).line("zh") == ("行数", 0)
    assert Fact("data_at", None).line("zh")[1] == "—"


def test_every_export_says_what_it_is_in_words():
    for lang in words.LANGUAGES:
        for name in EXPORTS:
            assert words.t(f"exports.what_{name}", lang)
        names = {words.t(f"exports.what_{name}", lang) for name in EXPORTS}
        assert max(map(len, names)) + len(" 99") <= 31  # a sheet's name
        assert not {sign for name in names for sign in name} & set("[]:*?/\\'")
    assert {column.name for column in HEAT} == {"lon", "lat", "complaints", "synthetic"}
