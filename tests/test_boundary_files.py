"""Boundary files as offices send them: zips with Chinese names, tables in GBK, cut signs, false declarations, bombs."""

import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import geo.shapefile
from geo.boundaries import read_boundaries
from geo.crs import from_wgs84
from geo.errors import BoundaryProblem
from geo.fitting import compare, crs_candidates, overlaps
from geo.outlines import describe
from geo.sources import read_layer

LEFT, RIGHT = shapely.box(116.29, 39.85, 116.30, 39.86), shapely.box(116.30, 39.85, 116.31, 39.86)
NAMES = ["甲街道", "乙街道"]


def two(**columns) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"编码": [1, 2], "名称": NAMES, **columns}, geometry=[LEFT, RIGHT], crs=4326)


def shapefile(
    folder: Path, frame: gpd.GeoDataFrame | None = None, *, encoding="utf-8", cpg: str | None = None, page: int = 0
) -> dict[str, bytes]:
    """The files of a Shapefile by ending: texts in an encoding, and what is declared of it."""
    folder.mkdir(parents=True, exist_ok=True)
    (two() if frame is None else frame).to_file(folder / "a.shp", encoding=encoding)
    files = {path.suffix: path.read_bytes() for path in folder.glob("a.*") if path.suffix != ".cpg"}
    table = bytearray(files[".dbf"])
    table[29] = page
    files[".dbf"] = bytes(table)
    return files if cpg is None else files | {".cpg": cpg.encode()}


class Raw(zipfile.ZipInfo):
    """A member whose name is written as old tools do: in the machine's own encoding, and nothing said of it."""

    encoding = "gbk"

    def _encodeFilenameFlags(self):  # noqa: N802
        return self.filename.encode(self.encoding), self.flag_bits & ~0x800


def packed(path: Path, **stems: dict[str, bytes]) -> Path:
    """A zip of Shapefiles by stem."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for stem, files in stems.items():
            for ending, content in files.items():
                archive.writestr(f"{stem}{ending}", content)
    return path


def names_of(path: Path, **options) -> list[str]:
    return read_boundaries(path, id_column="编码", name_column="名称", **options).frame["name"].tolist()


def refused(path: Path, key: str, **options) -> dict:
    with pytest.raises(BoundaryProblem) as caught:
        read_layer(path, **options)
    assert caught.value.key == key
    return caught.value.values


# --- encodings


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize(
    ("cpg", "page"),
    [(None, 0), (None, 0x57), ("", 0), ("UTF-8", 0), ("GBK", 0), ("gb18030\r\n", 0), ("936", 0), ("\ufeffUTF-8", 0),
     ("nonsense", 0), ("rot13", 0), (None, 0x4D), ("x" * 5000, 0)],
)  # fmt: skip
def test_chinese_is_read_whatever_is_said_of_it(tmp_path, encoding, cpg, page):
    path = packed(tmp_path / "a.zip", 街道=shapefile(tmp_path / "w", encoding=encoding, cpg=cpg, page=page))
    assert names_of(path) == NAMES
    assert read_layer(path).encoding == encoding


def test_a_false_declaration_is_seen_through_but_a_person_s_word_is_not(tmp_path):
    path = packed(tmp_path / "a.zip", a=shapefile(tmp_path / "w", encoding="gb18030", cpg="UTF-8"))
    assert names_of(path) == NAMES
    assert names_of(path, encoding="GBK") == NAMES
    assert refused(path, "boundaries.encoding", encoding="utf-8")["encoding"] == "utf-8"
    allowed = refused(path, "boundaries.unknown_encoding", encoding="klingon")["allowed"]
    assert {"utf-8", "gb18030"} <= set(allowed)
    latin = packed(tmp_path / "b.zip", a=shapefile(tmp_path / "v", encoding="gb18030"))
    assert read_layer(latin, encoding="latin-1").frame.columns[0] != "编码"


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_signs_that_a_full_field_cut_apart_lose_their_half_and_nothing_else(tmp_path):
    long = "丰台区" * 30 + "甲乙丙"  # 279 bytes of UTF-8, in a field of at most 254
    frame = two(一二三四=["x", "y"])
    frame["名称"] = [long, "乙街道"]
    # a name of 12 bytes in a field of 10: three signs and a third of a fourth
    path = packed(tmp_path / "a.zip", a=shapefile(tmp_path / "w", frame))
    layer = read_layer(path)
    assert layer.encoding == "utf-8"
    assert list(layer.frame.columns) == ["编码", "名称", "一二三", "geometry"]
    first, second = layer.frame["名称"]
    assert (long.startswith(first), second) == (True, "乙街道")
    assert len(first) == 84


def test_text_that_is_neither_is_left_to_gdal(tmp_path):
    files = shapefile(tmp_path / "w", gpd.GeoDataFrame({"n": ["ae"]}, geometry=[LEFT], crs=4326))
    files[".dbf"] = files[".dbf"].replace(b"ae", b"\xff\xff")
    assert len(read_layer(packed(tmp_path / "a.zip", a=files)).frame) == 1


@given(st.binary(max_size=200), st.integers(0, 300))
def test_a_damaged_table_is_a_sentence_or_is_read(tmp_path_factory, content, at):
    folder = tmp_path_factory.mktemp("damaged")
    files = shapefile(folder / "w")
    table = bytearray(files[".dbf"])
    table[at : at + len(content)] = content
    path = packed(folder / "a.zip", a=files | {".dbf": bytes(table)})
    try:
        read_layer(path)
    except BoundaryProblem as problem:
        assert problem.key.startswith("boundaries.")  # noqa: PT017


# --- zips


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_names_in_a_zip_are_understood_in_the_encoding_they_were_written_in(tmp_path, encoding):
    files = shapefile(tmp_path / "w")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for ending, content in files.items():
            member = Raw(f"丰台区/2021年调整/街道边界{ending}")
            member.encoding = encoding
            archive.writestr(member, content)
    outline = describe(tmp_path / "a.zip")
    assert [layer.name for layer in outline.layers] == ["街道边界"]
    assert names_of(tmp_path / "a.zip") == NAMES


def test_of_several_shapefiles_one_is_chosen_by_its_name(tmp_path):
    one, other = shapefile(tmp_path / "w"), shapefile(tmp_path / "v", two().iloc[:1])
    path = packed(tmp_path / "a.zip", **{"2020/街道": one, "2021/街道": other, "社区": other, "__MACOSX/._社区": other})
    assert refused(path, "boundaries.layers")["layers"] == ["2020/街道", "2021/街道", "社区"]
    assert len(read_layer(path, layer="2020/街道").frame) == 2
    assert len(read_layer(path, layer="2021/街道").frame) == 1
    assert refused(path, "boundaries.layers", layer="2022/街道")["layer"] == "2022/街道"


def test_endings_in_capitals_and_a_missing_index_are_no_obstacle(tmp_path):
    files = {ending.upper(): content for ending, content in shapefile(tmp_path / "w").items() if ending != ".shx"}
    files[".dbf"] = files.pop(".DBF")
    assert names_of(packed(tmp_path / "a.zip", A=files)) == NAMES


def test_a_shapefile_without_a_table_has_no_columns(tmp_path):
    files = {ending: content for ending, content in shapefile(tmp_path / "w").items() if ending != ".dbf"}
    path = packed(tmp_path / "a.zip", a=files)
    assert describe(path).layers[0].columns == ()
    with pytest.raises(BoundaryProblem, match=r"boundaries\.no_column"):
        names_of(path)


def test_an_unpacked_shapefile_is_read_and_nothing_is_written_beside_it(tmp_path):
    for ending, content in shapefile(tmp_path / "w", encoding="gb18030").items():
        if ending != ".shx":
            (tmp_path / f"边界{ending}").write_bytes(content)
    before = sorted(tmp_path.glob("边界*"))
    assert names_of(tmp_path / "边界.shp") == NAMES
    assert sorted(tmp_path.glob("边界*")) == before


@pytest.mark.parametrize("name", ["../../x", "/tmp/x", "..\\..\\x", "a/../../x", "C:\\x", "~/x", "a\nb", "." * 300])
def test_no_name_in_a_zip_leads_anywhere(tmp_path, name):
    inside = tmp_path / "deep" / "deeper"
    files = shapefile(tmp_path / "w")
    inside.mkdir(parents=True)
    path = packed(inside / "a.zip", **{name: files})
    before = sorted(tmp_path.rglob("*"))
    assert len(read_layer(path).frame) == 2
    assert sorted(tmp_path.rglob("*")) == before
    assert not Path("/tmp/x.shp").exists()


def test_bombs_are_refused_before_they_are_whole(tmp_path, monkeypatch):
    files = shapefile(tmp_path / "w")
    monkeypatch.setattr(geo.shapefile, "FREE_BYTES", 100_000)
    path = packed(tmp_path / "a.zip", a=files | {".dbf": b"\x03" + bytes(3_000_000)})
    assert path.stat().st_size * geo.shapefile.MOST_RATIO < 3_000_000
    refused(path, "boundaries.too_large")
    monkeypatch.setattr(geo.shapefile, "MOST_MEMBERS", 3)
    refused(packed(tmp_path / "b.zip", a=files), "boundaries.too_large")


def test_a_zip_that_lies_about_a_size_or_is_locked_is_a_sentence(tmp_path):
    files = shapefile(tmp_path / "w")
    path = packed(tmp_path / "a.zip", a=files)
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(mark)
        while at >= 0:
            content[at + offset] |= 1  # encrypted
            at = content.find(mark, at + 1)
    path.write_bytes(content)
    refused(path, "boundaries.unreadable")


# --- what else may call itself a file of boundaries


def test_only_a_geopackage_is_opened_as_one(tmp_path):
    path = tmp_path / "a.gpkg"
    with closing(sqlite3.connect(path)) as tables:
        # another kind of database could make its reader open files it names
        tables.execute("create table geometry_columns (f_table_name text, f_geometry_column text)")
        tables.commit()
    assert "neither" in refused(path, "boundaries.unreadable")["reason"]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_geojson_is_utf_8_and_understood_in_gb18030(tmp_path, encoding, mark):
    if mark and encoding != "utf-8":
        pytest.skip("a mark of UTF-8 is of UTF-8")
    features = json.loads(two().to_json())["features"]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    path = tmp_path / "a.geojson"
    path.write_bytes(mark + text.encode(encoding))
    assert names_of(path, crs="wgs84") == NAMES
    assert describe(path).layers[0].encoding == encoding
    if encoding == "gb18030":
        refused(path, "boundaries.unreadable", encoding="utf-8")


# --- described


def test_a_file_is_described_before_anything_is_taken(tmp_path):
    frame = two(上级=["110106", "110106"], area=[1.5, 2.5], OBJECTID=[7, 8], seen=["2021-06-01", None])
    frame["编码"] = ["110106001", "110106002"]
    frame.to_crs(4548).to_file(tmp_path / "a.gpkg", layer="街道")
    two().iloc[:0].to_file(tmp_path / "a.gpkg", layer="空")
    outline = describe(tmp_path / "a.gpkg")
    assert (outline.file, outline.kind, [layer.name for layer in outline.layers]) == (
        "a.gpkg",
        "GeoPackage",
        ["街道", "空"],
    )
    streets, empty = outline.layers
    assert (streets.features, streets.kinds, streets.declared, streets.encoding) == (2, ("Polygon",), "EPSG:4548", None)
    west, south, _, _ = streets.bounds
    assert 400_000 < west < 500_000 < 4_000_000 < south
    columns = {column.name: column for column in streets.columns}
    assert (columns["名称"].samples, columns["名称"].filled, columns["名称"].distinct) == (tuple(NAMES), 2, 2)
    assert [columns[name].kind for name in ("编码", "area", "OBJECTID")] == ["text", "number", "integer"]
    assert (columns["seen"].filled, columns["上级"].distinct) == (1, 1)
    assert [streets.suggested(role) for role in ("id", "name", "parent")] == ["编码", "名称", "上级"]
    assert (empty.features, empty.bounds, empty.suggested("id")) == (0, None, None)


def test_numbers_that_a_program_gave_its_rows_are_the_last_choice(tmp_path):
    two(OBJECTID=[1, 2]).rename(columns={"编码": "nummer"}).to_file(tmp_path / "a.gpkg")
    assert describe(tmp_path / "a.gpkg").layers[0].suggested("id") == "nummer"
    two(OBJECTID=[1, 2]).drop(columns="编码").to_file(tmp_path / "b.gpkg")
    layer = describe(tmp_path / "b.gpkg").layers[0]
    assert {column.name: "id" in column.roles for column in layer.columns} == {"名称": True, "OBJECTID": True}


def test_counted_rows_are_no_codes_where_there_are_others(tmp_path):
    frame = gpd.GeoDataFrame({"id": [1, 2, 3], "code": ["a7", "b1", "c9"]}, geometry=[LEFT, RIGHT, LEFT], crs=4326)
    frame.to_file(tmp_path / "a.gpkg")
    assert describe(tmp_path / "a.gpkg").layers[0].suggested("id") == "code"


def test_what_cannot_tell_areas_apart_is_no_id(tmp_path):
    frame = two(same=["x", "x"], gaps=["a", None], share=[0.5, 0.25])
    frame.to_file(tmp_path / "a.gpkg")
    roles = {column.name: set(column.roles) for column in describe(tmp_path / "a.gpkg").layers[0].columns}
    assert all("id" not in roles[name] for name in ("same", "gaps", "share"))
    assert "parent" in roles["same"]


def test_what_is_no_boundary_file_is_described_by_a_sentence(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(BoundaryProblem):
        describe(tmp_path / "a.zip")
    with pytest.raises(BoundaryProblem, match=r"boundaries\.no_file"):
        describe(tmp_path / "none.gpkg")


# --- how it fits

PRESENT = two().rename(columns={"编码": "code", "名称": "name"}).astype({"code": str})


@pytest.mark.parametrize("crs", ["wgs84", "gcj02", "bd09"])
def test_the_system_in_which_a_file_lies_best_in_what_is_there_comes_first(crs):
    there = gpd.GeoSeries(
        shapely.transform(PRESENT.geometry.to_numpy(), lambda p: np.column_stack(from_wgs84(p[:, 0], p[:, 1], crs)))
    )
    found = crs_candidates(there, PRESENT)
    assert found[0].crs == crs
    assert found[0].share > 0.999 > 0.9 > found[1].share
    assert {one.crs for one in found} == {"wgs84", "gcj02", "bd09"}
    # without areas to compare with nobody knows
    assert {one.share for one in crs_candidates(there, PRESENT.iloc[:0])} == {None}


@pytest.mark.parametrize("number", [4548, 4527, 32650, 3857])
def test_metres_are_found_by_their_zone_or_by_what_is_there(number):
    there = PRESENT.to_crs(number).geometry
    assert crs_candidates(there, PRESENT)[0].crs == f"EPSG:{number}"
    alone = [one.crs for one in crs_candidates(there, PRESENT.iloc[:0])]
    # numbers without a zone can lie anywhere in the country
    assert alone == ([] if number in (4548, 32650) else [f"EPSG:{number}"])


def test_degrees_outside_china_are_wgs84():
    found = crs_candidates(gpd.GeoSeries([shapely.box(-74, 40, -73, 41)]), PRESENT)
    assert [(one.crs, one.share) for one in found] == [("wgs84", 0.0)]
    assert crs_candidates(gpd.GeoSeries([shapely.Polygon()]), PRESENT) == []


def test_areas_are_the_same_changed_new_or_gone():
    coming = PRESENT.set_geometry([LEFT, shapely.box(116.30, 39.85, 116.305, 39.86)]).set_index(np.array([7, 3]))
    fates, gone = compare(coming, PRESENT)
    assert fates["fate"].to_dict() == {7: "same", 3: "changed"}
    assert fates["kept"].round(2).tolist() == [1.0, 0.5]
    assert fates["area_km2"].iloc[0] == pytest.approx(0.95, abs=0.02)
    assert gone == []
    fates, gone = compare(PRESENT.assign(code=["1", "9"]), PRESENT)
    assert (fates["fate"].tolist(), gone) == (["same", "new"], ["2"])
    assert np.isnan(fates["kept"].iloc[1])
    assert compare(PRESENT, PRESENT.iloc[:0])[0]["fate"].tolist() == ["new", "new"]


def test_overlaps_are_named_the_largest_first():
    wide = shapely.box(116.298, 39.85, 116.3105, 39.86)
    frame = gpd.GeoDataFrame({"code": ["a", "b", "c"]}, geometry=[LEFT, RIGHT, wide], crs=4326)
    pairs = overlaps(frame)
    assert pairs[["code", "other"]].to_numpy().tolist() == [["b", "c"], ["a", "c"]]
    assert pairs["shared_m2"].iloc[1] == pytest.approx(0.2 * 0.95e6, rel=0.05)
    assert overlaps(PRESENT).empty
