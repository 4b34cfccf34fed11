"""How the places of complaints are known: by a coordinate, by an area they state, or not at all."""

import pandas as pd

from data.areas import check_level
from data.scope import Scope
from data.store import Store

# what `precision` is beside the name of a level
POINT, NONE = "point", "none"


def precisions(store: Store, scope: Scope, level: str = "") -> pd.DataFrame:
    """
    Complaints received in a scope by how precisely their place is known.

    Parameters
    ----------
    store
        An open store.
    scope
        Period and filters; with areas only complaints that lie in them.
    level
        The level of a map; `placed` counts what lies in an area of it. '' counts what
        lies in any area.

    Returns
    -------
    precisions
        One row per kind, also where there is none: `precision` is point (a usable
        coordinate), then each level, coarse first (a stated area of that level, so
        that the complaint counts there and above, and on no finer map), then none.
        `complaints`, of them `placed`, and `unplaced`: those that lie in no area of
        any level, among them points outside every area.

    Raises
    ------
    ScopeProblem
        An unknown level, area, category or channel.
    """
    return store.ask("precisions", level=check_level(store, level) if level else "", **scope.params(store))
