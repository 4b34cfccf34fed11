"""Intake: every row accounted for, the same file twice changes nothing, newer rows update through events."""

import csv
import stat
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.complaints import complaint
from data.errors import FileProblem
from data.intake import import_file
from data.profiles import load_profile
from data.store import Store
from tests.cities import (
    NOW,
    bring,
    bring_file,
    centre,
    contents,
    give_areas,
    recounted,
    rollups,
    store_of,
    town,
    write_rows,
)


def row_of(store: Store, ticket: str = "T1") -> dict:
    return complaint(store, ticket).row.iloc[0].to_dict()


def account(report) -> tuple[int, int, int, int, int]:
    return report.read, report.accepted, report.updated, report.unchanged, report.rejected


# --- accounting

cells = st.sampled_from(
    [
        "",
        "x",
        "=1+1",
        "-",
        "是",
        "否",
        "基本满意",
        "1e999",
        "116.02",
        "39.82",
        "0",
        "inf",
        "nan",
        "2025-03-10 08:00",
        "2025-03-12",
        "13800138000",
    ]
)
DIRTY = (
    "closed_at due_at dispatched_at valid contacted solved satisfied lon lat category channel urgency excluded content"
)
dirty_rows = st.lists(
    st.fixed_dictionaries(
        {
            "ticket_no": st.sampled_from(["A", "B", "C", "", " D "]),
            "received_at": st.sampled_from(["2025-03-10 09:00", "2025-03-11", "", "never", "2025-03-09T23:00:00Z"]),
            "updated_at": st.sampled_from(["", "2025-03-13", "2025-03-14"]),
            "unit": st.sampled_from(["", "甲街道", "乙街道"]),
            "nature": st.sampled_from(["", "主办", "协办"]),
        },
        optional=dict.fromkeys(
            DIRTY.split(),
            cells,
        ),
    ),
    max_size=8,
)  # fmt: skip


# a file has or lacks a column as a whole
files_of_rows = st.lists(
    st.tuples(dirty_rows, st.sets(st.sampled_from(["unit", "nature", "updated_at", "closed_at", "valid", "content"]))),
    min_size=1,
    max_size=3,
).map(lambda files: [[{k: v for k, v in row.items() if k not in lacks} for row in rows] for rows, lacks in files])


@settings(max_examples=12)
@given(files_of_rows)
def test_any_files_in_any_order_are_accounted_for_and_summed_up_right(files):
    store = store_of()
    for rows in files:
        report = bring(store, *rows)
        assert report.read == len(rows)
        assert report.read == report.accepted + report.updated + report.unchanged + report.rejected
        assert report.rejected == sum(report.reasons.values())
        assert report.unlocated == sum(report.unlocated_reasons.values())
        state = contents(store)
        again = bring(store, *rows)
        assert again.accepted == again.updated == 0
        assert contents(store) == state
    tickets = store.cursor().execute("select ticket_no from complaints group by 1 having count(*) > 1").fetchall()
    assert not tickets
    before = rollups(store)
    assert recounted(store) == before


def test_the_same_file_twice_changes_nothing_but_the_record_of_imports():
    rows = [
        {
            "ticket_no": "A",
            "unit": "甲街道",
            "nature": "主办",
            "solved": "是",
            "content": "电话13800138000",
            **centre("1111"),
        },
        {"ticket_no": "A", "unit": "乙局", "nature": "协办", "closed_at": "2025-03-12"},
        {"ticket_no": "B", "title": "first"},
        {"ticket_no": "B", "title": "second"},
        {"ticket_no": "", "title": "no number"},
    ]
    store = store_of(areas=town("district", "street"))
    assert account(bring(store, *rows)) == (5, 2, 2, 0, 1)
    state, version = contents(store), store.version
    report = bring(store, *rows)
    assert account(report) == (5, 0, 0, 4, 1)
    assert contents(store) == state
    assert store.version == version + 1
    assert row_of(store, "B")["title"] == "second"


def test_a_file_without_ticket_numbers_gives_them_by_content(tmp_path):
    (tmp_path / "a.csv").write_text("创建时间,主要内容\n2025-03-10,井盖\n2025-03-10,路灯\n2025-03-10,井盖\n", "utf-8")
    store = store_of()
    assert account(bring_file(store, tmp_path / "a.csv")) == (3, 2, 0, 1, 0)
    assert account(bring_file(store, tmp_path / "a.csv")) == (3, 0, 0, 3, 0)


def test_two_sources_may_use_one_number():
    store = store_of({"ticket_no": "1"})
    bring(store, {"Unique Key": "1", "Created Date": "03/10/2025 09:00:00 AM"}, profile="nyc_311")
    assert store.cursor().execute("select count(*) from complaints where ticket_no = '1'").fetchall() == [(2,)]


# --- what is taken in, but not as stated


def test_closed_before_received_loses_the_date_keeps_its_place_and_is_reported():
    store = store_of(areas=town("district", "street"))
    report = bring(
        store,
        {"closed_at": "2025-03-09", **centre("11")},
        {"closed_at": "1900-01-01"},
        {"closed_at": "rubbish"},
        {"closed_at": "2025-03-10 09:00:00"},
    )
    assert account(report) == (4, 4, 0, 0, 0)
    assert report.notes == {"closed_before_received": 2, "bad_closed_time": 1}
    assert row_of(store)["place"] == "district 1 / street 11"
    assert str(row_of(store)["closed_at"]) == "NaT"
    assert row_of(store, "T4")["state"] == "closed"


def test_closed_is_a_close_date_whatever_the_status_says():
    store = store_of({"status": "办理中", "closed_at": "2025-03-10 10:00"}, {"status": "回复完成"})
    assert [row_of(store, ticket)["state"] for ticket in ("T1", "T2")] == ["closed", "open"]


@pytest.mark.parametrize(
    ("row", "urgency", "deadline", "stated"),
    [
        pytest.param({}, "7d", "2025-03-17 09:00", False, id="the default: seven days"),
        pytest.param({"category": "公共安全->消防安全"}, "2h", "2025-03-10 11:00", False, id="danger: two hours"),
        pytest.param({"category": "城市运行->供暖->不热"}, "24h", "2025-03-11 09:00", False, id="heat: a day"),
        pytest.param({"category": "城乡建设->违法建设"}, "15d", "2025-03-25 09:00", False, id="complex: fifteen days"),
        pytest.param(
            {"category": "城市运行->供暖", "urgency": "15天"},
            "15d",
            "2025-03-25 09:00",
            False,
            id="the source's grade wins",
        ),
        pytest.param({"urgency": "特急"}, "2h", "2025-03-10 11:00", False, id="a grade in words"),
        pytest.param({"urgency": "whenever"}, "7d", "2025-03-17 09:00", False, id="an unknown grade is none"),
        pytest.param(
            {"urgency": "2h", "due_at": "2025-04-01"}, "2h", "2025-04-01 23:59:59", True, id="a stated due date wins"
        ),
        pytest.param({"due_at": "2025-03-09"}, "7d", "2025-03-17 09:00", False, id="due before received: the rule's"),
        pytest.param({"due_at": "1900-01-01"}, "7d", "2025-03-17 09:00", False, id="due long before received"),
    ],
)
def test_deadlines(row, urgency, deadline, stated):
    found = row_of(store_of(row))
    assert (found["urgency"], found["deadline_at"], found["deadline_stated"]) == (
        urgency,
        datetime.fromisoformat(deadline),
        stated,
    )


def test_due_before_received_is_reported():
    assert bring(store_of(), {"due_at": "2025-03-09"}, {"due_at": "2025-03-11"}).notes == {"due_before_received": 1}


@pytest.mark.parametrize(
    ("row", "path"),
    [
        ({"category": "a->b->c"}, "a/b/c"), ({"category": " a -> b "}, "a/b"), ({"category": "a"}, "a"),
        ({"category": "a->->c"}, "a/c"),
        ({"category": "a->b->c->d"}, "a/b/c"), ({"category": "->"}, None), ({"category": ""}, None),
        ({"category_1": "a", "category_2": "b", "category_3": "c"}, "a/b/c"),
        ({"category_1": "a", "category_3": "c"}, "a/c"),
        ({"category_1": "", "category_2": "b"}, "b"), ({"category_1": "", "category": "x->y"}, "x/y"),
        ({"category_1": "HEAT/HOT WATER"}, "HEAT/HOT WATER"),
    ],
)  # fmt: skip
def test_category_paths(row, path):
    assert row_of(store_of(row))["category"] == path


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        (
            {"valid": "是", "contacted": "是", "solved": "部分解决", "satisfied": "基本满意"},
            (True, True, "part", "basically"),
        ),
        ({"valid": "否", "contacted": "否", "solved": "未解决", "satisfied": "不满意"}, (False, False, "no", "no")),
        ({"valid": "1", "contacted": "Y", "solved": "1", "satisfied": "未评价"}, (True, True, "yes", "unrated")),
        ({"solved": "是"}, (True, None, "yes", None)),
        ({"solved": "?"}, (None, None, None, None)),
        ({"valid": "", "solved": "是"}, (None, None, "yes", None)),
    ],
)
def test_outcomes_of_call_backs(row, outcome):
    found = row_of(store_of(row))
    assert tuple(found[name] for name in ("valid", "contacted", "solved", "satisfied")) == outcome


@pytest.mark.parametrize(("text", "assessed"), [("是", False), ("1", False), ("否", True), ("", True), ("?", True)])
def test_excluded_complaints_are_not_assessed(text, assessed):
    assert row_of(store_of({"excluded": text, "exclude_reason": "重复"}))["assessed"] == assessed


# --- places


@pytest.mark.parametrize(
    ("lon", "lat", "reason"),
    [
        ("", "", "missing"), ("116.02", "", "missing"), ("nan", "39.82", "missing"), ("inf", "39.82", "missing"),
        ("east", "39.82", "missing"),
        ("9" * 400, "39.82", "missing"), ("0", "0", "zero"), ("0.0", "-0", "zero"),
        ("39.82", "116.02", "out_of_range"), ("1e9", "39", "out_of_range"),
        ("-73.9", "40.7", "far"), ("121.4", "31.2", "far"), ("-116.02", "-39.82", "far"), ("116.02", "39.82", None),
        ("116.5", "39.82", None),
    ],
)  # fmt: skip
def test_why_a_point_is_unlocated(lon, lat, reason):
    store = store_of(areas=town("district"))
    report = bring(store, {"lon": lon, "lat": lat})
    assert report.unlocated_reasons == ({reason: 1} if reason else {})
    assert row_of(store)["unlocated_reason"] == reason or reason is None
    assert report.accepted == 1


def test_a_point_outside_every_area_has_a_point_and_no_place():
    store = store_of(areas=town("district"))
    assert bring(store, {"lon": "116.5", "lat": "39.82"}).unplaced == 1
    assert row_of(store)["lon"] == 116.5
    assert row_of(store)["place"] in (None, "")


def test_a_point_has_at_most_one_area_of_each_level_and_places_follow_new_areas():
    edge = {"lon": 116.0625, "lat": 39.8125}  # where four streets meet
    store = store_of(edge, centre("1234"), {"lon": 121.4, "lat": 31.2}, {})
    give_areas(store, town())
    assert row_of(store)["place"].split(" / ")[:2] == ["district 1", "street 11"]
    assert row_of(store, "T2")["place"] == "district 1 / street 12 / community 123 / grid 1234"
    assert [row_of(store, ticket)["unlocated_reason"] for ticket in ("T3", "T4")] == ["far", "missing"]
    levels = (
        store.cursor().execute("select place_id, level from place_areas group by all having count(*) > 1").fetchall()
    )
    assert not levels
    before = rollups(store)
    assert recounted(store) == before


def test_points_without_a_known_system_are_refused(tmp_path):
    store = store_of()
    path = write_rows(tmp_path / "a.csv", [centre("1")])
    with pytest.raises(FileProblem, match="no_crs"):
        import_file(store, path, load_profile("beijing_12345"), imported_at=NOW)
    bring_file(store, path, crs="gcj02")
    assert row_of(store)["lon"] == pytest.approx(centre("1")["lon"] - 0.006, abs=0.001)


# --- files that fail, rows that are rejected


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "file.empty"), (bytes(range(256)) * 100, "file.binary"),
        ("工单编号,主要内容\nA,b\n".encode(), "file.no_time_column"),
        ("工单编号,创建时间\n".encode() + b"A,2025-03-10\n" * 100_000 + b"\xff\xff", "file.encoding"),
    ],
)  # fmt: skip
def test_a_file_that_fails_leaves_everything_as_it_was(tmp_path, data, key, monkeypatch):
    monkeypatch.setattr("data.readers.SAMPLE_BYTES", 1000)
    store = store_of({"unit": "甲街道", "closed_at": "2025-03-12"})
    state, version = contents(store), store.version
    (tmp_path / "bad.csv").write_bytes(data)
    with pytest.raises(FileProblem) as caught:
        bring_file(store, tmp_path / "bad.csv", rejected_folder=tmp_path / "rejected")
    assert caught.value.key == key
    assert contents(store) == state
    assert store.version == version
    assert not (tmp_path / "rejected").exists() or not list((tmp_path / "rejected").iterdir())
    assert store.cursor().execute("select count(*) from batches").fetchall() == [(1,)]
    # and the store is not stuck
    assert bring(store, {"ticket_no": "new"}).accepted == 1


def test_rejected_rows_are_kept_with_number_and_reason(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text(
        "丰台区导出\n工单编号,创建时间,主要内容,来电人\nA1,2025-03-10,好,张三丰\n,2025-03-10,没有编号,张三丰\nA3,昨天,张三丰说坏,张三丰\nA4,,空,\n"
        '=cmd|x\nA6,2025-03-10,"开,x\nA7,2025-03-10,好,y\n',
        "utf-8",
    )
    report = bring_file(store_of(), path, rejected_folder=tmp_path / "rejected")
    assert account(report) == (7, 2, 0, 0, 5)
    assert report.reasons == {"no_ticket": 1, "bad_time": 1, "no_time": 1, "columns": 1, "quote": 1}
    kept = tmp_path / "rejected" / "batch-00001.csv"
    assert report.rejected_file == str(kept)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with kept.open(encoding="utf-8-sig", newline="") as file:
        rows = {int(row["row"]): (row["reason"], row["content"]) for row in csv.DictReader(file)}
    assert {row_no: reason for row_no, (reason, _) in rows.items()} == {
        4: "no_ticket",
        5: "bad_time",
        6: "no_time",
        7: "columns",
        8: "quote",
    }
    assert rows[7][1] == "'=cmd|x"
    assert "昨天" in rows[5][1]
    assert "张三丰" not in kept.read_text("utf-8-sig")
    assert list(kept.parent.iterdir()) == [kept]


def test_a_file_without_rejected_rows_leaves_no_file(tmp_path):
    path = write_rows(tmp_path / "in.csv", [{}])
    assert bring_file(store_of(), path, rejected_folder=tmp_path / "rejected").rejected_file is None
    assert not (tmp_path / "rejected").exists()


def test_the_data_s_own_time_moves_forward_and_never_into_the_future():
    store = store_of({"received_at": "2025-03-10"}, imported_at=datetime(2025, 3, 11))
    assert store.data_at == datetime(2025, 3, 10)
    report = bring(store, {"ticket_no": "F", "received_at": "2026-01-01"}, imported_at=datetime(2025, 3, 11))
    assert report.notes == {"received_in_future": 1}
    assert store.data_at == datetime(2025, 3, 10)
    bring(store, {"ticket_no": "G", "received_at": "2025-01-01"}, imported_at=datetime(2025, 3, 12))
    assert store.data_at == datetime(2025, 3, 10)
    bring(
        store,
        {"ticket_no": "H", "received_at": "2025-03-09", "closed_at": "2025-03-11 08:00"},
        imported_at=datetime(2025, 3, 12),
    )
    assert store.data_at == datetime(2025, 3, 11, 8)


def test_a_store_survives_being_closed(tmp_path):
    store = store_of({"title": "kept", **centre("11")}, areas=town("district", "street"), path=tmp_path / "s.duckdb")
    state = contents(store)
    store.close()
    assert contents(Store(tmp_path / "s.duckdb")) == state
