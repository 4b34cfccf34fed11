"""The tab of boundaries, from a file on disk to a re-cut that every page tells of; and what its map fetches."""

import asyncio
import json
import shutil
from datetime import date

import geopandas as gpd
import httpx
import pytest
import shapely
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

import api
from data.areas import areas, shapes
from data.boundary_check import check, keep_picture, read_picture
from data.errors import ScopeProblem
from data.jobs import shared_jobs, stop_shared
from data.uploads import keep_upload
from data.vintages import vintages
from tests.pages.conftest import MARKUP, ROOT, UNTIL, use

CUT = date(2026, 6, 1)


@pytest.fixture
def home(built, tmp_path, monkeypatch):
    """A city of its own, to be changed."""
    own = tmp_path / "home"
    shutil.copytree(built["city"], own)
    yield own
    stop_shared()


@pytest.fixture
def kept(home, monkeypatch):
    return use(home, monkeypatch)


@pytest.fixture
def upload(kept, home, tmp_path):
    """The streets of the city, the first two made one, as a file handed in."""
    streets = shapes(kept, UNTIL.date(), "street")[["area_id", "name", "geometry"]]
    both = shapely.union_all(streets.geometry[:2])
    frame = streets.iloc[1:].reset_index(drop=True)
    frame.loc[0, ["area_id", "name"]] = ["110106999", MARKUP]
    frame.loc[0, "geometry"] = both
    frame.to_file(tmp_path / "a.gpkg")
    return keep_upload(home, f"{MARKUP}.gpkg", [(tmp_path / "a.gpkg").read_bytes()])


def tab(path=None, **query) -> AppTest:
    at = AppTest.from_file(str(ROOT / "pages" / "shell.py"), default_timeout=60)
    for key, value in {"tab": "boundaries", **query}.items():
        at.query_params[key] = value
    if path:
        at.session_state["boundary_upload"] = str(path)
    at.switch_page("manage.py")
    return at.run()


def said(at: AppTest) -> str:
    kinds = (at.title, at.subheader, at.caption, at.markdown, at.info, at.warning, at.error, at.success)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def box(at: AppTest, label: str):
    return next(one for one in at.selectbox if one.label == label)


def test_without_a_file_the_present_boundaries_are_listed(kept):
    at = tab()
    assert not at.exception
    (table,) = at.dataframe
    assert table.value["areas"].tolist() == vintages(kept)["areas"].tolist()
    assert set(table.value["since"]) == {"一直"}


def test_a_file_is_seen_checked_and_brought_in(kept, home, upload):
    at = tab(upload)
    assert not at.exception
    assert [box(at, label).value for label in ("编码", "名称", "上级编码", "坐标系")] == ["area_id", "name", "", ""]
    # nothing is taken for granted: the level is a person's word
    assert box(at, "层级").value is None
    assert not [button for button in at.button if button.label == "导入边界"]
    at = box(at, "层级").set_value("street").run()
    assert "--valid-from" in said(at)
    assert next(button for button in at.button if button.label == "导入边界").disabled
    at = at.date_input[0].set_value(CUT).run()
    text = said(at)
    assert "不再出现 2 个" in text
    assert "110106001、110106002" in text
    assert "新编码 1 个" in text
    at = next(button for button in at.button if button.label == "导入边界").click().run()
    assert not at.exception
    queue = shared_jobs(kept, home, lambda: UNTIL)
    (job,) = queue.all()
    assert queue.wait(job.job_id, 60).state == "done"
    text = said(at.run())
    assert "个辖区已导入" in text
    assert not upload.exists()
    assert vintages(kept).query("level == 'street'")["since"].tolist() == [None, CUT]
    # the name of a file or an area is never markup
    assert MARKUP not in text


def test_every_page_tells_of_the_recut_and_offers_either(kept, upload):
    check_in(kept, upload)
    at = AppTest.from_file(str(ROOT / "pages" / "shell.py"), default_timeout=60)
    for key, value in {"period": "custom", "since": "2026-03-01", "until": "2026-09-30"}.items():
        at.query_params[key] = value
    at = at.switch_page("rankings.py").run()
    assert box(at, "边界").options == ["时段末日的", "2026-06-01 之前的", "2026-06-01 起的"]
    assert "2026年边界调整（2026-06-01 起）" in said(at)
    new = at.dataframe[0].value["name"].tolist()
    at = box(at, "边界").set_value("2026-05-31").run()
    old = at.dataframe[0].value["name"].tolist()
    assert (MARKUP in new, MARKUP in old, len(old) - len(new)) == (True, False, 1)
    assert at.query_params["vintage"] == "2026-05-31"
    assert "此处按调整前的边界" in said(at)
    assert "按 2026-05-31 的边界" in said(at)


@pytest.mark.parametrize(("asked", "kept_choice"), [("2021-01-01", "2021-01-01"), ("junk", ""), ("9999-99-99", "")])
def test_a_link_may_name_any_day_and_rubbish_is_said(kept, upload, asked, kept_choice):
    check_in(kept, upload)
    at = AppTest.from_file(str(ROOT / "pages" / "shell.py"), default_timeout=60)
    at.query_params["vintage"] = asked
    at.run()
    assert not at.exception
    assert box(at, "边界").value == kept_choice
    assert bool(at.toast) == (not kept_choice)


def test_without_a_recut_there_is_nothing_to_choose(kept):
    at = AppTest.from_file(str(ROOT / "pages" / "shell.py"), default_timeout=60)
    at.query_params["vintage"] = "2021-01-01"
    at.run()
    assert "边界" not in {one.label for one in at.selectbox}
    assert "vintage" not in at.query_params


def test_a_file_that_is_none_is_a_sentence(home, kept):
    at = tab(keep_upload(home, "a.zip", [b"PK\x03\x04rubbish"]))
    assert not at.exception
    assert "a.zip" in at.error[0].value
    assert next(button for button in at.button if button.label == "换一个文件")


def test_a_system_nobody_declared_is_asked_for(home, kept):
    shape = shapes(kept, UNTIL.date(), "district").geometry[0]
    feature = {
        "type": "Feature",
        "properties": {"id": 1, "name": "x"},
        "geometry": json.loads(shapely.to_geojson(shape)),
    }
    content = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    at = tab(keep_upload(home, "a.geojson", [content]))
    at = box(at, "层级").set_value("city").run()
    crs = box(at, "坐标系")
    assert crs.value is None
    assert "wgs84（100.0% 落在已有辖区内）" in crs.options
    assert not [button for button in at.button if button.label == "导入边界"]
    at = crs.set_value("wgs84").run()
    assert not at.exception
    assert "1 个市" in said(at)


# --- what the map fetches


def check_in(store, path):
    from data.replacing import import_boundaries

    import_boundaries(store, path, "street", id_column="area_id", name_column="name", valid_from=CUT)


def get(path):
    async def once():
        reached = httpx.ASGITransport(app=Starlette(routes=api.routes()))
        async with httpx.AsyncClient(transport=reached, base_url="http://127.0.0.1") as client:
            return await client.get(path)

    return asyncio.run(once())


def test_the_map_of_what_is_coming_is_drawn_from_its_picture(kept, home, upload):
    found = check(kept, upload, "street", id_column="area_id", name_column="name", valid_from=CUT)
    assert (found.depth, found.above, found.refused, found.unchanged) == (2, "district", None, False)
    assert set(found.areas["parent"]) == {"110106"}
    picture = keep_picture(upload, found)
    assert picture == keep_picture(upload, found)
    shown = get(f"/api/map/preview/areas?picture={picture}").json()
    assert len(shown["features"]) == len(found.areas) == len(areas(kept, UNTIL.date(), level="street")) - 1
    values = get(f"/api/map/preview/values?picture={picture}&above=1&lang=en").json()
    new = next(one["properties"] for one in shown["features"] if one["properties"]["code"] == "110106999")
    assert new["name"] == MARKUP
    assert "new code" in values["values"][str(new["key"])]["text"]
    assert {one["label"] for one in values["legend"]["classes"]} == {"same as present", "new code"}
    # nothing of the store has changed
    assert len(vintages(kept)) == 4


def test_an_area_without_a_parent_is_seen_on_the_map(kept, home, tmp_path):
    frame = gpd.GeoDataFrame({"id": ["a"], "name": ["A"]}, geometry=[shapely.box(110, 30, 110.01, 30.01)], crs=4326)
    frame.to_file(tmp_path / "a.gpkg")
    path = keep_upload(home, "a.gpkg", [(tmp_path / "a.gpkg").read_bytes()])
    found = check(kept, path, "zone", id_column="id", name_column="name")
    assert (found.above is not None, found.areas["parent"].tolist()) == (True, [None])
    values = get(f"/api/map/preview/values?picture={keep_picture(path, found)}&above=1").json()
    assert values["legend"]["classes"] == [{"label": "没有上级", "color": "#b5179e"}]


@pytest.mark.parametrize(
    "name", ["", "x", "../../secret.key", "0" * 16, f"{'0' * 16}-{'0' * 16}", f"..{'0' * 14}-{'0' * 16}", "a" * 5000]
)
def test_no_other_file_is_a_picture(kept, home, name):
    with pytest.raises(ScopeProblem):
        read_picture(home, name)
    for part in ("areas", "values"):
        answer = get(f"/api/map/preview/{part}?picture={name}")
        assert (answer.status_code, answer.json()["error"]) == (400, "scope.no_picture")
