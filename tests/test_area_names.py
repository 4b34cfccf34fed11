"""Names of areas: what is the same, what is proposed and how, and that nothing counts before a person said so."""

import csv
import json
import os
from datetime import date, datetime
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from data.area_names import Gazetteer
from data.areas import store_areas
from data.candidates import Finder
from data.commands import carry_out
from data.errors import FileProblem, ScopeProblem
from data.likeness import cores, likeness, parts_of, same_name
from data.name_reviews import place_stated_again, proposals, read_table, review, reviewed, reviewed_table
from data.proposals import propose
from data.rates import rates_by_area
from data.scope import Scope
from data.store import Store
from data.totals import totals
from tests.cities import contents, recount_all, recounted, rollups, store_of
from tests.towns import DISTRICT, RECUT, give_names, placed, settle

NOON = datetime(2025, 6, 1, 12)
MARCH = Scope(date(2025, 3, 1), date(2025, 3, 31))
TESTDATA = Path(os.environ.get("WHISTLEMAP_TESTDATA", Path(__file__).parents[1] / ".." / "shared" / "data"))


def town_of(*rows: dict) -> Store:
    """A store of the named town with these complaints."""
    store = store_of(*rows)
    give_names(store)
    return store


def accept(store: Store, stated: str, level: str, code: str) -> int:
    return review(store, stated, level, code, accept=True, reviewed_at=NOON)


def reject(store: Store, stated: str, level: str | None = None, code: str | None = None) -> int:
    return review(store, stated, level, code, accept=False, reviewed_at=NOON)


def proposed(store: Store) -> list[tuple]:
    frame = proposals(store)
    columns = ["stated", "how", "code", "complaints", "would_place"]
    return [tuple(row) for row in frame[columns].astype(object).where(frame[columns].notna(), None).to_numpy()]


# --- text


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("右安门街道", "  右安门\t街道\u3000", True),
        ("（东）里１号", "(东)里1号", True),
        ("右安门\u200b街道\ufeff", "右安门街道", True),
        ("右安门街道", "右安门街道办事处", False),
        ("一区", "1区", False),
        ("\ue000区", "\ue001区", False),  # two rare characters of a private table
    ],
)
def test_names_are_the_same_but_for_what_nobody_sees(one, other, same):
    assert (same_name(one) == same_name(other)) is same


@given(st.text())
def test_the_same_name_stays_the_same(text):
    assert same_name(same_name(text)) == same_name(text)
    assert all(part and "/" not in part for part in parts_of(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("右安门街道", "右安门街道办事处"), ("方庄地区", "方庄街道"), ("方庄地区办事处", "方庄"),
        ("长辛店镇", "长辛店街道"),
        ("玉林里社区居委会", "玉林里社区"), ("小屯村委会", "小屯村"), ("小屯村民委员会", "小屯社区"),
        ("花乡", "花乡街道"),
        ("玉林东里1区社区", "玉林东里一区社区"),
    ],
)  # fmt: skip
def test_names_that_differ_in_their_endings_share_a_core(one, other):
    assert cores(one) & cores(other)


@pytest.mark.parametrize(("one", "other"), [("新村", "新街道"), ("右安门", "左安门"), ("一区", "二区"), ("村", "镇")])
def test_other_names_do_not(one, other):
    assert not cores(one) & cores(other)


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        pytest.param("右按门街道", "右安门街道", 0.66, 0.99, id="a slip of the pen"),
        pytest.param("玉林东里一区社区", "玉林东里二区社区", 0, 0, id="a series of numbers"),
        pytest.param("玉林里社区", "玉林西里社区", 0, 0, id="a point of the compass"),
        pytest.param("甲社区", "乙社区", 0, 0.1, id="an ending in common is no likeness"),
        pytest.param("小屯", "小屯村", 1, 1, id="an ending"),
    ],
)
def test_likeness_is_of_what_tells_names_apart(one, other, least, most):
    assert least <= likeness(one, other) <= most
    assert likeness(one, other) == pytest.approx(likeness(other, one), abs=0.15)


# --- proposals


def test_what_is_proposed_says_how_it_was_found_and_whom_it_would_place():
    store = town_of(
        {"stated_area": "右安门街道办事处"},
        {"stated_area": "右安门街道办事处/玉林里社区"},
        {"stated_area": "右安门街道/玉林里"},
        {"stated_area": "北京市丰台区方庄街道"},
        {"stated_area": "方庄街道芳古园"},
        {"stated_area": "翠林1里社区"},
        {"stated_area": "芳谷园社区"},
        {"stated_area": "建设里社区"},
        {"stated_area": "不详"},
        {"stated_area": "翠林三里社区"},
        {"stated_area": "方庄街道"},
    )
    assert sorted(proposed(store), key=repr) == sorted(
        [
            ("右安门街道办事处", "suffix", "11", 2, 2),
            ("玉林里", "suffix", "111", 1, 1),
            ("北京市丰台区方庄街道", "prefix", "12", 1, 1),
            ("方庄街道芳古园", "prefix", "121", 1, 1),
            ("翠林1里社区", "suffix", "112", 1, 1),
            ("芳谷园社区", "spelling", "121", 1, 1),
            ("芳谷园社区", "spelling", "122", 1, 1),
            ("建设里社区", "ambiguous", "114", 1, 1),
            ("建设里社区", "ambiguous", "123", 1, 1),
            ("不详", "unknown", None, 1, 0),
            # one of a series is not another of it
            ("翠林三里社区", "unknown", None, 1, 0),
        ],
        key=repr,
    )
    assert {ticket for ticket, (precision, _) in placed(store).items() if precision} == {"T3", "T11"}
    first = proposals(store).iloc[0]
    assert (first["stated"], first["level"], first["name"], first["parent"]) == (
        "右安门街道办事处", "street", "右安门街道", "丰台区",
    )  # fmt: skip


def test_of_candidates_the_one_that_ends_alike_comes_first():
    store = town_of({"stated_area": "小屯村委会"}, {"stated_area": "小屯社区居委会"})
    found = proposals(store).groupby("stated")["code"].agg(list).to_dict()
    assert found == {"小屯村委会": ["132", "131"], "小屯社区居委会": ["131", "132"]}


def test_complaints_with_a_point_or_without_a_name_are_not_asked_about():
    store = town_of({"lon": 116.2, "lat": 39.8, "stated_area": "哪里"}, {}, {"stated_area": "丰台区"})
    assert proposals(store).empty
    assert list(proposals(store)) == list(proposals(town_of()))


def test_old_names_are_proposed_by_code_and_by_where_they_lay():
    store = store_of(
        {"stated_area": "长辛店镇"}, {"stated_area": "花乡地区"}, {"stated_area": "花乡"}, {"stated_area": "右安门街道"}
    )
    give_names(store, {"district": DISTRICT, "street": [("11", "长辛店镇", "1"), ("12", "花乡地区", "1")]})
    # the first keeps its code; where the second lay is one of another code
    with store.write() as cursor:
        frame = gpd.GeoDataFrame(
            {"code": ["11", "99"], "name": ["北宫镇", "玉泉营街道"], "parent_code": ["1", "1"]},
            geometry=[shapely.box(116, 39.75, 116.0625, 39.8125), shapely.box(116.0625, 39.75, 116.125, 39.875)],
            crs="EPSG:4326",
        )
        store_areas(cursor, "street", frame, crs_in="wgs84", valid_from=RECUT)
    settle(store)
    assert proposed(store) == [
        ("右安门街道", "unknown", None, 1, 0),
        ("花乡", "old_name", "99", 1, 1),
        ("花乡地区", "old_name", "99", 1, 1),
        ("长辛店镇", "old_name", "11", 1, 1),
    ]
    assert accept(store, "长辛店镇", "street", "11") == 1
    assert placed(store)["T1"] == ("street", ["丰台区", "长辛店镇", "北宫镇"])


def test_what_is_proposed_is_noted_once_with_its_time():
    store = town_of({"stated_area": "玉林里"}, {"stated_area": "不详"})
    assert propose(store, NOON) == 2
    assert propose(store, datetime(2025, 7, 1)) == 0
    assert set(proposals(store)["noted_at"]) == {NOON}
    accept(store, "玉林里", "community", "111")
    rows = store.cursor().execute("select stated, state, how, noted_at from area_names order by 1 desc").fetchall()
    assert rows == [("玉林里", "accepted", "suffix", NOON), ("不详", "proposed", "unknown", NOON)]


def test_a_text_that_cannot_be_a_name_is_only_told():
    store = town_of({"stated_area": "玉林里" * 40})
    assert [row[1] for row in proposed(store)] == ["unknown"]


# --- decisions


def test_accepting_places_the_complaints_it_concerns_and_every_figure_follows():
    store = town_of(
        {"stated_area": "右安门街道办事处"},
        {"stated_area": "右安门街道办事处/玉林里社区", "closed_at": "2025-03-20", "unit": "甲"},
        {"stated_area": "方庄街道"},
        {"stated_area": "右安门街道办事处/哪里", "received_at": "2025-02-01", "unit": "乙"},
    )
    before = store.version
    assert accept(store, " 右安门街道 办事处", "street", "11") == 3
    assert store.version == before + 1
    assert {ticket: precision for ticket, (precision, _) in placed(store).items()} == {
        "T1": "street", "T2": "community", "T3": "street", "T4": "street",
    }  # fmt: skip
    assert totals(store, MARCH)["unplaced"].tolist()[0] == 0
    assert rates_by_area(store, MARCH, "street")["received"].tolist() == [2, 1, 0, 0]
    assert rollups(store) == recounted(store)
    stock = store.cursor().execute(
        "select count(*) from open_complaints o join complaints c using (complaint_id) where o.place_id <> c.place_id"
    )
    assert stock.fetchall() == [(0,)]
    # all anew gives the same
    assert settle(store) == 0
    assert [row[0] for row in proposed(store)] == ["哪里"]


def test_a_decision_can_be_taken_back():
    store = town_of({"stated_area": "小屯"})
    there = contents(store, "places", "place_areas")
    assert accept(store, "小屯", "community", "131") == 1
    assert accept(store, "小屯", "community", "132") == 1
    assert placed(store)["T1"][1][-1] == "小屯村"
    assert reviewed(store)[["code", "state"]].to_numpy().tolist() == [["132", "accepted"]]
    assert reject(store, "小屯", "community", "132") == 1
    assert contents(store, "places", "place_areas") == there
    # it is not proposed again, the other one is
    assert [row[2] for row in proposed(store)] == ["131"]


def test_a_name_of_no_area_is_passed_over():
    store = town_of({"stated_area": "大兴区/玉林里社区"}, {"stated_area": "大兴区"})
    assert placed(store)["T1"] == (None, [])
    assert reject(store, "大兴区") == 1
    assert placed(store)["T1"][0] == "community"
    assert proposals(store).empty
    # until it is one after all: then the community lies in another district
    assert accept(store, "大兴区", "street", "12") == 2
    assert {ticket: names[-1] for ticket, (_, names) in placed(store).items()} == {"T1": "方庄街道", "T2": "方庄街道"}


def test_an_accepted_name_settles_what_is_ambiguous_and_gives_way_to_a_stated_street():
    store = town_of(
        {"stated_area": "建设里社区"}, {"stated_area": "方庄街道/建设里社区"}, {"stated_area": "右安门街道/建设里社区"}
    )
    assert accept(store, "建设里社区", "community", "114") == 1
    assert {ticket: names[-2] for ticket, (_, names) in placed(store).items()} == {
        "T1": "右安门街道", "T2": "方庄街道", "T3": "右安门街道",
    }  # fmt: skip


def test_an_accepted_name_holds_in_every_vintage_that_has_its_code():
    store = store_of(*({"received_at": day, "stated_area": "卢沟桥"} for day in ("2025-02-10", "2025-03-10")))
    give_names(store, {"street": [("13", "卢沟桥街道", None)]})
    give_names(store, {"street": [("13", "六里桥街道", None)]}, valid_from=RECUT)
    assert accept(store, "卢沟桥", "street", "13") == 2
    assert [names for _, names in placed(store).values()] == [["卢沟桥街道", "六里桥街道"]] * 2


@pytest.mark.parametrize(
    ("stated", "level", "code", "key"),
    [
        ("玉林", "community", "999", "scope.area"),
        ("玉林", "street", "111", "scope.area"),
        ("玉林", None, None, "scope.area"),
        ("  ", "street", "11", "scope.stated"),
        ("/", "street", "11", "scope.stated"),
    ],
)
def test_only_a_name_is_accepted_and_only_for_an_area_there_is(stated, level, code, key):
    store = town_of({"stated_area": "玉林"})
    before = contents(store), store.version
    with pytest.raises(ScopeProblem) as wrong:
        review(store, stated, level, code, accept=True, reviewed_at=NOON)
    assert wrong.value.key == key
    assert (contents(store), store.version) == before


WORDS = st.sampled_from(
    ["右安门街道", "右安门", "玉林里社区", "玉林里", "小屯", "建设里社区", "丰台区", "哪里", "卢沟桥"]
)


@settings(max_examples=15)
@given(
    texts=st.lists(st.lists(WORDS, min_size=1, max_size=3).map("/".join), min_size=1, max_size=8),
    decisions=st.lists(
        st.tuples(
            WORDS,
            st.sampled_from([("street", "11"), ("street", "13"), ("community", "111"), ("community", "131"), None]),
            st.booleans(),
        ),
        max_size=5,
    ),
)
def test_after_any_decisions_everything_is_as_if_placed_anew(texts, decisions):
    store = town_of(*({"stated_area": text, "unit": "甲"} for text in texts))
    for stated, area, accepted in decisions:
        level, code = area or (None, None)
        review(store, stated, level, code, accept=accepted and area is not None, reviewed_at=NOON)
    assert rollups(store) == recounted(store)
    there = placed(store)
    assert settle(store) == 0
    assert placed(store) == there


def test_complaints_of_an_older_store_are_placed_when_asked():
    store = town_of({"stated_area": "右安门街道", "unit": "甲"}, {"stated_area": "玉林里"})
    whole = contents(store)
    with store.write() as cursor:
        cursor.execute("update complaints set place_id = 0, precision = null")
        cursor.execute("update open_complaints set place_id = 0")
        recount_all(cursor)
    assert place_stated_again(store) == 1
    assert contents(store) == whole
    assert place_stated_again(store) == 0
    assert place_stated_again(store_of()) == 0


# --- tables


def test_a_reviewed_table_goes_out_and_comes_in_again(tmp_path):
    rows = [{"stated_area": text} for text in ("玉林里", "大兴区/小屯社区", "=小屯")]
    store = town_of(*rows)
    accept(store, "玉林里", "community", "111")
    accept(store, "=小屯", "community", "132")
    reject(store, "大兴区")
    reject(store, "小屯", "community", "131")
    table = reviewed_table(store)
    lines = list(csv.reader(table.splitlines()))
    assert lines[0] == ["level", "stated", "code"]
    assert sorted(lines[1:]) == [
        ["", "大兴区", ""], ["community", "'=小屯", "132"], ["community", "玉林里", "111"],
    ]  # fmt: skip
    other = town_of(*rows)
    path = tmp_path / "names.csv"
    path.write_text(table, "utf-8-sig")
    report = read_table(other, path, reviewed_at=NOON)
    assert (report.read, report.accepted, report.ignored, report.wrong, report.moved) == (3, 2, 1, (), 3)
    assert placed(other) == placed(store)
    assert reviewed_table(other) == table
    assert read_table(other, path, reviewed_at=NOON).moved == 0


def test_rows_of_a_table_that_fit_no_area_are_told_and_change_nothing(tmp_path):
    store = town_of({"stated_area": "玉林里"})
    path = tmp_path / "names.csv"
    path.write_bytes(
        "stated,level,code,note\n玉林里,street,999,x\n,street,11,\n玉林里,community,111,\n".encode("gb18030")
    )
    report = read_table(store, path, reviewed_at=NOON)
    assert report.wrong == ((2, "street:999", "area"), (3, "", "stated"))
    assert (report.read, report.accepted, report.moved) == (3, 1, 1)


def test_a_file_without_the_columns_is_refused(tmp_path):
    path = tmp_path / "names.csv"
    path.write_text("a,b,c\n1,2,3\n", "utf-8")
    with pytest.raises(FileProblem) as wrong:
        read_table(town_of(), path, reviewed_at=NOON)
    assert wrong.value.key == "file.no_such_columns"
    path.write_text("level,stated,x\n1,2,3\n", "utf-8")
    with pytest.raises(FileProblem) as wrong:
        read_table(town_of(), path, reviewed_at=NOON)
    assert wrong.value.values["columns"] == "level, stated, code"


# --- commands


def run(store: Store, *argv: str, cwd: Path | None = None) -> tuple[int, str, str]:
    said = {"out": "", "err": ""}

    def say(stream: str, text: str) -> None:
        said[stream] += text

    return carry_out(list(argv), store, Path("nowhere"), cwd or Path.cwd(), say), said["out"], said["err"]


def test_names_are_listed_decided_and_carried_by_commands(tmp_path):
    store = town_of({"stated_area": "玉林里"}, {"stated_area": "不详"})
    code, out, err = run(store, "names", "--json")
    listed = json.loads(out)
    assert (code, err, [row["how"] for row in listed["proposed"]]) == (0, "", ["unknown", "suffix"])
    assert listed["reviewed"] == []
    assert json.loads(run(store, "names", "propose", "--json")[1]) == {"moved": 0, "new": 2}
    code, out, _ = run(store, "names", "accept", "玉林里", "--level", "community", "--code", "111")
    assert (code, placed(store)["T1"][0]) == (0, "community")
    assert "community:111" in out
    assert run(store, "names", "reject", "不详")[0] == 0
    assert run(store, "names", "export", "out.csv", cwd=tmp_path)[0] == 0
    other = town_of({"stated_area": "玉林里"}, {"stated_area": "不详"})
    assert json.loads(run(other, "names", "import", "out.csv", "--json", cwd=tmp_path)[1])["moved"] == 1
    assert run(store, "names", "export")[1] == (tmp_path / "out.csv").read_bytes().decode("utf-8-sig")
    code, out, _ = run(store, "names", "list")
    assert code == 0
    assert "玉林里" in out
    code, out, _ = run(store, "names", "list", "--lang", "en")
    assert (code, "Reviewed: 2" in out) == (0, True)


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["names", "accept", "玉林里"], 2),
        (["names", "accept"], 2),
        (["names", "reject", "玉林里", "--level", "street"], 2),
        (["names", "sing"], 2),
        (["names", "import"], 2),
        (["names", "import", "nowhere.csv"], 1),
        (["names", "accept", "玉林里", "--level", "street", "--code", "999"], 1),
        (["names", "export", "no/such/folder.csv"], 1),
    ],
)
def test_a_command_that_cannot_be_carried_out_says_why(argv, code, tmp_path):
    found, out, err = run(town_of(), *argv, cwd=tmp_path)
    assert (found, out) == (code, "")
    assert err.strip()
    assert "Traceback" not in err


# --- real names


def real_names(file: str) -> list[dict]:
    path = TESTDATA / "beijing" / file
    if not path.is_file():
        pytest.skip(f"real records are not in {TESTDATA}")
    with path.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def fengtai():
    """Fengtai as named since 2023, on made-up squares."""
    streets = [row for row in real_names("streets_2023_names.csv") if row["areaCode"] == "110106"]
    communities = [row for row in real_names("communities_2023_names.csv") if row["areaCode"] == "110106"]
    store = store_of()
    with store.write() as cursor:
        for level, rows, parent, side in (
            ("street", streets, "areaCode", 0.01),
            ("community", communities, "streetCode", 0.001),
        ):
            shapes = [shapely.box(116 + n * side, 39, 116 + (n + 1) * side, 39 + side) for n in range(len(rows))]
            frame = {name: [row[column] for row in rows] for name, column in (("code", "code"), ("name", "name"))}
            frame |= {"parent_code": [row[parent] for row in rows]}
            store_areas(cursor, level, gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326"), crs_in="wgs84")
    return store


def test_of_the_names_of_2016_nearly_all_are_proposed_and_none_but_equal_ones_counts(fengtai):
    gazetteer = Gazetteer.of(fengtai.cursor())
    finder = Finder(gazetteer, fengtai.cursor())
    names = [same_name(row["name"]) for row in real_names("fengtai_towns_villages_2016_gcj02_points.csv")[1:]]
    own = {same_name(area.name) for area in gazetteer.on(0)}
    assert [name for name in names if gazetteer.named(name, 0)] == [name for name in names if name in own]
    found = {name: finder.find(name, 0) for name in names if name not in own}
    assert len(found) > 350
    assert sum(not candidates for candidates in found.values()) < 0.03 * len(found)
    first = {name: gazetteer.areas[some[0].key].name for name, some in found.items() if some}
    assert first["右安门街道办事处"] == "右安门街道"
    assert first["玉林里社区居委会"] == "玉林里社区"
    assert first["小屯村委会"] == "小屯村"
    # 卢沟桥 was the name of a street and of another area: both are left to a person
    assert first["卢沟桥街道办事处"] == first["卢沟桥地区办事处"] == "卢沟桥街道"
