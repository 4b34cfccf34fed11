"""Dated rules: what counts, with which weight, and how long a complaint may take. Old months keep their own rules."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from data.errors import RuleProblem

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class ScoreRule:
    """One rule set for the score; its source is part of it. See `score.toml`."""

    name: str
    effective_from: date
    source: str
    weight_response: float
    weight_resolution: float
    weight_satisfaction: float
    coefficient_basically_satisfied: float
    coefficient_partly_solved: float
    unrated_counts_in_satisfaction: bool
    assessment_month_starts_on: int

    def params(self) -> dict[str, float | bool]:
        """What `measures.sql` needs, by parameter name."""
        return {
            "w_response": self.weight_response,
            "w_resolution": self.weight_resolution,
            "w_satisfaction": self.weight_satisfaction,
            "c_basically": self.coefficient_basically_satisfied,
            "c_partly": self.coefficient_partly_solved,
            "unrated_counts": self.unrated_counts_in_satisfaction,
        }


@dataclass(frozen=True)
class DeadlineRule:
    """How many hours each urgency grade allows, and which categories have which grade. See `deadlines.toml`."""

    name: str
    effective_from: date
    default: str
    hours: dict[str, int]
    categories: tuple[tuple[tuple[str, ...], str], ...]

    def grade(self, category_path: str) -> str:
        """The grade of a category: the first line whose words all stand in its path, else the default."""
        for words, grade in self.categories:
            if all(word in category_path for word in words):
                return grade
        return self.default


@cache
def score_rules() -> tuple[ScoreRule, ...]:
    """
    All rule sets for the score, oldest first.

    Raises
    ------
    RuleProblem
        Weights do not add up to 1, or a table is empty.
    """
    rules = tuple(sorted((ScoreRule(**row) for row in _rows("score.toml")), key=lambda rule: rule.effective_from))
    for rule in rules:
        total = rule.weight_response + rule.weight_resolution + rule.weight_satisfaction
        if abs(total - 1) > 1e-9:
            raise RuleProblem("rule.weights", name=rule.name, total=total)
    return rules


def score_rule(on: date) -> ScoreRule:
    """The rule set in force on a day; before the first one, the first."""
    in_force = [rule for rule in score_rules() if rule.effective_from <= on]
    return in_force[-1] if in_force else score_rules()[0]


@cache
def deadline_rule() -> DeadlineRule:
    """
    The newest rule for deadlines.

    Raises
    ------
    RuleProblem
        A line names a grade that has no hours.
    """
    newest = max(_rows("deadlines.toml"), key=lambda row: row["effective_from"])
    categories = tuple((tuple(line["words"]), line["grade"]) for line in newest.get("category", []))
    rule = DeadlineRule(newest["name"], newest["effective_from"], newest["default"], newest["hours"], categories)
    unknown = {grade for _, grade in categories} | {rule.default}
    unknown -= set(rule.hours)
    if unknown:
        raise RuleProblem("rule.grade", name=rule.name, grade=sorted(unknown)[0], allowed=", ".join(rule.hours))
    return rule


def _rows(name: str) -> list[dict]:
    rows = tomllib.loads((FOLDER / name).read_text("utf-8")).get("rule", [])
    if not rows:
        raise RuleProblem("rule.empty", name=name)
    return rows
