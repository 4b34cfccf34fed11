"""Undoing an import: what a batch brought goes, what it replaced comes back, as if it had never been."""

from dataclasses import asdict, dataclass
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa

from data.errors import BatchProblem
from data.merging import recount
from data.places import Places, insert, move
from data.stated import place_stated
from data.store import Store, drop_meta, run, set_meta


@dataclass(frozen=True)
class UndoReport:
    """What became of one batch: complaints that are gone, complaints that are as they were before it, events gone."""

    batch: int
    file: str
    removed: int
    restored: int
    events: int

    def as_dict(self) -> dict:
        """The report as plain values."""
        return asdict(self)


def undo_batch(store: Store, batch_id: int, *, undone_at: datetime) -> UndoReport:
    """
    Take one import back.

    Complaints and work orders that the batch brought are removed with its events;
    those it changed are as they were before it, but lie where today's areas and
    accepted names put them. Names of units, categories and channels that nothing
    uses any more stay. The record of the batch stays and says when it was undone,
    its file may be imported again, and rows of later batches that said nothing new
    then are not looked at again.

    Parameters
    ----------
    store
        An open store.
    batch_id
        The batch.
    undone_at
        Now.

    Returns
    -------
    report
        What was removed and what restored.

    Raises
    ------
    BatchProblem
        There is no such batch, it is undone already, it is the demonstration city's,
        later batches changed the same complaints, or it is of a store of schema 1,
        which did not keep what a batch replaced. The store is as it was.
    """
    with store.write() as cursor:
        file = _check(cursor, batch_id)
        removed, restored, events = cursor.execute(
            "select (select count(*) from complaints where batch_id = $batch),"
            " (select count(*) from replaced_complaints where replaced_in = $batch),"
            " (select count(*) from events where batch_id = $batch)",
            {"batch": batch_id},
        ).fetchall()[0]
        run(cursor, "undo", batch_id=batch_id, undone_at=undone_at)
        _place_restored(cursor)
        recount(cursor)
        _set_data_at(cursor)
    return UndoReport(batch_id, file, removed - restored, restored, events)


def _check(cursor: duckdb.DuckDBPyConnection, batch_id: int) -> str:
    """The batch's file; raises where it cannot be undone."""
    rows = cursor.execute(
        "select file_name, source, profile, updated, undone_at from batches where batch_id = $batch",
        {"batch": batch_id},
    ).fetchall()
    if not rows:
        raise BatchProblem("batch.unknown", value=batch_id)
    file, source, profile, updated, undone_at = rows[0]
    if undone_at is not None:
        raise BatchProblem("batch.undone", value=batch_id, file=file, undone_at=f"{undone_at:%Y-%m-%d %H:%M}")
    if source == "demo" and not profile:
        raise BatchProblem("batch.demo", value=batch_id)
    run(cursor, "undo_blockers", batch_id=batch_id)
    later = sorted((later for (later,) in cursor.fetchall()), reverse=True)
    if later:
        raise BatchProblem("batch.later", value=batch_id, file=file, batches=later)
    if profile is None and updated:
        raise BatchProblem("batch.unrecorded", value=batch_id, file=file)
    return file


def _place_restored(cursor: duckdb.DuckDBPyConnection) -> None:
    """Place what was restored anew: the areas may have changed since the batch."""
    points = cursor.execute(
        "select c.complaint_id, c.lon, c.lat from complaints c semi join undone using (complaint_id)"
        " where c.lon is not null"
    ).fetchnumpy()
    lon, lat = (np.ma.filled(points[name], np.nan).astype(float) for name in ("lon", "lat"))
    places = Places.of(cursor)
    reason = places.reasons(lon, lat)
    usable = reason == ""
    placed = np.zeros(len(lon), dtype=np.int32)
    placed[usable] = places.place(cursor, lon[usable], lat[usable])
    cursor.execute(
        "create or replace temp table placed_points (complaint_id bigint, place_id integer, unlocated_reason varchar)"
    )
    insert(
        cursor,
        "placed_points",
        complaint_id=pa.array(np.asarray(points["complaint_id"])),
        place_id=pa.array(placed),
        unlocated_reason=pa.array(reason, pa.string(), mask=usable),
    )
    run(cursor, "restored")
    place_stated(cursor, "moving")
    move(cursor)


def _set_data_at(cursor: duckdb.DuckDBPyConnection) -> None:
    """The data's own time may be an earlier one now, or none."""
    run(cursor, "undo_data_at")
    data_at = cursor.fetchall()[0][0]
    if data_at is None:
        drop_meta(cursor, "data_at")
    else:
        set_meta(cursor, "data_at", data_at.isoformat())
