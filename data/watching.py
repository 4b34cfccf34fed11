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
from data.evidence import reading_of
from data.importing import work as import_work
from data.jobs import ENDED, Jobs, Tell
from data.profiles import AUTO, load_profile
from data.recognition import recognise
from data.store import Store
from data.uploads import safe_name

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
    ProfileProblem, CrsProblem
        No such profile, or coordinate system.
    """
    folder = Path(one.folder)
    load_profile(one.profile, home)
    if one.crs not in ("", AUTO):
        reading_of(one.crs)
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
    hourly
        What else is to be done about once an hour.
    """

    def __init__(
        self, home: Path, jobs: Jobs, *, seconds: float = 5.0, hourly: Callable[[], object] = lambda: None
    ) -> None:
        self._home, self._jobs, self._seconds, self._hourly = home, jobs, seconds, hourly
        self._seen: dict[Path, tuple[int, int]] = {}
        self._tried: dict[Path, tuple[int, int]] = {}
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
                if self._seen.get(path) == stamp and self._tried.get(path) != stamp and not self._on_its_way(path):
                    made.append(self._jobs.submit("watched", {**asdict(one), "file": str(path)}))
                    self._tried[path] = stamp
        # a file that was moved away may come back; one that stays is not tried again until it changes
        self._seen, self._tried = present, {path: stamp for path, stamp in self._tried.items() if path in present}
        return made

    def _on_its_way(self, path: Path) -> bool:
        """True when an earlier process's job for the file is still to be done."""
        mine = (job for job in self._jobs.all() if job.kind == "watched" and job.state not in ENDED)
        return any(job.params.get("file") == str(path) for job in mine)

    def _go_on(self) -> None:
        looks = 0
        while not self._end.wait(self._seconds):
            looks += 1
            try:
                self.look()
                if looks % max(1, round(3_600 / self._seconds)) == 0:
                    self._hourly()
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
        # where it cannot be put afterwards it is not begun
        for name in ("done", "failed"):
            (path.parent / name).mkdir(exist_ok=True)
    except OSError as error:
        raise FileProblem("file.missing", file=str(path.parent), reason=error.strerror or str(error)) from error
    try:
        report = import_work(store, home, _given(path, home, params), tell, now)
    except Problem as problem:
        reason = {"error": problem.key} | {lang: words.sentence(problem, lang) for lang in words.LANGUAGES}
        _moved(path, "failed", reason)
        raise
    return report | ({} if _moved(path, "done", report) else {"not_moved": True})


def _given(path: Path, home: Path, params: dict[str, Any]) -> dict[str, Any]:
    """How the file is to be read: by the folder's profile; with `auto` by the one that fits, as everywhere."""
    given = {**params, "crs": params["crs"] or None}
    if params["profile"] != AUTO:
        return given | {"profile": load_profile(params["profile"], home).as_table()}
    seen = recognise(path, home)
    where = {"sheet": seen.outline.sheet or None, "header_row": seen.outline.header_row or None}
    return given | where | {"profile": seen.profile.as_table()}


def _moved(path: Path, where: str, beside: dict[str, Any]) -> bool:
    """Move a file into a folder beside it under a free name, with what is to be said of it; False where it stays."""
    name = safe_name(path.name)
    stem, dot, ending = name.rpartition(".")
    names = [name, *(f"{stem or name}-{n}{dot}{ending if dot else ''}" for n in range(2, 10_000))]
    folder = path.parent / where
    try:
        target = next(folder / one for one in names if not (folder / one).exists())
        (folder / f"{target.name}.json").write_text(
            json.dumps(beside, ensure_ascii=False, indent=1), "utf-8", "replace"
        )
        path.rename(target)
    except OSError:
        log.exception("%r stays in its folder", path.name)
        return False
    return True
