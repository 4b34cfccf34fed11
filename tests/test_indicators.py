"""What figures mean: every number has its indicator, and what is told of it is what is computed."""

import re
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import rules, words
from data.changes import percent_change, point_change
from data.excerpts import excerpt
from data.indicators import RATIOS, RELIABILITIES, groups, indicators, plain_columns
from data.questions import COMPLAINT, NUMBER, QUESTIONS, WHOLE
from data.rules import deadline_rule, score_rule, score_rules
from data.scope import Scope
from data.totals import totals
from data.words import catalogue
from tests.cities import store_of

ROOT = Path(__file__).parents[1]
NAMES = tuple(indicators())
DAY = date(2025, 3, 31)
MARCH = Scope(date(2025, 3, 1), DAY)
ANSWERS = (*(question.columns for question in QUESTIONS.values()), *COMPLAINT.values())
NUMERIC = {column.name for columns in ANSWERS for column in columns if column.type in (WHOLE, NUMBER)}
TOLD = ("sentence", "formula", "without")


def outcomes(*answers: tuple[str, str, str]) -> list[dict]:
    """Complaints with a valid call-back each: contacted, solved, satisfied."""
    return [
        {"valid": "是", "contacted": contacted, "solved": solved, "satisfied": satisfied}
        for contacted, solved, satisfied in answers
    ]


@pytest.fixture(scope="module")
def store():
    """Six valid call-backs with every answer there is, one invalid, one missing; closed in time, late, and not."""
    rows = outcomes(
        ("是", "是", "满意"),
        ("是", "是", "基本满意"),
        ("是", "部分解决", "不满意"),
        ("是", "否", "未评价"),
        ("否", "是", "满意"),
        ("是", "是", "基本满意"),
    )
    rows[0]["closed_at"], rows[1]["closed_at"] = "2025-03-12", "2025-03-30"
    return store_of(*rows, {"valid": "否", "contacted": "是", "solved": "是", "satisfied": "满意"}, {})


@pytest.fixture(scope="module")
def row(store):
    return totals(store, MARCH).iloc[0]


# --- complete


def test_every_number_of_every_answer_is_explained_or_said_to_count_nothing():
    assert NUMERIC - set(NAMES) - plain_columns() == set()
    assert plain_columns() <= NUMERIC
    assert not plain_columns() & set(NAMES)


def test_an_indicator_is_told_in_both_languages_and_nothing_else_is():
    for lang in words.LANGUAGES:
        known = catalogue(lang)
        for part in TOLD:
            assert {key.split(".")[2] for key in known if key.startswith(f"indicator.{part}.")} == set(NAMES)
        assert {key.split(".")[2] for key in known if key.startswith("indicator.name.")} <= set(NAMES)
        used = {source.name for one in indicators().values() for source in one.sources}
        assert {key.split(".")[2] for key in known if key.startswith("indicator.source.")} == used


@pytest.mark.parametrize("name", NAMES)
def test_an_indicator_says_everything_about_itself(name):
    one = indicators()[name]
    for lang in words.LANGUAGES:
        said = [one.label(lang), one.sentence(lang), one.formula(DAY, lang), one.without(DAY, lang)]
        said += [words.t(f"indicator.{part}.{getattr(one, part)}", lang) for part in ("group", "unit", "counted")]
        said += [source.said(lang) for source in one.sources]
        said += [words.t(f"indicator.reliability.{source.reliability}", lang) for source in one.sources]
        assert all(said)
        assert not [text for text in said if "{" in text]
        if lang == "en":
            assert not [text for text in said if re.search(r"[\u4e00-\u9fff]", text)]
    assert one.sources
    assert {source.reliability for source in one.sources} <= set(RELIABILITIES)
    assert not one.page or (ROOT / "pages" / f"{one.page}.py").is_file()
    assert one.rule in ("", "score", "deadlines")


def test_groups_hold_every_indicator_once():
    assert sorted(name for names in groups().values() for name in names) == sorted(NAMES)


# --- the code is the code


@pytest.mark.parametrize("name", NAMES)
def test_code_stands_in_its_file_word_for_word(name):
    pieces = indicators()[name].excerpts()
    assert pieces
    for piece in pieces:
        lines = (ROOT / piece.file).read_text("utf-8").splitlines()
        assert piece.text == "\n".join(lines[piece.first - 1 : piece.last])
        assert piece.text.strip()


@pytest.mark.parametrize("name", NAMES)
def test_a_statement_is_shown_whole(name):
    one = indicators()[name]
    for reference, piece in zip(one.code, one.excerpts(), strict=True):
        if piece.language == "sql" and "@" not in reference:
            assert len(duckdb.extract_statements(piece.text)) == 1
        if piece.language == "python":
            assert piece.text.lstrip().startswith("def ")


def test_an_excerpt_is_cut_where_its_statement_ends():
    piece = excerpt("measures:has_call_back")
    assert piece.text.splitlines()[-1] == "create or replace macro has_call_back(valid) as coalesce(valid, false);"
    assert piece.text.startswith("-- Call-backs")
    method = excerpt("rules/__init__.py:DeadlineRule.grade").text
    assert method.lstrip().startswith("def grade(")
    assert method.endswith("return self.default")


@pytest.mark.parametrize(
    "reference", ["measures:no_such", "measures:scor", "heat@no such", "rates.py:no", "rates.py:board.x"]
)
def test_what_a_file_does_not_hold_is_an_error(reference):
    with pytest.raises(LookupError, match="holds no"):
        excerpt(reference)


def shown_macros(name: str) -> duckdb.DuckDBPyConnection:
    """A database that knows the macros shown for an indicator, and no others."""
    bare = duckdb.connect()
    one = indicators()[name]
    pieces = zip(one.code, one.excerpts(), strict=True)
    for _, piece in reversed([pair for pair in pieces if pair[0].startswith("measures:")]):
        bare.execute(piece.text)
    return bare


def _plain(number):
    return number.item() if hasattr(number, "item") else number


RULE = score_rule(DAY).params()
ARGUMENTS = {
    "response_rate": ["contacted", "contact_stated", "valid"],
    "resolution_rate": ["solved", "partly", "solution_stated", "valid", "c_partly"],
    "satisfaction_rate": [
        "satisfied", "basically", "unrated", "opinion_stated", "valid", "c_basically", "unrated_counts",
    ],
    "score": ["response_rate", "resolution_rate", "satisfaction_rate", "w_response", "w_resolution", "w_satisfaction"],
}  # fmt: skip


@pytest.mark.parametrize("name", ARGUMENTS)
def test_the_rate_shown_gives_the_number_of_the_page(row, name):
    values = [RULE[part] if part in RULE else _plain(row[part]) for part in ARGUMENTS[name]]
    marks = ", ".join("?" for _ in values)
    ((found,),) = shown_macros(name).execute(f"select {name}({marks})", values).fetchall()
    assert found == row[name]


EACH = {
    "valid": "has_call_back(valid)",
    "contacted": "is_contacted(valid, contacted)",
    "solved": "is_solved(valid, solved)",
    "partly": "is_partly_solved(valid, solved)",
    "satisfied": "is_satisfied(valid, satisfied)",
    "basically": "is_basically_satisfied(valid, satisfied)",
    "unrated": "is_unrated(valid, satisfied)",
    "closed_late": "is_closed_late(closed_at, deadline_at)",
    "open": "is_open_at(received_at, closed_at, $at)",
    "overdue": "is_overdue_at(received_at, closed_at, deadline_at, $at)",
}


@pytest.mark.parametrize("name", EACH)
def test_the_count_shown_gives_the_number_of_the_page(store, row, name):
    bare = shown_macros(name)
    bare.register("complaints", store.cursor().execute("select * from complaints").df())
    given_at = {"at": store.data_at} if "$at" in EACH[name] else {}
    ((found,),) = bare.execute(f"select count_if({EACH[name]}) from complaints", given_at).fetchall()
    assert found == row[name] > 0


# --- the formula is the rule


def worked_out(text: str) -> float:
    """The value of a formula of numbers."""
    plain = text.replace("× 100%", "* 100").replace("%", "/100")
    plain = plain.replace("÷", "/").replace("×", "*").replace("−", "-").replace(",", "")
    assert re.fullmatch(r"[\d\s.()+*/-]+", plain), plain
    return eval(plain)


def near(number: float, name: str):
    """Equal; the score is itself rounded to one decimal."""
    return pytest.approx(number, abs=0.06 if name == "score" else 1e-9)


@pytest.mark.parametrize("name", RATIOS)
def test_the_formula_with_numbers_gives_the_number_of_the_page(row, name):
    assert worked_out(indicators()[name].worked(DAY, row)) == pytest.approx(
        row[name], abs=0.06 if name == "score" else 1e-9
    )


def test_a_formula_in_words_by_hand():
    known = indicators()
    assert known["response_rate"].formula(DAY, "zh") == "联系数 ÷ 有效回访 × 100%"
    assert known["satisfaction_rate"].formula(DAY, "en") == (
        "(Satisfied + 0.9 × Basically satisfied) ÷ Valid call-backs × 100%"
    )
    assert known["score"].formula(DAY, "zh") == "10% × 响应率 + 50% × 解决率 + 40% × 满意率"


def test_large_numbers_are_grouped_and_only_ratios_are_worked(row):
    big = row.to_dict() | {"valid": 12345, "contacted": 12000, "response_rate": 97.2}
    assert indicators()["response_rate"].worked(DAY, big) == "12,000 ÷ 12,345 × 100%"
    assert [name for name in NAMES if name in row and indicators()[name].worked(DAY, row)] == list(RATIOS)


def test_where_there_is_no_number_there_is_nothing_to_work():
    bare = totals(store_of({}), MARCH).iloc[0]
    assert [indicators()[name].worked(DAY, bare) for name in RATIOS] == [None] * 4


def test_the_deadlines_named_are_those_of_the_rule():
    for lang in words.LANGUAGES:
        formula = indicators()["deadline_at"].formula(DAY, lang)
        for grade, hours in deadline_rule().hours.items():
            assert words.t(f"urgency.{grade}", lang) in formula
            assert str(hours) in formula
    found = indicators()["overdue"].rule_in_force(DAY)
    assert (found.name, found.effective_from) == (deadline_rule().name, deadline_rule().effective_from)
    (piece,) = found.excerpts
    assert piece.text == (rules.FOLDER / "deadlines.toml").read_text("utf-8").rstrip()


def test_the_rule_in_force_is_shown_with_its_source():
    rule = score_rule(DAY)
    found = indicators()["score"].rule_in_force(DAY, "zh")
    assert (found.name, found.effective_from) == (rule.name, rule.effective_from)
    assert "响应率 10%，解决率 50%，满意率 40%" in found.said
    assert rule.source in "\n".join(piece.text for piece in found.excerpts)
    assert indicators()["received"].rule_in_force(DAY) is None


NEW = """# Where these rules come from.

[[rule]]
name = "old"
effective_from = 2020-01-01
source = "an old decree"
weight_response = 0.1
weight_resolution = 0.5
weight_satisfaction = 0.4
coefficient_basically_satisfied = 0.9
coefficient_partly_solved = 0.0
unrated_counts_in_satisfaction = true
assessment_month_starts_on = 19

[[rule]]
name = "new"
effective_from = 2025-03-01
source = "a new decree"
weight_response = 0.3
weight_resolution = 0.35
weight_satisfaction = 0.35
coefficient_basically_satisfied = 0.8
coefficient_partly_solved = 0.5
unrated_counts_in_satisfaction = false
assessment_month_starts_on = 1
"""


@pytest.fixture
def two_rules(tmp_path, monkeypatch):
    (tmp_path / "score.toml").write_text(NEW, "utf-8")
    deadline_rule()  # kept from the product's own folder
    monkeypatch.setattr(rules, "FOLDER", tmp_path)
    score_rules.cache_clear()
    yield
    score_rules.cache_clear()


def test_a_new_rule_changes_the_formula_from_its_day_on(two_rules, store):
    known, before = indicators(), date(2025, 2, 28)
    assert known["score"].formula(before, "zh") == "10% × 响应率 + 50% × 解决率 + 40% × 满意率"
    assert known["score"].formula(DAY, "zh") == "30% × 响应率 + 35% × 解决率 + 35% × 满意率"
    assert known["resolution_rate"].formula(DAY, "zh") == "(解决数 + 0.5 × 部分解决) ÷ 有效回访 × 100%"
    assert known["satisfaction_rate"].formula(DAY, "zh") == "(满意数 + 0.8 × 基本满意) ÷ (有效回访 − 未评价) × 100%"
    assert "0.9" in known["basically"].without(before)
    assert "0.8" in known["basically"].without(DAY)
    # and the page's own numbers follow the same rule
    row = totals(store, MARCH).iloc[0]
    for name in RATIOS:
        assert worked_out(known[name].worked(DAY, row)) == pytest.approx(
            row[name], abs=0.06 if name == "score" else 1e-9
        )


def test_of_several_rules_the_one_in_force_is_shown_under_the_head_of_the_file(two_rules):
    old, new = (indicators()["score"].rule_in_force(day) for day in (date(2024, 1, 1), DAY))
    assert (old.name, new.name) == ("old", "new")
    assert [(piece.first, piece.last) for piece in old.excerpts] == [(1, 13)]
    assert [piece.text.splitlines()[0] for piece in new.excerpts] == ["# Where these rules come from.", "[[rule]]"]
    assert new.excerpts[1].first == 15
    assert "a new decree" in new.excerpts[1].text
    assert "an old decree" not in "".join(piece.text for piece in new.excerpts)


# --- changes


@pytest.mark.parametrize(
    ("now", "then", "percent", "points"),
    [
        (6, 5, 20.0, 1.0),
        (5, 5, 0.0, 0.0),
        (0, 4, -100.0, -4.0),
        (5, 0, None, 5.0),
        (5, None, None, None),
        (pd.NA, 5, None, None),
        (float("nan"), float("nan"), None, None),
        (99.96, 99.99, -0.0, -0.0),
    ],
)
def test_a_change_by_hand(now, then, percent, points):
    assert (percent_change(now, then), point_change(now, then)) == (percent, points)


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_change_and_what_was_give_what_is(now, then):
    change = percent_change(now, then)
    assert then * (1 + change / 100) == pytest.approx(now, abs=then * 0.0006)
    assert not str(change).startswith("-0.0") or change < 0
