"""
The demonstration city's assumptions, read from TOML: `city.toml` and `categories/*.toml`.

A category file holds groups (level 1 and 2) with items (level 3). Keys of a
group that an item may override: `unit` and `joint` (who handles it, "street" is
the street of the address), `at` (home, road, shop, site), `hours` and `months`
(profiles of `city.toml`), `trigger` (heating, rain, night), `kind` (its usual
kind), `hard` (how much less often it is solved), `urgency` (where it is stated).
Items have a `weight` and `texts` with the slots {place}, {when} and {n}.
"""

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from data.rules import deadline_rule

FOLDER = Path(__file__).parent
KINDS_OF_PLACE = ("home", "road", "shop", "site")
_FIXED = {"hours": "day", "months": "flat", "trigger": "", "at": "home", "kind": "", "hard": 0.0, "urgency": ""}


@dataclass(frozen=True)
class Category:
    """A third-level category: how often, when, where and by whom. Keys: see the module."""

    levels: tuple[str, str, str]
    group: int
    weight: float
    unit: str
    joint: str
    at: str
    hours: str
    months: str
    trigger: str
    kind: str
    hard: float
    urgency: str
    texts: tuple[tuple[str, str], ...] = field(repr=False)

    @property
    def deadline_hours(self) -> int:
        """What the rules allow, as the store will find it too."""
        rule = deadline_rule()
        return rule.hours[self.urgency or rule.grade("/".join(self.levels))]


@dataclass(frozen=True)
class Plan:
    """All assumptions: the categories, the units that are not streets, and `city.toml` as it stands."""

    categories: tuple[Category, ...]
    departments: tuple[str, ...]
    city: dict[str, Any]


@cache
def read_plan() -> Plan:
    """The plan as shipped."""
    city = tomllib.loads((FOLDER / "city.toml").read_text("utf-8"))
    categories: list[Category] = []
    groups = 0
    for path in sorted((FOLDER / "categories").glob("*.toml")):
        for group in tomllib.loads(path.read_text("utf-8"))["group"]:
            shared = {key: value for key, value in group.items() if key not in ("level_1", "level_2", "items")}
            for item in group["items"]:
                row = {**_FIXED, **shared, **item}
                levels = (group["level_1"], group["level_2"], row.pop("level_3"))
                texts = _texts(row.pop("texts"), city["texts"]["when"], row.pop("n", [""]))
                categories.append(Category(levels=levels, group=groups, texts=texts, **row))
            groups += 1
    departments = {name for one in categories for name in (one.unit, one.joint)} - {"street"}
    return Plan(tuple(categories), tuple(sorted(departments)), city)


def _texts(templates: list[str], when: list[str], numbers: list[str]) -> tuple[tuple[str, str], ...]:
    """Every template with every time and number put in, cut at the place."""
    pairs = {}
    for template, word, number in product(templates, when, numbers):
        before, _, after = template.replace("{when}", word).replace("{n}", number).partition("{place}")
        pairs[before, after] = None
    return tuple(pairs)


def generator(seed: int, *what: int | datetime | date) -> np.random.Generator:
    """A random generator of its own for one purpose: the same numbers give the same stream on every machine."""
    return np.random.default_rng([int(seed) % 2**63, *(_whole(one) for one in what)])


def key_of(seed: int, *what: int | datetime | date) -> int:
    """A 64-bit number for `mixed`, from the seed and what it is for."""
    return int(generator(seed, *what).integers(2**63))


def _whole(value: int | datetime | date) -> int:
    if isinstance(value, datetime):
        return (value - datetime(1970, 1, 1)) // timedelta(seconds=1) + 2**40
    return value.toordinal() if isinstance(value, date) else int(value)


def mixed(*parts: np.ndarray | int) -> np.ndarray:
    """
    Hash whole numbers, the same on every machine (the finaliser of SplitMix64, Steele and others 2014).

    Parameters
    ----------
    parts
        Arrays of one length, or numbers; at least one array.

    Returns
    -------
    hashes
        uint64.
    """
    hashed = np.zeros(1, dtype=np.uint64)
    for part in parts:
        hashed = hashed ^ np.atleast_1d(np.asarray(part)).astype(np.uint64)
        hashed = hashed + np.uint64(0x9E3779B97F4A7C15)
        hashed = (hashed ^ (hashed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        hashed = (hashed ^ (hashed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        hashed = hashed ^ (hashed >> np.uint64(31))
    return hashed


def share(hashes: np.ndarray) -> np.ndarray:
    """Hashes as numbers in [0, 1)."""
    return (hashes >> np.uint64(11)).astype(float) * 2.0**-53
