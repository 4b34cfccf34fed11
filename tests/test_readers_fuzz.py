"""Any bytes at all, and damaged files of every format: a sentence or rows, never a traceback."""

import contextlib
import gzip
import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from data.errors import FileProblem
from data.readers import outline, read_rows
from tests import workbooks
from tests.test_readers_books import book, page, spreadsheet_2003, xlsx_part
from tests.test_readers_outline import parquet

KNOWN = frozenset({"工单编号", "创建时间"})
ROWS = [["工单编号", "创建时间", "内容"], ["A1", "2025-01-02", "井盖"], ["A2", "2025-01-03", "路灯"]]
TEXT = "".join(",".join(row) + "\n" for row in ROWS)
STARTS = [
    b"", b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PAR1", b"\x1f\x8b\x08\x00", b"{", b"[",
    b'{"', b"[{", b'{"a":[{', b"<", b"<html><table><tr><td>", b"<?xml?><Workbook><Table><Row>", b"\xff\xfe",
    b"\xfe\xff", b"\xef\xbb\xbf", TEXT.encode(), TEXT.encode("gb18030"), TEXT.encode("utf-16"),
]  # fmt: skip
WHOLE = {
    "csv": TEXT.encode("gb18030"),
    "gzip": gzip.compress(TEXT.encode()),
    "xlsx": book({"a": ROWS}),
    "ods": workbooks.ods({"a": ROWS}),
    "html": page(ROWS).encode(),
    "xml": spreadsheet_2003(ROWS).encode(),
    "json": json.dumps({"x": [dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]}).encode(),
    "parquet": parquet(ROWS),
}


def survives(tmp_path_factory, data):
    """Read and outline a file as everybody might."""
    path = tmp_path_factory.mktemp("fuzz") / "file.dat"
    path.write_bytes(data)
    for options in ({}, {"header_row": 1}, {"header_row": 0}):
        try:
            last = 0
            for chunk in read_rows(path, KNOWN, **options):
                assert len({len(chunk.row_no), *map(len, chunk.columns.values())}) == 1
                assert all(column.type == "string" for column in chunk.columns.values())
                numbers = chunk.row_no.tolist()
                assert [last, *numbers] == sorted({last, *numbers})
                last = numbers[-1] if numbers else last
                for column in chunk.columns.values():
                    column.validate(full=True)
        except FileProblem:
            pass  # a sentence is all right
    with contextlib.suppress(FileProblem):
        outline(path, known=KNOWN)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([start for start in STARTS if not start.startswith(b"\xd0")]), st.binary(max_size=120))
@example(b"<html><table><tr>", b"<![x[")
@example(b"PAR1", b"\0" * 8 + b"PAR1")
def test_any_bytes_are_rows_or_a_sentence(tmp_path_factory, start, rubbish):
    survives(tmp_path_factory, start + rubbish)


@settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_a_damaged_file_is_rows_or_a_sentence(tmp_path_factory, name, data):
    whole = bytearray(WHOLE[name])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    survives(
        tmp_path_factory, bytes(whole[: data.draw(st.integers(1, len(whole)))] if data.draw(st.booleans()) else whole)
    )


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_damaged_xls_is_rows_or_a_sentence(tmp_path_factory, data):
    # each costs a process of its own, so these are few
    whole = bytearray(workbooks.xls({"a": ROWS}, [(1, 2, 0, 0)]))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, 2500))] = data.draw(st.integers(0, 255))
    survives(tmp_path_factory, bytes(whole))


MARKUP = [
    "<row>", '<row r="3">', "</row>", "<c>", '<c r="B2">', '<c r="A1" t="s">', '<c t="inlineStr">', "</c>", "<v>",
    "</v>", "<is>", "</is>", "<t>", "</t>", "<rPh>", "</rPh>", "0", "工单编号", "创建时间", "<f/>", " ", "&amp;",
    "<x:c/>",
]  # fmt: skip
TAGS = [
    "<table>", "</table>", "<tr>", "</tr>", "<td>", "</td>", "<td rowspan=3>", "<th colspan='2'>", "<td rowspan=70000>",
    "工单编号", "创建时间", "x", "<br>", "<script>", "</script>", "<!--", "-->", "<![CDATA[", "]]>", "&nbsp;", "<",
    "<Row>", '<Cell ss:Index="4">', "</Cell>", "<Data>", "</Data>", '<Worksheet ss:Name="s">', '<Row ss:Index="9">',
]  # fmt: skip


def joined(parts):
    return st.lists(st.sampled_from(parts), max_size=40).map("".join)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(joined(MARKUP))
def test_any_cells_of_a_sheet_are_rows_or_a_sentence(tmp_path_factory, cells):
    survives(tmp_path_factory, xlsx_part(cells, "<si><t>甲</t></si>"))


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(joined(TAGS))
def test_any_tags_of_a_page_are_rows_or_a_sentence(tmp_path_factory, tags):
    survives(tmp_path_factory, f"<html>{tags}".encode())


CELL = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=6)


@settings(max_examples=80)
@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=10))
def test_any_table_is_the_same_in_every_format(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("formats") / "file.dat"
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    keys = ROWS[0]
    quoted = lambda row: ",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n"  # noqa: E731
    for data in (
        "".join(map(quoted, [keys, *rows])).encode(),
        "".join(map(quoted, [keys, *rows])).encode("gb18030"),
        book({"a": [keys, *rows]}),
        "".join(json.dumps(dict(zip(keys, row, strict=True))) + "\n" for row in [keys, *rows]).encode(),
        parquet([keys, *rows]),
    ):
        path.write_bytes(data)
        found = []
        for chunk in read_rows(path, KNOWN):
            assert not chunk.bad
            columns = [[cell or "" for cell in column.to_pylist()] for column in chunk.columns.values()]
            found += [list(row) for row in zip(*columns, strict=True)]
        # of JSON lines the first one stands for the header
        assert found[found[:1] == [keys] :] == rows


def test_a_link_or_folder_is_a_sentence(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in ("loop", "."):
        with pytest.raises(FileProblem, match="missing"):
            list(read_rows(tmp_path / name, KNOWN))
