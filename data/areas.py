"""Areas as they are asked for: levels, the areas of a day, their shapes, and what stands above them."""

from datetime import date

import geopandas as gpd
import pandas as pd
import shapely

from data.errors import ScopeProblem
from data.hierarchy import store_areas
from data.scope import area_keys
from data.store import Store
from geo.boundaries import simplified

__all__ = ["areas", "bounds", "check_level", "levels", "path_to", "shapes", "store_areas"]


def levels(store: Store) -> tuple[str, ...]:
    """The levels from the coarsest to the finest."""
    return tuple(level for (level,) in store.cursor().execute("select level from levels order by depth").fetchall())


def check_level(store: Store, level: str) -> str:
    """
    The level, when the store has it.

    Raises
    ------
    ScopeProblem
        An unknown level; the sentence lists those there are.
    """
    known = levels(store)
    if level not in known:
        raise ScopeProblem("scope.level", value=level, allowed=", ".join(known) or "-")
    return level


def areas(store: Store, on: date, *, level: str | None = None) -> pd.DataFrame:
    """
    Areas of the vintage that holds on a day.

    Returns
    -------
    areas
        One row per area, sorted by level (coarse first) and code: `area_key` (int),
        `level`, `area_id` (the code), `name`, `parent_key` (int, null at the top),
        `synthetic`, `area_km2`, `lon`, `lat` (a point inside it, WGS84).
    """
    return store.ask("areas", on_day=on, level=level or "")


def shapes(store: Store, on: date, level: str, *, tolerance_m: float = 0.0) -> gpd.GeoDataFrame:
    """
    Areas of a level as shapes.

    Parameters
    ----------
    tolerance_m
        Borders are simplified by about this many metres, shared ones alike; 0 leaves them.

    Returns
    -------
    shapes
        As `areas`, without `area_km2`, with `geometry` in EPSG:4326.
    """
    frame = store.ask("area_shapes", on_day=on, level=check_level(store, level))
    geometry = shapely.from_wkb([bytes(shape) for shape in frame.pop("shape")])
    result = gpd.GeoDataFrame(frame, geometry=geometry, crs="EPSG:4326")
    return simplified(result, tolerance_m) if tolerance_m and len(result) else result


def path_to(store: Store, area_key: int, on: date | None = None) -> list[dict]:
    """
    An area and everything above it, the top first.

    Parameters
    ----------
    on
        The day whose areas stand above it: where a parent does not hold then, the
        area that holds and has the child's label point in it.

    Returns
    -------
    path
        `area_key`, `level`, `area_id`, `name` of each.
    """
    steps = list(store.ask("area_path", area_key=area_key, on_day=on).itertuples())
    found = steps[-1:]
    for step in steps[-2::-1]:
        if step.holds:
            found.append(step)
            continue
        there = shapes(store, on, step.level)
        around = there[there.intersects(shapely.Point(found[-1].lon, found[-1].lat))]
        found += list(around.iloc[:1].itertuples())
    return [{name: getattr(step, name) for name in ("area_key", "level", "area_id", "name")} for step in found[::-1]]


def bounds(store: Store, chosen: tuple[str, ...], on: date) -> tuple[float, float, float, float] | tuple[None, ...]:
    """West, south, east, north of the chosen areas, or of all areas when none is; four None when there are none."""
    keys = area_keys(store, chosen, on) or areas(store, on, level=(levels(store) or ("",))[0])["area_key"].tolist()
    found = store.ask("shapes_by_key", keys=keys)
    if found.empty:
        return None, None, None, None
    return tuple(float(x) for x in shapely.total_bounds(shapely.from_wkb([bytes(shape) for shape in found["shape"]])))
