"""Undo: after it the store is as if the batch had never been, and its file can come again."""

import json
from datetime import date, datetime

import pytest
from hypothesis import given, settings

from data.batches import batches
from data.commands import carry_out
from data.complaints import complaint
from data.errors import BatchProblem
from data.places import place_again
from data.store import Store
from data.undo import undo_batch
from tests.anything import files, told
from tests.cities import NOW, bring, centre, contents, give_areas, recounted, rollups, store_of, town
from tests.test_import_any import check

# what only names things may stay
NAMES = ("places", "place_areas", "categories", "channels", "units", "addresses", "callers")
LATER = datetime(2025, 6, 2, 8)


def undo(store: Store, batch: int):
    return undo_batch(store, batch, undone_at=LATER)


@settings(max_examples=8)
@given(files())
def test_undone_in_reverse_order_every_batch_leaves_what_was_before_it(sequence):
    store = store_of(areas=town("district", "street"))
    before = []
    for rows in sequence:
        before.append((contents(store, *NAMES), store.data_at))
        bring(store, *rows)
    for batch in range(len(sequence), 0, -1):
        last, version = told(store), store.version
        undo(store, batch)
        assert (contents(store, *NAMES), store.data_at) == before[batch - 1]
        assert store.version == version + 1
        check(store)
        # and the file may come again
        bring(store, *sequence[batch - 1])
        assert told(store) == last
        undo(store, int(batches(store)["batch"].max()))
    assert not store.cursor().execute("from replaced_complaints union all by name from replaced_work_orders").fetchall()


def test_undo_says_what_it_did_and_the_record_stays():
    store = store_of({"ticket_no": "A", "title": "one"}, {"ticket_no": "B"})
    bring(store, {"ticket_no": "A", "title": "two"}, {"ticket_no": "C", "closed_at": "2025-03-11"})
    report = undo(store, 2)
    assert (report.file, report.removed, report.restored, report.events) == ("rows.csv", 1, 1, 3)
    frame = batches(store)
    assert frame["batch"].tolist() == [2, 1]
    assert frame["undone_at"].isna().tolist() == [False, True]
    assert (frame.loc[0, "accepted"], frame.loc[0, "updated"], frame.loc[0, "profile"]) == (1, 1, "beijing_12345")


def test_a_unit_that_had_passed_a_complaint_on_holds_it_again():
    store = store_of({"unit": "甲街道"})
    bring(store, {"unit": "乙街道"})
    undo(store, 2)
    assert complaint(store, "T1").work_orders[["unit", "transferred"]].values.tolist() == [["甲街道", False]]


def test_the_datas_own_time_goes_back():
    store = store_of({"received_at": "2025-03-10 09:00:00"})
    bring(store, {"ticket_no": "B", "received_at": "2025-03-15 09:00:00"})
    undo(store, 2)
    assert store.data_at == datetime(2025, 3, 10, 9)
    undo(store, 1)
    assert store.data_at is None
    assert store.is_empty()


def test_a_batch_that_others_did_not_touch_may_go_from_between_them():
    store = store_of({"ticket_no": "A"})
    bring(store, {"ticket_no": "B", "closed_at": "2025-03-11"})
    bring(store, {"ticket_no": "C"})
    undo(store, 2)
    assert store.cursor().execute("select ticket_no from complaints order by 1").fetchall() == [("A",), ("C",)]
    check(store)


# --- what is refused, with a sentence


def refused(store: Store, batch: int) -> BatchProblem:
    before, version = contents(store), store.version
    with pytest.raises(BatchProblem) as caught:
        undo(store, batch)
    assert (contents(store), store.version) == (before, version)
    return caught.value


def test_a_batch_whose_complaints_changed_since_waits_for_those_that_changed_them():
    store = store_of({"ticket_no": "A", "title": "1"})
    for title in ("2", "3"):
        bring(store, {"ticket_no": "A", "title": title})
    bring(store, {"ticket_no": "B"})
    problem = refused(store, 1)
    assert problem.key == "batch.later"
    assert problem.values["batches"] == [3, 2]
    for batch in problem.values["batches"]:
        undo(store, batch)
    undo(store, 1)
    assert store.cursor().execute("select ticket_no from complaints").fetchall() == [("B",)]


def test_twice_unknown_and_the_demonstration_citys():
    store = store_of({})
    undo(store, 1)
    assert refused(store, 1).key == "batch.undone"
    assert refused(store, 7).key == "batch.unknown"
    with store.write() as cursor:
        cursor.execute("insert into batches (batch_id, source, profile, updated) values (9, 'demo', '', 0)")
    assert refused(store, 9).key == "batch.demo"


def test_a_batch_of_a_store_that_kept_nothing_goes_only_if_it_changed_nothing():
    store = store_of({"ticket_no": "A", "title": "1"})
    bring(store, {"ticket_no": "A", "title": "2"})
    bring(store, {"ticket_no": "B"})
    with store.write() as cursor:  # as the migration from schema 1 leaves it
        cursor.execute("update batches set profile = null")
        cursor.execute("delete from replaced_complaints")
    assert refused(store, 2).key == "batch.unrecorded"
    assert refused(store, 1).values["batches"] == [2]
    undo(store, 3)
    assert store.cursor().execute("select ticket_no from complaints").fetchall() == [("A",)]


# --- areas that changed since


def test_what_comes_back_lies_where_todays_areas_put_it():
    store = store_of(
        {"ticket_no": "A", **centre("1111")}, {"ticket_no": "S", "stated_area": "street 12"}, {"ticket_no": "N"},
        areas=town("district", "street"),
    )  # fmt: skip
    bring(store, *({"ticket_no": ticket, "title": "new"} for ticket in "ASN"))
    swapped = {"11": "12", "12": "11"}
    recut = [(swapped.get(code, code), parent, shape) for code, parent, shape in town("street")["street"]]
    give_areas(store, {"street": recut}, valid_from=date(2025, 1, 1))
    undo(store, 2)
    check(store)
    state = contents(store, "places", "place_areas")
    with store.write() as cursor:
        assert place_again(cursor) == 0
    assert rollups(store) == recounted(store)
    assert [row[2] for row in state["complaints"]] == ["A", "S", "N"]
    assert complaint(store, "A").row["title"].isna().all()


# --- commands


def test_batches_are_listed_and_undone_by_command(tmp_path):
    store, said = store_of({"title": "one"}), []

    def command(*words: str) -> int:
        said.clear()
        return carry_out(list(words), store, tmp_path, tmp_path, lambda stream, text: said.append((stream, text)))

    assert command("batches", "--json") == 0
    (listed,) = json.loads(said[0][1])["batches"]
    assert (listed["batch"], listed["file"], listed["read"], listed["undone_at"]) == (1, "rows.csv", 1, None)
    assert listed["imported_at"] == NOW.isoformat()
    assert command("undo", "1", "--json") == 0
    assert json.loads(said[0][1]) == {"batch": 1, "file": "rows.csv", "removed": 1, "restored": 0, "events": 1}
    assert command("undo", "1") == 1
    assert said[0][0] == "err"
    assert "不能再撤销" in said[0][1]
    assert command("undo", "none") == 2
    assert command("batches") == 0
    assert "rows.csv" in said[0][1]
    bring(store, {"title": "one"})
    assert command("undo", "2") == 0
    assert "已撤销批次 2" in said[0][1]
