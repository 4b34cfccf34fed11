"""Proposed names: what sources call areas by no name of the store, what each may mean, and whom that would place."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import duckdb
import pandas as pd

from data.area_names import Area, Gazetteer
from data.candidates import Finder
from data.stated import read_stated, stated_texts
from data.store import Store, run

COLUMNS = ("stated", "how", "level", "code", "name", "parent", "likeness", "complaints", "would_place", "noted_at")
# so many different names are looked into, the ones most often stated first
MOST_NAMES = 3_000


@dataclass
class _Name:
    """One name without an area: how often each text and epoch states it."""

    said: dict[tuple[str, int], int]

    @property
    def complaints(self) -> int:
        return sum(self.said.values())

    @property
    def epochs(self) -> set[int]:
        return {epoch for _, epoch in self.said}


class _Meant(NamedTuple):
    """An area a name may mean, how it was found, and how alike the names are."""

    area: Area | None
    how: str
    likeness: float | None = None


def proposals(store: Store) -> pd.DataFrame:
    """
    Names stated by complaints without a usable coordinate that place them nowhere yet, and what they may mean.

    Parameters
    ----------
    store
        An open store; reading is enough.

    Returns
    -------
    proposals
        One row per name and area it may mean, most complaints first: `stated`, `how`
        it was found (suffix, prefix, old_name, spelling, ambiguous: of several areas
        by its exact name, or unknown: of none), the area's `level`, `code`, `name` and
        `parent` (name of the area above), `likeness` (0-1), `complaints` (that state
        the name, whatever it may mean), `would_place` (of them, those that accepting
        this row gives another place) and `noted_at`, when `propose` first saw it.
        A name without a candidate has one row without an area. Of very many names
        those stated most are looked into.
    """
    cursor = store.cursor()
    gazetteer = Gazetteer.of(cursor)
    names, finder = _unplaced(cursor, gazetteer), Finder(gazetteer, cursor)
    most = sorted(names.items(), key=lambda item: (-item[1].complaints, item[0]))[:MOST_NAMES]
    rows = [
        _row(gazetteer, name, one, meant)
        for name, one in most
        for meant in _meant(gazetteer, finder, name, one.epochs) or [_Meant(None, "unknown")]
    ]
    found = pd.DataFrame(rows, columns=list(COLUMNS[:-1])).astype({"likeness": "float64"})
    noted = store.ask("proposed_names")
    known = {(row.stated, row.area): row.noted_at for row in noted.itertuples()}
    keys = zip(found["stated"], found["level"].fillna("") + ":" + found["code"].fillna(""), strict=True)
    found["noted_at"] = pd.Series([known.get(key) for key in keys], found.index, "datetime64[us]")
    return found


def _unplaced(cursor: duckdb.DuckDBPyConnection, gazetteer: Gazetteer) -> dict[str, _Name]:
    """The names that keep complaints from a place, or from a finer one."""
    run(cursor, "said_by_unlocated")
    names: dict[str, _Name] = {}
    for said, count in stated_texts(cursor, gazetteer).items():
        reading = read_stated(gazetteer, *said)
        for name in {*reading.unknown, *([reading.ambiguous] if reading.ambiguous else [])}:
            names.setdefault(name, _Name({})).said[said] = count
    return names


def _meant(gazetteer: Gazetteer, finder: Finder, name: str, epochs: set[int]) -> list[_Meant]:
    """The areas a name may mean on the days on which it is stated."""
    found: dict[tuple[str, str], _Meant] = {}
    for epoch in sorted(epochs, reverse=True):
        meant = [_Meant(gazetteer.areas[key], "ambiguous", 1.0) for key in gazetteer.named(name, epoch)]
        likely = [] if meant else finder.find(name, epoch)
        for said in meant or [_Meant(gazetteer.areas[one.key], one.how, one.likeness) for one in likely]:
            found.setdefault((said.area.level, said.area.code), said)
    return list(found.values())


def _row(gazetteer: Gazetteer, name: str, one: _Name, meant: _Meant) -> tuple:
    area, how, likeness = meant
    if area is None:
        return name, how, None, None, None, None, likeness, one.complaints, 0
    supposed = gazetteer.accepting(name, area.level, area.code)
    would = sum(
        count
        for said, count in one.said.items()
        if read_stated(supposed, *said).key != read_stated(gazetteer, *said).key
    )
    above = gazetteer.areas.get(area.parent_key) if area.parent_key is not None else None
    parent = above.name if above else None
    return name, how, area.level, area.code, area.name, parent, likeness, one.complaints, would


def propose(store: Store, noted_at: datetime) -> int:
    """
    Keep what is proposed now in the store, with the time it was first seen; what is no longer proposed is forgotten.

    Returns
    -------
    noted
        How many rows are new.
    """
    found = proposals(store)
    new = found["noted_at"].isna()
    found["noted_at"] = found["noted_at"].fillna(pd.Timestamp(noted_at))
    with store.write() as cursor:
        cursor.register("found_names", found)
        run(cursor, "propose_names")
        cursor.unregister("found_names")
    return int(new.sum())
