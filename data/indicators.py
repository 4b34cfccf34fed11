"""
Every figure that is shown, explained: sentence, formula with the rule's numbers, the code that counts it, sources.

Nothing is told twice: formulas take their numbers from the rule set in force on a day, and code is read from the very
file that is carried out. Which figures there are stands in `rules/indicators.toml`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from numbers import Integral
from pathlib import Path

import pandas as pd

from data import rules
from data.excerpts import Excerpt, excerpt, rule_lines
from data.words import catalogue, language, t

TABLE = Path(__file__).parent / "rules" / "indicators.toml"
RELIABILITIES = ("newspaper", "public_code", "mirror", "not_found", "assumption", "product")
# indicators whose formula can be worked with the sums of one row
RATIOS = ("response_rate", "resolution_rate", "satisfaction_rate", "score")


@dataclass(frozen=True)
class Source:
    """Where a definition comes from, how far that can be trusted, and its address where it has one."""

    name: str
    reliability: str
    address: str = ""

    def said(self, lang: str | None = None) -> str:
        """What it is, and what it says."""
        return t(f"indicator.source.{self.name}", lang)


@dataclass(frozen=True)
class Indicator:
    """One figure; its fields are explained at the head of `rules/indicators.toml`."""

    name: str
    group: str
    unit: str
    counted: str
    code: tuple[str, ...]
    sources: tuple[Source, ...]
    page: str = ""
    rule: str = ""
    example: str = ""

    def label(self, lang: str | None = None) -> str:
        """What it is called."""
        known = catalogue(lang or language.get())
        return known.get(f"indicator.name.{self.name}") or known[f"column.{self.name}"]

    def sentence(self, lang: str | None = None) -> str:
        """What it says."""
        return t(f"indicator.sentence.{self.name}", lang)

    def without(self, on: date, lang: str | None = None) -> str:
        """What it leaves out, and when there is no number, under the rules of a day."""
        return t(f"indicator.without.{self.name}", lang, **_numbers(on, lang))

    def formula(self, on: date, lang: str | None = None) -> str:
        """The formula in words, with the numbers of the rule sets in force on a day."""
        known = catalogue(lang or language.get())
        labels = {key.removeprefix("column."): word for key, word in known.items() if key.startswith("column.")}
        return self._formula(on, lang, labels)

    def worked(self, on: date, row: Mapping[str, object]) -> str | None:
        """
        The formula with the numbers of one row in place of words, as in `95 ÷ 100 × 100%`.

        Parameters
        ----------
        on
            The day whose rules count.
        row
            A row of an answer, with all counts and rates.

        Returns
        -------
        worked
            None for an indicator that is not one of `RATIOS`, and where there is no number.
        """
        if self.name not in RATIOS or pd.isna(row[self.name]):
            return None
        shown = {key: _figure(value) for key, value in row.items()}
        return self._formula(on, None, shown)

    def _formula(self, on: date, lang: str | None, values: dict[str, str]) -> str:
        every = rules.score_rule(on).unrated_counts_in_satisfaction
        rated = values["valid"] if every else f"({values['valid']} − {values['unrated']})"
        return t(f"indicator.formula.{self.name}", lang, **values | _numbers(on, lang) | {"rated": rated})

    def excerpts(self) -> tuple[Excerpt, ...]:
        """
        The code that computes it, word for word: its own definition first, then what that uses.

        Raises
        ------
        LookupError
            A file does not hold what `rules/indicators.toml` names.
        """
        return tuple(excerpt(reference) for reference in self.code)

    def rule_in_force(self, on: date, lang: str | None = None) -> "RuleInForce | None":
        """The rule set its numbers come from on a day; None where it needs no rule."""
        if not self.rule:
            return None
        rule = rules.score_rule(on) if self.rule == "score" else rules.deadline_rule()
        said = t(f"indicator.rule.{self.rule}", lang, **_numbers(on, lang))
        return RuleInForce(rule.name, rule.effective_from, said, rule_lines(f"{self.rule}.toml", rule.name))


@dataclass(frozen=True)
class RuleInForce:
    """A rule set: its name, the first day it holds, its numbers in words, and its lines in the file."""

    name: str
    effective_from: date
    said: str
    excerpts: tuple[Excerpt, ...]


@cache
def indicators() -> dict[str, Indicator]:
    """Every indicator by name, in the order of its table."""
    table = _table()
    known = {name: Source(name, **rest) for name, rest in table["source"].items()}
    made = (
        Indicator(**row | {"code": tuple(row["code"]), "sources": tuple(known[name] for name in row["sources"])})
        for row in table["indicator"]
    )
    return {one.name: one for one in made}


def groups() -> dict[str, list[str]]:
    """The names of the indicators, by group."""
    grouped: dict[str, list[str]] = {}
    for one in indicators().values():
        grouped.setdefault(one.group, []).append(one.name)
    return grouped


def plain_columns() -> frozenset[str]:
    """Columns of answers that hold numbers but count nothing."""
    return frozenset(_table()["plain"])


def _figure(value: object) -> str:
    if isinstance(value, Integral):
        return f"{value:,}"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


@cache
def _table() -> dict:
    return tomllib.loads(TABLE.read_text("utf-8"))


def _numbers(on: date, lang: str | None) -> dict[str, str]:
    """The numbers of the rules of a day, by the names that sentences use."""
    rule, deadlines = rules.score_rule(on), rules.deadline_rule()
    known = catalogue(lang or language.get())
    said = {grade: known.get(f"urgency.{grade}", grade) for grade in deadlines.hours}
    grades = [
        said[grade] if grade == f"{hours}h" else t("indicator.grade", lang, grade=said[grade], hours=hours)
        for grade, hours in deadlines.hours.items()
    ]
    counts = "counts" if rule.unrated_counts_in_satisfaction else "is_out"
    weights = ("response", "resolution", "satisfaction")
    return {f"w_{part}": f"{100 * getattr(rule, f'weight_{part}'):g}" for part in weights} | {
        "c_basically": f"{rule.coefficient_basically_satisfied:g}",
        "c_partly": f"{rule.coefficient_partly_solved:g}",
        "start_day": str(rule.assessment_month_starts_on),
        "unrated_said": t(f"indicator.unrated_{counts}", lang),
        "grades": t("scope.and", lang).join(grades),
        "default": said[deadlines.default],
    }
