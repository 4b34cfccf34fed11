"""Towns with names for tests: areas called as people call them, in two vintages, and complaints that state them."""

from datetime import date

import geopandas as gpd

from data.areas import store_areas
from data.places import place_again
from data.store import Store
from tests.cities import TOWN, recount_all

RECUT = date(2025, 3, 1)
DISTRICT = [("1", "丰台区", None)]
STREETS = [("11", "右安门街道", "1"), ("12", "方庄街道", "1"), ("13", "卢沟桥街道", "1"), ("14", "北宫镇", "1")]
# 建设里社区 is in two streets
COMMUNITIES = [
    ("111", "玉林里社区", "11"), ("112", "翠林一里社区", "11"), ("113", "翠林二里社区", "11"),
    ("114", "建设里社区", "11"), ("121", "芳古园社区", "12"),
    ("122", "芳城园社区", "12"), ("123", "建设里社区", "12"), ("124", "南苑村", "12"),
    ("131", "小屯社区", "13"), ("132", "小屯村", "13"), ("141", "北宫社区", "14"), ("142", "14/2号院", "14"),
]  # fmt: skip
NAMES = {"district": DISTRICT, "street": STREETS, "community": COMMUNITIES}
SHAPES = {code: shape for areas in TOWN.values() for code, _, shape in areas}


def give_names(store: Store, names: dict | None = None, *, valid_from: date | None = None) -> None:
    """Store areas with names on the squares of the town, and place what is there already anew."""
    with store.write() as cursor:
        for level, areas in (names or NAMES).items():
            codes, called, parents = zip(*areas, strict=True)
            frame = gpd.GeoDataFrame(
                {"code": codes, "name": called, "parent_code": parents},
                geometry=[SHAPES[code] for code in codes],
                crs="EPSG:4326",
            )
            store_areas(cursor, level, frame, crs_in="wgs84", valid_from=valid_from)
    settle(store)


def settle(store: Store) -> int:
    """Place every complaint anew and recount; how many moved."""
    with store.write() as cursor:
        moved = place_again(cursor)
        recount_all(cursor)
    return moved


def placed(store: Store) -> dict[str, tuple[str | None, list[str]]]:
    """By ticket: how the place is known, and the names of its areas, coarse first."""
    cursor = store.cursor().execute(
        "select c.ticket_no, c.precision, list(a.name order by l.depth, a.area_key) filter (where a.name is not null)"
        " from complaints c left join place_areas p using (place_id) left join areas a using (area_key)"
        " left join levels l on l.level = a.level group by all order by c.ticket_no"
    )
    rows = cursor.fetchall()
    return {ticket: (precision, names or []) for ticket, precision, names in rows}
