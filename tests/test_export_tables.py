"""Exports for table programs: real numbers and times, and nothing that acts; opened by openpyxl and LibreOffice."""

import subprocess
from datetime import date, datetime

import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from data import words
from data.exports import FORMATS, Content, open_content
from data.exports.contents import COMPLAINTS
from data.exports.files import write_file
from data.exports.values import clean, shown
from data.exports.workbook import CELL_UNITS, write_workbook
from data.questions import DAY, FLAG, MOMENT, NUMBER, TEXT, WHOLE, Column
from data.scope import Scope
from data.tables import is_formula, said, unformula
from tests.exported import MARCH, about, content_of, csv_rows, file_of, four_streets, sheet, soffice, values, writer

# what some table program would carry out, at least one for each way in
FORMULAS = (
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "＝1+1", "＋1", "－1", "＠SUM(A1)", "  =1+1", "\u200b=1+1",
    '=HYPERLINK("http://evil.example","x")', "=cmd|' /C calc'!A0",
)  # fmt: skip
# what some table program would make a number, a day or a link of
OTHERS = ("00123", "1e5", "2025-03-10", "http://evil.example", "mailto:a@evil.example", "TRUE", "_x000B_", "'quoted")
# markup for the library that writes XLSX: it would be put into the sheet as it is
MARKUP = "<r></is></c><c r='A9'><f>1+1</f></c><c t='inlineStr'><is></r>"
TEXTS = (*FORMULAS, *OTHERS, MARKUP, "换行\n第二行", "🚨" * 3, "&lt;b&gt;")


@pytest.fixture(scope="module")
def store():
    return four_streets()


@pytest.fixture
def write(store, tmp_path):
    return writer(store, tmp_path)


def converted(paths, to, folder):
    """Files as LibreOffice opens them and writes them again; a profile of its own, so that runs do not meet."""
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", "--headless", profile, "--convert-to", to, "--outdir", str(folder), *map(str, paths)]
    subprocess.run(command, capture_output=True, check=True, timeout=150)
    return folder


# raw values instead of what the cells show, every sheet into a file of its own
AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"


# --- XLSX by openpyxl


def test_numbers_are_numbers_times_are_times_and_the_rest_is_text(write):
    head, *rows = sheet(write("complaints", "xlsx"))
    assert len(rows) == 4
    kinds = {column.name: (column.type, place) for place, column in enumerate(COMPLAINTS)}
    for row in rows:
        for kind, place in kinds.values():
            cell = row[place]
            if cell.value is None:
                continue
            assert cell.data_type == {MOMENT: "d", NUMBER: "n", WHOLE: "n"}.get(kind, "s")
            assert cell.is_date == (kind == MOMENT)
    place = kinds["received_at"][1]
    assert rows[1][place].value == datetime(2025, 3, 11, 23, 59, 59)
    assert rows[1][place].number_format == "yyyy-mm-dd hh:mm:ss"
    assert all(cell.font.bold for cell in head)


def test_a_header_stays_in_sight_and_columns_are_as_wide_as_what_they_hold(write):
    book = openpyxl.load_workbook(write("rankings", "xlsx"))
    first = book.worksheets[0]
    assert first.freeze_panes == "A2"
    assert first.auto_filter.ref == "A1:Z5"  # the total is not sorted among the rest
    assert first.column_dimensions["D"].width > first.column_dimensions["A"].width > 5


def test_a_workbook_says_scope_data_and_counts(write, store):
    scope = Scope(MARCH.since, MARCH.until, areas=("district:1",))
    found = about(write("complaints", "xlsx", scope=scope, state="closed"))
    assert found["范围"] == scope.sentence(store, "zh")
    assert found["数据截至"] == said("", store.data_at, "zh")
    assert (found["数据版本"], found["行数"], found["状态"]) == (store.version, 2, "已办结")
    assert (found["模拟数据"], found["没有可用坐标，不能上图（件）"]) == ("否", 0)
    assert found["脱敏"] == words.t("complaints.masked", "zh")


def test_rows_beyond_a_sheet_go_to_further_sheets_each_with_its_header(tmp_path):
    path = tmp_path / "made.xlsx"
    write_workbook(content_of([str(n) for n in range(7)]), path, tmp_path, sheet_rows=3)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["诉求", "诉求 2", "诉求 3", "说明"]
    parts = [values(sheet(path, name)) for name in book.sheetnames[:3]]
    assert [len(part) for part in parts] == [4, 4, 2]
    assert len({tuple(part[0]) for part in parts}) == 1
    assert [row[3] for part in parts for row in part[1:]] == [str(n) for n in range(7)]
    assert book.worksheets[1].freeze_panes == "A2"
    full = tmp_path / "full.xlsx"
    write_workbook(content_of(["a"] * 3), full, tmp_path, sheet_rows=3)
    assert openpyxl.load_workbook(full).sheetnames == ["诉求", "说明"]


@pytest.mark.parametrize(
    ("text", "ends"), [("长" * 40_000, "长"), ("🚨" * 20_000, "🚨"), ("a" * CELL_UNITS, "a" * 10), ("b" * 32_768, "b")]
)
def test_a_text_longer_than_a_cell_is_cut_and_says_so_in_the_cell_and_about_the_file(tmp_path, text, ends):
    path = file_of(content_of([text]), "xlsx", tmp_path)
    cell = values(sheet(path))[1][3]
    units = len(cell.encode("utf-16-le")) // 2
    if len(text.encode("utf-16-le")) // 2 <= CELL_UNITS:
        assert cell == text
        assert "因过长被截断的单元格" not in about(path)
        return
    mark = words.t("exports.cut", "zh", n=f"{len(text):,}")
    assert CELL_UNITS - 1 <= units <= CELL_UNITS
    assert cell.removesuffix(mark).endswith(ends)
    assert cell.endswith(mark)
    assert about(path)["因过长被截断的单元格"] == 2
    # only the workbook has such a limit
    assert csv_rows(file_of(content_of([text]), "csv", tmp_path))[1][3] == text
    assert pq.read_table(file_of(content_of([text]), "parquet", tmp_path))["title"].to_pylist() == [text]


def test_a_day_before_excel_s_calendar_is_text_and_the_next_is_a_day(tmp_path):
    days = [date(1000, 1, 1), date(1900, 2, 28), date(1900, 3, 1)]
    content = Content((Column("step_on", DAY),), [pd.DataFrame({"step_on": days})], name="trend")
    cells = [row[0] for row in sheet(file_of(content, "xlsx", tmp_path))[1:]]
    assert [cell.value for cell in cells] == ["1000-01-01", "1900-02-28", datetime(1900, 3, 1)]
    assert [cell.data_type for cell in cells] == ["s", "s", "d"]


# --- nothing that acts


def test_what_begins_like_a_formula_is_text_in_every_format(tmp_path):
    found = [row[3] for row in csv_rows(file_of(content_of(TEXTS), "csv", tmp_path))[1:]]
    assert found == ["'" + text if text in FORMULAS else text for text in TEXTS]
    assert not [text for text in found if is_formula(text)]
    cells = [row[3] for row in sheet(file_of(content_of(TEXTS), "xlsx", tmp_path))[1:]]
    assert {cell.data_type for cell in cells} == {"s"}
    assert not [cell for cell in cells if cell.hyperlink]
    shown = dict(zip(TEXTS, (cell.value for cell in cells), strict=True))
    for text in (*FORMULAS, "00123", "1e5", "2025-03-10", "http://evil.example", "TRUE"):
        assert shown[text] == text.replace("\r", "\n")
    # text even after somebody edits the cell
    assert [cell.quotePrefix for cell in cells] == [text in FORMULAS for text in TEXTS]
    parquet = pq.read_table(file_of(content_of(TEXTS), "parquet", tmp_path))
    assert parquet["title"].to_pylist() == list(TEXTS)
    content = content_of(TEXTS)
    content.geometry, content.wkb = "Point", lambda page: shapely.to_wkb(shapely.points(np.zeros((len(page), 2))))
    layer = pyogrio.read_dataframe(file_of(content, "gpkg", tmp_path), layer="complaints")
    assert layer["title"].tolist() == list(TEXTS)


def test_markup_of_the_writing_library_stays_text(tmp_path):
    path = file_of(content_of([MARKUP, "<r>", "</r>", "<r></r>"]), "xlsx", tmp_path)
    rows = sheet(path)
    assert [row[3].value.rstrip() for row in rows[1:]] == [MARKUP, "<r>", "</r>", "<r></r>"]
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n", "d"}


@pytest.mark.parametrize("kind", FORMATS)
def test_characters_that_a_format_refuses_are_replaced_and_the_file_stays_valid(tmp_path, kind):
    hostile = "a\x00\x0b\x1fb\ud800c\udfff\uffff\tz"
    content = content_of([hostile])
    if kind == "gpkg":
        content.geometry, content.wkb = "Point", lambda page: shapely.to_wkb(shapely.points(np.zeros((len(page), 2))))
    path = file_of(content, kind, tmp_path)
    if kind == "csv":
        found = csv_rows(path)[1][3]
    elif kind == "xlsx":
        found = values(sheet(path))[1][3]
    elif kind == "gpkg":
        found = pyogrio.read_dataframe(path, layer="complaints")["title"].iloc[0]
    else:
        found = pq.read_table(path)["title"][0].as_py()
    assert found == "a\ufffd\ufffd\ufffdb\ufffdc\ufffd\ufffd\tz"


@given(st.text(st.characters(codec=None)))
def test_any_text_is_cleaned_into_one_that_can_be_written_and_only_once(text):
    cleaned = clean(text)
    assert cleaned.encode().decode() == cleaned
    assert len(cleaned) == len(text)
    assert clean(cleaned) == cleaned


@given(st.text(max_size=20))
def test_no_text_of_a_csv_begins_like_a_formula(text):
    cell = unformula(text)
    assert not is_formula(cell)
    assert cell in (text, "'" + text)


@pytest.mark.parametrize("text", ["", "a=1", "12345", "区=街道", "（-）", "_", "\u200b", "   "])
def test_what_is_no_formula_stays_as_it_is(text):
    assert unformula(text) == text


SAID = {
    FLAG: st.booleans(), WHOLE: st.integers(-(10**12), 10**12),
    NUMBER: st.floats(allow_nan=False, allow_infinity=False),
    MOMENT: st.datetimes(datetime(1900, 1, 1), datetime(2300, 1, 1)).map(lambda at: at.replace(microsecond=0)),
    DAY: st.dates(), TEXT: st.sampled_from(["open", "yes", "2h", "other"]),
}  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_column_in_words_is_each_of_its_values_in_words(data):
    kind = data.draw(st.sampled_from(list(SAID)))
    some = data.draw(st.lists(st.none() | SAID[kind], max_size=5))
    name = {TEXT: data.draw(st.sampled_from(["state", "solved", "urgency", "title"]))}.get(kind, "x")
    for lang in words.LANGUAGES:
        assert shown(some, Column(name, kind), lang) == [said(name, value, lang) for value in some]


# --- LibreOffice


@pytest.fixture(scope="module")
def opened(store, tmp_path_factory):
    """Workbooks and CSV files as LibreOffice opens them, in one start each."""
    folder = tmp_path_factory.mktemp("office")
    contents = {name: open_content(store, name, MARCH, {}, "zh") for name in ("complaints", "rankings", "areas")}
    for name, content in (*contents.items(), ("hostile", content_of(TEXTS))):
        write_file(content, "xlsx", folder / f"{name}.xlsx", folder / "way")
    converted(sorted(folder.glob("*.xlsx")), AS_CSV, folder)
    write_file(content_of(TEXTS), "csv", folder / "text.csv", folder / "way")
    converted([folder / "text.csv"], "xlsx", folder)
    return folder


@soffice
@pytest.mark.parametrize("name", ["complaints", "rankings", "areas"])
def test_libreoffice_opens_the_workbook_with_the_same_values(opened, name):
    title = words.t(f"exports.what_{name}", "zh")
    head, *rows = csv_rows(opened / f"{name}-{title}.csv")
    ours = values(sheet(opened / f"{name}.xlsx"))
    assert head == ours[0]
    assert len(rows) == len(ours) - 1
    for theirs, own in zip(rows, ours[1:], strict=True):
        for text, value in zip(theirs, own, strict=True):
            if value is None:
                assert text == ""
            elif isinstance(value, datetime):
                assert pd.Timestamp(text) == pd.Timestamp(value)
            elif isinstance(value, str):
                assert text == value
            else:
                assert float(text) == pytest.approx(value, abs=1e-6)


@soffice
def test_libreoffice_sees_texts_where_there_are_texts(opened):
    rows = csv_rows(opened / "hostile-诉求.csv")[1:]
    same = [text for text in TEXTS if "\r" not in text and text != MARKUP]
    found = [row[3] for row in rows]
    assert [text for text in found if text in same] == same
    assert found[TEXTS.index(MARKUP)].rstrip() == MARKUP
    # what is no text would be quoted by this filter: only the number and the moment are
    line = (opened / "hostile-诉求.csv").read_text("utf-8").splitlines()[1]
    assert line.startswith('0,"116.25","2025-03-10 09:00:01",=1+1,')


@soffice
def test_libreoffice_carries_out_nothing_of_the_csv(opened):
    for row in sheet(opened / "text.xlsx")[1:]:
        assert row[3].data_type != "f"
        assert row[4].data_type != "f"
    shown = [row[3].value for row in sheet(opened / "text.xlsx")[1:]]
    assert [str(text).lstrip("'") for text in shown[:4]] == ["=1+1", "+1+1", "-1+1", "@SUM(A1)"]
