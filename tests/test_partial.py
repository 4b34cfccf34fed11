"""What a file has no column for stays as it was, and a row speaks only of what is its own."""

from datetime import date, datetime

import pandas as pd
import pytest

from data.categories import categories
from data.complaints import complaint
from data.rates import rates_by_unit
from data.scope import Scope, area_keys
from data.totals import totals
from tests.cities import bring, centre, give_areas, recounted, rollups, store_of, town

DAY = Scope(date(2025, 3, 10), date(2025, 3, 10))
FULL = {
    "ticket_no": "A",
    "received_at": "2025-03-10 09:00:00",
    "category": "住房->物业管理->电梯故障",
    "title": "电梯",
    "content": "三号楼电梯停用",
    "unit": "甲街道",
    "due_at": "2025-03-11 09:00:00",
    "closed_at": "2025-03-12 09:00:00",
    "excluded": "是",
    **centre("1111"),
}


def row(store, ticket: str = "A") -> dict:
    return complaint(store, ticket).row.iloc[0].to_dict()


def test_a_list_of_call_backs_changes_only_what_it_says():
    store = store_of(FULL, areas=town())
    before = row(store)
    report = bring(
        store,
        {"ticket_no": "A", "received_at": "2025-03-10 09:00:00", "valid": "是", "solved": "是", "satisfied": "满意"},
    )
    after = row(store)
    assert (report.updated, after["valid"], after["solved"]) == (1, True, "yes")
    for name in ("category", "title", "content", "lon", "lat", "place", "deadline_at", "state", "assessed", "units"):
        assert after[name] == before[name], name
    (unit,) = rates_by_unit(store, DAY).to_dict("records")
    assert (unit["unit"], unit["received"], unit["still_open"], unit["solved"]) == ("甲街道", 1, 0, 1)
    assert rollups(store) == recounted(store)
    assert (
        bring(
            store,
            {
                "ticket_no": "A",
                "received_at": "2025-03-10 09:00:00",
                "valid": "是",
                "solved": "是",
                "satisfied": "满意",
            },
        ).unchanged
        == 1
    )


def test_a_joint_row_alone_closes_its_own_work_order_only():
    main = {"ticket_no": "A", "unit": "甲街道", "nature": "主办", "content": "主办的话"}
    joint = {"ticket_no": "A", "unit": "乙局", "nature": "协办"}
    store = store_of(main, joint)
    bring(store, joint | {"closed_at": "2025-03-11 10:00:00", "content": "协办的话"})
    assert (row(store)["state"] in ("open", "overdue"), row(store)["content"]) == (True, "主办的话")
    units = rates_by_unit(store, DAY).set_index("unit")
    assert units["still_open"].to_dict() == {"甲街道": 1, "乙局": 0}
    assert rollups(store) == recounted(store)


def test_a_joint_row_newer_than_its_own_order_counts_though_the_main_row_is_newer_still():
    main = {"ticket_no": "A", "unit": "甲街道", "nature": "主办", "updated_at": "2025-03-12 10:00:00"}
    joint = {"ticket_no": "A", "unit": "乙局", "nature": "协办", "updated_at": "2025-03-11 09:00:00"}
    store = store_of(main, joint)
    report = bring(store, joint | {"updated_at": "2025-03-11 18:00:00", "closed_at": "2025-03-11 17:00:00"})
    assert report.updated == 1
    assert rates_by_unit(store, DAY).set_index("unit").loc["乙局", "still_open"] == 0


def test_a_unit_gets_a_complaint_back_by_the_very_row_it_had():
    first, second = {"ticket_no": "A", "unit": "甲街道"}, {"ticket_no": "A", "unit": "乙街道"}
    store = store_of(first)
    for given, holder in ((second, "乙街道"), (first, "甲街道"), (second, "乙街道")):
        bring(store, given)
        assert row(store)["units"] == holder
        assert rates_by_unit(store, DAY)["unit"].tolist() == [holder]
    assert rollups(store) == recounted(store)


@pytest.mark.parametrize(
    ("received", "field", "text", "kept"),
    [
        ("2025-03-10 09:00:00", "closed_at", "2025-03-10", datetime(2025, 3, 10, 9)),
        ("2025-03-10 09:00:00", "closed_at", "2025年3月12日", datetime(2025, 3, 12)),
        ("2025-03-10 09:00:00", "closed_at", "2025-03-09", None),
        ("2025-03-10 09:00:00", "closed_at", "2025-03-10 00:00:00", None),
        ("2025-03-10 09:00:00", "deadline_at", "2025-03-17", datetime(2025, 3, 17, 23, 59, 59)),
        ("2025-03-10 09:00:00", "deadline_at", "20250310", datetime(2025, 3, 10, 23, 59, 59)),
        ("2025-03-10 09:00:00", "deadline_at", "2025-03-17 12:00", datetime(2025, 3, 17, 12)),
    ],
)
def test_a_date_without_a_clock_is_a_day(received, field, text, kept):
    given = {"closed_at": "closed_at", "deadline_at": "due_at"}[field]
    store = store_of({"ticket_no": "A", "received_at": received, given: text})
    found = row(store)[field]
    assert (None if found != found else found) == kept


def test_unknown_answers_are_counted_in_the_report():
    store = store_of()
    report = bring(
        store,
        {"solved": "已办结", "satisfied": "一般", "valid": "或许"},
        {"solved": "是", "satisfied": "满意", "valid": "是"},
    )
    assert {name: n for name, n in report.notes.items() if name.startswith("unknown")} == {
        "unknown_solved": 1,
        "unknown_satisfied": 1,
        "unknown_valid": 1,
    }


def test_text_that_was_encoded_twice_is_put_right():
    store = store_of({"ticket_no": "A", "content": "the Department’s website".encode().decode("latin-1")})
    assert row(store)["content"] == "the Department’s website"
    store = store_of({"ticket_no": "A", "content": "Ça va, 12 °C"})
    assert row(store)["content"] == "Ça va, 12 °C"


def test_complaints_without_a_category_are_compared_too():
    store = store_of({"received_at": "2025-02-05 09:00:00"}, {"received_at": "2025-03-10 09:00:00"})
    (one,) = categories(store, Scope(date(2025, 3, 1), date(2025, 3, 31))).to_dict("records")
    assert (one["received"], one["received_previous"]) == (1, 1)
    (one,) = categories(store, Scope(date(2025, 2, 1), date(2025, 2, 28))).to_dict("records")
    assert pd.isna(one["received_previous"])  # before the first complaint: no data, not 0


def test_a_filter_before_the_first_vintage_takes_the_first():
    store = store_of({"received_at": "2020-03-01 10:00:00", **centre("11")})
    give_areas(store, town("street"), valid_from=date(2021, 1, 1))
    swapped = {"11": "12", "12": "11"}
    recut = [(swapped.get(code, code), parent, shape) for code, parent, shape in town("street")["street"]]
    give_areas(store, {"street": recut}, valid_from=date(2023, 1, 1))
    year = Scope(date(2020, 1, 1), date(2020, 12, 31), areas=("street:11",))
    assert totals(store, year).iloc[0]["received"] == 1
    assert area_keys(store, ("street:11",), date(2024, 1, 1)) != area_keys(store, ("street:11",), date(2020, 1, 1))


def test_a_file_of_the_future_does_not_set_the_datas_own_time_there():
    store = store_of({"received_at": "2030-01-01 00:00:00"}, imported_at=datetime(2025, 6, 1, 12))
    assert store.data_at == datetime(2025, 6, 1, 12)
    bring(store, {"ticket_no": "B", "received_at": "2025-06-02 08:00:00"}, imported_at=datetime(2025, 6, 2, 12))
    assert store.data_at == datetime(2025, 6, 2, 8)


@pytest.mark.parametrize("name", ["张三丰", "张三丰（业主）", "张三丰同志", "张 三丰", "张三丰 女士"])
def test_a_name_is_masked_in_the_text_however_its_cell_is_written(name):
    store = store_of({"ticket_no": "A", "caller_name": name, "content": "我是张三丰，请尽快处理"})
    assert "张三丰" not in row(store)["content"]


def test_a_call_back_without_an_outcome_is_an_event_and_no_valid_one():
    store = store_of({"ticket_no": "A", "called_back_at": "2025-03-12 10:00:00"})
    case = complaint(store, "A")
    assert case.events["kind"].tolist() == ["received", "called_back"]
    assert case.row["called_back_at"].iloc[0] == pd.Timestamp("2025-03-12 10:00:00")
    assert totals(store, DAY).iloc[0]["valid"] == 0


def test_callers_who_gave_no_name_are_not_one_caller():
    store = store_of(
        {"caller_name": "匿名"}, {"caller_name": "匿名"}, {"caller_name": "张三丰"}, {"caller_name": "张三丰先生"}
    )
    assert store.cursor().execute("select count(*) from callers").fetchall() == [(1,)]


def test_a_rate_nobody_states_has_no_data_though_there_were_call_backs():
    store = store_of(
        {"solved": "是", "satisfied": "满意"}, {"solved": "否", "satisfied": "不满意"}, areas=town("street")
    )
    for facts in ("wards", "complaints", "categories"):
        row = store.ask("totals", facts=facts, measured=True, **DAY.params(store)).iloc[0]
        assert (row["valid"], row["contact_stated"], row["resolution_rate"], row["satisfaction_rate"]) == (2, 0, 50, 50)
        assert pd.isna(row["response_rate"])
        assert pd.isna(row["score"])


def test_a_call_back_whose_outcome_is_taken_back_is_none():
    given = {"ticket_no": "A", "closed_at": "2025-03-11 10:00:00", "solved": "是", "satisfied": "满意"}
    store = store_of(given)
    bring(store, given | {"closed_at": "", "solved": "", "satisfied": ""})
    now = totals(store, DAY).iloc[0]
    assert (now["valid"], now["open"]) == (0, 1)
    assert rollups(store) == recounted(store)


def test_a_ticket_number_that_lost_its_digits_is_rejected():
    store = store_of()
    report = bring(
        store, {"ticket_no": "1.23457E+11"}, {"ticket_no": "1.23457E+11", "unit": "乙局"}, {"ticket_no": "1E5"}
    )
    assert report.reasons == {"bad_ticket": 2}
    assert report.accepted == 1
