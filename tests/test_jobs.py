"""Jobs: done in turn, seen, cancelled, failed in words, and taken up again after a stop."""

import json
import threading
import time
from datetime import datetime

import pytest

from data import jobs
from data.errors import FileProblem
from data.jobs import Cancelled, Jobs
from data.store import Store

NOW = datetime(2025, 6, 1, 12)
gate = threading.Event()
done: list[str] = []


def work(store, home, params, tell, now):
    """A job as its parameters say."""
    tell(0.25, "job.step", rows=7)
    if params.get("wait"):
        while not gate.wait(0.01):
            tell(0.5)
    if params.get("bad"):
        raise FileProblem("file.empty", file=params["bad"])
    if params.get("fault"):
        return 1 / 0
    done.append(params["name"])
    return {"name": params["name"], "at": now()}


@pytest.fixture
def begun(tmp_path, monkeypatch):
    monkeypatch.setitem(jobs.KINDS, "test", f"{__name__}:work")
    gate.clear()
    done.clear()
    some: list[Jobs] = []

    def begin() -> Jobs:
        some.append(Jobs(Store(), tmp_path, lambda: NOW))
        return some[-1]

    yield begin
    gate.set()
    for one in some:
        one.stop()


def test_jobs_are_done_in_the_order_they_came(begun):
    one = begun()
    ids = [one.submit("test", {"name": name}) for name in "abc"]
    assert [one.wait(job_id, 10).state for job_id in ids] == ["done"] * 3
    assert done == ["a", "b", "c"]
    assert one.get(ids[0]).result == {"name": "a", "at": "2025-06-01 12:00:00"}


def test_a_running_job_shows_how_far_it_is(begun):
    one = begun()
    job_id = one.submit("test", {"name": "a", "wait": True})
    until = time.monotonic() + 10
    while one.get(job_id).part < 0.5 and time.monotonic() < until:
        time.sleep(0.01)
    assert (one.get(job_id).state, one.get(job_id).part) == ("running", 0.5)
    gate.set()
    assert one.wait(job_id, 10).part == 1


def test_a_waiting_and_a_running_job_can_be_cancelled(begun):
    one = begun()
    running, waiting = (one.submit("test", {"name": name, "wait": True}) for name in "ab")
    one.cancel(max(running, waiting))
    one.cancel(min(running, waiting))
    assert {one.wait(job_id, 10).state for job_id in (running, waiting)} == {"cancelled"}
    assert done == []


def test_what_goes_wrong_is_a_sentence_and_the_next_job_is_done(begun):
    one = begun()
    bad, fault, good = (one.submit("test", {"name": "x"} | more) for more in ({"bad": "f.csv"}, {"fault": True}, {}))
    assert one.wait(bad, 10).problem == ("file.empty", {"file": "f.csv"})
    assert one.wait(fault, 10).problem[0] == "job.fault"
    assert one.wait(good, 10).state == "done"


def test_a_stopped_process_leaves_its_jobs_to_the_next(begun):
    one = begun()
    ids = [one.submit("test", {"name": name, "wait": True}) for name in "ab"]
    one.stop()
    assert {one.get(job_id).state for job_id in ids} == {"waiting"}
    gate.set()
    two = begun()
    assert {two.wait(job_id, 10).state for job_id in ids} == {"done"}
    assert done == ["a", "b"]


def killed_while_running(folder, times):
    folder.mkdir()
    job = {"job_id": "20250601-120000-000007", "kind": "test", "params": {"name": "a"}, "submitted_at": "2025-06-01"}
    (folder / f"{job['job_id']}.json").write_text(json.dumps(job | {"state": "running", "begun": times}))
    return job["job_id"]


@pytest.mark.parametrize(("times", "state"), [(1, "done"), (2, "done"), (3, "failed")])
def test_a_job_during_which_the_process_died_is_begun_again_but_not_for_ever(begun, tmp_path, times, state):
    job_id = killed_while_running(tmp_path / "jobs", times)
    assert begun().wait(job_id, 10).state == state


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"job_id": "../../x", "kind": "test", "params": {}, "submitted_at": ""}', "\x00"]
)
def test_a_job_file_that_is_none_is_left_alone(begun, tmp_path, text):
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "a.json").write_text(text)
    one = begun()
    assert one.all() == []
    assert one.wait(one.submit("test", {"name": "a"}), 10).state == "done"


def test_only_the_last_ended_jobs_are_remembered(begun, monkeypatch, tmp_path):
    monkeypatch.setattr(jobs, "KEPT", 3)
    one = begun()
    for name in "abcdef":
        one.wait(one.submit("test", {"name": name}), 10)
    one.submit("test", {"name": "last"})
    assert len(list((tmp_path / "jobs").glob("*.json"))) == len(one.all()) == 4


def test_an_unknown_kind_is_refused(begun):
    with pytest.raises(ValueError, match="kind"):
        begun().submit("something", {})


def test_tell_ends_a_job_by_an_exception_of_its_own():
    assert not issubclass(Cancelled, ValueError)
