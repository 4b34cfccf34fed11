"""
The store: one DuckDB file, owned by one process, a cursor for every query, one writer at a time.

Measured on this engine: one connection shared by threads gives other sessions'
answers, a cursor (3 microseconds) never does; a second process cannot open the
file at all, so commands beside a running server are carried out by the server.
"""

import errno
import os
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from data.errors import StoreProblem
from data.settings import Settings

SQL = Path(__file__).parent / "sql"
FACTS = ("complaints", "work_orders", "wards", "categories", "units")
SCHEMA_VERSION = "2"
# how a store of an older version becomes one of the next
MIGRATIONS = {"1": "migrate_1"}


class Store:
    """
    The complaints, areas and events of one city.

    Parameters
    ----------
    path
        The file, made when it does not exist; None keeps the store in memory.
    memory, threads
        What DuckDB may use; see `data.settings`.
    key
        The secret with which callers are hashed; made when omitted.

    Raises
    ------
    StoreProblem
        Another process holds the file, or the file is not a store.
    """

    def __init__(
        self, path: Path | None = None, *, memory: str = "4GB", threads: int = 2, key: bytes | None = None
    ) -> None:
        self.path = path
        self.key = key or secrets.token_bytes(32)
        config = {"memory_limit": memory, "threads": threads}
        try:
            self._connection = duckdb.connect(str(path) if path else ":memory:", config=config)
        except duckdb.IOException as error:
            said = str(error).lower()
            if "permission denied" in said or "read-only" in said:
                raise StoreProblem("store.home", folder=str(path), reason=os.strerror(errno.EACCES)) from error
            key_name = "store.locked" if "could not set lock" in said else "store.unreadable"
            raise StoreProblem(key_name, file=str(path)) from error
        except duckdb.Error as error:
            raise StoreProblem("store.unreadable", file=str(path)) from error
        self._writing = threading.RLock()
        self._prepare()

    def _prepare(self) -> None:
        cursor = self._connection.cursor()
        tables = {name for (name,) in cursor.execute("select table_name from duckdb_tables()").fetchall()}
        if not tables:
            cursor.execute("begin")
            cursor.execute(_sql("schema"))
            cursor.execute(
                "insert into meta values ('schema', $schema), ('version', '0'), ('synthetic', 'false')",
                {"schema": SCHEMA_VERSION},
            )
            cursor.execute("insert into places values (0, 0, '')")
            cursor.execute("commit")
        elif "complaints" not in tables or "meta" not in tables:
            raise StoreProblem("store.unreadable", file=str(self.path))
        else:
            _migrate(cursor)
        cursor.execute(_sql("measures"))
        cursor.execute(_sql("views"))
        self._read_meta(cursor)

    def _read_meta(self, cursor: duckdb.DuckDBPyConnection) -> None:
        meta = dict(cursor.execute("select name, value from meta").fetchall())
        if meta.get("schema") != SCHEMA_VERSION:
            raise StoreProblem(
                "store.schema", file=str(self.path), found=meta.get("schema", "-"), wanted=SCHEMA_VERSION
            )
        # one assignment, so that no reader sees the new version with the old time
        self._meta = meta

    @property
    def version(self) -> int:
        """Raised by every write; what answers are cached by."""
        return int(self._meta["version"])

    @property
    def areas_version(self) -> int:
        """Raised whenever areas change, so that browsers may keep shapes."""
        return int(self._meta.get("areas_version", "0"))

    @property
    def synthetic(self) -> bool:
        """True when the store holds the demonstration city."""
        return self._meta["synthetic"] == "true"

    @property
    def unfinished(self) -> bool:
        """True when the demonstration city was begun and not ended."""
        return "unfinished" in self._meta

    @property
    def data_at(self) -> datetime | None:
        """The data's own time: the latest thing that happened, as far as the store knows."""
        return _moment(self._meta.get("data_at"))

    @property
    def data_since(self) -> datetime | None:
        """Since when the data are complete, where a source says so."""
        return _moment(self._meta.get("data_since"))

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor of its own for one query; never share one between threads."""
        return self._connection.cursor()

    def ask(self, question: str, *, facts: str | None = None, measured: bool = False, **params: Any) -> pd.DataFrame:
        """
        The answer to the question in `data/sql/<question>.sql`.

        Parameters
        ----------
        question
            Name of the file.
        facts
            Which source the file's `facts` stands for, one of `FACTS`; a question
            without `facts` takes none.
        measured
            True for a question that gives sums by some key: `measured.sql` adds the
            indicators to each of its rows.
        params
            Values for the file's `$names`. Names the file does not use are left out,
            so that a whole scope can be handed in.

        Returns
        -------
        answer
            What the file selects, as a frame.

        Raises
        ------
        duckdb.Error
            A name the file uses is missing.
        """
        text, names = _question(question, facts, measured)
        return self.cursor().execute(text, {name: params[name] for name in names if name in params}).df()

    @contextmanager
    def write(self, *, quietly: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """
        One transaction: all of it is stored, or nothing.

        Parameters
        ----------
        quietly
            True for a write that no answer depends on yet: the data version stays.

        Yields
        ------
        cursor
            To write with. On leaving without an error the data version rises by one
            and the transaction is committed; an error rolls everything back.
        """
        with self._writing:
            cursor = self._connection.cursor()
            cursor.execute("begin")
            try:
                yield cursor
                if not quietly:
                    cursor.execute("update meta set value = (value::bigint + 1)::varchar where name = 'version'")
                cursor.execute("commit")
            except BaseException:
                # after a failed commit there is nothing left to roll back; the first error is the one to see
                with suppress(duckdb.Error):
                    cursor.execute("rollback")
                raise
            self._read_meta(self._connection.cursor())

    @contextmanager
    def trial(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """
        A write that is always taken back, beside any other: to see what one would do.

        Yields
        ------
        cursor
            What it writes nobody else sees, and nothing of it stays.
        """
        cursor = self._connection.cursor()
        cursor.execute("begin")
        try:
            yield cursor
        finally:
            with suppress(duckdb.Error):
                cursor.execute("rollback")
            cursor.close()

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file, after something large was stored."""
        with self._writing:
            self._connection.cursor().execute("checkpoint")

    def reset(self) -> None:
        """Empty the store; for a demonstration city that was not finished."""
        with self._writing:
            cursor = self._connection.cursor()
            for (view,) in cursor.execute("select view_name from duckdb_views() where not internal").fetchall():
                cursor.execute(f"drop view {view}")
            for (table,) in cursor.execute("select table_name from duckdb_tables()").fetchall():
                cursor.execute(f"drop table {table}")
            self._prepare()

    def is_empty(self) -> bool:
        """True when neither complaints nor areas are stored."""
        (row,) = (
            self.cursor().execute("select (select count(*) from complaints) + (select count(*) from areas)").fetchall()
        )
        return row[0] == 0

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()


def _migrate(cursor: duckdb.DuckDBPyConnection) -> None:
    """Bring a store of an older version to this one's, step by step, each step whole or not at all."""
    while True:
        found = cursor.execute("select value from meta where name = 'schema'").fetchall()
        step = MIGRATIONS.get(found[0][0]) if found else None
        if step is None:
            return
        # what a step alters must not be in use by a view
        for (view,) in cursor.execute("select view_name from duckdb_views() where not internal").fetchall():
            cursor.execute(f"drop view {view}")
        cursor.execute("begin")
        try:
            run(cursor, step)
            cursor.execute("commit")
        except duckdb.Error:
            cursor.execute("rollback")
            raise


def drop_meta(cursor: duckdb.DuckDBPyConnection, name: str) -> None:
    """Forget the value under a name, inside a `Store.write`."""
    cursor.execute("delete from meta where name = $name", {"name": name})


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def set_meta(cursor: duckdb.DuckDBPyConnection, name: str, value: str) -> None:
    """Keep one value under a name, inside a `Store.write`."""
    drop_meta(cursor, name)
    cursor.execute("insert into meta values ($name, $value)", {"name": name, "value": value})


def run(cursor: duckdb.DuckDBPyConnection, name: str, **params: Any) -> None:
    """Carry out the statements of `data/sql/<name>.sql` in turn, each with the parameters it names."""
    for statement in _statements(name):
        cursor.execute(statement, {key: params[key] for key in _names(statement) if key in params})


def open_store(settings: Settings) -> Store:
    """
    The store in `settings.home`, which is made with its secret key when it does not exist.

    Raises
    ------
    StoreProblem
        As for `Store`, or the directory cannot be written.
    """
    # the store and its log are for their owner only
    os.umask(0o077)
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = _key(settings.home / "secret.key")
    except OSError as error:
        raise StoreProblem("store.home", folder=str(settings.home), reason=error.strerror or str(error)) from error
    return Store(settings.store_path, memory=settings.memory, threads=settings.threads, key=key)


_shared: dict[Path, Store] = {}
_sharing = threading.Lock()


def shared_store(settings: Settings) -> Store:
    """The one store of this process for a home; opened at the first call."""
    with _sharing:
        if settings.home not in _shared:
            _shared[settings.home] = open_store(settings)
        return _shared[settings.home]


def close_shared() -> None:
    """Close what `shared_store` opened."""
    with _sharing:
        for store in _shared.values():
            store.close()
        _shared.clear()


def _key(path: Path) -> bytes:
    """The secret of a home: read, or made once with owner-only rights."""
    if not path.exists() or not path.stat().st_size:
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()


@cache
def _sql(name: str) -> str:
    return (SQL / f"{name}.sql").read_text("utf-8")


@cache
def _question(name: str, facts: str | None, measured: bool) -> tuple[str, tuple[str, ...]]:
    """A question's text with the parts all questions share before and after it, and the parameters it names."""
    text = _sql(name).strip()
    if facts is not None:
        if facts not in FACTS:
            msg = f"facts must be one of {FACTS}, not {facts!r}"
            raise ValueError(msg)
        # names of our own files only; values are always bound
        shared = [f"facts as (from facts_{facts})", f"scoped as (\n{_sql('scoped').strip()}\n)"]
    else:
        shared = []
    if measured:
        shared.append(f"grouped as (\n{text}\n)")
        text = _sql("measured")
    if shared:
        text = "with " + ",\n".join(shared) + "\n" + text
    return text, _names(text)


@cache
def _statements(name: str) -> tuple[str, ...]:
    return tuple(statement.query for statement in duckdb.extract_statements(_sql(name)))


@cache
def _names(text: str) -> tuple[str, ...]:
    bare = re.sub(r"--[^\n]*", "", text)
    return tuple(sorted(set(re.findall(r"\$([a-z_][a-z0-9_]*)", bare))))
