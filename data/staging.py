"""Staging: the rows of a file, cleaned, masked and placed, in the temporary table `incoming`."""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import cached_property
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.cleaning import (
    bare_name,
    bare_names,
    category_levels,
    codes_only,
    flags,
    made_tickets,
    masked,
    named_codes,
    points,
    readable,
    trimmed,
)  # fmt: skip
from data.errors import FileProblem
from data.masking import Masker
from data.personal import looks_personal
from data.places import Places
from data.profiles import STATED, TIMES, Profile
from data.readers import Chunk, normal
from data.rejects import Rejects
from data.report import Report
from data.stated import place_stated
from data.store import run

FREE_TEXTS = ("title", "content", "result", "address", "exclude_reason", *STATED, "status", "kind")
PERSONAL = ("caller_name", "caller_phone", "caller_identity")
# so much of a rejected row is kept, cut after it was masked
SHOWN = 4_000
# formats that are read without being asked for
PLAIN, PLAIN_FORMAT = "%Y-%m-%d", re.compile(r"%Y(-%m-|/%m/|\.%m\.)%d( %H:%M(:%S)?)?")
# so many rows, or bytes, are taken at once, and so many rows are one thread's piece of work
BATCH_ROWS, BATCH_BYTES, PIECE_ROWS = 150_000, 64 << 20, 50_000
# so many chunks are read while the engine takes others
AHEAD = 2


def _ahead(items: Iterator) -> Iterator:
    """The same items, made by a thread that is up to `AHEAD` of them ahead."""
    pool = ThreadPoolExecutor(1)
    try:
        coming = deque(pool.submit(next, items, None) for _ in range(AHEAD))
        while (item := coming.popleft().result()) is not None:
            coming.append(pool.submit(next, items, None))
            yield item
    finally:
        pool.shutdown(cancel_futures=True)
        items.close()


def _formats(profile: Profile) -> dict:
    """
    How a profile's times are read: `formats` that are its own, and whether these are tried before all others.

    Year, month and day in this order are read without a format; one that puts them
    otherwise has to come first.
    """
    formats = [one for one in profile.time_formats if not PLAIN_FORMAT.fullmatch(one)]
    return {"formats": formats or [PLAIN], "own_first": any(one.startswith("%Y") for one in formats)}


class _Table:
    """
    A table for the engine that holds other rows each time it is read.

    What is registered inside a transaction is kept in memory until that ends, so
    that registering each piece of a file would keep the whole file.
    """

    held: pa.Table | None = None

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.held.__arrow_c_stream__(requested_schema)


class Staging:
    """
    The rows of one import on their way into the temporary table `incoming`.

    Parameters
    ----------
    cursor
        Of the write under way.
    profile, crs
        What the file's columns mean, and the system of its points.
    report, rejects
        Where rows are counted, and where rejected ones go.
    """

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        profile: Profile,
        crs: str | None,
        masker: Masker,
        report: Report,
        rejects: Rejects,
    ) -> None:
        self._cursor, self._profile, self._crs = cursor, profile, crs or profile.crs
        self._masker, self._report, self._rejects = masker, report, rejects
        self._notes: Counter[str] = Counter()
        self._waiting: list[tuple[Chunk, pa.Table]] = []
        self._table = _Table()
        # the thread that reads ahead asks by a connection of its own
        self._aside = cursor.cursor()
        run(cursor, "clean_macros")
        run(cursor, "incoming")

    def take(self, chunks: Iterator[Chunk], path: Path, progress: Callable[[int], None]) -> None:
        """
        Stage all chunks of a file.

        Raises
        ------
        FileProblem
            The file has no time of receipt, or coordinates in an unknown system.
        """
        report = self._report
        with closing(_ahead(self._prepared(chunks, path))) as prepared:
            for chunk, values in prepared:
                report.read += len(chunk.row_no) + len(chunk.bad)
                for row_no, reason, text in chunk.bad:
                    self._rejects.add(row_no, reason, self._masker.line(text)[:SHOWN])
                if len(chunk.row_no):
                    self._stage(chunk, values)
                progress(report.read)
        self._flush()
        self._place_stated()
        report.reasons = dict(self._rejects.reasons)
        report.rejected = self._rejects.reasons.total()
        report.notes |= {name: count for name, count in self._notes.items() if count}

    def _prepared(self, chunks: Iterator[Chunk], path: Path) -> Iterator[tuple[Chunk, dict[str, pa.Array]]]:
        """Each chunk with its cleaned columns: all that needs no place in the store."""
        report = self._report
        for chunk in chunks:
            if not report.columns:
                report.columns = self._recognise(chunk, path)
                unused = (name for name in chunk.columns if name not in report.columns.values())
                # what stands in a header's place may be a row of somebody's own
                report.unused_columns = [self._masker.text(name) or "" for name in unused]
            self._notes.update(chunk.notes)
            yield chunk, self._values(self._fields(chunk), len(chunk.row_no)) if len(chunk.row_no) else {}

    def _fields(self, chunk: Chunk) -> dict[str, pa.Array]:
        """A chunk's columns by field."""
        return {name: chunk.columns[header] for name, header in self._report.columns.items()}

    def _recognise(self, chunk: Chunk, path: Path) -> dict[str, str]:
        profile = self._profile
        columns = profile.recognise(list(chunk.columns))
        if "received_at" not in columns:
            raise FileProblem("file.no_time_column", file=path.name, allowed=", ".join(profile.columns["received_at"]))
        if {"lon", "lat"} <= set(columns) and not self._crs:
            raise FileProblem("file.no_crs", file=path.name, lon=columns["lon"], lat=columns["lat"])
        if "point" in columns and not self._crs:
            raise FileProblem("file.no_crs", file=path.name, lon=columns["point"], lat=columns["point"])
        return columns

    def _stage(self, chunk: Chunk, values: dict[str, pa.Array]) -> None:
        """Place a chunk's rows; they wait until there are enough for the engine."""
        located = self._located(self._fields(chunk), len(chunk.row_no))
        self._waiting.append((chunk, pa.table({"row_no": pa.array(chunk.row_no, pa.int64()), **values, **located})))
        tables = [table for _, table in self._waiting]
        if sum(map(len, tables)) >= BATCH_ROWS or sum(table.nbytes for table in tables) >= BATCH_BYTES:
            self._flush()

    def _flush(self) -> None:
        """Take the rows that wait into `incoming`."""
        if not self._waiting:
            return
        pieces = [piece for _, table in self._waiting for piece in table.to_batches(max_chunksize=PIECE_ROWS)]
        first, self._table.held = self._table.held is None, pa.Table.from_batches(pieces)
        if first:
            self._cursor.register("chunk", self._table)
        run(self._cursor, "intake_clean", **_formats(self._profile), zone=self._profile.timezone)
        self._table.held = self._table.held.schema.empty_table()
        for chunk, _ in self._waiting:
            self._reject(chunk)
        self._waiting.clear()

    def _values(self, columns: dict[str, pa.Array], rows: int) -> dict[str, pa.Array]:
        """A chunk's cells as columns of the store's fields, cleaned and masked; times are still text."""
        profile, masker, notes = self._profile, self._masker, self._notes
        nothing = pa.nulls(rows, pa.string())
        get = lambda name: columns.get(name, nothing)  # noqa: E731
        names = bare_names(get("caller_name"))
        texts = self._texts({name: trimmed(columns[name]) for name in FREE_TEXTS if name in columns}, names)
        values = {f"t_{name}": trimmed(columns[name]) if name in columns else nothing for name in TIMES}
        values |= {name: texts.get(name, get(name)) for name in FREE_TEXTS}
        has_ticket = "ticket_no" in columns
        values["ticket_no"] = trimmed(get("ticket_no")) if has_ticket else made_tickets(columns, texts, rows, masker)
        levels = category_levels(columns, profile, rows, masker)
        values |= {f"level_{i}": level for i, level in enumerate(levels, start=1)}
        values |= {name: named_codes(get(name), profile, name, masker) for name in ("channel", "nature")}
        values |= {name: codes_only(get(name), profile, name, notes) for name in ("solved", "satisfied", "urgency")}
        values |= {name: flags(get(name), name, notes) for name in ("valid", "contacted")}
        values["unit"] = masked(get("unit"), masker)
        values["assessed"] = pc.invert(pc.fill_null(flags(get("excluded"), "excluded", notes), False))
        values["caller_hash"] = masker.callers(names, get("caller_phone"), get("caller_identity"))
        # a file that states only an outcome had a call-back
        if "valid" not in columns:
            stated = [values[name].is_valid() for name in ("contacted", "solved", "satisfied")]
            values["valid"] = pc.if_else(pc.or_(pc.or_(*stated[:2]), stated[2]), True, None)
        return values

    def _texts(self, texts: dict[str, pa.Array], names: pa.Array) -> dict[str, pa.Array]:
        """Free texts, mended and masked; the caller's own name too, wherever it stands."""
        if not texts or names.null_count == len(names):
            return {name: readable(column, self._masker) for name, column in texts.items()}
        table = pa.table({name: texts.get(name, pa.nulls(len(names), pa.string())) for name in FREE_TEXTS})
        own = pc.if_else(pc.greater_equal(pc.utf8_length(names), 2), names, None)
        self._aside.register("said", table.append_column("own_name", own))
        run(self._aside, "own_names")
        named = {name: np.ma.filled(found, False) for name, found in self._aside.fetchnumpy().items()}
        self._aside.unregister("said")
        return {name: readable(column, self._masker, names, named[name]) for name, column in texts.items()}

    def _located(self, columns: dict[str, pa.Array], rows: int) -> dict[str, pa.Array]:
        """Where the rows lie by their coordinates; the others by what they state, once all rows are there."""
        lon, lat = points(columns, rows, self._crs)
        reason, place_id = np.full(rows, "missing", dtype=object), np.zeros(rows, dtype=np.int32)
        if not (np.isnan(lon) | np.isnan(lat)).all():
            reason = self._places.reasons(lon, lat)
        usable = reason == ""
        if usable.any():
            place_id[usable] = self._places.place(self._cursor, lon[usable], lat[usable])
        shown = usable | (reason == "far")
        precision = pc.if_else(pa.array(usable), "point", None)
        return {
            "lon": pa.array(lon, mask=~shown),
            "lat": pa.array(lat, mask=~shown),
            "unlocated_reason": pa.array(reason, pa.string(), mask=usable),
            "place_id": pa.array(place_id),
            "precision": precision.cast(pa.string()),
        }

    @cached_property
    def _places(self) -> Places:
        # a file without coordinates needs no index over the areas
        return Places.of(self._cursor)

    def _place_stated(self) -> None:
        """Place the rows without a usable coordinate by the area they state."""
        stating = "select count(*) from incoming where unlocated_reason is not null and stated_area is not null"
        if self._cursor.execute(stating).fetchall()[0][0]:
            self._report.notes |= place_stated(self._cursor, "incoming")

    def _reject(self, chunk: Chunk) -> None:
        """Keep the rows of a chunk that cannot be taken."""
        bad = self._cursor.execute(
            "select row_no, reason from incoming where reason is not null and row_no between $first and $last",
            {"first": int(chunk.row_no[0]), "last": int(chunk.row_no[-1])},
        ).fetchall()
        if not bad:
            return
        position = {int(row_no): i for i, row_no in enumerate(chunk.row_no)}
        # a file may hold two columns of phones; the one that is not used is personal all the same
        aliases = {normal(alias) for name in PERSONAL for alias in self._profile.columns.get(name, ())}
        personal = {
            header
            for header in chunk.columns
            if normal(header.partition("#")[0]) in aliases
            or (header not in self._report.columns.values() and looks_personal(header))
        }
        for row_no, why in bad:
            self._rejects.add(row_no, why, self._shown(chunk, position[row_no], personal))

    def _shown(self, chunk: Chunk, position: int, personal: set[str]) -> str:
        """A rejected row for the file of rejects: `header=value`, personal columns as hashes only."""
        masker, own = self._masker, self._report.columns.get("caller_name")
        name = bare_name(chunk.columns[own][position].as_py()) if own else None
        parts = []
        for header, values in chunk.columns.items():
            value = values[position].as_py()
            if value:
                shown = f"[#{masker.digest(value)[:6]}]" if header in personal else masker.text(value, name)
                parts.append(f"{header}={shown}")
        return "; ".join(parts)[:SHOWN]
