"""Files in all their dirt: every row of a file comes out, cut into columns or with the reason why not."""

import datetime as dt
import decimal
import gzip
import io
import itertools
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import readers
from data.errors import FileProblem
from data.profiles import load_profile
from data.readers import normal, read_rows

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
        patch.setattr(readers, "_blocks", lambda _: iter([data[:cut], data[cut : cut + 1], data[cut + 1 :]]))
        rows = list(read_rows(path, KNOWN))
    assert rows[0].columns["主要内容"].to_pylist() == CONTENTS
    assert rows[0].row_no == [2, 3]


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
    monkeypatch.setattr(readers, "CHUNK_ROWS", 3)
    path = tmp_path / "long.csv"
    path.write_text(HEADER + "".join(f"A{n},2025-01-02,x\n" for n in range(8)) + "A9\n")
    chunks = list(read_rows(path, KNOWN))
    assert [chunk.row_no for chunk in chunks if chunk.row_no] == [[2, 3, 4], [5, 6, 7], [8, 9]]
    assert [chunk.bad for chunk in chunks if chunk.bad] == [[(10, "columns", "A9")]]


def test_what_is_ascii_for_megabytes_may_still_be_gb18030(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "SAMPLE_BYTES", 1 << 20)
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
        pytest.param(b"PK\x03\x04rest", "file.format", id="xlsx or zip"),
        pytest.param(b"\xd0\xcf\x11\xe0rest", "file.format", id="xls"),
        pytest.param(gzip.compress(ROWS.encode() * 100)[:-30], "file.unreadable", id="gzip cut off"),
        pytest.param(gzip.compress(ROWS.encode()) + b"rubbish", "file.unreadable", id="rubbish after a gzip"),
        pytest.param(b"\x1f\x8b\x08\x00" + b"\xff" * 100, "file.unreadable", id="gzip of rubbish"),
        pytest.param(b"PAR1 and nothing more", "file.unreadable", id="parquet of rubbish"),
        pytest.param(ROWS.encode() + b"A3,2025-01-02,\xff\xff\n", "file.encoding", id="no known encoding"),
        pytest.param(ROWS.encode("utf-16-le"), "file.binary", id="utf-16 without a mark"),
        pytest.param(b"a,b,c\n1,2,3\n", "file.no_header", id="no header that is understood"),
        pytest.param(b"<html><body>404</body></html>", "file.no_header", id="a web page"),
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
    monkeypatch.setattr(readers, "LINE_LIMIT", 2 << 20)
    assert refused(tmp_path, HEADER + "x" * (4 << 20)) == "file.long_line"


def test_a_fault_in_the_encoding_names_its_place(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "SAMPLE_BYTES", 1)
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


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8), min_size=3, max_size=3),
        max_size=8,
    )
)
def test_what_csv_writes_is_read_back(tmp_path_factory, rows):
    import csv

    path = tmp_path_factory.mktemp("round") / "file.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["工单编号", "创建时间", "主要内容"], *rows])
    numbers, columns, bad = [], [], []
    for chunk in read_rows(path, KNOWN):
        numbers += chunk.row_no
        columns += zip(*chunk.columns.values(), strict=True)
        bad += chunk.bad
    assert columns == [tuple(row) for row in rows]
    assert numbers == list(range(2, len(rows) + 2))
    assert not bad


# --- Parquet


def parquet(tmp_path, **columns):
    pq.write_table(pa.table({"ticket_no": ["A1"], "received_at": ["2025-01-02"]} | columns), tmp_path / "x.parquet")
    (chunk,) = read_rows(tmp_path / "x.parquet", KNOWN)
    assert chunk.row_no == [1]
    return {name: values[0] for name, values in chunk.columns.items()}


MOMENT = dt.datetime(2025, 1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(pa.array([MOMENT], pa.timestamp("s")), "2025-01-02 03:04:05.000000", id="seconds"),
        pytest.param(pa.array([MOMENT], pa.timestamp("ns")), "2025-01-02 03:04:05.000000", id="nanoseconds"),
        pytest.param(
            pa.array([1_735_787_045_123_456_789], pa.timestamp("ns")), "2025-01-02 03:04:05.123456", id="uneven"
        ),
        pytest.param(
            pa.array([MOMENT], pa.timestamp("us", "UTC")), "2025-01-02 03:04:05.000000Z", id="UTC keeps its zone"
        ),
        pytest.param(
            pa.array([MOMENT], pa.timestamp("us", "Asia/Shanghai")),
            "2025-01-02 03:04:05.000000Z",
            id="a zone becomes UTC",
        ),
        pytest.param(pa.array([dt.date(2025, 1, 2)]), "2025-01-02", id="day"),
        pytest.param(pa.array(["a"]).dictionary_encode(), "a", id="dictionary of texts"),
        pytest.param(pa.array([7]).dictionary_encode(), "7", id="dictionary of numbers"),
        pytest.param(
            pa.array([MOMENT], pa.timestamp("us")).dictionary_encode(), "2025-01-02 03:04:05.000000", id="of times"
        ),
        pytest.param(pa.array([60000001.0]), "60000001", id="whole number as float"),
        pytest.param(pa.array([116.25]), "116.25", id="float"),
        pytest.param(pa.array([decimal.Decimal("1.50")]), "1.50", id="decimal"),
        pytest.param(pa.array([True]), "true", id="flag"),
        pytest.param(pa.array(["井盖".encode()]), "井盖", id="bytes"),
        pytest.param(pa.array([b"\xff"]), "\ufffd", id="bytes that are no text"),
        pytest.param(pa.array([[1, 2]]), "[1, 2]", id="list"),
        pytest.param(pa.array([{"a": 1}]), "{'a': 1}", id="struct"),
        pytest.param(pa.array([dt.timedelta(hours=1)]), "1:00:00", id="duration"),
        pytest.param(pa.nulls(1), None, id="nothing"),
        pytest.param(pa.array([None], pa.list_(pa.int64())), None, id="no list"),
    ],
)
def test_parquet_types_become_text(tmp_path, value, text):
    assert parquet(tmp_path, content=value)["content"] == text


def test_a_parquet_file_without_rows_has_its_columns(tmp_path):
    pq.write_table(
        pa.table({"ticket_no": pa.array([], pa.string()), "received_at": pa.array([], pa.string())}), tmp_path / "x"
    )
    (chunk,) = read_rows(tmp_path / "x", KNOWN)
    assert chunk.columns == {"ticket_no": [], "received_at": []}


def test_parquet_columns_of_one_name_are_two(tmp_path):
    table = pa.Table.from_arrays([pa.array([str(n)]) for n in range(4)], ["ticket_no", "received_at", "x", "x"])
    pq.write_table(table, tmp_path / "x")
    (chunk,) = read_rows(tmp_path / "x", KNOWN)
    assert list(itertools.chain(*chunk.columns.values())) == ["0", "1", "2", "3"]


def test_parquet_without_a_known_column_is_refused(tmp_path):
    pq.write_table(pa.table({"a": [1], "b": [2]}), tmp_path / "x")
    with pytest.raises(FileProblem, match="no_header"):
        list(read_rows(tmp_path / "x", KNOWN))


def test_a_parquet_bomb_is_refused_by_what_it_says_of_itself(tmp_path):
    same = pa.array(["x"]).take(pa.nulls(3_000_000, pa.int64()).fill_null(0))
    pq.write_table(pa.table({"ticket_no": same, "received_at": same}), tmp_path / "rows")
    long = pa.array(["x" * (80 << 20)])
    pq.write_table(pa.table({"ticket_no": ["A"], "received_at": long}), tmp_path / "long", compression="zstd")
    for name in ("rows", "long"):
        with pytest.raises(FileProblem, match="bomb"):
            list(read_rows(tmp_path / name, KNOWN))


def test_a_pipe_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(FileProblem, match="missing"):
        list(read_rows(tmp_path / "pipe.csv", KNOWN))
