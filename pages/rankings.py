"""排行: which streets, communities and units answer best and worst, and how they moved."""

import pandas as pd
import streamlit as st

from data import words
from data.clock import previous
from data.rates import pooled
from data.rules import score_rule
from data.words import t
from pages.parts import address, filters, tables
from pages.parts.answers import answer, facts, store

COLUMNS = ["rank", "rank_change", "name", "received", "closed", "valid", "contacted", "solved", "satisfied", "basically"]
COLUMNS += ["response_rate", "resolution_rate", "satisfaction_rate", "score", "score_change"]

# --- filters
st.title(t("rankings.title"))
scope = filters.scope()
levels = facts()["levels"]
options = [*levels[1:], *levels[:1], "unit"] if len(levels) > 1 else [*levels, "unit"]
by = address.select(
    st, "by", options, options[0], t("rankings.by"), lambda o: t("rankings.units") if o == "unit" else words.level(o)
)
rule = score_rule(scope.until)

# --- answer
board = answer("rankings", scope, by=by)
if board.empty or not (board["received"].sum() + board["closed"].sum()):
    filters.nothing(scope)
    st.stop()
total = pooled(store(), board, scope)

# --- render
board = board.rename(columns={"unit": "name"} if by == "unit" else {})
total["name"] = t("rankings.total")
table = pd.concat([board, total], ignore_index=True)[COLUMNS]
st.caption(scope.sentence(store()))
st.dataframe(table, hide_index=True, placeholder="—", height=min(38 + 35 * len(table), 900), column_config=tables.columns(COLUMNS))
st.download_button(t("rankings.export"), tables.as_csv(table), scope.file_name(f"rankings-{by}"), "text/csv", icon=":material/download:")
weights = {name: f"{getattr(rule, f'weight_{name}'):.0%}".rstrip("%") for name in ("response", "resolution", "satisfaction")}
before = previous(scope.period, rule.assessment_month_starts_on)
notes = [
    t("rankings.ranked", **weights, basically=rule.coefficient_basically_satisfied, rule=rule.name, since=rule.effective_from),
    t("rankings.compared", since=before.since, until=before.until),
]
unranked = int(board["rank"].isna().sum())
notes += [t("rankings.unranked", n=unranked)] * bool(unranked) + [t("rankings.unit_note")] * (by == "unit")
st.caption(" ".join(notes))
