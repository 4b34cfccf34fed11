"""Placing by statement: the finest area that all of a text agrees with, never a point, and never by a guess."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.area_names import Gazetteer
from data.heat import heat
from data.likeness import parts_of, same_name
from data.precisions import precisions
from data.rates import rates_by_area
from data.scope import Scope
from data.stated import place_stated, read_stated
from data.totals import totals
from tests.cities import bring, centre, recounted, rollups, store_of
from tests.towns import COMMUNITIES, DISTRICT, RECUT, STREETS, give_names, placed, settle

MARCH = Scope(date(2025, 3, 1), date(2025, 3, 31))


def town_of(*rows: dict):
    """A store of the named town with these complaints."""
    store = store_of(*rows)
    give_names(store)
    return store


@pytest.fixture(scope="module")
def gazetteer():
    store = town_of()
    return Gazetteer.of(store.cursor())


@pytest.fixture(scope="module")
def town():
    return town_of()


def meant(gazetteer: Gazetteer, text: str) -> str | None:
    key = read_stated(gazetteer, text, 0).key
    return None if key is None else gazetteer.areas[key].code


# --- what a text means


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("玉林里社区", "111", id="a community"),
        pytest.param("右安门街道", "11", id="a street"),
        pytest.param(" 玉林里 社区\u3000", "111", id="blanks"),
        pytest.param("玉林里\u200b社区", "111", id="signs nobody sees"),
        pytest.param("右安门街道/玉林里社区", "111", id="street and community"),
        pytest.param("右安门街道／玉林里社区", "111", id="a full-width stroke"),
        pytest.param("丰台区/右安门街道/玉林里社区", "111", id="three levels"),
        pytest.param("玉林里社区/右安门街道", "111", id="the coarser one behind"),
        pytest.param("丰台区/玉林里社区", "111", id="a level left out"),
        pytest.param("//右安门街道/ /", "11", id="empty parts"),
        pytest.param("14/2号院", "142", id="a name that holds a stroke"),
        pytest.param("１４／２号院", "142", id="that, full width"),
        pytest.param("右安门街道/右安门街道", "11", id="said twice"),
        pytest.param("右安门街道办事处", None, id="another ending"),
        pytest.param("玉林里", None, id="no ending"),
        pytest.param("北京市丰台区右安门街道", None, id="an area above in front"),
        pytest.param("右按门街道", None, id="a slip of the pen"),
        pytest.param("右安门街道/玉林里", "11", id="an unknown community in a known street"),
        pytest.param("右安门街道办事处/玉林里社区", None, id="a community in an unknown street is not believed"),
        pytest.param("朝阳区/右安门街道/玉林里社区", None, id="nor a whole path in an unknown district"),
        pytest.param("建设里社区", None, id="of two streets"),
        pytest.param("丰台区/建设里社区", "1", id="of two streets of one district"),
        pytest.param("方庄街道/建设里社区", "123", id="of two streets, the street said"),
        pytest.param("建设里社区/方庄街道", "123", id="the street said behind"),
        pytest.param("右安门街道/芳古园社区", "11", id="a community of another street"),
        pytest.param("建设里社区/卢沟桥街道", None, id="two that may be meant, and a third street"),
        pytest.param("", None, id="nothing"),
        pytest.param("/", None, id="a stroke"),
        pytest.param("不详", None, id="no name"),
    ],
)
def test_a_text_means_the_finest_area_all_of_it_agrees_with(gazetteer, text, code):
    assert meant(gazetteer, text) == code


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("右安门街道/玉林里社区", ()),
        ("右安门街道/玉林里", ("stated_unknown",)),
        ("建设里社区", ("stated_ambiguous",)),
        ("右安门街道/芳古园社区", ("stated_conflict",)),
        ("建设里社区/卢沟桥街道", ("stated_ambiguous", "stated_conflict")),
    ],
)
def test_what_is_left_open_is_noted(gazetteer, text, notes):
    assert read_stated(gazetteer, text, 0).notes == notes


def test_every_unknown_name_of_a_text_is_told(gazetteer):
    assert read_stated(gazetteer, "右安门街/翠林/玉林里社区/不详", 0).unknown == ("右安门街", "翠林", "不详")


def test_a_name_of_a_street_and_of_a_community_in_it_is_the_street():
    store = store_of()
    give_names(store, {"street": [("11", "方庄", None)], "community": [("111", "方庄", "11"), ("112", "别处", "11")]})
    gazetteer = Gazetteer.of(store.cursor())
    assert [meant(gazetteer, text) for text in ("方庄", "方庄/别处", "方庄/方庄")] == ["11", "112", "11"]


@given(
    st.lists(
        st.one_of(
            st.text(max_size=6),
            st.sampled_from([name for _, name, _ in (*DISTRICT, *STREETS, *COMMUNITIES)]),
            st.sampled_from(["右安门", "小屯", "建设里", "芳古园社区居委会", "丰台", "/"]),
        ),
        max_size=4,
    )
)
def test_any_text_means_an_area_whose_own_name_it_says_and_agrees_with(gazetteer, parts):
    text = "/".join(parts)
    reading = read_stated(gazetteer, text, 0)
    said = {same_name(text), *parts_of(text)}
    if reading.key is not None:
        assert same_name(gazetteer.areas[reading.key].name) in said
        # whatever stands before it and is known holds it, or is in it
        first = next(iter(parts_of(text)))
        known = gazetteer.named(first, 0)
        around = gazetteer.chain(reading.key, 0)
        assert not known or any(key in around or reading.key in gazetteer.chain(key, 0) for key in known)


# --- complaints


def test_a_complaint_without_a_point_counts_in_its_area_and_above_and_in_none_below():
    store = town_of(
        {"stated_area": "右安门街道"},
        {"stated_area": "右安门街道/玉林里社区"},
        {"stated_area": "玉林里社区"},
        {**centre("111"), "stated_area": "方庄街道"},
        {"stated_area": "哪里"},
        {},
    )
    assert placed(store) == {
        "T1": ("street", ["丰台区", "右安门街道"]),
        "T2": ("community", ["丰台区", "右安门街道", "玉林里社区"]),
        "T3": ("community", ["丰台区", "右安门街道", "玉林里社区"]),
        # what it states does not overrule its point
        "T4": ("point", ["丰台区", "右安门街道", "玉林里社区"]),
        "T5": (None, []),
        "T6": (None, []),
    }
    received = {
        level: dict(rates_by_area(store, MARCH, level)[["area_id", "received"]].to_numpy().tolist())
        for level in ("district", "street", "community")
    }
    assert received["district"] == {"1": 4}
    assert received["street"] == {"11": 4, "12": 0, "13": 0, "14": 0}
    assert {code: n for code, n in received["community"].items() if n} == {"111": 3}
    assert totals(store, MARCH)["unplaced"].iloc[0] == 2
    assert rollups(store) == recounted(store)


def test_a_stated_area_is_never_a_point():
    store = town_of({"stated_area": "玉林里社区"}, {"lon": 100, "lat": 20, "stated_area": "玉林里社区"})
    assert heat(store, MARCH).empty
    rows = store.cursor().execute("select lon, unlocated_reason, precision from complaints order by 1").fetchall()
    assert rows == [(100.0, "far", "community"), (None, "missing", "community")]


@pytest.mark.parametrize(
    ("point", "precision"),
    [
        pytest.param({"lon": 0, "lat": 0}, "street", id="zero"),
        pytest.param({"lon": 200, "lat": 39.8}, "street", id="out of range"),
        pytest.param({"lon": 100, "lat": 20}, "street", id="far"),
        pytest.param({"lon": "?", "lat": "?"}, "street", id="no number"),
        pytest.param({"lon": 116.2, "lat": 39.8}, "point", id="near, but in no area"),
    ],
)
def test_only_a_point_that_cannot_be_used_gives_way_to_the_stated_area(point, precision):
    store = town_of({**point, "stated_area": "右安门街道"})
    assert placed(store)["T1"] == (precision, ["丰台区", "右安门街道"] if precision == "street" else [])


def test_a_place_by_statement_is_filtered_like_any_other():
    store = town_of({"stated_area": "右安门街道"}, {"stated_area": "玉林里社区"}, {"stated_area": "丰台区"})
    counts = {
        area: int(totals(store, Scope(MARCH.since, MARCH.until, (area,)))["received"].iloc[0])
        for area in ("district:1", "street:11", "community:111", "street:12")
    }
    assert counts == {"district:1": 3, "street:11": 2, "community:111": 1, "street:12": 0}


def test_grids_that_are_not_summed_up_take_stated_complaints_too():
    store = store_of({"stated_area": "三号网格"})
    give_names(store)
    give_names(store, {"grid": [("1113", "三号网格", "111")]})
    assert placed(store)["T1"] == ("grid", ["丰台区", "右安门街道", "玉林里社区", "三号网格"])
    assert rates_by_area(store, MARCH, "grid")["received"].tolist() == [1]
    assert rollups(store) == recounted(store)


def test_placing_anew_changes_nothing_twice():
    store = town_of({"stated_area": "右安门街道"}, {**centre("121")}, {"stated_area": "哪里"})
    assert settle(store) == 0


def test_rows_of_a_temporary_table_are_placed_and_what_is_open_is_counted():
    store = town_of()
    with store.write() as cursor:
        cursor.execute(
            "create temp table heads as select timestamp '2025-03-10' as received_at, * from (values"
            " ('玉林里社区', 'missing', 0, null), ('右安门街道/玉林', 'zero', 0, null), ('玉林里社区', null, 7, null),"
            " ('右安门街道/芳古园社区', 'far', 0, null), ('右安门街道/芳古园社区', 'far', 3, 'point'),"
            " (null, 'missing', 5, 'street')) t(stated_area, unlocated_reason, place_id, precision)"
        )
        notes = place_stated(cursor, "heads")
        rows = cursor.execute("select precision, place_id from heads").fetchall()
    assert [precision for precision, _ in rows] == ["community", "street", "point", "street", "street", None]
    assert (rows[2][1], rows[5][1], rows[1][1]) == (7, 0, rows[3][1])
    assert notes == {"stated_unknown": 1, "stated_conflict": 2}


@given(texts=st.lists(st.one_of(st.none(), st.text(max_size=12), st.just("右安门街道")), min_size=1, max_size=6))
def test_whatever_is_stated_a_row_is_placed_by_an_area_s_own_name_or_not_at_all(town, texts):
    with town.write(quietly=True) as cursor:
        cursor.execute("create temp table heads (stated_area varchar)")
        cursor.execute("insert into heads select unnest($texts::varchar[])", {"texts": texts})
        cursor.execute(
            "create or replace temp table heads as select stated_area, timestamp '2025-03-10' as received_at,"
            " 'missing' as unlocated_reason, 9 as place_id, null::varchar as precision from heads"
        )
        place_stated(cursor, "heads")
        rows = cursor.execute("select stated_area, precision, place_id from heads").fetchall()
    known = {"右安门街道": "street"}
    assert [(precision, place_id > 0) for _, precision, place_id in rows] == [
        (known.get(same_name(text or "")), same_name(text or "") in known) for text, _, _ in rows
    ]


# --- vintages


def recut(store):
    """From March on: 卢沟桥街道 is called 六里桥街道, and another street took its name; 花乡 is gone."""
    give_names(store, {"district": DISTRICT})
    old = [("11", "右安门街道", "1"), ("12", "花乡地区", "1"), ("13", "卢沟桥街道", "1"), ("14", "卢沟桥地区", "1")]
    give_names(store, {"street": old})
    new = [("11", "右安门街道", "1"), ("13", "六里桥街道", "1"), ("14", "卢沟桥街道", "1")]
    give_names(store, {"street": new}, valid_from=RECUT)


def test_a_name_is_that_of_the_day_on_which_it_was_said():
    store = store_of(
        {"received_at": "2025-02-10", "stated_area": "卢沟桥街道"},
        {"received_at": "2025-03-10", "stated_area": "卢沟桥街道"},
        {"received_at": "2025-02-10", "stated_area": "花乡地区"},
        {"received_at": "2025-03-10", "stated_area": "花乡地区"},
        {"received_at": "2025-02-10", "stated_area": "六里桥街道"},
    )
    recut(store)
    # of each vintage the area with the same code
    assert placed(store) == {
        "T1": ("street", ["丰台区", "卢沟桥街道", "六里桥街道"]),
        "T2": ("street", ["丰台区", "卢沟桥地区", "卢沟桥街道"]),
        "T3": ("street", ["丰台区", "花乡地区"]),
        "T4": (None, []),
        "T5": (None, []),
    }
    # a period over the change is shown in the new streets: nobody is lost, nobody is counted twice
    both = Scope(date(2025, 2, 1), date(2025, 3, 31))
    assert dict(rates_by_area(store, both, "street")[["area_id", "received"]].to_numpy().tolist()) == {
        "11": 0,
        "13": 1,
        "14": 1,
    }
    assert rates_by_area(store, both, "district")["received"].tolist() == [3]
    february = Scope(date(2025, 2, 1), date(2025, 2, 28))
    assert dict(rates_by_area(store, february, "street")[["area_id", "received"]].to_numpy().tolist()) == {
        "11": 0,
        "12": 1,
        "13": 1,
        "14": 0,
    }


def test_a_community_of_all_days_lies_in_the_street_of_each():
    store = store_of({"received_at": "2025-02-10", "stated_area": "小屯社区"})
    recut(store)
    give_names(store, {"community": [("131", "小屯社区", "13")]})
    assert placed(store)["T1"] == ("community", ["丰台区", "卢沟桥街道", "六里桥街道", "小屯社区"])


def test_codes_that_changed_altogether_are_joined_by_name_where_it_is_one():
    store = store_of({"received_at": "2025-03-10", "stated_area": "右安门街道"})
    give_names(store, {"street": [("13", "右安门街道", None), ("14", "方庄地区", None)]})
    give_names(store, {"street": [("11", "右安门街道", None), ("12", "方庄街道", None)]}, valid_from=RECUT)
    assert placed(store)["T1"] == ("street", ["右安门街道", "右安门街道"])


def test_a_community_that_went_to_another_street_is_in_one_street_only():
    store = store_of(*({"received_at": day, "stated_area": "小屯社区"} for day in ("2025-02-10", "2025-03-10")))
    give_names(store, {"district": DISTRICT, "street": STREETS, "community": [("131", "小屯社区", "13")]})
    give_names(store, {"community": [("131", "小屯社区", "14")]}, valid_from=RECUT)
    assert placed(store) == {
        "T1": ("community", ["丰台区", "卢沟桥街道", "小屯社区", "小屯社区"]),
        "T2": ("community", ["丰台区", "北宫镇", "小屯社区", "小屯社区"]),
    }
    both = Scope(date(2025, 2, 1), date(2025, 3, 31))
    assert rates_by_area(store, both, "street")["received"].tolist() == [0, 0, 1, 1]


def test_of_two_that_had_its_name_before_neither_is_it_only_their_street():
    store = store_of({"received_at": "2025-03-10", "stated_area": "建设里社区"})
    old = [("114", "建设里社区", "11"), ("112", "建设里社区", "11")]
    give_names(store, {"street": [("11", "右安门街道", None)], "community": old})
    give_names(store, {"community": [("113", "建设里社区", "11")]}, valid_from=RECUT)
    assert placed(store)["T1"] == ("community", ["右安门街道", "建设里社区"])


# --- how precisely


def test_precisions_count_every_complaint_once():
    store = town_of(
        {**centre("111")},
        {"lon": 116.2, "lat": 39.8},
        {"stated_area": "右安门街道"},
        {"stated_area": "玉林里社区"},
        {"stated_area": "芳古园社区"},
        {},
    )
    found = precisions(store, MARCH).set_index("precision")
    assert found["complaints"].to_dict() == {"point": 2, "district": 0, "street": 1, "community": 2, "none": 1}
    assert found["placed"].to_dict() == {"point": 1, "district": 0, "street": 1, "community": 2, "none": 0}
    assert found["unplaced"].to_dict() == {"point": 1, "district": 0, "street": 0, "community": 0, "none": 1}
    assert found["complaints"].sum() == totals(store, MARCH)["received"].iloc[0]
    on_map = precisions(store, MARCH, "community").set_index("precision")["placed"]
    assert on_map.to_dict() == {"point": 1, "district": 0, "street": 0, "community": 2, "none": 0}
    assert on_map.sum() == rates_by_area(store, MARCH, "community")["received"].sum()
    inside = precisions(store, Scope(MARCH.since, MARCH.until, ("street:11",)))
    assert inside["complaints"].tolist() == [1, 0, 1, 1, 0]
    assert precisions(store, Scope(date(2024, 1, 1), date(2024, 1, 2)))["complaints"].sum() == 0


# --- import


def test_an_import_places_by_statement_and_an_update_follows_what_is_said():
    store = town_of()
    report = bring(store, {"stated_area": "右安门街道"}, {"stated_area": "右安门街道/芳古园社区"}, {**centre("121")})
    assert placed(store)["T1"] == ("street", ["丰台区", "右安门街道"])
    assert report.notes["stated_conflict"] == 1
    assert report.unlocated == 2
    # the area is stated anew, then a point is known, then the point is gone again
    bring(store, {"ticket_no": "T1", "stated_area": "芳古园社区", "updated_at": "2025-03-11"})
    assert placed(store)["T1"][0] == "community"
    bring(store, {"ticket_no": "T1", **centre("111"), "stated_area": "芳古园社区", "updated_at": "2025-03-12"})
    assert placed(store)["T1"] == ("point", ["丰台区", "右安门街道", "玉林里社区"])
    bring(store, {"ticket_no": "T1", "lon": "", "lat": "", "title": "又改", "updated_at": "2025-03-13"})
    assert placed(store)["T1"] == ("community", ["丰台区", "方庄街道", "芳古园社区"])
    assert rollups(store) == recounted(store)
    assert settle(store) == 0
