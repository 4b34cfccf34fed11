"""One indicator on its page: formula, its number in the reader's scope, code, rule in force and sources."""

from datetime import date
from html import escape

import pandas as pd
import streamlit as st

from data.excerpts import Excerpt
from data.indicators import Indicator
from data.rates import pooled
from data.scope import Scope
from data.words import t
from pages.parts import tables
from pages.parts.answers import answer, count, facts, store
from pages.parts.plain import plain

ROWS = 5
BOARD = ["rank", "rank_change", "name", "score", "score_change"]
TOTAL = ["received", "valid", "resolution_rate", "satisfaction_rate", "score"]
CATEGORIES = ["name", "received", "received_previous", "share"]
PEOPLE = ["name", "received", "per_10k"]
PERIODS = ["period", "since", "until", "received", "score"]


def meaning(one: Indicator, scope: Scope | None) -> None:
    """Sentence, formula in words and with the scope's numbers, by which time it counts, what it leaves out."""
    on = scope.until if scope else date.max
    st.markdown(plain(one.sentence()))
    said = {t("indicators.formula"): f"{one.label()} = {one.formula(on)}"}
    if scope and one.example == "totals":
        row = answer("totals", scope).iloc[0]
        if numbers := one.worked(on, row):
            said[t("indicators.worked")] = f"{numbers} = {figure(one, row[one.name])}"
    said |= {
        t("indicators.unit"): t(f"indicator.unit.{one.unit}"),
        t("indicators.counted"): t(f"indicator.counted.{one.counted}"),
        t("indicators.without"): one.without(on),
    }
    items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in said.items())
    st.html(f'<dl class="whistlemap-facts">{items}</dl>')


def code(one: Indicator) -> None:
    """What computes it, each piece under the lines it stands on."""
    st.subheader(t("indicators.code"), anchor=False)
    for piece in one.excerpts():
        st.caption(_where(piece))
        st.code(piece.text, language=piece.language, wrap_lines=True)


def _where(piece: Excerpt) -> str:
    lines = f"{piece.first}–{piece.last}" if piece.last > piece.first else str(piece.first)
    return plain(t("indicators.lines", file=piece.file, lines=lines))


def rule(one: Indicator, scope: Scope | None) -> None:
    """The rule set in force on the scope's last day."""
    st.subheader(t("indicators.rule"), anchor=False)
    found = one.rule_in_force(scope.until if scope else date.max)
    if found is None:
        st.caption(t("indicators.no_rule"))
        return
    st.markdown(plain(found.said))
    values = {"rule": found.name, "since": found.effective_from}
    # deadlines are set once, at intake, by the newest rule; the others by the scope's last day
    dated = scope is not None and one.rule == "score"
    said = t("indicators.rule_since", **values, on=scope.until) if dated else t("indicators.rule_newest", **values)
    st.caption(plain(said))
    with st.expander(t("indicators.rule_text")):
        for piece in found.excerpts:
            st.caption(_where(piece))
            st.code(piece.text, language=piece.language, wrap_lines=True)


def sources(one: Indicator) -> None:
    """Where it comes from, and how far each source can be trusted."""
    st.subheader(t("indicators.sources"), anchor=False)
    items = ""
    for source in one.sources:
        address = f"<br><small>{escape(t('indicators.address', address=source.address))}</small>" * bool(source.address)
        kind = escape(t(f"indicator.reliability.{source.reliability}"))
        items += f"<dt>{kind}</dt><dd>{escape(source.said())}{address}</dd>"
    st.html(f'<dl class="whistlemap-facts">{items}</dl>')
    st.caption(t("indicators.reading"))


def value(one: Indicator, scope: Scope) -> None:
    """The indicator's number in the reader's scope, from the question that its own page asks."""
    with st.container(border=True, key=f"card-here-{one.name}"):
        if one.example in FIGURES:
            number = FIGURES[one.example](one, scope)
            st.metric(one.label(), t("indicators.none_here") if number is None else figure(one, number))
        elif one.example in TABLES:
            st.caption(t("indicators.here"))
            rows = TABLES[one.example](scope)
            _table(rows) if len(rows) else st.markdown(t("indicators.none_here"))
        else:
            st.caption(t("indicators.by_complaint" if one.counted == "each" else "indicators.by_view"))
        st.caption(plain(scope.sentence(store())))
        if one.page:
            label = t("indicators.on_page", page=t(f"nav.{one.page}"))
            st.page_link(f"{one.page}.py", label=label, icon=":material/arrow_forward:")
        else:
            st.caption(t("indicators.in_files"))


def figure(one: Indicator, number: float) -> str:
    """A number as its own page shows it."""
    if pd.isna(number):
        return t("indicators.none_here")
    return {"percent": "{:.1f}%", "score": "{:.1f}"}.get(one.unit, "{:,.0f}").format(number)


def _total(one: Indicator, scope: Scope) -> float:
    return answer("totals", scope).iloc[0][one.name]


def _listed(one: Indicator, scope: Scope) -> float:  # noqa: ARG001
    return count(scope, state="all", text="")


def _level() -> str | None:
    levels = facts()["levels"]
    return levels[min(1, len(levels) - 1)] if levels else None


def _placed(one: Indicator, scope: Scope) -> float | None:  # noqa: ARG001
    level = _level()
    return answer("rates_by_area", scope, level=level)["received"].sum() if level else None


def _ranked(scope: Scope) -> pd.DataFrame:
    by = _level() or "unit"
    return answer("rankings", scope, by=by).rename(columns={"unit": "name"} if by == "unit" else {})


def _board(scope: Scope) -> pd.DataFrame:
    return _ranked(scope)[BOARD].head(ROWS)


def _pooled(scope: Scope) -> pd.DataFrame:
    return pooled(store(), _ranked(scope), scope)[TOTAL]


def _categories(scope: Scope) -> pd.DataFrame:
    return answer("categories", scope, depth=1)[CATEGORIES].head(ROWS)


def _people(scope: Scope) -> pd.DataFrame:
    level = _level()
    rows = answer("rates_by_area", scope, level=level) if level else pd.DataFrame(columns=PEOPLE)
    counted = rows[rows["per_10k"].notna()][PEOPLE].round({"per_10k": 1})
    return counted.sort_values("per_10k", ascending=False).head(ROWS)


def _periods(scope: Scope) -> pd.DataFrame:
    rows = answer("totals", scope)[PERIODS]
    days = {name: rows[name].dt.strftime("%Y-%m-%d") for name in ("since", "until")}
    return rows.assign(period=[t(f"indicators.{name}") for name in rows["period"]], **days)


def _table(rows: pd.DataFrame) -> None:
    shown = tables.moves(rows) if "rank_change" in rows else rows
    st.dataframe(
        shown, hide_index=True, placeholder="—", height=tables.height(len(rows)),
        column_config=tables.columns(list(rows)),
    )  # fmt: skip


# what `example` of an indicator shows: one number, or a few rows
FIGURES = {"totals": _total, "list": _listed, "areas": _placed}
TABLES = {"board": _board, "total": _pooled, "categories": _categories, "people": _people, "periods": _periods}
