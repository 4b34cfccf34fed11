import hashlib
import tomllib
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pytest
from pandas.testing import assert_frame_equal

from data.areas import store_areas
from data.city import build_city
from data.city.addresses import make_addresses
from data.city.complaints import City
from data.city.plan import KINDS_OF_PLACE, mixed, read_plan
from data.city.seasons import counts_by_hour, hours_of
from data.errors import StoreProblem
from data.rules import deadline_rule
from data.store import Store
from geo.partition import fengtai, schematic_city
from geo.place import Placer

UNTIL = datetime(2026, 11, 21, 10, 30)
SINCE = UNTIL - timedelta(days=365)
IMPROVING, WORSENING, STEADY = "110106015", "110106005", "110106001"
TABLES = (
    "areas", "places", "place_areas", "batches", "categories", "channels", "units", "addresses", "callers",
    "complaints", "work_orders", "events", "open_complaints", "rollup_wards", "rollup_categories", "rollup_units",
)  # fmt: skip
COUNTS = (
    "received", "closed", "still_open", "closed_late", "unplaced", "valid", "contacted", "solved", "partly",
    "satisfied", "basically", "unrated",
)  # fmt: skip
SUMS = ", ".join(f"sum({name}) as {name}" for name in COUNTS)


def small_facts() -> dict:
    facts = fengtai()
    streets = [one for one in facts["streets"] if one["code"] in (IMPROVING, WORSENING, STEADY)]
    streets = [{**one, "communities": one["communities"][:5]} for one in streets]
    return {**facts, "streets": streets}


def small_store() -> Store:
    """Three streets, fifteen communities, sixty grids."""
    store = Store()
    levels = schematic_city(small_facts(), seed=1, grids=60)
    with store.write() as cursor:
        for level in ("district", "street", "community", "grid"):
            store_areas(cursor, level, levels[level], crs_in="wgs84", synthetic=True)
    return store


def digests(store: Store) -> dict[str, str]:
    made = {}
    for table in TABLES:
        rows = store.cursor().execute(f"select t::varchar as line from {table} t order by line").fetchall()
        made[table] = hashlib.md5("\n".join(line for (line,) in rows).encode()).hexdigest()
    return made


def asked(store: Store, question: str, **params) -> pd.DataFrame:
    return store.cursor().execute(question, params).df()


def one(store: Store, question: str, **params):
    ((value,),) = store.cursor().execute(question, params).fetchall()
    return value


@pytest.fixture(scope="module")
def city() -> Store:
    store = small_store()
    made = build_city(store, complaints=16_000, seed=7, until=UNTIL)
    assert made["complaints"] == 16_000
    return store


@pytest.fixture(scope="module")
def expected() -> pd.DataFrame:
    """How many complaints of each second level a larger city would have in each hour; cheap to count."""
    plan = read_plan()
    counts = counts_by_hour(plan, UNTIL, 600_000, 1)
    first, hours = hours_of(UNTIL)
    moments = pd.date_range(first, periods=hours, freq="h")
    frame = pd.DataFrame(counts, index=moments, columns=[one.levels[1] for one in plan.categories])
    return frame.T.groupby(level=0).sum().T


# --- the whole


def test_the_same_seed_and_time_give_the_same_tables():
    stores = [small_store(), small_store()]
    for store in stores:
        build_city(store, complaints=1_200, seed=3, until=UNTIL)
    assert digests(stores[0]) == digests(stores[1])


def test_another_seed_gives_another_city():
    texts = []
    for seed in (3, 4):
        store = small_store()
        build_city(store, complaints=400, seed=seed, until=UNTIL)
        texts.append(digests(store))
    assert texts[0]["complaints"] != texts[1]["complaints"]
    assert texts[0]["addresses"] != texts[1]["addresses"]
    assert texts[0]["areas"] == texts[1]["areas"]


def test_an_empty_store_gets_the_areas_of_fengtai_and_is_marked():
    store, seen = Store(), []
    made = build_city(store, complaints=900, until=UNTIL, progress=lambda done, total: seen.append((done, total)))
    levels = dict(store.cursor().execute("select level, count(*) from areas group by level").fetchall())
    assert levels == {"district": 1, "street": 26, "community": 440, "grid": 3200}
    assert store.synthetic
    assert one(store, "select bool_and(synthetic) from areas")
    assert seen[-1] == (900, 900)
    assert seen == sorted(seen)
    assert (made["complaints"], made["areas"], made["since"], made["until"]) == (900, 3667, SINCE, UNTIL)
    assert made["work_orders"] == one(store, "select count(*) from work_orders")
    assert made["unlocated"] == one(store, "select count(*) from complaints where place_id = 0")


def test_a_store_with_other_areas_is_refused_and_stays_as_it_was():
    store = Store()
    levels = schematic_city(small_facts(), seed=1, grids=20)
    with store.write() as cursor:
        store_areas(cursor, "district", levels["district"], crs_in="wgs84")
    with pytest.raises(StoreProblem, match=r"demo\.no_areas"):
        build_city(store, complaints=10, until=UNTIL)
    assert one(store, "select count(*) from complaints") == 0
    assert not store.synthetic


@pytest.mark.parametrize(
    ("complaints", "until"),
    [pytest.param(-1, UNTIL, id="negative"), pytest.param(5, UNTIL.astimezone(), id="with a zone")],
)
def test_impossible_wishes_are_refused(complaints, until):
    with pytest.raises(ValueError, match="zone"):
        build_city(Store(), complaints=complaints, until=until)


def test_building_again_changes_nothing_and_another_seed_renews_the_same_numbers():
    store = small_store()
    build_city(store, complaints=60, seed=3, until=UNTIL)
    before = digests(store)["complaints"]
    build_city(store, complaints=60, seed=3, until=UNTIL)
    assert digests(store)["complaints"] == before
    build_city(store, complaints=60, seed=4, until=UNTIL)
    assert digests(store)["complaints"] != before
    assert one(store, "select count(*) - count(distinct ticket_no) from complaints") == 0
    assert one(store, "select count(*) from complaints") < 120


def test_no_complaints_are_an_empty_city():
    store = small_store()
    assert build_city(store, complaints=0, until=UNTIL)["complaints"] == 0
    assert store.synthetic


@pytest.mark.parametrize("most", [3, 40, 100_000])
def test_however_the_year_is_cut_every_complaint_has_a_number_of_its_own(most):
    store = small_store()
    with store.write() as cursor:
        city = City(read_plan(), make_addresses(cursor, read_plan(), 3, UNTIL.date()), 800, 3, UNTIL)
    pieces = city.pieces(most)
    assert [start for start, _ in pieces[1:]] == [end for _, end in pieces[:-1]]
    numbers, rows = [], []
    for piece in pieces:
        main = city.rows(piece).filter(pc.field("nature") == "main")
        numbers += main["ticket_no"].to_pylist()
        rows.append(main.num_rows)
    assert len(set(numbers)) == len(numbers) == sum(rows) == 800
    days = pd.DataFrame({"day": [n[:11] for n in numbers], "number": [int(n[12:]) for n in numbers]}).groupby("day")
    assert (days["number"].min() == 1).all()
    assert (days["number"].max() == days.size()).all()
    # no more than asked for, except where one hour holds more
    assert sum(count > most for count in rows) == sum(
        count > most for (start, end), count in zip(pieces, rows, strict=True) if end - start == 1
    )


# --- when


def test_the_city_lies_within_the_365_days_that_end_at_until(city):
    first, last = city.cursor().execute("select min(received_at), max(received_at) from complaints").fetchall()[0]
    assert SINCE <= first < SINCE + timedelta(days=1)
    assert UNTIL - timedelta(hours=3) < last < UNTIL
    assert one(city, "select max(happened_at) from events") <= UNTIL
    assert city.data_at <= UNTIL


def test_stages_follow_each_other(city):
    wrong = one(
        city,
        "select count(*) from complaints where dispatched_at < received_at or contacted_at < dispatched_at"
        " or closed_at < contacted_at or closed_at < dispatched_at or called_back_at < closed_at",
    )
    assert wrong == 0
    late = one(city, "select count_if(closed_at > deadline_at) / count(*) from complaints")
    assert 0.01 < late < 0.05


def test_recent_complaints_are_open_and_a_few_are_overdue(city):
    share = "select count_if(closed_at is null) / count(*) from complaints where received_at >= $since"
    assert one(city, share, since=UNTIL - timedelta(hours=6)) > 0.6
    overdue = "select count(*) from open_complaints where deadline_at < $now"
    assert 0 < one(city, overdue, now=UNTIL) < 0.01 * 16_000
    back = "select count(called_back_at) from complaints where received_at >= $since"
    assert one(city, back, since=UNTIL - timedelta(hours=12)) == 0


def test_heating_peaks_in_november(expected):
    heating = expected["供暖"]
    by_month = heating.groupby(heating.index.month).sum()
    assert by_month.idxmax() == 11
    assert by_month[11] > 2 * by_month.drop(11).max()
    assert by_month[4:10].sum() == 0
    share = heating["2026-11-16"].sum() / expected.loc["2026-11-16"].to_numpy().sum()
    assert 0.25 < share < 0.4


def test_noise_is_a_matter_of_summer_nights(expected):
    noise = expected["噪声"] / expected.sum(axis=1)
    night, summer = noise.index.hour.isin([21, 22, 23, 0]), noise.index.month.isin([6, 7, 8, 9])
    assert noise[night & summer].mean() > 1.5 * noise[night & ~summer].mean()
    assert noise[night & ~summer].mean() > 2 * noise[~night & ~summer].mean()


def test_rain_bursts_in_july_and_august(expected):
    by_day = expected["防汛"].resample("D").sum()
    wet = by_day.nlargest(12)
    assert set(wet.index.month) <= {7, 8, 9}  # what falls on the 31st is felt on the 1st
    assert wet.sum() > 0.5 * by_day.sum()


def test_weekends_and_holidays_are_quieter(expected):
    by_day = expected.drop(columns=["供暖", "防汛"]).sum(axis=1).resample("D").sum()[1:-1]
    spring = by_day["2026-02-15":"2026-02-23"].mean()
    ordinary = by_day["2026-03-02":"2026-03-29"]
    weekday, weekend = ordinary[ordinary.index.day_of_week < 5].mean(), ordinary[ordinary.index.day_of_week >= 5].mean()
    assert weekend < 0.9 * weekday
    assert spring < 0.55 * weekday
    # a Sunday on which people work
    assert by_day["2026-09-20"] > 1.05 * by_day["2026-09-13"]


def test_every_hour_count_adds_up_to_the_number_asked_for():
    counts = counts_by_hour(read_plan(), datetime(2026, 3, 1, 0, 0), 12_345, 9)
    assert counts.sum() == 12_345
    assert len(counts) == 365 * 24


# --- where


def test_a_complaint_lies_in_the_community_its_address_names(city):
    rows = asked(
        city,
        "select a.address, c.lon, c.lat, area.name, area.code from complaints c join addresses a using (address_id)"
        " join place_areas p using (place_id) join areas area using (area_key) where p.level = 'community'",
    )
    assert len(rows) == one(city, "select count(*) from complaints where lon is not null")
    assert all(address.startswith(name) for address, name in zip(rows["address"], rows["name"], strict=True))
    communities = schematic_city(small_facts(), seed=1, grids=60)["community"]
    placed = Placer(communities.geometry, communities["code"]).place(rows["lon"], rows["lat"])
    assert (communities["code"].to_numpy()[placed] == rows["code"]).all()


def test_the_addresses_of_each_kind_share_out_all_complaints():
    store = small_store()
    with store.write() as cursor:
        places = make_addresses(cursor, read_plan(), 1, UNTIL.date())
    assert np.bincount(places.kind, places.weight) == pytest.approx(np.ones(len(KINDS_OF_PLACE)))
    assert len(set(places.text.to_pylist())) == len(places.text)
    assert (places.place_id > 0).all()


def test_every_place_has_all_four_levels(city):
    levels = asked(
        city, "select place_id, count(*) as n from place_areas semi join complaints using (place_id) group by 1"
    )
    assert set(levels["n"]) == {4}


def test_some_complaints_have_no_place(city):
    lost = asked(city, "select * from complaints where place_id = 0")
    assert 0.01 < len(lost) / 16_000 < 0.03
    assert lost["lon"].isna().all()
    assert lost["address_id"].isna().all()
    assert set(lost["unlocated_reason"]) == {"missing"}
    assert one(city, "select count(*) from complaints where place_id <> 0 and unlocated_reason is not null") == 0


def test_one_address_is_complained_about_again_within_weeks(city):
    again = asked(
        city,
        "select caller_id, lag(caller_id) over w as before, received_at - lag(received_at) over w as gap"
        " from complaints where address_id is not null"
        " window w as (partition by address_id, category_id order by received_at)",
    )
    soon = again[again["gap"] < pd.Timedelta(days=21)]
    assert 0.1 < len(soon) / 16_000 < 0.3
    assert (soon["caller_id"] == soon["before"]).mean() > 0.1


def test_streets_differ_in_volume(city):
    by_street = asked(
        city,
        "select area_key, count(*) as n from complaints join place_areas using (place_id)"
        " where level = 'community' group by 1",
    )["n"]
    assert by_street.max() > 2 * by_street.min()


# --- how it ends


def test_outcomes_lie_where_the_assumptions_say(city):
    (row,) = asked(
        city,
        "select count_if(valid) / count(*) as valid, count_if(contacted) / count_if(valid) as contacted,"
        " count_if(solved = 'yes') / count_if(valid) as solved, count_if(solved = 'part') as part,"
        " count_if(satisfied = 'yes') / count_if(valid) as satisfied, count_if(satisfied = 'basically') as basically,"
        " count_if(satisfied = 'unrated') as unrated, count_if(valid is null) as missing, count_if(not valid) as vain,"
        " count_if(not assessed) / count(*) as excluded"
        " from complaints where closed_at is not null and received_at < $then",
        then=UNTIL - timedelta(days=40),
    ).to_dict("records")
    assert 0.9 <= row["valid"] <= 0.98
    assert 0.97 < row["contacted"] < 0.995
    assert 0.92 < row["solved"] < 0.96
    assert 0.91 < row["satisfied"] < 0.96
    assert min(row["part"], row["basically"], row["unrated"], row["missing"], row["vain"]) > 20
    assert 0.005 < row["excluded"] < 0.02


def test_only_a_valid_call_back_has_an_outcome(city):
    loose = (
        "select count(*) from complaints where not coalesce(valid, false)"
        " and coalesce(contacted::varchar, solved, satisfied) is not null"
    )
    assert one(city, loose) == 0
    assert one(city, "select count(*) from complaints where valid and (solved is null or satisfied is null)") == 0
    assert one(city, "select count(*) from complaints where valid and closed_at is null") == 0
    assert one(city, "select count(*) from complaints where assessed = (exclude_reason is not null)") == 0


def test_a_street_that_improves_improves_and_one_that_worsens_worsens(city):
    quarters = asked(
        city,
        "select a.code, c.received_at < $third as early, c.received_at >= $two_thirds as late,"
        " count_if(valid) as n, count_if(solved = 'yes') as solved, count(*) as received"
        " from complaints c join place_areas p using (place_id) join areas a using (area_key)"
        " where p.level = 'street' group by all",
        third=SINCE + timedelta(days=122),
        two_thirds=SINCE + timedelta(days=243),
    )
    rate = quarters.assign(rate=quarters["solved"] / quarters["n"]).set_index(["code", "early", "late"])["rate"]
    change = {code: rate[code, False, True] - rate[code, True, False] for code in (IMPROVING, WORSENING)}
    assert change[IMPROVING] > 0.02
    assert change[WORSENING] < -0.02


def test_some_complaints_go_to_two_units(city):
    units = asked(
        city,
        "select complaint_id, count(*) as n, count(distinct unit_id) as units, count_if(nature = 'main') as main"
        " from work_orders group by 1",
    )
    assert set(units["main"]) == {1}
    assert (units["n"] == units["units"]).all()
    assert 0.02 < (units["n"] == 2).mean() < 0.06


def test_roll_ups_equal_a_recount(city):
    for rolled, facts in (("wards", "complaints"), ("categories", "complaints"), ("units", "work_orders")):
        by = "group by clock, assessed order by clock, assessed"
        left = asked(city, f"select clock, assessed, {SUMS} from facts_{rolled} {by}")
        right = asked(city, f"select clock, assessed, {SUMS} from facts_{facts} {by}")
        assert_frame_equal(left, right, check_dtype=False)


def test_each_import_is_accounted_for(city):
    batches = asked(city, "select source, rows_read, accepted, updated, unchanged, rejected from batches")
    assert set(batches["source"]) == {"demo"}
    assert (batches["rows_read"] == batches[["accepted", "updated", "unchanged", "rejected"]].sum(axis=1)).all()
    assert batches["accepted"].sum() == 16_000


# --- words and assumptions


def test_texts_have_no_open_slots_and_no_personal_data(city):
    texts = asked(city, "select title, content, result from complaints")
    content = pd.concat([texts["title"], texts["content"], texts["result"].dropna()])
    assert not content.str.contains("[{}]").any()
    assert not content.str.contains(r"\d{7,}").any()
    tagged = texts["content"].str.contains(r"\[电话#[0-9a-f]{6}\]")
    assert 0.005 < tagged.mean() < 0.03
    assert texts["content"].notna().all()


def test_callers_look_like_keyed_hashes(city):
    assert one(city, "select bool_and(regexp_full_match(caller_hash, '[0-9a-f]{32}')) from callers")
    assert one(city, "select count(*) from complaints where caller_id is null") > 200


def test_urgency_and_deadlines_are_those_of_the_rules(city):
    rows = asked(
        city,
        "select distinct k.path, c.urgency, date_diff('hour', c.received_at, c.deadline_at) as hours"
        " from complaints c join categories k using (category_id)",
    )
    rule = deadline_rule()
    stated = {"/".join(one.levels): one.urgency for one in read_plan().categories}
    assert (rows["hours"] == rows["urgency"].map(rule.hours)).all()
    wanted = rows["path"].map(lambda path: stated[path] or rule.grade(path))
    assert (rows["urgency"] == wanted).all()


def test_the_plan_holds_together():
    plan = read_plan()
    assert 60 <= len(plan.categories) <= 120
    assert len({one.levels for one in plan.categories}) == len(plan.categories)
    assert all(one.at in KINDS_OF_PLACE and len(one.texts) >= 2 for one in plan.categories)
    assert sum(plan.city["volume"]["channels"].values()) == pytest.approx(1)
    assert sum(plan.city["volume"]["kinds"].values()) == pytest.approx(1)
    assert {one.kind for one in plan.categories} <= {"", *plan.city["volume"]["kinds"]}
    known = {one["code"] for one in fengtai()["streets"]}
    assert {row["code"] for row in plan.city["trend"]} <= known
    for shares in ("solved", "partly", "not"):
        assert sum(plan.city["outcomes"][f"satisfied_if_{shares}"]) == pytest.approx(1)


def test_every_text_says_where():
    folder = Path(__file__).parents[1] / "data" / "city" / "categories"
    items = [
        item
        for path in sorted(folder.glob("*.toml"))
        for group in tomllib.loads(path.read_text("utf-8"))["group"]
        for item in group["items"]
    ]
    for item in items:
        for text in item["texts"]:
            assert text.count("{place}") == 1, text
            assert ("{n}" in text) <= ("n" in item), text


def test_hashing_is_the_same_everywhere():
    # SplitMix64's published stream from 0 begins with this number
    assert mixed(np.array([0])).tolist() == [0xE220A8397B1DCDAF]
    assert mixed(np.array([1, 2]), 5).tolist() == [mixed(np.array([n]), 5)[0] for n in (1, 2)]
