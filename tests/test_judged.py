"""Coordinates of files judged by the areas their rows state, and named so that commands can say them."""

import gzip
import io
import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from data import words
from data.errors import FileProblem, Problem
from data.evidence import CRS_CHOICES, judge_file, name_of, proven, reading_of, said, shares
from data.profiles import load_profile
from geo.crs import from_wgs84
from tests.cities import TOWN, bring_file, store_of, town, write_rows

FOLDER = Path(os.environ.get("WHISTLEMAP_TESTDATA") or Path(__file__).parents[1] / "../shared/data").resolve()
AUTO = load_profile("auto")


def planted(path, crs, rows=600, *, state=True, swapped=False, wrong=0.0):
    """Points spread over the town's streets, written in a coordinate system."""
    rng = np.random.default_rng(3)
    some = []
    for number in range(rows):
        code, _, shape = TOWN["street"][number % 4]
        west, south, east, north = shape.bounds
        lon, lat = from_wgs84([rng.uniform(west, east)], [rng.uniform(south, north)], crs)
        lon, lat = (lat, lon) if swapped else (lon, lat)
        if rng.random() < wrong:
            code = TOWN["street"][rng.integers(4)][0]
        stated = {"街道": f"street {code}"} if state else {}
        some.append({"经度": str(round(float(lon[0]), 7)), "纬度": str(round(float(lat[0]), 7))} | stated)
    return write_rows(path, some)


@pytest.fixture(scope="module")
def store():
    return store_of(areas=town())


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("crs", ["wgs84", "gcj02", "bd09", "EPSG:4548", "EPSG:3857"])
def test_a_planted_file_is_caught_and_imported_where_it_belongs(store, tmp_path, crs, swapped):
    path = planted(tmp_path / "rows.csv", crs, swapped=swapped)
    verdict = judge_file(store, path, AUTO)
    assert proven(verdict, "rows.csv") == crs + "+swapped" * swapped
    fresh = store_of(areas=town())
    report = bring_file(fresh, path, profile="auto", crs="auto")
    assert (report.unlocated, report.crs) == (0, crs + "+swapped" * swapped)
    placed = fresh.cursor().execute(
        "select count(*) from complaints c join place_areas p using (place_id) join areas a using (area_key)"
        " where a.level = 'street' and a.name = c.stated_area"
    ).fetchall()[0][0]  # fmt: skip
    assert placed >= 598


def test_a_part_of_wrong_statements_does_not_mislead(store, tmp_path):
    assert proven(judge_file(store, planted(tmp_path / "rows.csv", "gcj02", 1500, wrong=0.2), AUTO), "") == "gcj02"


def test_without_stated_areas_the_operator_is_asked_and_nothing_is_stored(store, tmp_path):
    path = planted(tmp_path / "rows.csv", "gcj02", state=False)
    verdict = judge_file(store, path, AUTO)
    assert (verdict.decided, verdict.reason) == (False, "no_stated")
    for crs in ("auto", None):
        with pytest.raises(FileProblem) as caught:
            bring_file(store, path, profile="auto", crs=crs)
        assert caught.value.key in ("file.crs_undecided", "file.no_crs")
    assert store.cursor().execute("select count(*) from complaints").fetchall() == [(0,)]


def test_a_file_without_coordinates_needs_no_verdict(store, tmp_path):
    path = write_rows(tmp_path / "rows.csv", [{"街道": "street 11"}])
    assert judge_file(store, path, AUTO) is None
    assert bring_file(store_of(areas=town()), path, profile="auto", crs="auto").accepted == 1


def test_both_coordinates_in_one_cell(tmp_path):
    store = store_of(areas=town())
    path = write_rows(tmp_path / "rows.csv", [{"经纬度": "116.01, 39.76"}, {"经纬度": "POINT(116.02 39.77)"}])
    assert bring_file(store, path, profile="auto", crs="wgs84").unlocated == 0


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_a_verdict_is_said_with_its_figures(store, tmp_path, lang):
    verdict = judge_file(store, planted(tmp_path / "rows.csv", "gcj02"), AUTO)
    table = shares(verdict, lang)
    best = verdict.shares[0]
    assert str(best.in_stated) in said(verdict, lang)
    assert table["crs"].iloc[0] == "gcj02"
    assert table["in_stated"].iloc[0] == pytest.approx(100 * best.in_stated / best.stated)


@pytest.mark.parametrize(
    "name",
    [
        *(c for c in CRS_CHOICES if c not in ("", "auto")),
        "EPSG:4548",
        "gcj02+swapped",
        "wgs84+minutes",
        "wgs84+minutes+swapped",
        "gcj02+mercator",
        "EPSG:4548+swapped",
    ],
)
def test_a_reading_has_one_name(name):
    assert name_of(reading_of(name)) == name


@pytest.mark.parametrize(
    "name", ["", "mars", "gcj02+", "gcj02+up", "EPSG:1", "wgs84+minutes+mercator", "/etc/passwd", "+swapped"]
)
def test_what_is_no_reading_is_refused(name):
    with pytest.raises(Problem):
        reading_of(name)


def test_new_york_is_wgs84(tmp_path):
    if not (FOLDER / "nyc").is_dir():
        pytest.skip(f"the folder of real records is not at {FOLDER}; set WHISTLEMAP_TESTDATA")
    rows = gpd.read_file(io.BytesIO(gzip.decompress((FOLDER / "nyc/borough.geojson.gz").read_bytes())))
    areas = {"borough": [(str(code), None, shape) for code, shape in zip(rows["BoroCode"], rows.geometry, strict=True)]}
    store = store_of(areas=areas)
    with store.write() as cursor:
        for code, name in zip(rows["BoroCode"], rows["BoroName"], strict=True):
            cursor.execute(
                "update areas set name = $name where code = $code", {"name": name.upper(), "code": str(code)}
            )
    path = FOLDER / "nyc/requests_20230228_all_types.csv.gz"
    verdict = judge_file(store, path, load_profile("auto"))
    assert proven(verdict, path.name) == "wgs84"
    assert verdict.shares[0].stated_share > 0.99


def test_beijing_names_and_points_of_2016_are_gcj02(tmp_path):
    if not (FOLDER / "beijing").is_dir():
        pytest.skip(f"the folder of real records is not at {FOLDER}; set WHISTLEMAP_TESTDATA")
    from geo.boundaries import read_boundaries

    source = FOLDER / "beijing/districts_2016_gcj02.geojson"
    columns = [c for c in gpd.read_file(source).columns if c != "geometry"]
    code = next(c for c in columns if "code" in c.lower() or c in ("id", "adcode"))
    name = next(c for c in columns if "name" in c.lower())
    frame = read_boundaries(source, id_column=code, name_column=name, crs="gcj02").frame
    store = store_of(areas={"district": [(c, None, s) for c, s in zip(frame["code"], frame.geometry, strict=True)]})
    with store.write() as cursor:
        for own, called in zip(frame["code"], frame["name"], strict=True):
            cursor.execute("update areas set name = $name where code = $code", {"name": called, "code": own})
    points = pd.read_csv(FOLDER / "beijing/towns_villages_2016_gcj02_points.csv.gz", dtype=str)
    points = points.dropna(subset=["longitude", "latitude"])
    some = [
        {"经度": row.longitude, "纬度": row.latitude, "区县": row.county, "内容": row.name}
        for row in points[["longitude", "latitude", "county", "name"]].itertuples(index=False)
    ]
    verdict = judge_file(store, write_rows(tmp_path / "rows.csv", some), AUTO)
    # villages near a district's line are few: the evidence may be too weak, but is never wrong
    assert verdict.crs in ("gcj02", None)


def test_points_that_come_after_many_rows_without_any_are_judged(store, tmp_path, monkeypatch):
    monkeypatch.setattr("data.evidence.LOOKED_AT", 100)
    monkeypatch.setattr("data.readers.chunks.CHUNK_ROWS", 50, raising=False)
    path = planted(tmp_path / "late.csv", "gcj02")
    head, *rows = path.read_text("utf-8").splitlines()
    empty = [",".join(f"E{n}" if name == "ticket_no" else "" for name in head.split(",")) for n in range(500)]
    path.write_text("\n".join([head, *empty, *rows]) + "\n", "utf-8")
    assert proven(judge_file(store, path, AUTO), "late.csv") == "gcj02"
