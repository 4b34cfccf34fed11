"""Parquet files: every type as text."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.errors import FileProblem
from data.readers.chunks import CHUNK_BYTES, CHUNK_ROWS, Chunk, gathered, hits, no_header, refuse_wide, unique
from data.readers.files import ROWS_FREE, UNPACKED_RATIO, refuse_bomb, why

# rows and columns of one batch make no more places than this
BATCH_PLACES = 8_000_000
# floats from here on are written one by one: their shortest text has an exponent
LARGE = 1e15


def read_parquet(path: Path, known: frozenset[str], header_row: int | None = None) -> Iterator[Chunk]:
    """Rows of a Parquet file, numbered from 1; the header is in no row, so a stated one only says that it is right."""
    with _reading(path):
        yield from gathered(_pieces(path, known, header_row))


def parquet_top(path: Path, rows: int) -> tuple[Chunk, int]:
    """
    The first rows, and how many there are.

    Raises
    ------
    FileProblem
        The file is broken, a bomb, or far too wide.
    """
    with _reading(path), pq.ParquetFile(path) as file:
        names = _names(path, file)
        batch = next(file.iter_batches(rows), pa.RecordBatch.from_pylist([], file.schema_arrow))
        columns = {name: as_text(batch.column(i)) for i, name in enumerate(names)}
        return Chunk(np.arange(1, batch.num_rows + 1), columns), file.metadata.num_rows


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Whatever the library says of a broken file is a problem of the file; names that are no text are one too."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        if isinstance(error, FileProblem):
            raise
        raise FileProblem("file.unreadable", file=path.name, reason=why(error)) from error


def as_text(column: pa.Array) -> pa.Array:
    """
    A column of any type as texts.

    A whole number in a float column has no point (a table program made 2501 a
    2501.0), a time with a zone is UTC with a Z, bytes that are no text show it.
    """
    kind = column.type
    if isinstance(column, pa.ExtensionArray):
        return as_text(column.storage)
    if pa.types.is_dictionary(kind):
        return as_text(column.dictionary).take(column.indices)
    if pa.types.is_nested(kind) or pa.types.is_duration(kind):
        return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_floating(kind):
        return _float_texts(column)
    if pa.types.is_timestamp(kind):
        # a time with a zone keeps it in its text, so that it is read in the profile's zone and never shifted silently
        column = column.cast(pa.timestamp("us", None if kind.tz is None else "UTC"), safe=False)
    try:
        # a file may call texts what is none: only bytes are looked at when they become texts
        column = column.cast(pa.string()).cast(pa.binary()) if _is_text(kind) else column
        return column.cast(pa.string())
    except pa.ArrowInvalid:
        # bytes that are no text
        values = column.cast(pa.large_binary()).to_pylist()
        return pa.array([None if value is None else value.decode("utf-8", "replace") for value in values], pa.string())


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _float_texts(column: pa.Array) -> pa.Array:
    values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    empty = np.isnan(values)
    whole = (values == np.floor(values)) & (np.abs(values) < LARGE)
    texts = pa.array(np.where(whole, values, 0).astype(np.int64)).cast(pa.string())
    if not (whole | empty).all():
        # 32 bits say 0.1 where 64 say 0.10000000149
        texts = pc.if_else(pa.array(whole), texts, column.cast(pa.string()))
    large = np.flatnonzero(~whole & ~empty & (np.abs(values) >= LARGE) & np.isfinite(values))
    if len(large):
        exact = texts.to_pylist()
        for place in large:
            value = float(values[place])
            exact[place] = str(int(value)) if value.is_integer() else repr(value)
        texts = pa.array(exact, pa.string())
    return pc.if_else(pa.array(empty), pa.scalar(None, pa.string()), texts) if empty.any() else texts


def _pieces(path: Path, known: frozenset[str], header_row: int | None) -> Iterator[Chunk]:
    with pq.ParquetFile(path) as file:
        names = _names(path, file)
        if header_row is None and hits(names, known) < 2:
            raise no_header(path.name, names)
        yield Chunk(np.empty(0, np.int64), {name: pa.array([], pa.string()) for name in names})
        coded = _coded(file)
    row_no, unpacked = 1, 0
    with pq.ParquetFile(path, read_dictionary=coded, buffer_size=1 << 20) as file:
        for batch in file.iter_batches(min(CHUNK_ROWS, max(1, BATCH_PLACES // len(names)))):
            unpacked += _text_bytes(batch).sum()
            refuse_bomb(path, unpacked)
            for part in _parts(batch):
                numbers = np.arange(row_no, row_no + part.num_rows)
                yield Chunk(numbers, {name: as_text(part.column(i)) for i, name in enumerate(names)})
                row_no += part.num_rows


def _names(path: Path, file: pq.ParquetFile) -> list[str]:
    _refuse_bomb(path, file.metadata)
    refuse_wide(path.name, len(file.schema_arrow.names))
    return unique(file.schema_arrow.names)


def _refuse_bomb(path: Path, metadata: pq.FileMetaData) -> None:
    """Raise when a Parquet file says it unpacks to an absurd size, or has far more rows than bytes."""
    size = path.stat().st_size
    unpacked = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    refuse_bomb(path, unpacked)
    if metadata.num_rows > max(ROWS_FREE, size * 10):
        raise FileProblem("file.bomb", file=path.name, size=size, limit_ratio=UNPACKED_RATIO)


def _coded(file: pq.ParquetFile) -> list[str]:
    """
    Columns of text kept as codes and a dictionary.

    They are read as they are kept: one long text in the dictionary may stand in
    every row, and its length must be known before the rows are filled with it.
    """
    names = {field.name for field in file.schema_arrow if pa.types.is_string(field.type)}
    found = set()
    for group in range(file.metadata.num_row_groups):
        chunks = file.metadata.row_group(group)
        for i in range(chunks.num_columns):
            chunk = chunks.column(i)
            if chunk.path_in_schema in names and any("DICTIONARY" in encoding for encoding in chunk.encodings):
                found.add(chunk.path_in_schema)
    return sorted(found)


def _text_bytes(batch: pa.RecordBatch) -> np.ndarray:
    """Bytes of text in each row, once codes are texts."""
    total = np.zeros(batch.num_rows, np.int64)
    for column in batch.columns:
        if pa.types.is_dictionary(column.type) and pa.types.is_string(column.type.value_type):
            lengths = pc.fill_null(pc.binary_length(column.dictionary).take(column.indices), 0)
            total += lengths.to_numpy(zero_copy_only=False)
        else:
            total += column.nbytes // max(1, batch.num_rows)
    return total


def _parts(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """A batch in parts of about a chunk's bytes."""
    reached = np.cumsum(_text_bytes(batch)) // CHUNK_BYTES
    starts = [0, *(np.flatnonzero(np.diff(reached)) + 1).tolist(), batch.num_rows]
    for start, end in pairwise(starts):
        if end > start:
            yield batch.slice(start, end - start)
