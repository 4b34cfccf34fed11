"""Files in all their dirt: every row of a file comes out, cut into columns or with the reason why not."""

import csv
import gzip
import io
import os
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import FileProblem
from data.profiles import load_profile
from data.readers import normal, read_rows
from data.readers.csv_table import read_csv

KNOWN = load_profile("beijing_12345").known
HEADER = "工单编号,创建时间,主要内容\n"
ROWS = HEADER + "A1,2025-01-02,井盖坏了\nA2,2025-01-03,路灯不亮\n"
CONTENTS = ["井盖坏了", "路灯不亮"]


def read(tmp_path, data, name="file.csv", known=KNOWN):
    """All chunks of a file as one: numbers, columns, bad rows."""
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    numbers, columns, bad = [], {}, []
    for chunk in read_rows(path, known):
        numbers += chunk.row_no.tolist()
        bad += chunk.bad
        for column, values in chunk.columns.items():
            columns.setdefault(column, []).extend(values.to_pylist())
    return numbers, columns, bad


def zipped(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return out.getvalue()


def refused(tmp_path, data, name="file.csv"):
    with pytest.raises(FileProblem) as caught:
        read(tmp_path, data, name)
    return caught.value.key


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(ROWS.encode(), id="utf-8"),
        pytest.param(ROWS.encode("utf-8-sig"), id="utf-8 with a mark"),
        pytest.param(ROWS.encode("gb18030"), id="gb18030"),
        pytest.param(ROWS.encode("utf-16"), id="utf-16 with a mark"),
        pytest.param(b"\xfe\xff" + ROWS.encode("utf-16-be"), id="utf-16 big end first"),
        pytest.param(ROWS.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(ROWS.replace("\n", "\r").encode(), id="lone CR"),
        pytest.param(ROWS.replace("\n", "\r").encode("gb18030"), id="lone CR in gb18030"),
        pytest.param(ROWS.rstrip("\n").encode(), id="no end of line at the end"),
        pytest.param(ROWS.replace(",", "\t").encode(), id="tabs"),
        pytest.param(ROWS.replace(",", ";").encode(), id="semicolons"),
        pytest.param(ROWS.replace(",", "|").encode(), id="bars"),
        pytest.param(ROWS.replace("井盖", "井\0盖").encode(), id="NUL bytes"),
        pytest.param(gzip.compress(ROWS.encode()), id="gzip"),
        pytest.param(gzip.compress(ROWS.encode("gb18030")), id="gzip of gb18030"),
        pytest.param(gzip.compress(ROWS.encode()[:30]) + gzip.compress(ROWS.encode()[30:]), id="gzip in two members"),
        pytest.param(ROWS.replace("工单编号", '"工单编号"').encode(), id="quoted header"),
        pytest.param(ROWS.replace("创建时间", " 创建 时间\u3000").encode(), id="blanks in the header"),
    ],
)
def test_one_table_in_many_dresses(tmp_path, data):
    numbers, columns, bad = read(tmp_path, data)
    assert columns[next(name for name in columns if normal(name) == "主要内容")] == CONTENTS
    assert len(columns) == 3
    assert not bad
    assert numbers == [2, 3]


def test_quoted_line_breaks_and_quotes_belong_to_the_text(tmp_path):
    numbers, columns, bad = read(tmp_path, HEADER + 'A1,2025-01-02,"第一行\r\n第二行, ""引号"""\nA2,2025-01-03,b\n')
    assert columns["主要内容"] == ['第一行\r\n第二行, "引号"', "b"]
    assert (numbers, bad) == ([2, 3], [])


def test_a_semicolon_file_may_have_more_commas_in_its_texts(tmp_path):
    data = "ticket_no;received_at;content\n" + "A1;2025-01-02;one, two, three, four, five, six\n" * 3
    _, columns, bad = read(tmp_path, data)
    assert columns["content"] == ["one, two, three, four, five, six"] * 3
    assert not bad


def test_title_rows_above_the_header_do_no_harm_and_count_as_rows(tmp_path):
    numbers, columns, _ = read(tmp_path, "丰台区12345工单\n\n导出时间：2025-01-05,,\n" + ROWS)
    assert columns["主要内容"] == CONTENTS
    assert numbers == [5, 6]


def test_a_header_below_the_twentieth_row_is_not_looked_for(tmp_path):
    assert refused(tmp_path, "x,y,z\n" * 20 + ROWS) == "file.no_header"
    assert read(tmp_path, "x,y,z\n" * 19 + ROWS)[0] == [21, 22]


def test_ragged_rows_are_kept_apart_with_their_number(tmp_path):
    numbers, columns, bad = read(
        tmp_path, HEADER + "A1,2025-01-02\nA2,2025-01-03,b,,\nA3,2025-01-03,c,d\n\nA4,2025-01-04,e\n"
    )
    assert columns["工单编号"] == ["A2", "A4"]
    assert numbers == [3, 6]
    assert bad == [(2, "columns", "A1,2025-01-02"), (4, "columns", "A3,2025-01-03,c,d")]


@pytest.mark.parametrize(
    ("lines", "good", "bad_rows"),
    [
        pytest.param(['A1,2025-01-02,"open', "A2,2025-01-03,b", "A3,2025-01-04,c"], ["A2", "A3"], [2], id="to the end"),
        pytest.param(
            ['A1,2025-01-02,"open', 'A2,2025-01-03,"closed"', "A3,2025-01-04,c"],
            ["A2", "A3"],
            [2],
            id="to the next quote",
        ),
        pytest.param(
            ['A0,2025-01-02,5" pipe', 'A1,2025-01-02,"open', "A2,2025-01-03,b"], ["A0", "A2"], [3], id="odd and odd"
        ),
        pytest.param(['A1,2025-01-02,say "x" now', "A2,2025-01-03,b"], ["A1", "A2"], [], id="quotes inside are text"),
        pytest.param(['A1,2025-01-02,"a"b', "A2,2025-01-03,b"], ["A1", "A2"], [], id="sloppy but on one line"),
        pytest.param(["A1,2025-01-02,b", 'A2,2025-01-03,"'], ["A1"], [3], id="the last line"),
    ],
)
def test_an_unclosed_quote_swallows_no_row(tmp_path, lines, good, bad_rows):
    _, columns, bad = read(tmp_path, HEADER + "\n".join(lines) + "\n")
    assert columns["工单编号"] == good
    assert [(row_no, reason) for row_no, reason, _ in bad] == [(row_no, "quote") for row_no in bad_rows]


def test_an_unclosed_quote_far_from_the_end_costs_one_row(tmp_path):
    rows = [f"A{n},2025-01-02,x" for n in range(2000)]
    rows[100] = 'A100,2025-01-02,"x'
    numbers, columns, bad = read(tmp_path, HEADER + "\n".join(rows))
    assert len(columns["工单编号"]) == 1999
    assert [row_no for row_no, _, _ in bad] == [102]
    assert numbers[:101][-1] == 103


@given(st.integers(0, 40), st.sampled_from(["\r\n", "\n", "\r"]), st.sampled_from(["utf-8", "gb18030", "utf-16"]))
def test_a_line_may_be_split_anywhere_between_blocks(tmp_path_factory, cut, end, encoding):
    data = ROWS.replace("\n", end).encode(encoding)
    path = tmp_path_factory.mktemp("split") / "file.csv"
    path.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        pieces = [piece for piece in (data[:cut], data[cut : cut + 1], data[cut + 1 :]) if piece]
        patch.setattr("data.readers.text.blocks", lambda _: iter(pieces))
        rows = list(read_rows(path, KNOWN))
    assert rows[0].columns["主要内容"].to_pylist() == CONTENTS
    assert rows[0].row_no.tolist() == [2, 3]


def test_repeated_and_empty_headers_lose_no_column(tmp_path):
    _, columns, _ = read(tmp_path, "工单编号,创建时间,x,x,,,x#2\nA1,2025-01-02,1,2,3,4,5\n")
    assert [values[0] for values in columns.values()] == ["A1", "2025-01-02", "1", "2", "3", "4", "5"]


def test_only_a_header_is_a_table_without_rows(tmp_path):
    assert read(tmp_path, HEADER) == ([], {"工单编号": [], "创建时间": [], "主要内容": []}, [])


def test_a_text_of_a_million_characters_is_a_text(tmp_path):
    _, columns, bad = read(tmp_path, HEADER + "A1,2025-01-02," + "x" * 1_000_000 + "\nA2,2025-01-03,b\n")
    assert [len(text) for text in columns["主要内容"]] == [1_000_000, 1]
    assert not bad


def test_a_long_file_comes_in_chunks_and_keeps_its_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr("data.readers.chunks.CHUNK_ROWS", 3)
    path = tmp_path / "long.csv"
    path.write_text(HEADER + "".join(f"A{n},2025-01-02,x\n" for n in range(8)) + "A9\n")
    chunks = list(read_rows(path, KNOWN))
    assert [chunk.row_no.tolist() for chunk in chunks] == [[2, 3, 4], [5, 6, 7], [8, 9]]
    assert [chunk.bad for chunk in chunks if chunk.bad] == [[(10, "columns", "A9")]]


def test_what_is_ascii_for_megabytes_may_still_be_gb18030(tmp_path, monkeypatch):
    monkeypatch.setattr("data.readers.text.SAMPLE_BYTES", 1 << 20)
    data = "ticket_no,received_at,content\n" + "A1,2025-01-02,x\n" * 200_000 + "A2,2025-01-03,井盖\n"
    assert read(tmp_path, data.encode("gb18030"))[1]["content"][-1] == "井盖"


@pytest.mark.parametrize(
    ("data", "key"),
    [
        pytest.param(b"", "file.empty", id="empty"),
        pytest.param(b"  \n\n", "file.empty", id="blank"),
        pytest.param(b"\xef\xbb\xbf", "file.empty", id="only a mark"),
        pytest.param(gzip.compress(b""), "file.empty", id="gzip of nothing"),
        pytest.param(bytes(range(256)) * 40, "file.binary", id="binary"),
        pytest.param(gzip.compress(bytes(range(256)) * 40), "file.binary", id="gzip of binary"),
        pytest.param(b"PK\x03\x04rest", "file.unreadable", id="xlsx or zip cut off"),
        pytest.param(zipped("readme.txt"), "file.format", id="zip of something else"),
        pytest.param(zipped(), "file.format", id="zip of nothing"),
        pytest.param(b"\xd0\xcf\x11\xe0rest", "file.unreadable", id="xls cut off"),
        pytest.param(gzip.compress(ROWS.encode() * 100)[:-30], "file.unreadable", id="gzip cut off"),
        pytest.param(gzip.compress(ROWS.encode()) + b"rubbish", "file.unreadable", id="rubbish after a gzip"),
        pytest.param(b"\x1f\x8b\x08\x00" + b"\xff" * 100, "file.unreadable", id="gzip of rubbish"),
        pytest.param(b"PAR1 and nothing more", "file.unreadable", id="parquet of rubbish"),
        pytest.param(ROWS.encode() + b"A3,2025-01-02,\xff\xff\n", "file.encoding", id="no known encoding"),
        pytest.param(ROWS.encode("utf-16-le"), "file.binary", id="utf-16 without a mark"),
        pytest.param(b"a,b,c\n1,2,3\n", "file.no_header", id="no header that is understood"),
        pytest.param(b"<html><body>404</body></html>", "file.no_records", id="a web page"),
        pytest.param("创建时间\n2025-01-02\n".encode(), "file.no_header", id="one known column is no header"),
    ],
)
def test_what_is_no_table_is_refused_with_a_reason(tmp_path, data, key):
    assert refused(tmp_path, data) == key


def test_a_bomb_is_refused_before_it_fills_the_memory(tmp_path):
    line = b"A1,2025-01-02,x\n"
    packed = io.BytesIO()
    with gzip.open(packed, "wb") as file:
        file.write(HEADER.encode())
        for _ in range(80):
            file.write(line * (1 << 16))
    assert refused(tmp_path, packed.getvalue(), "bomb.csv.gz") == "file.bomb"


def test_a_line_without_end_is_no_table(tmp_path, monkeypatch):
    monkeypatch.setattr("data.readers.csv_rows.LINE_LIMIT", 2 << 20)
    assert refused(tmp_path, HEADER + "x" * (4 << 20)) == "file.long_line"


def test_a_fault_in_the_encoding_names_its_place(tmp_path, monkeypatch):
    monkeypatch.setattr("data.readers.text.SAMPLE_BYTES", 1)
    data = ROWS.encode() + b"A1,2025-01-02,x\n" * 100_000 + b"\xff"
    with pytest.raises(FileProblem) as caught:
        read(tmp_path, data)
    assert caught.value.key == "file.encoding"
    assert caught.value.values["position"] == len(data) - 1


@pytest.mark.parametrize("name", ["nowhere.csv", "a\0b.csv", ""])
def test_a_file_that_is_not_there_is_named(tmp_path, name):
    with pytest.raises(FileProblem) as caught:
        list(read_rows(tmp_path / name, KNOWN))
    assert caught.value.key == "file.missing"


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_at_all_are_a_traceback(tmp_path_factory, rubbish, after_header):
    path = tmp_path_factory.mktemp("rubbish") / "file.csv"
    path.write_bytes((HEADER.encode() if after_header else b"") + rubbish)
    try:
        for chunk in read_rows(path, KNOWN):
            assert len({len(chunk.row_no), *map(len, chunk.columns.values())}) == 1
    except FileProblem:
        pass  # a sentence is all right


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=8), st.sampled_from(",\t;|"), st.booleans())
def test_what_csv_writes_is_read_back(tmp_path_factory, rows, delimiter, quoted):
    path = tmp_path_factory.mktemp("round") / "file.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
        writer.writerows([["工单编号", "创建时间", "主要内容"], *rows])
    numbers, columns, bad = [], [], []
    for chunk in read_rows(path, KNOWN):
        numbers += chunk.row_no.tolist()
        columns += zip(*(column.to_pylist() for column in chunk.columns.values()), strict=True)
        bad += chunk.bad
    # a row without any text is a blank line
    filled = [(number, tuple(row)) for number, row in enumerate(rows, 2) if any(row)]
    assert list(zip(numbers, columns, strict=True)) == filled
    assert not bad


PIECES = st.sampled_from(
    ["1", "x y", '"q"', '"a,b"', '"n\nl"', '"n\r\nl"', '"d""d"', "", '""', '5" p', '"open', 'clo"se"', " ", "井", '"']
) | st.sampled_from(['"\r"', '""""', '"" x', '"x" ', "\0", "\u2028"])
LINES = st.tuples(st.lists(PIECES, max_size=5).map(",".join), st.sampled_from(["\n", "\r\n", "\r", "\n\n"]))
TEXTS = st.lists(LINES, max_size=12).map(lambda lines: "".join(map("".join, lines))) | st.text(
    '工,"\n\r \t;', max_size=60
)


@settings(max_examples=400)
@given(
    TEXTS, st.booleans(), st.sampled_from(["utf-8", "gb18030", "utf-16"]), st.integers(1, 40), st.sampled_from([2, 500])
)
def test_cut_fast_or_with_care_rows_are_the_same(tmp_path_factory, text, ended, encoding, block, lines_limit):
    path = tmp_path_factory.mktemp("ways") / "file.csv"
    path.write_bytes((HEADER + (text if ended else text.rstrip("\r\n"))).encode(encoding))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("data.readers.files.BLOCK", block)
        patch.setattr("data.readers.csv_rows.WINDOW", 3)
        patch.setattr("data.readers.csv_rows.CARE_AT_LEAST", 1)
        patch.setattr("data.readers.csv_rows.QUOTED_LINES_LIMIT", lines_limit)
        patch.setattr("data.readers.csv_blocks.QUOTED_LINES_LIMIT", lines_limit)
        fast, careful = (_all(read_csv(path, KNOWN, careful=way)) for way in (False, True))
    assert fast == careful


def _all(chunks):
    rows, bad = [], []
    for chunk in chunks:
        cells = zip(*(column.to_pylist() for column in chunk.columns.values()), strict=True)
        rows += zip(chunk.row_no.tolist(), cells, strict=True)
        bad += chunk.bad
    assert [row[0] for row in rows] == sorted({row[0] for row in rows})
    return rows, bad


def test_every_line_of_a_file_is_a_row_or_bad_or_blank(tmp_path):
    lines = [
        "A1,2025-01-02,x",
        "",
        "A2,2025-01-02",
        ",,",
        'A3,2025-01-02,"open',
        "  ",
        "A4,2025-01-02,x,y",
        "A5,2025-01-02,z,",
    ]
    numbers, _, bad = read(tmp_path, HEADER + "\n".join(lines))
    assert (numbers, [row[0] for row in bad]) == ([2, 9], [4, 6, 8])


def test_odd_rows_between_many_good_ones_cost_only_themselves(tmp_path):
    rows = [f"A{n},2025-01-02,x" for n in range(20_000)]
    for n in range(0, 20_000, 700):
        rows[n] += ' 5" pipe' if n % 1400 else ",extra"
    numbers, columns, bad = read(tmp_path, HEADER + "\n".join(rows))
    assert len(numbers) + len(bad) == 20_000
    assert [row_no for row_no, _, _ in bad] == [n + 2 for n in range(0, 20_000, 1400)]
    assert columns["主要内容"].count('x 5" pipe') == 14


def test_the_row_with_most_known_columns_is_the_header(tmp_path):
    data = "标题,创建时间,,,\n工单编号,创建时间,标题,内容,渠道\nA1,2025-01-02,t,c,电话\n"
    assert list(read(tmp_path, data)[1]) == ["工单编号", "创建时间", "标题", "内容", "渠道"]


def test_the_header_may_be_said(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("丰台区\n\n甲,乙\n1,2\n3,4\n")
    (chunk,) = read_rows(path, frozenset(), header_row=3)
    assert {name: values.to_pylist() for name, values in chunk.columns.items()} == {"甲": ["1", "3"], "乙": ["2", "4"]}
    (chunk,) = read_rows(path, frozenset(), header_row=4)
    assert (chunk.row_no.tolist(), list(chunk.columns)) == ([5], ["1", "2"])
    (chunk,) = read_rows(path, frozenset(), header_row=0)
    assert list(chunk.columns) == ["A", "B"]
    assert chunk.row_no.tolist() == [3, 4, 5]
    # mapped by its letters, a file without a header is known again
    (again,) = read_rows(path, frozenset({"a", "b"}))
    assert again.row_no.tolist() == [3, 4, 5]
    for row in (6, -1):
        with pytest.raises(FileProblem, match="header_row"):
            list(read_rows(path, frozenset(), header_row=row))
    with pytest.raises(FileProblem, match="no_sheet"):
        list(read_rows(path, frozenset(), sheet="Sheet1"))


def test_a_header_deep_in_the_file_may_be_said(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("x,y\n" * 500 + "甲,乙\n1,2\n")
    (chunk,) = read_rows(path, frozenset(), header_row=501)
    assert (chunk.row_no.tolist(), list(chunk.columns)) == ([502], ["甲", "乙"])


def test_a_table_of_thousands_of_columns_is_refused(tmp_path):
    names = ",".join(f"c{n}" for n in range(3_000))
    assert refused(tmp_path, f"工单编号,创建时间,{names}\n") == "file.too_wide"


def test_a_pipe_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(FileProblem, match="missing"):
        list(read_rows(tmp_path / "pipe.csv", KNOWN))
