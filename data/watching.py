"""
Watched folders: a file dropped there is imported with the folder's profile, once, and moved to `done` or `failed`.

A file is taken when it has not changed between two looks. Beside it in `done`
lies its report, in `failed` the reason; a file whose import a kill cut off is
still in the folder and is imported again, which changes nothing twice.
"""

import json
import logging
import threading
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import tomli_w

from data import words
from data.errors import FileProblem, Problem
from data.importing import work as import_work
from data.jobs import Jobs, Tell
from data.profiles import AUTO, load_profile
from data.recognition import recognise
from data.store import Store

# what programs write while a file is on its way
UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", ".swp")
log = logging.getLogger("whistlemap")


@dataclass(frozen=True)
class Watch:
    """One watched folder: its path, the profile of its files, and their coordinate system ('' is the profile's)."""

    folder: str
    profile: str
    crs: str = ""


def watches(home: Path) -> list[Watch]:
    """
    The watched folders of a home.

    Raises
    ------
    FileProblem
        `watches.toml` cannot be read.
    """
    path = home / "watches.toml"
    try:
        return [Watch(**one) for one in tomllib.loads(path.read_text("utf-8")).get("watch", [])]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        raise FileProblem("file.unreadable", file=path.name, reason=str(error)) from error


def watch(home: Path, one: Watch) -> None:
    """
    Watch a folder; one that is watched already gets the new profile.

    Raises
    ------
    FileProblem
        The folder is missing, or holds or is a watched folder or the home.
    ProfileProblem
        No such profile.
    """
    folder = Path(one.folder)
    load_profile(one.profile, home)
    if not folder.is_dir():
        raise FileProblem("file.missing", file=one.folder, reason=words.t("manage.no_folder"))
    folder = folder.resolve()
    others = [Path(other.folder) for other in watches(home) if other.folder != str(folder)]
    for other in (home, *others):
        if folder.is_relative_to(other) or other.is_relative_to(folder):
            raise FileProblem("file.watched", folder=str(folder), other=str(other))
    kept = [other for other in watches(home) if other.folder != str(folder)]
    _write(home, [*kept, Watch(str(folder), one.profile, one.crs)])


def unwatch(home: Path, folder: str) -> None:
    """
    Watch a folder no longer; its files stay where they are.

    Raises
    ------
    FileProblem
        It was not watched.
    """
    kept = watches(home)
    left = [one for one in kept if one.folder != str(Path(folder).resolve())]
    if len(left) == len(kept):
        raise FileProblem("file.not_watched", folder=folder, allowed=", ".join(one.folder for one in kept) or "-")
    _write(home, left)


def _write(home: Path, kept: list[Watch]) -> None:
    part = home / ".watches.part"
    part.write_text(tomli_w.dumps({"watch": [asdict(one) for one in kept]}), "utf-8")
    part.replace(home / "watches.toml")


def waiting_files(folder: Path) -> list[Path]:
    """Files in a watched folder that are to be imported, by name; links, folders and unfinished files are none."""
    try:
        found = sorted(folder.iterdir())
    except OSError:
        return []
    return [
        path
        for path in found
        if not path.name.startswith((".", "~$"))
        and not path.name.endswith(UNFINISHED)
        and not path.is_symlink()
        and path.is_file()
    ]


class Watcher:
    """
    Looks into the watched folders from time to time, and hands what it finds to the jobs.

    Parameters
    ----------
    home
        Whose folders are watched.
    jobs
        Carry the imports out.
    seconds
        Between two looks.
    """

    def __init__(self, home: Path, jobs: Jobs, *, seconds: float = 5.0) -> None:
        self._home, self._jobs, self._seconds = home, jobs, seconds
        self._seen: dict[Path, tuple[int, int]] = {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="whistlemap-watcher", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End; what was handed on goes on."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(self._seconds + 5)

    def look(self) -> list[str]:
        """One look; gives the ids of the jobs it made."""
        made, present = [], {}
        for one in watches(self._home):
            for path in waiting_files(Path(one.folder)):
                try:
                    state = path.stat()
                except OSError:
                    continue
                present[path] = stamp = (state.st_size, state.st_mtime_ns)
                params = {**asdict(one), "file": str(path), "size": stamp[0], "changed_ns": stamp[1]}
                if self._seen.get(path) == stamp and not self._known(params):
                    made.append(self._jobs.submit("watched", params))
        self._seen = present
        return made

    def _known(self, params: dict[str, Any]) -> bool:
        """True when the same file is on its way, or was tried and stayed: until it changes it is not tried again."""
        keys = ("file", "size", "changed_ns")
        return any(
            job.kind == "watched" and all(job.params.get(key) == params[key] for key in keys)
            for job in self._jobs.all()
        )

    def _go_on(self) -> None:
        while not self._end.wait(self._seconds):
            try:
                self.look()
            except Problem as problem:
                log.warning(words.sentence(problem))
            except Exception:  # one bad look must not end the watch
                log.exception("looking into the watched folders failed")


def work(store: Store, home: Path, params: dict[str, Any], tell: Tell, now: Callable[[], datetime]) -> dict[str, Any]:
    """Import one file of a watched folder and move it to `done` or `failed`; the report or the reason goes with it."""
    path = Path(params["file"])
    if not path.is_file():
        raise FileProblem("file.missing", file=path.name, reason=words.t("manage.gone"))
    try:
        name, header_row = params["profile"], None
        if name == AUTO:
            seen = recognise(path, home, profile=name)
            profile, header_row = seen.profile, seen.outline.header_row or None
        else:
            profile = load_profile(name, home)
        given = {**params, "profile": profile.as_table(), "crs": params["crs"] or None, "header_row": header_row}
        report = import_work(store, home, given, tell, now)
    except Problem as problem:
        reason = {"error": problem.key} | {lang: words.sentence(problem, lang) for lang in words.LANGUAGES}
        _move(path, "failed", reason)
        raise
    _move(path, "done", report)
    return report


def _move(path: Path, where: str, beside: dict[str, Any]) -> None:
    """Move a file into a folder beside it, under a name that is free, with what is to be said of it."""
    folder = path.parent / where
    folder.mkdir(exist_ok=True)
    names = [path.name, *(f"{path.stem}-{n}{path.suffix}" for n in range(2, 10_000))]
    target = next(folder / name for name in names if not (folder / name).exists())
    (folder / f"{target.name}.json").write_text(json.dumps(beside, ensure_ascii=False, indent=1), "utf-8")
    path.rename(target)
