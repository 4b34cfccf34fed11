"""The table in which a person says what each column of a file means."""

import pandas as pd
import streamlit as st

from data.cleaning import bare_name
from data.masking import Masker
from data.personal import looks_personal
from data.profiles import FIELDS, Profile
from data.recognition import Recognition
from data.store import Store
from data.words import t
from pages.parts import tables
from pages.parts.plain import plain

EXAMPLES = 3
PERSONAL = ("caller_name", "caller_phone", "caller_identity")


def edit(seen: Recognition, profile: Profile, store: Store) -> dict[str, str] | None:
    """
    Show the columns with examples, and let them be put right.

    Returns
    -------
    columns
        Header by field; None, with a sentence on the page, while no file could
        be read that way: no time of receipt, or two columns of one meaning.
    """
    st.subheader(t("manage.mapping"), anchor=False)
    st.caption(t("manage.mapping_help"))
    names = {t("manage.unused"): ""} | {t(f"field.{field}"): field for field in FIELDS}
    labels = {field: label for label, field in names.items()}
    by_header = {header: field for field, header in seen.columns.items()}
    table = pd.DataFrame(
        {
            "header": list(seen.outline.headers),
            "example": [_example(seen, header, by_header.get(header, ""), store) for header in seen.outline.headers],
            "field": [labels[by_header.get(header, "")] for header in seen.outline.headers],
        }
    )
    config = {
        "header": st.column_config.TextColumn(t("manage.map_header"), disabled=True),
        "example": st.column_config.TextColumn(t("manage.map_example"), disabled=True, width="large"),
        "field": st.column_config.SelectboxColumn(t("manage.map_field"), options=list(names), required=True),
    }
    key = f"columns-{profile.name}-{hash(tuple(seen.outline.headers))}"
    edited = st.data_editor(
        table, hide_index=True, column_config=config, key=key, height=tables.height(min(len(table), 12)),
        num_rows="fixed", width="stretch",
    )  # fmt: skip
    return _columns(edited, names)


def _columns(edited: pd.DataFrame, names: dict[str, str]) -> dict[str, str] | None:
    columns: dict[str, str] = {}
    for header, label in zip(edited["header"], edited["field"], strict=True):
        field = names[label]
        if not field:
            continue
        if field in columns:
            both = t("scope.and").join((columns[field], header))
            st.error(plain(t("manage.same_field", field=label, columns=both)))
            return None
        columns[field] = header
    if "received_at" not in columns:
        st.error(t("manage.no_time"))
        return None
    return columns


def _example(seen: Recognition, header: str, field: str, store: Store) -> str:
    """A few of a column's texts; what is somebody's own is not shown."""
    if field in PERSONAL or looks_personal(header):
        return "***" if any((row.get(header) or "").strip() for row in seen.outline.sample) else ""
    masker, own = Masker(store.key), seen.columns.get("caller_name", "")
    # the caller's name may stand in any text of the row
    masked = (masker.text(row.get(header), bare_name(row.get(own))) or "" for row in seen.outline.sample)
    some = list(dict.fromkeys(text[:40] for text in masked if text.strip()))
    return " ｜ ".join(some[:EXAMPLES])
