"""Where complaints lie, summed to the cells of a screen; no cell is finer than some 30 m."""

import math

import pandas as pd

from data.scope import Scope
from data.store import Store

# web map: 256 pixels hold the world at zoom 0
TILE_PX = 256
CELL_PX = 16
CAP = 5_000
# cells stop shrinking here, at some 30 m, so that a cell is not one front door
FINEST_ZOOM = 16


def heat(
    store: Store,
    scope: Scope,
    bbox: tuple[float, float, float, float] = (-180.0, -90.0, 180.0, 90.0),
    zoom: int = 11,
    *,
    cap: int = CAP,
) -> pd.DataFrame:
    """
    Complaints received, by cells of about 16 by 16 screen pixels.

    Parameters
    ----------
    bbox
        West, south, east, north of the viewport, WGS84 degrees.
    zoom
        Zoom of a web map, 0-22; decides the size of a cell.
    cap
        At most so many cells, the fullest first.

    Returns
    -------
    heat
        One row per cell with a complaint: `lon`, `lat` (mean position of its
        complaints), `complaints`, and in every row `located` (complaints in the
        viewport) and `cells` (cells there are, more than rows where the cap bit).
        Complaints without a usable coordinate are in no cell.
    """
    west, south, east, north = bbox
    cell_lon, cell_lat = cell_degrees(bbox, zoom)
    params = scope.params(store) | {"west": west, "south": south, "east": east, "north": north}
    return store.ask("heat", facts="complaints", cell_lon=cell_lon, cell_lat=cell_lat, cap=cap, **params)


def cell_degrees(bbox: tuple[float, float, float, float], zoom: int) -> tuple[float, float]:
    """
    Width and height of a cell in degrees, square on the ground in the middle of the viewport.

    A degree of latitude is longer on a web map by 1/cos(latitude), so a cell has
    fewer of them.
    """
    width = CELL_PX * 360 / (TILE_PX * 2 ** min(max(int(zoom), 0), FINEST_ZOOM))
    middle = max(min((bbox[1] + bbox[3]) / 2, 85), -85)
    return width, width * math.cos(math.radians(middle))
