"""
Areas by name and day: which area of the store a stated name means.

A name means an area when it is the area's own (`data.likeness.same_name`) or when
a person accepted it for the area. Nothing else places anything; see
`data.name_reviews` for how other names come before a person.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

import duckdb

from data.likeness import same_name
from data.store import run


class Area(NamedTuple):
    """One area of one vintage; `depth` 1 is the coarsest level."""

    key: int
    level: str
    depth: int
    code: str
    name: str
    parent_key: int | None
    parent_code: str | None
    valid_from: date | None
    valid_to: date | None
    lon: float | None
    lat: float | None

    def holds_on(self, day: date) -> bool:
        """True when the area holds on a day."""
        return (self.valid_from or date.min) <= day < (self.valid_to or date.max)

    def holds_with(self, other: "Area") -> bool:
        """True when there is a day on which both hold."""
        return (self.valid_from or date.min) < (other.valid_to or date.max) and (other.valid_from or date.min) < (
            self.valid_to or date.max
        )


@dataclass(frozen=True)
class Gazetteer:
    """
    The areas of a store by name, for every stretch of days on which no area changes.

    `epochs` counts those stretches: epoch 0 lies before the first of `cuts`, each
    cut begins the next. `accepted` holds what a person accepted, level and code by
    name, `rejected` what a person said it is not (name, level, code); a name in
    `ignored` is no area's and is passed over where it is stated.
    """

    areas: dict[int, Area]
    cuts: tuple[date, ...]
    accepted: dict[str, tuple[tuple[str, str], ...]]
    ignored: frozenset[str]
    rejected: frozenset[tuple[str, str, str]]

    @classmethod
    def of(cls, cursor: duckdb.DuckDBPyConnection) -> "Gazetteer":
        """The names of a store as its cursor sees them."""
        run(cursor, "named_areas")
        areas = {row[0]: Area(*row) for row in cursor.fetchall()}
        cuts = {day for area in areas.values() for day in (area.valid_from, area.valid_to) if day}
        run(cursor, "reviewed_names")
        accepted, ignored, rejected = defaultdict(list), set(), set()
        for level, stated, code, state in cursor.fetchall():
            if state == "accepted":
                accepted[stated].append((level, code))
            elif code is None:
                ignored.add(stated)
            else:
                rejected.add((stated, level, code))
        kept = {stated: tuple(codes) for stated, codes in accepted.items()}
        return cls(areas, tuple(sorted(cuts)), kept, frozenset(ignored), frozenset(rejected))

    def accepting(self, stated: str, level: str, code: str) -> "Gazetteer":
        """The same areas, were a name accepted for one of them."""
        kept = (one for one in self.accepted.get(stated, ()) if one[0] != level)
        more = {stated: (*kept, (level, code))}
        supposed = replace(self, accepted=self.accepted | more)
        # what only hangs on the areas is not worked out again
        for name in ("_held", "_by_code", "_by_name"):
            supposed.__dict__[name] = getattr(self, name)
        return supposed

    def epoch(self, day: date) -> int:
        """The epoch a day lies in."""
        return bisect_right(self.cuts, day)

    @property
    def epochs(self) -> range:
        """Every epoch, the oldest first."""
        return range(len(self.cuts) + 1)

    def on(self, epoch: int, level: str | None = None) -> list[Area]:
        """The areas of an epoch, coarse levels first."""
        return [area for area in self._held[epoch].values() if level is None or area.level == level]

    def named(self, name: str, epoch: int, level: str | None = None) -> dict[int, bool]:
        """
        The areas a name means in an epoch.

        Parameters
        ----------
        name
            As `data.likeness.same_name` gives it.
        level
            Only areas of this level; None means of all.

        Returns
        -------
        found
            By key of the area: whether a person accepted the name for it.
        """
        found = dict.fromkeys(self._by_name[epoch].get(name, ()), False)
        for one, code in self.accepted.get(name, ()):
            key = self._by_code[epoch].get((one, code))
            if key is not None:
                found[key] = True
        return {key: sure for key, sure in found.items() if level is None or self.areas[key].level == level}

    def counterpart(self, key: int, epoch: int) -> int | None:
        """The same area in another epoch: itself, else the one with its code, else the only one with its name."""
        area = self.areas[key]
        if key in self._held[epoch]:
            return key
        found = self._by_code[epoch].get((area.level, area.code))
        if found is None:
            same = [one for one in self._by_name[epoch].get(same_name(area.name), ()) if self._is_at(one, area.level)]
            found = same[0] if len(same) == 1 else None
        return found

    def chain(self, key: int, epoch: int) -> list[int]:
        """An area and those above it in an epoch, the finest first."""
        found = [key]
        while (above := self._parent(self.areas[found[-1]], epoch)) is not None:
            found.append(above)
        return found

    def _parent(self, area: Area, epoch: int) -> int | None:
        above = self.areas.get(area.parent_key) if area.parent_key is not None else None
        if above is None or above.depth >= area.depth:
            return None
        if above.key in self._held[epoch]:
            return above.key
        # an area that outlives its parent knows only the present one
        stated = self._by_code[epoch].get((above.level, area.parent_code or ""))
        return stated if stated is not None else self.counterpart(above.key, epoch)

    def within(self, keys: Iterable[int], others: Iterable[int], epoch: int) -> tuple[int, ...]:
        """Those of some areas that are, or lie in, one of the others."""
        around = set(others)
        return tuple(key for key in keys if not around.isdisjoint(self.chain(key, epoch)))

    def _is_at(self, key: int, level: str) -> bool:
        return self.areas[key].level == level

    @cached_property
    def _held(self) -> tuple[dict[int, Area], ...]:
        """The areas of each epoch, coarse levels first, as the macro `areas_on` (data/sql/views.sql) shows them."""
        levels = defaultdict(list)
        for area in self.areas.values():
            levels[area.level].append(area)
        held = []
        for day in (date.min, *self.cuts):
            shown = {level: _shown_on(areas, day) for level, areas in levels.items()}
            held.append({key: area for key, area in self.areas.items() if area.holds_on(shown[area.level])})
        return tuple(held)

    @cached_property
    def _by_code(self) -> tuple[dict[tuple[str, str], int], ...]:
        return tuple({(area.level, area.code): key for key, area in held.items()} for held in self._held)

    @cached_property
    def _by_name(self) -> tuple[dict[str, tuple[int, ...]], ...]:
        found = []
        for held in self._held:
            names = defaultdict(list)
            for key, area in held.items():
                names[same_name(area.name)].append(key)
            found.append({name: tuple(keys) for name, keys in names.items() if name})
        return tuple(found)


def _shown_on(areas: list[Area], day: date) -> date:
    """The day whose areas of a level stand for a day: the last before it on which there are some, else the first."""
    if any(area.holds_on(day) for area in areas):
        return day
    ended = [area.valid_to for area in areas if area.valid_to and area.valid_to <= day]
    return max(ended) - timedelta(days=1) if ended else min(area.valid_from or date.min for area in areas)
