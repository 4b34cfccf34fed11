"""指标说明 as people reach it: from every number by one click, in both languages, under the same filters."""

import json
import re
from datetime import date
from html import escape

import pandas as pd
import pytest

from data import words
from data.indicators import groups, indicators
from data.population import import_population
from data.questions import QUESTIONS
from data.scope import Scope
from data.settings import read_settings
from data.store import shared_store
from data.totals import totals
from pages.parts import tables
from pages.parts.answers import facts
from tests.cities import bring, centre, give_areas, town

STREET = "street:110106001"
MONTH = Scope(date(2026, 11, 1), date(2026, 11, 20))
CARDS = ("received", "closed", "open", "overdue", "response_rate", "resolution_rate", "satisfaction_rate", "score")
TOTALS = [name for name, one in indicators().items() if one.example == "totals"]


def address(at) -> dict[str, list[str]]:
    return {key: value if isinstance(value, list) else [value] for key, value in at.query_params.items()}


def sound(at) -> bool:
    return not at.exception and not at.error


def shown(at) -> str:
    return "".join(element.proto.body for element in at.get("html"))


def show(at, name):
    """Go to another indicator on the open page."""
    at.session_state["address"]["indicator"] = name
    return at.run()


def button(at, key):
    return next(one for one in at.button if one.key == key)


# --- the page


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_every_indicator_is_told_with_its_code_rule_and_sources(city, opened, words_of, lang):
    # the labels of boxes are made again here, outside the page
    words.language.set(lang)
    at = opened("indicators", lang=lang)
    assert at.title[0].value == words.t("indicators.title", lang)
    for name, one in indicators().items():
        show(at, name)
        assert sound(at), name
        assert at.subheader[0].value == one.label(lang)
        assert one.sentence(lang) in words_of(at).replace("\\", "")
        html = shown(at)
        assert escape(one.formula(MONTH.until, lang)) in html
        assert all(source.address in html for source in one.sources)
        code = [block.value for block in at.code]
        rule = one.rule_in_force(MONTH.until)
        pieces = [*one.excerpts(), *(rule.excerpts if rule else ())]
        assert code == [piece.text for piece in pieces]
        if lang == "en":
            html = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL).replace(words.t("app.name", "en"), "")
            labels = [value for group in at.button_group for value in group.options]
            said = [html, *words_of(at).splitlines(), *map(str, labels)]
            assert [text for text in said if re.search(r"[\u4e00-\u9fff]", text) and text != "中文"] == []


def test_the_number_is_the_one_of_its_own_page(city, opened):
    at = opened("indicators", area=[STREET])
    row = totals(city, Scope(MONTH.since, MONTH.until, areas=(STREET,))).iloc[0]
    for name in TOTALS:
        show(at, name)
        one, (metric,) = indicators()[name], at.metric
        said = {"percent": f"{row[name]:.1f}%", "score": f"{row[name]:.1f}"}.get(one.unit, f"{row[name]:,.0f}")
        assert (metric.label, metric.value) == (one.label("zh"), said)
        assert (f"= {said}</dd>" in shown(at)) == (one.group == "rates")


def test_boards_categories_and_periods_are_shown_by_their_own_question(city, opened):
    at = opened("indicators", indicator="rank")
    board = QUESTIONS["rankings"].function(city, MONTH, by="street")
    assert at.dataframe[0].value["name"].tolist() == board["name"].tolist()[:5]
    show(at, "total")
    assert at.dataframe[0].value["received"].tolist() == [board["received"].sum()]
    show(at, "share")
    categories = QUESTIONS["categories"].function(city, MONTH, depth=1)
    assert at.dataframe[0].value["share"].tolist() == categories["share"].tolist()[:5]
    show(at, "change_previous")
    assert at.dataframe[0].value["since"].tolist() == ["2026-11-01", "2026-10-01", "2025-11-01"]
    assert at.dataframe[0].value["received"].iloc[:2].tolist() == totals(city, MONTH)["received"].iloc[:2].tolist()
    show(at, "placed")
    assert at.metric[0].value == f"{board['received'].sum():,}"


def test_areas_by_residents_are_shown_most_first_without_those_nobody_counted(tmp_path, monkeypatch, opened):
    monkeypatch.setenv("WHISTLEMAP_HOME", str(tmp_path))
    store = shared_store(read_settings())
    give_areas(store, town("district", "street"))
    bring(store, centre("11"), centre("11"), centre("12"), centre("13"))
    (tmp_path / "people.csv").write_text("code,people\n11,20000\n12,4000\n", "utf-8")
    import_population(
        store, tmp_path / "people.csv", "street", people_column="people", id_column="code", counted_on=date(2025, 1, 1)
    )
    at = opened("indicators", indicator="per_10k", since="2025-03-01", until="2025-03-31")
    assert sound(at)
    assert at.dataframe[0].value[["name", "per_10k"]].values.tolist() == [["street 12", 2.5], ["street 11", 1.0]]


def test_choosing_a_group_and_an_indicator_goes_into_the_address(city, opened):
    at = opened("indicators")
    assert address(at) == {}
    box = {group.key: group for group in at.button_group}
    box["p_group"].set_value("rates").run()
    assert address(at) == {"indicator": [groups()["rates"][0]]}
    next(group for group in at.button_group if group.key == "p_indicator").set_value("score").run()
    assert address(at) == {"indicator": ["score"]}
    assert at.subheader[0].value == "综合成绩"
    again = opened("indicators", **address(at))
    assert again.subheader[0].value == "综合成绩"


@pytest.mark.parametrize("garbage", ["", "no_such", "__class__", "![x](http://evil.example/p.png)", "x" * 5000])
def test_an_indicator_that_is_none_is_the_first(city, opened, words_of, garbage):
    at = opened("indicators", indicator=garbage)
    assert sound(at)
    assert at.subheader[0].value == next(iter(indicators().values())).label("zh")
    assert "evil" not in words_of(at)
    assert "indicator" not in address(at)


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_an_empty_store_has_every_meaning_and_no_number(empty, opened, words_of, lang):
    at = opened("indicators", lang=lang)
    assert "python -m data import" in at.info[0].value
    for name, one in indicators().items():
        show(at, name)
        assert not at.exception
        assert not at.error
        assert one.sentence(lang) in words_of(at).replace("\\", "")
        assert [block.value for block in at.code][: len(one.code)] == [piece.text for piece in one.excerpts()]
        assert not at.metric
        assert not at.dataframe


def test_a_scope_without_complaints_has_no_rates_and_says_so(city, opened):
    at = opened("indicators", since="2020-01-01", until="2020-01-02")
    for name in indicators():
        show(at, name)
        assert sound(at), name
        if name in ("response_rate", "score"):
            assert at.metric[0].value == words.t("indicators.none_here", "zh")
        if name == "received":
            assert at.metric[0].value == "0"


@pytest.mark.parametrize("name", ["share", "rank", "listed"])
def test_texts_of_a_file_are_not_carried_out_here(hostile, opened, words_of, name):
    at = opened("indicators", since="2026-11-01", until="2026-11-30", indicator=name)
    assert sound(at)
    assert "![x](" not in words_of(at)
    assert "<img" not in shown(at)


# --- one click from each number


@pytest.mark.parametrize("name", CARDS)
def test_a_card_leads_to_its_meaning_under_the_same_filters(city, opened, name):
    link = {"area": [STREET], "period": ["last30"], "counting": ["assessed"]}
    at = opened("overview", area=[STREET], period="last30", counting="assessed")
    sign = button(at, f"ask-{name}")
    assert sign.help == indicators()[name].sentence("zh")
    sign.click().run()
    assert sound(at)
    assert at.title[0].value == "指标说明"
    assert at.subheader[0].value == indicators()[name].label("zh")
    chosen = {} if name == next(iter(indicators())) else {"indicator": [name]}
    assert address(at) == link | chosen


def test_a_rate_without_data_keeps_its_sign(hostile, opened):
    at = opened("overview", since="2026-11-01", until="2026-11-30")
    assert [metric.value for metric in at.metric][4:] == ["—"] * 4
    assert {f"ask-{name}" for name in CARDS} <= {one.key for one in at.button}


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("rankings", {"by": "street"}),
        ("rankings", {"by": "unit"}),
        ("heatmap", {"measure": "satisfaction_rate"}),
        ("complaints", {}),
    ],
)
def test_every_number_of_a_table_has_a_tip_and_a_link_below(city, opened, page, query):
    at = opened(page, **query)
    assert sound(at)
    (frame,) = at.dataframe
    settings = json.loads(frame.proto.columns)
    numbers = [name for name in frame.value if name in indicators()]
    assert numbers
    links = {(one.key or "").rpartition("-")[2] for one in at.button if (one.key or "").startswith("explain-")}
    for name in numbers:
        assert settings[name]["help"] == indicators()[name].sentence("zh")
        assert name in links
    numeric = {name for name in frame.value if pd.api.types.is_numeric_dtype(frame.value[name])}
    assert numeric <= set(numbers)


@pytest.mark.parametrize(
    ("page", "key", "name"),
    [
        ("overview", "explain-figures-change_last_year", "change_last_year"),
        ("overview", "explain-categories-received_previous", "received_previous"),
        ("rankings", "explain-board-rank_change", "rank_change"),
        ("rankings", "explain-board-total", "total"),
        ("heatmap", "explain-map-located", "located"),
        ("heatmap", "explain-table-received", "received"),
        ("complaints", "explain-list-deadline_at", "deadline_at"),
    ],
)
def test_a_link_below_leads_to_the_meaning(city, opened, page, key, name):
    at = opened(page, area=[STREET])
    button(at, key).click().run()
    assert sound(at)
    assert at.title[0].value == "指标说明"
    assert at.subheader[0].value == indicators()[name].label("zh")
    assert address(at)["area"] == [STREET]


def test_the_layer_decides_which_numbers_of_the_map_are_explained(city, opened):
    at = opened("heatmap", layer="areas")
    keys = {one.key for one in at.button}
    assert "explain-map-placed" in keys
    assert "explain-map-cells" not in keys


def test_every_page_of_an_indicator_links_to_it_somewhere(city, opened):
    """What the page of an indicator leads back to also leads there."""
    offered = {}
    for page in {one.page for one in indicators().values()} - {""}:
        at = opened(page)
        offered[page] = {re.sub(r"^(ask|explain-\w+)-", "", one.key or "") for one in at.button}
    assert {name for name, one in indicators().items() if one.page and name not in offered[one.page]} == set()


def test_columns_that_are_no_indicators_have_no_tip(city):
    settings = tables.columns(["name", "category", "score"])
    assert [settings[name]["help"] for name in settings] == [None, None, indicators()["score"].sentence("zh")]
    assert facts()["levels"]
