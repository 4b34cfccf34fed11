"""
The four NYC files through the documented commands, against pandas and geopandas.

`make acceptance` fails without the folder of real records; inside `make test`
these tests skip with a message.
"""

import gzip
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]
FOLDER = Path(os.environ.get("WHISTLEMAP_TESTDATA") or ROOT / "../shared/data").resolve()
NYC = FOLDER / "nyc"
FILES = (
    "requests_2010_2025_illegal_animal.csv.gz",
    "requests_20131225_all_types.csv.gz",
    "requests_20230228_all_types.csv.gz",
    "requests_2024_elevator.parquet",
)
COLUMNS = ["unique_key", "created_date", "closed_date", "agency", "complaint_type", "descriptor", "community_board"]
COLUMNS += ["latitude", "longitude", "open_data_channel_type"]
BOROUGHS = {"MANHATTAN": 1, "BRONX": 2, "BROOKLYN": 3, "QUEENS": 4, "STATEN ISLAND": 5}
pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]


@pytest.fixture(scope="module", autouse=True)
def folder():
    if not NYC.is_dir():
        message = f"the folder of real records is not at {FOLDER}; set WHISTLEMAP_TESTDATA"
        if os.environ.get("WHISTLEMAP_ACCEPTANCE"):
            pytest.fail(message)
        pytest.skip(message)


@pytest.fixture(scope="module")
def truth(folder) -> dict[str, pd.DataFrame]:
    """The files as pandas reads them, times parsed, one set of column names."""
    frames = {}
    for name in FILES:
        if name.endswith(".parquet"):
            frame = pd.read_parquet(NYC / name)
        else:
            frame = pd.read_csv(NYC / name, low_memory=False, dtype=str)
            frame.columns = [re.sub(r"\W+", "_", column).strip("_").lower() for column in frame]
            for column in ("created_date", "closed_date"):
                frame[column] = pd.to_datetime(frame[column], format="%m/%d/%Y %I:%M:%S %p")
        frame = frame.reindex(columns=COLUMNS)
        frame["unique_key"] = frame["unique_key"].astype(str)
        for column in ("latitude", "longitude"):
            frame[column] = pd.to_numeric(frame[column])
        frames[name] = frame
    return frames


@pytest.fixture(scope="module")
def whole(truth) -> pd.DataFrame:
    """Every complaint once; a close date before the created one is none."""
    frame = pd.concat(truth.values()).drop_duplicates("unique_key", keep="last").reset_index(drop=True)
    frame.loc[frame["closed_date"] < frame["created_date"], "closed_date"] = pd.NaT
    return frame


def run(home: Path, *words: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "WHISTLEMAP_HOME": str(home), "WHISTLEMAP_LANG": "en"}
    command = [sys.executable, "-m", "data", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def ask(home: Path, *words: str) -> list[dict]:
    done = run(home, "ask", *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["rows"]


@pytest.fixture(scope="module")
def home(tmp_path_factory, folder) -> Path:
    """The commands of the README's second city, word for word."""
    place = tmp_path_factory.mktemp("nyc")
    readme = (ROOT / "README.md").read_text("utf-8")
    block = re.search(r"<!-- second city -->\s*```sh\n(.*?)```", readme, re.DOTALL)[1]
    script = "set -eu\n" + block.replace(".venv/bin/python", sys.executable)
    environment = {**os.environ, "WHISTLEMAP_HOME": str(place), "WHISTLEMAP_TESTDATA": str(FOLDER)}
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return place


def test_every_row_is_accounted_for_and_the_same_files_again_change_nothing(home, truth):
    done = run(home, "import", *(str(NYC / name) for name in FILES), "--profile", "nyc_311", "--json")
    assert done.returncode == 0, done.stderr
    again = json.loads(done.stdout)
    rows = sum(len(frame) for frame in truth.values())
    assert again["read"] == rows
    assert again["unchanged"] == rows
    assert (again["accepted"], again["updated"], again["rejected"]) == (0, 0, 0)
    assert again["unlocated"] == sum(int(frame["latitude"].isna().sum()) for frame in truth.values())


def test_each_file_is_taken_whole_into_an_empty_store(tmp_path, truth):
    done = run(tmp_path, "import", *(str(NYC / name) for name in FILES), "--profile", "nyc_311", "--json")
    report = json.loads(done.stdout)
    assert report["read"] == report["accepted"] + report["updated"] + report["unchanged"] + report["rejected"]
    for one in report["files"]:
        frame = truth[one["file"]]
        assert one["read"] == len(frame)
        assert one["rejected"] == 0
        before = int((frame["closed_date"] < frame["created_date"]).sum())
        assert one["notes"].get("closed_before_received", 0) == before


def test_totals_equal_a_pandas_count(home, whole):
    for since, until in (("2010-01-01", "2025-12-31"), ("2023-02-28", "2023-02-28"), ("2024-03-10", "2024-09-01")):
        start, end = pd.Timestamp(since), pd.Timestamp(until) + pd.Timedelta(days=1)
        (row,) = (r for r in ask(home, "totals", "--since", since, "--until", until) if r["period"] == "current")
        received = whole[(whole["created_date"] >= start) & (whole["created_date"] < end)]
        closed = whole[(whole["closed_date"] >= start) & (whole["closed_date"] < end)]
        assert row["received"] == len(received)
        assert row["closed"] == len(closed)
        assert row["still_open"] == int(received["closed_date"].isna().sum())
        assert row["open"] == int(whole["closed_date"].isna().sum())
        assert [row[rate] for rate in ("response_rate", "resolution_rate", "satisfaction_rate", "score")] == [None] * 4


def test_open_as_of_a_moment_of_the_past(home, whole):
    moment = pd.Timestamp("2024-06-30 12:00:00")
    words = ("--since", "2024-01-01", "--until", "2024-12-31", "--as-of", moment.isoformat())
    (row,) = (r for r in ask(home, "totals", *words) if r["period"] == "current")
    known = whole[whole["created_date"] <= moment]
    assert row["open"] == int((known["closed_date"].isna() | (known["closed_date"] > moment)).sum())


def test_categories_channels_and_units_equal_a_pandas_count(home, whole):
    everything = ("--since", "2010-01-01", "--until", "2025-12-31")
    kinds = {row["category"]: row["received"] for row in ask(home, "categories", *everything)}
    assert {kind: n for kind, n in kinds.items() if n} == whole["complaint_type"].value_counts().to_dict()
    units = {row["unit"]: row["received"] for row in ask(home, "rates_by_unit", *everything)}
    assert units == whole["agency"].value_counts().to_dict()
    phone = next(r for r in ask(home, "totals", *everything, "--channel", "phone") if r["period"] == "current")
    assert phone["received"] == int((whole["open_data_channel_type"] == "PHONE").sum())


def test_areas_equal_a_geopandas_join(home, whole):
    located = whole.dropna(subset=["latitude", "longitude"])
    points = gpd.GeoDataFrame(located, geometry=gpd.points_from_xy(located["longitude"], located["latitude"]), crs=4326)
    for level, key in (
        ("borough", "BoroCode"),
        ("community_district", "BoroCD"),
        ("neighborhood_tabulation_area", "NTACode"),
    ):
        text = gzip.decompress((NYC / f"{level}.geojson.gz").read_bytes())
        shapes = gpd.read_file(io.BytesIO(text)).set_crs(4326, allow_override=True)[[key, "geometry"]]
        shapes[key] = shapes[key].astype(str)
        joined = gpd.sjoin(points, shapes, predicate="intersects").sort_values(key).drop_duplicates("unique_key")
        expected = joined[key].value_counts().to_dict()
        rows = ask(home, "rates_by_area", "--level", level, "--since", "2010-01-01", "--until", "2025-12-31")
        assert {row["area_id"]: row["received"] for row in rows if row["received"]} == expected


def test_rows_that_state_a_community_board_are_placed_in_it(home, truth):
    frame = truth["requests_20230228_all_types.csv.gz"].dropna(subset=["latitude", "longitude"])
    board = frame["community_board"].str.extract(r"^(\d\d) ([A-Z ]+)$")
    stated = (board[1].map(BOROUGHS) * 100 + board[0].astype(float)).dropna().astype(int).astype(str)
    rows = ask(home, "complaints", "--since", "2023-02-28", "--until", "2023-02-28", "--limit", "10000")
    placed = {row["ticket_no"]: row["place"].split(" / ")[1] for row in rows if row["place"]}
    own = pd.Series({key: placed.get(key) for key in frame.loc[stated.index, "unique_key"]})
    share = 100 * (own.to_numpy() == stated.to_numpy()).mean()
    assert len(stated) > 4_800
    assert share >= 98.5
