"""JSON in its shapes: lines, arrays, arrays deep in a document, GeoJSON points, Open311; and all that is none."""

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import FileProblem
from data.readers import read_rows
from data.readers.json_text import array_records, decode

KNOWN = frozenset({"id", "time", "text", "lon", "lat"})
RECORDS = [{"id": 1, "time": "2025-01-02", "text": "井盖"}, {"id": 2, "time": "2025-01-03", "text": "路灯"}]


def read(tmp_path, data, known=KNOWN, **options):
    """All rows of a file: numbers, columns, bad rows."""
    path = tmp_path / "file.dat"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    numbers, columns, bad = [], {}, []
    for chunk in read_rows(path, known, **options):
        numbers += chunk.row_no.tolist()
        bad += chunk.bad
        for name, values in chunk.columns.items():
            assert len(values) == len(chunk.row_no)
            columns.setdefault(name, []).extend(values.to_pylist())
    return numbers, columns, bad


def refused(tmp_path, data):
    with pytest.raises(FileProblem) as caught:
        read(tmp_path, data)
    return caught.value.key


def lines(records):
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def dumped(value, **options):
    return json.dumps(value, ensure_ascii=False, **options)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(lines(RECORDS), id="lines"),
        pytest.param(lines(RECORDS).rstrip(), id="lines without an end"),
        pytest.param(lines(RECORDS).replace("\n", "\r\n").encode("utf-8-sig"), id="lines with a mark and CRLF"),
        pytest.param("".join("\x1e" + line + "\n" for line in lines(RECORDS).splitlines()), id="a JSON text sequence"),
        pytest.param(lines(RECORDS).encode("gb18030"), id="lines in gb18030"),
        pytest.param(lines(RECORDS).encode("utf-16"), id="lines in utf-16"),
        pytest.param(gzip.compress(lines(RECORDS).encode()), id="gzip of lines"),
        pytest.param(dumped(RECORDS), id="array"),
        pytest.param(dumped(RECORDS, indent=2), id="array over many lines"),
        pytest.param(dumped(RECORDS).encode("utf-16"), id="array in utf-16"),
        pytest.param(dumped(RECORDS).encode("gb18030"), id="array in gb18030"),
        pytest.param(dumped({"requests": RECORDS}), id="under a key"),
        pytest.param(dumped({"a": [1, 2], "b": {"c": None}, "result": RECORDS, "d": "x"}), id="among other things"),
        pytest.param(dumped({"code": 0, "data": {"total": 2, "rows": RECORDS}}, indent=1), id="deep in an answer"),
        pytest.param(dumped({"fields": [{"name": "x"}] * 5, "rows": RECORDS}), id="the array whose columns are known"),
        pytest.param(
            '{"type":"FeatureCollection","features":[\n'
            + ",\n".join(dumped({"type": "Feature", "properties": r, "geometry": None}) for r in RECORDS)
            + "]}",
            id="features without a place",
        ),
        pytest.param("\n".join(dumped(record, indent=1) for record in RECORDS), id="objects over many lines"),
    ],
)
def test_one_table_in_many_dresses(tmp_path, data):
    numbers, columns, bad = read(tmp_path, data)
    assert {name: columns[name] for name in ("id", "time", "text")} == {
        "id": ["1", "2"],
        "time": ["2025-01-02", "2025-01-03"],
        "text": ["井盖", "路灯"],
    }
    assert numbers == [1, 2]
    assert not bad


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param("12", "12", id="whole"),
        pytest.param("2501.0", "2501", id="whole number as float"),
        pytest.param("116.3660720", "116.3660720", id="fraction as it is written"),
        pytest.param("9" * 5000, "9" * 5000, id="a number of thousands of digits"),
        pytest.param("1e400", "1e400", id="a number no float holds"),
        pytest.param("true", "true", id="flag"),
        pytest.param("null", None, id="null"),
        pytest.param("NaN", None, id="what pandas writes for nothing"),
        pytest.param("-Infinity", None, id="no number"),
        pytest.param('""', "", id="empty text"),
        pytest.param('["a", 1, null, true]', "a; 1; true", id="list"),
        pytest.param('[{"a": 1}]', '[{"a": "1"}]', id="list of objects"),
        pytest.param("[]", None, id="empty list"),
        pytest.param("{}", None, id="empty object"),
        pytest.param('"a\\u0000b"', "ab", id="NUL"),
        pytest.param('"\\ud83d\\ude00"', "😀", id="two halves of a character"),
        pytest.param('"a\\ud83d"', "a?", id="half a character"),
        pytest.param('"a\tb\rc"', "a\tb\rc", id="controls that should be escaped"),
    ],
)
def test_values_become_texts(tmp_path, value, text):
    assert read(tmp_path, f'{{"id": 1, "time": "x", "text": {value}}}\n' * 2)[1]["text"] == [text] * 2


def test_objects_within_records_are_columns_with_dots(tmp_path):
    record = {"id": 1, "time": "x", "place": {"lat": 39.5, "who": {"name": "甲"}}}
    _, columns, _ = read(tmp_path, dumped([record]))
    assert columns == {"id": ["1"], "time": ["x"], "place.lat": ["39.5"], "place.who.name": ["甲"]}


def test_records_may_have_different_keys_even_late(tmp_path, monkeypatch):
    monkeypatch.setattr("data.readers.json_rows.PIECE_ROWS", 7)
    monkeypatch.setattr("data.readers.chunks.CHUNK_ROWS", 7)
    path = tmp_path / "x.jsonl"
    path.write_text(lines([{"id": n, "time": "x"} for n in range(50)] + [{"id": 50, "time": "x", "closed": "y"}]))
    chunks = list(read_rows(path, KNOWN))
    assert all(list(chunk.columns) == ["id", "time", "closed"] for chunk in chunks)
    assert chunks[0].columns["closed"].null_count == 7
    assert chunks[-1].columns["closed"].to_pylist()[-1] == "y"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        pytest.param('{"id": 2, "time": ', False, id="cut off"),
        pytest.param('["a"]', False, id="no object"),
        pytest.param("rubbish", False, id="rubbish"),
        pytest.param('{"id": 2, "id": 3}', False, id="a key with two values"),
        pytest.param('{"id": 2, "id": 2}', True, id="a key twice with one value"),
        pytest.param('{"id": 2} {"id": 3}', False, id="two on a line"),
        pytest.param('{"a.b": 1, "a": {"b": 2}}', False, id="two values for one column"),
        pytest.param('{"text": "say "hi" now"}', False, id="quotes not escaped"),
        pytest.param('{"a":' * 30 + "1" + "}" * 30, False, id="nested too deep"),
        pytest.param('{"a":' * 100_000 + "1" + "}" * 100_000, False, id="nested far too deep"),
        pytest.param('{"text": ' + "[" * 500 + "]" * 500 + "}", True, id="lists in lists"),
        pytest.param('{"id": 1,}', False, id="a comma too much"),
    ],
)
def test_a_line_that_is_no_record_is_kept_apart(tmp_path, line, kept):
    good = '{"id": 1, "time": "x"}\n'
    numbers, _, bad = read(tmp_path, good + line + "\n\n" + good)
    assert numbers == ([1, 2, 4] if kept else [1, 4])
    assert [(row_no, reason) for row_no, reason, _ in bad] == ([] if kept else [(2, "json")])
    assert all(text[:5] == line[:5] for _, _, text in bad)
    # and as an element of an array
    if line.count("{") == line.count("}") and "} {" not in line:
        numbers, _, bad = read(tmp_path, f"[{good}, {line},\n {good}]")
        assert numbers == ([1, 2, 3] if kept else [1, 3])
        assert [(row_no, reason) for row_no, reason, _ in bad] == ([] if kept else [(2, "json")])


@pytest.mark.parametrize("joint", [", ", ",\n"])
def test_a_quote_left_open_in_an_array_costs_one_record(tmp_path, joint):
    elements = [dumped({"id": n, "time": "x"}) for n in range(9)]
    elements[3] = '{"id": 3, "time": "x}'
    _, columns, bad = read(tmp_path, f"[{joint.join(elements)}]")
    assert columns["id"] == ["0", "1", "2", "4", "5", "6", "7", "8"]
    assert [(row_no, reason) for row_no, reason, _ in bad] == [(4, "json")]


@given(st.integers(0, 200))
def test_an_array_that_is_cut_off_keeps_its_records(tmp_path_factory, cut):
    text = dumped({"rows": [{"id": n, "time": "2025-01-02"} for n in range(5)]})[: -cut or None]
    whole = text.count("}") - (cut == 0)
    if not whole:
        return
    numbers, _, bad = read(tmp_path_factory.mktemp("cut"), text)
    assert numbers == list(range(1, whole + 1))
    assert [row_no for row_no, _, _ in bad] == ([] if cut <= 1 else [whole + 1])


def feature(geometry, **properties):
    return {"type": "Feature", "id": "f1", "properties": {"time": "x"} | properties, "geometry": geometry}


def test_features_are_rows_with_their_points(tmp_path):
    point = {"type": "Point", "coordinates": [116.3, 39.8, 55.0]}
    features = [feature(point), feature(point, id="own", lon="other"), feature(None)]
    numbers, columns, bad = read(tmp_path, dumped({"features": features, "type": "FeatureCollection"}))
    assert columns["lon"] == ["116.3", "116.3", None]
    assert columns["lat"] == ["39.8", "39.8", None]
    assert columns["id"] == ["f1", "own", "f1"]
    assert columns["properties.lon"] == [None, "other", None]
    assert (numbers, bad) == ([1, 2, 3], [])


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "LineString", "coordinates": [[1, 2], [3, 4]]},
        {"type": "Point", "coordinates": []},
        {"type": "Point", "coordinates": [[1, 2], [3, 4]]},
        {"type": "Point"},
        "POINT (1 2)",
        {},
    ],
    ids=str,
)
def test_a_feature_that_is_no_point_is_a_bad_row(tmp_path, geometry):
    numbers, columns, bad = read(tmp_path, dumped({"type": "FeatureCollection", "features": [feature(geometry)]}))
    assert (numbers, columns["lon"]) == ([], [])
    assert [(row_no, reason) for row_no, reason, _ in bad] == [(1, "geometry")]
    assert json.loads(bad[0][2])["properties"] == {"time": "x"}


def test_open311_requests_are_rows(tmp_path):
    known = frozenset({"servicerequestid", "requesteddatetime"})
    request = {
        "service_request_id": "638344",
        "status": "closed",
        "service_name": "Sidewalk and Curb Issues",
        "requested_datetime": "2010-04-14T06:37:38-08:00",
        "lat": 37.762221815,
        "long": -122.4651145,
        "media_url": None,
    }
    for data in ([request], {"service_requests": [request]}, {"service_requests": {"request": [request]}}):
        _, columns, _ = read(tmp_path, dumped(data), known)
        assert columns["long"] == ["-122.4651145"]
        assert columns["requested_datetime"] == ["2010-04-14T06:37:38-08:00"]
        assert columns["media_url"] == [None]


@pytest.mark.parametrize(
    ("data", "key"),
    [
        pytest.param("[]", "file.no_records", id="empty array"),
        pytest.param("{}", "file.no_records", id="empty object"),
        pytest.param("[[1, 2], [3, 4]]", "file.no_records", id="rows without names"),
        pytest.param('{"a": 1, "b": 2}', "file.no_header", id="an answer without records"),
        pytest.param('{"error": {"code": 404}}', "file.no_header", id="an error"),
        pytest.param("[{" * 50_000, "file.no_records", id="only brackets"),
        pytest.param('{"a":' * 50_000, "file.no_records", id="only keys"),
        pytest.param(
            "[" + ",".join(f'{{"k{n}": 1}}' for n in range(3000)) + "]", "file.too_wide", id="keys without end"
        ),
        pytest.param('[{"id": "' + "x" * (40 << 20), "file.long_line", id="a record without end"),
    ],
)
def test_what_holds_no_records_is_refused_with_a_reason(tmp_path, data, key):
    assert refused(tmp_path, data) == key


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150)
@given(st.lists(VALUES, max_size=6), st.integers(1, 30), st.sampled_from([None, 1]), st.booleans())
def test_every_element_of_an_array_is_found_wherever_the_blocks_end(tmp_path_factory, values, block, indent, within):
    path = tmp_path_factory.mktemp("blocks") / "x.json"
    records = [{"v": value} for value in values]
    document = {"x": [1, {"y": 2}], "rows": records} if within else records
    path.write_text(json.dumps(document, indent=indent))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("data.readers.files.BLOCK", block)
        found = [record for record in array_records(path) if record.path == (("rows",) if within else ())]
    assert [record.value for record in found] == [decode(json.dumps(record)) for record in records]
    assert [record.number for record in found] == list(range(1, len(records) + 1))


@settings(max_examples=150)
@given(
    st.text('[]{}",:\\1aN \n', max_size=60),
    st.integers(1, 20),
    st.sampled_from(['[{"id":1},', '{"rows":[', '{"id":1}\n']),
)
def test_no_text_at_all_is_a_traceback(tmp_path_factory, rubbish, block, start):
    path = tmp_path_factory.mktemp("rubbish") / "x.json"
    path.write_text(start + rubbish)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("data.readers.files.BLOCK", block)
        try:
            for chunk in read_rows(path, KNOWN, header_row=0):
                assert len({len(chunk.row_no), *map(len, chunk.columns.values())}) == 1
        except FileProblem:
            pass  # a sentence is all right
