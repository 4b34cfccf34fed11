"""诉求: the complaints behind every figure; one click shows a complaint's way through the stages."""

import streamlit as st

from data.complaints import STATES, complaint
from data.words import t
from pages.parts import address, case, explained, exports, filters, tables
from pages.parts.answers import answer, count, store

COLUMNS = ["ticket_no", "received_at", "state", "category", "address", "place", "units", "channel", "deadline_at"]
ROWS = 50

# --- filters
st.title(t("complaints.title"), anchor=False)
scope = filters.scope()
state_side, text_side = st.columns([1, 3])
state = address.select(state_side, "state", STATES, "all", t("complaints.state"), lambda s: t(f"state.{s}"))
text = address.text(text_side, "text", t("complaints.text"), t("complaints.text_hint"))

# --- answer
found = count(scope, state=state, text=text)
if not found:
    raise filters.Nothing(filters.nothing(scope))
page = address.page(found, ROWS)
rows = answer("complaints", scope, state=state, text=text, limit=ROWS, offset=(page - 1) * ROWS)

# --- render
table = f"list-{page}-{hash((scope, state, text))}"


def pick() -> None:
    """Open the row just chosen; a row taken back closes it."""
    chosen = st.session_state[table]["selection"]["rows"]
    address.put("ticket", str(rows.iloc[chosen[0]]["ticket_no"]) if chosen else "")


first = (page - 1) * ROWS + 1
st.caption(
    f"{t('complaints.count', n=f'{found:,}', first=first, last=first + len(rows) - 1)} · {t('complaints.choose')}"
)
picked = st.dataframe(
    tables.coded(rows)[COLUMNS], hide_index=True, placeholder="—", height=tables.height(min(len(rows), 14)),
    column_config=tables.columns(COLUMNS), on_select=pick, selection_mode="single-row", key=table,
)  # fmt: skip
explained.links(["listed", "open", "overdue", "deadline_at"], "list")
page_side, export_side = st.columns([1, 3], vertical_alignment="bottom")
with page_side:
    address.pages(found, ROWS)
with export_side:
    exports.offer("complaints", scope, first=t("complaints.export", n=f"{found:,}"), state=state, text=text)
if ticket := address.get("ticket"):
    chosen = picked["selection"]["rows"]
    case.show(complaint(store(), ticket, source=str(rows.iloc[chosen[0]]["source"]) if chosen else None))
st.caption(t("complaints.masked"))
