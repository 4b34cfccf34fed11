"""Boundaries: what is read, mended, refused; parents, simpler shapes, figures, GeoJSON."""

import gzip
import json
import os
import sqlite3
import zipfile
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import geo.shapefile
from geo.boundaries import attach, derive_parents, label_points, read_boundaries, simplified, to_geojson
from geo.crs import from_wgs84
from geo.errors import BoundaryProblem, CrsProblem

TESTDATA = Path(os.environ.get("WHISTLEMAP_TESTDATA", Path(__file__).parents[1] / ".." / "shared" / "data"))
COLUMNS = {"id_column": "id", "name_column": "name"}

# two squares of about 0.85 x 1.1 km at Fengtai, side by side
LEFT, RIGHT = shapely.box(116.29, 39.85, 116.30, 39.86), shapely.box(116.30, 39.85, 116.31, 39.86)
CRS84 = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}


def feature(shape, **properties):
    geometry = shape if shape is None or isinstance(shape, dict) else json.loads(shapely.to_geojson(shape))
    return {"type": "Feature", "properties": properties, "geometry": geometry}


@pytest.fixture
def geojson(tmp_path):
    """Write features to a file; a test states only what matters."""

    def write(*features, crs=CRS84, name="areas.geojson", **members):
        collection = {"type": "FeatureCollection", "features": list(features), **members}
        if crs is not None:
            collection["crs"] = crs
        path = tmp_path / name
        content = json.dumps(collection, ensure_ascii=False).encode()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return write


def refused(path, key, problem=BoundaryProblem, **options):
    with pytest.raises(problem) as caught:
        read_boundaries(path, **(COLUMNS | options))
    assert caught.value.key == key
    return caught.value.values


def two(**options):
    frame = gpd.GeoDataFrame({"id": [1, 2], "name": ["甲街道", "乙街道"]}, geometry=[LEFT, RIGHT], crs=4326)
    return frame.to_crs(options["crs"]) if "crs" in options else frame


def collection(*shapes, **columns):
    codes = [str(n) for n in range(1, len(shapes) + 1)]
    return gpd.GeoDataFrame({"code": codes, "name": codes, **columns}, geometry=list(shapes), crs=4326)


# --- reading


def test_areas_are_read_with_their_report(geojson):
    path = geojson(feature(LEFT, id=101, name=" 甲街道 ", up=7.0), feature(RIGHT, id=102, name="乙街道", up=None))
    found = read_boundaries(path, **COLUMNS, parent_column="up")
    assert list(found.frame.columns) == ["code", "name", "parent_code", "geometry"]
    assert found.frame["code"].tolist() == ["101", "102"]
    assert found.frame["name"].tolist() == ["甲街道", "乙街道"]
    assert found.frame["parent_code"].tolist() == ["7", None]
    assert found.frame.crs == "EPSG:4326"
    assert found.report == {
        "areas": 2,
        "mended": [],
        "merged": [],
        "overlap_percent": 0,
        "gap_percent": 0,
        "crs_in": "urn:ogc:def:crs:OGC:1.3:CRS84",
        "bounds": (116.29, 39.85, 116.31, 39.86),
        "encoding": "utf-8",
    }


def test_without_a_parent_column_no_area_has_a_parent(geojson):
    assert read_boundaries(geojson(feature(LEFT, id="1", name="a")), **COLUMNS).frame["parent_code"].tolist() == [None]


@pytest.mark.parametrize(
    ("given", "code"),
    [(101.0, "101"), ("101.0", "101"), (" 0101 ", "0101"), (110106001001001, "110106001001001"), ("a.0", "a.0")],
)
def test_an_id_is_an_integers_text(geojson, given, code):
    path = geojson(feature(LEFT, id=given, name=5.0))
    frame = read_boundaries(path, **COLUMNS).frame
    assert frame[["code", "name"]].to_numpy().tolist() == [[code, "5"]]


def test_an_area_without_a_name_is_called_by_its_id(geojson):
    path = geojson(feature(LEFT, id=1, name=None), feature(RIGHT, id=2, name=" "))
    assert read_boundaries(path, **COLUMNS).frame["name"].tolist() == ["1", "2"]


@pytest.mark.parametrize("name", ["areas.json", "areas.geojson.gz", "upload.tmp"])
def test_a_file_is_what_it_holds_not_what_it_is_called(geojson, name):
    assert len(read_boundaries(geojson(feature(LEFT, id=1, name="a"), name=name), **COLUMNS).frame) == 1


def test_a_byte_order_mark_is_no_obstacle(geojson):
    path = geojson(feature(LEFT, id=1, name="a"))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(read_boundaries(path, **COLUMNS).frame) == 1


def test_geopackage_and_shapefile_declare_their_system(tmp_path):
    frame = two(crs=4548)
    frame.to_file(tmp_path / "areas.gpkg")
    frame.to_file(tmp_path / "areas.shp", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "packed.bin", "w") as archive:
        for path in tmp_path.glob("areas.*"):
            if path.suffix != ".gpkg":
                archive.write(path, f"街道/{path.name}")
    for name in ("areas.gpkg", "areas.shp", "packed.bin"):
        found = read_boundaries(tmp_path / name, **COLUMNS)
        assert found.frame["name"].tolist() == ["甲街道", "乙街道"]
        assert found.frame.geometry.iloc[0].normalize().equals_exact(LEFT.normalize(), 1e-8)
        assert found.report["crs_in"] == "EPSG:4548"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_shapefile_that_does_not_say_its_encoding_keeps_its_chinese(tmp_path, encoding):
    two().to_file(tmp_path / "areas.shp", encoding=encoding)
    (tmp_path / "areas.cpg").unlink(missing_ok=True)
    table = bytearray((tmp_path / "areas.dbf").read_bytes())
    table[29] = 0
    (tmp_path / "areas.dbf").write_bytes(table)
    assert read_boundaries(tmp_path / "areas.shp", **COLUMNS).frame["name"].tolist() == ["甲街道", "乙街道"]


def test_a_shapefile_without_a_prj_declares_nothing(tmp_path):
    two().to_file(tmp_path / "areas.shp", encoding="utf-8")
    (tmp_path / "areas.prj").unlink()
    refused(tmp_path / "areas.shp", "boundaries.no_crs")
    assert read_boundaries(tmp_path / "areas.shp", **COLUMNS, crs="wgs84").report["crs_in"] == "wgs84"


@pytest.mark.parametrize("number", [-1, 0])
def test_a_geopackage_of_undefined_system_declares_nothing(tmp_path, number):
    two().to_file(tmp_path / "areas.gpkg")
    with closing(sqlite3.connect(tmp_path / "areas.gpkg")) as tables:
        # their triggers call functions only gdal has
        for (name,) in tables.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            tables.execute(f'drop trigger "{name}"')
        tables.execute("update gpkg_contents set srs_id = ?", [number])
        tables.execute("update gpkg_geometry_columns set srs_id = ?", [number])
        tables.commit()
    refused(tmp_path / "areas.gpkg", "boundaries.no_crs")


def test_of_several_layers_one_must_be_named(tmp_path):
    two().to_file(tmp_path / "areas.gpkg", layer="streets")
    two().to_file(tmp_path / "areas.gpkg", layer="zones")
    assert refused(tmp_path / "areas.gpkg", "boundaries.layers")["layers"] == ["streets", "zones"]
    assert refused(tmp_path / "areas.gpkg", "boundaries.layers", layer="x")["layer"] == "x"
    assert len(read_boundaries(tmp_path / "areas.gpkg", **COLUMNS, layer="zones").frame) == 2


# --- the coordinate system


@pytest.mark.parametrize("crs", [None, "null"])
def test_a_geojson_that_declares_no_system_is_not_guessed(geojson, crs):
    path = geojson(feature(LEFT, id=1, name="a", note='a text that says "crs"'), crs=None)
    if crs == "null":
        path.write_text(path.read_text().replace('"features"', '"crs": null, "features"', 1))
    values = refused(path, "boundaries.no_crs")
    assert values == {"file": "areas.geojson", "allowed": ["wgs84", "gcj02", "bd09", "cgcs2000", "EPSG:n"]}


@pytest.mark.parametrize("crs", ["gcj02", "bd09"])
def test_the_users_word_wins_over_the_files(geojson, crs):
    there = shapely.transform(LEFT, lambda p: np.column_stack(from_wgs84(p[:, 0], p[:, 1], crs)))
    found = read_boundaries(geojson(feature(there, id=1, name="a")), **COLUMNS, crs=crs)
    assert found.frame.geometry.iloc[0].equals_exact(LEFT, 1e-8)
    assert found.report["crs_in"] == crs


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:EPSG::4548", "EPSG:4548"])
def test_the_declared_system_of_a_geojson_is_used(geojson, name):
    shape = two(crs=4548).geometry.iloc[0]
    path = geojson(feature(shape, id=1, name="a"), crs={"type": "name", "properties": {"name": name}})
    assert read_boundaries(path, **COLUMNS).frame.geometry.iloc[0].equals_exact(LEFT, 1e-8)


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:EPSG::4326", "EPSG:4490"])
def test_geojson_is_longitude_first_whatever_it_declares(geojson, name):
    path = geojson(feature(LEFT, id=1, name="a"), crs={"type": "name", "properties": {"name": name}})
    assert read_boundaries(path, **COLUMNS).frame.geometry.iloc[0].equals_exact(LEFT, 1e-8)


def test_a_declaration_nobody_knows_is_refused(geojson):
    path = geojson(feature(LEFT, id=1, name="a"), crs={"type": "link", "properties": {"href": "x"}})
    refused(path, "boundaries.bad_crs")
    assert refused(path, "crs.unknown", CrsProblem, crs="beijing")["crs"] == "beijing"


def test_coordinates_of_another_system_are_refused_with_the_hint(geojson):
    metres = two(crs=4548).geometry.iloc[0]
    values = refused(geojson(feature(metres, id=7, name="a")), "boundaries.out_of_range", crs="wgs84")
    assert (values["id"], values["crs"]) == ("7", "wgs84")
    assert values["x"] > 180
    values = refused(geojson(feature(LEFT, id=7, name="a")), "boundaries.outside_crs", crs="EPSG:4548")
    assert values["crs"] == "EPSG:4548"


def test_a_coordinate_that_is_no_number_is_refused(tmp_path):
    frame = gpd.GeoDataFrame({"id": [1], "name": ["a"]}, geometry=[shapely.from_wkt("POLYGON((0 0,1 inf,1 1,0 0))")])
    frame.set_crs(4326).to_file(tmp_path / "areas.gpkg")
    refused(tmp_path / "areas.gpkg", "boundaries.out_of_range")


# --- what is refused


def test_a_missing_column_names_those_there_are(geojson):
    values = refused(geojson(feature(LEFT, id=1, name="a")), "boundaries.no_column", id_column="code")
    assert values == {"file": "areas.geojson", "column": "code", "columns": ["id", "name"]}
    refused(geojson(feature(LEFT, id=1, name="a")), "boundaries.no_column", parent_column="up")


def test_a_missing_id_is_refused_by_its_feature(geojson):
    path = geojson(feature(LEFT, id="1", name="a"), feature(RIGHT, id=" ", name="b"), feature(RIGHT, id=None, name="c"))
    assert refused(path, "boundaries.no_id")["features"] == ["2", "3"]


@pytest.mark.parametrize(
    ("shape", "key"),
    [
        (None, "boundaries.empty_geometry"),
        ({"type": "Polygon", "coordinates": []}, "boundaries.empty_geometry"),
        (shapely.Point(116.3, 39.85), "boundaries.not_areas"),
        (shapely.LineString([(116.3, 39.85), (116.4, 39.85)]), "boundaries.not_areas"),
        (shapely.Polygon([(116.3, 39.85), (116.4, 39.85), (116.3, 39.85)]), "boundaries.invalid_shape"),
        (shapely.GeometryCollection([shapely.Point(116.3, 39.85)]), "boundaries.invalid_shape"),
    ],
)
def test_what_is_no_area_is_refused_by_name(geojson, shape, key):
    assert refused(geojson(feature(LEFT, id=1, name="a"), feature(shape, id=2, name="b")), key)["ids"] == ["2"]


# gdal wants feature numbers to be unique; the column of the file is left as it is
@pytest.mark.filterwarnings("ignore:Several features with id")
def test_one_id_with_two_names_or_two_parents_is_refused(geojson):
    path = geojson(feature(LEFT, id=1, name="a", up=1), feature(RIGHT, id=1, name="b", up=1))
    assert refused(path, "boundaries.duplicate_id")["ids"] == ["1"]
    path = geojson(feature(LEFT, id=1, name="a", up=1), feature(RIGHT, id=1, name="a", up=2))
    refused(path, "boundaries.duplicate_id", parent_column="up")
    path = geojson(feature(LEFT, id=1, name="a", up="x"), feature(RIGHT, id=1, name="a", up=None))
    refused(path, "boundaries.duplicate_id", parent_column="up")


def test_a_long_list_of_ids_is_cut(geojson):
    path = geojson(*(feature(shapely.Point(1, 1), id=n, name="a") for n in range(50)))
    assert refused(path, "boundaries.not_areas")["ids"][-2:] == ["19", "…"]


@pytest.mark.parametrize(
    "content",
    [b"", b"id,name\n1,a\n", b'{"type": "FeatureCollection"', b"\x1f\x8bnot gzip", b"PK\x03\x04no zip", b"{}", b"[1]",
     b'{"type":"gdal_streamed_alg","command_line":"gdal vector pipeline ! read other.gpkg"}',
     b"SQLite format 3\x00nothing", b"\x00\x00\x27\x0a", b"<OGRVRTDataSource/>", '{"名":"'.encode("gb18030"),
     gzip.compress(b'{"type"')[:-6], b'{"crs":1,"a":"\xb7\xe1"}'],
)  # fmt: skip
def test_what_is_no_boundary_file_is_refused_with_a_reason(tmp_path, content):
    path = tmp_path / "areas.geojson"
    path.write_bytes(content)
    with pytest.raises(BoundaryProblem) as caught:
        read_boundaries(path, **COLUMNS)
    assert caught.value.key in ("boundaries.unreadable", "boundaries.empty")
    assert caught.value.values["file"] == "areas.geojson"


def test_no_file_and_no_features(tmp_path, geojson):
    assert refused(tmp_path / "none.gpkg", "boundaries.no_file")["file"] == "none.gpkg"
    refused(tmp_path, "boundaries.no_file")
    refused(Path("/vsicurl/http://example.org/a.geojson"), "boundaries.no_file")
    refused(geojson(), "boundaries.empty")


def test_a_zip_without_a_shapefile_or_with_two(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.txt", "x")
    refused(tmp_path / "a.zip", "boundaries.unreadable")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("one.shp", "x")
        archive.writestr("two.shp", "x")
    assert refused(tmp_path / "b.zip", "boundaries.layers")["layers"] == ["one", "two"]


def test_a_bomb_is_not_unpacked(tmp_path, geojson, monkeypatch):
    monkeypatch.setattr(geo.shapefile, "MOST_BYTES", 10_000)
    refused(geojson(feature(LEFT, id=1, name="a" * 20_000), name="a.geojson.gz"), "boundaries.too_large")
    refused(geojson(feature(LEFT, id=1, name="a" * 20_000)), "boundaries.too_large")
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one.shp", b"0" * 6_000)
        archive.writestr("one.dbf", b"0" * 6_000)
    refused(tmp_path / "a.zip", "boundaries.too_large")


# --- mending, merging, fitting


BOWTIE = shapely.Polygon([(116.29, 39.85), (116.30, 39.86), (116.30, 39.85), (116.29, 39.86)])


def test_an_invalid_shape_is_mended_and_named(geojson):
    found = read_boundaries(geojson(feature(BOWTIE, id=1, name="a"), feature(RIGHT, id=2, name="b")), **COLUMNS)
    assert found.report["mended"] == ["1"]
    assert found.frame.is_valid.all()
    assert found.frame.geometry.iloc[0].area == pytest.approx(0.01**2 / 2)


def test_what_two_parts_cover_both_is_kept(geojson):
    parts = [shapely.box(116.29, 39.85, 116.303, 39.86), shapely.box(116.297, 39.85, 116.31, 39.86)]
    both = shapely.MultiPolygon(parts)
    shape = read_boundaries(geojson(feature(both, id=1, name="a")), **COLUMNS).frame.geometry.iloc[0]
    assert shape.area == pytest.approx(0.02 * 0.01)


def test_a_hole_that_sticks_out_takes_away_and_adds_nothing(geojson):
    hole = [(116.298, 39.854), (116.304, 39.854), (116.304, 39.856), (116.298, 39.856)]
    shape = shapely.Polygon(LEFT.exterior.coords, [hole])
    frame = read_boundaries(geojson(feature(shape, id=1, name="a")), **COLUMNS).frame
    assert frame.geometry.iloc[0].equals_exact(LEFT.difference(shapely.Polygon(hole)), 1e-9, normalize=True)


def test_only_the_polygons_of_a_mixture_are_kept(geojson):
    mixed = shapely.GeometryCollection([LEFT, shapely.Point(1, 1), shapely.LineString([(1, 1), (2, 2)])])
    found = read_boundaries(geojson(feature(mixed, id=1, name="a")), **COLUMNS)
    assert (found.report["mended"], found.frame.geometry.iloc[0].equals(LEFT)) == (["1"], True)


def test_a_height_is_left_out(geojson):
    frame = read_boundaries(geojson(feature(shapely.force_3d(LEFT, 44.0), id=1, name="a")), **COLUMNS).frame
    assert not frame.has_z.any()


@pytest.mark.filterwarnings("ignore:Several features with id")
def test_features_of_one_id_and_name_are_one_area(geojson):
    far = shapely.box(116.4, 39.85, 116.41, 39.86)
    path = geojson(feature(LEFT, id=1, name="a"), feature(RIGHT, id=2, name="b"), feature(far, id=1, name="a "))
    found = read_boundaries(path, **COLUMNS)
    assert (found.frame["code"].tolist(), found.report["merged"], found.report["areas"]) == (["1", "2"], ["1"], 2)
    assert found.frame.geometry.iloc[0].equals(shapely.union(LEFT, far))


def test_overlaps_and_enclosed_gaps_are_measured(geojson):
    ring = shapely.box(116.2, 39.8, 116.3, 39.9).difference(shapely.box(116.24, 39.84, 116.26, 39.86))
    report = read_boundaries(geojson(feature(ring, id=1, name="a")), **COLUMNS).report
    assert report["gap_percent"] == pytest.approx(100 * 4 / 96, rel=1e-3)
    half = shapely.box(116.295, 39.85, 116.30, 39.86)
    report = read_boundaries(geojson(feature(LEFT, id=1, name="a"), feature(half, id=2, name="b")), **COLUMNS).report
    assert (report["overlap_percent"], report["gap_percent"]) == (pytest.approx(50, rel=1e-3), 0)
    # a bay that is open to the outside is no gap
    bay = shapely.box(116.2, 39.8, 116.3, 39.9).difference(shapely.box(116.24, 39.84, 116.31, 39.86))
    assert read_boundaries(geojson(feature(bay, id=1, name="a")), **COLUMNS).report["gap_percent"] == 0


# --- parents


def test_a_childs_parent_is_where_most_of_it_lies():
    children = collection(
        shapely.box(116.291, 39.851, 116.292, 39.852),
        shapely.box(116.298, 39.851, 116.305, 39.852),
        shapely.box(116.299, 39.851, 116.301, 39.852),
        shapely.box(116.31, 39.85, 116.32, 39.86),
    ).set_index(pd.Index([9, 8, 7, 6]))
    parents = derive_parents(children, collection(LEFT, RIGHT))
    assert parents.index.tolist() == [9, 8, 7, 6]
    # the third lies about half in each; the last only touches
    assert parents.tolist()[:2] == ["1", "2"]
    assert pd.isna(parents.iloc[3])


def test_of_equal_shares_the_smaller_code_wins():
    twins = collection(LEFT, LEFT, LEFT).assign(code=["8", "7", "9"])
    assert derive_parents(collection(LEFT), twins).tolist() == ["7"]


def test_nobody_has_a_parent_where_there_are_none():
    assert derive_parents(collection(LEFT), collection(LEFT).iloc[:0]).isna().all()
    assert len(derive_parents(collection(LEFT).iloc[:0], collection(LEFT))) == 0


# --- simpler


def wavy(count=3):
    """Squares side by side whose common borders wave by about 5 m."""
    heights = np.linspace(39.85, 39.86, 200)
    sides = [np.column_stack([116.29 + k / 100 + np.sin(heights * 5000) * 5e-5, heights]) for k in range(count + 1)]
    return collection(*(shapely.Polygon([*left, *right[::-1]]) for left, right in pairwise(sides)))


def test_simpler_shapes_still_share_their_borders():
    frame = wavy()
    less = simplified(frame, 20)
    assert shapely.get_num_coordinates(less.geometry.array).sum() < 100
    assert shapely.coverage_is_valid(np.asarray(less.geometry.array))
    assert less.union_all().area == pytest.approx(frame.union_all().area, rel=0.01)
    assert (less.crs, less["code"].tolist()) == ("EPSG:4326", frame["code"].tolist())


def test_overlapping_shapes_are_simplified_one_by_one_and_none_is_lost():
    shapes = wavy()
    crumb = shapely.box(116.2951, 39.8551, 116.29511, 39.85511)
    frame = collection(*shapes.geometry, crumb)
    less = simplified(frame, 20)
    assert shapely.get_num_coordinates(less.geometry.array).sum() < 100
    assert less.is_valid.all()
    assert not less.is_empty.any()


def test_no_tolerance_changes_nothing():
    frame = wavy()
    assert simplified(frame, 0).geometry.equals(frame.geometry)
    assert len(simplified(frame.iloc[:0], 10)) == 0


# --- figures


def test_areas_without_figures_stay_and_figures_without_an_area_go():
    frame = collection(LEFT, RIGHT).set_index(pd.Index(["x", "y"]))
    figures = pd.DataFrame({"area_id": [2, 99], "complaints": [5, 7], "name": ["not", "this"]})
    joined = attach(frame, figures)
    assert list(joined.columns) == ["code", "name", "geometry", "complaints"]
    assert joined.index.tolist() == ["x", "y"]
    assert pd.isna(joined["complaints"].iloc[0])
    assert (joined["complaints"].iloc[1], joined["name"].iloc[1], joined.crs) == (5, "2", "EPSG:4326")


def test_figures_of_no_area_at_all_are_no_obstacle():
    figures = pd.DataFrame({"street": ["2", None, None], "n": [1, 2, 3]})
    assert attach(collection(LEFT, RIGHT), figures, on="street")["n"].tolist()[1] == 1
    assert attach(collection(LEFT), figures.iloc[:0], on="street")["n"].isna().all()


def test_figures_that_do_not_fit_are_refused():
    with pytest.raises(BoundaryProblem, match=r"attach\.no_column: column=area_id, columns=\['n'\]"):
        attach(collection(LEFT), pd.DataFrame({"n": [1]}))
    with pytest.raises(BoundaryProblem, match=r"attach\.duplicates: column=area_id, ids=\['1'\]"):
        attach(collection(LEFT), pd.DataFrame({"area_id": ["1", "1"], "n": [1, 2]}))


# --- GeoJSON and labels


def test_geojson_is_rounded_plain_and_complete():
    holed = LEFT.difference(shapely.box(116.292, 39.852, 116.294, 39.854))
    multi = shapely.MultiPolygon([RIGHT, shapely.box(116.32, 39.85, 116.3300000123, 39.86)])
    frame = collection(
        holed, multi, None, shapely.Polygon(),
        n=[1, 2, 3, 4], rate=[99.5, np.nan, np.inf, 0.0], at=pd.to_datetime(["2026-10-01", None, None, None]),
        tags=[["a"], None, np.int64(3), pd.NaT], good=[True, False, True, False],
    )  # fmt: skip
    found = to_geojson(frame, digits=4)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    one, two_, *empty = found["features"]
    expected = {"n": 1, "rate": 99.5, "at": "2026-10-01T00:00:00", "tags": ["a"], "good": True}
    assert one["properties"] == {"code": "1", "name": "1"} | expected
    assert [each["properties"]["rate"] for each in empty] == [None, 0.0]
    assert (two_["properties"]["rate"], two_["properties"]["at"]) == (None, None)
    assert [each["geometry"] for each in empty] == [None, None]
    assert shapely.from_geojson(json.dumps(one["geometry"])).equals(holed)
    assert shapely.from_geojson(json.dumps(two_["geometry"])).bounds == (116.3, 39.85, 116.33, 39.86)


def test_geojson_is_always_in_degrees():
    shape = to_geojson(collection(LEFT).to_crs(4548))["features"][0]["geometry"]
    assert shapely.from_geojson(json.dumps(shape)).bounds == (116.29, 39.85, 116.3, 39.86)
    assert to_geojson(collection(LEFT).iloc[:0]) == {"type": "FeatureCollection", "features": []}
    assert to_geojson(collection(LEFT)[["geometry"]])["features"][0]["properties"] == {}


def test_a_label_stands_inside_its_area():
    crescent = LEFT.difference(shapely.box(116.291, 39.851, 116.31, 39.859))
    frame = collection(crescent, RIGHT).set_index(pd.Index([5, 6]))
    points = label_points(frame)
    assert (list(points.columns), points.index.tolist()) == (["lon", "lat"], [5, 6])
    assert frame.contains(gpd.GeoSeries(gpd.points_from_xy(points.lon, points.lat), index=points.index, crs=4326)).all()


# --- real files


def real(*parts):
    path = TESTDATA.joinpath(*parts)
    if not path.is_file():
        pytest.skip("no folder of real records: set WHISTLEMAP_TESTDATA")
    return path


@pytest.mark.acceptance
def test_new_yorks_levels_nest():
    boroughs = read_boundaries(
        real("nyc", "borough.geojson.gz"), id_column="BoroCode", name_column="BoroName", crs="wgs84"
    )
    tracts = read_boundaries(
        real("nyc", "neighborhood_tabulation_area.geojson.gz"),
        id_column="NTACode", name_column="NTAName", parent_column="BoroCode", crs="wgs84",
    )  # fmt: skip
    assert (boroughs.report["areas"], tracts.report["areas"]) == (5, 195)
    derived = derive_parents(tracts.frame, boroughs.frame)
    assert derived.tolist() == tracts.frame["parent_code"].tolist()
    assert tracts.report["overlap_percent"] < 0.1


@pytest.mark.acceptance
def test_new_yorks_community_districts_keep_their_borders_when_simplified():
    path = real("nyc", "community_district.geojson.gz")
    frame = read_boundaries(path, id_column="BoroCD", name_column="BoroCD", crs="wgs84").frame
    less = simplified(frame, 50)
    assert len(frame) == 71
    before, after = (shapely.get_num_coordinates(each.geometry.array).sum() for each in (frame, less))
    assert after < 0.2 * before
    assert less.is_valid.all()


@pytest.mark.acceptance
def test_beijings_districts_come_from_gcj02():
    path = real("beijing", "districts_2016_gcj02.geojson")
    columns = [column for column in gpd.read_file(path, rows=1).columns if column != "geometry"]
    code = next(column for column in columns if "code" in column.lower())
    found = read_boundaries(path, id_column=code, name_column="name", crs="gcj02")
    fengtai = found.frame[found.frame["code"].str.startswith("110106")]
    assert found.report["areas"] == 16
    assert fengtai.to_crs(4548).area.sum() / 1e6 == pytest.approx(304, abs=3)
    # Beijing South station, 116.3731 39.8638 in WGS84, lies in it
    assert fengtai.contains(shapely.Point(116.3731, 39.8638)).all()
