"""What is in a boundary file, before anything of it is taken: layers, columns, coordinates, and what could be what."""

import re
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.boundaries import text_of
from geo.sources import Source, opened

# columns are judged by so many features
LOOKED_AT = 20_000
SAMPLES = 4
ROLES = ("id", "name", "parent")
# less than this speaks for too little to be proposed
ENOUGH = 0.3
# what such columns are called, in English, Chinese and its initials
_CALLED = {
    "id": r".*code|.*id|.*cd|.*编码|.*代码|.*编号|区划码|dm|bm|xzqdm|xzqhdm|qhdm|jddm|sqdm|wgdm|wgbm",
    "name": r".*name|.*名称|.*名|mc|xzqmc|qhmc|jdmc|sqmc|wgmc|街道|社区|网格",
    "parent": r"parent|parent_?(?:id|code)|p_?id|p_?code|up|.*上级.*|所属.*|sj.*|ss.*",
}
# numbers that a program gave its rows: another export has others
_ROW_NUMBERS = re.compile(r"objectid(_\d+)?|fid(_\d+)?|ogc_fid|gid|rowid|index|序号", re.IGNORECASE)


@dataclass(frozen=True)
class ColumnOutline:
    """
    One column: some of its values, how many features have one (`filled`) and how many different ones there are.

    `roles` says what it could be: `id` (every feature has one, and it tells
    them apart), `name`, `parent` (several features share one), each with how
    much speaks for it (0-1).
    """

    name: str
    kind: str  # integer, number, text, date, other
    samples: tuple[str, ...]
    filled: int
    distinct: int
    roles: dict[str, float]


@dataclass(frozen=True)
class LayerOutline:
    """
    One layer: how many features of which kinds of geometry, its columns, what it declares.

    `declared` is the coordinate system's name ('' where none is declared),
    `bounds` west, south, east, north in the file's own coordinates (None where
    there are no shapes), `encoding` the codec its texts are read in.
    """

    name: str
    features: int
    kinds: tuple[str, ...]
    columns: tuple[ColumnOutline, ...]
    declared: str
    bounds: tuple[float, float, float, float] | None
    encoding: str | None

    def suggested(self, role: str) -> str | None:
        """The column for which most speaks as `id`, `name` or `parent`; None when nothing does."""
        fit = [(column.roles[role], column.name) for column in self.columns if column.roles.get(role, 0) >= ENOUGH]
        return max(fit, key=lambda one: one[0])[1] if fit else None


@dataclass(frozen=True)
class SourceOutline:
    """A boundary file: its name, kind (GeoJSON, GeoPackage, Shapefile) and layers."""

    file: str
    kind: str
    layers: tuple[LayerOutline, ...]


def describe(path: str | Path, *, encoding: str | None = None) -> SourceOutline:
    """
    Say what is in a boundary file, without taking anything from it.

    Parameters
    ----------
    path, encoding
        As for `geo.sources.read_layer`.

    Returns
    -------
    outline
        Every layer that has shapes, with its columns; columns are judged by
        the first `LOOKED_AT` features.

    Raises
    ------
    BoundaryProblem
        As `geo.sources.read_layer`, but a layer need not be chosen, and one
        without features is shown as such.
    """
    with opened(path, encoding=encoding) as source:
        return SourceOutline(source.path.name, source.kind, tuple(_layer(source, name) for name in source.layers))


def _layer(source: Source, name: str) -> LayerOutline:
    info = source.info(name)
    frame = source.read(name, max_features=LOOKED_AT)
    _, declared = source.declared(name, info["crs"])
    kinds: tuple[str, ...] = ()
    bounds = None
    if isinstance(frame, gpd.GeoDataFrame):
        shapes = frame.geometry.array
        kinds = tuple(sorted({str(kind) for kind in shapes.geom_type if kind is not None}))
        found = info["total_bounds"] if len(shapes) else None
        bounds = tuple(float(edge) for edge in found) if found is not None and np.all(np.isfinite(found)) else None
        frame = frame.drop(columns=frame.geometry.name)
    columns = _columns(frame)
    return LayerOutline(name, int(info["features"]), kinds, columns, declared, bounds, source.encoding(name))


def _columns(frame: pd.DataFrame) -> tuple[ColumnOutline, ...]:
    texts = {str(name): [text_of(value) for value in frame[name]] for name in frame}
    kinds = {str(name): _kind(frame[name]) for name in frame}
    ids = {name: _as_id(name, kinds[name], values) for name, values in texts.items()}
    best = max(ids, key=ids.__getitem__, default="")
    outlines = []
    for name, values in texts.items():
        there = [value for value in values if value is not None]
        roles = {
            "id": ids[name],
            "name": _as_name(name, kinds[name], there, len(values)),
            "parent": _as_parent(name, kinds[name], values, texts[best] if ids[best] and best != name else None),
        }
        some = tuple(value[:60] for value in list(dict.fromkeys(there))[:SAMPLES])
        roles = {role: round(much, 2) for role, much in roles.items() if much > 0}
        outlines.append(ColumnOutline(name, kinds[name], some, len(there), len(set(there)), roles))
    return tuple(outlines)


def _kind(values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values.dtype):
        return "other"
    if pd.api.types.is_integer_dtype(values.dtype):
        return "integer"
    if pd.api.types.is_float_dtype(values.dtype):
        whole = values.dropna()
        # a column of integers with gaps comes as floats
        return "integer" if len(whole) and (whole == whole.round()).all() else "number"
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return "date"
    return "text" if pd.api.types.is_string_dtype(values.dtype) or values.dtype == object else "other"


def _called(role: str, name: str) -> float:
    return 0.4 if re.fullmatch(_CALLED[role], name, re.IGNORECASE) else 0.0


def _as_id(name: str, kind: str, values: list[str | None]) -> float:
    if not values or None in values or kind not in ("integer", "text"):
        return 0.0
    share = len(set(values)) / len(values)
    # an area in several features says its id several times
    if share <= 0.5:
        return 0.0
    much = 0.4 * share + _called("id", name)
    if all(re.fullmatch(r"[0-9A-Za-z_.\-]+", value) for value in values):
        much += 0.2
    counted = any(values == [str(n) for n in range(start, start + len(values))] for start in (0, 1))
    return much * (0.3 if _ROW_NUMBERS.fullmatch(name) or (counted and len(values) > 2) else 1.0)


def _as_name(name: str, kind: str, there: list[str], rows: int) -> float:
    if kind != "text" or not rows or len(there) < 0.5 * rows:
        return 0.0
    # letters or Chinese, and more than a number in words
    speaking = sum(bool(re.search(r"[^\W\d_]", value)) for value in there) / len(there)
    share = len(set(there)) / len(there)
    return (0.3 * speaking + 0.3 * share + _called("name", name)) if speaking > 0.5 and share > 0.3 else 0.0


def _as_parent(name: str, kind: str, values: list[str | None], ids: list[str | None] | None) -> float:
    there = [value for value in values if value is not None]
    if kind not in ("integer", "text") or len(there) < 0.5 * len(values) or len(set(there)) >= len(values):
        return 0.0
    much = 0.1 + _called("parent", name)
    pairs = [(value, own) for value, own in zip(values, ids or [], strict=False) if value and own]
    # the code of a parent often begins that of its child
    if pairs and all(own != value and own.startswith(value) for value, own in pairs):
        much += 0.5
    return much
