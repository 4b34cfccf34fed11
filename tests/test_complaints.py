"""The list behind every figure: pages, search, states, exports without doubles, one complaint's whole way."""

from datetime import date, datetime

import pandas as pd
import pytest

from data import complaints as lists
from data.complaints import all_complaints, changes, complaint, complaint_count, complaints
from data.errors import ScopeProblem
from data.scope import Scope
from tests.cities import bring, centre, store_of, town

MARCH = Scope(date(2025, 3, 1), date(2025, 3, 31))


@pytest.fixture(scope="module")
def store():
    rows = [
        {
            "ticket_no": "A1",
            "title": "Street LAMP out",
            "content": "来电人：张三，电话13800138000",
            "caller_name": "张三",
            **centre("1111"),
        },
        {
            "ticket_no": "A2",
            "address": "东大街100%_号",
            "closed_at": "2025-03-11",
            "category": "a->b",
            "channel": "微信",
        },
        {"ticket_no": "A3", "content": "it's; drop table complaints; --", "closed_at": "2025-03-20"},
        {"ticket_no": "A4", "received_at": "2025-03-21", "unit": "甲", "nature": "协办"},
        {"ticket_no": "A4", "received_at": "2025-03-21", "unit": "乙"},
        {"ticket_no": "A5", "received_at": "2025-03-10 09:00:00"},
        {"ticket_no": "A6", "received_at": "2025-02-10"},
    ]
    return store_of(*rows, areas=town())


def tickets(store, **options) -> list[str]:
    found = complaints(store, MARCH, **options)["ticket_no"].tolist()
    if "limit" not in options:
        assert complaint_count(store, MARCH, **options) == len(found)
    return found


def test_the_newest_comes_first(store):
    assert tickets(store) == ["A4", "A5", "A3", "A2", "A1"]


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("all", ["A4", "A5", "A3", "A2", "A1"]),
        ("open", ["A4", "A5", "A1"]),
        ("overdue", ["A5", "A1"]),
        ("closed", ["A3", "A2"]),
        ("unplaced", ["A4", "A5", "A3", "A2"]),
    ],
)
def test_states(store, state, found):
    assert tickets(store, state=state) == found


def test_what_a_row_says_of_its_state(store):
    states = complaints(store, MARCH).set_index("ticket_no")["state"]
    assert states.to_dict() == {"A4": "open", "A5": "overdue", "A3": "closed_late", "A2": "closed", "A1": "overdue"}
    before = complaints(store, MARCH.at(datetime(2025, 3, 10, 12))).set_index("ticket_no")["state"]
    assert before[["A1", "A2", "A3", "A5"]].tolist() == ["open"] * 4
    # at that moment it had not been received
    assert before.isna()["A4"]
    assert complaint_count(store, MARCH.at(datetime(2025, 3, 10, 12)), state="closed") == 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("lamp", ["A1"]), ("LAMP OUT", ["A1"]), ("东大街", ["A2"]), ("a3", ["A3"]), ("100%", ["A2"]), ("%", ["A2"]),
        ("_", ["A2"]),
        ("it's; drop", ["A3"]), ("'", ["A3"]), ("13800138000", []), ("张三", []), ("  lamp  ", ["A1"]), ("\\", []),
        ("\0", []),
        ("", ["A4", "A5", "A3", "A2", "A1"]),
    ],
)  # fmt: skip
def test_a_text_is_found_as_it_is_written(store, text, found):
    assert tickets(store, text=text) == found


def test_pages_follow_one_another(store):
    assert [tickets(store, limit=2, offset=offset) for offset in (0, 2, 4, 6)] == [
        ["A4", "A5"],
        ["A3", "A2"],
        ["A1"],
        [],
    ]


def test_a_row_is_masked_and_whole(store):
    (row,) = complaints(store, MARCH, text="A1").to_dict("records")
    assert row["content"].startswith("来电人：[姓名#")
    assert "13800138000" not in repr(row)
    assert row["place"] == "district 1 / street 11 / community 111 / grid 1111"
    (two,) = complaints(store, MARCH, text="A4").to_dict("records")
    assert two["units"] == "乙、甲"


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_an_export_is_complete_and_without_doubles(store, monkeypatch, size):
    monkeypatch.setattr(lists, "EXPORT_ROWS", size)
    pages = list(all_complaints(store, MARCH))
    assert pd.concat(pages)["ticket_no"].tolist() == ["A4", "A5", "A3", "A2", "A1"]
    assert all(0 < len(page) <= size for page in pages)
    assert pd.concat(all_complaints(store, MARCH, state="open", text="a"))["ticket_no"].tolist() == ["A4", "A5", "A1"]


def test_an_export_is_not_disturbed_by_what_arrives_meanwhile(monkeypatch):
    monkeypatch.setattr(lists, "EXPORT_ROWS", 2)
    store = store_of(*({"received_at": f"2025-03-{day:02}"} for day in range(1, 7)))
    pages = all_complaints(store, MARCH)
    seen = next(pages)["ticket_no"].tolist()
    bring(store, {"ticket_no": "new", "received_at": "2025-03-30"})
    assert seen + [ticket for page in pages for ticket in page["ticket_no"]] == ["T6", "T5", "T4", "T3", "T2", "T1"]


def test_an_export_of_nothing_is_no_page(store):
    assert list(all_complaints(store, Scope(date(2020, 1, 1), date(2020, 1, 2)))) == []


def test_one_complaint_and_its_way(store):
    case = complaint(store, "A2")
    assert case.row["ticket_no"].tolist() == ["A2"]
    assert case.events["kind"].tolist() == ["received", "closed"]
    assert complaint(store, "A4").work_orders["unit"].tolist() == ["乙", "甲"]


@pytest.mark.parametrize("ticket", ["", "nobody", "A1' or '1'='1", "%", "a1"])
def test_a_ticket_nobody_has_is_named(store, ticket):
    with pytest.raises(ScopeProblem) as caught:
        complaint(store, ticket)
    assert caught.value.key == "scope.ticket"


def test_a_number_of_two_sources_asks_which():
    store = store_of({"ticket_no": "7"})
    bring(store, {"Unique Key": "7", "Created Date": "2025-03-10T09:00:00"}, profile="nyc_311")
    with pytest.raises(ScopeProblem) as caught:
        complaint(store, "7")
    assert caught.value.values["allowed"] == "beijing_12345, nyc_311"
    assert complaint(store, "7", source="nyc_311").row["source"].tolist() == ["nyc_311"]


def test_an_unknown_state_is_named(store):
    with pytest.raises(ScopeProblem) as caught:
        complaints(store, MARCH, state="lost")
    assert caught.value.key == "scope.state"


def test_changes_are_told_field_by_field():
    store = store_of({"title": "a", "content": 'quote " and \n line'})
    bring(store, {"title": "b", "content": ""})
    detail = complaint(store, "T1").events.set_index("kind").loc["amended", "detail"]
    assert changes(detail) == [
        {"field": "title", "was": "a", "is": "b"},
        {"field": "content", "was": 'quote " and \n line', "is": None},
    ]
    assert changes(None) == []
