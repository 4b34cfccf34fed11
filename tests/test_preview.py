"""A preview is what the import would do, and leaves the store as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import FileProblem
from data.preview import LOOKED_AT, SHOWN, preview
from data.profiles import load_profile
from tests.cities import bring, centre, contents, store_of, town, write_rows

BEIJING = load_profile("beijing_12345")


def looked(store, tmp_path, *rows, profile=BEIJING, crs="wgs84"):
    return preview(store, write_rows(tmp_path / "rows.csv", rows), profile, crs=crs)


def test_the_rows_are_shown_as_they_would_be_stored(tmp_path):
    store = store_of(areas=town())
    found = looked(
        store, tmp_path, {"category_1": "噪声", "content": "电话13800138000", **centre("1111")}, {"lon": "x"}
    )
    row = found.rows.iloc[0]
    assert (row["category"], row["precision"]) == ("噪声", "point")
    assert row["place"] == "district 1 / street 11 / community 111 / grid 1111"
    assert "13800138000" not in row["content"]
    assert found.rows["place"].isna().tolist() == [False, True]


def test_nothing_of_a_preview_stays(tmp_path):
    store = store_of({"solved": "是", **centre("1111")}, areas=town())
    before, version = contents(store), store.version
    looked(store, tmp_path, {"unit": "新单位", **centre("1444")}, {"ticket_no": "T1", "solved": "否"})
    assert (contents(store), store.version) == (before, version)


def test_a_preview_does_not_wait_for_an_import(tmp_path):
    store = store_of({}, areas=town())
    with store.write():
        assert looked(store, tmp_path, {}).read == 1


def test_what_was_not_understood_is_named_with_an_example(tmp_path):
    found = looked(
        store_of(), tmp_path,
        {"closed_at": "2025-03-11 10:00", "solved": "是", "lon": "116.1", "lat": "39.8"},
        {"closed_at": "昨天", "solved": "也许", "lon": "东边", "lat": ""},
        {"closed_at": "", "solved": "", "lon": "", "lat": ""},
    )  # fmt: skip
    fields = found.fields.set_index("field")
    counts = {
        name: tuple(fields.loc[name, ["filled", "understood", "example"]]) for name in ("closed_at", "solved", "lon")
    }
    assert counts == {"closed_at": (2, 1, "昨天"), "solved": (2, 1, "也许"), "lon": (2, 1, "东边")}


def test_an_example_is_masked(tmp_path):
    found = looked(store_of(), tmp_path, {"closed_at": "问13800138000"})
    assert "13800138000" not in found.fields.set_index("field").loc["closed_at", "example"]


def test_tickets_that_are_known_or_come_twice_are_counted(tmp_path):
    store = store_of({"ticket_no": "A"}, {"ticket_no": "B"})
    found = looked(store, tmp_path, {"ticket_no": "A"}, {"ticket_no": "C"}, {"ticket_no": "C"}, {"ticket_no": "D"})
    assert (found.known, found.repeated) == (1, 1)


def test_rejected_rows_are_counted_by_reason(tmp_path):
    found = looked(store_of(), tmp_path, {}, {"received_at": "?"}, {"received_at": ""})
    assert (found.read, found.rejected, found.reasons) == (3, 2, {"bad_time": 1, "no_time": 1})


def test_only_the_first_rows_are_looked_at(tmp_path):
    found = looked(store_of(), tmp_path, *({"ticket_no": str(n)} for n in range(LOOKED_AT + 500)))
    assert (found.read, len(found.rows)) == (LOOKED_AT, SHOWN)


def test_a_file_that_cannot_be_imported_cannot_be_previewed(tmp_path):
    with pytest.raises(FileProblem) as caught:
        looked(store_of(), tmp_path, {}, profile=load_profile("nyc_311"))
    assert caught.value.key == "file.no_header"


rows = st.lists(
    st.fixed_dictionaries(
        {
            "ticket_no": st.sampled_from("ABCD"),
            "received_at": st.sampled_from(["2025-03-10 09:00", "?", "2025年3月9日"]),
        },
        optional={
            "closed_at": st.text(max_size=6),
            "solved": st.sampled_from(["是", "否", "x"]),
            "unit": st.sampled_from("UV"),
        },
    ),
    min_size=1,
    max_size=12,
)


@given(rows=rows)
def test_a_preview_counts_what_the_import_counts(rows, tmp_path_factory):
    store = store_of({"ticket_no": "A"})
    found = looked(store, tmp_path_factory.mktemp("p"), *rows)
    report = bring(store, *rows)
    assert (found.read, found.rejected, found.reasons) == (report.read, report.rejected, report.reasons)
