"""A content for programs that know types: GeoPackage by GDAL, (Geo)Parquet by Arrow, in pages, codes as they are."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import shapely

from data.exports.contents import Content
from data.exports.facts import as_mapping
from data.exports.values import clean, codes, header, plain
from data.questions import DAY, FLAG, MOMENT, NUMBER, TEXT, WHOLE

# moments are local time without zone
TYPES = {
    TEXT: pa.string(), WHOLE: pa.int64(), NUMBER: pa.float64(), FLAG: pa.bool_(), DAY: pa.date32(),
    MOMENT: pa.timestamp("us"),
}  # fmt: skip
SHAPE = "geometry"
GEOPARQUET = "1.1.0"
# read by every GDAL since 2.2; nothing of a later version is used
GEOPACKAGE = "1.2"


def write_parquet(content: Content, path: Path) -> None:
    """
    Parquet, by GeoParquet 1.1 (geoparquet.org) where the content has shapes; each page is a group of rows.

    The file's metadata hold `geo` and, under `whistlemap`, what the file says of
    itself as JSON; each column's hold its unit, its name and its codes in words.
    """
    schema = _schema(content)
    box = _Extent()
    if content.geometry:
        schema = schema.with_metadata({"geo": json.dumps(_geo(content, box))})
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in _batches(content, schema, box):
            writer.write_batch(batch)
        late = {"whistlemap": json.dumps(as_mapping(content.counted()), ensure_ascii=False)}
        if content.geometry:
            late["geo"] = json.dumps(_geo(content, box))
        writer.add_key_value_metadata(late)


def write_geopackage(content: Content, path: Path) -> None:
    """
    GeoPackage (OGC 12-128): one layer with the content's name, and two tables without shapes.

    `about` holds what the file says of itself, `columns` each column's type, unit,
    name and codes in words. Rows without a point are in no layer; `about` counts them.
    """
    schema = _schema(content)
    # GDAL would turn what goes wrong in here into a word of its own
    broken: list[BaseException] = []
    reader = pa.RecordBatchReader.from_batches(schema, _guarded(_batches(content, schema, _Extent()), broken))
    try:
        pyogrio.write_arrow(
            reader, path, layer=content.name, driver="GPKG", geometry_name=SHAPE, geometry_type=content.geometry,
            crs="EPSG:4326", dataset_options={"VERSION": GEOPACKAGE},
        )  # fmt: skip
    except Exception:
        if broken:
            raise broken[0] from None
        raise
    facts = [(fact.key, *fact.line(content.lang)) for fact in content.counted()]
    _add(path, "about", ("key", "name", "value"), facts)
    lang = content.lang
    rows = [(c.name, header(c, lang), c.type, c.unit, codes(c, lang)) for c in content.columns]
    _add(path, "columns", ("column", "name", "type", "unit", "codes"), rows)


def _add(path: Path, layer: str, names: tuple[str, ...], rows: list[tuple]) -> None:
    frame = pd.DataFrame([[clean(value) for value in row] for row in rows], columns=list(names))
    pyogrio.write_dataframe(frame, path, layer=layer, driver="GPKG")


def _schema(content: Content) -> pa.Schema:
    lang = content.lang
    fields = [
        pa.field(c.name, TYPES[c.type], metadata={"name": header(c, lang), "unit": c.unit, "codes": codes(c, lang)})
        for c in content.columns
    ]
    if content.geometry:
        fields.append(pa.field(SHAPE, pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"}))
    return pa.schema(fields)


def _batches(content: Content, schema: pa.Schema, box: "_Extent") -> Iterator[pa.RecordBatch]:
    pages = content.pages if content.wkb else content.read()
    for page in pages:
        rows, shapes = _with_shapes(content, page, box) if content.wkb else (page, None)
        found: list[Any] = [pa.array(plain(rows[c.name], c.type), TYPES[c.type]) for c in content.columns]
        if shapes is not None:
            found.append(pa.array(shapes.tolist(), pa.binary()))
        yield pa.record_batch(found, schema=schema)


def _with_shapes(content: Content, page: pd.DataFrame, box: "_Extent") -> tuple[pd.DataFrame, np.ndarray]:
    """The rows of a page that have a shape, and their shapes; both kinds are counted."""
    shapes = content.wkb(page)
    has = np.array([shape is not None for shape in shapes], dtype=bool)
    content.rows += int(has.sum())
    content.without_point += int((~has).sum())
    box.add(shapes[has])
    return page[has], shapes[has]


def _guarded(batches: Iterator[pa.RecordBatch], broken: list[BaseException]) -> Iterator[pa.RecordBatch]:
    try:
        yield from batches
    except Exception as error:
        broken.append(error)
        raise


class _Extent:
    """West, south, east and north of all shapes so far; nothing before the first."""

    def __init__(self) -> None:
        self.edges: list[float] = []

    def add(self, shapes: np.ndarray) -> None:
        """Widen it to hold these shapes (WKB)."""
        if len(shapes):
            new = shapely.total_bounds(shapely.from_wkb(shapes)).tolist()
            old = self.edges or new
            self.edges = [*map(min, old[:2], new[:2]), *map(max, old[2:], new[2:])]


def _geo(content: Content, box: _Extent) -> dict:
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": [content.geometry],
        "crs": pyproj.CRS("EPSG:4326").to_json_dict(),
    }
    if box.edges:
        column["bbox"] = box.edges
    return {"version": GEOPARQUET, "primary_column": SHAPE, "columns": {SHAPE: column}}


WRITERS: dict[str, Callable[[Content, Path], None]] = {"gpkg": write_geopackage, "parquet": write_parquet}
