"""Records of JSON as rows: GeoJSON points, Open311 requests, any objects, nested ones with dots in their names."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from data.errors import FileProblem
from data.readers.chunks import BAD_TEXT, Bad, Chunk, gathered, hits, no_header, refuse_wide, unique
from data.readers.files import refuse_broken
from data.readers.json_text import DEPTH, Record, Unreadable, array_records, is_lines, line_records, object_records
from data.readers.text import Text

PIECE_ROWS = 10_000
# what makes a list of texts one text
JOINT = "; "
HEAD_BYTES = 1 << 20
Flat = dict[str, str | None]


class NoPoint(Exception):
    """A feature that is no point."""


@dataclass
class Table:
    """What an array holds: its records' keys, how many there are, in how many characters, how many are GeoJSON."""

    path: tuple[str, ...]
    keys: dict[str, None] = field(default_factory=dict)
    records: int = 0
    characters: int = 0
    features: int = 0


@dataclass(frozen=True)
class Shape:
    """
    How a JSON file holds its records.

    `kind` is "jsonl", "json" or "geojson"; `table` holds what was seen of them,
    of all of them where `whole`.
    """

    kind: str
    records: Callable[[], Iterator[Record]]
    table: Table
    whole: bool
    encoding: str


def read_json(path: Path, known: frozenset[str], header_row: int | None = None) -> Iterator[Chunk]:
    """
    Rows of a JSON file; its columns are the keys of all its records, looked for in a first reading.

    The row number is the line, or the place in the array. A stated header row
    only says that the columns are right.
    """
    shape = json_shape(path, known)
    keys = list(shape.table.keys)
    if header_row is None and hits(keys, known) < 2:
        raise no_header(path.name, keys)
    yield from gathered(json_pieces(shape))


def json_shape(path: Path, known: frozenset[str], most: int | None = None) -> Shape:
    """
    How a file holds its records, and which columns they have.

    Of several arrays of objects it is the one with most known columns, of equal
    ones the one with most records.

    Parameters
    ----------
    most
        Look only at so many records.

    Raises
    ------
    FileProblem
        There are no records, too many columns, or the text cannot be read.
    """
    refuse_broken(path)
    text = Text(path)
    blocks = text.blocks()
    head = next(blocks)
    whole = len(head) <= HEAD_BYTES and next(blocks, None) is None
    beginning = head[:HEAD_BYTES].decode(errors="ignore")
    lines = is_lines(beginning, whole)
    records = partial(line_records if lines else array_records, path)
    tables, whole = _tables(path, records(), most)
    if not tables and not lines:
        records = partial(object_records, path)
        tables, whole = _tables(path, records(), most)
    tables = [one for one in tables if one.keys]
    if not tables:
        raise FileProblem("file.no_records", file=path.name)
    table = max(tables, key=lambda one: (hits(one.keys, known) if hits(one.keys, known) >= 2 else 0, one.records))
    kind = "geojson" if 2 * table.features > table.records else "jsonl" if lines else "json"
    return Shape(kind, records, table, whole, text.encoding or "utf-8")


def _tables(path: Path, records: Iterator[Record], most: int | None) -> tuple[list[Table], bool]:
    """The arrays of records, and whether all records were looked at."""
    tables: dict[tuple[str, ...], Table] = {}
    for count, record in enumerate(records, 1):
        if record.path is not None:
            table = tables.setdefault(record.path, Table(record.path))
            table.records += 1
            table.characters += record.length
            if record.bad is None:
                table.features += _is_feature(record.value)
                table.keys.update(dict.fromkeys(_keys(record.value)))
                refuse_wide(path.name, len(table.keys))
        if count == most:
            return list(tables.values()), False
    return list(tables.values()), True


def _keys(value: Any) -> Iterable[str]:
    """The columns of a record; of a feature that is no point too, since others may be."""
    try:
        return flat_record({**value, "geometry": None} if _is_feature(value) else value)
    except Unreadable:
        return ()


def json_pieces(shape: Shape, size: int = PIECE_ROWS) -> Iterator[Chunk]:
    """The records as rows, `size` at a time."""
    keys = list(shape.table.keys)
    names = unique(_sound(key) for key in keys)
    numbers, rows, bad = [], [], []
    last = 0
    for record in shape.records():
        if record.path is None:
            bad.append((last + 1, "json", record.bad))
        elif record.path == shape.table.path:
            last = record.number
            found = _row(record)
            if isinstance(found, dict):
                numbers.append(record.number)
                rows.append(found)
            else:
                bad.append(found)
        if len(rows) + len(bad) >= size:
            yield _chunk(names, keys, numbers, rows, bad)
            numbers, rows, bad = [], [], []
    yield _chunk(names, keys, numbers, rows, bad)


def _row(record: Record) -> Flat | Bad:
    if record.bad is not None:
        return record.number, "json", _sound(record.bad)
    try:
        return flat_record(record.value)
    except (Unreadable, NoPoint) as error:
        reason = "geometry" if isinstance(error, NoPoint) else "json"
        return record.number, reason, _sound(_dumped(record.value)[:BAD_TEXT])


def _chunk(names: list[str], keys: list[str], numbers: list[int], rows: list[Flat], bad: list[Bad]) -> Chunk:
    columns = {name: _column([row.get(key) for row in rows]) for name, key in zip(names, keys, strict=True)}
    return Chunk(np.array(numbers, np.int64), columns, bad)


def _column(texts: list[str | None]) -> pa.Array:
    try:
        return pa.array(texts, pa.string())
    except (UnicodeEncodeError, pa.ArrowInvalid):
        return pa.array([text and _sound(text) for text in texts], pa.string())


def _sound(text: str) -> str:
    """A text without halves of characters, which JSON can write and nothing else can."""
    return text.encode("utf-8", "replace").decode()


def flat_record(value: Any) -> Flat:
    """
    An object as one row.

    The keys of objects within it are joined with dots, lists of plain values are
    joined texts, other lists are JSON. Of a GeoJSON feature the properties are
    the row, with `lon` and `lat`; a feature without a place has none.

    Raises
    ------
    NoPoint
        A feature with another geometry than a point.
    Unreadable
        No object, one that is nested too deep, or one that gives a column two values.
    """
    if not isinstance(value, dict):
        raise Unreadable
    row: Flat = {}
    if not _is_feature(value):
        _flatten(value, "", row, DEPTH)
        return row
    properties = value.get("properties")
    _flatten(properties if isinstance(properties, dict) else {}, "", row, DEPTH)
    for name in ("lon", "lat"):
        if name in row:
            row[f"properties.{name}"] = row.pop(name)
    if "id" in value:
        row.setdefault("id", _plain(value["id"]))
    row["lon"], row["lat"] = _point(value["geometry"])
    return row


def _is_feature(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "Feature" and "geometry" in value


def _point(geometry: Any) -> tuple[str | None, str | None]:
    if geometry is None:
        return None, None
    place = geometry.get("coordinates") if isinstance(geometry, dict) and geometry.get("type") == "Point" else None
    if (
        not isinstance(place, list)
        or len(place) < 2
        or not all(one is None or isinstance(one, str) for one in place[:2])
    ):
        raise NoPoint
    return place[0], place[1]


def _flatten(value: dict[str, Any], prefix: str, row: Flat, depth: int) -> None:
    for key, item in value.items():
        name = prefix + key
        if isinstance(item, dict) and item:
            if not depth:
                raise Unreadable
            _flatten(item, name + ".", row, depth - 1)
            continue
        text = _plain(item)
        if row.setdefault(name, text) != text:
            raise Unreadable


def _plain(item: Any) -> str | None:
    """A value as text; numbers are texts already."""
    if isinstance(item, str):
        return item.replace("\0", "") if "\0" in item else item
    if isinstance(item, bool):
        return "true" if item else "false"
    if not item:
        return None
    if isinstance(item, list) and not any(isinstance(one, (list, dict)) for one in item):
        return JOINT.join(text for one in item if (text := _plain(one)))
    return _dumped(item)


def _dumped(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError as error:
        raise Unreadable from error
