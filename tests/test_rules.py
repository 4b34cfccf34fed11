"""Rules are dated tables; what they say is checked when they are read."""

from datetime import date

import pytest

from data import rules
from data.errors import RuleProblem
from data.rules import deadline_rule, score_rule, score_rules


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(rules, "FOLDER", tmp_path)
    for cached in (score_rules, deadline_rule):
        cached.cache_clear()
    yield tmp_path
    for cached in (score_rules, deadline_rule):
        cached.cache_clear()


RULE = """
[[rule]]
name = "{name}"
effective_from = {day}
source = "a test"
weight_response = {response}
weight_resolution = 0.5
weight_satisfaction = 0.4
coefficient_basically_satisfied = 0.9
coefficient_partly_solved = 0.0
unrated_counts_in_satisfaction = true
assessment_month_starts_on = 19
"""


def test_the_shipped_rules():
    rule = score_rule(date(2025, 6, 1))
    assert (rule.weight_response, rule.weight_resolution, rule.weight_satisfaction) == (0.1, 0.5, 0.4)
    assert rule.source
    assert deadline_rule().hours == {"2h": 2, "24h": 24, "7d": 168, "15d": 360}


@pytest.mark.parametrize(
    ("path", "grade"),
    [
        ("公用事业/燃气/燃气泄漏", "2h"),
        ("公共服务/供暖/温度不达标", "24h"),
        ("市容环境/占道经营", "7d"),
        ("城乡建设/违法建设/新增违建", "15d"),
        ("", "7d"),
    ],
)
def test_a_category_has_the_grade_of_its_words(path, grade):
    assert deadline_rule().grade(path) == grade


def test_an_old_month_keeps_its_own_rule(folder):
    text = RULE.format(name="old", day="2020-01-01", response=0.1) + RULE.format(
        name="new", day="2025-07-01", response=0.1
    )
    (folder / "score.toml").write_text(text, "utf-8")
    assert score_rule(date(2025, 6, 30)).name == "old"
    assert score_rule(date(2025, 7, 1)).name == "new"
    assert score_rule(date(2010, 1, 1)).name == "old"


def test_weights_that_do_not_add_up_are_refused(folder):
    (folder / "score.toml").write_text(RULE.format(name="bad", day="2020-01-01", response=0.2), "utf-8")
    with pytest.raises(RuleProblem) as caught:
        score_rules()
    assert caught.value.key == "rule.weights"


def test_a_grade_without_hours_and_an_empty_table_are_refused(folder):
    (folder / "deadlines.toml").write_text(
        '[[rule]]\nname="x"\neffective_from=2020-01-01\ndefault="3d"\n[rule.hours]\n"7d"=168\n', "utf-8"
    )
    with pytest.raises(RuleProblem) as caught:
        deadline_rule()
    assert (caught.value.key, caught.value.values["grade"]) == ("rule.grade", "3d")
    (folder / "score.toml").write_text("", "utf-8")
    with pytest.raises(RuleProblem):
        score_rules()
