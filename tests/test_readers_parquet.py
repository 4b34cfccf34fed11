"""Parquet files: every type becomes text, hostile ones are refused by what they say of themselves."""

import datetime as dt
import decimal
import itertools

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import FileProblem
from data.profiles import load_profile
from data.readers import read_rows

KNOWN = load_profile("beijing_12345").known


def parquet(tmp_path, **columns):
    pq.write_table(pa.table({"ticket_no": ["A1"], "received_at": ["2025-01-02"]} | columns), tmp_path / "x.parquet")
    (chunk,) = read_rows(tmp_path / "x.parquet", KNOWN)
    assert chunk.row_no.tolist() == [1]
    return {name: values[0].as_py() for name, values in chunk.columns.items()}


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
        pytest.param(pa.array([0.1], pa.float32()), "0.1", id="float of 32 bits"),
        pytest.param(pa.array([1e-5]), "0.00001", id="small float"),
        pytest.param(pa.array([2.5e17]), "250000000000000000", id="large whole number as float"),
        pytest.param(pa.array([1234567890123456.5]), "1234567890123456.5", id="large float"),
        pytest.param(pa.array([-0.0]), "0", id="minus nothing"),
        pytest.param(pa.array([float("nan")]), None, id="NaN"),
        pytest.param(pa.array([float("inf")]), "inf", id="endless"),
        pytest.param(pa.array([2501, None], pa.float64()).slice(0, 1), "2501", id="part of a column"),
        pytest.param(pa.array([decimal.Decimal("1.50")]), "1.50", id="decimal"),
        pytest.param(pa.array([True]), "true", id="flag"),
        pytest.param(pa.array(["井盖".encode()]), "井盖", id="bytes"),
        pytest.param(pa.array([b"\xff"]), "\ufffd", id="bytes that are no text"),
        pytest.param(pa.array([b"a\xff"]).view(pa.string()), "a\ufffd", id="a text that is none"),
        pytest.param(pa.array([b"\xff"]).view(pa.string()).dictionary_encode(), "\ufffd", id="dictionary of no texts"),
        pytest.param(pa.array([[1, 2]]), "[1, 2]", id="list"),
        pytest.param(pa.array([{"a": 1}]), "{'a': 1}", id="struct"),
        pytest.param(pa.array([dt.timedelta(hours=1)]), "1:00:00", id="duration"),
        pytest.param(pa.array(["a"], pa.large_string()), "a", id="large text"),
        pytest.param(pa.array(["a"], pa.string_view()), "a", id="view of a text"),
        pytest.param(pa.array([dt.time(8, 30)]), "08:30:00.000000", id="time of day"),
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
    assert {name: values.to_pylist() for name, values in chunk.columns.items()} == {"ticket_no": [], "received_at": []}


def test_parquet_columns_of_one_name_are_two(tmp_path):
    table = pa.Table.from_arrays([pa.array([str(n)]) for n in range(4)], ["ticket_no", "received_at", "x", "x"])
    pq.write_table(table, tmp_path / "x")
    (chunk,) = read_rows(tmp_path / "x", KNOWN)
    assert [text.as_py() for text in itertools.chain(*chunk.columns.values())] == ["0", "1", "2", "3"]


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


def test_a_long_text_in_the_dictionary_does_not_fill_the_memory(tmp_path):
    # one text of half a megabyte, said in every row by its code
    same = pa.DictionaryArray.from_arrays(pa.array([0] * 200_000, pa.int32()), pa.array(["x" * (1 << 19)]))
    pq.write_table(pa.table({"ticket_no": same, "received_at": ["2025-01-02"] * 200_000}), tmp_path / "x")
    assert (tmp_path / "x").stat().st_size < 2 << 20
    with pytest.raises(FileProblem, match="bomb"):
        list(read_rows(tmp_path / "x", KNOWN))


def test_rows_are_numbered_through_all_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr("data.readers.parquet.CHUNK_ROWS", 3)
    monkeypatch.setattr("data.readers.chunks.CHUNK_ROWS", 3)
    numbers = [str(n) for n in range(8)]
    pq.write_table(pa.table({"ticket_no": numbers, "received_at": numbers}), tmp_path / "x", row_group_size=5)
    chunks = list(read_rows(tmp_path / "x", KNOWN))
    assert [text.as_py() for chunk in chunks for text in chunk.columns["ticket_no"]] == numbers
    assert [number for chunk in chunks for number in chunk.row_no] == list(range(1, 9))
    assert max(len(chunk.row_no) for chunk in chunks) <= 3


def test_texts_of_many_bytes_come_in_smaller_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr("data.readers.parquet.CHUNK_BYTES", 1000)
    monkeypatch.setattr("data.readers.chunks.CHUNK_BYTES", 1000)
    texts = [str(n) * 300 for n in range(9)]
    pq.write_table(pa.table({"ticket_no": texts, "received_at": texts}), tmp_path / "x")
    chunks = list(read_rows(tmp_path / "x", KNOWN))
    assert [text.as_py() for chunk in chunks for text in chunk.columns["ticket_no"]] == texts
    assert len(chunks) > 2
