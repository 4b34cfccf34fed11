"""Times as exports write them: Chinese, compact, serial, with half-days and zones; what is no time is refused."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.complaints import complaint
from data.store import Store, run
from tests.cities import bring

ROOT = Path(__file__).parents[1]


def row_of(store: Store, ticket: str) -> dict:
    return complaint(store, ticket).row.iloc[0].to_dict()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-01-02 15:04:05", "2025-01-02 15:04:05"), ("2025-01-02 15:04", "2025-01-02 15:04"),
        ("2025-1-2", "2025-01-02"),
        ("2025/1/2 15:04", "2025-01-02 15:04"), ("2025／1／2", "2025-01-02"), ("2025.1.2", "2025-01-02"),
        ("2025年1月2日", "2025-01-02"), ("2025年01月02日 15时04分05秒", "2025-01-02 15:04:05"),
        ("2025年1月2日15时", "2025-01-02 15:00"),
        ("2025年1月2日下午3点5分", "2025-01-02 15:05"), ("2025年1月2日 上午9:05", "2025-01-02 09:05"),
        ("2025/1/2 下午12:30", "2025-01-02 12:30"),
        ("2025/1/2 中午12:30", "2025-01-02 12:30"), ("2025/1/2 中午1:30", "2025-01-02 13:30"),
        ("2025/1/2 凌晨12:30", "2025-01-02 00:30"),
        ("2025/1/2 晚上8:30", "2025-01-02 20:30"), ("2025-01-02 3:05 PM", "2025-01-02 15:05"),
        ("2025-01-02 12:05 am", "2025-01-02 00:05"),
        ("２０２５－０１－０２　１５：０４", "2025-01-02 15:04"), ("20250102150405", "2025-01-02 15:04:05"),
        ("202501021504", "2025-01-02 15:04"),
        ("20250102", "2025-01-02"), ("45659", "2025-01-02"), ("45659.627835", "2025-01-02 15:04:05"),
        ("45659.5", "2025-01-02 12:00"),
        ("2025-01-02T15:04:05", "2025-01-02 15:04:05"), ("2025-01-02T15:04:05.000", "2025-01-02 15:04:05"),
        ("2025-01-02T07:04:05Z", "2025-01-02 15:04:05"), ("2025-01-02 15:04:05+08:00", "2025-01-02 15:04:05"),
        ("2025-01-02T07:04:05+0000", "2025-01-02 15:04:05"), (" 2025-01-02\n", "2025-01-02"),
        ("2024-02-29", "2024-02-29"),
    ],
)  # fmt: skip
def test_times_as_they_are_written(times, text, moment):
    assert times[text] == datetime.fromisoformat(moment)


WRONG = (
    "昨天", "2025-02-29", "2025-13-01", "2025-01-32", "25-01-02", "1/2/2025", "2025112", "202511", "2025010215045",
    "2025-01-02 25:00",
    "0001-01-01", "1899-12-30", "9999-12-31", "2100-01-01", "99999999999999", "99999", "inf", "NaN", "-1", "0", "1e5",
    "'; drop table events",
)  # fmt: skip


@pytest.fixture(scope="module")
def times():
    table = next(mark for mark in test_times_as_they_are_written.pytestmark if mark.name == "parametrize").args[1]
    store = Store()
    report = bring(
        store,
        *({"ticket_no": text, "received_at": text} for text, _ in table),
        *({"received_at": text} for text in WRONG),
    )
    assert report.reasons == {"bad_time": len(WRONG)}
    rows = store.cursor().execute("select ticket_no, received_at from complaints").fetchall()
    return {text: moment for text, _ in table for ticket, moment in rows if ticket == text.strip()}


def test_a_zone_in_a_text_is_brought_to_the_zone_of_the_profile():
    store = Store()
    bring(
        store,
        {"Unique Key": "1", "Created Date": "2025-01-02T15:04:05Z"},
        {"Unique Key": "2", "Created Date": "01/02/2025 03:04:05 PM"},
        profile="nyc_311",
    )
    assert row_of(store, "1")["received_at"] == datetime(2025, 1, 2, 10, 4, 5)
    assert row_of(store, "2")["received_at"] == datetime(2025, 1, 2, 15, 4, 5)


# --- what is read fast is read as it always was

_one = st.integers(0, 99).map(str) | st.integers(0, 30).map(lambda n: f"{n:02}")
_gap = st.sampled_from(
    ["-", "/", ".", "年", "月", "日", " ", "  ", "T", ":", "时", "点", "分", "秒", "", "：", "上午", "Z"]
)
_dates = st.tuples(
    st.sampled_from(["2025", "2024", "1999", "1024", "25", "3025"]),
    st.sampled_from([("-", "-"), ("/", "/"), (".", "."), ("年", "月"), ("-", "/")]), _one, _one,
    st.sampled_from(["", "日", " ", "T", "日 ", "  "]), _one, st.sampled_from([":", "时", "点", "："]), _one,
    st.sampled_from(["", ":", "分"]), _one, st.sampled_from(["", "秒", ".5", ".123456", " PM", "Z"]),
    st.integers(4, 12),
)  # fmt: skip


@st.composite
def written(draw: st.DrawFn) -> str:
    """A time somewhat as somebody may write it, cut off somewhere."""
    year, (first, second), month, day, *rest, parts = draw(_dates)
    text = "".join([year, first, month, second, day, *rest][: parts + 2])
    return text if draw(st.booleans()) else text + draw(_gap)


@settings(max_examples=200)
@given(st.lists(written(), min_size=20, max_size=60))
@example(
    [
        "2025年1月2日15时04分05秒",
        "2025年1月2日 15:04",
        "2025.1.2 3:04",
        "2025/1/2 24:00",
        "2025-1-2T3:04:05.5",
        "2025-02-29",
    ]
)
def test_the_fast_way_reads_a_time_as_the_slow_way_does(times_asked, texts):
    slow = "coalesce(try_strptime(v, ['%Y-%m-%d %H:%M', '%Y/%m/%d %H:%M:%S', '%Y/%m/%d %H:%M']), rare_time(v, $zone))"
    rows = times_asked.execute(
        f"select v, plain_time(v), {slow} from unnest($texts::varchar[]) t(v)",
        {"texts": texts, "zone": "Asia/Shanghai"},
    )
    for text, fast, always in rows.fetchall():
        assert fast is None or fast == always, text


@pytest.fixture(scope="module")
def times_asked():
    cursor = Store().cursor()
    run(cursor, "clean_macros")
    return cursor


def test_a_format_of_ones_own_goes_before_what_everybody_writes(tmp_path):
    profile = (ROOT / "data" / "profiles" / "beijing_12345.toml").read_text("utf-8")
    own = tmp_path / "own.toml"
    own.write_text(re.sub(r"time_formats = .*", 'time_formats = ["%Y-%d-%m %H:%M", "%d/%m/%Y"]', profile), "utf-8")
    store = Store()
    bring(store, {"received_at": "2025-02-03 10:00"}, {"received_at": "04/03/2025"}, profile=str(own))
    assert [row_of(store, ticket)["received_at"] for ticket in ("T1", "T2")] == [
        datetime(2025, 3, 2, 10),
        datetime(2025, 3, 4),
    ]
