"""Population: what a table says of residents, which areas it means, and from when it holds."""

import json
from datetime import date, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from data.areas import store_areas
from data.errors import FileProblem, ScopeProblem
from data.name_reviews import review
from data.population import import_population, population_on
from data.rates import board, rates_by_area, rates_by_unit
from data.scope import Scope
from data.store import Store
from tests.cities import bring, centre, store_of
from tests.test_area_names import run
from tests.towns import DISTRICT, RECUT, SHAPES, give_names, settle

CENSUS = date(2020, 11, 1)
MARCH = Scope(date(2025, 3, 1), date(2025, 3, 31))
HEAD = "名称,编码,常住人口\n"


def town_of(*rows: dict) -> Store:
    store = store_of(*rows)
    give_names(store)
    return store


def count(store: Store, folder: Path, text: str, *, on: date = CENSUS, encoding: str = "utf-8", **columns):
    """Import a table of streets' residents, by name unless told otherwise."""
    path = folder / "人口.csv"
    path.write_bytes(text.encode(encoding))
    columns = columns or {"name_column": "名称"}
    return import_population(store, path, "street", people_column="常住人口", counted_on=on, **columns)


def people(store: Store, on: date = date(2025, 3, 31), level: str = "street") -> dict:
    found = population_on(store, level, on)
    return {code: None if n is pd.NA else int(n) for code, n in zip(found["area_id"], found["people"], strict=True)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_residents_come_in_by_name(tmp_path, encoding):
    store = town_of()
    report = count(store, tmp_path, HEAD + '右安门街道,11,"83,000"\n 方庄 街道 ,12,９５００\n', encoding=encoding)
    assert (report.read, report.stored, report.people, report.left_out) == (2, 2, 92_500, ())
    assert people(store) == {"11": 83_000, "12": 9_500, "13": None, "14": None}


def test_residents_come_in_by_code(tmp_path):
    store = town_of()
    report = count(store, tmp_path, HEAD + "随便,11,100\n,12 ,200\n右安门街道,99,300\n", id_column="编码")
    assert report.left_out == ((4, "99", "unknown"),)
    assert people(store)["11"] == 100
    assert people(store)["12"] == 200


@pytest.mark.parametrize(
    "said", ["0", "-5", "", "约三万", "3.5", "1e4", "12,34", "1,2345", "１２３人", "99999999999999", "٣٤"]
)
def test_residents_that_are_no_whole_number_are_left_out(tmp_path, said):
    store = town_of()
    report = count(store, tmp_path, HEAD + f'右安门街道,11,"{said}"\n方庄街道,12,5\n')
    assert report.left_out == ((2, "右安门街道", "people"),)
    assert people(store) == {"11": None, "12": 5, "13": None, "14": None}


@given(number=st.integers(1, 10**12 - 1), between=st.sampled_from([",", " ", "，", ""]))
@settings(max_examples=15)
def test_any_number_however_grouped_is_itself(tmp_path_factory, number, between):
    store = town_of()
    said = f"{number:,}".replace(",", between)
    assert count(store, tmp_path_factory.mktemp("a"), HEAD + f'方庄街道,12,"{said}"\n').people == number


def test_a_name_counts_when_it_is_the_area_s_own_or_was_accepted(tmp_path):
    store = town_of()
    table = HEAD + "方庄地区,12,100\n"
    assert count(store, tmp_path, table).left_out == ((2, "方庄地区", "unknown"),)
    review(store, "方庄地区", "street", "12", accept=True, reviewed_at=datetime(2025, 6, 1))
    assert count(store, tmp_path, table).stored == 1
    assert people(store)["12"] == 100


def test_a_name_of_several_areas_is_left_out_until_a_person_says_which(tmp_path):
    store = town_of()
    path = tmp_path / "a.csv"
    path.write_text("社区,人口\n建设里社区,100\n玉林里社区,7\n", "utf-8")

    def again():
        return import_population(
            store, path, "community", people_column="人口", name_column="社区", counted_on=CENSUS
        ).left_out

    assert again() == ((2, "建设里社区", "ambiguous"),)
    review(store, "建设里社区", "community", "123", accept=True, reviewed_at=datetime(2025, 6, 1))
    assert again() == ()
    assert {code for code, n in people(store, level="community").items() if n} == {"111", "123"}


def test_an_area_with_two_numbers_has_none_and_one_said_twice_counts_once(tmp_path):
    store = town_of()
    rows = "右安门街道,11,100\n右安门街道,11,200\n方庄街道,12,7\n方庄街道,12,7\n"
    report = count(store, tmp_path, HEAD + rows)
    assert report.left_out == (
        (2, "右安门街道", "twice"), (3, "右安门街道", "twice"), (5, "方庄街道", "repeated"),
    )  # fmt: skip
    assert (report.read, report.stored + len(report.left_out)) == (4, 4)
    assert people(store) == {"11": None, "12": 7, "13": None, "14": None}


def test_a_later_count_holds_from_its_day_and_a_corrected_one_from_the_same(tmp_path):
    store = town_of()
    count(store, tmp_path, HEAD + "右安门街道,11,100\n方庄街道,12,50\n", on=date(2020, 11, 1))
    count(store, tmp_path, HEAD + "右安门街道,11,120\n", on=date(2024, 1, 1))
    assert [people(store, day)["11"] for day in (date(2020, 10, 31), date(2020, 11, 1), date(2023, 12, 31))] == [
        None, 100, 100,
    ]  # fmt: skip
    assert people(store, date(2024, 1, 1)) == {"11": 120, "12": 50, "13": None, "14": None}
    count(store, tmp_path, HEAD + "右安门街道,11,121\n", on=date(2024, 1, 1))
    assert people(store)["11"] == 121
    assert store.cursor().execute("select count(*), max(source) from population").fetchall() == [(3, "人口.csv")]
    assert set(population_on(store, "street", date(2025, 1, 1))["counted_on"].dropna().dt.date) == {
        date(2020, 11, 1), date(2024, 1, 1),
    }  # fmt: skip


def test_names_are_those_of_the_day_of_the_count(tmp_path):
    store = store_of()
    give_names(store, {"district": DISTRICT, "street": [("13", "卢沟桥街道", "1"), ("14", "卢沟桥地区", "1")]})
    give_names(store, {"street": [("13", "六里桥街道", "1"), ("14", "卢沟桥街道", "1")]}, valid_from=RECUT)
    count(store, tmp_path, HEAD + "卢沟桥街道,,100\n")
    assert people(store) == {"13": 100, "14": None}
    count(store, tmp_path, HEAD + "卢沟桥街道,,300\n", on=date(2025, 3, 20))
    assert people(store) == {"13": 100, "14": 300}


@pytest.mark.parametrize(
    ("text", "columns", "key"),
    [
        ("a,b\n1,2\n", {"name_column": "名称"}, "file.no_such_columns"),
        ("名称,b\n1,2\n", {"name_column": "名称"}, "file.no_such_columns"),
        ("", {"name_column": "名称"}, "file.empty"),
    ],
)
def test_a_file_that_says_nothing_of_residents_is_refused(tmp_path, text, columns, key):
    store = town_of()
    before = store.version
    with pytest.raises(FileProblem) as wrong:
        count(store, tmp_path, text, **columns)
    assert (wrong.value.key, store.version) == (key, before)


def test_a_level_there_is_not_and_columns_that_contradict_are_refused(tmp_path):
    store = town_of()
    with pytest.raises(ScopeProblem):
        import_population(store, tmp_path / "a", "planet", people_column="a", name_column="b", counted_on=CENSUS)
    with pytest.raises(ScopeProblem):
        population_on(store, "planet", CENSUS)
    for columns in ({}, {"id_column": "a", "name_column": "b"}):
        with pytest.raises(ValueError, match="just one"):
            import_population(store, tmp_path / "a", "street", people_column="c", counted_on=CENSUS, **columns)


# --- complaints per residents


def test_complaints_per_ten_thousand_residents(tmp_path):
    store = town_of(*({**centre(code)} for code in ("111", "112", "111", "121")), {"stated_area": "右安门街道"})
    assert rates_by_area(store, MARCH, "street")["per_10k"].isna().all()
    count(store, tmp_path, HEAD + "右安门街道,11,20000\n卢沟桥街道,13,500\n")
    found = rates_by_area(store, MARCH, "street").set_index("area_id")["per_10k"]
    assert found["11"] == pytest.approx(2.0)
    # nobody complained: zero; nobody counted: no data
    assert found["13"] == 0
    assert found[["12", "14"]].isna().all()
    assert board(store, MARCH, "street").set_index("area_id")["per_10k"]["11"] == pytest.approx(2.0)
    assert "per_10k" not in rates_by_unit(store, MARCH)
    before = Scope(date(2020, 1, 1), date(2020, 10, 31))
    assert rates_by_area(store, before, "street")["per_10k"].isna().all()


def test_a_second_count_does_not_count_complaints_twice(tmp_path):
    store = town_of({**centre("111")})
    for day in (date(2020, 1, 1), date(2021, 1, 1)):
        count(store, tmp_path, HEAD + "右安门街道,11,10000\n", on=day)
    bring(store, {"ticket_no": "x", **centre("112")})
    row = rates_by_area(store, MARCH, "street").iloc[0]
    assert (row["received"], row["per_10k"]) == (2, pytest.approx(2.0))


def test_a_count_says_nothing_of_an_area_that_was_cut_anew(tmp_path):
    store = town_of({**centre("111")}, {**centre("111"), "received_at": "2025-02-10"})
    count(store, tmp_path, HEAD + "右安门街道,11,10000\n方庄街道,12,5000\n")
    # 右安门街道 is the whole west from March on
    with store.write() as cursor:
        frame = gpd.GeoDataFrame(
            {"code": ["11", "12"], "name": ["右安门街道", "方庄街道"], "parent_code": ["1", "1"]},
            geometry=[shapely.box(116, 39.75, 116.0625, 39.875), SHAPES["12"]],
            crs="EPSG:4326",
        )
        store_areas(cursor, "street", frame, crs_in="wgs84", valid_from=RECUT)
    settle(store)
    february = Scope(date(2025, 2, 1), date(2025, 2, 28))
    assert rates_by_area(store, february, "street")["per_10k"].iloc[0] == pytest.approx(1.0)
    assert people(store) == {"11": None, "12": 5000}
    assert rates_by_area(store, MARCH, "street")["per_10k"].isna().tolist() == [True, False]
    # a scope may be shown in the boundaries of another day
    shown = Scope(MARCH.since, MARCH.until, vintage=date(2025, 2, 1))
    assert rates_by_area(store, shown, "street")["per_10k"].iloc[0] == pytest.approx(1.0)
    count(store, tmp_path, HEAD + "右安门街道,11,20000\n", on=date(2025, 3, 5))
    assert people(store)["11"] == 20_000
    assert rates_by_area(store, MARCH, "street")["per_10k"].iloc[0] == pytest.approx(0.5)
    # and a count of the new area says nothing of the old one
    assert rates_by_area(store, shown, "street")["per_10k"].iloc[0] == pytest.approx(1.0)


# --- command


def test_residents_are_imported_by_a_command(tmp_path):
    store = town_of()
    (tmp_path / "a.csv").write_text(HEAD + "右安门街道,11,100\n哪里,12,5\n", "utf-8")
    argv = ["population", "a.csv", "--level", "street", "--name", "名称", "--people", "常住人口", "--on", "2020-11-01"]
    code, out, err = run(store, *argv, "--json", cwd=tmp_path)
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "file": "a.csv", "level": "street", "counted_on": "2020-11-01", "read": 2, "stored": 1, "people": 100,
        "left_out": [[3, "哪里", "unknown"]],
    }  # fmt: skip
    code, out, _ = run(store, *argv, cwd=tmp_path)
    assert (code, "哪里" in out) == (0, True)
    code, out, _ = run(store, *argv, "--lang", "en", cwd=tmp_path)
    assert "no such area" in out


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (["--name", "名称", "--id", "编码"], 2),
        ([], 2),
        (["--name", "没有"], 1),
        (["--id", "名称"], 1),
    ],
)
def test_a_command_that_cannot_be_carried_out_says_why(tmp_path, more, code):
    (tmp_path / "a.csv").write_text(HEAD + "右安门街道,11,100\n", "utf-8")
    argv = ["population", "a.csv", "--level", "street", "--people", "常住人口", "--on", "2020-11-01"]
    found, out, err = run(town_of(), *argv, *more, cwd=tmp_path)
    assert found == code
    assert (out + err).strip()
    assert "Traceback" not in err
