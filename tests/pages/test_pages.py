"""Every page over a made-up city: both languages, every filter, every link, and what is not there."""

import json
from datetime import date
from urllib.parse import parse_qsl, urlsplit

import pandas as pd
import pytest

from data import words
from data.clock import PRESETS, preset
from data.complaints import STATES, all_complaints, complaint_count
from data.exports import EXPORTS, FORMATS, open_content
from data.questions import QUESTIONS
from data.scope import Scope, read_query
from data.totals import totals
from pages.parts import cards as cards_part
from pages.parts import tables
from pages.parts.answers import facts
from pages.parts.plain import plain

PAGES = ("overview", "heatmap", "rankings", "complaints")
STREET = "street:110106001"
MONTH = ("2026-11-01", "2026-11-20")


def scope(since=MONTH[0], until=MONTH[1], **more) -> Scope:
    return Scope(pd.Timestamp(since).date(), pd.Timestamp(until).date(), **more)


def answer(store, question, chosen, **options):
    return QUESTIONS[question].function(store, chosen, **options)


def cards(at) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


def expected_cards(store, chosen) -> dict[str, str]:
    row = answer(store, "totals", chosen).iloc[0]
    counts = {
        words.t(f"overview.{name}", "zh"): f"{int(row[name]):,}" for name in ("received", "closed", "open", "overdue")
    }
    ending = {"response_rate": "%", "resolution_rate": "%", "satisfaction_rate": "%", "score": ""}
    rates = {
        words.t(f"column.{name}", "zh"): "—" if pd.isna(row[name]) else f"{row[name]:.1f}{sign}"
        for name, sign in ending.items()
    }
    return counts | rates


def address(at) -> dict[str, list[str]]:
    return {key: value if isinstance(value, list) else [value] for key, value in at.query_params.items()}


def multiselect(at, label):
    return next(box for box in at.multiselect if box.label == words.t(f"filter.{label}", "zh"))


def sound(at) -> bool:
    return not at.exception and not at.error


# --- all pages


@pytest.mark.parametrize("lang", words.LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_in_both_languages(city, opened, words_of, page, lang):
    at = opened(page, lang=lang)
    assert sound(at)
    assert at.title[0].value == words.t(f"{page}.title", lang)
    assert at.warning[0].value == words.t("app.synthetic", lang)
    assert words.t("app.data_at", lang, at="2026-11-20 20:00")[:8] in words_of(at)
    if lang == "en":
        own = [words.t("app.language", "en"), "中文"]
        said = words_of(at).replace(words.t("app.name", "en"), "")
        labels = [
            box.label for kind in (at.selectbox, at.multiselect, at.text_input, at.button, at.metric) for box in kind
        ]
        known = set(facts()["areas"]["name"])
        chinese = [
            line for line in [*said.splitlines(), *labels] if any("一" <= c <= "鿿" for c in line) and line not in own
        ]
        assert [line for line in chinese if not any(name in line for name in known)] == []


def test_the_first_visit_is_chinese_and_the_switch_stays_in_the_link(city, opened):
    at = opened("rankings")
    assert at.title[0].value == "排行"
    switch = next(group for group in at.button_group if group.key == "language")
    switch.set_value("en").run()
    assert at.title[0].value == "Rankings"
    assert address(at) == {"lang": ["en"]}
    assert opened("overview", lang="fr").title[0].value == "总览"


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_store_says_how_to_fill_it(empty, opened, page):
    at = opened(page)
    assert not at.exception
    assert "python -m data import" in at.info[0].value
    assert [group.key for group in at.button_group] == ["language"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_an_empty_answer_says_what_to_widen(city, opened, page, lang):
    at = opened(page, since="2020-01-01", until="2020-01-02", lang=lang)
    assert sound(at)
    assert words.t("answer.nothing", lang) in at.info[0].value
    assert "2025-11-20" in at.info[0].value
    # what stops a page does not stop the frame: language, address
    assert "language" in [group.key for group in at.button_group]
    assert address(at)["since"] == ["2020-01-01"]


# --- figures


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_counted_from_the_day_of_the_data(city, opened, name):
    at = opened(period=name)
    period = preset(name, city.data_at.date(), 19)
    assert sound(at)
    assert cards(at) == expected_cards(city, Scope(period.since, period.until))
    assert address(at) == ({} if name == "month" else {"period": [name]})


FILTERS = {
    "street": {"areas": (STREET,)},
    "two communities": {"areas": ("community:110106001001", "community:110106001002")},
    "top category": {"categories": ("公共服务",)},
    "second level": {"categories": ("公共服务/供暖",)},
    "third level": {"categories": ("公共服务/供暖/室温不达标", "市场管理")},
    "channel": {"channels": ("wechat", "web")},
    "assessed": {"counting": "assessed"},
    "all at once": {"areas": (STREET,), "categories": ("公共服务",), "channels": ("phone",), "counting": "assessed"},
}


@pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS)
def test_every_page_shows_the_numbers_of_the_same_scope(city, opened, filters):
    chosen = scope("2025-11-20", "2026-11-20", **filters)
    link = {"since": "2025-11-20", "until": "2026-11-20"}
    link |= {
        name: list(filters[key])
        for name, key in (("area", "areas"), ("category", "categories"), ("channel", "channels"))
        if key in filters
    }
    link |= {"counting": filters["counting"]} if "counting" in filters else {}
    at = opened(**link)
    assert sound(at)
    assert cards(at) == expected_cards(city, chosen)
    at.switch_page("heatmap.py").run()
    level = "community" if len(chosen.areas) == 1 else "street"
    shown = at.dataframe[0].value
    assert shown["received"].sum() == answer(city, "rates_by_area", chosen, level=level)["received"].sum()
    at.switch_page("rankings.py").run()
    board = answer(city, "rankings", chosen, by="street")
    assert at.dataframe[0].value["name"].tolist() == [*board["name"], "汇总"]
    assert at.dataframe[0].value["received"].tolist() == [*board["received"], board["received"].sum()]
    at.switch_page("complaints.py").run()
    assert f"{complaint_count(city, chosen):,}" in "".join(caption.value for caption in at.caption)


def test_a_card_says_how_much_changed_or_that_there_was_nothing_before(city, opened):
    now, before, _ = (row for _, row in answer(city, "totals", scope()).iterrows())
    deltas = {metric.label: metric.delta for metric in opened().metric}
    change = round(100 * (now.received - before.received) / before.received, 1)
    assert deltas["受理"] == (words.t("unit.change", "zh", value=change) if change else "持平")
    points = round(now.resolution_rate - before.resolution_rate, 1)
    assert deltas["解决率"] == (words.t("unit.points", "zh", value=points) if points else "持平")
    points = round(now.score - before.score, 1)
    assert deltas["综合成绩"] == (words.t("unit.score", "zh", value=points) if points else "持平")
    first = opened(since="2025-11-21", until="2025-11-30").metric
    assert first[0].delta == words.t("overview.no_previous", "zh")


@pytest.mark.parametrize(
    ("now", "then", "said"), [(5, 5, (0.0, "持平")), (6, 5, (20.0, "+20.0%")), (5, 0, None), (5, None, None)]
)
def test_a_change_of_nothing_is_no_rise(now, then, said):
    assert cards_part._percent(now, then) == said


def test_choosing_in_the_filter_bar_changes_figures_and_address(city, opened):
    at = opened()
    before = cards(at)
    multiselect(at, "area").select(STREET).run()
    assert cards(at) == expected_cards(city, scope(areas=(STREET,))) != before
    multiselect(at, "category").select("公共服务/供暖").run()
    multiselect(at, "channel").select("phone").run()
    chosen = scope(areas=(STREET,), categories=("公共服务/供暖",), channels=("phone",))
    assert cards(at) == expected_cards(city, chosen)
    next(group for group in at.button_group if group.key == "f_counting").set_value("assessed").run()
    at.selectbox(key="f_period").select("last30").run()
    wanted = {"area": [STREET], "category": ["公共服务/供暖"], "channel": ["phone"], "counting": ["assessed"]}
    assert address(at) == wanted | {"period": ["last30"]}
    next(button for button in at.button if button.label == words.t("filter.reset", "zh")).click().run()
    assert address(at) == {}
    assert cards(at) == before


def test_custom_days_are_both_included_and_go_into_the_address(city, opened):
    at = opened()
    at.selectbox(key="f_period").select("custom").run()
    days = (pd.Timestamp("2026-10-03").date(), pd.Timestamp("2026-10-09").date())
    at.date_input(key="f_days").set_value(days).run()
    assert cards(at) == expected_cards(city, scope("2026-10-03", "2026-10-09"))
    assert address(at) == {"period": ["custom"], "since": ["2026-10-03"], "until": ["2026-10-09"]}
    at.selectbox(key="f_period").select("week").run()
    assert address(at) == {"period": ["week"]}


def test_filters_survive_a_change_of_page(city, opened):
    at = opened(area=[STREET], category=["公共服务"], counting="assessed")
    kept = address(at)
    for page in PAGES[1:]:
        at.switch_page(f"{page}.py").run()
        assert address(at) == kept


# --- links

LINKS = {
    "overview": {},
    "heatmap": {"level": ["grid"], "measure": ["score"], "layer": ["both"]},
    "rankings": {"by": ["unit"]},
    "complaints": {"state": ["closed"], "text": ["反映"], "page": ["2"]},
}


@pytest.mark.parametrize("page", PAGES)
def test_a_link_restores_the_page(city, opened, page):
    link = {
        "period": ["custom"], "since": ["2026-01-01"], "until": ["2026-11-20"], "area": ["district:110106", STREET],
        "category": ["公共服务"], "channel": ["phone", "wechat"], "counting": ["all"], **LINKS[page],
    }  # fmt: skip
    at = opened(page, **{key: value if len(value) > 1 else value[0] for key, value in link.items()})
    assert sound(at)
    del link["counting"]  # the usual way leaves no trace
    assert address(at) == link
    assert multiselect(at, "area").value == ["district:110106", STREET]
    assert multiselect(at, "category").value == ["公共服务"]
    assert multiselect(at, "channel").value == ["phone", "wechat"]
    for key, (value,) in LINKS[page].items():
        boxes = {box.key: box.value for kind in (at.selectbox, at.text_input, at.number_input) for box in kind}
        assert str(boxes[f"p_{key}"]) == value
    # the link of the link is the same page again
    again = opened(page, **address(at))
    assert address(again) == link
    assert [frame.value.shape for frame in again.dataframe] == [frame.value.shape for frame in at.dataframe]


def test_an_area_code_without_its_level_is_understood(city, opened):
    at = opened(area=["110106001"])
    assert multiselect(at, "area").value == [STREET]


MARKUP = "![x](http://evil.example/p.png)"
GARBAGE = {
    "dates": {"since": "2026-99-99", "until": "yesterday"},
    "dates the wrong way round": {"since": "2026-11-20", "until": "2026-11-01"},
    "dates at the ends of time": {"since": "0001-01-01", "until": "9999-12-31"},
    "no dates": {"since": "", "until": "", "period": "custom"},
    "period": {"period": "<script>alert(1)</script>"},
    "unknown areas": {"area": ["street:999", "grid:", ":", "x" * 5000, "110106001' or 1=1 --"]},
    "unknown categories": {"category": ["没有/这个", MARKUP, "公共服务/"]},
    "unknown channels": {"channel": ["\x00", "drop table"]},
    "counting": {"counting": "maybe"},
    "choices": {
        "level": "planet",
        "measure": "__class__",
        "layer": "lava",
        "by": "../../etc/passwd",
        "state": "melted",
    },
    "page -1": {"page": "-1"},
    "page 0": {"page": "0"},
    "page 10^12": {"page": "1000000000000"},
    "page of 5000 digits": {"page": "9" * 5000},
    "page in other digits": {"page": "２"},
    "page of nonsense": {"page": "²"},
    "text": {"text": "<script>alert(1)</script>%_\\'\"\x00;--"},
    "language": {"lang": "<b>"},
    "unknown names": {"__proto__": "1", "STATE": "x", "lang2": "y"},
    "several of one": {"period": ["week", "month"], "page": ["1", "2"], "lang": ["en", "zh"]},
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_garbage_in_a_link_never_breaks_a_page(city, opened, words_of, garbage):
    at = opened(**garbage)
    assert sound(at), [error.value for error in at.error]
    for page in PAGES[1:]:
        at.switch_page(f"{page}.py").run()
        assert sound(at), (page, [error.value for error in at.error])
        assert "<script>" not in words_of(at)
        assert "![x](" not in words_of(at)


def test_an_unknown_ticket_is_a_sentence_without_markup(city, opened):
    at = opened("complaints", ticket=MARKUP)
    assert not at.exception
    assert plain(MARKUP) in at.error[0].value
    assert MARKUP not in at.error[0].value


@pytest.mark.parametrize("page", PAGES)
def test_texts_of_a_file_are_shown_as_they_are_and_never_carried_out(hostile, opened, words_of, page):
    at = opened(page, since="2026-11-01", until="2026-11-30", category=[MARKUP], ticket=MARKUP)
    assert sound(at)
    marked = (at.title, at.subheader, at.caption, at.markdown, at.info, at.warning, at.error)
    said = "\n".join(str(element.value) for kind in marked for element in kind)
    assert MARKUP not in said
    assert all(MARKUP not in button.label for button in at.button)
    if page == "complaints":
        assert plain(MARKUP) in said
        html = "".join(element.proto.body for element in at.get("html"))
        assert "<img" not in html


def test_plain_keeps_every_sign_and_leaves_no_markup():
    assert plain("a\n b") == "a b"
    assert plain("*_[]()`$<x>#|~&amp;!\\") == r"\*\_\[\]()\`\$\<x\>\#\|\~\&amp;\!" + "\\\\"


# --- heat map: drilling


def crumbs(at) -> list[str]:
    return [button.label.removeprefix("› ") for button in at.button if (button.key or "").startswith("crumb-")]


def test_drilling_changes_level_and_path_and_the_path_leads_back(city, opened):
    at = opened("heatmap")
    assert crumbs(at) == ["全域"]
    seen = []
    for area in (STREET, "community:110106001001", None):
        level = at.selectbox(key="p_level").value
        seen.append(level)
        if area is None:
            break
        # as the map does when an area is clicked
        at.session_state["address"]["area"] = [area]
        at.run()
        assert sound(at)
        assert address(at)["area"] == [area]
    assert seen == ["street", "community", "grid"]
    assert crumbs(at)[0] == "全域"
    assert len(crumbs(at)) == 4
    assert (
        at.dataframe[0].value["received"].sum()
        == answer(city, "rates_by_area", scope(areas=("community:110106001001",)), level="grid")["received"].sum()
    )
    at.button(key="crumb-2").click().run()
    assert (at.selectbox(key="p_level").value, address(at)["area"]) == ("community", [STREET])
    at.button(key="crumb-0").click().run()
    assert (at.selectbox(key="p_level").value, address(at)) == ("street", {})


def test_the_finest_level_is_the_end_of_the_drill(city, opened):
    grid = facts()["areas"].query("level == 'grid'")["area_id"].iloc[0]
    at = opened("heatmap", area=[f"grid:{grid}"])
    assert sound(at)
    assert at.selectbox(key="p_level").value == "grid"


@pytest.mark.parametrize("layer", ["areas", "heat", "both"])
def test_the_map_loads_from_this_server_only_and_says_it_is_made_up(city, opened, layer):
    at = opened("heatmap", layer=layer, area=[STREET])
    (component,) = at.get("component_instance")
    arguments = json.loads(component.proto.json_args)
    assert arguments["js_links"]
    assert all(link.startswith("/assets/") for link in [*arguments["js_links"], *arguments["css_links"]])
    assert "http" not in arguments["script"]
    command = json.dumps(arguments["feature_group"])
    for feed, layers in (
        ("values", ("areas", "both")),
        ("heat", ("heat", "both")),
        ("areas", ("areas", "heat", "both")),
    ):
        assert (f"/api/map/{feed}?" in command) == (layer in layers)
    assert "\\\\u793a" in command  # the mark of made-up boundaries, in the reader's language


# --- rankings


@pytest.mark.parametrize("by", ["street", "community", "grid", "district", "unit"])
def test_a_board_holds_everyone_with_a_total_at_its_end(city, opened, by):
    at = opened("rankings", by=by)
    assert sound(at)
    shown = at.dataframe[0].value
    board = answer(city, "rankings", scope(), by=by)
    assert len(shown) == len(board) + 1
    assert shown["name"].tolist()[-1] == "汇总"
    pooled = 100 * board["solved"].sum() / board["valid"].sum()
    assert shown["resolution_rate"].iloc[-1] == pytest.approx(pooled)
    unranked = int(board["rank"].isna().sum())
    said = "".join(caption.value for caption in at.caption)
    assert (f"{unranked} 个不参加排名" in said) == (unranked > 0)
    assert ("工单" in said) == (by == "unit")


def test_a_street_nobody_called_back_for_has_no_rank_and_stands_last(city, opened):
    at = opened("rankings", period="today")
    shown = at.dataframe[0].value.iloc[:-1]
    unranked = shown["valid"] == 0
    assert unranked.any()
    assert shown["rank"].isna().equals(unranked)
    assert shown["rank"].isna().is_monotonic_increasing
    assert shown.loc[unranked, ["response_rate", "resolution_rate", "satisfaction_rate", "score"]].isna().all(axis=None)


def test_moves_have_a_sign_beside_their_colour(city, opened):
    drawn = tables.moves(
        pd.DataFrame({"rank_change": pd.array([3, -2, 0, None], "Int64"), "score_change": [1.25, -0.5, 0, None]})
    )
    html = drawn.to_html()
    assert all(text in html for text in ("▲ 3", "▼ 2", "+1.2", "-0.5"))
    assert html.count("—") == 4
    assert tables.UP in html
    assert tables.DOWN in html


# --- complaints


@pytest.mark.parametrize("state", STATES)
def test_the_list_holds_what_its_state_says(city, opened, state):
    at = opened("complaints", state=state, period="last30")
    assert sound(at)
    count = complaint_count(city, scope("2026-10-22", "2026-11-20"), state=state)
    if not count:
        assert words.t("answer.nothing", "zh") in at.info[0].value
        return
    assert f"{count:,}" in "".join(caption.value for caption in at.caption)
    assert len(at.dataframe[0].value) == min(count, 50)


def test_searching_paging_and_opening_a_complaint(city, opened, words_of):
    year = {"since": "2025-11-20", "until": "2026-11-20"}
    rows = pd.concat(all_complaints(city, scope(**year)))
    at = opened("complaints", **year)
    assert at.dataframe[0].value["ticket_no"].tolist() == rows["ticket_no"].tolist()[:50]
    at.number_input(key="p_page").set_value(3).run()
    assert at.dataframe[0].value["ticket_no"].tolist() == rows["ticket_no"].tolist()[100:150]
    assert address(at)["page"] == ["3"]
    at.text_input(key="p_text").input("管道漏水").run()
    found = rows[rows["title"].str.contains("管道漏水") | rows["content"].str.contains("管道漏水")]
    assert f"{len(found):,}" in "".join(caption.value for caption in at.caption)
    assert "page" not in address(at)  # another list begins at its first page
    ticket = found["ticket_no"].iloc[0]
    at = opened("complaints", **year, ticket=ticket)
    assert at.subheader[0].value.endswith(ticket)
    said = words_of(at)
    assert found["content"].iloc[0] in said
    assert words.t("event.received", "zh") in said
    assert address(at)["ticket"] == [ticket]


def test_a_page_beyond_the_end_is_the_last(city, opened):
    at = opened("complaints", page="1000000000000")
    count = complaint_count(city, scope())
    assert at.number_input(key="p_page").value == -(-count // 50)
    assert len(at.dataframe[0].value) == count % 50 or 50


def test_the_export_link_says_the_scope_of_the_page(city, opened):
    at = opened("complaints", area=[STREET], state="closed", text="a&b=c", lang="en")
    asked = scope(areas=(STREET,)).query(state="closed", text="a&b=c", lang="en")
    links = [element.proto.url for element in at.get("link_button")]
    assert links == [] or links == [f"/api/complaints.{kind}?{asked}" for kind in FORMATS]


@pytest.mark.parametrize(
    ("page", "query", "wanted"),
    [
        ("complaints", {}, {"complaints": {"state": "all"}}),
        ("overview", {}, {"trend": {"step": "day"}, "categories": {"depth": "1"}, "areas": {"level": "street"}}),
        ("rankings", {"by": "unit"}, {"rankings": {"by": "unit"}}),
        ("heatmap", {"layer": "both", "level": "grid"}, {"areas": {"level": "grid"}, "heat": {}}),
        ("heatmap", {"layer": "areas"}, {"areas": {"level": "community"}}),
    ],
)
def test_every_page_offers_its_files_over_the_scope_it_shows(city, opened, page, query, wanted):
    at = opened(page, area=[STREET], **query)
    found = {urlsplit(element.proto.url) for element in at.get("link_button")}
    assert {one.path for one in found} == {f"/api/{name}.{kind}" for name in wanted for kind in EXPORTS[name].formats}
    for one in found:
        asked = parse_qsl(one.query)
        assert read_query(asked) == scope(areas=(STREET,))
        name = one.path.removeprefix("/api/").partition(".")[0]
        assert wanted[name].items() <= dict(asked).items()
        assert open_content(city, name, read_query(asked), dict(asked), "zh").name == name


@pytest.mark.parametrize("state", ["open", "overdue"])
def test_a_stock_figure_opens_its_list(opened, city, state):
    at = opened("overview")
    (stock,) = totals(city, Scope(date(2026, 11, 1), date(2026, 11, 20))).head(1)[state]
    at.button(key=f"list-{state}").click().run()
    assert at.title[0].value == words.t("nav.complaints", "zh")
    assert any(words.t("complaints.export", "zh", n=f"{stock:,}") in str(one.label) for one in at.get("link_button"))


def test_a_link_that_names_what_is_not_there_says_so(opened, city):
    at = opened("overview", area="street:nowhere")
    assert any("street:nowhere" in str(one.value).replace("\\", "") for one in at.toast)
