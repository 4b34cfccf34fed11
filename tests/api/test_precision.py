"""What a map says of how precisely it knows where its complaints lie."""

import pytest

from data import words
from data.settings import read_settings
from data.store import close_shared, shared_store
from tests.cities import bring, centre
from tests.towns import give_names

MARCH = "since=2025-03-01&until=2025-03-31"
VIEW = "&w=115&s=39&e=117&n=41&z=11"


@pytest.fixture
def town(tmp_path, monkeypatch):
    """Two points, three by name of a community, two of a street, one of the district, one nowhere."""
    close_shared()
    monkeypatch.setenv("WHISTLEMAP_HOME", str(tmp_path))
    store = shared_store(read_settings())
    stated = ["玉林里社区"] * 2 + ["芳古园社区"] + ["右安门街道"] * 2 + ["丰台区", ""]
    bring(store, {**centre("111")}, {**centre("121")}, *({"stated_area": text} for text in stated))
    give_names(store)
    yield store
    close_shared()


@pytest.mark.parametrize(
    ("level", "lang", "notes"),
    [
        ("community", "zh", [
            "5 / 9 件在图上，1 件未落图", "图上按坐标 2 件、按社区名称 3 件",
            "另有只知街道 2 件、只知区 1 件，不在本层级",
        ]),
        ("street", "zh", [
            "7 / 9 件在图上，1 件未落图", "图上按坐标 2 件、按社区名称 3 件、按街道名称 2 件",
            "另有只知区 1 件，不在本层级",
        ]),
        ("district", "zh", [
            "8 / 9 件在图上，1 件未落图", "图上按坐标 2 件、按社区名称 3 件、按街道名称 2 件、按区名称 1 件",
        ]),
        ("community", "en", [
            "5 of 9 on this map, 1 without a place", "on the map 2 by point, 3 by community name",
            "another 2 known by street only, 1 known by district only, not at this level",
        ]),
    ],
)  # fmt: skip
def test_a_map_of_areas_says_by_what_its_complaints_are_known(town, ask, level, lang, notes):
    assert ask(f"/api/map/values?{MARCH}&level={level}&lang={lang}").json()["note"] == words.t("scope.join", lang).join(
        notes
    )


def test_inside_an_area_a_map_speaks_of_what_lies_there(town, ask):
    note = ask(f"/api/map/values?{MARCH}&level=community&area=street:12").json()["note"]
    assert note == "2 / 9 件在图上，1 件未落图；图上按坐标 1 件、按社区名称 1 件"


def test_a_heat_layer_is_of_points_alone_and_says_so(town, ask):
    found = ask(f"/api/map/heat?{MARCH}{VIEW}").json()
    assert sum(n for _, _, n in found["cells"]) == 2
    assert found["note"] == "视野内 2 件，2 格；6 件只知所在辖区，不画点"
    alone = ask(f"/api/map/heat?{MARCH}{VIEW}&alone=1").json()["note"]
    assert alone.startswith("8 / 9 件在图上，1 件未落图；图上按坐标 2 件、")
    assert alone.endswith(found["note"])


def test_where_every_place_is_a_point_nothing_more_is_said(town, ask):
    february = MARCH.replace("03", "02").replace("31", "28")
    assert ask(f"/api/map/values?{february}&level=street").json()["note"] == "0 / 0 件在图上，0 件未落图"
    assert ask(f"/api/map/heat?{february}{VIEW}").json()["note"] == "视野内 0 件，0 格"
