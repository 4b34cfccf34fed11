"""What a file says of itself: its content, scope, data and counts, for machines by key and for people in words."""

from dataclasses import dataclass
from typing import Any

from data import words
from data.scope import Scope
from data.store import Store
from data.tables import said
from data.vintages import notes

NOTES = ("synthetic", "masked")


@dataclass(frozen=True)
class Fact:
    """One statement: `key` says what it is about (`exports.fact_<key>` in words), `value` is plain."""

    key: str
    value: str | int | float | bool | None = True
    shown: str | None = None

    def line(self, lang: str) -> tuple[str, str | int | float]:
        """The statement for people: what it is about, and the value in words or as a number."""
        about = words.t(f"exports.fact_{self.key}", lang)
        if self.shown is not None:
            return about, self.shown
        if self.key in NOTES:
            return about, words.t(f"exports.note_{self.key}", lang) if self.value else said("", False, lang)
        number = isinstance(self.value, (int, float)) and not isinstance(self.value, bool)
        return about, self.value if number else said("", self.value, lang) or "—"


def asked(store: Store, name: str, scope: Scope, options: dict[str, Any], lang: str) -> list[Fact]:
    """
    What was asked for, and of which data.

    Returns
    -------
    facts
        The content, the scope with its days, every option, the data's own time and
        version, whether they are made up, and how times and coordinates are meant.
    """
    return [
        Fact("content", name, words.t(f"exports.what_{name}", lang)),
        Fact("scope", scope.sentence(store, lang)),
        Fact("since", scope.since.isoformat()),
        Fact("until", scope.until.isoformat()),
        *(_option(key, value, lang) for key, value in options.items() if value not in ("", None)),
        Fact("boundaries_on", scope.boundaries_on.isoformat()),
        *[Fact("recut", said_so) for said_so in [" ".join(notes(store, scope, lang))] if said_so],
        Fact("data_at", store.data_at and store.data_at.isoformat(), said("", store.data_at, lang) or "—"),
        Fact("data_version", store.version),
        Fact("synthetic", store.synthetic),
        Fact("crs", "EPSG:4326", "WGS84 (EPSG:4326)"),
        Fact("times", "local", words.t("exports.note_times", lang)),
    ]


def _option(key: str, value: Any, lang: str) -> Fact:
    if key in ("level", "by"):
        name = words.t("rankings.units", lang) if value == "unit" else words.level(value, lang)
        return Fact(key, value, name)
    if key == "bbox":
        return Fact(key, ",".join(map(str, value)))
    words_of = {"state": lambda: said(key, value, lang), "step": lambda: words.t(f"exports.step_{value}", lang)}
    return Fact(key, value, words_of[key]() if key in words_of else None)


def as_mapping(facts: list[Fact]) -> dict[str, str | int | float | bool | None]:
    """The facts for machines, by key."""
    return {fact.key: fact.value for fact in facts}
