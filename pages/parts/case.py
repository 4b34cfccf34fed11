"""One complaint: what it says and what happened to it."""

from html import escape

import streamlit as st

from data.complaints import Case, changes
from data.tables import said
from data.words import catalogue, language, t
from pages.parts.plain import plain

FACTS = ["category", "place", "address", "units", "channel", "kind", "urgency", "deadline_at", "state"]
FACTS += ["dispatched_at", "contacted_at", "closed_at", "called_back_at", "exclude_reason", "status"]


def show(case: Case) -> None:
    """A complaint with its events, oldest first."""
    row = case.row.iloc[0]
    st.subheader(f"{t('complaints.detail')} {plain(row['ticket_no'])}", anchor=False)
    left, right = st.container(key="case").columns([3, 2])
    with left, st.container(border=True):
        for name in ("title", "content", "result"):
            if isinstance(row[name], str) and row[name]:
                st.caption(t(f"column.{name}"))
                st.text(row[name])
        known = {t(f"column.{name}"): said(name, row[name]) for name in FACTS}
        items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in known.items() if value)
        st.html(f'<dl class="whistlemap-facts">{items}</dl>')
    with right, st.container(border=True):
        st.caption(t("complaints.events"))
        st.text("\n".join(line for event in case.events.to_dict("records") for line in _told(event)))
        if not case.work_orders["unit"].dropna().empty:
            st.caption(t("complaints.orders"))
            st.text(t("scope.and").join(case.work_orders["unit"].dropna()))


def _told(event: dict) -> list[str]:
    head = f"{said('happened_at', event['happened_at'])}  {t('event.' + event['kind'])}"
    lines = [head + (t("event.withdrawn") if event["withdrawn"] else "")]
    if isinstance(event["unit"], str):
        lines[0] += f"  {event['unit']}"
    if event["kind"] == "called_back":
        names = ("valid", "contacted", "solved", "satisfied")
        lines.append("    " + t("complaints.outcome", **{name: said(name, event[name]) or "—" for name in names}))
    for change in changes(event["detail"] if isinstance(event["detail"], str) else None):
        field = catalogue(language.get()).get(f"column.{change['field']}", change["field"])
        was, now = ((str(change[key]) if change[key] is not None else "—")[:60] for key in ("was", "is"))
        lines.append("    " + t("complaints.changed", field=field, was=was, is_=now))
    return lines
