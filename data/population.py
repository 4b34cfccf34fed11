"""Population: residents of areas, as counted on a day, taken in from a table and asked by day."""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa

from data.area_names import Gazetteer
from data.areas import check_level
from data.likeness import same_name
from data.operator_tables import table_rows
from data.store import Store, run
from data.words import visible

# 1234, 1,234 or 1 234; separators only where they belong
_PEOPLE = re.compile(r"[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,3}(?: [0-9]{3}){1,3}")


# headers by which a table of residents is found
KNOWN = frozenset(
    {"编码", "代码", "code", "id", "名称", "name", "街道", "社区", "人口", "常住人口", "people", "population"}
)


@dataclass(frozen=True)
class PopulationReport:
    """
    What became of one table of residents: `read` = `stored` areas + the rows in `left_out`.

    `left_out` holds row number, area as stated and why: unknown (no area of the
    level has this code or name), ambiguous (several have the name), people (no
    whole number above 0), twice (the area stands in the table with another number),
    repeated (with the same number), or why the row could not be read.
    """

    file: str
    level: str
    counted_on: date
    read: int
    stored: int
    people: int
    left_out: tuple[tuple[int, str, str], ...]


def import_population(
    store: Store,
    path: Path,
    level: str,
    *,
    people_column: str,
    counted_on: date,
    id_column: str | None = None,
    name_column: str | None = None,
) -> PopulationReport:
    """
    Take a table of residents of a level's areas into the store.

    Parameters
    ----------
    store
        An open store.
    path
        CSV (UTF-8, UTF-16 with mark, GB18030; gzipped or not) or Parquet.
    level
        Which areas.
    people_column
        Header of the column of residents: whole numbers, thousands may be separated.
    counted_on
        The day they were counted. The numbers hold from it until the next count.
    id_column, name_column
        Header of the column that says which area, by code or by name: the area's own
        name, or one a person accepted for it. Just one of the two.

    Returns
    -------
    report
        Counts, and every row that was left out with the reason.

    Raises
    ------
    FileProblem
        The file cannot be read, or has not these columns.
    ScopeProblem
        An unknown level.
    """
    check_level(store, level)
    by_name = id_column is None
    wanted = name_column if by_name else id_column
    if wanted is None or (name_column is not None and id_column is not None):
        msg = "just one of id_column and name_column says which area a row is of"
        raise ValueError(msg)
    with store.write() as cursor:
        gazetteer = Gazetteer.of(cursor)
        known = _by_name(gazetteer, level, counted_on) if by_name else _by_code(gazetteer, level)
        read, left_out = 0, []
        rows: dict[str, list[tuple[int, str, int]]] = defaultdict(list)
        for row_no, (area, said), fault in table_rows(path, (wanted, people_column)):
            read += 1
            codes, people = known.get(same_name(area) if by_name else area, ()), _people(said)
            why = fault or _why_not(codes, people)
            if why:
                left_out.append((row_no, visible(area), why))
            else:
                rows[codes[0]].append((row_no, visible(area), people))
        counted = _settled(rows, left_out)
        table = {"code": pa.array(counted, pa.string()), "people": pa.array(counted.values(), pa.int64())}
        cursor.register("counted_people", pa.table(table))
        run(cursor, "count_people", level=level, counted_on=counted_on, source=visible(path.name))
        cursor.unregister("counted_people")
    left = tuple(sorted(left_out))
    return PopulationReport(visible(path.name), level, counted_on, read, len(counted), sum(counted.values()), left)


def _people(said: str) -> int:
    """Residents in a cell; 0 where it is no whole number."""
    text = unicodedata.normalize("NFKC", said).strip()
    return int(re.sub(r"[, ]", "", text)) if _PEOPLE.fullmatch(text) else 0


def _why_not(codes: tuple[str, ...], people: int) -> str:
    if len(codes) != 1:
        return "ambiguous" if codes else "unknown"
    return "" if people else "people"


def _settled(rows: dict[str, list[tuple[int, str, int]]], left_out: list[tuple[int, str, str]]) -> dict[str, int]:
    """One number of residents by code; an area with two numbers has none."""
    counted = {}
    for code, ones in rows.items():
        same = len({people for _, _, people in ones}) == 1
        left_out += [(row_no, area, "repeated" if same else "twice") for row_no, area, _ in ones[same:]]
        if same:
            counted[code] = ones[0][2]
    return counted


def _by_code(gazetteer: Gazetteer, level: str) -> dict[str, tuple[str, ...]]:
    return {area.code: (area.code,) for area in gazetteer.areas.values() if area.level == level}


def _by_name(gazetteer: Gazetteer, level: str, on: date) -> dict[str, tuple[str, ...]]:
    """Codes by name on a day, the areas' own and the accepted ones."""
    epoch = gazetteer.epoch(on)
    names = {same_name(area.name) for area in gazetteer.on(epoch, level)} | set(gazetteer.accepted)
    found = {}
    for name in names:
        meant = gazetteer.named(name, epoch, level)
        chosen = [key for key, accepted in meant.items() if accepted] or list(meant)
        if chosen:
            found[name] = tuple(gazetteer.areas[key].code for key in chosen)
    return found


def population_on(store: Store, level: str, on: date) -> pd.DataFrame:
    """
    Residents of the areas of a level on a day, by the last count that is not later.

    A count is of an area as it was cut that day; once the area is cut anew, so that
    its size differs by more than a twentieth, nobody knows until it is counted again.

    Returns
    -------
    population
        One row per area of the vintage that holds on the day, by `area_id`:
        `area_key` (int), `area_id`, `people` (Int64, null where nobody counted by
        then) and `counted_on`.

    Raises
    ------
    ScopeProblem
        An unknown level.
    """
    found = store.ask("population_on", level=check_level(store, level), on_day=on)
    return found.astype({"people": "Int64"})
