"""Imports that are cancelled, or whose process is killed: all of a file is stored, or nothing of it."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data.intake import import_file
from data.profiles import load_profile
from data.rejects import settle
from data.store import Store
from tests.cities import KEY, NOW, bring_file, contents, recounted, rollups, store_of, town, write_rows
from tests.test_import_any import check

ROWS = 4_000
FIRST = {"ticket_no": "K1", "title": "before", "unit": "甲街道", "received_at": "2025-03-01 08:00:00"}

CHILD = """
import sys
from pathlib import Path
from data import staging
from data.intake import import_file
from data.profiles import load_profile
from data.rejects import settle
from data.store import Store
from tests.cities import KEY, NOW

home = Path(sys.argv[1])
staging.BATCH_ROWS = 1
store = Store(home / "store.duckdb", key=KEY)
tell = lambda rows: print(rows, flush=True)
import_file(store, home / "in.csv", load_profile("beijing_12345"), crs="wgs84", imported_at=NOW,
            rejected_folder=home / "rejected", progress=tell)
print("done", flush=True)
store.close()
"""


def rows_of_a_file() -> list[dict]:
    """New complaints, one that changes `FIRST`, one that is rejected."""
    many = [
        {"ticket_no": f"K{n}", "received_at": f"2025-03-{n % 28 + 1:02} 09:00:00", "unit": "乙街道", "title": "after"}
        for n in range(1, ROWS)
    ]
    return [*many, {"ticket_no": "", "received_at": "2025-03-01"}]


class Cancelled(Exception):
    pass


@pytest.mark.parametrize("moment", [1, 2, 4, 7])
def test_a_cancelled_import_leaves_the_store_as_it_was(tmp_path, moment):
    store = store_of(FIRST, areas=town("district", "street"))
    before, version, called = contents(store), store.version, []

    def progress(rows: int) -> None:
        called.append(rows)
        if len(called) == moment:
            raise Cancelled

    path = write_rows(tmp_path / "in.csv", rows_of_a_file())
    with pytest.raises(Cancelled):
        bring_file(store, path, rejected_folder=tmp_path / "rejected", progress=progress)
    assert (contents(store), store.version) == (before, version)
    assert not list(tmp_path.glob("rejected/*"))
    # and the store takes the next file
    assert bring_file(store, path).accepted == ROWS - 2


def test_progress_is_told_between_the_steps_too(tmp_path):
    called: list[int] = []
    bring_file(store_of(FIRST), write_rows(tmp_path / "in.csv", rows_of_a_file()), progress=called.append)
    assert set(called) == {ROWS}
    assert len(called) > 6


@pytest.fixture
def home(tmp_path):
    """A home with one complaint, and a file that waits; its rows come in one chunk."""
    store = store_of(FIRST, areas=town("district", "street"), path=tmp_path / "store.duckdb")
    store.close()
    write_rows(tmp_path / "in.csv", rows_of_a_file())
    return tmp_path


def killed(home: Path, lines: int, seconds: float) -> bool:
    """Import in a process that is killed so long after it said so many lines; whether it was done before."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(home)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[1],
        env=os.environ | {"PYTHONPATH": "."}, text=True,
    )  # fmt: skip
    with child:
        said = [child.stdout.readline() for _ in range(lines)]
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)
        said += child.stdout.readlines()
    assert "" not in said
    return "done\n" in said


# while it stages; while it matches; while it stores; around the commit, which follows the last line
@pytest.mark.parametrize(
    ("lines", "seconds"),
    [(1, 0.0), (3, 0.0), (6, 0.01), (8, 0.0), (9, 0.0), (9, 0.03), (9, 0.045), (9, 0.06), (9, 0.2)],
)
def test_an_import_killed_at_any_moment_is_there_as_a_whole_or_not_at_all(home, lines, seconds):
    done = killed(home, lines, seconds)
    store = Store(home / "store.duckdb", key=KEY)
    count, title = (
        store.cursor()
        .execute("select count(*), max(title) filter (where ticket_no = 'K1') from complaints")
        .fetchall()[0]
    )
    assert (count, title) in [(1, "before"), (ROWS - 1, "after")]
    assert not done or count > 1
    check(store)
    assert store.cursor().execute("select count(*) from batches").fetchall() == [(1 + (count > 1),)]
    # no file of rejects stands there half written, and what was stored has its own after the next import
    visible = home / "rejected" / "batch-00002.csv"
    assert not visible.exists() or count > 1
    report = import_file(
        store, home / "in.csv", load_profile("beijing_12345"), imported_at=NOW, rejected_folder=home / "rejected"
    )
    assert report.accepted == (0 if count > 1 else ROWS - 2)
    assert rollups(store) == recounted(store)
    assert not list(home.glob("rejected/.*"))
    for kept in (home / "rejected").iterdir():
        with kept.open(encoding="utf-8-sig", newline="") as file:
            assert [row["reason"] for row in csv.DictReader(file)] == ["no_ticket"]
    expected = {"batch-00002.csv"} | ({"batch-00003.csv"} if count > 1 else set())
    assert {kept.name for kept in (home / "rejected").iterdir()} == expected
    store.close()


def test_what_a_killed_import_left_gets_its_name_if_the_batch_is_stored_and_goes_if_not(tmp_path):
    for name in (".batch-00001.csv.77", ".batch-00002.csv.77", ".batch-00003.csv.78", ".other", "batch-00003.csv"):
        (tmp_path / name).write_text(name, "utf-8")
    settle(tmp_path, {1, 3})
    left = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    assert left == {"batch-00001.csv": ".batch-00001.csv.77", "batch-00003.csv": "batch-00003.csv", ".other": ".other"}
    settle(tmp_path / "none", {1})
