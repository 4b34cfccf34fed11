"""What became of a file's rows, or will: the quality report, before and after."""

import pandas as pd
import streamlit as st

from data.evidence import said, shares
from data.jobs import Job
from data.words import catalogue, language, t
from pages.parts import tables
from pages.parts.jobs import trouble
from pages.parts.plain import plain

SHOWN = ["ticket_no", "received_at", "closed_at", "category", "channel", "address", "content", "unit", "place"]


def preview(found) -> None:
    """The first rows as they will be stored, and what was not understood."""
    st.subheader(t("manage.preview", n=len(found.rows)), anchor=False)
    st.caption(t("manage.preview_rejected", of=found.read, good=found.read - found.rejected, bad=found.rejected))
    if found.known or found.repeated:
        st.caption(t("manage.preview_known", known=found.known, twice=found.repeated))
    for reason, n in found.reasons.items():
        st.caption(f"⚠ {t(f'reject.{reason}')}：{n}")
    unread = found.fields[found.fields["understood"] < found.fields["filled"]]
    for row in unread.to_dict("records"):
        st.caption(
            "⚠ " + plain(t("manage.not_understood", field=t(f"field.{row['field']}"), header=row["header"],
                           n=row["filled"] - row["understood"], of=row["filled"], example=row["example"]))
        )  # fmt: skip
    names = [name for name in SHOWN if name in found.rows]
    st.dataframe(
        tables.coded(found.rows)[names], hide_index=True, placeholder="—", column_config=tables.columns(names),
        height=tables.height(min(len(found.rows), 8)),
    )  # fmt: skip
    if found.verdict is not None:
        evidence(found.verdict)


def evidence(verdict) -> None:
    """How well each reading of the coordinates fits, and what follows."""
    st.caption(plain(said(verdict)))
    table = shares(verdict)
    if len(table):
        st.dataframe(
            table, hide_index=True, placeholder="—",
            column_order=["reading", "places", "in_stated", "in_outline"],
            column_config={
                "reading": t("manage.evidence_reading"),
                "places": t("manage.evidence_places"),
                "in_stated": st.column_config.NumberColumn(t("manage.evidence_stated"), format="%.1f%%"),
                "in_outline": st.column_config.NumberColumn(t("manage.evidence_outline"), format="%.1f%%"),
            },
        )  # fmt: skip


def ended(job: Job) -> None:
    """The report of an import that has ended, or why it did not come to one."""
    if said := trouble(job):
        st.error(plain(said))
    elif job.state == "cancelled":
        st.info(t("manage.cancelled"))
    elif job.result:
        report(job.result)


def report(result: dict) -> None:
    """A report's sums, by reason, with the rejected rows to download."""
    counts = ("read", "accepted", "updated", "unchanged", "rejected", "unlocated", "unplaced")
    st.markdown(f"**{plain(result['file'])}**")
    for column, name in zip(st.columns(len(counts)), counts, strict=True):
        column.metric(t(f"report.{name}"), f"{result[name]:,}")
    parts = [("reject", "reasons"), ("note", "notes"), ("unlocated", "unlocated_reasons")]
    rows = [
        (t(f"report.{part}"), _word(part, name), n) for part, key in parts for name, n in result.get(key, {}).items()
    ]
    if rows:
        frame = pd.DataFrame(rows, columns=["kind", "what", "rows"])
        names = {"kind": t("report.kind"), "what": t("report.what"), "rows": t("report.rows")}
        st.dataframe(frame, hide_index=True, column_config=names)
    if result["rejected"]:
        link = f"/api/batches/{result['batch']}/rejected.csv"
        st.link_button(t("report.download", n=f"{result['rejected']:,}"), link, icon=":material/download:")
    if result.get("unused_columns"):
        st.caption(plain(t("report.unused", columns=t("scope.and").join(result["unused_columns"]))))


def _word(part: str, name: str) -> str:
    return catalogue(language.get()).get(f"{part}.{name}", name)
