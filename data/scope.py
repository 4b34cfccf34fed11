"""
The scope: which complaints a screen speaks of, as one frozen value.

It yields the SQL parameters, the sentence for people, the address of the page
and the name of an export, so that none of them can disagree.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from data import words
from data.clock import Period, calendar_window, last_year, previous
from data.errors import ScopeProblem
from data.rules import score_rule
from data.store import Store

COUNTINGS = ("all", "assessed")
# a filter of more values is a mistake, or somebody keeping a processor busy
MOST_VALUES = 200
# a day outside cannot be moved by a period and stay a day of the calendar
EARLIEST, LATEST = date(1000, 1, 1), date(3000, 12, 31)


@dataclass(frozen=True)
class Scope:
    """
    Period, areas, categories, channels and way of counting.

    `since` and `until` are days, both included. Areas are codes, optionally
    with their level (`street:110106001`); categories are paths from the top
    (`A/B/C`), and a path holds everything below it. Empty means all. `as_of`
    is the moment for "open" and "overdue"; None is the data's own time. `vintage`
    is a day whose boundaries are used; None is the last day of the period.
    """

    since: date
    until: date
    areas: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    counting: str = "all"
    as_of: datetime | None = None
    vintage: date | None = None

    def __post_init__(self) -> None:
        for name in ("areas", "categories", "channels"):
            values = tuple(dict.fromkeys(getattr(self, name)))
            if len(values) > MOST_VALUES:
                raise ScopeProblem("scope.too_many", value=len(values), most=MOST_VALUES)
            object.__setattr__(self, name, values)
        if self.since > self.until:
            raise ScopeProblem("scope.period", since=self.since, until=self.until)
        if self.since < EARLIEST or self.until > LATEST:
            raise ScopeProblem("scope.range", since=self.since, until=self.until, earliest=EARLIEST, latest=LATEST)
        if self.counting not in COUNTINGS:
            raise ScopeProblem("scope.counting", value=self.counting, allowed=", ".join(COUNTINGS))
        if self.vintage and not EARLIEST <= self.vintage <= LATEST:
            raise ScopeProblem("scope.vintage", value=self.vintage)

    @property
    def boundaries_on(self) -> date:
        """The day whose boundaries are used."""
        return self.vintage or self.until

    @property
    def period(self) -> Period:
        """The days."""
        return Period(self.since, self.until)

    def at(self, as_of: datetime) -> "Scope":
        """The scope as of a moment."""
        return replace(self, as_of=as_of)

    def moved(self, which: str, start_day: int) -> "Scope":
        """
        The scope to compare with: `previous` or `last_year`, everything else the same.

        An `as_of` moves back by as many days as the period's end.

        Raises
        ------
        ScopeProblem
            There are no such days in the calendar.
        """
        try:
            period = previous(self.period, start_day) if which == "previous" else last_year(self.period)
            as_of = self.as_of - (self.until - period.until) if self.as_of else None
        except (ValueError, OverflowError) as error:
            raise ScopeProblem(
                "scope.range", since=self.since, until=self.until, earliest=EARLIEST, latest=LATEST
            ) from error
        return replace(self, since=period.since, until=period.until, as_of=as_of)

    def query(self, **more: str) -> str:
        """The scope as the query part of an address; `read_query` takes it back."""
        pairs = [("since", self.since.isoformat()), ("until", self.until.isoformat())]
        pairs += [("area", area) for area in self.areas]
        pairs += [("category", category) for category in self.categories]
        pairs += [("channel", channel) for channel in self.channels]
        if self.counting != "all":
            pairs.append(("counting", self.counting))
        if self.as_of:
            pairs.append(("as_of", self.as_of.isoformat()))
        if self.vintage:
            pairs.append(("vintage", self.vintage.isoformat()))
        return urlencode(pairs + list(more.items()))

    def file_name(self, question: str, ending: str = "csv") -> str:
        """A name for an export that says what is in it, without characters a file system refuses."""
        parts = [question, self.since.isoformat(), self.until.isoformat()]
        parts += [*self.areas, *self.categories, *self.channels]
        parts += [self.counting] * (self.counting != "all")
        parts += [f"boundaries-{self.vintage}"] * (self.vintage is not None)
        name = "_".join("".join(c if c.isalnum() or c in "-." else "-" for c in part) for part in parts)
        # 255 bytes are the limit of most file systems; Chinese takes three a character
        return f"{name.encode()[:180].decode(errors='ignore')}.{ending}"

    def sentence(self, store: Store, lang: str | None = None) -> str:
        """The scope in words, in the reader's language."""
        parts = [words.t("scope.period", lang, since=self.since, until=self.until)]
        names = area_names(store, self.areas)
        for key, values in (("area", names), ("category", self.categories), ("channel", self.channels)):
            if values:
                shown = words.t("scope.and", lang).join(
                    words.channel(value, lang) if key == "channel" else value for value in values
                )
                parts.append(words.t(f"scope.{key}", lang, names=shown))
        parts.append(words.t(f"scope.counting_{self.counting}", lang))
        if self.vintage:
            parts.append(words.t("scope.vintage", lang, on=self.vintage))
        return words.t("scope.join", lang).join(parts)

    def params(self, store: Store) -> dict[str, Any]:
        """
        The scope as SQL parameters.

        Returns
        -------
        params
            `since`, `until` (half-open timestamps), `areas` (keys of the vintage that
            holds on `boundaries_on`), `categories`, `channels` (ids), `assessed_only`,
            `as_of`, `on_day`, and the weights and coefficients of the rule in force.

        Raises
        ------
        ScopeProblem
            An area, category or channel that the store does not know.
        """
        since, until = calendar_window(self.period)
        return {
            "since": since,
            "until": until,
            "areas": area_keys(store, self.areas, self.boundaries_on),
            "categories": category_ids(store, self.categories),
            "channels": channel_ids(store, self.channels),
            "assessed_only": self.counting == "assessed",
            "as_of": self.as_of or store.data_at or until,
            "on_day": self.boundaries_on,
            **score_rule(self.until).params(),
        }

    def facts(self, store: Store) -> str:
        """The cheapest source of facts that covers the filters: a roll-up, or the complaints."""
        if self.categories or self.channels:
            return "complaints" if self.areas else "categories"
        return "wards" if rolled_up(store, self.areas) else "complaints"


def whole_period(store: Store) -> Period:
    """
    From the day of the first complaint to the day of the data's own time.

    Raises
    ------
    ScopeProblem
        The store holds no complaints.
    """
    (first,) = store.cursor().execute("select min(received_at) from complaints").fetchall()[0]
    if first is None or store.data_at is None:
        raise ScopeProblem("scope.empty_store")
    return Period(first.date(), max(store.data_at.date(), first.date()))


def read_query(pairs: list[tuple[str, str]]) -> Scope:
    """
    The scope in an address.

    Raises
    ------
    ScopeProblem
        A day, moment or way of counting that cannot be read, or no period.
    """
    found = {key: [value for name, value in pairs if name == key] for key, _ in pairs}
    try:
        since, until = (date.fromisoformat(found[key][0]) for key in ("since", "until"))
        as_of = datetime.fromisoformat(found["as_of"][0]) if "as_of" in found else None
    except (KeyError, ValueError) as error:
        last = dict(pairs)
        raise ScopeProblem("scope.date", value=last.get("since", ""), until=last.get("until", "")) from error
    return Scope(
        since,
        until,
        tuple(found.get("area", ())),
        tuple(found.get("category", ())),
        tuple(found.get("channel", ())),
        found.get("counting", ["all"])[0],
        as_of.replace(tzinfo=None) if as_of else None,
        _vintage(found.get("vintage", [""])[0]),
    )


def _vintage(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ScopeProblem("scope.vintage", value=text[:40]) from error


def area_keys(store: Store, areas: tuple[str, ...], on: date) -> list[int]:
    """
    Keys of areas by code, of the vintage that holds on a day.

    Parameters
    ----------
    areas
        Codes, or `level:code` where one code stands on several levels.

    Returns
    -------
    keys
        One for each area; where no vintage holds on that day, the nearest one.

    Raises
    ------
    ScopeProblem
        An unknown area, or a code that stands on several levels without its level.
    """
    keys = []
    for area in areas:
        level, _, code = area.rpartition(":")
        found = store.ask("area_by_code", code=code, level=level, on_day=on)
        if found.empty:
            raise ScopeProblem("scope.area", value=area)
        levels = sorted(set(found["level"]))
        if len(levels) > 1:
            allowed = ", ".join(f"{name}:{code}" for name in levels)
            raise ScopeProblem("scope.area_levels", value=area, allowed=allowed)
        keys.append(int(found["area_key"].iloc[0]))
    return keys


def area_names(store: Store, areas: tuple[str, ...]) -> tuple[str, ...]:
    """Names of areas; an unknown one keeps its code."""
    names = []
    for area in areas:
        level, _, code = area.rpartition(":")
        found = store.ask("area_by_code", code=code, level=level, on_day=date.max - timedelta(days=1))
        names.append(area if found.empty else str(found["name"].iloc[0]))
    return tuple(names)


def rolled_up(store: Store, areas: tuple[str, ...]) -> bool:
    """True when the ward roll-up can tell these areas apart."""
    levels = {area.rpartition(":")[0] for area in areas if ":" in area}
    for area in areas:
        if ":" not in area:
            levels |= set(store.ask("area_by_code", code=area, level="", on_day=date.max - timedelta(days=1))["level"])
    kept = dict(store.cursor().execute("select level, rolled_up from levels").fetchall())
    return all(kept.get(level, True) for level in levels)


def category_ids(store: Store, categories: tuple[str, ...]) -> list[int]:
    """
    Ids of every category at or below the given paths.

    Names may themselves hold a slash ("HEAT/HOT WATER"): a path is compared with
    whole names joined by slashes, so it never ends in the middle of a name.

    Raises
    ------
    ScopeProblem
        A path the store does not know.
    """
    ids: list[int] = []
    for path in categories:
        found = store.ask("category_by_path", path=path)["category_id"].tolist()
        if not found:
            raise ScopeProblem("scope.category", value=path)
        ids += found
    return sorted(set(ids))


def channel_ids(store: Store, channels: tuple[str, ...]) -> list[int]:
    """
    Ids of channels by name.

    Raises
    ------
    ScopeProblem
        A channel the store does not know; the sentence lists those it has.
    """
    known = dict(store.cursor().execute("select channel, channel_id from channels").fetchall())
    # people may say 电话 or Phone, as the pages do
    said = {words.channel(name, lang).casefold(): name for name in known for lang in words.LANGUAGES}
    channels = tuple(name if name in known else said.get(name.casefold(), name) for name in channels)
    for channel in channels:
        if channel not in known:
            raise ScopeProblem("scope.channel", value=channel, allowed=", ".join(sorted(known)))
    return [known[channel] for channel in channels]
