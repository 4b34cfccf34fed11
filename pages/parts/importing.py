"""The tab of imports: a file, what it was taken for, the columns put right, how it will look, and its report."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from data.errors import Problem
from data.evidence import CRS_CHOICES
from data.masking import Masker
from data.preview import preview
from data.profiles import Profile, save_profile
from data.recognition import Recognition, corrected, kept_as, recognise
from data.settings import read_settings
from data.uploads import drop_upload, is_upload, keep_upload
from data.words import sentence, t
from pages.parts import address, columns, reports
from pages.parts.answers import store
from pages.parts.jobs import queue, watch
from pages.parts.plain import plain

BLOCK = 8 << 20
UPLOAD = "upload"


@dataclass(frozen=True)
class Choice:
    """How a person wants the file to be read."""

    profile: Profile
    crs: str
    sheet: str | None
    header_row: int | None


def show() -> None:
    """Everything from the dropped file to the report."""
    if job_id := address.get("job"):
        _job(job_id)
        return
    path = _file()
    if path is None:
        return
    try:
        seen, choice = _choices(path)
    except Problem as problem:
        st.error(plain(sentence(problem)))
        return
    mapping = columns.edit(seen, choice.profile, store())
    if mapping is None:
        return
    profile = corrected(choice.profile, mapping)
    ready = _preview(path, profile, choice)
    _save(profile, choice.crs)
    if st.button(t("manage.start"), type="primary", icon=":material/upload:", disabled=not ready):
        params = {"file": str(path), "profile": profile.as_table(), "crs": choice.crs or None}
        params |= {"sheet": choice.sheet, "header_row": choice.header_row, "rows": seen.outline.rows}
        address.put("job", queue().submit("import", params))
        st.session_state.pop(UPLOAD, None)
        st.rerun()


def _file() -> Path | None:
    """The file handed in; it is written to the home at once, so that the session does not hold it."""
    home = read_settings().home
    kept = st.session_state.get(UPLOAD)
    if kept and Path(kept).is_file():
        name_side, button_side = st.columns([5, 1], vertical_alignment="center")
        name_side.markdown(f"**{plain(Path(kept).name)}**")
        if not button_side.button(t("manage.other_file"), type="tertiary", icon=":material/close:"):
            return Path(kept)
        drop_upload(home, Path(kept))
        st.session_state.pop(UPLOAD)
        st.rerun()
    turn = st.session_state.setdefault("upload_turn", 0)
    given = st.file_uploader(t("manage.drop"), key=f"upload-{turn}", help=t("manage.drop_help"))
    st.caption(t("manage.drop_help"))
    if given is None:
        return None
    blocks = iter(lambda: given.read(BLOCK), b"")
    st.session_state[UPLOAD] = str(keep_upload(home, given.name, blocks))
    # another key, so that the session lets go of the content
    st.session_state["upload_turn"] = turn + 1
    st.rerun()
    return None


def _choices(path: Path) -> tuple[Recognition, Choice]:
    """What the file was taken for, with the sheet, the header's row, the profile, source and system as chosen."""
    first = _recognised(path, None, None, None)
    st.subheader(t("manage.seen"), anchor=False)
    row_side, profile_side, source_side, crs_side, sheet_side = st.columns([1, 2, 2, 2, 2])
    sheets = {sheet.name: sheet for sheet in first.outline.sheets}
    sheet = None
    if len(sheets) > 1:
        names = list(sheets)
        said = lambda name: t("manage.sheet_option", name=name, rows=sheets[name].rows)  # noqa: E731
        sheet = sheet_side.selectbox(t("manage.sheet"), names, names.index(first.outline.sheet), format_func=said)
    seen = _recognised(path, sheet, None, None) if sheet else first
    row = None
    if seen.outline.header_row:
        row = int(row_side.number_input(t("manage.header_row"), 1, 1_000, seen.outline.header_row, key=f"row-{sheet}"))
        seen = _recognised(path, sheet, row if row != seen.outline.header_row else None, None)
    fits = dict(seen.fits)
    said = lambda name: t("manage.profile_option", name=name, n=fits[name])  # noqa: E731
    name = profile_side.selectbox(
        t("manage.profile"), list(fits), format_func=said, key=f"profile-{path}-{sheet}-{row}"
    )
    seen = _recognised(path, sheet, row, name)
    source = source_side.text_input(
        t("manage.source"), seen.profile.source, key=f"source-{name}", help=t("manage.source_help"), max_chars=60
    )
    choices = list(CRS_CHOICES)
    crs = crs_side.selectbox(
        t("manage.crs"), choices, choices.index("" if seen.profile.crs else "auto"),
        format_func=lambda c: t(f"crs_choice.{c or 'profile'}"), key=f"crs-{name}",
    )  # fmt: skip
    _facts(seen)
    profile = corrected(seen.profile, seen.columns, source=source.strip() or seen.profile.source)
    return seen, Choice(profile, crs, sheet or seen.outline.sheet or None, row or seen.outline.header_row or None)


@st.cache_resource(max_entries=20, show_spinner=False)
def _recognise(path: str, stamp: int, sheet, row, profile) -> Recognition:  # noqa: ARG001
    return recognise(Path(path), read_settings().home, sheet=sheet, header_row=row, profile=profile)


def _recognised(path: Path, sheet: str | None, row: int | None, profile: str | None) -> Recognition:
    return _recognise(str(path), path.stat().st_mtime_ns, sheet, row, profile)


def _facts(seen: Recognition) -> None:
    out = seen.outline
    facts = [out.format, out.encoding, f"{t('manage.fact_rows')} {out.rows:,}" if out.rows is not None else ""]
    facts += [t("manage.fact_header", row=out.header_row) if out.header_row else ""]
    facts += [t("manage.fact_size", size=f"{out.size / 1e6:,.1f}")]
    st.caption(plain(" · ".join(fact for fact in facts if fact)))
    titles = " / ".join(title for title in out.titles if title)
    if titles:
        st.caption(plain(t("manage.fact_titles", titles=Masker(store().key).line(titles[:200]))))
    if seen.personal:
        st.warning(plain(t("manage.personal", columns=t("scope.and").join(seen.personal))))


def _preview(path: Path, profile: Profile, choice: Choice) -> bool:
    """The first rows as they will be stored, and what was not understood; False while the file cannot be imported."""
    try:
        with st.spinner(t("manage.looking")):
            found = _previewed(str(path), profile, choice, store().version)
    except Problem as problem:
        st.error(plain(sentence(problem)))
        return False
    reports.preview(found)
    if found.verdict is not None and not found.verdict.decided:
        st.warning(t("manage.choose_crs"))
        return False
    return True


@st.cache_resource(max_entries=10, show_spinner=False)
def _previewed(path: str, profile: Profile, choice: Choice, version: int):  # noqa: ARG001
    return preview(
        store(), Path(path), profile, crs=choice.crs or None, sheet=choice.sheet, header_row=choice.header_row
    )


def _save(profile: Profile, crs: str) -> None:
    with st.expander(t("manage.save_as"), icon=":material/bookmark_add:"):
        name_side, button_side = st.columns([3, 1], vertical_alignment="bottom")
        name = name_side.text_input(t("manage.save_as"), max_chars=40, label_visibility="collapsed").strip()
        if button_side.button(t("manage.save"), disabled=not name):
            try:
                save_profile(kept_as(profile, name, crs=crs or None), read_settings().home)
            except Problem as problem:
                st.error(plain(sentence(problem)))
            else:
                st.success(plain(t("manage.saved", name=name)))


def _job(job_id: str) -> None:
    """A running import, or its report."""
    asked = queue().get(job_id)
    job = watch(job_id) if asked and asked.kind in ("import", "watched") else None
    if job is None and asked is not None and asked.kind in ("import", "watched"):
        return
    if job is not None:
        reports.ended(job)
        path = Path(job.params.get("file", ""))
        if job.state != "done" and is_upload(read_settings().home, path) and path.is_file():
            st.session_state[UPLOAD] = str(path)  # what could not be imported can be put right
            label = t("manage.back_to_file")
        else:
            label = t("manage.next_file")
    else:
        label = t("manage.next_file")
    if st.button(label, icon=":material/add:"):
        address.put("job", "")
        st.rerun()
