"""
Placing by statement: a complaint without a usable coordinate lies in the area it states.

It lies there as a whole, never at a point: it counts in that area and those
above it, in none below, and the level of the area is its precision. A complaint
whose coordinate is usable is placed by the coordinate alone, also where that
lies in no area: what it states does not overrule its point.
"""

from collections import Counter
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from data.area_names import Gazetteer
from data.combinations import Combinations
from data.likeness import parts_of, same_name
from data.store import run


@dataclass(frozen=True)
class Reading:
    """
    What a stated text means on some day.

    `key` is the finest area that is meant and that everything said before it
    agrees with, None when there is none. `unknown` are the names no area has,
    `ambiguous` the last one that may be several areas and stays so; `conflict` is
    true when a later name is of an area outside the one before it.
    """

    key: int | None
    unknown: tuple[str, ...] = ()
    ambiguous: str | None = None
    conflict: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth counting: `stated_unknown`, `stated_ambiguous`, `stated_conflict`."""
        found = {"stated_unknown": self.unknown, "stated_ambiguous": self.ambiguous, "stated_conflict": self.conflict}
        return tuple(name for name, said in found.items() if said)


def read_stated(gazetteer: Gazetteer, stated: str, epoch: int) -> Reading:
    """
    Which area a stated text means.

    Parameters
    ----------
    gazetteer
        The names that count.
    stated
        One name, or several from coarse to fine joined by `/`.
    epoch
        When it was said: names are those of the areas that hold then.

    Returns
    -------
    reading
        Every name must agree with those before it. At the first that does not, or
        that no area has, the area before it is what is meant: a finer name that
        cannot be held against the whole text is not believed.
    """
    parts = _parts(gazetteer, stated, epoch)
    unknown, key, possible, ambiguous, accepted = [], None, (), None, set()
    for part in parts:
        found = gazetteer.named(part, epoch)
        if not found:
            unknown.append(part)
            continue
        if unknown:
            continue  # only what else is unknown is still looked for
        agreed = gazetteer.within(found, possible, epoch) if possible else tuple(found)
        # the coarser one may stand behind the finer one
        agreed = agreed or gazetteer.within(possible, found, epoch)
        if not agreed:
            return Reading(key, ambiguous=ambiguous, conflict=True)
        accepted |= {one for one, by_a_person in found.items() if by_a_person}
        possible, one = agreed, _one(gazetteer, agreed, accepted, epoch)
        key, ambiguous = (key, part) if one is None else (one, None)
    return Reading(key, tuple(unknown), ambiguous)


def _parts(gazetteer: Gazetteer, stated: str, epoch: int) -> list[str]:
    whole = same_name(stated)
    # a name may itself hold the sign that joins names
    if "/" in whole and gazetteer.named(whole, epoch):
        return [whole]
    return [part for part in parts_of(stated) if part not in gazetteer.ignored]


def _one(gazetteer: Gazetteer, keys: tuple[int, ...], accepted: set[int], epoch: int) -> int | None:
    """The only area of several; else the one a person accepted the name for; else the one all others lie in."""
    chosen = [key for key in keys if key in accepted]
    if len(keys) == 1 or len(chosen) == 1:
        return (chosen or keys)[0]
    around = min(keys, key=lambda key: gazetteer.areas[key].depth)
    return around if len(gazetteer.within(keys, [around], epoch)) == len(keys) else None


def combination(gazetteer: Gazetteer, key: int, epoch: int) -> tuple[int, ...]:
    """
    The areas of every vintage that a complaint stating an area lies in: it, those above it, and theirs of other days.

    In another epoch it lies in the area with the same code there, else the only
    one of the same name, else in those of the areas above it that there are.
    """
    areas, keys = gazetteer.areas, dict.fromkeys(gazetteer.chain(key, epoch))
    for other in gazetteer.epochs:
        for own in gazetteer.chain(key, epoch):
            there = gazetteer.counterpart(own, other)
            if there is None:
                continue
            for one in gazetteer.chain(there, other):
                # no day may have two areas of a level
                same = (areas[kept] for kept in keys if areas[kept].level == areas[one].level)
                if not any(areas[one].holds_with(kept) for kept in same):
                    keys[one] = None
            break
    return tuple(sorted(keys))


def place_stated(cursor: duckdb.DuckDBPyConnection, table: str) -> Counter[str]:
    """
    Place the rows of a temporary table that have no usable coordinate by the area they state.

    Each different text is read once for each epoch it was said in.

    Parameters
    ----------
    cursor
        Of the write under way; places that are new are stored.
    table
        Has `received_at`, `stated_area`, `unlocated_reason` (null where the point
        is usable), `place_id` and `precision`. The last two are set: for a point
        precision is `point` and the place stays; for others they are the stated
        area's place and level, or 0 and null.

    Returns
    -------
    notes
        How many of the rows placed so stated a name that is unknown, ambiguous or
        in contradiction to the coarser one: `Reading.notes`.
    """
    # the table is one of our own names; values are bound
    cursor.execute(
        f"update {table} set precision = if(unlocated_reason is null, 'point', null),"  # noqa: S608
        " place_id = if(unlocated_reason is null, place_id, 0)"
        " where precision is distinct from if(unlocated_reason is null, 'point', null)"
        " or (unlocated_reason is not null and place_id <> 0)"
    )
    cursor.execute(f"create or replace temp view said_areas as from {table} where unlocated_reason is not null")
    if not cursor.execute("select 1 from said_areas where stated_area is not null limit 1").fetchall():
        return Counter()
    gazetteer, notes = Gazetteer.of(cursor), Counter()
    texts = stated_texts(cursor, gazetteer)
    readings = {said: read_stated(gazetteer, *said) for said in texts}
    for said, count in texts.items():
        notes.update(dict.fromkeys(readings[said].notes, count))
    placed = {said: reading.key for said, reading in readings.items() if reading.key is not None}
    if placed:
        _register(cursor, gazetteer, placed)
        cursor.execute(
            f"update {table} t set place_id = s.place_id, precision = s.level from stated_places s"  # noqa: S608
            " where t.unlocated_reason is not null and t.stated_area = s.stated_area"
            " and epoch_of(t.received_at, $cuts) = s.epoch",
            {"cuts": list(gazetteer.cuts)},
        )
        cursor.unregister("stated_places")
    return notes


def stated_texts(cursor: duckdb.DuckDBPyConnection, gazetteer: Gazetteer) -> dict[tuple[str, int], int]:
    """The different texts of the temporary view `said_areas` with the epoch they were said in, and how many say so."""
    run(cursor, "stated_texts", cuts=list(gazetteer.cuts))
    return {(text, epoch): count for text, epoch, count in cursor.fetchall()}


def _register(cursor: duckdb.DuckDBPyConnection, gazetteer: Gazetteer, placed: dict[tuple[str, int], int]) -> None:
    """What each text means, as the table `stated_places`; new places are stored."""
    meant = sorted({(key, epoch) for (_, epoch), key in placed.items()})
    places = Combinations.of(cursor).learn(cursor, [combination(gazetteer, *one) for one in meant])
    place_of = dict(zip(meant, places, strict=True))
    columns = {
        "stated_area": pa.array([text for text, _ in placed], pa.string()),
        "epoch": pa.array([epoch for _, epoch in placed], pa.int64()),
        "place_id": pa.array([place_of[key, epoch] for (_, epoch), key in placed.items()], pa.int32()),
        "level": pa.array([gazetteer.areas[key].level for key in placed.values()], pa.string()),
    }
    cursor.register("stated_places", pa.table(columns))
