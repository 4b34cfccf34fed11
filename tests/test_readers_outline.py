"""What a file is at a glance, and that it is then read as it was outlined."""

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import FileProblem
from data.readers import outline, read_rows
from tests import workbooks
from tests.test_readers_books import book, merged, page

KNOWN = frozenset({"工单编号", "创建时间"})
ROWS = [["工单编号", "创建时间", "内容"], ["A1", "2025-01-02", "井盖"], ["A2", "2025-01-03", "路灯"]]
TEXT = "".join(",".join(row) + "\n" for row in ROWS)


def seen(tmp_path, data, known=KNOWN, **options):
    path = tmp_path / "file.dat"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return outline(path, known=known, **options)


def parquet(rows):
    out = pa.BufferOutputStream()
    pq.write_table(pa.table({name: [row[i] for row in rows[1:]] for i, name in enumerate(rows[0])}), out)
    return out.getvalue().to_pybytes()


RECORDS = [dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]


@pytest.mark.parametrize(
    ("data", "form", "encoding", "header_row"),
    [
        pytest.param(TEXT.encode(), "csv", "utf-8", 1, id="csv"),
        pytest.param(TEXT.encode("gb18030"), "csv", "gb18030", 1, id="csv in gb18030"),
        pytest.param(TEXT.encode("utf-16"), "csv", "utf-16", 1, id="csv in utf-16"),
        pytest.param(gzip.compress(TEXT.encode()), "csv", "utf-8", 1, id="gzip"),
        pytest.param(book({"a": ROWS}), "xlsx", "", 1, id="xlsx"),
        pytest.param(workbooks.xls({"a": ROWS}), "xls", "", 1, id="xls"),
        pytest.param(workbooks.ods({"a": ROWS}), "ods", "", 1, id="ods"),
        pytest.param(page(ROWS).encode("gb18030"), "html", "gb18030", 1, id="html"),
        pytest.param(json.dumps(RECORDS).encode(), "json", "utf-8", 0, id="json"),
        pytest.param("\n".join(map(json.dumps, RECORDS)).encode(), "jsonl", "utf-8", 0, id="json lines"),
        pytest.param(parquet(ROWS), "parquet", "", 0, id="parquet"),
    ],
)
def test_every_format_is_told_by_its_bytes(tmp_path, data, form, encoding, header_row):
    found = seen(tmp_path, data)
    assert (found.format, found.encoding, found.header_row) == (form, encoding, header_row)
    assert found.known
    assert found.headers == tuple(ROWS[0])
    assert (found.rows, found.exact) == (2, True)
    assert found.sample == tuple(RECORDS)
    assert found.size == len(data)
    assert found.delimiter == ("," if form == "csv" else "")
    assert [sheet.columns for sheet in found.sheets] == ([3] if header_row and form != "csv" else [])


def test_features_are_told_from_other_json(tmp_path):
    feature = {"type": "Feature", "properties": {"工单编号": 1}, "geometry": {"type": "Point", "coordinates": [1, 2]}}
    found = seen(tmp_path, json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert (found.format, found.headers) == ("geojson", ("工单编号", "lon", "lat"))


def test_titles_and_sheets_are_told(tmp_path):
    rows = [["丰台区12345工单", None], [], ["导出时间：2025-01-05", "单位：件"], *ROWS]
    found = seen(tmp_path, book({"说明": [["x"]], "工单": rows, "更多": ROWS[:2]}))
    assert found.titles == ("丰台区12345工单", "导出时间：2025-01-05 单位：件")
    assert (found.sheet, found.header_row) == ("工单", 4)
    assert [(sheet.name, sheet.columns) for sheet in found.sheets] == [("说明", 1), ("工单", 3), ("更多", 3)]
    assert seen(tmp_path, book({"说明": [["x"]], "工单": rows, "更多": ROWS[:2]}), sheet="更多").rows == 1


UNKNOWN = ["流水", "录入", "情况"]


@pytest.mark.parametrize(
    ("rows", "header_row"),
    [
        pytest.param([UNKNOWN, ["1", "2025-01-02", "x"]], 1, id="on top"),
        pytest.param([["某系统导出"], [], UNKNOWN, ["1", "2025-01-02", "x"]], 3, id="below a title"),
        pytest.param([["时间：2025", "单位：件"], [*UNKNOWN, "x", "y"], *[["1"] * 5] * 3], 2, id="below facts"),
        pytest.param([UNKNOWN], 1, id="without rows"),
        pytest.param([["1", "2025-01-02", "x"], ["2", "2025-01-03", "y"]], 0, id="nowhere"),
        pytest.param([["甲", "甲", "甲"], ["乙", "乙", "丙"]], 0, id="the same words over and over"),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "xlsx", "xls", "html"])
def test_a_header_nobody_knows_is_told_by_its_shape(tmp_path, rows, header_row, kind):
    make = {
        "csv": lambda rows: "".join(",".join(row) + "\n" for row in rows).encode(),
        "xlsx": lambda rows: book({"a": rows}),
        "xls": lambda rows: workbooks.xls({"a": rows}),
        "html": lambda rows: page(rows).encode(),
    }[kind]
    found = seen(tmp_path, make(rows), frozenset())
    assert (found.header_row, found.known) == (header_row, False)
    if not header_row:
        assert found.headers == ("A", "B", "C")
    # what was outlined is what is read
    chunks = list(read_rows(tmp_path / "file.dat", frozenset(), header_row=found.header_row))
    assert [list(chunk.columns) for chunk in chunks] == [list(found.headers)]
    assert len(chunks[0].row_no) == found.rows == len(rows) - max(header_row, 0)


def test_a_header_over_two_rows_is_told_by_its_last(tmp_path):
    rows = [["编码", "人员", None], [None, "甲名", "乙名"], ["1", "2", "3"]]
    found = seen(tmp_path, merged("xlsx", rows, [(0, 1, 0, 0), (0, 0, 1, 2)]), frozenset())
    assert (found.header_row, found.headers) == (2, ("编码", "人员甲名", "人员乙名"))


def test_the_header_may_be_said(tmp_path):
    found = seen(tmp_path, "a,b\n甲,乙\n1,2\n", frozenset(), header_row=2)
    assert (found.header_row, found.headers, found.rows, found.titles) == (2, ("甲", "乙"), 1, ("a b",))
    with pytest.raises(FileProblem, match="header_row"):
        seen(tmp_path, "a,b\n1,2\n", frozenset(), header_row=9)


def test_the_delimiter_of_an_unknown_table_is_the_one_that_cuts_evenly(tmp_path):
    found = seen(tmp_path, "名;值\n" + "".join(f"x{n};{', ' * (n % 7)}甲\n" for n in range(30)), frozenset())
    assert (found.delimiter, found.headers) == (";", ("名", "值"))


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("packed", [False, True])
def test_the_rows_of_a_large_file_are_estimated(tmp_path, encoding, packed):
    line = "A1,2025-01-02,这里有一段文字，长短不一{}\n"
    data = (TEXT + "".join(line.format("字" * (n % 40)) for n in range(60_000))).encode(encoding)
    found = seen(tmp_path, gzip.compress(data) if packed else data)
    assert not found.exact
    assert found.rows == pytest.approx(60_002, rel=0.05)
    assert len(found.sample) == 50


@pytest.mark.parametrize("shape", ["lines", "array"])
def test_the_records_of_a_large_file_are_estimated(tmp_path, shape):
    records = [json.dumps({"工单编号": n, "创建时间": "x" * (n % 90)}) for n in range(60_000)]
    data = "\n".join(records) if shape == "lines" else '{"rows": [' + ",".join(records) + "]}"
    found = seen(tmp_path, data)
    assert not found.exact
    assert found.rows == pytest.approx(60_000, rel=0.05)


@given(st.lists(st.lists(st.text("甲乙ab1,.; ", max_size=6), min_size=2, max_size=4), max_size=6), st.integers(0, 3))
def test_what_is_outlined_is_read(tmp_path_factory, rows, titles):
    path = tmp_path_factory.mktemp("outline") / "x.xlsx"
    path.write_bytes(book({"a": [["标题"]] * titles + rows}))
    try:
        found = outline(path, known=frozenset())
    except FileProblem:
        assert not any(cell.strip() for row in rows for cell in row)
        assert not titles
        return
    chunks = list(read_rows(path, frozenset(), sheet=found.sheet, header_row=found.header_row))
    assert tuple(chunks[0].columns) == found.headers
    rows = [dict(zip(chunk.columns, row, strict=True)) for chunk in chunks for row in _rows(chunk)]
    assert found.sample == tuple(rows)


def _rows(chunk):
    return zip(*(column.to_pylist() for column in chunk.columns.values()), strict=True)
