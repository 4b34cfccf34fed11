"""Charts: plotly, one look, no toolbar."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from data.words import t

BLUE, GREEN, GREY, RED = "#1f5fa8", "#2e8b6f", "#c4ccd6", "#b2402a"
FONT = "'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif"


def trend(days: pd.DataFrame) -> None:
    """Received and closed, by day."""
    figure = go.Figure()
    figure.add_bar(x=days["step_on"], y=days["received"], name=t("column.received"), marker_color="#9dbbdc")
    figure.add_scatter(
        x=days["step_on"], y=days["closed"], name=t("column.closed"), mode="lines", line={"color": GREEN, "width": 2}
    )
    figure.update_xaxes(type="date", tickformat="%Y-%m-%d" if len(days) > 120 else "%m-%d", hoverformat="%Y-%m-%d")
    if len(days) <= 16:
        figure.update_xaxes(tickvals=days["step_on"])
    if len(days) < 4:
        figure.update_traces(width=6 * 3_600_000, selector={"type": "bar"})
        figure.update_traces(mode="lines+markers", selector={"type": "scatter"})
    _show(figure, "trend", 280, legend=True)


def bars(rows: pd.DataFrame, name: str, value: str, key: str, *, most: int = 12, before: str | None = None) -> None:
    """
    The largest rows as horizontal bars.

    Parameters
    ----------
    rows
        An answer, any order.
    name, value
        Columns of the label and of the length.
    most
        How many rows at most; the rest is not drawn.
    before
        Column of the period before, drawn as a mark.
    """
    top = rows.nlargest(most, value).iloc[::-1]
    labels = [str(label) if isinstance(label, str) else "—" for label in top[name]]
    # plotly joins equal labels into one bar: keep them apart
    places = list(range(len(top)))
    figure = go.Figure()
    figure.add_bar(
        x=top[value], y=places, orientation="h", marker_color=BLUE, text=[f"{v:,}" for v in top[value]],
        textposition="auto", name=t(f"column.{value}"), hovertext=labels, hoverinfo="text+x",
    )  # fmt: skip
    if before:
        figure.add_scatter(
            x=top[before], y=places, mode="markers", name=t("overview.prev_received"),
            marker={"symbol": "line-ns-open", "size": 14, "color": RED, "line": {"width": 2}},
        )  # fmt: skip
    shown = [label if len(label) <= 16 else label[:15] + "…" for label in labels]
    figure.update_yaxes(tickmode="array", tickvals=places, ticktext=shown)
    _show(figure, key, 60 + 26 * max(len(top), 3), legend=bool(before))


def _show(figure: go.Figure, key: str, height: int, *, legend: bool) -> None:
    figure.update_layout(
        height=height, margin={"l": 8, "r": 8, "t": 24 if legend else 8, "b": 8}, showlegend=legend,
        font={"family": FONT, "size": 12}, legend={"orientation": "h", "y": 1.12, "x": 0},
        plot_bgcolor="white", paper_bgcolor="white", bargap=0.28, hoverlabel={"font": {"family": FONT}},
        modebar_remove=["all"],
    )  # fmt: skip
    figure.update_xaxes(gridcolor="#eef1f5", automargin=True)
    figure.update_yaxes(gridcolor="#eef1f5", automargin=True)
    st.plotly_chart(figure, key=key, config={"displayModeBar": False, "displaylogo": False})
