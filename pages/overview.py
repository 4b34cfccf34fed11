"""总览: how many complaints came, how well they were answered, where and about what."""

import streamlit as st

from data import words
from data.words import t
from pages.parts import address, cards, charts, explained, exports, filters
from pages.parts.answers import answer, facts, store
from pages.parts.plain import plain

# --- filters
st.title(t("overview.title"), anchor=False)
scope = filters.scope()
st.caption(plain(scope.sentence(store())))

# --- answer
totals = answer("totals", scope)
now = totals.iloc[0]
if not now["received"] and not now["closed"]:
    raise filters.Nothing(filters.nothing(scope))
levels = facts()["levels"]
level = levels[min(1, len(levels) - 1)] if levels else None

# --- render
cards.counts(totals, store().data_at.strftime("%Y-%m-%d %H:%M"))
for column, state in zip(st.columns(4)[2:], ("open", "overdue"), strict=True):
    # the stock is of any period, so is its list
    label = t("overview.list", state=t(f"state.{state}"), n=f"{int(now[state]):,}")
    if column.button(label, key=f"list-{state}", type="tertiary", icon=":material/list_alt:"):
        filters.whole_period()
        address.put("state", state)
        st.switch_page("complaints.py")
cards.rates(totals)
if scope.until >= store().data_at.date():
    st.caption(t("overview.unfinished", at=store().data_at.strftime("%Y-%m-%d %H:%M")))
st.caption(f"{t('overview.rates_note')} {t('overview.unplaced', n=f'{int(now.unplaced):,}')}")
step = "day" if scope.period.days <= 120 else "week"
st.subheader(t(f"overview.trend_{step}"), anchor=False)
charts.trend(answer("trend", scope, step=step))
explained.links(["received", "closed", "change_previous", "change_last_year", "unplaced"], "figures")
exports.offer("trend", scope, step=step)
left, right = st.columns(2)
with left:
    st.subheader(t("overview.by_category"), anchor=False)
    charts.bars(answer("categories", scope, depth=1), "name", "received", "categories", before="received_previous")
    explained.links(["received", "received_previous"], "categories")
    exports.offer("categories", scope, depth="1")
with right:
    if level is None:
        st.info(t("answer.no_boundaries"))
    else:
        st.subheader(t("overview.by_area", level=words.level(level)), anchor=False)
        charts.bars(answer("rates_by_area", scope, level=level), "name", "received", "areas")
        explained.links(["received"], "areas")
        exports.offer("areas", scope, level=level)
