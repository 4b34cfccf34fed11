"""The tab of boundaries: a file, what is in it, how its areas will fit, the import, and the boundaries there are."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import streamlit as st

from data import words
from data.areas import levels
from data.boundary_check import Check, candidates, check, keep_picture
from data.errors import Problem
from data.settings import read_settings
from data.uploads import drop_upload, keep_upload
from data.words import sentence, t
from geo.crs import CRS_NAMES, known
from geo.outlines import LayerOutline, SourceOutline, describe
from geo.sources import ENCODINGS
from pages.parts import address, boundary_reports
from pages.parts.answers import store
from pages.parts.jobs import queue, watch
from pages.parts.plain import plain

BLOCK = 8 << 20
LIMIT_MIB = 512
UPLOAD, JOB = "boundary_upload", "boundary_job"
KINDS = ["geojson", "json", "gz", "gpkg", "zip"]
# offered though the store may not have them yet
USUAL = ("city", "district", "street", "community", "grid")
OTHER_CRS = "EPSG"
FIRST, LAST = date(1900, 1, 1), date(2099, 12, 31)


def show() -> None:
    """Everything from the dropped file to its areas in the store."""
    if job_id := address.get(JOB):
        _job(job_id)
    else:
        _new()
    boundary_reports.present(store())


def _new() -> None:
    path = _file()
    if path is None:
        return
    try:
        options = _choices(path)
        seen = _checked(path, options) if options else None
    except Problem as problem:
        st.error(plain(sentence(problem)))
        return
    if not options or seen is None:
        return
    found, picture = seen
    boundary_reports.checked(found, options["level"], picture)
    stands = found.refused is not None or found.unchanged
    if st.button(t("boundaries.start"), type="primary", icon=":material/layers:", disabled=stands):
        days = {name: day.isoformat() if day else None for name, day in options.items() if name.startswith("valid")}
        address.put(JOB, queue().submit("boundaries", {"file": str(path), **options, **days}))
        st.session_state.pop(UPLOAD, None)
        st.rerun()


def _file() -> Path | None:
    """The file handed in; it is written to the home at once, so that the session does not hold it."""
    kept = st.session_state.get(UPLOAD)
    if kept and Path(kept).is_file():
        name_side, button_side = st.columns([5, 1], vertical_alignment="center")
        name_side.markdown(f"**{plain(Path(kept).name)}**")
        if not button_side.button(t("manage.other_file"), type="tertiary", icon=":material/close:"):
            return Path(kept)
        drop_upload(read_settings().home, Path(kept))
        st.session_state.pop(UPLOAD)
        st.rerun()
    turn = st.session_state.setdefault("boundary_turn", 0)
    given = st.file_uploader(t("boundaries.drop"), type=KINDS, key=f"boundary-upload-{turn}")
    st.caption(t("boundaries.drop_help"))
    if given is None:
        return None
    try:
        path = keep_upload(read_settings().home, given.name, iter(lambda: given.read(BLOCK), b""), limit_mib=LIMIT_MIB)
    except Problem as problem:
        st.error(plain(sentence(problem)))
        return None
    st.session_state[UPLOAD] = str(path)
    # another key, so that the session lets go of the content
    st.session_state["boundary_turn"] = turn + 1
    st.rerun()
    return None


def _choices(path: Path) -> dict[str, Any] | None:
    """What the reader chose for the import; None as long as something is missing."""
    level_side, layer_side, encoding_side = st.columns([2, 1, 1])
    encoding = st.session_state.get(f"encoding-{path}") or None
    outline = _outline(str(path), path.stat().st_mtime_ns, encoding)
    with layer_side:
        layer = _layer(outline)
    with encoding_side:
        _encoding(path, outline, layer)
    with level_side:
        level = _level(path)
    boundary_reports.outlined(outline, layer)
    options: dict[str, Any] = {"layer": layer.name if len(outline.layers) > 1 else None, "encoding": encoding}
    columns = _columns(path, layer)
    crs_side, since_side, until_side, replace_side = st.columns([2, 1, 1, 1], vertical_alignment="bottom")
    with crs_side:
        crs = _crs(path, layer, options)
    days = {"value": None, "format": "YYYY-MM-DD", "min_value": FIRST, "max_value": LAST}
    since = since_side.date_input(
        t("boundaries.valid_from"), key=f"since-{path}", help=t("boundaries.valid_from_help"), **days
    )
    until = until_side.date_input(
        t("boundaries.valid_to"), key=f"until-{path}", help=t("boundaries.valid_to_help"), **days
    )
    replacing = replace_side.checkbox(t("boundaries.replacing"), help=t("boundaries.replacing_help"))
    if not level or not columns or crs is None:
        st.info(t("boundaries.choose"))
        return None
    options |= {"level": level, **columns, "crs": crs or None, "valid_from": since, "valid_to": until}
    return options | {"replacing": replacing}


def _encoding(path: Path, outline: SourceOutline, layer: LayerOutline) -> None:
    """The encoding of texts, where the kind of file leaves it open and a person may know better."""
    if outline.kind != "GeoPackage":
        names = ["", *sorted(set(ENCODINGS.values()))]
        said = lambda name: name or t("boundaries.encoding_found", encoding=layer.encoding or "-")  # noqa: E731
        st.selectbox(t("boundaries.encoding"), names, format_func=said, key=f"encoding-{path}")


def _layer(outline: SourceOutline) -> LayerOutline:
    named = {layer.name: layer for layer in outline.layers}
    said = lambda name: t("boundaries.layer_option", name=name, n=f"{named[name].features:,}")  # noqa: E731
    chosen = st.selectbox(t("boundaries.layer"), list(named), format_func=said, disabled=len(named) == 1)
    return named[chosen]


def _level(path: Path) -> str | None:
    present = levels(store())
    offered = [*present, *(name for name in USUAL if name not in present)]
    chosen = st.selectbox(
        t("boundaries.level"), offered, index=None, key=f"level-{path}", accept_new_options=True,
        format_func=lambda name: t("boundaries.level_option", name=words.level(name), level=name)
        if words.level(name) != name else name,
        placeholder=t("boundaries.level_hint"), help=t("boundaries.level_help"),
    )  # fmt: skip
    return chosen.strip() if chosen else None


def _columns(path: Path, layer: LayerOutline) -> dict[str, str | None] | None:
    """The columns of code, name and parent; what the file suggests is chosen beforehand."""
    names = [column.name for column in layer.columns]
    if not names:
        st.error(t("boundaries.no_columns"))
        return None
    samples = {column.name: " / ".join(column.samples[:2]) for column in layer.columns}
    said = lambda name: f"{name}（{samples[name]}）" if name else t("boundaries.derived")  # noqa: E731
    chosen: dict[str, str | None] = {}
    for side, role in zip(st.columns(3), ("id", "name", "parent"), strict=True):
        best = layer.suggested(role) or (layer.suggested("id") if role == "name" else None)
        options = names if role != "parent" else ["", *names]
        at = options.index(best) if best in options else 0
        label, key = t(f"boundaries.role_{role}"), f"{role}-{path}-{layer.name}"
        chosen[f"{role}_column"] = side.selectbox(label, options, at, format_func=said, key=key) or None
    return chosen


def _crs(path: Path, layer: LayerOutline, options: dict[str, Any]) -> str | None:
    """The coordinate system: '' is what the file declares; None as long as nobody says."""
    declared = [""] if layer.declared else []
    fits = {one.crs: one for one in _candidates(path, options)}
    offered = list(dict.fromkeys([*declared, *fits, *CRS_NAMES, OTHER_CRS]))

    def said(name: str) -> str:
        if not name:
            return t("boundaries.crs_declared", crs=layer.declared)
        if name == OTHER_CRS:
            return t("boundaries.crs_other")
        share = fits[name].share if name in fits else None
        return name if share is None else t("boundaries.crs_share", crs=name, percent=f"{100 * share:.1f}")

    chosen = st.selectbox(
        t("manage.crs"), offered, 0 if declared else None, format_func=said, key=f"crs-{path}-{layer.name}",
        placeholder=t("boundaries.crs_hint"), help=t("boundaries.crs_help"),
    )  # fmt: skip
    if chosen != OTHER_CRS:
        return chosen
    typed = st.text_input(t("boundaries.crs_other"), placeholder="EPSG:4548", max_chars=12, key=f"epsg-{path}").strip()
    if not typed:
        return None
    typed = f"EPSG:{typed}" if re.fullmatch("[0-9]{4,6}", typed) else typed
    known(typed)
    return typed


@st.cache_resource(max_entries=20, show_spinner=False)
def _outline(path: str, stamp: int, encoding: str | None) -> SourceOutline:  # noqa: ARG001
    return describe(path, encoding=encoding)


def _candidates(path: Path, options: dict[str, Any]) -> list:
    return _fits(str(path), store().areas_version, options["layer"], options["encoding"])


@st.cache_resource(max_entries=20, show_spinner=False)
def _fits(path: str, version: int, layer: str | None, encoding: str | None) -> list:  # noqa: ARG001
    return candidates(store(), Path(path), layer=layer, encoding=encoding)


def _checked(path: Path, options: dict[str, Any]) -> tuple[Check, str]:
    with st.spinner(t("manage.looking")):
        return _check(str(path), store().areas_version, tuple(options.items()))


@st.cache_resource(max_entries=10, show_spinner=False)
def _check(path: str, version: int, options: tuple) -> tuple[Check, str]:  # noqa: ARG001
    found = check(store(), Path(path), **dict(options))
    return found, keep_picture(Path(path), found)


def _job(job_id: str) -> None:
    """A running import, or what became of it."""
    job = watch(job_id)
    if job is None and queue().get(job_id) is not None:
        return
    if job is not None:
        boundary_reports.ended(job)
    if st.button(t("manage.next_file"), icon=":material/add:"):
        address.put(JOB, "")
        st.rerun()
