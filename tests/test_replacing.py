"""Boundaries in: placed in slices, taken over at once, cancelled, cut off by a kill, and exact all the same."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import date, datetime
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from data import coming
from data.areas import areas, path_to
from data.errors import ScopeProblem
from data.jobs import Cancelled
from data.places import place_again
from data.rates import rates_by_area
from data.replacing import finish, import_boundaries, work
from data.scope import Scope
from data.store import Store
from data.totals import totals
from data.uploads import keep_upload
from data.words import t
from geo.errors import BoundaryProblem
from tests.cities import TOWN, bring, centre, contents, recount_all, recounted, rollups, store_of, town

DAY = date(2025, 3, 10)
SIDE = 0.125


def geojson(path: Path, *ones: tuple[str, shapely.Geometry], parents: dict[str, str] | None = None) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"id": code, "name": f"new {code}", "up": (parents or {}).get(code)},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for code, shape in ones
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, "crs": crs}), "utf-8")
    return path


def take(store: Store, path: Path, level: str = "street", **options):
    return import_boundaries(store, path, level, id_column="id", name_column="name", **options)


def halves(cut: float = 0.25) -> list[tuple[str, shapely.Geometry]]:
    """The town in a west and an east part, as one level."""
    middle = 116 + cut * SIDE
    return [("w", shapely.box(116, 39.75, middle, 39.875)), ("e", shapely.box(middle, 39.75, 116.125, 39.875))]


def rows(count: int = 16) -> list[dict]:
    """Complaints in the middle of communities, some without a point and one that states its street."""
    codes = [code for code, _, _ in TOWN["community"]]
    placed = [centre(codes[n % 16]) | {"unit": f"u{n % 3}", "category_1": f"c{n % 2}"} for n in range(count)]
    return [*placed, {}, {"stated_area": "street 12"}, {"closed_at": "2025-03-12"} | centre("11")]


def combinations(store: Store) -> list[tuple]:
    """Which areas each complaint lies in, by code and vintage, and how that is known: without numbers of ours."""
    return (
        store.cursor()
        .execute(
            "select c.ticket_no, c.precision, c.unlocated_reason,"
            " list_sort(list((a.level, a.code, a.valid_from::varchar)) filter (a.code is not null))"
            " from complaints c left join place_areas p using (place_id) left join areas a using (area_key)"
            " group by all order by all"
        )
        .fetchall()
    )


def placed_from_scratch(store: Store) -> list[tuple]:
    """The same, after every complaint was placed anew in one go."""
    with store.write() as cursor:
        place_again(cursor)
        recount_all(cursor)
    return combinations(store)


# --- the result


@pytest.mark.parametrize("levels", [("district", "community"), ("district", "street", "community", "grid"), ()])
@pytest.mark.parametrize("slices", [1, 5, 100])
def test_slices_give_what_placing_everything_at_once_gives(tmp_path, monkeypatch, levels, slices):
    monkeypatch.setattr(coming, "SLICE", slices)
    store = store_of(*rows(), areas=town(*levels) if levels else None)
    options = {"valid_from": date(2025, 1, 1)} if "street" in levels else {}
    report = take(store, geojson(tmp_path / "a.geojson", *halves()), **options)
    assert (report.placed, report.outside) == (17, 0)
    assert rollups(store) == recounted(store)
    assert combinations(store) == placed_from_scratch(store)
    assert coming.unfinished(store) is None
    assert store.cursor().execute("select (select count(*) from coming_areas), (select count(*) from coming_places)")\
        .fetchall() == [(0, 0)]  # fmt: skip


@given(
    points=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=25),
    cuts=st.lists(st.sampled_from([0.25, 0.5, 0.625, 0.75]), min_size=1, max_size=3, unique=True),
)
def test_any_recuts_leave_roll_ups_and_places_exact(tmp_path_factory, points, cuts):
    folder = tmp_path_factory.mktemp("recuts")
    # on a lattice through and around the town, so that points lie on borders, outside, and far away
    given_rows = [{"lon": 115.98 + x * SIDE / 16, "lat": 39.74 + y * SIDE / 16, "unit": f"u{x % 2}"} for x, y in points]
    store = store_of(*given_rows, {"lon": 10, "lat": 50}, areas=town("district", "community"))
    for number, cut in enumerate(cuts):
        day = date(2025, 1 + number, 1) if number else None
        take(store, geojson(folder / f"{number}.geojson", *halves(cut)), valid_from=day)
        assert rollups(store) == recounted(store)
    assert combinations(store) == placed_from_scratch(store)
    shown = rates_by_area(store, Scope(DAY, DAY), "street")["received"].sum()
    assert shown <= totals(store, Scope(DAY, DAY)).iloc[0]["received"] == len(points) + 1


def test_a_complaint_that_states_its_area_follows_the_names(tmp_path):
    store = store_of({"stated_area": "new w"}, {"stated_area": "street 11"}, areas=town("district", "street"))
    placed_from_scratch(store)
    before = dict(store.cursor().execute("select stated_area, precision from complaints").fetchall())
    assert before == {"new w": None, "street 11": "street"}
    take(store, geojson(tmp_path / "a.geojson", *halves()), valid_from=date(2025, 1, 1))
    after = dict(store.cursor().execute("select stated_area, precision from complaints").fetchall())
    assert after["new w"] == "street"
    assert rollups(store) == recounted(store)
    rates = rates_by_area(store, Scope(DAY, DAY), "street").set_index("area_id")["received"]
    assert rates["w"] == 1
    assert combinations(store) == placed_from_scratch(store)


def test_few_complaints_are_told_when_few_move(tmp_path):
    store = store_of(*rows()[:16], areas=town())
    before = dict(store.cursor().execute("select ticket_no, place_id from complaints").fetchall())
    report = take(store, geojson(tmp_path / "a.geojson", *halves(0.5)), valid_from=date(2025, 1, 1))
    after = dict(store.cursor().execute("select ticket_no, place_id from complaints").fetchall())
    # every complaint lies in one area more, and none has another place
    assert (report.moved, report.recut) == (16, 16)
    assert after == before


def test_the_report_counts_who_is_in_another_area_than_before(tmp_path):
    same = [(code, shape) for code, _, shape in TOWN["street"]]
    store = store_of(*rows(), areas=town("district", "street"))
    report = take(store, geojson(tmp_path / "a.geojson", *same), valid_from=date(2025, 1, 1))
    assert (report.recut, report.placed, report.unchanged) == (0, 17, False)
    # the first two change places
    swapped = [("12", same[0][1]), ("11", same[1][1]), *same[2:]]
    report = take(store, geojson(tmp_path / "b.geojson", *swapped), valid_from=date(2025, 2, 1))
    assert report.recut == 9
    assert (report.valid_from, report.valid_to, report.depth, report.without_parent) == (date(2025, 2, 1), None, 2, 0)


# --- who is there meanwhile


def test_readers_see_the_old_picture_until_the_new_one_is_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(coming, "SLICE", 3)
    store = store_of(*rows(), areas=town("district", "street"))
    seen = []

    def tell(part, key=None, /, **values):
        rates = rates_by_area(store, Scope(DAY, DAY), "street")
        seen.append((rates["area_id"].tolist(), int(rates["received"].sum()), store.version, round(part, 2), key))

    version = store.version
    take(store, geojson(tmp_path / "a.geojson", *halves()), valid_from=date(2025, 1, 1), tell=tell)
    assert {(tuple(codes), count, seen_version) for codes, count, seen_version, *_ in seen} == {
        (("11", "12", "13", "14"), 18, version)
    }
    parts = [part for *_, part, _ in seen]
    assert parts == sorted(parts)
    assert len(parts) > 5
    assert all(t(key, done=1, total=2, file="f", level="l") for *_, key in seen)
    assert store.version == version + 1
    rates = rates_by_area(store, Scope(DAY, DAY), "street")
    assert (rates["area_id"].tolist(), int(rates["received"].sum())) == (["e", "w"], 17)


def test_what_is_brought_in_meanwhile_is_placed_too(tmp_path, monkeypatch):
    monkeypatch.setattr(coming, "SLICE", 4)
    store = store_of(*rows(), areas=town("district", "street"))
    done = []

    def tell(part, key=None, /, **values):
        if key == coming.PLACING and not done and values["done"]:
            done.append(bring(store, {"ticket_no": "T1"} | centre("1444"), {"ticket_no": "NEW"} | centre("1444")))
            bring(store, {"ticket_no": "T2", "lon": "", "lat": "", "stated_area": "new e"})

    take(store, geojson(tmp_path / "a.geojson", *halves()), valid_from=date(2025, 1, 1), tell=tell)
    assert done
    assert rollups(store) == recounted(store)
    where = {row[0]: row[3] for row in combinations(store)}
    for ticket in ("T1", "NEW"):
        assert [code for _, code, *_ in where[ticket]] == ["1", "14", "e"]
    assert combinations(store) == placed_from_scratch(store)


def test_a_flood_of_new_complaints_is_placed_before_anybody_has_to_wait(tmp_path, monkeypatch):
    monkeypatch.setattr(coming, "SLICE", 2)
    store = store_of(*rows(4), areas=town("district", "street"))
    brought = []

    def tell(part, key=None, /, **values):
        if key == coming.PLACING and len(brought) < 3:
            brought.append(bring(store, *({"ticket_no": f"N{len(brought)}-{n}"} | centre("12") for n in range(5))))

    take(store, geojson(tmp_path / "a.geojson", *halves()), valid_from=date(2025, 1, 1), tell=tell)
    assert len(brought) == 3
    assert rollups(store) == recounted(store)
    assert combinations(store) == placed_from_scratch(store)


def test_areas_that_change_meanwhile_make_the_plan_anew(tmp_path, monkeypatch):
    store = store_of(*rows(), areas=town("district", "street"))
    changed = []

    def tell(part, key=None, /, **values):
        if key == "boundaries.taking_over" and not changed:
            changed.append(1)
            from tests.cities import give_areas

            give_areas(store, town("community"))

    take(store, geojson(tmp_path / "a.geojson", *halves()), valid_from=date(2025, 1, 1), tell=tell)
    assert set(areas(store, DAY)["level"]) == {"district", "street", "community"}
    assert areas(store, DAY)["area_key"].is_unique
    assert rollups(store) == recounted(store)
    assert combinations(store) == placed_from_scratch(store)


def test_two_at_once_are_refused_and_the_first_goes_on(tmp_path):
    store = store_of(*rows(), areas=town("district", "street"))
    path = geojson(tmp_path / "a.geojson", *halves())
    refused = []

    def tell(part, key=None, /, **values):
        if not refused:
            with pytest.raises(ScopeProblem) as caught:
                take(store, path, valid_from=date(2025, 2, 1))
            refused.append(caught.value.key)

    take(store, path, valid_from=date(2025, 1, 1), tell=tell)
    assert refused == ["scope.boundaries_busy"]
    assert set(areas(store, DAY).query("level == 'street'")["area_id"]) == {"w", "e"}


# --- cancelled, cut off


@pytest.mark.parametrize("at", [0, 1, 2, 5, 6])
def test_cancelled_at_any_step_nothing_has_changed(tmp_path, monkeypatch, at):
    monkeypatch.setattr(coming, "SLICE", 4)
    store = store_of(*rows(), areas=town("district", "street"))
    before, steps = contents(store), []

    def tell(part, key=None, /, **values):
        steps.append(key)
        if len(steps) > at:
            raise Cancelled

    with pytest.raises(Cancelled):
        take(store, geojson(tmp_path / "a.geojson", *halves()), valid_from=date(2025, 1, 1), tell=tell)
    assert contents(store) == before
    assert coming.unfinished(store) is None
    assert store.cursor().execute("from coming_places").fetchall() == []


KILLED = """
import os, sys
from datetime import date
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from data import coming
from data.replacing import import_boundaries
from data.store import Store
coming.SLICE = 3
store = Store(Path(sys.argv[2]), key=b"k" * 32)
steps = []
def tell(part, key=None, /, **values):
    steps.append(key)
    if str(len(steps)) == sys.argv[4]:
        os.kill(os.getpid(), 9)
if sys.argv[4] == "end":
    # in the middle of the last write
    coming.move = lambda cursor: os.kill(os.getpid(), 9)
columns = {"id_column": "id", "name_column": "name"}
import_boundaries(store, Path(sys.argv[3]), "street", **columns, valid_from=date(2025, 1, 1), tell=tell)
"""


@pytest.mark.parametrize("at", ["1", "3", "6", "end"])
@pytest.mark.parametrize("how", ["the same again", "another one", "no file"])
def test_killed_at_any_moment_the_old_state_stands_and_the_next_goes_on(tmp_path, at, how):
    home = tmp_path / "store.duckdb"
    store = Store(home, key=b"k" * 32)
    from tests.cities import give_areas

    give_areas(store, town("district", "street"))
    bring(store, *rows())
    before = contents(store)
    store.close()
    path = geojson(tmp_path / "a.geojson", *halves())
    root = Path(__file__).parents[1]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(root), str(home), str(path), at], cwd=root, timeout=120, capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()[-2000:]
    store = Store(home, key=b"k" * 32)
    assert contents(store) == before
    left = coming.unfinished(store)
    assert bool(left) == (at != "1")
    if how == "the same again":
        done = []
        report = take(
            store, path, valid_from=date(2025, 1, 1), tell=lambda part, key=None, **v: done.append(v.get("done"))
        )
        assert report.placed == 17
        if at in ("6", "end"):
            # from where it stopped
            assert 0 not in done
    elif how == "another one":
        report = take(store, geojson(tmp_path / "b.geojson", *halves(0.5)), valid_from=date(2025, 2, 1))
        days = {day for (day,) in store.cursor().execute("select valid_from::varchar from areas").fetchall()}
        assert days == ({None, "2025-01-01", "2025-02-01"} if left else {None, "2025-02-01"})
    else:
        report = finish(store)
        assert (report is not None) == bool(left)
    assert coming.unfinished(store) is None
    assert rollups(store) == recounted(store)
    assert combinations(store) == placed_from_scratch(store)
    store.close()


# --- as a job


def job(tmp_path: Path, **params) -> dict:
    content = geojson(tmp_path / "a.geojson", *halves()).read_bytes()
    path = keep_upload(tmp_path, "街道.geojson", [content])
    return {"file": str(path), "level": "street", "id_column": "id", "name_column": "name", **params}


def test_a_job_imports_an_upload_and_removes_it(tmp_path):
    store = store_of(*rows(), areas=town("district", "community"))
    params = job(tmp_path, valid_from="2025-01-01", valid_to="2025-06-01", crs="", parent_column=None)
    report = work(store, tmp_path, params, lambda *_, **__: None, lambda: datetime(2025, 6, 1))
    assert json.loads(json.dumps(report))["valid_to"] == "2025-06-01"
    assert (report["file"], report["placed"]) == ("街道.geojson", 17)
    assert not Path(params["file"]).exists()


def test_a_job_opens_nothing_but_uploads(tmp_path):
    outside = geojson(tmp_path / "a.geojson", *halves())
    (tmp_path / "uploads").mkdir()
    store = store_of(areas=town("district"))
    for file in (outside, tmp_path / "uploads" / ".." / "a.geojson", "/etc/passwd", "/vsicurl/http://x/a.json"):
        params = job(tmp_path) | {"file": str(file)}
        with pytest.raises(BoundaryProblem) as caught:
            work(store, tmp_path, params, lambda *_, **__: None, datetime.now)
        assert caught.value.key == "boundaries.no_file"
    assert outside.exists()


def test_a_refused_job_leaves_file_and_store(tmp_path):
    store = store_of(*rows(), areas=town("district", "street"))
    params, before = job(tmp_path), contents(store)
    with pytest.raises(ScopeProblem) as caught:
        work(store, tmp_path, params, lambda *_, **__: None, datetime.now)
    assert caught.value.key == "scope.level_exists"
    assert contents(store) == before
    assert Path(params["file"]).exists()


# --- days


def test_older_boundaries_can_come_after_newer_ones(tmp_path):
    store = store_of(*rows(), areas=town("district", "street"))
    take(store, geojson(tmp_path / "a.geojson", *halves()), valid_to=date(2021, 6, 1))
    old, new = (areas(store, day).query("level == 'street'") for day in (date(2020, 1, 1), DAY))
    assert (set(old["area_id"]), set(new["area_id"])) == ({"w", "e"}, {"11", "12", "13", "14"})
    # and between two, at the cost of either
    take(store, geojson(tmp_path / "b.geojson", *halves(0.5)), valid_from=date(2019, 1, 1), valid_to=date(2021, 6, 1))
    spans = "select distinct valid_from::varchar, valid_to::varchar from areas where level = 'street'"
    found = store.cursor().execute(f"{spans} order by all nulls first").fetchall()
    assert found == [
        (None, "2019-01-01"),
        ("2019-01-01", "2021-06-01"),
        ("2021-06-01", None),
    ]
    assert rollups(store) == recounted(store)
    assert combinations(store) == placed_from_scratch(store)


@pytest.mark.parametrize(
    ("since", "until", "key"),
    [
        (None, None, "scope.level_exists"),
        (date(2021, 6, 1), None, "scope.vintage_order"),
        (date(2020, 1, 1), None, "scope.vintage_order"),
        (None, date(2022, 1, 1), "scope.vintage_covers"),
        (date(2022, 1, 1), date(2023, 1, 1), "scope.vintage_inside"),
        (date(2022, 1, 1), date(2022, 1, 1), "scope.vintage_span"),
        (date(2023, 1, 1), date(2022, 1, 1), "scope.vintage_span"),
    ],
)
def test_days_that_cannot_be_are_refused(tmp_path, since, until, key):
    store = store_of(*rows(4), areas=town("district", "street"))
    take(store, geojson(tmp_path / "a.geojson", *halves()), valid_from=date(2021, 6, 1))
    before = contents(store)
    with pytest.raises(ScopeProblem) as caught:
        take(store, geojson(tmp_path / "b.geojson", *halves(0.5)), valid_from=since, valid_to=until)
    assert caught.value.key == key
    assert contents(store) == before
    assert coming.unfinished(store) is None


def test_a_mistake_is_replaced_only_when_asked(tmp_path):
    store = store_of(*rows(), areas=town("district", "street"))
    shifted = [(code, shapely.affinity.translate(shape, 0.05)) for code, _, shape in TOWN["street"]]
    path = geojson(tmp_path / "a.geojson", *shifted)
    with pytest.raises(ScopeProblem):
        take(store, path)
    report = take(store, path, replacing=True)
    assert not report.unchanged
    frame = areas(store, DAY).query("level == 'street'")
    assert len(frame) == 4
    assert set(frame["name"]) == {"new 11", "new 12", "new 13", "new 14"}
    assert rollups(store) == recounted(store)
    assert combinations(store) == placed_from_scratch(store)
    assert take(store, path, replacing=True).unchanged


def test_the_last_vintage_is_shown_after_its_end_too(tmp_path):
    store = store_of(*rows())
    take(store, geojson(tmp_path / "a.geojson", *halves()), valid_from=date(2020, 1, 1), valid_to=date(2021, 1, 1))
    for day in (date(2019, 1, 1), date(2020, 6, 1), DAY):
        assert set(areas(store, day)["area_id"]) == {"w", "e"}


# --- parents


def test_a_parent_is_stated_or_found_by_where_most_lies_on_its_own_last_day(tmp_path):
    store = store_of(areas=town("district", "street"))
    take(store, geojson(tmp_path / "a.geojson", *halves()), valid_from=date(2021, 6, 1))
    grown = [("c1", TOWN["community"][0][2]), ("c2", TOWN["community"][-1][2])]
    take(
        store, geojson(tmp_path / "b.geojson", *grown, parents={"c1": "e", "c2": "nobody"}), "community",
        parent_column="up",
    )  # fmt: skip
    frame = areas(store, DAY).set_index("area_id")
    path = lambda code, on: [step["area_id"] for step in path_to(store, int(frame.loc[code, "area_key"]), on)]  # noqa: E731
    # c1 says e although it lies in the west; what c2 says is no area
    assert path("c1", DAY) == ["1", "e", "c1"]
    assert path("c2", DAY) == ["1", "e", "c2"]
    # under the boundaries before the re-cut it lies in another street
    assert path("c2", date(2020, 1, 1)) == ["1", "14", "c2"]
    assert path("c2", None) == ["1", "e", "c2"]


def test_readers_of_a_stored_file_see_no_half_of_it(tmp_path):
    """The roll-ups of a stored file change by more rows than the engine appends in one piece."""
    store = Store(tmp_path / "store.duckdb", key=b"k" * 32)
    from tests.cities import give_areas

    give_areas(store, town("district", "street"))
    bring(store, {"unit": "u"} | centre("11"))
    with store.write() as cursor:
        cursor.execute(
            "insert into complaints select c.* replace (n as complaint_id, 'x' || n as ticket_no,"
            " received_at - to_hours((12 * (n // 4))::bigint) as received_at,"
            " 116.01 + 0.03 * (n % 4) as lon) from complaints c, range(2, 250000) r(n)"
        )
        place_again(cursor)
        recount_all(cursor)
    store.checkpoint()
    counts, over = set(), threading.Event()

    def read():
        while not over.is_set():
            counts.add(store.cursor().execute("select sum(received) from rollup_wards").fetchall()[0][0])

    reader = threading.Thread(target=read)
    reader.start()
    moved = [(code, shapely.affinity.translate(shape, -0.03)) for code, _, shape in TOWN["street"]]
    take(store, geojson(tmp_path / "a.geojson", *moved), valid_from=date(2024, 1, 1))
    time.sleep(0.2)
    over.set()
    reader.join()
    assert len(counts) == 1
    assert os.path.getsize(store.path)
    store.close()


def test_a_frame_of_one_geometry_column_by_another_name_is_read(tmp_path):
    frame = gpd.GeoDataFrame({"id": ["w"], "name": ["W"]}, geometry=[halves()[0][1]], crs=4326)
    frame.rename_geometry("形状").to_file(tmp_path / "a.gpkg")
    store = store_of(*rows(4))
    assert take(store, tmp_path / "a.gpkg").areas == 1
