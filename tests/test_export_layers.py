"""Exports for maps: GeoPackage and GeoParquet as ogrinfo and geopandas open them."""

import json
import subprocess
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from data.areas import shapes
from data.complaints import all_complaints
from data.exports import open_content
from data.exports.files import write_file
from data.exports.values import codes
from data.heat import heat
from data.questions import MOMENT, TEXT, Column
from data.rates import rates_by_area
from data.scope import Scope
from tests.cities import centre, give_areas, store_of, town
from tests.exported import MARCH, about, four_streets, layer, ogrinfo, sheet, told, writer


@pytest.fixture(scope="module")
def store():
    return four_streets()


@pytest.fixture
def write(store, tmp_path):
    return writer(store, tmp_path)


# --- layers


@pytest.fixture
def scattered():
    """Complaints with a point, without one, with one that nobody may use, and one on each side of a border."""
    return store_of(
        centre("11"), centre("12"), centre("141"),
        {"lon": 0, "lat": 0}, {"lon": 999, "lat": 39.8}, {"lon": 10, "lat": 50}, {},
        areas=town(),
    )  # fmt: skip


def test_only_complaints_with_a_usable_point_are_in_a_layer_and_the_others_are_counted(scattered, write):
    everything = pd.concat(all_complaints(scattered, MARCH))
    assert len(everything) == 7
    for kind in ("gpkg", "parquet"):
        path = write("complaints", kind, store=scattered)
        frame = gpd.read_file(path, layer="complaints") if kind == "gpkg" else gpd.read_parquet(path)
        assert sorted(frame["ticket_no"]) == ["T1", "T2", "T3"]
        assert frame.crs == "EPSG:4326"
        wanted = everything.set_index("ticket_no").loc[frame["ticket_no"], ["lon", "lat"]].to_numpy()
        assert np.c_[frame.geometry.x, frame.geometry.y].tolist() == wanted.tolist()
        said_so = gpd.read_file(path, layer="about").set_index("key")["value"] if kind == "gpkg" else told(path)
        assert (int(said_so["rows"]), int(said_so["without_point"])) == (3, 4)
    path = write("complaints", "xlsx", store=scattered)
    assert len(sheet(path)) == 1 + 7
    assert about(path)["没有可用坐标，不能上图（件）"] == 4


@ogrinfo
def test_ogrinfo_opens_the_layer_of_complaints(scattered, write):
    summary = layer(write("complaints", "gpkg", store=scattered), "complaints")
    assert "Feature Count: 3" in summary
    assert "Geometry: Point" in summary
    assert 'ID["EPSG",4326]' in summary
    types = {"received_at": "DateTime", "valid": "Integer(Boolean)", "lon": "Real", "title": "String"}
    assert all(f"\n{name}: {kind} " in summary for name, kind in types.items())


@ogrinfo
def test_ogrinfo_opens_the_layer_of_areas_with_the_figures_of_the_scope(store, write):
    path = write("areas", "gpkg")
    summary = layer(path, "areas")
    assert "Feature Count: 4" in summary
    assert "Geometry: Multi Polygon" in summary
    assert "Extent: (116.000000, 39.750000) - (116.125000, 39.875000)" in summary
    assert all(f"\n{name}: {kind} " in summary for name, kind in {"received": "Integer64", "score": "Real"}.items())
    for name, rows in (("about", 14), ("columns", 28)):
        assert f"Feature Count: {rows}" in layer(path, name)


def test_a_layer_of_areas_is_the_shapes_with_the_rates(store, write):
    rates = rates_by_area(store, MARCH, "community").set_index("area_id")
    wanted = shapes(store, MARCH.until, "community").set_index("area_id")
    for kind in ("gpkg", "parquet"):
        path = write("areas", kind, level="community")
        found = gpd.read_file(path, layer="areas") if kind == "gpkg" else gpd.read_parquet(path)
        found = found.set_index("area_id")
        assert list(found.index) == list(rates.index)
        assert found["received"].tolist() == rates["received"].tolist()
        assert found["score"].fillna(-1).tolist() == rates["score"].fillna(-1).tolist()
        assert set(found.geom_type) == {"MultiPolygon"}
        assert found.geometry.geom_equals(wanted.geometry.loc[found.index]).all()
        assert found.loc["111", "parent_id"] == "11"
        assert found.loc["111", "area_km2"] == pytest.approx(2.68 * 3.47, rel=0.01)


def test_areas_in_the_scope_leave_out_the_others(write):
    path = write("areas", "parquet", scope=Scope(MARCH.since, MARCH.until, areas=("street:11",)), level="community")
    assert gpd.read_parquet(path)["area_id"].tolist() == ["111", "112", "113", "114"]


def test_shapes_are_of_the_boundaries_in_force(tmp_path):
    district = shapely.box(116.0, 39.75, 116.125, 39.875)
    west, east = shapely.box(116.0, 39.75, 116.0625, 39.875), shapely.box(116.0625, 39.75, 116.125, 39.875)
    store = store_of(centre("11"), areas={"street": [("1", None, district)]})
    give_areas(store, {"street": [("1", None, west), ("2", None, east)]}, valid_from=date(2025, 3, 15))
    for scope, count in (
        (Scope(date(2025, 3, 1), date(2025, 3, 14)), 1),
        (Scope(date(2025, 3, 1), date(2025, 3, 15)), 2),
        (Scope(date(2025, 3, 1), date(2025, 3, 15), vintage=date(2025, 3, 1)), 1),
    ):
        content = open_content(store, "areas", scope, {"level": "street"}, "zh")
        write_file(content, "parquet", tmp_path / "a.parquet", tmp_path / "way")
        found = gpd.read_parquet(tmp_path / "a.parquet")
        assert len(found) == count
        assert told(tmp_path / "a.parquet")["boundaries_on"] == scope.boundaries_on.isoformat()
        assert found.geometry.union_all().equals(district)


@settings(deadline=None, max_examples=15)
@given(
    st.lists(st.tuples(st.floats(115.9, 116.2), st.floats(39.7, 39.9)), min_size=1, max_size=12),
    st.integers(0, 22),
)
def test_the_cells_of_a_heat_layer_hold_every_point_once(points, zoom):
    store = store_of(*({"lon": round(lon, 6), "lat": round(lat, 6)} for lon, lat in points))
    content = open_content(store, "heat", MARCH, {"zoom": str(zoom)}, "zh")
    (page,) = content.pages
    cells = shapely.from_wkb(content.wkb(page))
    # a point on an edge belongs to one cell, so none is counted in two
    assert page["complaints"].sum() == len(points)
    assert shapely.covers(shapely.union_all(cells).buffer(1e-9), shapely.points(points)).all()
    middles = shapely.points(page["lon"], page["lat"])
    assert [int(shapely.covers(cells, middle).sum()) for middle in middles] == [1] * len(page)


def test_heat_cells_are_those_of_the_map_and_say_their_size_and_what_is_not_in_them(scattered, write):
    box = (116.0, 39.75, 116.125, 39.875)
    wanted = heat(scattered, MARCH, box, 14)
    path = write("heat", "parquet", store=scattered, bbox=",".join(map(str, box)), zoom="14")
    assert sorted(gpd.read_parquet(path)["complaints"]) == sorted(wanted["complaints"])
    said_so = told(write("heat", "parquet", store=scattered))
    assert (said_so["located"], said_so["without_point"], said_so["rows"]) == (3, 4, 3)
    assert said_so["cell_m"] == pytest.approx(117, abs=1)


def test_geoparquet_is_as_its_specification_says(scattered, write):
    path = write("complaints", "parquet", store=scattered)
    geo = json.loads(pq.read_metadata(path).metadata[b"geo"])
    column = geo["columns"][geo["primary_column"]]
    assert geo["version"] == "1.1.0"
    assert (column["encoding"], column["geometry_types"]) == ("WKB", ["Point"])
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 4326}
    assert column["bbox"] == pytest.approx(gpd.read_parquet(path).total_bounds.tolist())
    # who reads a table without the file's own metadata finds the shapes too
    assert json.loads(pq.read_table(path).schema.metadata[b"geo"])["primary_column"] == "geometry"


@ogrinfo
def test_ogrinfo_opens_geoparquet_where_it_can(scattered, write):
    formats = subprocess.run(["ogrinfo", "--formats"], capture_output=True, text=True, check=True).stdout
    if "Parquet" not in formats:
        pytest.skip("this GDAL was built without Parquet; geopandas opens the files in the other tests")
    path = write("complaints", "parquet", store=scattered)
    summary = layer(path, path.stem)
    assert "Feature Count: 3" in summary
    assert 'ID["EPSG",4326]' in summary


def test_a_layer_holds_codes_and_says_what_they_mean(scattered, write):
    frame = gpd.read_file(write("complaints", "gpkg", store=scattered), layer="columns").set_index("column")
    assert "open = 在办" in frame.loc["state", "codes"]
    assert (frame.loc["lon", "unit"], frame.loc["received_at", "type"]) == ("degrees WGS84", MOMENT)
    assert frame.loc["ticket_no", "name"] == "工单编号"
    assert codes(Column("title", TEXT), "zh") == ""
