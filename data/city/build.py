"""Build the demonstration city: areas, then the complaints of a year, through the same code as a real import."""

import time
from collections.abc import Callable
from datetime import datetime

import duckdb
import pyarrow.compute as pc

from data import intake
from data.areas import store_areas
from data.city.addresses import make_addresses
from data.city.complaints import City
from data.city.plan import Plan, read_plan
from data.city.seasons import YEAR
from data.store import Store, drop_meta, run, set_meta
from geo.crs import WGS84
from geo.partition import fengtai, schematic_city

SOURCE = "demo"
LEVELS = ("district", "street", "community", "grid")
# what the generated complaints speak of, in the words of an import
_FIELDS = (
    "ticket_no", "received_at", "closed_at", "dispatched_at", "contacted_at", "called_back_at", "category_1",
    "category_2", "category_3", "channel", "kind", "title", "content", "result", "address", "stated_area", "lon",
    "lat", "unit", "nature", "status", "valid", "contacted", "solved", "satisfied", "excluded", "exclude_reason",
    "urgency",
)  # fmt: skip


def build_city(
    store: Store,
    *,
    complaints: int = 600_000,
    seed: int = 1,
    until: datetime,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    plan: Plan | None = None,
) -> dict:
    """
    Fill a store with the demonstration city.

    A store without areas gets the schematic areas of Fengtai first; one with
    areas keeps them and needs streets with communities. The complaints come in
    pieces of at most about 100,000, each stored whole or not at all, through
    the merge of a real import, so that events, states, the open complaints and
    the roll-ups are made by the same code. The store is marked as synthetic.
    Nothing lies after `until`: late complaints are still open. The same seed,
    number and time give the same tables.

    Parameters
    ----------
    store
        An open store. Complaints that it holds already stay, except that one
        with the same source and ticket number is renewed.
    complaints
        How many, exactly.
    seed
        Any whole number.
    until
        The end of the year, local time without zone; fractions of a second are cut.
    progress
        Called with how many complaints are stored, and how many there will be.
    plan
        Other assumptions than the shipped ones.

    Returns
    -------
    made
        `complaints`, `work_orders`, `unlocated`, `areas` and `pieces` (int),
        `since` and `until` (datetime) and `seconds`, a dict by phase.

    Raises
    ------
    ValueError
        `until` has a time zone, or `complaints` is negative.
    StoreProblem
        `demo.no_areas`, if the store's areas have no streets with communities.
    """
    if until.tzinfo is not None or complaints < 0:
        msg = f"until ({until}) must be local time without zone, complaints ({complaints}) not negative"
        raise ValueError(msg)
    until, plan = until.replace(microsecond=0), plan or read_plan()
    spent = dict.fromkeys(("areas", "plan", "generate", "merge", "checkpoint"), 0.0)
    with _timed(spent, "areas"), store.write() as cursor:
        _store_areas(cursor, seed)
        areas = cursor.execute("select count(*) from areas").fetchall()[0][0]
        set_meta(cursor, "synthetic", "true")
        set_meta(cursor, "unfinished", "demo")
        set_meta(cursor, "data_since", (until - YEAR).isoformat())
        addresses = make_addresses(cursor, plan, seed, until.date())
    with _timed(spent, "plan"):
        city = City(plan, addresses, complaints, seed, until)
        pieces = city.pieces(plan.city["volume"]["chunk"])
    made = {"complaints": 0, "work_orders": 0, "unlocated": 0, "areas": areas, "pieces": len(pieces)}
    for piece in pieces:
        _store_piece(store, city, piece, made, spent)
        progress(made["complaints"], complaints)
    with _timed(spent, "checkpoint"):
        with store.write() as cursor:
            drop_meta(cursor, "unfinished")
        store.checkpoint()
    seconds = {name: round(value, 2) for name, value in spent.items()}
    return {**made, "since": until - YEAR, "until": until, "seconds": seconds}


def _store_areas(cursor: duckdb.DuckDBPyConnection, seed: int) -> None:
    """The schematic areas, if the store has none."""
    if cursor.execute("select count(*) from areas").fetchall()[0][0]:
        return
    levels = schematic_city(fengtai(), seed=seed)
    for level in LEVELS:
        store_areas(cursor, level, levels[level], synthetic=True, crs_in=WGS84)


def _store_piece(store: Store, city: City, piece: tuple[int, int], made: dict, spent: dict[str, float]) -> None:
    """Generate one piece and store it in one transaction."""
    with _timed(spent, "generate"):
        rows = city.rows(piece)
    if not rows.num_rows:
        return
    name = f"{SOURCE} {rows['received_at'][0].as_py():%Y-%m-%d}"
    report = intake.Report(name, read=rows.num_rows, columns={field: field for field in _FIELDS})
    with _timed(spent, "merge"), store.write() as cursor:
        report.batch = cursor.execute("select coalesce(max(batch_id), 0) + 1 from batches").fetchall()[0][0]
        run(cursor, "incoming")
        cursor.register("demo_rows", rows)
        cursor.execute("insert into incoming by name from demo_rows")
        cursor.unregister("demo_rows")
        intake.merge(cursor, SOURCE, report, city.until)
        intake.account(cursor, SOURCE, report, city.until)
    main = pc.equal(rows["nature"], "main")
    made["complaints"] += pc.sum(main).as_py()
    made["work_orders"] += rows.num_rows
    made["unlocated"] += pc.sum(pc.and_(main, pc.equal(rows["place_id"], 0))).as_py()


class _timed:  # noqa: N801 (reads like a statement)
    """Add the seconds a block takes to a phase."""

    def __init__(self, spent: dict[str, float], phase: str) -> None:
        self.spent, self.phase = spent, phase

    def __enter__(self) -> None:
        self.started = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.spent[self.phase] += time.perf_counter() - self.started
