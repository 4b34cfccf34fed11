"""
Long work in the background: one job after another, seen while it runs, cancelled, taken up again after a restart.

A job is its kind and plain parameters, kept as a file in the home. What it does
must be safe to begin again: a job that a stop or a kill cut off is run once more
at the next start.
"""

import importlib
import json
import logging
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from data.errors import Problem
from data.store import Store

# what carries a kind of job out: work(store, home, params, tell, now) -> plain result
KINDS = {
    "import": "data.importing:work",
    "boundaries": "data.replacing:work",
    "watched": "data.watching:work",
}
ENDED = ("done", "failed", "cancelled")
# so many ended jobs are remembered
KEPT = 50
# a job during which the process died so often is not begun again
MOST_BEGINNINGS = 3
log = logging.getLogger("whistlemap")


@dataclass(frozen=True)
class Job:
    """
    One job as it stands.

    `state` is waiting, running, done, failed or cancelled; `part` how much of it
    is done (0-1); `said` the key of a sentence and its values; `problem` the key
    and values of what went wrong.
    """

    job_id: str
    kind: str
    params: dict[str, Any]
    submitted_at: str
    state: str = "waiting"
    part: float = 0.0
    said: tuple[str, dict[str, Any]] | None = None
    result: dict[str, Any] | None = None
    problem: tuple[str, dict[str, Any]] | None = None
    ended_at: str | None = None
    begun: int = 0  # how often


class Cancelled(Exception):
    """Raised inside a job that is to end: a person cancelled it, or the process stops."""


# tell(part, key, values): how far a job is; raises Cancelled when it is to end
Tell = Callable[..., None]


class Jobs:
    """
    The jobs of one home.

    Parameters
    ----------
    store, home
        What the work is done on.
    clock
        Says what time it is.
    """

    def __init__(self, store: Store, home: Path, clock: Callable[[], datetime]) -> None:
        self._store, self._home, self._clock = store, home, clock
        self._folder = home / "jobs"
        self._jobs: dict[str, Job] = {}
        self._to_end: set[str] = set()
        self._stopping = False
        self._number = 0
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._take_up()

    def submit(self, kind: str, params: dict[str, Any]) -> str:
        """
        Put a job at the end of the queue.

        Parameters
        ----------
        kind
            One of `KINDS`.
        params
            Plain values only: they are kept as JSON.

        Returns
        -------
        job_id
        """
        if kind not in KINDS:
            msg = f"kind must be one of {tuple(KINDS)}, not {kind!r}"
            raise ValueError(msg)
        moment, plain = self._clock(), json.loads(json.dumps(params))
        with self._changed:
            self._number += 1
            job_id = f"{moment:%Y%m%d-%H%M%S}-{self._number:06d}"
            self._keep(Job(job_id, kind, plain, moment.isoformat(timespec="seconds")))
            self._forget()
            self._begin()
            self._changed.notify_all()
        return job_id

    def get(self, job_id: str) -> Job | None:
        """One job, or None."""
        return self._jobs.get(job_id)

    def all(self) -> list[Job]:
        """Every job that is remembered, the newest first."""
        with self._changed:
            return sorted(self._jobs.values(), key=lambda job: job.job_id, reverse=True)

    def cancel(self, job_id: str) -> None:
        """End a job: at once when it waits, at its next step when it runs; an ended one stays as it is."""
        with self._changed:
            job = self._jobs.get(job_id)
            if job and job.state == "waiting":
                self._keep(replace(job, state="cancelled", ended_at=self._now()))
                self._changed.notify_all()
            elif job and job.state == "running":
                self._to_end.add(job_id)

    def wait(self, job_id: str, seconds: float) -> Job | None:
        """The job when it has ended, or as it stands after so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended(job_id), seconds)
            return self._jobs.get(job_id)

    def stop(self, seconds: float = 20.0) -> None:
        """End the running job at its next step; it waits, with the others, for the next start."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread:
            self._thread.join(seconds)

    def _ended(self, job_id: str) -> bool:
        job = self._jobs.get(job_id)
        return job is None or job.state in ENDED

    def _now(self) -> str:
        return self._clock().isoformat(timespec="seconds")

    def _take_up(self) -> None:
        """Read what an earlier process left; what it did not end waits again."""
        for path in sorted(self._folder.glob("*.json")):
            try:
                job = Job(**json.loads(path.read_text("utf-8")))
            except (OSError, ValueError, TypeError):
                log.warning("job file %s cannot be read and is left alone", path.name)
                continue
            if job.job_id != path.stem or job.kind not in KINDS:
                continue
            waiting = job.state not in ENDED
            # jobs of one second are in the order of their numbers
            self._number = max(self._number, int(job.job_id[-6:]) if job.job_id[-6:].isdecimal() else 0)
            self._jobs[job.job_id] = replace(job, state="waiting", part=0.0, said=None) if waiting else job
        if any(job.state == "waiting" for job in self._jobs.values()):
            self._begin()

    def _begin(self) -> None:
        if (self._thread is None or not self._thread.is_alive()) and not self._stopping:
            self._thread = threading.Thread(target=self._work, name="whistlemap-jobs", daemon=True)
            self._thread.start()

    def _next(self) -> Job | None:
        waiting = [job for job in self._jobs.values() if job.state == "waiting"]
        return min(waiting, key=lambda job: job.job_id, default=None)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._next())
                job = self._next()
                if self._stopping or job is None:
                    return
                job = replace(job, state="running", begun=job.begun + 1)
                self._keep(job)
            ended = self._carried_out(job) if job.begun <= MOST_BEGINNINGS else self._given_up(job)
            with self._changed:
                self._to_end.discard(job.job_id)
                self._keep(ended)
                self._changed.notify_all()

    def _carried_out(self, job: Job) -> Job:
        """The job after its work."""

        def tell(part: float, key: str | None = None, /, **values: Any) -> None:
            if self._stopping or job.job_id in self._to_end:
                raise Cancelled
            # only in memory: a restart begins anew
            said = (key, values) if key else None
            self._jobs[job.job_id] = replace(job, part=min(max(part, 0.0), 1.0), said=said)

        module, _, name = KINDS[job.kind].partition(":")
        try:
            work = getattr(importlib.import_module(module), name)
            result = json.loads(json.dumps(work(self._store, self._home, job.params, tell, self._clock), default=str))
        except Cancelled:
            if job.job_id not in self._to_end:
                # an orderly stop is no failed attempt
                return replace(job, state="waiting", begun=job.begun - 1)
            return replace(job, state="cancelled", ended_at=self._now())
        except Problem as problem:
            values = {name: _plain(value) for name, value in problem.values.items()}
            return replace(job, state="failed", problem=(problem.key, values), ended_at=self._now())
        except Exception:  # a fault of our own must not end the queue
            log.exception("job %s (%s) failed", job.job_id, job.kind)
            if self._stopping:  # the store may be closed already
                return replace(job, state="waiting", begun=job.begun - 1)
            return replace(job, state="failed", problem=("job.fault", {"job": job.job_id}), ended_at=self._now())
        return replace(job, state="done", part=1.0, result=result, ended_at=self._now())

    def _given_up(self, job: Job) -> Job:
        problem = ("job.too_often", {"job": job.job_id, "times": MOST_BEGINNINGS})
        return replace(job, state="failed", problem=problem, ended_at=self._now())

    def _keep(self, job: Job) -> None:
        """Remember a job, in its file too."""
        self._jobs[job.job_id] = job
        part = self._folder / f".{job.job_id}.part"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # in ASCII: a file's name may hold what UTF-8 has not
            part.write_text(json.dumps(asdict(job)), "ascii")
            part.replace(self._folder / f"{job.job_id}.json")
        except OSError:
            # a full disk must not end the queue: the job goes on, only a restart would not know of it
            log.exception("job %s cannot be kept", job.job_id)

    def _forget(self) -> None:
        """Drop the oldest ended jobs beyond those that are kept."""
        ended = sorted((job.job_id for job in self._jobs.values() if job.state in ENDED), reverse=True)
        for job_id in ended[KEPT:]:
            del self._jobs[job_id]
            (self._folder / f"{job_id}.json").unlink(missing_ok=True)


def _plain(value: object) -> Any:
    """A value of a problem as JSON has it; lists stay lists, so that the sentence is the same."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, int | float | str | None) else str(value)


_shared: dict[Path, Jobs] = {}
_sharing = threading.Lock()


def shared_jobs(store: Store, home: Path, clock: Callable[[], datetime]) -> Jobs:
    """The jobs of this process for a home; what an earlier process left is taken up at the first call."""
    with _sharing:
        if home not in _shared:
            _shared[home] = Jobs(store, home, clock)
        return _shared[home]


def stop_shared() -> None:
    """Stop what `shared_jobs` began."""
    with _sharing:
        for jobs in _shared.values():
            jobs.stop()
        _shared.clear()
