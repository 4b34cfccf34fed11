"""Boundaries held against the store before they are taken in: faults, parents, fates, and a picture of them."""

import hashlib
import json
import math
import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from data.areas import levels, shapes
from data.errors import Problem, ScopeProblem
from data.hierarchy import Span, add_areas, by_size, find_parents, last_day, make_room
from data.replacing import is_same
from data.store import Store
from geo.boundaries import Boundaries, read_boundaries, simplified, to_geojson
from geo.fitting import Candidate, compare, crs_candidates, overlaps
from geo.sources import read_layer

# borders need no more detail than a screen shows
PIXELS = 2_500
METRES_PER_DEGREE = 111_320
# the areas of the latest day there is
LATEST = date.max - timedelta(days=1)


@dataclass(frozen=True)
class Check:
    """
    What would become of a file of boundaries.

    `areas` has a row per area: `code`, `name`, `parent` (code of the area above,
    None where there is none), `fate` (same, changed, new; see
    `geo.fitting.compare`), `kept`, `area_km2`, `mended`, and its shape. `depth`
    is the level's place from the coarsest, `above` the level its parents are of.
    `gone` are codes that are there and do not come; `unknown_parents` counts
    stated parents that are no area, whose place is found by where most lies.
    `refused` says why the store would not take them, None when it would.
    """

    report: dict[str, Any]
    areas: gpd.GeoDataFrame
    overlaps: pd.DataFrame
    gone: list[str]
    depth: int
    above: str | None
    unknown_parents: int
    unchanged: bool
    refused: Problem | None


def check(
    store: Store,
    path: Path,
    level: str,
    *,
    id_column: str,
    name_column: str,
    parent_column: str | None = None,
    crs: str | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    layer: str | None = None,
    encoding: str | None = None,
    replacing: bool = False,
) -> Check:
    """
    Read a file of boundaries as `data.replacing.import_boundaries` would, and store nothing.

    Raises
    ------
    BoundaryProblem
        The file cannot be read so.
    ScopeProblem
        `scope.level_name`.
    """
    if not level.isidentifier():
        raise ScopeProblem("scope.level_name", value=level)
    read = read_boundaries(
        path, id_column=id_column, name_column=name_column, parent_column=parent_column, crs=crs, layer=layer,
        encoding=encoding,
    )  # fmt: skip
    span = (valid_from, valid_to)
    refused, depth, above, parents = _tried(store, level, read, span, replacing=replacing)
    present = _present(store, level, span[0] or last_day(span))
    fates, gone = compare(read.frame, present)
    stated = read.frame["parent_code"].notna()
    areas = read.frame[["code", "name", "geometry"]].assign(
        parent=parents, fate=fates["fate"], kept=fates["kept"], area_km2=fates["area_km2"],
        mended=read.frame["code"].isin(read.report["mended"]),
    )  # fmt: skip
    return Check(
        report=read.report,
        areas=areas,
        overlaps=overlaps(read.frame),
        gone=gone,
        depth=depth,
        above=above,
        unknown_parents=int((stated & (read.frame["parent_code"] != areas["parent"])).sum()) if above else 0,
        unchanged=is_same(store, level, read.frame, span),
        refused=refused,
    )


def _tried(
    store: Store, level: str, read: Boundaries, span: Span, *, replacing: bool
) -> tuple[Problem | None, int, str | None, list[str | None]]:
    """What the store says to the areas, on a copy of its own that nobody else sees."""
    cursor, refused = store.cursor(), None
    cursor.execute("create temp table areas as from areas")
    try:
        make_room(cursor, level, span, replace=replacing)
    except ScopeProblem as problem:
        refused = problem
        cursor.execute("delete from areas where level = $level", {"level": level})
    add_areas(cursor, level, read.frame, span, crs_in=read.report["crs_in"])
    find_parents(cursor, level, span)
    order = by_size(cursor)
    rows = cursor.execute(
        "select a.code, p.code from areas a left join areas p on p.area_key = a.parent_key where a.level = $level"
        " and a.valid_from is not distinct from $since and a.valid_to is not distinct from $until",
        {"level": level, "since": span[0], "until": span[1]},
    ).fetchall()
    above = dict(rows)
    place = order.index(level)
    return refused, place + 1, order[place - 1] if place else None, [above[code] for code in read.frame["code"]]


def _present(store: Store, level: str, on: date) -> gpd.GeoDataFrame:
    """The level's areas of a day, none for a level that is not there."""
    if level not in levels(store):
        return gpd.GeoDataFrame({"code": []}, geometry=[], crs="EPSG:4326")
    return shapes(store, on, level).rename(columns={"area_id": "code"})


def candidates(store: Store, path: Path, *, layer: str | None = None, encoding: str | None = None) -> list[Candidate]:
    """The coordinate systems a file's numbers could be in, by how well they then lie in the areas that are there."""
    raw = read_layer(path, layer=layer, encoding=encoding)
    known = levels(store)
    return crs_candidates(raw.frame.geometry, _present(store, known[0] if known else "", LATEST))


def keep_picture(upload: Path, found: Check) -> str:
    """
    Keep the areas for the map of the page, beside the upload they are from.

    Returns
    -------
    picture
        The name under which `read_picture` finds them; another one for another picture.
    """
    west, south, east, north = found.areas.total_bounds
    width = max((east - west) * math.cos(math.radians((south + north) / 2)), north - south) * METRES_PER_DEGREE
    frame = simplified(found.areas, width / PIXELS)
    frame = frame.assign(key=range(len(frame)), synthetic=False, kept=frame["kept"].round(4))
    text = json.dumps(to_geojson(frame), ensure_ascii=False, allow_nan=False)
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    (upload.parent / f"{name}.json").write_text(text, "utf-8")
    return f"{upload.parent.name}-{name}"


def read_picture(home: Path, picture: str) -> dict[str, Any]:
    """
    A picture by the name that `keep_picture` gave.

    Raises
    ------
    ScopeProblem
        `scope.no_picture`, if there is none.
    """
    # nothing but names we give is ever looked for
    if re.fullmatch("[0-9a-f]{16}-[0-9a-f]{16}", picture):
        upload, _, name = picture.partition("-")
        path = home / "uploads" / upload / f"{name}.json"
        if path.is_file():
            return json.loads(path.read_text("utf-8"))
    raise ScopeProblem("scope.no_picture", value=picture[:40])
