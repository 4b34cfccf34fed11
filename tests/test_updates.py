"""Updates: a newer row changes a complaint through events, nothing is forgotten, and work orders go their way."""

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from data.complaints import complaint
from data.store import Store
from tests.cities import bring, contents, recounted, rollups, store_of


def row_of(store: Store, ticket: str = "T1") -> dict:
    return complaint(store, ticket).row.iloc[0].to_dict()


def events_of(store: Store, ticket: str = "T1") -> list[tuple]:
    events = complaint(store, ticket).events
    return [
        (kind, at.to_pydatetime(), bool(gone))
        for kind, at, gone in zip(events["kind"], events["happened_at"], events["withdrawn"], strict=True)
    ]


def orders_of(store: Store, ticket: str = "T1") -> dict:
    orders = complaint(store, ticket).work_orders
    return dict(zip(orders["unit"], orders["transferred"], strict=True))


def account(report) -> tuple[int, int, int, int, int]:
    return report.read, report.accepted, report.updated, report.unchanged, report.rejected


@settings(max_examples=5)
@given(st.permutations([f"2025-03-{day} 08:00" for day in (11, 12, 13)]))
def test_the_newest_row_wins_whatever_the_order_of_files(days):
    store = store_of()
    for day in days:
        bring(store, {"updated_at": day, "title": day, "closed_at": day})
    row = row_of(store)
    assert row["title"] == "2025-03-13 08:00"
    assert row["closed_at"] == datetime(2025, 3, 13, 8)


# --- updates are events


def test_a_newer_row_updates_through_events():
    store = store_of({"title": "old", "content": "same", "category": "a->b"})
    report = bring(
        store,
        {
            "title": "new",
            "content": "same",
            "category": "a->c",
            "closed_at": "2025-03-12 10:00",
            "valid": "是",
            "solved": "是",
        },
    )
    assert account(report) == (1, 0, 1, 0, 0)
    row = row_of(store)
    assert (row["title"], row["category"], row["closed_at"], row["solved"]) == (
        "new",
        "a/c",
        datetime(2025, 3, 12, 10),
        "yes",
    )
    assert [kind for kind, _, _ in events_of(store)] == ["received", "closed", "called_back", "amended"]
    amended = complaint(store, "T1").events.iloc[-1]["detail"]
    assert '"was":"old","is":"new"' in amended.replace(" ", "")
    assert "same" not in amended


def test_what_the_source_takes_back_is_withdrawn_and_stays_in_the_history():
    store = store_of({"closed_at": "2025-03-12 10:00"})
    bring(store, {"closed_at": ""})
    assert row_of(store)["closed_at"] is None or str(row_of(store)["closed_at"]) == "NaT"
    assert events_of(store)[1:] == [
        ("closed", datetime(2025, 3, 12, 10), False),
        ("closed", datetime(2025, 3, 12, 10), True),
    ]
    assert store.cursor().execute("select count(*) from open_complaints").fetchall() == [(1,)]
    bring(store, {"closed_at": "2025-03-12 10:00"})
    assert row_of(store)["closed_at"] == datetime(2025, 3, 12, 10)
    assert store.cursor().execute("select count(*) from open_complaints").fetchall() == [(0,)]


def test_a_file_that_cannot_speak_of_closing_takes_no_closing_back():
    store = store_of({"closed_at": "2025-03-12 10:00", "solved": "是"})
    bring(store, {"title": "new"})
    assert row_of(store)["closed_at"] == datetime(2025, 3, 12, 10)
    assert row_of(store)["solved"] == "yes"


def test_an_older_row_changes_nothing():
    store = store_of({"title": "new", "updated_at": "2025-03-20"})
    state = contents(store)
    assert account(bring(store, {"title": "old", "updated_at": "2025-03-19"})) == (1, 0, 0, 1, 0)
    assert contents(store) == state


def test_events_are_never_changed():
    store = store_of({"title": "one", "closed_at": "2025-03-12"})
    before = store.cursor().execute("from events order by event_id").fetchall()
    bring(store, {"title": "two", "closed_at": "2025-03-13"})
    assert store.cursor().execute("from events order by event_id").fetchall()[: len(before)] == before


# --- work orders


def test_one_complaint_sent_to_two_units_is_one_complaint_and_two_work_orders():
    store = store_of(
        {"ticket_no": "A", "unit": "甲街道", "nature": "主办"},
        {"ticket_no": "A", "unit": "乙局", "nature": "协办", "closed_at": "2025-03-12"},
    )
    assert store.cursor().execute("select count(*) from complaints").fetchall() == [(1,)]
    assert orders_of(store, "A") == {"甲街道": False, "乙局": False}
    assert row_of(store, "A")["units"] == "甲街道、乙局"
    # the main unit speaks for the complaint
    assert str(row_of(store, "A")["closed_at"]) == "NaT"


def test_a_complaint_sent_on_counts_for_the_new_main_unit_only():
    store = store_of({"unit": "甲街道"})
    bring(store, {"unit": "乙街道"})
    assert orders_of(store) == {"甲街道": True, "乙街道": False}
    bring(store, {"unit": "甲街道", "title": "sent back"})
    assert orders_of(store) == {"甲街道": False, "乙街道": True}


def test_news_of_one_of_two_main_units_does_not_send_the_other_away():
    store = store_of({"ticket_no": "A", "unit": "甲街道"}, {"ticket_no": "A", "unit": "乙街道"})
    bring(store, {"ticket_no": "A", "unit": "乙街道", "closed_at": "2025-03-12"})
    assert orders_of(store, "A") == {"甲街道": False, "乙街道": False}


def test_a_joint_unit_that_joins_later_does_not_send_the_main_unit_away():
    store = store_of({"unit": "甲街道", "nature": "主办"})
    bring(store, {"unit": "乙局", "nature": "协办"})
    assert orders_of(store) == {"甲街道": False, "乙局": False}


def test_a_row_without_a_unit_sends_nobody_away():
    store = store_of({"unit": "甲街道"})
    bring(store, {"solved": "是"})
    assert not orders_of(store)["甲街道"]


def test_news_of_one_unit_takes_no_dispatch_of_another_back():
    first = {"ticket_no": "A", "unit": "甲街道", "dispatched_at": "2025-03-10 10:00"}
    store = store_of(first)
    bring(store, {"ticket_no": "A", "unit": "乙街道", "dispatched_at": "2025-03-11 10:00"})
    sent = [event for event in events_of(store, "A") if event[0] == "dispatched"]
    assert sent == [("dispatched", datetime(2025, 3, 10, 10), False), ("dispatched", datetime(2025, 3, 11, 10), False)]
    assert row_of(store, "A")["dispatched_at"] == datetime(2025, 3, 10, 10)
    # but a unit's own dispatch can be put right
    bring(store, {"ticket_no": "A", "unit": "乙街道", "dispatched_at": "2025-03-12 10:00"})
    assert ("dispatched", datetime(2025, 3, 11, 10), True) in events_of(store, "A")


def test_of_two_rows_in_one_file_the_newer_decides_wherever_it_stands():
    store = store_of(
        {"ticket_no": "A", "title": "new", "updated_at": "2025-03-12"},
        {"ticket_no": "A", "title": "old", "updated_at": "2025-03-11"},
    )
    assert row_of(store, "A")["title"] == "new"
    assert bring(store, {"ticket_no": "A", "title": "old", "updated_at": "2025-03-11"}).unchanged == 1
    assert row_of(store, "A")["title"] == "new"


def test_an_outcome_reaches_the_sums_of_every_unit_whenever_it_was_sent_there():
    main = {"ticket_no": "A", "unit": "甲街道", "nature": "主办"}
    store = store_of(main, {"ticket_no": "A", "unit": "乙局", "nature": "协办", "received_at": "2025-03-14"})
    bring(store, main | {"valid": "是", "solved": "是"})
    assert store.cursor().execute("select valid, solved from rollup_units").fetchall() == [(1, 1), (1, 1)]
    before = rollups(store)
    assert recounted(store) == before


def test_an_old_row_of_the_main_unit_does_not_speak_for_news_of_a_joint_unit():
    store = store_of({"ticket_no": "A", "title": "now", "unit": "甲", "nature": "主办", "updated_at": "2025-03-14"})
    rows = [
        {"ticket_no": "A", "title": "joint", "unit": "乙", "nature": "协办", "updated_at": "2025-03-15"},
        {"ticket_no": "A", "title": "long ago", "unit": "甲", "updated_at": "2025-03-13"},
    ]
    assert account(bring(store, *rows)) == (2, 0, 1, 1, 0)
    assert row_of(store, "A")["title"] == "now"
    state = contents(store)
    assert account(bring(store, *rows)) == (2, 0, 0, 2, 0)
    assert contents(store) == state


def test_a_row_without_a_time_does_not_make_the_store_forget_how_new_it_is():
    store = store_of({"title": "one", "updated_at": "2025-03-14"})
    bring(store, {"title": "two", "updated_at": ""})
    bring(store, {"title": "old", "updated_at": "2025-03-13"})
    assert row_of(store)["title"] == "two"


def test_a_file_of_natures_without_units_twice_changes_nothing():
    rows = [{"ticket_no": "A", "nature": "主办"}, {"ticket_no": "A", "nature": "协办", "received_at": "2025-03-12"}]
    store = store_of(*rows)
    state = contents(store)
    assert account(bring(store, *rows)) == (2, 0, 0, 2, 0)
    assert contents(store) == state


def test_rows_are_told_apart_by_a_hash_that_a_new_engine_must_not_change_unnoticed():
    # with another hash every row of a file known already counts as updated once
    row = "hash('路灯不亮', null::varchar, timestamp '2025-03-10 09:00:00', 116.25::double, true)"
    assert store_of().cursor().execute(f"select {row}").fetchall() == [(8072797045641893801,)]


def test_a_row_whose_hash_another_engine_made_counts_as_updated_once_and_changes_nothing():
    row = {"ticket_no": "A", "title": "one", "unit": "甲街道", "closed_at": "2025-03-12"}
    store = store_of(row)
    with store.write() as cursor:
        cursor.execute("update work_orders set row_hash = 1")
    before = store.cursor().execute("from events").fetchall()
    assert account(bring(store, row)) == (1, 0, 1, 0, 0)
    assert account(bring(store, row)) == (1, 0, 0, 1, 0)
    assert store.cursor().execute("from events").fetchall() == before
    assert rollups(store) == recounted(store)
