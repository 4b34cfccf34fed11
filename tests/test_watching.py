"""Watched folders: each file once, with the folder's profile, and moved away with its report."""

import json
import os
from datetime import datetime

import pytest

from data.errors import FileProblem, ProfileProblem
from data.jobs import Jobs
from data.watching import Watch, Watcher, unwatch, waiting_files, watch, watches
from tests.cities import store_of, write_rows

NOW = datetime(2025, 6, 1, 12)


@pytest.fixture
def watched(tmp_path):
    """A folder that is watched, its store, its jobs and its watcher."""
    home, folder = tmp_path / "home", tmp_path / "in"
    home.mkdir()
    folder.mkdir()
    watch(home, Watch(str(folder), "beijing_12345", "wgs84"))
    store = store_of()
    jobs = Jobs(store, home, lambda: NOW)
    yield folder, store, jobs, Watcher(home, jobs)
    jobs.stop()


def looked(watcher, jobs):
    """Two looks, as a file must lie still between them, and the jobs they made, ended."""
    made = watcher.look() + watcher.look()
    return [jobs.wait(job_id, 20) for job_id in made]


def count(store):
    return store.cursor().execute("select count(*) from complaints").fetchall()[0][0]


def test_a_file_is_imported_and_moved_with_its_report(watched):
    folder, store, jobs, watcher = watched
    write_rows(folder / "今晚.csv", [{"solved": "是"}, {"received_at": "?"}])
    (job,) = looked(watcher, jobs)
    assert job.state == "done"
    assert sorted(path.name for path in (folder / "done").iterdir()) == ["今晚.csv", "今晚.csv.json"]
    report = json.loads((folder / "done" / "今晚.csv.json").read_text())
    assert (report["read"], report["accepted"], report["rejected"]) == (2, 1, 1)
    assert (count(store), waiting_files(folder), looked(watcher, jobs)) == (1, [], [])


def test_the_same_name_again_is_kept_beside_the_first(watched):
    folder, store, jobs, watcher = watched
    for _ in range(2):
        write_rows(folder / "a.csv", [{}])
        looked(watcher, jobs)
    assert {"a.csv", "a-2.csv"} <= {path.name for path in (folder / "done").iterdir()}
    assert count(store) == 1


def test_a_file_that_cannot_be_read_goes_to_failed_with_the_reason(watched):
    folder, store, jobs, watcher = watched
    (folder / "a.csv").write_text("no,header\n1,2\n")
    (job,) = looked(watcher, jobs)
    assert job.state == "failed"
    reason = json.loads((folder / "failed" / "a.csv.json").read_text())
    assert reason["error"] == "file.no_header"
    assert "a.csv" in reason["zh"]
    assert "a.csv" in reason["en"]
    assert count(store) == 0


def test_a_file_still_being_written_is_left_until_it_lies_still(watched):
    folder, _, jobs, watcher = watched
    path = write_rows(folder / "a.csv", [{}])
    assert watcher.look() == []
    with path.open("a") as file:
        file.write("T9,2025-03-10 09:00:00\n")
    assert watcher.look() == []
    (job_id,) = watcher.look()
    assert jobs.wait(job_id, 20).result["read"] == 2


def test_a_file_on_its_way_is_not_taken_twice(watched):
    folder, _, jobs, watcher = watched
    write_rows(folder / "a.csv", [{}])
    made = [*watcher.look(), *watcher.look(), *watcher.look(), *watcher.look()]
    assert len(made) == 1
    jobs.wait(made[0], 20)


@pytest.mark.parametrize("name", [".hidden.csv", "~$open.xlsx", "a.csv.part", "a.tmp", "a.csv.crdownload"])
def test_what_programs_have_open_is_left_alone(tmp_path, name):
    (tmp_path / name).touch()
    assert waiting_files(tmp_path) == []


def test_links_and_folders_are_no_files(tmp_path):
    (tmp_path / "a").mkdir()
    os.symlink("/etc/passwd", tmp_path / "b.csv")
    assert waiting_files(tmp_path) == []


def test_a_folder_is_watched_until_it_is_not(watched, tmp_path):
    folder, _, jobs, watcher = watched
    home = tmp_path / "home"
    watch(home, Watch(str(folder), "auto", "auto"))
    assert watches(home) == [Watch(str(folder.resolve()), "auto", "auto")]
    unwatch(home, str(folder))
    write_rows(folder / "a.csv", [{}])
    assert (watches(home), looked(watcher, jobs)) == ([], [])
    with pytest.raises(FileProblem) as caught:
        unwatch(home, str(folder))
    assert caught.value.key == "file.not_watched"


def test_what_cannot_be_watched_is_refused(watched, tmp_path):
    home = tmp_path / "home"
    (tmp_path / "in" / "done").mkdir()
    (home / "uploads").mkdir()
    for folder in (tmp_path / "in" / "done", home, home / "uploads", tmp_path, tmp_path / "missing"):
        with pytest.raises(FileProblem):
            watch(home, Watch(str(folder), "auto"))
    with pytest.raises(ProfileProblem):
        watch(home, Watch(str(tmp_path / "in"), "nobody"))
    assert len(watches(home)) == 1


def test_a_file_put_back_after_it_failed_is_tried_again(watched):
    folder, _, jobs, watcher = watched
    path = folder / "a.csv"
    path.write_text("no,header\n1,2\n")
    assert looked(watcher, jobs)[0].state == "failed"
    watcher.look()
    (folder / "failed" / "a.csv").rename(path)
    assert looked(watcher, jobs)[0].state == "failed"


def test_a_name_that_is_no_text_stops_nothing(watched):
    folder, store, jobs, watcher = watched
    os.rename(write_rows(folder / "a.csv", [{}]), os.fsencode(folder) + b"/\xcd\xb6.csv")
    (job,) = looked(watcher, jobs)
    write_rows(folder / "b.csv", [{"ticket_no": "B"}])
    assert [job.state, looked(watcher, jobs)[0].state] == ["done", "done"]
    assert (count(store), waiting_files(folder)) == (2, [])


def test_a_very_long_name_is_moved_under_a_shorter_one(watched):
    folder, store, jobs, watcher = watched
    write_rows(folder / ("字" * 83 + ".csv"), [{}])
    (job,) = looked(watcher, jobs)
    assert (job.state, count(store), waiting_files(folder)) == ("done", 1, [])


def test_where_nothing_can_be_moved_nothing_is_imported(watched):
    folder, store, jobs, watcher = watched
    (folder / "done").write_text("a file")
    write_rows(folder / "a.csv", [{}])
    states = {job.state for job in looked(watcher, jobs)}
    assert "done" not in {job.state for job in jobs.all() if job.params["file"].endswith("a.csv")}
    assert (states, count(store)) == ({"failed"}, 0)
    assert looked(watcher, jobs) == []


def test_a_folder_with_auto_takes_the_profile_that_fits_as_everywhere(watched, tmp_path):
    folder, store, jobs, watcher = watched
    watch(tmp_path / "home", Watch(str(folder), "auto", "wgs84"))
    write_rows(folder / "a.csv", [{"ticket_no": "T1"}])
    looked(watcher, jobs)
    assert store.cursor().execute("select source from complaints").fetchall() == [("beijing_12345",)]


def test_a_folder_that_vanished_stops_nothing(watched):
    folder, _, _, watcher = watched
    folder.rmdir()
    assert watcher.look() == []
