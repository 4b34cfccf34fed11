"""Workbooks and pages: which sheet, which header, merged cells, and cells as they would be typed."""

import io
import struct
import zipfile
from datetime import datetime, timedelta

import pytest
import python_calamine
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from data.errors import FileProblem
from data.profiles import load_profile
from data.readers import read_rows
from tests import workbooks

KNOWN = load_profile("beijing_12345").known
HEADER = ["工单编号", "创建时间", "主要内容"]
ROWS = [HEADER, ["A1", "2025-01-02", "井盖坏了"], ["A2", "2025-01-03", "路灯不亮"]]
MOMENT = datetime(2025, 1, 2, 15, 4, 5)


def book(sheets, merges=(), **options):
    """An XLSX of {name: rows}; merges are ranges on every sheet with the text of their first cell."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as file:
        moment = file.add_format({"num_format": "yyyy/mm/dd hh:mm"})
        for name, rows in sheets.items():
            sheet = file.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if isinstance(value, (datetime, timedelta)):
                        sheet.write_datetime(r, c, value, moment)
                    elif value is not None:
                        (sheet.write_string if isinstance(value, str) else sheet.write)(r, c, value)
            for place, text in merges:
                sheet.merge_range(place, text)
    return out.getvalue()


def read(tmp_path, data, known=KNOWN, **options):
    """All rows of a file: numbers, columns, notes."""
    path = tmp_path / "file.dat"
    path.write_bytes(data)
    numbers, columns, notes = [], {}, {}
    for chunk in read_rows(path, known, **options):
        assert not chunk.bad
        numbers += chunk.row_no.tolist()
        notes |= chunk.notes
        for name, values in chunk.columns.items():
            assert len(values) == len(chunk.row_no)
            columns.setdefault(name, []).extend(values.to_pylist())
    return numbers, columns, notes


def refused(tmp_path, data, **options):
    with pytest.raises(FileProblem) as caught:
        read(tmp_path, data, **options)
    return caught.value.key


def page(rows):
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<html><head><style>td {{}}</style></head><body><table>{cells}</table></body></html>"


def spreadsheet_2003(rows):
    cells = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in row) + "</Row>"
        for row in rows
    )
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
        ' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<Worksheet ss:Name="工单"><Table>{cells}</Table></Worksheet></Workbook>'
    )


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(book({"Sheet1": ROWS}), id="xlsx"),
        pytest.param(book({"Sheet1": ROWS}, constant_memory=True), id="xlsx with texts in the cells"),
        pytest.param(workbooks.xls({"Sheet1": ROWS}), id="xls"),
        pytest.param(workbooks.ods({"Sheet1": ROWS}), id="ods"),
        pytest.param(page(ROWS).encode("gb18030"), id="a page that calls itself xls"),
        pytest.param(page(ROWS).encode("utf-8-sig"), id="a page in utf-8"),
        pytest.param(page(ROWS).encode("utf-16"), id="a page in utf-16"),
        pytest.param(page(ROWS).upper().replace("TD {}", "").encode(), id="a page in capitals"),
        pytest.param(page(ROWS).replace("</td>", "").replace("</tr>", "").encode(), id="a page without end tags"),
        pytest.param(spreadsheet_2003(ROWS).encode(), id="xml spreadsheet"),
    ],
)
def test_one_table_in_many_dresses(tmp_path, data):
    numbers, columns, _ = read(tmp_path, data)
    assert columns == dict(zip(HEADER, zip(*ROWS[1:], strict=True), strict=True)) or {
        name: tuple(values) for name, values in columns.items()
    } == dict(zip(HEADER, zip(*ROWS[1:], strict=True), strict=True))
    assert numbers == [2, 3]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(2501.0, "2501", id="whole number"),
        pytest.param(-3.5, "-3.5", id="fraction"),
        pytest.param(116.36607200000001, "116.366072", id="only the digits that were typed"),
        pytest.param(0.1 + 0.2, "0.3", id="no dust of floats"),
        pytest.param(250101000770102, "250101000770102", id="15 digits"),
        pytest.param(True, "true", id="flag"),
        pytest.param(False, "false", id="no flag"),
        pytest.param(MOMENT, "2025-01-02 15:04:05", id="moment"),
        pytest.param(datetime(2025, 1, 2), "2025-01-02", id="day"),
        pytest.param(datetime(2025, 1, 2, 15, 4, 5, 250_000), "2025-01-02 15:04:05.250", id="part of a second"),
        pytest.param("0012", "0012", id="text of digits"),
        pytest.param(" a ", " a ", id="blanks"),
        pytest.param("第一行\n第二行", "第一行\n第二行", id="two lines"),
        pytest.param("😀", "😀", id="beyond the basic plane"),
    ],
)
@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_cells_are_texts_as_they_would_be_typed(tmp_path, value, text, kind):
    if kind == "xls" and text == "😀":
        value, text = "\u4e95", "\u4e95"  # the hand-made records count characters, not halves
    rows = [HEADER, ["A1", "2025-01-02", value]]
    data = book({"a": rows}) if kind == "xlsx" else workbooks.xls({"a": rows})
    assert read(tmp_path, data)[1]["主要内容"] == [text]


def xlsx_part(cells, shared="", styles="", **parts):
    """An XLSX whose sheet's rows are written by hand."""
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = "".join(
        f'<Relationship Id="r{i}" Type="{relation}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(
            [("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml"), ("styles", "styles.xml")]
        )
    )
    return workbooks.packed(
        {
            "_rels/.rels": "<Relationships>"
            f'<Relationship Id="a" Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns:r="{relation}"><workbookPr/><sheets>'
            '<sheet name="s" sheetId="1" r:id="r0"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f"<Relationships>{relations}</Relationships>",
            "xl/sharedStrings.xml": f"<sst>{shared}</sst>",
            "xl/styles.xml": f"<styleSheet>{styles}</styleSheet>",
            "xl/worksheets/sheet1.xml": f"<worksheet><sheetData>{cells}</sheetData></worksheet>",
        }
        | parts
    )


TOP = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>工单编号</t></is></c><c r="B1" t="str"><v>创建时间</v></c>'
    '<c r="C1" t="str"><v>主要内容</v></c></row>'
)
WIDE = TOP.replace("内容</v>", "内容</v></c>" + "".join(f"<c><v>{n}</v></c>" for n in range(3000)) + "<c>")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        pytest.param('<c r="C2" t="s"><v>0</v></c>', "读音不算", id="shared, in runs, with how it is spoken"),
        pytest.param('<c r="C2" t="s"><v>7</v></c>', None, id="no such shared text"),
        pytest.param('<c r="C2" t="s"><v>x</v></c>', None, id="shared by no number"),
        pytest.param('<c r="C2"><v>250101000770102016</v></c>', "250101000770102016", id="18 digits stay"),
        pytest.param('<c r="C2"><v>2.5010100077010199E+17</v></c>', "250101000770101984", id="damaged, but all digits"),
        pytest.param('<c r="C2"><v>1E-3</v></c>', "0.001", id="small"),
        pytest.param('<c r="C2"><v>12.50</v></c>', "12.5", id="zeros at the end"),
        pytest.param('<c r="C2"><f>1/0</f><v>7</v></c>', "7", id="formula with its value"),
        pytest.param('<c r="C2"><f>A1</f></c>', None, id="formula without a value"),
        pytest.param('<c r="C2" t="str"><f>A1</f><v>甲</v></c>', "甲", id="formula of a text"),
        pytest.param('<c r="C2" t="e"><v>#N/A</v></c>', None, id="error"),
        pytest.param('<c r="C2" t="d"><v>2025-01-02T15:04:05Z</v></c>', "2025-01-02 15:04:05", id="ISO moment"),
        pytest.param('<c r="C2" t="str"><v>a_x000D_b</v></c>', "a\rb", id="escaped character"),
        pytest.param('<c r="C2" t="str"><v>a&amp;b&lt;c</v></c>', "a&b<c", id="entities"),
        pytest.param('<c r="C2" t="str"><v><![CDATA[<甲>]]></v></c>', "<甲>", id="CDATA"),
        pytest.param('<c r="C2" s="1"><v>45659.5</v></c>', "2025-01-02 12:00:00", id="own date format"),
        pytest.param('<c r="C2" s="1"><v>0.5</v></c>', "12:00:00", id="time of day"),
        pytest.param('<c r="C2" s="1"><v>61</v></c>', "1900-03-01", id="after the day that never was"),
        pytest.param('<c r="C2" s="1"><v>59</v></c>', "1900-02-28", id="before it"),
        pytest.param('<c r="C2" s="1"><v>-5</v></c>', "-5", id="no day"),
        pytest.param('<c r="C2" s="1"><v>99999999</v></c>', "99999999", id="after the year 9999"),
        pytest.param('<c r="C2" s="2"><v>1.0625</v></c>', "25:30:00", id="hours counted on"),
        pytest.param('<c r="C2" s="3"><v>0.953</v></c>', "0.953", id="a percentage is its number"),
        pytest.param('<c r="C2" s="4"><v>5</v></c>', "5", id="a format with a quoted day is none"),
        pytest.param('<c r="C2" s="5"><v>45659</v></c>', "2025-01-02", id="Chinese date format"),
        pytest.param('<c r="C2" s="99"><v>5</v></c>', "5", id="no such style"),
        pytest.param("<c><v>5</v></c>", None, id="without references cells follow one another"),
        pytest.param("<c/><c/><c><v>5</v></c>", "5", id="the third"),
    ],
)
def test_cells_as_programs_write_them(tmp_path, cell, text):
    shared = "<si><r><t>读音</t></r><r><t>不算</t></r><rPh sb='0' eb='1'><t>duyin</t></rPh></si>"
    styles = (
        '<numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/>'
        '<numFmt numFmtId="165" formatCode="0&quot; days&quot;"/>'
        '<numFmt numFmtId="166" formatCode="[$-804]yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;;@"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="164"/></cellStyleXfs>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="46"/><xf numFmtId="10"/><xf numFmtId="165"/>'
        '<xf numFmtId="166"/></cellXfs>'
    )
    rows = f'{TOP}<row r="2">{cell}</row><row r="3"><c r="A3"><v>1</v></c></row>'
    _, columns, notes = read(tmp_path, xlsx_part(rows, shared, styles))
    found = dict(zip(columns["工单编号"], columns["主要内容"], strict=True))
    # a row whose only cell is empty is a blank row
    assert found.get(None, found.get("5") if cell.startswith("<c><v>") else None) == text
    assert notes == ({"error_cells": 1} if 't="e"' in cell else {})


def test_days_may_count_from_1904(tmp_path):
    out = book({"a": [HEADER, ["A1", MOMENT, "x"]]}, date_1904=True)
    assert read(tmp_path, out)[1]["创建时间"] == ["2025-01-02 15:04:05"]


def test_rows_and_parts_with_prefixes_and_odd_names_are_found(tmp_path):
    data = xlsx_part("")
    parts = {}
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        for name in file.namelist():
            parts[name] = file.read(name).decode()
    parts["xl\\SharedStrings.xml"] = '<x:sst xmlns:x="m"><x:si><x:t>甲</x:t></x:si></x:sst>'
    del parts["xl/sharedStrings.xml"]
    prefixed = TOP.replace("<", "<x:").replace("<x:/", "</x:")
    parts["xl/worksheets/sheet1.xml"] = (
        f'<x:worksheet xmlns:x="m"><x:sheetData>{prefixed}'
        '<x:row r="4"><x:c r="A4" t="s"><x:v>0</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    numbers, columns, _ = read(tmp_path, workbooks.packed(parts))
    assert (numbers, columns["工单编号"]) == ([4], ["甲"])


@pytest.mark.parametrize("make", [book, workbooks.xls, workbooks.ods], ids=["xlsx", "xls", "ods"])
def test_of_several_sheets_the_one_with_known_columns_is_read(tmp_path, make):
    notes = [["说明", "内容"], *[[f"第{n}条", "x"] for n in range(9)]]
    more = [HEADER, *[[f"B{n}", "2025-01-02", "y"] for n in range(5)]]
    data = make({"说明": notes, "一月": ROWS, "二月": more, "空": []})
    assert len(read(tmp_path, data)[0]) == 5
    assert read(tmp_path, data, sheet="一月")[1]["工单编号"] == ["A1", "A2"]
    assert refused(tmp_path, data, sheet="三月") == "file.no_sheet"
    assert refused(tmp_path, data, sheet="说明") == "file.no_header"
    assert read(tmp_path, data, sheet="说明", header_row=1)[1]["说明"][0] == "第0条"


@pytest.mark.parametrize("make", [book, workbooks.xls], ids=["xlsx", "xls"])
def test_title_rows_and_blank_rows_do_no_harm(tmp_path, make):
    rows = [["丰台区12345工单"], [], ["导出时间：2025-01-05"], *ROWS[:2], [], [None, "", " "], *ROWS[2:], []]
    numbers, columns, _ = read(tmp_path, make({"a": rows}))
    assert (numbers, columns["工单编号"]) == ([5, 8], ["A1", "A2"])


def merged(kind, rows, merges):
    """`merges` as (row, row, column, column) from 0."""
    if kind == "xls":
        return workbooks.xls({"a": rows}, merges)
    if kind == "html":
        return _spans(rows, merges)
    out, file = io.BytesIO(), Workbook()
    for row in rows:
        file.active.append(row)
    for top, bottom, left, right in merges:
        file.active.merge_cells(start_row=top + 1, end_row=bottom + 1, start_column=left + 1, end_column=right + 1)
    file.save(out)
    return out.getvalue()


def _spans(rows, merges):
    out = ""
    for r, row in enumerate(rows):
        out += "<tr>"
        for c, cell in enumerate(row):
            inside = next((m for m in merges if m[0] <= r <= m[1] and m[2] <= c <= m[3]), None)
            if inside is None:
                out += f"<td>{cell or ''}</td>"
            elif inside[0] == r and inside[2] == c:
                out += f'<th rowspan="{inside[1] - r + 1}" colspan={inside[3] - c + 1}>{cell}</th>'
        out += "</tr>"
    return f"<table>{out}</table>".encode()


KINDS = pytest.mark.parametrize("kind", ["xlsx", "xls", "html"])


@KINDS
def test_a_merged_cell_stands_for_all_its_cells(tmp_path, kind):
    rows = [
        ["工单编号", "创建时间", "街道", "社区"],
        ["A1", "2025-01-02", "甲街道", "一"],
        ["A2", "2025-01-02", None, "二"],
        ["A3", "2025-01-02", None, "三"],
        ["A4", "2025-01-02", "乙街道", None],
    ]
    numbers, columns, _ = read(tmp_path, merged(kind, rows, [(1, 3, 2, 2), (4, 4, 2, 3)]))
    assert numbers == [2, 3, 4, 5]
    assert columns["街道"] == ["甲街道", "甲街道", "甲街道", "乙街道"]
    assert columns["社区"] == ["一", "二", "三", "乙街道"]


@KINDS
def test_a_header_over_two_rows_gives_each_column_one_name(tmp_path, kind):
    rows = [
        ["丰台区工单", None, None, None, None, None, None],
        ["工单编号", "创建时间", "回访", None, "派单", None, "备注"],
        [None, None, "是否解决", "是否满意", "时间", "说明", None],
        ["A1", "2025-01-02", "是", "满意", "2025-01-03", "x", "y"],
    ]
    merges = [(0, 0, 0, 6), (1, 2, 0, 0), (1, 2, 1, 1), (1, 1, 2, 3), (1, 1, 4, 5), (1, 2, 6, 6)]
    numbers, columns, _ = read(tmp_path, merged(kind, rows, merges))
    assert list(columns) == ["工单编号", "创建时间", "是否解决", "是否满意", "派单时间", "派单说明", "备注"]
    assert numbers == [4]
    # nobody knows the names: all parts of them
    _, columns, _ = read(tmp_path, merged(kind, rows, merges), known=frozenset(), header_row=3)
    assert list(columns)[2:] == ["回访是否解决", "回访是否满意", "派单时间", "派单说明", "备注"]


@KINDS
def test_groups_above_the_names_need_no_cell_merged_downwards(tmp_path, kind):
    rows = [
        ["工单", None, "回访", None],
        ["工单编号", "创建时间", "时间", "人员"],
        ["A1", "2025-01-02", "2025-01-03", "甲"],
    ]
    merges = [(0, 0, 0, 1), (0, 0, 2, 3)]
    assert list(read(tmp_path, merged(kind, rows, merges))[1]) == ["工单编号", "创建时间", "回访时间", "回访人员"]
    # a line of facts above the header is no group of columns
    rows[0] = ["导出时间：2025-01-05", None, "单位：件", None]
    assert list(read(tmp_path, merged(kind, rows, merges))[1]) == ["工单编号", "创建时间", "时间", "人员"]


def test_merged_cells_reach_over_the_grids_they_are_read_in(tmp_path, monkeypatch):
    monkeypatch.setattr("data.readers.xlsx_cells.FIRST_CELLS", 10)
    monkeypatch.setattr("data.readers.xlsx_cells.GRID_CELLS", 10)
    monkeypatch.setattr("data.readers.parts.BLOCK", 300)
    rows = [
        ["工单编号", "创建时间", "街道"],
        *[[f"A{n}", "2025-01-02", f"{n}" if n % 20 == 0 else None] for n in range(100)],
    ]
    data = merged("xlsx", rows, [(n + 1, n + 20, 2, 2) for n in range(0, 100, 20)])
    numbers, columns, _ = read(tmp_path, data)
    assert numbers == list(range(2, 102))
    assert columns["街道"] == [str(n - n % 20) for n in range(100)]


def test_cells_right_of_the_header_are_counted_and_left_out(tmp_path):
    rows = [[*HEADER], ["A1", "2025-01-02", "x", "手写备注"], [None, None, None, "只有备注"]]
    numbers, columns, notes = read(tmp_path, book({"a": rows}))
    assert (numbers, list(columns), notes) == ([2], HEADER, {"beyond_header": 2})


def test_a_cell_in_the_last_corner_does_no_harm(tmp_path):
    cells = f'{TOP}<row r="2"><c r="A2"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    numbers, _, notes = read(tmp_path, xlsx_part(cells))
    assert (numbers, notes) == ([2], {"beyond_header": 1})


def test_few_cells_far_apart_fill_no_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("data.readers.xlsx_cells.GRID_PLACES", 60_000)
    cells = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(2, 40))
    cells += '<row r="40"><c r="A40"><v>40</v></c><c r="XFD40"><v>x</v></c></row>'
    numbers, columns, notes = read(tmp_path, xlsx_part(TOP + cells))
    assert columns["工单编号"] == [str(n) for n in range(2, 41)]
    assert (numbers, notes) == (list(range(2, 41)), {"beyond_header": 1})


def test_a_cell_of_millions_of_characters_is_refused(tmp_path):
    text = "".join(map(chr, range(0x4E00, 0x9FA0))) * 100
    assert refused(tmp_path, xlsx_part(f'{TOP}<row><c t="str"><v>{text}</v></c></row>')) == "file.unreadable"


BOMB = "<!DOCTYPE x [" + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10)) + "]>"


@pytest.mark.parametrize(
    ("data", "key"),
    [
        pytest.param(book({"a": ROWS})[:-100], "file.unreadable", id="cut off"),
        pytest.param(book({"a": []}), "file.no_records", id="nothing in it"),
        pytest.param(xlsx_part("", **{"xl/workbook.xml": "<workbook/>"}), "file.no_records", id="no sheets"),
        pytest.param(xlsx_part(TOP + "<row>"), "file.unreadable", id="broken xml"),
        pytest.param(xlsx_part(f'{TOP}<row r="9999999"/>'), "file.unreadable", id="a row that no sheet has"),
        pytest.param(xlsx_part(f'{TOP}<row><c r="XFE2"/></row>'), "file.unreadable", id="a column that no sheet has"),
        pytest.param(xlsx_part(f'{TOP}<row><c r="井2"/></row>'), "file.unreadable", id="no reference"),
        pytest.param(
            xlsx_part("", **{"xl/worksheets/sheet1.xml": f"{BOMB}<worksheet><sheetData>{TOP}</sheetData></worksheet>"}),
            "file.unreadable",
            id="xml bomb",
        ),
        pytest.param(
            xlsx_part("", **{"xl/worksheets/sheet1.xml": "<worksheet/>" + " " * (80 << 20)}), "file.bomb", id="zip bomb"
        ),
        pytest.param(
            xlsx_part(WIDE), "file.too_wide", id="thousands of columns"
        ),
        pytest.param(workbooks.ole(b"", "EncryptedPackage"), "file.encrypted", id="encrypted xlsx"),
        pytest.param(workbooks.ole(b"", "WordDocument"), "file.unreadable", id="a letter, not a workbook"),
        pytest.param(
            workbooks.xls({"a": ROWS}).replace(struct.pack("<HHH", 0x42, 2, 1200), struct.pack("<HHH", 0x2F, 2, 1)),
            "file.encrypted",
            id="encrypted xls",
        ),
        pytest.param(workbooks.xls({"a": ROWS})[:2048], "file.unreadable", id="xls cut off"),
        pytest.param(page([["x"] * 2_500]).encode(), "file.unreadable", id="a page of thousands of columns"),
        pytest.param(page([["甲", "乙"]]).encode(), "file.no_header", id="a page of something else"),
    ],
)  # fmt: skip
def test_what_is_no_workbook_is_refused_with_a_reason(tmp_path, data, key):
    assert refused(tmp_path, data) == key


def test_an_xls_that_asks_for_all_the_memory_ends_only_its_own_process(tmp_path):
    # one cell in each far corner of many sheets: the library would hold every cell between them
    far = workbooks.xls({f"s{n}": [HEADER, ["A1"]] for n in range(40)})
    cell = workbooks._record(0x0203, struct.pack("<HHHd", 1, 0, 0, 1))
    assert cell not in far
    first = workbooks._cell(1, 0, "A1")
    far = far.replace(first, first[:4] + struct.pack("<HH", 65535, 255) + first[8:])
    assert refused(tmp_path, far) == "file.unreadable"


def test_a_page_keeps_its_own_line_breaks_only(tmp_path):
    rows = [HEADER, ["A1", "2025-01-02", "第一\n  行<br>第&nbsp;二&amp;行<script>x</script><b>粗</b>"]]
    assert read(tmp_path, page(rows).encode())[1]["主要内容"] == ["第一 行\n第 二&行粗"]


def test_an_xml_spreadsheet_may_skip_cells_and_rows(tmp_path):
    data = spreadsheet_2003(ROWS).replace(
        "</Table>", '<Row ss:Index="7"><Cell ss:Index="3"><Data ss:Type="String">后</Data></Cell></Row></Table>'
    )
    numbers, columns, _ = read(tmp_path, data.encode())
    assert numbers == [2, 3, 7]
    assert (columns["工单编号"][-1], columns["主要内容"][-1]) == (None, "后")


# --- properties

CELLS = st.one_of(
    st.none(),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=8),
    st.integers(-(10**14), 10**14),
    st.floats(-1e6, 1e6).map(lambda value: round(value, 6)),
    st.booleans(),
    st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(microsecond=0)),
)


def as_typed(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.15g}"
    return None if value is None or (isinstance(value, str) and not value.strip()) else str(value)


@settings(max_examples=60)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=12), st.booleans())
def test_what_xlsx_writes_is_read_back_and_as_another_library_reads_it(tmp_path_factory, rows, constant):
    data = book({"a": [HEADER, *rows]}, constant_memory=constant)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("data.readers.xlsx_cells.FIRST_CELLS", 4)
        patch.setattr("data.readers.parts.BLOCK", 200)
        numbers, columns, _ = read(tmp_path_factory.mktemp("round"), data)
    blank = lambda text: None if text is None or not text.strip() else text  # noqa: E731
    found = [tuple(map(blank, row)) for row in zip(*columns.values(), strict=True)]
    filled = [(n, tuple(map(as_typed, row))) for n, row in enumerate(rows, 2) if any(map(as_typed, row))]
    assert list(zip(numbers, found, strict=True)) == filled
    other = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    theirs = dict(enumerate(other.to_python(skip_empty_area=False)[1:], 2))
    for number, row in zip(numbers, found, strict=True):
        for text, value in zip(row, theirs[number], strict=True):
            if isinstance(value, str):
                assert (text or "").strip() == value.strip()
            elif isinstance(value, float):
                assert float(text) == pytest.approx(value, rel=1e-14)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=12))
def test_what_xls_holds_is_read_back(tmp_path_factory, rows):
    narrow = [[None if isinstance(v, str) and max(map(ord, v)) > 0xFFFF else v for v in row] for row in rows]
    numbers, columns, _ = read(tmp_path_factory.mktemp("old"), workbooks.xls({"a": [HEADER, *narrow]}))
    found = [
        tuple(text if text is None or text.strip() else None for text in row)
        for row in zip(*columns.values(), strict=True)
    ]
    filled = [(n, tuple(map(as_typed, row))) for n, row in enumerate(narrow, 2) if any(map(as_typed, row))]
    assert list(zip(numbers, found, strict=True)) == filled
