"""Areas in the store: levels as data, parents, vintages, and complaints placed anew when they change."""

import json
from datetime import date
from pathlib import Path

import pytest
import shapely
import shapely.affinity

from data.areas import areas, bounds, check_level, levels, path_to, shapes
from data.errors import ScopeProblem
from data.rates import rates_by_area
from data.replacing import import_boundaries
from data.scope import Scope
from data.store import Store
from data.totals import totals
from tests.cities import bring, contents, recounted, rollups, store_of, town

DAY = date(2025, 3, 10)


def geojson(path: Path, *areas: tuple[str, str, shapely.Geometry], crs: bool = True) -> Path:
    features = [
        {"type": "Feature", "properties": {"id": code, "name": name}, "geometry": json.loads(shapely.to_geojson(shape))}
        for code, name, shape in areas
    ]
    whole: dict = {"type": "FeatureCollection", "features": features}
    if crs:
        whole["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    path.write_text(json.dumps(whole), "utf-8")
    return path


def bring_boundaries(store: Store, path: Path, level: str, **options):
    return import_boundaries(store, path, level, id_column="id", name_column="name", **options)


WEST, EAST = shapely.box(116.0, 39.8, 116.1, 39.9), shapely.box(116.1, 39.8, 116.2, 39.9)


def test_levels_order_themselves_by_size_however_they_come():
    store = store_of(areas={"grid": town()["grid"], "district": town()["district"], "street": town()["street"]})
    assert levels(store) == ("district", "street", "grid")
    assert check_level(store, "grid") == "grid"
    with pytest.raises(ScopeProblem) as caught:
        check_level(store, "city")
    assert caught.value.values == {"value": "city", "allowed": "district, street, grid"}


def test_parents_are_those_stated_else_those_that_overlap_most():
    store = store_of(areas=town())
    frame = areas(store, DAY)
    (grid,) = frame[frame["area_id"] == "1234"]["area_key"]
    assert [step["area_id"] for step in path_to(store, int(grid))] == ["1", "12", "123", "1234"]
    bare = store_of(areas={level: [(code, None, shape) for code, _, shape in ones] for level, ones in town().items()})
    frame = areas(bare, DAY)
    (grid,) = frame[frame["area_id"] == "1234"]["area_key"]
    assert [step["area_id"] for step in path_to(bare, int(grid))] == ["1", "12", "123", "1234"]


def test_a_level_that_comes_later_between_two_others_becomes_the_parent():
    store = store_of(areas=town("district", "community"))
    with_streets = areas(store, DAY)
    (community,) = with_streets[with_streets["area_id"] == "123"]["area_key"]
    assert [step["area_id"] for step in path_to(store, int(community))] == ["1", "123"]
    from tests.cities import give_areas

    give_areas(store, town("street"))
    assert [step["area_id"] for step in path_to(store, int(community))] == ["1", "12", "123"]


def test_complaints_that_came_before_the_boundaries_are_placed(tmp_path):
    store = store_of(
        {"ticket_no": "W", "lon": 116.05, "lat": 39.85}, {"ticket_no": "E", "lon": 116.15, "lat": 39.85}, {}
    )
    report = bring_boundaries(
        store, geojson(tmp_path / "a.geojson", ("w", "West", WEST), ("e", "East", EAST)), "street"
    )
    assert (report.areas, report.moved, report.crs_in != "") == (2, 2, True)
    rates = rates_by_area(store, Scope(DAY, DAY), "street").set_index("area_id")
    assert rates["received"].to_dict() == {"e": 1, "w": 1}
    now = totals(store, Scope(DAY, DAY)).iloc[0]
    assert (now["received"], now["unplaced"]) == (3, 1)
    assert rollups(store) == recounted(store)


def test_a_point_on_a_shared_border_belongs_to_the_smallest_id_at_every_level(tmp_path):
    # binary fractions, so that the corners really meet
    corners = {"9": (116.0, 39.75), "10": (116.25, 39.75), "11": (116.0, 40.0), "12": (116.25, 40.0)}
    streets = [(code, None, shapely.box(x, y, x + 0.25, y + 0.25)) for code, (x, y) in corners.items()]
    grids = [
        (f"{code}{n}", code, shapely.affinity.scale(shape, 0.5, 1, origin=(shape.bounds[2 * n - 2], 0)))
        for code, _, shape in streets
        for n in (1, 2)
    ]
    store = store_of(areas={"street": streets, "grid": grids})
    bring(store, {"lon": 116.25, "lat": 40.0})
    for level, smallest in (("street", "9"), ("grid", "92")):
        rates = rates_by_area(store, Scope(DAY, DAY), level)
        assert rates[rates["received"] == 1]["area_id"].tolist() == [smallest]


def test_the_same_boundaries_again_change_nothing_and_others_need_a_day(tmp_path):
    path = geojson(tmp_path / "a.geojson", ("w", "West", WEST), ("e", "East", EAST))
    store = store_of({"lon": 116.05, "lat": 39.85})
    bring_boundaries(store, path, "street")
    before, version = contents(store), store.areas_version
    assert bring_boundaries(store, path, "street").unchanged
    assert contents(store) == before
    assert store.areas_version == version
    moved = geojson(tmp_path / "b.geojson", ("w", "West", shapely.box(116.0, 39.8, 116.04, 39.9)))
    with pytest.raises(ScopeProblem) as caught:
        bring_boundaries(store, moved, "street")
    assert caught.value.key == "scope.level_exists"
    assert contents(store) == before


def test_an_old_period_keeps_its_own_boundaries(tmp_path):
    store = store_of(
        {"received_at": "2021-03-01 10:00:00", "lon": 116.05, "lat": 39.85},
        {"received_at": "2022-03-01 10:00:00", "lon": 116.05, "lat": 39.85},
    )
    bring_boundaries(store, geojson(tmp_path / "a.geojson", ("w", "Old west", WEST), ("e", "Old east", EAST)), "street")
    recut = geojson(
        tmp_path / "b.geojson",
        ("w", "New west", shapely.box(116.0, 39.8, 116.04, 39.9)),
        ("e", "New east", shapely.box(116.04, 39.8, 116.2, 39.9)),
    )
    bring_boundaries(store, recut, "street", valid_from=date(2021, 6, 1))
    with pytest.raises(ScopeProblem) as caught:
        bring_boundaries(
            store, geojson(tmp_path / "c.geojson", ("w", "x", WEST)), "street", valid_from=date(2021, 6, 1)
        )
    assert caught.value.key == "scope.vintage_order"
    old = rates_by_area(store, Scope(date(2021, 1, 1), date(2021, 5, 31)), "street").set_index("area_id")
    new = rates_by_area(store, Scope(date(2022, 1, 1), date(2022, 12, 31)), "street").set_index("area_id")
    assert (old.loc["w", "name"], old.loc["w", "received"], old.loc["e", "received"]) == ("Old west", 1, 0)
    assert (new.loc["e", "name"], new.loc["e", "received"], new.loc["w", "received"]) == ("New east", 1, 0)
    # the filter takes the vintage of the period too
    inside = Scope(date(2022, 1, 1), date(2022, 12, 31), areas=("street:e",))
    assert totals(store, inside).iloc[0]["received"] == 1


def test_before_the_first_vintage_its_areas_are_shown(tmp_path):
    store = store_of({"received_at": "2019-03-01 10:00:00", "lon": 116.05, "lat": 39.85})
    path = geojson(tmp_path / "a.geojson", ("w", "West", WEST))
    bring_boundaries(store, path, "street", valid_from=date(2021, 6, 1))
    rates = rates_by_area(store, Scope(date(2019, 1, 1), date(2019, 12, 31)), "street")
    assert rates["received"].tolist() == [1]


def test_a_far_point_is_unlocated_once_areas_are_known_and_stays_in_the_total(tmp_path):
    store = store_of({"ticket_no": "FAR", "lon": 10.0, "lat": 50.0}, {"ticket_no": "NEAR", "lon": 116.05, "lat": 39.85})
    bring_boundaries(store, geojson(tmp_path / "a.geojson", ("w", "West", WEST)), "street")
    reasons = dict(store.cursor().execute("select ticket_no, unlocated_reason from complaints").fetchall())
    assert reasons == {"FAR": "far", "NEAR": None}
    assert totals(store, Scope(DAY, DAY)).iloc[0]["received"] == 2


def test_a_bad_level_name_and_an_undeclared_system_are_refused(tmp_path):
    path = geojson(tmp_path / "a.geojson", ("w", "West", WEST), crs=False)
    store = Store()
    with pytest.raises(ScopeProblem) as caught:
        bring_boundaries(store, path, "my level", crs="wgs84")
    assert caught.value.key == "scope.level_name"
    with pytest.raises(ValueError, match=r"boundaries\.no_crs"):
        bring_boundaries(store, path, "street")
    assert store.is_empty()


def test_gcj02_boundaries_are_moved_before_they_are_kept(tmp_path):
    store = Store()
    bring_boundaries(store, geojson(tmp_path / "a.geojson", ("w", "West", WEST), crs=False), "street", crs="gcj02")
    west, south, _, _ = bounds(store, (), DAY)
    # some 500 m west and 140 m south at Beijing
    assert 0.0055 < 116.0 - west < 0.0068
    assert 0.0008 < 39.8 - south < 0.0018


def test_shapes_are_those_of_the_level_and_can_be_made_coarser():
    store = store_of(areas=town())
    frame = shapes(store, DAY, "community")
    assert len(frame) == 16
    assert frame.crs == "EPSG:4326"
    assert shapes(store, DAY, "community", tolerance_m=50).geometry.is_valid.all()
    assert bounds(store, ("street:11",), DAY) == {code: shape for code, _, shape in town()["street"]}["11"].bounds
    assert bounds(Store(), (), DAY) == (None, None, None, None)
