"""The map: nothing from elsewhere, the same script every time, commands that cannot break out, honest classes."""

import asyncio
import json
import math
import re
from itertools import pairwise
from pathlib import Path

import folium
import httpx
import pytest
from folium.plugins import FastMarkerCluster, MarkerCluster
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from api.assets import FILES, routes
from geo import palette
from geo.layers import ASSETS, clicked, command, live_map, localise_assets

WORDS = {"synthetic": "示意边界，非官方", "data_at": "数据截至", "loading": "正在读取", "offline": "连接中断"}
HOSTILE = "</script><script>alert(1)</script>\u2028'\"\\ {{ 'name' }} {% raw %} <!-- 长辛店_div_0"


def links(html):
    return re.findall(r'(?:src|href)="([^"]+)"', html)


def page_of(drawn):
    return drawn.get_root().render()


def state_of(group):
    """What the browser would read: the argument of window.whistlemap.set, as JSON."""
    drawn = live_map()
    group.add_to(drawn)
    (found,) = re.findall(r"whistlemap\.set\((.*)\);", page_of(drawn))
    return found, json.loads(found)


# --- nothing from elsewhere


def test_every_link_of_the_map_is_our_own():
    found = links(page_of(live_map()))
    assert len(found) == 3
    assert all(link.startswith("/assets/") for link in found)
    assert "http" not in page_of(live_map()).replace("http-equiv", "").replace('content="text/html', "")


def test_clusters_are_localised_too_and_a_second_call_changes_nothing():
    localise_assets()
    before = [list(each.default_js + each.default_css) for each in (folium.Map, MarkerCluster, FastMarkerCluster)]
    localise_assets()
    after = [list(each.default_js + each.default_css) for each in (folium.Map, MarkerCluster, FastMarkerCluster)]
    assert before == after
    assert all(url.startswith("/assets/") for each in after for _, url in each)


def test_a_base_path_goes_before_every_link():
    try:
        assert all(link.startswith("/hotline/assets/") for link in links(page_of(live_map(base="/hotline/"))))
    finally:
        localise_assets()


def get(path):
    async def ask():
        reached = httpx.ASGITransport(app=Starlette(routes=routes()))
        async with httpx.AsyncClient(transport=reached, base_url="http://127.0.0.1") as client:
            return await client.get(path)

    return asyncio.run(ask())


@pytest.mark.parametrize("path", sorted(path for path in ASSETS.values() if path))
def test_every_link_is_served_for_long(path):
    answer = get(path)
    assert answer.status_code == 200
    assert "max-age=31536000" in answer.headers["cache-control"]


@pytest.mark.parametrize("path", ["leaflet/leaflet-src.js", "folium/%2e%2e/folium.py", "folium/"])
def test_other_files_of_the_packages_are_not_served(path):
    assert get(f"/assets/{path}").status_code == 404


def test_every_served_file_exists():
    assert {mount.path for mount in routes()} == {f"/assets/{name}" for name in FILES}


# --- the same script every time


def test_the_map_is_the_same_from_call_to_call():
    assert page_of(live_map()) == page_of(live_map())
    assert page_of(live_map()) != page_of(live_map(refresh_seconds=60))


def test_streamlit_folium_sees_the_same_map_whatever_the_command():
    from streamlit_folium import _get_feature_group_string, _get_map_string, generate_js_hash

    def seen(**state):
        drawn = live_map()
        page_of(drawn)
        drawn.render()
        script = _get_map_string(drawn)
        return generate_js_hash(script, "map"), script, _get_feature_group_string(command(words=WORDS, **state), drawn)

    one, other = seen(areas="/api/a"), seen(areas="/api/b", selected=7)
    assert one[:2] == other[:2]
    assert one[2] != other[2]
    # st_folium renames what looks like folium's ids: our file must come through untouched
    assert (Path(__file__).parents[1] / "geo" / "live_layer.js").read_text(encoding="utf-8").strip() in one[1]


def test_a_refresh_below_a_second_is_refused():
    with pytest.raises(ValueError, match="refresh_seconds"):
        live_map(refresh_seconds=0)


def test_the_live_layer_writes_names_as_text_only():
    source = (Path(__file__).parents[1] / "geo" / "live_layer.js").read_text(encoding="utf-8")
    for risky in ("innerHTML", "insertAdjacentHTML", "eval(", "new Function", "document.write", "http:", "https:"):
        assert risky not in source
    for tag in ("{{", "{%", "{#"):  # branca reads the finished script as a template once more
        assert tag not in source


# --- commands


def test_a_command_is_the_whole_state():
    _, state = state_of(command(words=WORDS, areas="/api/areas/street"))
    assert state == {
        "areas": "/api/areas/street",
        "values": None,
        "heat": None,
        "outline": None,
        "fit": None,
        "selected": None,
        "labels": False,
        "words": WORDS,
    }


def test_hostile_text_stays_text():
    from streamlit_folium import _get_feature_group_string

    group = command(words=WORDS | {"offline": HOSTILE}, values=f"/api/values?q={HOSTILE}")
    text, state = state_of(group)
    assert state["words"]["offline"] == HOSTILE
    assert text.isascii()
    assert not set(text) & set("<>&'%#")
    assert "{{" not in text
    drawn = live_map()
    page_of(drawn)
    through = _get_feature_group_string(command(words=WORDS | {"offline": HOSTILE}), drawn)
    assert json.loads(re.search(r"set\((.*)\);", through)[1])["words"]["offline"] == HOSTILE


def test_a_view_is_two_corners():
    assert state_of(command(words=WORDS, fit=((39, 116), (40, 117))))[1]["fit"] == [[39, 116], [40, 117]]
    for wrong in ((39, 116), ((39, 116),), ((39, math.nan), (40, 117))):
        with pytest.raises((ValueError, TypeError)):
            command(words=WORDS, fit=wrong)


def test_a_missing_word_is_refused_by_name():
    with pytest.raises(ValueError, match="synthetic"):
        command(words={"data_at": "", "loading": "", "offline": ""})


def test_a_click_is_told_once():
    area = {"key": 7, "code": "110106001", "name": "丰台", "level": "street"}
    answer = {"clicked": area, "n": 12}
    assert clicked(answer) == (area, 12)
    assert clicked(answer, 12) == (None, 12)
    assert clicked(answer | {"n": 13}, 12) == (area, 13)


@pytest.mark.parametrize("answer", [None, {}, {"clicked": "x", "n": 3}, {"clicked": {}, "n": "3"}])
def test_what_is_no_click_is_none(answer):
    assert clicked(answer, 2) == (None, 2)


# --- classes

figures = st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9), st.floats(), st.integers(-99, 99)), max_size=60)
counts = st.lists(st.integers(0, 10**7), max_size=60)


def holds(each, value, last):
    return each["low"] <= value < each["high"] or (last and value == each["high"])


def check(found, values, steps):
    known = [v for v in values if v is not None and math.isfinite(v)]
    assert bool(found) == bool(known)
    assert len(found) <= steps
    for value in known:
        holding = [each for at, each in enumerate(found) if holds(each, value, at == len(found) - 1)]
        assert holding == [palette.class_of(value, found)]
    for low, high in pairwise(found):
        assert low["high"] == high["low"]
    assert len({each["color"] for each in found}) == len({each["label"] for each in found}) == len(found)


@settings(deadline=None, max_examples=60)
@given(values=counts, steps=st.integers(1, 8))
def test_each_count_is_in_exactly_one_class(values, steps):
    found = palette.classes(values, steps=steps, whole=True)
    check(found, values, steps)
    for each in found:  # no class is empty
        assert any(palette.class_of(value, found) is each for value in values)


@settings(deadline=None, max_examples=60)
@given(values=st.lists(st.integers(0, 1000).map(lambda v: v / 10), max_size=60), target=st.integers(0, 100))
def test_each_rate_is_in_exactly_one_class_on_its_side_of_the_target(values, target):
    check(palette.classes(values), values, 6)
    found = palette.classes(values, kind="diverging", target=target)
    check(found, values, 6)
    assert all(each["high"] <= target or each["low"] >= target for each in found)


@settings(deadline=None, max_examples=60)
@given(values=figures)
def test_any_figures_at_all_get_classes(values):
    found = palette.classes(values)
    for value in values:
        held_by = palette.class_of(value, found)
        assert (held_by is None) == (value is None or not math.isfinite(value))
        assert palette.colour_of(value, found) == (held_by["color"] if held_by else palette.NO_DATA)


def labels(values, **how):
    return [each["label"] for each in palette.classes(values, **how)]


def test_labels_state_their_ends():
    assert labels([3, 100, 5000], whole=True) == ["0 – 99", "100 – 4,999", "5,000"]
    assert labels([82, 88, 96], steps=3) == ["82.0 – <85.0", "85.0 – <90.0", "90.0 – 96.0"]
    assert labels([1, 2], whole=True) == ["1", "2"]


def test_many_zeros_are_a_class_of_their_own():
    assert labels([0] * 8 + [5, 9, 12], whole=True)[0] == "0"
    assert labels([0, *range(1, 60)], whole=True)[0] != "0"


def test_few_or_equal_or_missing_figures():
    assert palette.classes([]) == []
    assert palette.classes([None, math.nan]) == []
    assert labels([7, 7], whole=True) == ["7"]
    assert labels([90.0], kind="diverging", target=90) == ["90.0"]


def test_a_figure_beyond_the_ends_wears_the_end_colour():
    found = palette.classes([10, 20, 30], whole=True)
    assert palette.class_of(-5, found) is found[0]
    assert palette.class_of(500, found) is found[-1]


def test_colours_run_from_light_to_dark_and_turn_round():
    def light(colour):
        return sum(int(colour[at : at + 2], 16) for at in (1, 3, 5))

    for ramp in palette.RAMPS:
        colours = [each["color"] for each in palette.classes(range(100), whole=True, ramp=ramp)]
        turned = [each["color"] for each in palette.classes(range(100), whole=True, ramp=ramp, reverse=True)]
        assert colours == sorted(colours, key=light, reverse=True) == turned[::-1]


def test_wrong_questions_are_refused():
    for how in ({"steps": 0}, {"steps": 9}, {"kind": "diverging"}, {"ramp": "jet"}):
        with pytest.raises(ValueError, match=r"steps|target|ramp"):
            palette.classes([1, 2, 3], **how)


def test_the_legend_names_every_class_and_no_data():
    found = palette.classes([1, 2, 3], whole=True)
    said = palette.legend("诉求件数", found, "无数据")
    assert [row["label"] for row in said["classes"]] == ["1", "2", "3"]
    assert said["no_data"] == {"label": "无数据", "color": palette.NO_DATA}
