"""Imports of anything, in any order: rows accounted for, states as events say, sums exact, and never a traceback."""

import gzip

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.errors import Problem
from data.store import Store, run
from tests.anything import derived, files, stated, told
from tests.cities import HEADERS, bring, bring_file, contents, recounted, rollups, store_of, town


def check(store: Store) -> None:
    """What holds of any store: states, open complaints and roll-ups are what events and complaints say."""
    assert stated(store) == derived(store)
    ask = store.cursor().execute
    open_ones = "select complaint_id, received_at, deadline_at, place_id, category_id, channel_id, assessed"
    assert sorted(ask(f"{open_ones} from open_complaints").fetchall()) == sorted(
        ask(f"{open_ones} from complaints where closed_at is null").fetchall()
    )
    # one complaint a ticket, and of each at most one work order by unit and nature
    assert not ask("select 1 from complaints group by source, ticket_no having count(*) > 1").fetchall()
    assert not ask("select 1 from work_orders group by complaint_id, unit_id, nature having count(*) > 1").fetchall()
    ids = "select count(*) = count(distinct event_id) from events"
    assert ask(ids).fetchall() == [(True,)]
    before = rollups(store)
    assert recounted(store) == before


@settings(max_examples=8)
@given(files())
def test_any_sequence_of_imports_is_accounted_for_derived_from_events_and_summed_up(sequence):
    store = store_of(areas=town("district", "street"))
    for rows in sequence:
        report = bring(store, *rows)
        assert report.read == len(rows) == report.accepted + report.updated + report.unchanged + report.rejected
        assert report.rejected == sum(report.reasons.values())
        check(store)
    state = contents(store)
    again = bring(store, *rows)
    assert (again.accepted, again.updated) == (0, 0)
    assert contents(store) == state


@settings(max_examples=8)
@given(files(most=3))
def test_what_is_stored_straight_away_is_stored_as_if_it_had_been_weighed(sequence):
    # every row twice: none is alone with its ticket
    once, twice = store_of(areas=town("district", "street")), store_of(areas=town("district", "street"))
    for rows in sequence:
        first, second = bring(once, *rows), bring(twice, *rows, *rows)
        assert second.accepted == first.accepted
        assert second.rejected == 2 * first.rejected
        assert second.notes == {name: 2 * count for name, count in first.notes.items()}
        assert told(once) == told(twice)


def test_rows_that_are_alone_and_rows_that_are_not_are_told_apart_in_one_file():
    store = store_of({"ticket_no": "known", "title": "one"}, {"ticket_no": "same", "title": "one"})
    report = bring(
        store,
        {"ticket_no": "new", "title": "one", "received_at": "2025-03-12"},
        {"ticket_no": "known", "title": "two"},
        {"ticket_no": "same", "title": "one"},
        {"ticket_no": "twice", "title": "one", "unit": ""},
        {"ticket_no": "twice", "title": "two", "unit": ""},
        {"ticket_no": "earlier", "title": "one", "received_at": "2025-03-01"},
    )
    # the fields of the second file are more than those of the first: what is the same is found all the same
    assert (report.accepted, report.updated, report.unchanged) == (3, 2, 1)
    rows = store.cursor().execute("select ticket_no, title from complaints order by complaint_id").fetchall()
    assert rows == [("known", "two"), ("same", "one"), ("earlier", "one"), ("new", "one"), ("twice", "two")]
    check(store)


def test_events_of_a_new_complaint_stand_in_the_order_they_happen():
    times = {"dispatched_at": "2025-03-10 09:00:00", "closed_at": "2025-03-10 09:00:00", "solved": "是"}
    store = store_of({"ticket_no": "A", **times}, {"ticket_no": "B", **times}, {"ticket_no": "B", **times})
    for ticket in ("A", "B"):
        kinds = store.cursor().execute(
            "select e.kind from events e join complaints using (complaint_id)"
            " where ticket_no = $ticket order by event_id",
            {"ticket": ticket},
        )
        assert [kind for (kind,) in kinds.fetchall()] == ["received", "dispatched", "closed", "called_back"]


def test_a_file_without_units_twice_is_found_unchanged_and_one_after_a_file_with_units_is_not():
    row = {"ticket_no": "A", "title": "one"}
    store = store_of(row)
    assert bring(store, row).unchanged == 1
    with_unit = store_of(row | {"unit": "甲街道"})
    assert bring(with_unit, row | {"title": "two"}).updated == 1
    assert bring(with_unit, row | {"title": "two"}).unchanged == 1
    assert with_unit.cursor().execute("select count(*) from work_orders").fetchall() == [(1,)]


# --- anything at all

texts = st.text(max_size=12) | st.sampled_from(
    ["\0", '"', "'", "\r", "\u2028", "\ufeff", "=1+1", "１２３", "१२३४५६७८९", "²³", "1e309", "-0", "\U0001f525"]
)
tables = st.lists(st.dictionaries(st.sampled_from(sorted({*HEADERS, "ticket_no", "received_at", "lon", "lat", "unit",
    "title", "content", "closed_at", "valid", "category", "channel", "nature", "urgency", "due_at"})), texts),
    min_size=1, max_size=5)  # fmt: skip


@settings(max_examples=12)
@given(tables)
@example([{"received_at": "2025-03-10", "ticket_no": "١٢٣٤٥٦٧٨٩٠١", "content": "١٣٨٠٠١٣٨٠٠٠"}])
def test_any_cells_are_taken_in_or_rejected(rows):
    store = store_of(areas=town("district", "street"))
    report = bring(store, *rows)
    assert report.accepted + report.updated + report.unchanged + report.rejected == report.read
    check(store)


HEAD = "工单编号,创建时间,办结时间,主要内容,来电人,联系方式,经度,纬度\n"
LINES = 'A1,2025-03-10 09:00,,路灯不亮,张三,13800138000,116.02,39.82\nA2,2025/3/11,2025-03-12,"两行\n的话",,,,\n'


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A file that was one once: in some encoding, with bytes changed, taken out or put in, perhaps zipped."""
    text = (HEAD + LINES * draw(st.integers(1, 4))).replace("\n", draw(st.sampled_from(["\n", "\r\n", "\r"])))
    data = bytearray(
        text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16", "latin-1"])), "replace")
    )
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 3))] = draw(
            st.binary(max_size=3) | st.sampled_from([b'"', b",", b"\n", b"\0"])
        )
    if draw(st.booleans()):
        data = bytearray(gzip.compress(bytes(data)))
        data = data[: draw(st.integers(len(data) // 2, len(data)))] if draw(st.booleans()) else data
    return bytes(data)


@pytest.fixture(scope="module")
def taken(tmp_path_factory):
    return store_of({"ticket_no": "there", "unit": "甲街道"}, areas=town("district")), tmp_path_factory.mktemp("files")


@settings(max_examples=30)
@given(data=damaged() | st.binary(max_size=200))
def test_any_bytes_are_a_report_or_a_sentence(taken, data):
    store, folder = taken
    (folder / "any.csv").write_bytes(data)
    before, batches = contents(store), "select count(*) from batches"
    imports = store.cursor().execute(batches).fetchall()
    try:
        report = bring_file(store, folder / "any.csv", rejected_folder=folder / "rejected")
    except Problem:
        assert contents(store) == before
        assert store.cursor().execute(batches).fetchall() == imports
    else:
        assert report.read == report.accepted + report.updated + report.unchanged + report.rejected
        assert rollups(store) == recounted(store)
    assert not list(folder.glob("rejected/.*"))


@pytest.mark.parametrize(
    ("order", "sorted_"),
    [
        ("row_no", True),
        ("-row_no", True),
        ("hash(row_no)", False),
        ("row_no % 2 * 400_000 + row_no", False),
        ("0", True),
    ],
)
def test_rows_in_the_order_of_receipt_need_no_sorting(order, sorted_):
    store = store_of()
    with store.write() as cursor:
        run(cursor, "incoming")
        cursor.execute(
            "insert into incoming (row_no, received_at) select row_no, timestamp '2025-01-01' + to_seconds(nth) from"
            f" (select row_no, row_number() over (order by {order}) as nth from range(400_000) t(row_no))"
        )
        run(cursor, "in_order")
        assert cursor.fetchall() == [(sorted_,)]
        cursor.execute("delete from incoming")
        run(cursor, "in_order")
        assert cursor.fetchall() == [(True,)]
