"""The store: one owner, one writer, a cursor per query, all or nothing."""

import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from data.errors import StoreProblem
from data.settings import read_settings
from data.store import Store, open_store, set_meta
from tests.cities import KEY, bring, centre, store_of, town

ROOT = Path(__file__).parents[1]


def test_eight_threads_never_see_each_others_answers():
    store = Store()

    def ask(n: int) -> bool:
        return store.cursor().execute("select $n, count(*) from range($n)", {"n": n}).fetchall() == [(n, n)]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(1, 1_200)))


def test_a_second_process_gets_a_sentence_and_the_first_goes_on(tmp_path):
    path = tmp_path / "store.duckdb"
    store = Store(path)
    code = (
        "import sys\nfrom pathlib import Path\nfrom data.errors import StoreProblem\nfrom data.store import Store\n"
        "try:\n    Store(Path(sys.argv[1]))\nexcept StoreProblem as problem:\n    print(problem.key)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "store.locked", done.stderr
    assert store.is_empty()


@pytest.mark.parametrize("content", [b"", b"not a database at all", b"\x00" * 8192])
def test_a_file_that_is_no_store_is_refused_and_kept(tmp_path, content):
    path = tmp_path / "store.duckdb"
    path.write_bytes(content)
    with pytest.raises(StoreProblem) as caught:
        Store(path)
    assert caught.value.key == "store.unreadable"
    assert path.read_bytes() == content


def test_somebody_elses_database_is_refused(tmp_path):
    path = tmp_path / "store.duckdb"
    with duckdb.connect(str(path)) as other:
        other.execute("create table complaints (mine integer)")
    with pytest.raises(StoreProblem) as caught:
        Store(path)
    assert caught.value.key == "store.unreadable"


def test_a_store_of_another_schema_is_refused(tmp_path):
    path = tmp_path / "store.duckdb"
    store = Store(path)
    with store.write() as cursor:
        cursor.execute("update meta set value = '0' where name = 'schema'")
        with pytest.raises(StoreProblem) as caught:
            store._read_meta(cursor)
        assert (caught.value.key, caught.value.values["found"]) == ("store.schema", "0")
        cursor.execute("update meta set value = '2' where name = 'schema'")


def test_a_write_is_all_or_nothing_and_counts_the_version():
    store = Store()
    before = store.version

    def fail() -> None:
        with store.write() as cursor:
            set_meta(cursor, "a", "1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.version == before
    assert store.cursor().execute("select count(*) from meta where name = 'a'").fetchall() == [(0,)]
    with store.write() as cursor:
        set_meta(cursor, "a", "1")
        assert store.cursor().execute("select count(*) from meta where name = 'a'").fetchall() == [(0,)]  # not yet seen
    assert store.version == before + 1


def test_writers_wait_for_each_other():
    store = Store()

    def count_up() -> None:
        for _ in range(10):
            with store.write() as cursor:
                (value,) = cursor.execute("select coalesce(max(value::int), 0) from meta where name = 'n'").fetchall()[
                    0
                ]
                set_meta(cursor, "n", str(value + 1))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.cursor().execute("select value from meta where name = 'n'").fetchall() == [("40",)]
    assert store.version == 40


def test_a_store_comes_back_as_it_was(tmp_path):
    path = tmp_path / "store.duckdb"
    store = store_of({"ticket_no": "A", "closed_at": "2025-03-11 10:00:00"}, path=path)
    kept = (store.version, store.data_at)
    store.close()
    again = Store(path)
    assert (again.version, again.data_at) == kept
    assert not again.is_empty()


def test_a_home_is_made_for_its_owner_only(tmp_path):
    settings = read_settings({"WHISTLEMAP_HOME": str(tmp_path / "new" / "home")})
    store = open_store(settings)
    assert len(store.key) == 32
    assert stat.S_IMODE((settings.home / "secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.home.stat().st_mode) == 0o700
    key = store.key
    store.close()
    assert open_store(settings).key == key


def test_a_home_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreProblem) as caught:
        open_store(read_settings({"WHISTLEMAP_HOME": str(tmp_path / "file" / "home")}))
    assert caught.value.key == "store.home"


def test_a_question_names_a_missing_parameter_and_ignores_others():
    store = Store()
    assert store.ask("complaint_by_ticket", ticket="x", other=1).empty
    with pytest.raises(duckdb.Error, match="ticket"):
        store.ask("complaint_by_ticket")
    with pytest.raises(ValueError, match="nobody"):
        store.ask("totals", facts="nobody")


def test_a_store_of_the_first_schema_is_brought_up_to_this_one(tmp_path):
    path = tmp_path / "store.duckdb"
    store = store_of({"ticket_no": "A", **centre("1111")}, {"ticket_no": "B"}, areas=town(), path=path)
    shape = "select table_name, column_name, data_type from duckdb_columns() where not internal order by all"
    wanted = store.cursor().execute(shape).fetchall()
    cursor = store.cursor()
    for (view,) in cursor.execute("select view_name from duckdb_views() where not internal").fetchall():
        cursor.execute(f"drop view {view}")
    for table in (
        "replaced_complaints",
        "replaced_work_orders",
        "area_names",
        "population",
        "coming_areas",
        "coming_places",
    ):
        cursor.execute(f"drop table {table}")
    for table, column in (("complaints", "precision"), ("batches", "profile"), ("batches", "undone_at")):
        cursor.execute(f"alter table {table} drop column {column}")
    cursor.execute("update meta set value = '1' where name = 'schema'")
    store.close()
    again = Store(path, key=KEY)
    assert again.cursor().execute(shape).fetchall() == wanted
    found = dict(again.cursor().execute("select ticket_no, precision from complaints").fetchall())
    assert found == {"A": "point", "B": None}
    assert bring(again, {"ticket_no": "C"}).accepted == 1
    again.close()
