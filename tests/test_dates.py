"""The order of day and month is taken from the column itself, or not at all."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.dates import ordered_formats
from data.profiles import load_profile
from data.recognition import recognise
from tests.cities import bring_file, store_of


@pytest.mark.parametrize(
    ("texts", "first"),
    [
        (["02/28/2023 11:45:00 PM"], "%m/%d/%Y"),
        (["28/02/2023 11:45"], "%d/%m/%Y"),
        (["01/02/2023", "13/02/2023"], "%d/%m/%Y"),
        (["1.2.2023", "1.30.2023"], "%m.%d.%Y"),
        (["31-12-2023", None, "", "昨天"], "%d-%m-%Y"),
    ],
)
def test_a_number_above_twelve_tells(texts, first):
    assert ordered_formats(texts)[-1] == first


@pytest.mark.parametrize(
    "texts", [[], ["2023-02-28"], ["01/02/2023"], ["13/02/2023", "02/13/2023"], ["99/02/2023"], ["2/3/20231"]]
)
def test_what_nobody_can_know_is_not_guessed(texts):
    assert ordered_formats(texts) == ()


@given(
    days=st.lists(st.dates(date(2000, 1, 1), date(2050, 1, 1)), min_size=1, max_size=20),
    order=st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"]),
)
def test_an_order_that_is_told_is_the_true_one(days, order):
    found = ordered_formats(day.strftime(order) for day in days)
    assert not found or found[-1] == order


@pytest.mark.parametrize(
    ("second", "day"), [("02/28/2025 01:05:00 PM", "2025-01-02"), ("28/02/2025 13:05", "2025-02-01")]
)
def test_a_file_of_an_unknown_system_is_read_in_its_own_order(tmp_path, second, day):
    path = tmp_path / "rows.csv"
    path.write_text(f"Case ID,Opened,Category\n1,01/02/2025 10:00,x\n2,{second},x\n")
    profile = recognise(path, tmp_path, profile="auto").profile
    store = store_of()
    from data.intake import import_file
    from tests.cities import NOW

    assert import_file(store, path, profile, imported_at=NOW).rejected == 0
    (found,) = store.cursor().execute("select min(received_at)::date::varchar from complaints").fetchall()[0]
    assert found == min(day, "2025-02-28")


def test_an_unknown_order_is_rejected_row_by_row(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("Case ID,Opened,Category\n1,01/02/2025,x\n")
    report = bring_file(store_of(), path, profile="auto")
    assert report.reasons == {"bad_time": 1}
    assert load_profile("auto").time_formats == recognise(path, tmp_path, profile="auto").profile.time_formats
