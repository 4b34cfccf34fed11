"""Candidates: the areas that a name of none of them may mean, and how each was found. A person decides."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from difflib import SequenceMatcher
from functools import cached_property
from typing import NamedTuple

import duckdb
import shapely

from data.area_names import Area, Gazetteer
from data.likeness import LIKE, LONGEST, cores, is_above, kind_of, likeness, same_name, shortened

# of the areas a name may mean, so many are worth a look
MOST = 5
# how they are found, the surest first
HOW = ("suffix", "prefix", "old_name", "spelling")


class Candidate(NamedTuple):
    """An area a name may mean: `how` it was found, and the share of letters that are equal (0-1)."""

    key: int
    how: str
    likeness: float


class Finder:
    """
    Finds what names may mean, among the areas of a gazetteer.

    Parameters
    ----------
    gazetteer
        The names there are, and what a person rejected.
    cursor
        Reads shapes, where a name is one of an area that no longer holds.
    """

    def __init__(self, gazetteer: Gazetteer, cursor: duckdb.DuckDBPyConnection) -> None:
        self._gazetteer, self._cursor = gazetteer, cursor

    def find(self, name: str, epoch: int) -> list[Candidate]:
        """
        The areas of an epoch that a name without an area of its own may mean, the likeliest first.

        Parameters
        ----------
        name
            As `data.likeness.same_name` gives it.

        Returns
        -------
        candidates
            `how` is suffix (街道 for 街道办事处), prefix (an area above stands before
            it), old_name (that of an area before or after its boundaries changed)
            or, only where there is none of these, spelling. Areas a person rejected
            for the name are left out.
        """
        if len(name) > LONGEST:
            return []
        found: dict[int, str] = {}
        for how, look in (("suffix", self._by_core), ("prefix", self._by_rest), ("old_name", self._by_old_name)):
            for key in look(name, epoch):
                found.setdefault(key, how)
        if not found:
            found = dict.fromkeys(self._by_letters(name, epoch), "spelling")
        areas = self._gazetteer.areas
        candidates = [
            Candidate(key, how, round(likeness(name, same_name(areas[key].name)), 3))
            for key, how in found.items()
            if (name, areas[key].level, areas[key].code) not in self._gazetteer.rejected
        ]
        candidates.sort(key=lambda one: self._order(name, one))
        return candidates[:MOST]

    def _order(self, name: str, candidate: Candidate) -> tuple:
        """The surest way first; of names that differ in their endings alone those that name the same kind of area."""
        area = self._gazetteer.areas[candidate.key]
        whole = SequenceMatcher(None, name, area.name, autojunk=False).ratio()
        other_kind = kind_of(name) != kind_of(same_name(area.name))
        return HOW.index(candidate.how), -candidate.likeness, other_kind, -whole, area.depth, area.code

    def _by_core(self, name: str, epoch: int) -> list[int]:
        return list(dict.fromkeys(key for core in cores(name) for key in self._cores[epoch].get(core, ())))

    def _by_rest(self, name: str, epoch: int) -> list[int]:
        """Areas whose name stands behind that of something above them."""
        found = []
        for before, rest in shortened(name):
            for key in self._by_core(rest, epoch):
                above = self._gazetteer.chain(key, epoch)[1:]
                known = {core for one in above for core in cores(same_name(self._gazetteer.areas[one].name))}
                if is_above(before) or not known.isdisjoint(cores(before)):
                    found.append(key)
        return list(dict.fromkeys(found))

    def _by_old_name(self, name: str, epoch: int) -> list[int]:
        """Areas that another day's area of that name has become: by its code, else by where it lay."""
        found = []
        for other in self._gazetteer.epochs:
            if other == epoch:
                continue
            for key in self._by_core(name, other):
                there = self._gazetteer.counterpart(key, epoch)
                found += [there] if there is not None else self._where(self._gazetteer.areas[key], epoch)
        return list(dict.fromkeys(found))

    def _where(self, gone: Area, epoch: int) -> list[int]:
        """The areas of an epoch in which the middle of one that does not hold then lies."""
        if gone.lon is None or gone.lat is None:
            return []
        keys, tree = self._shapes(epoch, gone.level)
        return [keys[at] for at in tree.query(shapely.Point(gone.lon, gone.lat), predicate="intersects")]

    def _shapes(self, epoch: int, level: str) -> tuple[list[int], shapely.STRtree]:
        if (epoch, level) not in self._trees:
            keys = [area.key for area in self._gazetteer.on(epoch, level)]
            rows = dict(
                self._cursor.execute(
                    "select area_key, shape from areas where list_contains($keys, area_key)", {"keys": keys}
                ).fetchall()
            )
            self._trees[epoch, level] = (keys, shapely.STRtree([shapely.from_wkb(bytes(rows[key])) for key in keys]))
        return self._trees[epoch, level]

    def _by_letters(self, name: str, epoch: int) -> list[int]:
        """Areas whose names have most of their letters in common with it."""
        shared: Counter[int] = Counter()
        for letter in set(name.casefold()):
            shared.update(self._letters[epoch].get(letter, ()))
        names = {key: same_name(self._gazetteer.areas[key].name) for key, count in shared.items() if count >= 2}
        # endings are shared by all: the letters in common are to be more than half of the shorter name
        near = [key for key, one in names.items() if 2 * shared[key] >= min(len(one), len(name))]
        return [key for key in near if likeness(name, names[key]) >= LIKE]

    @cached_property
    def _trees(self) -> dict[tuple[int, str], tuple[list[int], shapely.STRtree]]:
        return {}

    @cached_property
    def _cores(self) -> list[dict[str, list[int]]]:
        return [self._index(epoch, cores) for epoch in self._gazetteer.epochs]

    @cached_property
    def _letters(self) -> list[dict[str, list[int]]]:
        return [self._index(epoch, lambda name: set(name.casefold())) for epoch in self._gazetteer.epochs]

    def _index(self, epoch: int, pieces: Callable[[str], Iterable[str]]) -> dict[str, list[int]]:
        found = defaultdict(list)
        for area in self._gazetteer.on(epoch):
            for piece in pieces(same_name(area.name)):
                found[piece].append(area.key)
        return found
