"""Where complaints come from: made-up addresses with fixed points inside the real or schematic areas of a store."""

from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from data.city.plan import KINDS_OF_PLACE, Plan, generator
from data.errors import StoreProblem
from data.places import Places

_METRES_LAT = 111_320.0
_DECIMALS = 6
_TRIES = 60


@dataclass(frozen=True)
class Addresses:
    """
    The addresses of a city, each with its point, community, street and weight.

    `street` and `community` are positions in `streets` and `communities`
    (frames with `code` and `name`, in order of code); `kind` is a position in
    `KINDS_OF_PLACE`; `weight` sums to 1 over each kind.
    """

    text: pa.Array
    lon: np.ndarray
    lat: np.ndarray
    place_id: np.ndarray
    kind: np.ndarray
    community: np.ndarray
    street: np.ndarray
    weight: np.ndarray
    communities: pd.DataFrame
    streets: pd.DataFrame


def make_addresses(cursor: duckdb.DuckDBPyConnection, plan: Plan, seed: int, on_day: date) -> Addresses:
    """
    Make up a city's addresses from the areas of its store.

    Compounds and other addresses lie inside the grids where the store has
    grids, else inside the communities; every point lies strictly inside the
    community its text names. Places that are new are stored.

    Parameters
    ----------
    cursor
        Of the write under way.
    plan
        The assumptions.
    seed
        Of the city. The addresses depend on nothing else.
    on_day
        Which vintage of the areas.

    Raises
    ------
    StoreProblem
        `demo.no_areas`, if the store has no streets with communities on that day.
    """
    streets, communities, grids = _areas(cursor, on_day)
    rng = generator(seed, 11)
    weight = _weights(plan, communities, len(streets), rng)
    frame = pd.concat([_homes(plan, weight, rng), *_others(plan, weight, rng)], ignore_index=True)
    frame["text"] = communities["name"].to_numpy()[frame["community"]] + frame["label"]
    frame["lon"], frame["lat"] = _points(plan, frame, communities, grids, rng)
    inside = np.exp(rng.normal(0, plan.city["volume"]["address_spread"], len(frame)))
    within = pd.Series(inside).groupby([frame["kind"], frame["community"]]).transform("sum").to_numpy()
    lon, lat = frame["lon"].to_numpy(), frame["lat"].to_numpy()
    at = frame["community"].to_numpy()
    return Addresses(
        text=pa.array(frame["text"], pa.string()),
        lon=lon,
        lat=lat,
        place_id=Places.of(cursor).place(cursor, lon, lat),
        kind=frame["kind"].to_numpy(),
        community=at,
        street=communities["street"].to_numpy()[at],
        weight=weight[at] * inside / within,
        communities=communities,
        streets=streets,
    )


def _areas(cursor: duckdb.DuckDBPyConnection, on_day: date) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    areas = pd.DataFrame(
        cursor.execute(
            "select area_key, level, code, name, parent_key, shape from areas"
            " where holds_on(valid_from, valid_to, $on_day) order by code, area_key",
            {"on_day": on_day},
        ).fetchall(),
        columns=["area_key", "level", "code", "name", "parent_key", "shape"],
    )
    level = {name: areas[areas["level"] == name].reset_index(drop=True) for name in ("street", "community", "grid")}
    streets, communities, grids = level["street"], level["community"], level["grid"]
    communities["street"] = _position(streets, communities)
    communities = communities[communities["street"] >= 0].reset_index(drop=True)
    if communities.empty:
        raise StoreProblem("demo.no_areas", day=on_day.isoformat())
    grids["community"] = _position(communities, grids)
    for frame in (communities, grids):
        frame["shape"] = list(shapely.from_wkb([bytes(one) for one in frame["shape"]]))
    return streets, communities, grids[grids["community"] >= 0].reset_index(drop=True)


def _position(parents: pd.DataFrame, children: pd.DataFrame) -> np.ndarray:
    keys = pd.Index(parents["area_key"])
    return keys.get_indexer(children["parent_key"]).astype(np.int32)


def _weights(plan: Plan, communities: pd.DataFrame, streets: int, rng: np.random.Generator) -> np.ndarray:
    """How much of all complaints each community has: what its people would be, if their number were public."""
    volume = plan.city["volume"]
    of_street = np.exp(rng.normal(0, volume["street_spread"], streets))[communities["street"]]
    of_community = np.exp(rng.normal(0, volume["community_spread"], len(communities)))
    village = np.where(communities["name"].str.endswith("村"), volume["village"], 1.0)
    weight = of_street * of_community * village
    return weight / weight.sum()


def _counts(average: int, weight: np.ndarray, least: int) -> np.ndarray:
    return np.maximum(np.round(average * (weight * len(weight)) ** 0.7).astype(int), least)


def _homes(plan: Plan, weight: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Buildings in numbered compounds; `anchor` numbers the compounds."""
    facts, names = plan.city["addresses"], plan.city["texts"]["addresses"]["compound"]
    compounds = _counts(facts["compounds"], weight, 2)
    community = np.repeat(np.arange(len(weight)), compounds)
    number = np.concatenate([np.arange(1, count + 1) for count in compounds])
    style = rng.integers(len(names), size=len(community))
    labels = np.array([names[s].format(n=n) for s, n in zip(style, number, strict=True)], dtype=object)
    buildings = rng.integers(facts["buildings"] // 2, facts["buildings"] * 3 // 2 + 1, size=len(community))
    anchor = np.repeat(np.arange(len(community)), buildings)
    building = np.concatenate([np.arange(1, count + 1) for count in buildings]).astype(str).astype(object)
    return pd.DataFrame(
        {"kind": 0, "community": community[anchor], "anchor": anchor, "label": labels[anchor] + building + "号楼"}
    )


def _others(plan: Plan, weight: np.ndarray, rng: np.random.Generator) -> list[pd.DataFrame]:
    """Roads, shops and sites."""
    facts, names = plan.city["addresses"], plan.city["texts"]["addresses"]
    frames = []
    for kind, name in enumerate(KINDS_OF_PLACE[1:], start=1):
        counts = _counts(facts[name], weight, 2)
        if name == "shop":
            labels = [[names["shop"].format(n=n) for n in range(1, count + 1)] for count in counts]
        else:
            counts = np.minimum(counts, len(names[name]))
            labels = [[names[name][at] for at in rng.permutation(len(names[name]))[:count]] for count in counts]
        frames.append(
            pd.DataFrame(
                {
                    "kind": kind,
                    "community": np.repeat(np.arange(len(weight)), counts),
                    "anchor": -1,
                    "label": [label for some in labels for label in some],
                }
            )
        )
    return frames


def _points(
    plan: Plan, frame: pd.DataFrame, communities: pd.DataFrame, grids: pd.DataFrame, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    shapes = communities["shape"].to_numpy()
    shapely.prepare(shapes)
    home = (frame["anchor"] >= 0).to_numpy()
    anchors = frame[home].drop_duplicates("anchor")["community"].to_numpy()
    lone = frame.loc[~home, "community"].to_numpy()
    drawn_in = _finest(np.concatenate([anchors, lone]), shapes, grids, rng)
    x, y = _inside(drawn_in, rng)
    lon, lat = np.empty(len(frame)), np.empty(len(frame))
    lon[~home], lat[~home] = x[len(anchors) :], y[len(anchors) :]
    # buildings lie about their compound, in the same community
    anchor = frame.loc[home, "anchor"].to_numpy()
    centre_x, centre_y = x[anchor], y[anchor]
    bx, by, open_ = centre_x.copy(), centre_y.copy(), np.arange(len(anchor))
    around = shapes[frame.loc[home, "community"].to_numpy()]
    spread = plan.city["addresses"]["spread_m"] / _METRES_LAT
    for attempt in range(10):
        step = rng.normal(0, spread * 0.6 * 0.7**attempt, (2, len(open_)))
        tx = np.round(centre_x[open_] + step[0] / np.cos(np.radians(centre_y[open_])), _DECIMALS)
        ty = np.round(centre_y[open_] + step[1], _DECIMALS)
        fits = shapely.contains_xy(around[open_], tx, ty)
        bx[open_[fits]], by[open_[fits]] = tx[fits], ty[fits]
        open_ = open_[~fits]
        if not len(open_):
            break
    lon[home], lat[home] = bx, by
    return lon, lat


def _finest(community: np.ndarray, shapes: np.ndarray, grids: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """The polygon in which to draw for each community: one of its grids, or itself."""
    drawn_in = shapes[community].copy()
    order = np.argsort(grids["community"].to_numpy(), kind="stable")
    counts = np.bincount(grids["community"].to_numpy(), minlength=len(shapes))
    starts = np.concatenate([[0], np.cumsum(counts)])[community]
    has = counts[community] > 0
    at = starts[has] + (rng.random(has.sum()) * counts[community][has]).astype(int)
    cells = grids["shape"].to_numpy()
    shapely.prepare(cells)
    drawn_in[has] = cells[order[at]]
    return drawn_in


def _inside(polygons: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A random point strictly inside each polygon, drawn in its box until it fits."""
    west, south, east, north = shapely.bounds(polygons).T
    middle = shapely.get_coordinates(shapely.point_on_surface(polygons)).round(_DECIMALS)
    x, y, open_ = middle[:, 0].copy(), middle[:, 1].copy(), np.arange(len(polygons))
    for _ in range(_TRIES):
        u, v = rng.random((2, len(open_)))
        tx = np.round(west[open_] + u * (east - west)[open_], _DECIMALS)
        ty = np.round(south[open_] + v * (north - south)[open_], _DECIMALS)
        fits = shapely.contains_xy(polygons[open_], tx, ty)
        x[open_[fits]], y[open_[fits]] = tx[fits], ty[fits]
        open_ = open_[~fits]
        if not len(open_):
            break
    return x, y
