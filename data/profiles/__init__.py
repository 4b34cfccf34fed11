"""Import profiles: which column of a source means what. Small TOML files; the shipped ones lie beside this file."""

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb
import tomli_w

from data.errors import ProfileProblem
from data.readers import normal
from geo.crs import CRS_NAMES

FOLDER = Path(__file__).parent
AUTO = "auto"
# a profile's coordinate system may be judged anew with each file
AUTO_CRS = "auto"
TIMES = ("received_at", "closed_at", "dispatched_at", "contacted_at", "called_back_at", "due_at", "updated_at")
FIELDS = (
    "ticket_no", *TIMES, "category", "category_1", "category_2", "category_3", "channel", "kind", "title", "content",
    "result", "address", "stated_district", "stated_street", "stated_community", "stated_area", "lon", "lat", "point",
    "unit", "nature", "status", "valid", "contacted", "solved", "satisfied", "excluded", "exclude_reason", "urgency",
    "caller_name", "caller_phone", "caller_identity",
)  # fmt: skip
# of a saved profile; it is the name of a file
NAME = re.compile(r"[\w-]{1,40}")
# what a row may say of the area it lies in, from coarse to fine
STATED = ("stated_district", "stated_street", "stated_community", "stated_area")
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
    `crs` is "" where the source's coordinates have no known system, `auto` where
    each file's own rows are to tell.
    """

    name: str
    source: str
    timezone: str
    crs: str
    category_separator: str
    time_formats: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]
    values: dict[str, dict[str, str]]

    def as_table(self) -> dict:
        """The profile as its TOML file holds it; `profile_of` takes it back."""
        codes = {field: sorted(set(texts.values())) for field, texts in self.values.items()}
        return {
            "name": self.name,
            "source": self.source,
            "timezone": self.timezone,
            "crs": self.crs,
            "category_separator": self.category_separator,
            "time_formats": list(self.time_formats),
            "columns": {field: list(names) for field, names in self.columns.items()},
            "values": {
                field: {code: [text for text, own in self.values[field].items() if own == code] for code in found}
                for field, found in codes.items()
            },
        }

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
        by_name, exact = {normal(header): header for header in reversed(headers)}, set(headers)
        found: dict[str, str] = {}
        for field, aliases in self.columns.items():
            for alias in aliases:
                # two headers may differ in blanks alone
                header = alias if alias in exact else by_name.get(normal(alias))
                if header is not None and header not in found.values():
                    found[field] = header
                    break
        return found


def shipped() -> tuple[str, ...]:
    """Names of the profiles that come with the product."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def saved(home: Path | None) -> tuple[str, ...]:
    """Names of the profiles that people saved in a home."""
    return tuple(sorted(path.stem for path in (home / "profiles").glob("*.toml"))) if home else ()


def load_profile(name: str, home: Path | None = None) -> Profile:
    """
    A profile by its name, shipped or saved in the home, or from a .toml file.

    Raises
    ------
    ProfileProblem
        No such profile or file, not TOML, or it names a field, code, coordinate
        system or time zone that does not exist.
    """
    if name.endswith(".toml"):
        path = Path(name)
    elif name in shipped():
        path = FOLDER / f"{name}.toml"
    elif name in saved(home):
        path = home / "profiles" / f"{name}.toml"
    else:
        path = None
    if path is None or not path.is_file():
        raise ProfileProblem("profile.missing", name=name, allowed=", ".join((*shipped(), *saved(home))))
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ProfileProblem("profile.unreadable", name=path.name, reason=str(error)) from error
    return profile_of(table, path.name)


def save_profile(profile: Profile, home: Path) -> None:
    """
    Keep a profile in a home under its name; a saved one of that name is replaced.

    Raises
    ------
    ProfileProblem
        The name is a shipped profile's, or not one to forty letters, digits, dashes and underscores.
    """
    if profile.name in shipped() or not NAME.fullmatch(profile.name):
        raise ProfileProblem("profile.name", value=profile.name, taken=", ".join(shipped()))
    profile_of(profile.as_table(), profile.name)  # what could not be loaded again is not kept
    folder = home / "profiles"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = folder / f".{profile.name}.part"
    part.write_text(tomli_w.dumps(profile.as_table()), "utf-8")
    part.replace(folder / f"{profile.name}.toml")


def remove_profile(name: str, home: Path) -> None:
    """
    Forget a saved profile.

    Raises
    ------
    ProfileProblem
        No saved profile has this name.
    """
    if name not in saved(home):
        raise ProfileProblem("profile.missing", name=name, allowed=", ".join(saved(home)) or "-")
    (home / "profiles" / f"{name}.toml").unlink()


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


def profile_of(table: dict, file: str) -> Profile:
    """
    A profile from a table as its TOML file holds it; `file` names it in sentences.

    Raises
    ------
    ProfileProblem
        As for `load_profile`.
    """
    _check_types(table, file)
    columns = table.get("columns", {})
    for field in columns:
        if field not in FIELDS:
            raise ProfileProblem("profile.field", name=file, value=field, allowed=", ".join(FIELDS))
    if "received_at" not in columns:
        raise ProfileProblem("profile.no_time", name=file)
    crs = table.get("crs", "")
    if crs and crs not in (AUTO_CRS, *CRS_NAMES):
        raise ProfileProblem("profile.crs", name=file, value=crs, allowed=", ".join((AUTO_CRS, *CRS_NAMES)))
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
