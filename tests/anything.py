"""Files of any rows, and what a store says in words of its own: without numbers that only hold it together."""

from collections import defaultdict

from hypothesis import strategies as st

from data.store import Store
from tests.cities import centre

_CELLS = {
    "updated_at": ["", "2025-03-13", "2025-03-14", "2025-03-15"],
    "unit": ["", "甲街道", "乙街道"],
    "nature": ["", "主办", "协办"],
    "closed_at": ["", "2025-03-11 10:00", "2025-03-12", "2025-03-09", "x"],
    "dispatched_at": ["", "2025-03-10 10:00", "2025-03-11 10:00"],
    "contacted_at": ["", "2025-03-11 10:00"],
    "called_back_at": ["", "2025-03-12 08:00", "2025-03-11 10:00"],
    "due_at": ["", "2025-03-20"],
    "valid": ["", "是", "否", "?"],
    "contacted": ["", "是", "否"],
    "solved": ["", "是", "部分", "否"],
    "satisfied": ["", "满意", "基本满意"],
    "category": ["", "a->b", "a->c", "消防"],
    "channel": ["", "电话", "web"],
    "title": ["", "one", "two", " one "],
    "content": ["", "电话13800138000", "张三丰 at home"],
    "address": ["", "1号", "2号"],
    "stated_area": ["", "street 11", "district 1/street 12", "nowhere"],
    "urgency": ["", "2h", "24h"],
    "excluded": ["", "是", "否"],
    "caller_name": ["", "张三丰", "李四"],
    "lon": [str(centre("1111")["lon"]), str(centre("1444")["lon"]), "", "0", "121.4"],
    "lat": [str(centre("1111")["lat"]), str(centre("1444")["lat"]), "", "0"],
}
_row = st.fixed_dictionaries(
    {
        "ticket_no": st.sampled_from(["A", "B", "C", "D", "E", ""]),
        "received_at": st.sampled_from(["2025-03-10 09:00", "2025-03-10 21:00", "2025-03-11", "never"]),
        **{name: st.sampled_from(cells) for name, cells in _CELLS.items()},
    }
)


@st.composite
def files(draw: st.DrawFn, most: int = 4) -> list[list[dict]]:
    """Some files, each with some of the columns, whose rows often speak of the same tickets."""
    made = []
    for _ in range(draw(st.integers(1, most))):
        columns = draw(st.sets(st.sampled_from(sorted(_CELLS)), min_size=1)) | {"ticket_no", "received_at"}
        rows = draw(st.lists(_row, min_size=1, max_size=7))
        made.append([{name: cell for name, cell in row.items() if name in columns} for row in rows])
    return made


_COMPLAINTS = """
select source, ticket_no, c.* exclude (
        complaint_id, source, ticket_no, category_id, channel_id, address_id, caller_id, place_id, batch_id
    ), k.path, h.channel, a.address, l.caller_hash, p.combination,
    -- which urgency a category has is no part of a complaint, but of its deadline
    k.grade
from complaints c left join categories k using (category_id) left join channels h using (channel_id)
left join addresses a using (address_id) left join callers l using (caller_id) left join places p using (place_id)
"""
_EVENTS = """
select c.source, c.ticket_no, e.happened_at, e.kind, e.withdrawn, u.unit, e.valid, e.contacted, e.solved, e.satisfied,
    e.detail, e.recorded_at
from events e join complaints c using (complaint_id) left join units u using (unit_id)
order by c.source, c.ticket_no, e.happened_at, e.event_id
"""
_ORDERS = """
select c.source, c.ticket_no, u.unit, w.* exclude (work_order_id, complaint_id, unit_id, batch_id)
from work_orders w join complaints c using (complaint_id) left join units u using (unit_id)
"""
_OPEN = """
select c.source, c.ticket_no, o.* exclude (complaint_id, category_id, channel_id, place_id)
from open_complaints o join complaints c using (complaint_id)
"""
_TOLD = {
    "complaints": _COMPLAINTS,
    "orders": _ORDERS,
    "open": _OPEN,
    "wards": "select p.combination, r.* exclude (place_id) from rollup_wards r left join places p using (place_id)",
    "categories": "select k.path, h.channel, r.* exclude (category_id, channel_id) from rollup_categories r"
    " left join categories k using (category_id) left join channels h using (channel_id)",
    "units": "select u.unit, r.* exclude (unit_id) from rollup_units r left join units u using (unit_id)",
}


def told(store: Store) -> dict[str, list]:
    """Everything a store says of complaints, in words instead of numbers of rows, batches and names."""
    ask = store.cursor().execute
    return {name: sorted(ask(text).fetchall(), key=repr) for name, text in _TOLD.items()} | {
        "events": ask(_EVENTS).fetchall()
    }


def derived(store: Store) -> dict[int, tuple]:
    """
    The states of complaints as their events give them, by complaint.

    Of events with the same kind, time and unit the last one is in force, unless it
    withdraws. A second way to the answer, without the product's SQL.
    """
    last: dict[tuple, tuple] = {}
    rows = store.cursor().execute(
        "select complaint_id, kind, happened_at, unit_id, withdrawn, event_id, valid, contacted, solved, satisfied"
        " from events where kind <> 'amended' order by event_id"
    )
    for complaint, kind, at, unit, withdrawn, event, *outcome in rows.fetchall():
        last[complaint, kind, at, unit] = (withdrawn, event, tuple(outcome))
    times: dict[int, dict[str, list]] = defaultdict(lambda: defaultdict(list))
    for (complaint, kind, at, _), (withdrawn, event, outcome) in last.items():
        if not withdrawn:
            times[complaint][kind].append((at, event, outcome))
    states = {}
    for complaint, kinds in times.items():
        first = [
            min((at for at, _, _ in kinds[kind]), default=None) for kind in ("received", "dispatched", "contacted")
        ]
        closed = max((at for at, _, _ in kinds["closed"]), default=None)
        called_back = max(kinds["called_back"], default=(None, None, (None,) * 4))
        states[complaint] = (*first, closed, called_back[0], *called_back[2])
    return states


def stated(store: Store) -> dict[int, tuple]:
    """The states of complaints as they are stored, by complaint."""
    rows = store.cursor().execute(
        "select complaint_id, received_at, dispatched_at, contacted_at, closed_at, called_back_at, valid, contacted,"
        " solved, satisfied from complaints"
    )
    return {complaint: tuple(state) for complaint, *state in rows.fetchall()}
