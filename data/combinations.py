"""Combinations: the areas of every level and vintage that belong together make one place, stored once."""

from dataclasses import dataclass

import duckdb
import pyarrow as pa


@dataclass
class Combinations:
    """
    The places of a store by their combination of areas (keys, sorted).

    `levels_of` gives each area's level, `rolled_up` whether a level is summed up
    beforehand: a place's ward is the same combination without those that are not.
    """

    ids: dict[tuple[int, ...], int]
    levels_of: dict[int, str]
    rolled_up: dict[str, bool]

    @classmethod
    def of(cls, cursor: duckdb.DuckDBPyConnection) -> "Combinations":
        """The combinations of a store as its cursor sees them."""
        known = cursor.execute("select combination, place_id from places").fetchall()
        return cls(
            {tuple(int(key) for key in text.split(",") if key): place_id for text, place_id in known},
            dict(cursor.execute("select area_key, level from areas").fetchall()),
            dict(cursor.execute("select level, rolled_up from levels").fetchall()),
        )

    def learn(self, cursor: duckdb.DuckDBPyConnection, combinations: list[tuple[int, ...]]) -> list[int]:
        """
        Place ids of combinations; new ones are stored.

        Parameters
        ----------
        cursor
            Of the write under way.
        combinations
            Keys of areas, sorted.
        """
        wards = {key: tuple(k for k in key if self.rolled_up.get(self.levels_of[k], True)) for key in combinations}
        unseen = sorted({*wards, *wards.values()} - set(self.ids))
        if unseen:
            next_id = max(self.ids.values(), default=0) + 1
            self.ids |= {key: next_id + offset for offset, key in enumerate(unseen)}
            # a ward is its own ward
            self._store(cursor, unseen, {**{key: key for key in unseen}, **wards})
        return [self.ids[key] for key in combinations]

    def _store(
        self, cursor: duckdb.DuckDBPyConnection, unseen: list[tuple[int, ...]], wards: dict[tuple, tuple]
    ) -> None:
        insert(
            cursor,
            "places",
            place_id=pa.array([self.ids[key] for key in unseen], pa.int32()),
            ward_id=pa.array([self.ids[wards[key]] for key in unseen], pa.int32()),
            combination=pa.array([",".join(map(str, key)) for key in unseen]),
        )
        pairs = [(self.ids[key], self.levels_of[area], area) for key in unseen for area in key]
        if pairs:
            place, level, area = zip(*pairs, strict=True)
            insert(
                cursor,
                "place_areas",
                place_id=pa.array(place, pa.int32()),
                level=pa.array(level),
                area_key=pa.array(area, pa.int32()),
            )


def insert(cursor: duckdb.DuckDBPyConnection, table: str, **columns: pa.Array) -> None:
    """Insert columns into a table of the store, by name."""
    cursor.register("inserted", pa.table(columns))
    cursor.execute(f"insert into {table} by name from inserted")
    cursor.unregister("inserted")
