"""What is said of boundaries: a file's outline, how its areas fit, what became of them, and the ones there are."""

from urllib.parse import urlencode

import pandas as pd
import streamlit as st
from streamlit_folium import st_folium

from data import words
from data.areas import levels
from data.boundary_check import LATEST, Check
from data.jobs import Job
from data.store import Store
from data.vintages import vintages
from data.words import language, sentence, t
from geo.layers import command, live_map
from geo.outlines import LayerOutline, SourceOutline
from pages.parts import tables
from pages.parts.answers import store
from pages.parts.jobs import trouble
from pages.parts.maps import RUN
from pages.parts.plain import plain

HEIGHT = 520
SOME = 12


def outlined(outline: SourceOutline, layer: LayerOutline) -> None:
    """What is in the file, and its columns."""
    edges = "-" if layer.bounds is None else ", ".join(f"{edge:.6g}" for edge in layer.bounds)
    facts = [outline.kind, t("boundaries.fact_features", n=f"{layer.features:,}"), " / ".join(layer.kinds)]
    facts += [layer.encoding or "", t("boundaries.fact_crs", crs=layer.declared or t("boundaries.undeclared"))]
    facts.append(t("boundaries.fact_bounds", bounds=edges))
    st.caption(plain(" · ".join(fact for fact in facts if fact)))
    rows = [
        {"column": column.name, "kind": t(f"boundaries.kind_{column.kind}"), "filled": column.filled,
         "distinct": column.distinct, "samples": " / ".join(column.samples)}
        for column in layer.columns
    ]  # fmt: skip
    with st.expander(t("boundaries.columns", n=len(rows)), icon=":material/table_rows:"):
        names = ("column", "kind", "filled", "distinct", "samples")
        config = {name: st.column_config.Column(t(f"boundaries.column_{name}")) for name in names}
        st.dataframe(pd.DataFrame(rows, columns=names), hide_index=True, column_config=config)


def checked(found: Check, level: str, picture: str) -> None:
    """How the areas fit, in words and on the map."""
    if found.refused is not None:
        st.error(plain(sentence(found.refused)))
    elif found.unchanged:
        st.info(t("boundaries.unchanged"))
    words_side, map_side = st.columns([2, 3])
    with words_side:
        for kind, text in _findings(found, level):
            getattr(st, kind)(plain(text))
        if len(found.overlaps):
            config = {name: st.column_config.Column(t(f"boundaries.overlap_{name}")) for name in ("code", "other")}
            config["shared_m2"] = st.column_config.NumberColumn(t("boundaries.overlap_shared"), format="%.0f")
            height = tables.height(min(len(found.overlaps), 5))
            st.dataframe(found.overlaps, hide_index=True, column_config=config, height=height)
    with map_side:
        _map(found, level, picture)


def _findings(found: Check, level: str) -> list[tuple[str, str]]:
    """Sentences with how they are to be shown: what is as it should be first, then what is to be looked at."""
    report, areas = found.report, found.areas
    fates = areas["fate"].value_counts()
    above = words.level(found.above) if found.above else "-"
    said = [
        ("caption", t("boundaries.said_areas", n=len(areas), level=words.level(level), depth=found.depth, above=above)),
        ("caption", t("boundaries.said_crs", crs=report["crs_in"])),
    ]
    counts = {name: int(fates.get(name, 0)) for name in ("same", "changed", "new")}
    said.append(("caption", t("boundaries.said_fates", **counts, gone=len(found.gone))))
    orphans = areas.loc[areas["parent"].isna(), "code"]
    faults = [
        ("mended", report["mended"]),
        ("merged", report["merged"]),
        ("gone", found.gone),
        ("orphans", list(orphans) if found.above else []),
    ]
    said += [
        ("warning", t(f"boundaries.said_{name}", n=len(codes), codes=_some(codes))) for name, codes in faults if codes
    ]
    if found.unknown_parents:
        said.append(("warning", t("boundaries.said_unknown_parents", n=found.unknown_parents, above=above)))
    for name in ("overlap", "gap"):
        percent = report[f"{name}_percent"]
        kind = "warning" if percent >= 0.01 else "caption"
        said.append((kind, t(f"boundaries.said_{name}", percent=f"{percent:.3f}")))
    return said


def _some(codes: list[str]) -> str:
    return t("scope.and").join(codes[:SOME]) + ("…" if len(codes) > SOME else "")


def _map(found: Check, level: str, picture: str) -> None:
    """The areas on their way in, over the borders of those that are there."""
    kept = store()
    above = "1" if found.above else "0"
    known = levels(kept)
    beneath = level if level in known else found.above or (known[0] if known else None)
    lines = {"v": f"{RUN}-{kept.areas_version}", "on": LATEST.isoformat(), "level": beneath}
    west, south, east, north = found.areas.total_bounds
    group = command(
        words={name: t(f"heatmap.{name}") for name in ("synthetic", "data_at", "offline", "loading")}
        | {name: t(f"heatmap.{name}") for name in ("zoom_in", "zoom_out")},
        areas=f"/api/map/preview/areas?picture={picture}",
        values=f"/api/map/preview/values?picture={picture}&above={above}&lang={language.get()}",
        outline=f"/api/map/areas?{urlencode(lines)}" if beneath else None,
        fit=((south, west), (north, east)),
        labels=True,
    )
    st_folium(
        live_map(height=HEIGHT), key="boundary-map", height=HEIGHT, use_container_width=True, returned_objects=[],
        feature_group_to_add=group,
    )  # fmt: skip


def ended(job: Job) -> None:
    """The report of an import that has ended, or why it did not come to one."""
    if said := trouble(job):
        st.error(plain(said))
        return
    if job.state == "cancelled":
        st.info(t("manage.cancelled"))
        return
    told = job.result or {}
    if told.get("unchanged"):
        st.info(t("boundaries.unchanged"))
        return
    shown = {name: f"{value:,}" if isinstance(value, int) else value for name, value in told.items()}
    shown |= {"level": words.level(told["level"])}
    st.success(plain(t("boundaries.done", **shown)))
    if told.get("recut"):
        st.caption(t("boundaries.recut", n=shown["recut"]))


def present(kept: Store) -> None:
    """The boundaries there are, by level and days."""
    frame = vintages(kept)
    st.subheader(t("boundaries.present"), anchor=False)
    if frame.empty:
        st.caption(t("boundaries.none"))
        return
    table = pd.DataFrame(
        {
            "level": [words.level(level) for level in frame["level"]],
            "depth": frame["depth"],
            "areas": frame["areas"],
            "since": [str(day) if day else t("boundaries.always") for day in frame["since"]],
            "until": [str(day) if day else t("boundaries.still") for day in frame["until"]],
            "area_km2": frame["area_km2"].round(1),
            "without_parent": frame["without_parent"],
            "crs_in": frame["crs_in"],
            "kind": [t("boundaries.synthetic" if made else "boundaries.real") for made in frame["synthetic"]],
        }
    )
    config = {name: st.column_config.Column(t(f"boundaries.list_{name}")) for name in table}
    st.dataframe(table, hide_index=True, column_config=config, height=tables.height(min(len(table), 12)))
