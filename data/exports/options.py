"""What an export may be asked for beside its scope: read from the texts of an address or a command, or refused."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from data.areas import check_level, levels
from data.complaints import STATES
from data.errors import ExportProblem, ScopeProblem
from data.store import Store
from data.totals import STEPS

DEPTHS = ("1", "2", "3")
MOST_ZOOM = 22


def read_options(store: Store, names: tuple[str, ...], given: Mapping[str, str]) -> dict[str, Any]:
    """
    Options by name, each as its question takes it.

    Parameters
    ----------
    names
        Which ones; others in `given` are none of this export's.
    given
        Texts by name; one that is missing or empty stands for its default.

    Raises
    ------
    ScopeProblem
        A state or level that does not exist.
    ExportProblem
        `export.option`, for any other value that is not allowed.
    """
    return {name: READ[name](store, (given.get(name) or "").strip()) for name in names}


def _state(_: Store, text: str) -> str:
    if text and text not in STATES:
        raise ScopeProblem("scope.state", value=text, allowed=", ".join(STATES))
    return text or STATES[0]


def _level(store: Store, text: str) -> str:
    return check_level(store, text or _below_the_whole(store))


def _by(store: Store, text: str) -> str:
    if text == "unit":
        return text
    known = levels(store)
    if text and text not in known:
        raise ScopeProblem("scope.level", value=text, allowed=", ".join((*known, "unit")))
    return text or _below_the_whole(store) or "unit"


def _below_the_whole(store: Store) -> str:
    """The first level with several areas, as pages and commands begin with."""
    known = levels(store)
    return known[min(1, len(known) - 1)] if known else ""


def _one_of(name: str, allowed: tuple[str, ...], make: Callable[[str], Any] = str) -> Callable[[Store, str], Any]:
    def read(_: Store, text: str) -> Any:
        if text and text not in allowed:
            raise ExportProblem("export.option", name=name, value=text, allowed=", ".join(allowed))
        return make(text or allowed[0])

    return read


def _zoom(_: Store, text: str) -> int:
    # 14: cells of some 120 m at the latitude of Beijing
    number = text or "14"
    if not number.isdecimal() or len(number) > 2 or int(number) > MOST_ZOOM:
        raise ExportProblem("export.option", name="zoom", value=text, allowed=f"0–{MOST_ZOOM}")
    return int(number)


def _bbox(_: Store, text: str) -> tuple[float, ...] | None:
    """West, south, east, north; None where nothing is left out."""
    if not text:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west = south = east = north = math.nan
    if not (all(map(math.isfinite, (west, south, east, north))) and west < east and south < north):
        raise ExportProblem("export.option", name="bbox", value=text[:100], allowed="w,s,e,n")
    return west, south, east, north


READ: dict[str, Callable[[Store, str], Any]] = {
    "state": _state,
    "text": lambda _, text: text,
    "level": _level,
    "by": _by,
    "step": _one_of("step", STEPS),
    "depth": _one_of("depth", DEPTHS, int),
    "zoom": _zoom,
    "bbox": _bbox,
}
