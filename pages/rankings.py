"""排行: which streets, communities and units answer best and worst, and how they moved."""

import pandas as pd
import streamlit as st

from data import words
from data.clock import previous
from data.rates import pooled
from data.rules import score_rule
from data.words import t
from pages.parts import address, explained, exports, filters, tables
from pages.parts.answers import answer, facts, store
from pages.parts.plain import plain

COLUMNS = ["rank", "rank_change", "name", "received", "closed", "valid", "contacted", "solved", "satisfied"]
COLUMNS += ["basically", "response_rate", "resolution_rate", "satisfaction_rate", "score", "score_change"]

# --- filters
st.title(t("rankings.title"), anchor=False)
scope = filters.scope()
levels = facts()["levels"]
options = [*levels[1:], *levels[:1], "unit"] if len(levels) > 1 else [*levels, "unit"]
by_side, scope_side = st.columns([1, 4], vertical_alignment="bottom")
named = {name: words.level(name) for name in levels} | {"unit": t("rankings.units")}
by = address.select(by_side, "by", options, options[0], t("rankings.by"), named.get)
rule = score_rule(scope.until)

# --- answer
board = answer("rankings", scope, by=by)
if board.empty or not (board["received"].sum() + board["closed"].sum()):
    raise filters.Nothing(filters.nothing(scope))
total = pooled(store(), board, scope)

# --- render
board = board.rename(columns={"unit": "name"} if by == "unit" else {})
total["name"] = t("rankings.total")
table = pd.concat([board, total], ignore_index=True)[COLUMNS]
scope_side.caption(plain(scope.sentence(store())))
height = tables.height(min(len(table), 26))
st.dataframe(
    tables.moves(table), hide_index=True, placeholder="—", height=height, column_config=tables.columns(COLUMNS)
)
explained.links([*COLUMNS, "total", "unplaced"], "board")
exports.offer("rankings", scope, by=by)
weights = {part: f"{100 * getattr(rule, f'weight_{part}'):g}" for part in ("response", "resolution", "satisfaction")}
before = previous(scope.period, rule.assessment_month_starts_on)
basically = rule.coefficient_basically_satisfied
notes = [
    t("rankings.ranked", **weights, basically=basically, rule=rule.name, since=rule.effective_from),
    t("rankings.compared", since=before.since, until=before.until),
]
unranked = int(board["rank"].isna().sum())
notes += [t("rankings.unranked", n=unranked)] * bool(unranked) + [t("rankings.unit_note")] * (by == "unit")
now = answer("totals", scope).iloc[0]
missing = int(now["received"]) - int(board["received"].sum())
if by != "unit" and missing > 0:
    notes.append(t("rankings.unplaced", n=f"{missing:,}", unplaced=f"{int(now['unplaced']):,}"))
st.caption(" ".join(notes))
