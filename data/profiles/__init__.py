"""Import profiles: which column of a source means what. Small TOML files; the shipped ones lie beside this file."""

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from data.errors import ProfileProblem
from data.readers import normal
from geo.crs import CRS_NAMES

FOLDER = Path(__file__).parent
TIMES = ("received_at", "closed_at", "dispatched_at", "contacted_at", "called_back_at", "due_at", "updated_at")
FIELDS = (
    "ticket_no", *TIMES, "category", "category_1", "category_2", "category_3", "channel", "kind", "title", "content",
    "result", "address", "stated_area", "lon", "lat", "unit", "nature", "status", "valid", "contacted", "solved",
    "satisfied", "excluded", "exclude_reason", "urgency", "caller_name", "caller_phone", "caller_identity",
)  # fmt: skip
_TEXTS = ("name", "source", "timezone", "crs", "category_separator")
CODED = {
    "solved": ("yes", "part", "no"),
    "satisfied": ("yes", "basically", "no", "unrated"),
    "urgency": ("2h", "24h", "7d", "15d"),
}


@dataclass(frozen=True)
class Profile:
    """
    What one source's files look like.

    `columns` maps a field of the store to the headers it was seen under, in order
    of preference; `values` maps a field's codes to the texts that mean them.
    `crs` is "" where the source's coordinates have no known system.
    """

    name: str
    source: str
    timezone: str
    crs: str
    category_separator: str
    time_formats: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]
    values: dict[str, dict[str, str]]

    @cached_property
    def known(self) -> frozenset[str]:
        """Every header the profile understands, normalised."""
        return frozenset(normal(alias) for aliases in self.columns.values() for alias in aliases)

    def recognise(self, headers: list[str]) -> dict[str, str]:
        """
        Which header holds each field.

        Returns
        -------
        found
            Header by field: of a field's names, the first one the file has. A
            header serves one field only.
        """
        by_name = {normal(header): header for header in reversed(headers)}
        found: dict[str, str] = {}
        for field, aliases in self.columns.items():
            for alias in aliases:
                header = by_name.get(normal(alias))
                if header is not None and header not in found.values():
                    found[field] = header
                    break
        return found


def shipped() -> tuple[str, ...]:
    """Names of the profiles that come with the product."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def load_profile(name: str) -> Profile:
    """
    A profile by its shipped name, or from a .toml file.

    Raises
    ------
    ProfileProblem
        No such profile or file, not TOML, or it names a field, code, coordinate
        system or time zone that does not exist.
    """
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    if not path.is_file() or (not name.endswith(".toml") and name not in shipped()):
        raise ProfileProblem("profile.missing", name=name, allowed=", ".join(shipped()))
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ProfileProblem("profile.unreadable", name=path.name, reason=str(error)) from error
    return _profile(table, path.name)


def _check_types(table: dict, file: str) -> None:
    """Raise when a part of the profile is not of its type."""
    texts = lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value)  # noqa: E731
    lists = lambda value: isinstance(value, dict) and all(texts(one) for one in value.values())  # noqa: E731
    right = {name: isinstance(table.get(name, ""), str) for name in _TEXTS}
    right["columns"] = lists(table.get("columns", {}))
    values = table.get("values", {})
    right["values"] = isinstance(values, dict) and all(lists(codes) for codes in values.values())
    formats = table.get("time_formats", [])
    right["time_formats"] = texts(formats) and _formats_work(formats)
    wrong = [name for name, good in right.items() if not good]
    if wrong:
        raise ProfileProblem("profile.unreadable", name=file, reason=", ".join(wrong))


def _formats_work(formats: list[str]) -> bool:
    """True when the engine knows every letter of the formats."""
    if not formats:
        return True
    try:
        with duckdb.connect() as connection:
            connection.execute("select try_strptime('', $formats)", {"formats": formats})
    except duckdb.Error:
        return False
    return True


def _profile(table: dict, file: str) -> Profile:
    _check_types(table, file)
    columns = table.get("columns", {})
    for field in columns:
        if field not in FIELDS:
            raise ProfileProblem("profile.field", name=file, value=field, allowed=", ".join(FIELDS))
    if "received_at" not in columns:
        raise ProfileProblem("profile.no_time", name=file)
    crs = table.get("crs", "")
    if crs and crs not in CRS_NAMES:
        raise ProfileProblem("profile.crs", name=file, value=crs, allowed=", ".join(CRS_NAMES))
    zone = table.get("timezone", "Asia/Shanghai")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ProfileProblem("profile.zone", name=file, value=zone) from error
    values = {}
    for field, codes in table.get("values", {}).items():
        for code in codes:
            if code not in CODED.get(field, (code,)):
                raise ProfileProblem("profile.code", name=file, value=code, allowed=", ".join(CODED[field]))
        values[field] = {text.casefold(): code for code, texts in codes.items() for text in (code, *texts)}
    return Profile(
        name=table.get("name", Path(file).stem),
        source=table.get("source", table.get("name", Path(file).stem)),
        timezone=zone,
        crs=crs,
        category_separator=table.get("category_separator", ""),
        time_formats=tuple(table.get("time_formats", ())),
        columns={field: tuple(names) for field, names in columns.items()},
        values=values,
    )
