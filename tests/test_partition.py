"""The schematic city: tiles without gaps and overlaps, numbered, the same every time."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import BoundaryProblem
from geo.partition import fengtai, schematic_city
from geo.place import Placer

LEVELS = ["district", "street", "community", "grid"]


@pytest.fixture(scope="module")
def city():
    return schematic_city(fengtai())


def shapes_of(frame):
    return np.asarray(frame.geometry.array)


def small(streets=3, communities=4, **changed):
    """A square district of about 4 km whose streets stand in a row."""
    centres = np.linspace(116.01, 116.04, streets).round(4).tolist()
    facts = {
        "district": {"name": "方区", "code6": "999999"},
        "outline_schematic_wgs84": [[116.0, 39.8], [116.05, 39.8], [116.05, 39.84], [116.0, 39.84]],
        "streets": [
            {
                "code": f"999999{n:03d}",
                "name": f"第{n}街道",
                "centre_wgs84_estimate": [lon, 39.82],
                "communities": [[f"999999{n:03d}{m:03d}", f"第{m}社区"] for m in range(1, communities + 1)],
            }
            for n, lon in enumerate(centres, start=1)
        ],
    }
    return facts | changed


def check(levels, facts):
    """What holds for any city: valid, no gaps, no overlaps, children tile their parents and all the outline."""
    outline = gpd.GeoSeries([shapely.Polygon(facts["outline_schematic_wgs84"])], crs=4326).to_crs(4548)
    # vertices lie on a raster of 5 cm
    hair = 0.05 * outline.length.iloc[0]
    assert levels["district"].to_crs(4548).area.iloc[0] == pytest.approx(outline.area.iloc[0], abs=hair)
    for level, below in zip(LEVELS, [*LEVELS[1:], None], strict=True):
        frame = levels[level]
        shapes = shapes_of(frame)
        assert list(frame.columns) == ["code", "name", "parent_code", "geometry"]
        assert frame.crs == "EPSG:4326"
        assert frame["code"].is_unique
        assert frame["code"].is_monotonic_increasing
        assert frame.is_valid.all()
        assert frame.geom_type.isin(["Polygon", "MultiPolygon"]).all()
        assert shapely.coverage_is_valid(shapes)
        points = shapely.get_coordinates(shapes)
        np.testing.assert_array_equal(np.round(points, 7), points)
        if below:
            children = levels[below].to_crs(4548)
            assert children.is_valid.all()
            assert shapely.coverage_is_valid(shapes_of(children))
            parts = children.area.groupby(children["parent_code"]).sum()
            whole = frame.to_crs(4548).set_index("code").area
            np.testing.assert_allclose(parts.reindex(whole.index), whole, rtol=1e-6)
            united = children.dissolve("parent_code").area
            np.testing.assert_allclose(united.reindex(whole.index), whole, rtol=1e-6)


def test_fengtai_has_all_its_areas(city):
    check(city, fengtai())
    assert [len(city[level]) for level in LEVELS] == [1, 26, 440, 3200]
    assert city["district"][["code", "name"]].to_numpy().tolist() == [["110106", "丰台区"]]
    assert city["district"]["parent_code"].tolist() == [None]
    # nothing is in two pieces
    assert all((city[level].geom_type == "Polygon").all() for level in LEVELS)


def test_names_and_parents_are_those_of_the_facts(city):
    told = {code: (name, one["code"]) for one in fengtai()["streets"] for code, name in one["communities"]}
    frame = city["community"]
    assert dict(zip(frame["code"], zip(frame["name"], frame["parent_code"], strict=True), strict=True)) == told
    assert city["street"].set_index("code")["name"].to_dict() == {s["code"]: s["name"] for s in fengtai()["streets"]}


def test_a_street_holds_its_centre_and_is_large_where_centres_are_rare(city):
    facts = fengtai()["streets"]
    lon, lat = np.array([one["centre_wgs84_estimate"] for one in facts]).T
    streets = city["street"]
    placed = Placer(streets.geometry, streets["code"]).place(lon, lat)
    assert streets["code"].iloc[placed].tolist() == [one["code"] for one in facts]
    size = streets.to_crs(4548).set_index("name").area / 1e6
    assert size["北宫镇"] > 5 * size["方庄街道"]


def test_a_grids_code_counts_inside_its_community(city):
    grid = city["grid"]
    assert grid["code"].str.fullmatch("[0-9]{15}").all()
    assert (grid["code"].str[:12] == grid["parent_code"]).all()
    names = city["community"].set_index("code")["name"].reindex(grid["parent_code"]).to_numpy()
    assert (grid["name"] == names + grid["code"].str[12:] + "网格").all()
    assert grid["name"].iloc[0] == "翠林一里社区001网格"
    counts = grid.groupby("parent_code").size()
    assert counts.min() >= 3
    for _, part in grid.groupby("parent_code"):
        assert part["code"].str[12:].astype(int).tolist() == list(range(1, len(part) + 1))


def test_grids_are_counted_west_to_east_and_north_to_south():
    grid = schematic_city(small(1, 1), grids=9)["grid"].to_crs(4548)
    x, y = grid.centroid.x.to_numpy(), grid.centroid.y.to_numpy()
    bands = np.minimum(((y.max() - y) / np.ptp(y) * 3).astype(int), 2)
    assert (np.diff(bands) >= 0).all()
    for band in range(3):
        assert (np.diff(x[bands == band]) > 0).all()


def test_the_same_seed_gives_the_same_city_and_another_another():
    one, same, other = (schematic_city(small(), seed=seed, grids=40) for seed in (5, 5, 6))
    for level in LEVELS:
        assert (shapely.to_wkb(shapes_of(one[level])) == shapely.to_wkb(shapes_of(same[level]))).all()
    assert not shapely.equals_exact(shapes_of(one["grid"]), shapes_of(other["grid"])).all()


# an L, a U that Voronoi cells cut in pieces, and a comb
BENT = [
    [[116.0, 39.8], [116.05, 39.8], [116.05, 39.81], [116.01, 39.81], [116.01, 39.84], [116.0, 39.84]],
    [[116.0, 39.8], [116.05, 39.8], [116.05, 39.84], [116.04, 39.84], [116.04, 39.801], [116.01, 39.801],
     [116.01, 39.84], [116.0, 39.84]],
    [[116.0, 39.8], [116.05, 39.8], [116.05, 39.84], [116.044, 39.805], [116.035, 39.84], [116.03, 39.805],
     [116.02, 39.84], [116.012, 39.805], [116.0, 39.84]],
]  # fmt: skip


@settings(deadline=None, max_examples=20)
@given(
    outline=st.sampled_from(BENT),
    streets=st.integers(1, 5),
    communities=st.integers(1, 5),
    grids=st.integers(1, 120),
    seed=st.integers(0, 1000),
)
def test_any_city_is_tiled(outline, streets, communities, grids, seed):
    facts = small(streets, communities, outline_schematic_wgs84=outline)
    levels = schematic_city(facts, seed=seed, grids=grids)
    check(levels, facts)
    assert len(levels["grid"]) == max(grids, streets * communities)


def test_centres_outside_or_in_one_place_still_get_a_cell():
    facts = small(3, 2)
    facts["streets"][0]["centre_wgs84_estimate"] = [115.99, 39.82]
    facts["streets"][2]["centre_wgs84_estimate"] = facts["streets"][1]["centre_wgs84_estimate"]
    levels = schematic_city(facts, grids=20)
    check(levels, facts)
    assert len(levels["street"]) == 3


def test_facts_that_cannot_be_drawn_are_refused():
    crossed = [[116.0, 39.8], [116.05, 39.84], [116.05, 39.8], [116.0, 39.84]]
    with pytest.raises(BoundaryProblem, match=r"partition\.outline"):
        schematic_city(small(outline_schematic_wgs84=crossed))
    with pytest.raises(BoundaryProblem, match=r"partition\.no_communities: code=999999001, name=第1街道"):
        schematic_city(small(communities=0))
    crowded = small(1, 900, outline_schematic_wgs84=[[116.0, 39.8], [116.0001, 39.8], [116.0001, 39.8001]])
    with pytest.raises(BoundaryProblem, match=r"partition\.no_room"):
        schematic_city(crowded)
    with pytest.raises(BoundaryProblem, match=r"partition\.too_many"):
        schematic_city(small(1, 1), grids=1000)


def test_the_facts_say_that_nothing_is_official():
    facts = fengtai()
    assert "Nothing here is an official boundary" in facts["about"]
    assert "没有任何官方边界" in facts["about"]
    assert facts["district"]["population"][0]["value"] == 2_019_764
    assert facts["district"]["population"][0]["source"].startswith("http")
    assert sum(len(one["communities"]) for one in facts["streets"]) == 440
