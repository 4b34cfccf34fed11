"""Charts: plotly, one look, no toolbar."""

from html import escape

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from data.words import t

BLUE, GREEN, GREY, RED = "#1f5fa8", "#2e8b6f", "#c4ccd6", "#b2402a"
MOST, LONGEST = 12, 16
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


def bars(rows: pd.DataFrame, name: str, value: str, key: str, *, before: str | None = None) -> None:
    """
    The largest rows as horizontal bars, with room for twelve whatever there are.

    Parameters
    ----------
    rows
        An answer, any order; of more than twelve a sentence says how many there are.
    name, value
        Columns of the label and of the length.
    key
        Streamlit's key of the chart.
    before
        Column of the period before, drawn as a mark.
    """
    top = rows.nlargest(MOST, value).iloc[::-1]
    labels = [str(label) if isinstance(label, str) else "—" for label in top[name]]
    # plotly joins equal labels into one bar: keep them apart
    places = list(range(len(top)))
    figure = go.Figure()
    figure.add_bar(
        x=top[value], y=places, orientation="h", marker_color=BLUE, text=[f"{v:,}" for v in top[value]], textangle=0,
        textposition="outside", cliponaxis=False, name=t(f"column.{value}"), hovertext=[escape(one) for one in labels],
        hovertemplate="%{hovertext}  %{x:,}<extra></extra>",
    )  # fmt: skip
    if before and top[before].notna().any():
        figure.add_scatter(
            x=top[before].to_numpy(float, na_value=float("nan")), y=places, mode="markers",
            name=t("overview.prev_received"), hovertemplate="%{x:,}",
            marker={"symbol": "line-ns-open", "size": 14, "color": RED, "line": {"width": 2}},
        )  # fmt: skip
    shown = [escape(label if len(label) <= LONGEST else label[: LONGEST - 1] + "…") for label in labels]
    # few rows keep the thickness of many
    figure.update_yaxes(tickvals=places, ticktext=shown, range=[len(top) - MOST - 0.6, len(top) - 0.4], showgrid=False)
    _show(figure, key, 64 + 26 * MOST, legend=bool(before))
    if len(rows) > MOST:
        st.caption(t("overview.largest", shown=MOST, n=f"{len(rows):,}"))


def _show(figure: go.Figure, key: str, height: int, *, legend: bool) -> None:
    figure.update_layout(
        height=height, margin={"l": 8, "r": 24, "t": 32, "b": 8}, showlegend=legend,
        font={"family": FONT, "size": 12}, legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        plot_bgcolor="white", paper_bgcolor="white", bargap=0.28, hoverlabel={"font": {"family": FONT}},
        modebar_remove=["all"], dragmode=False,
    )  # fmt: skip
    figure.update_xaxes(gridcolor="#eef1f5", automargin=True, fixedrange=True)
    figure.update_yaxes(gridcolor="#eef1f5", automargin=True, fixedrange=True)
    st.plotly_chart(figure, key=key, config={"displayModeBar": False, "displaylogo": False})
