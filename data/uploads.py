"""Files that people hand in through a page: kept in the home until they are imported or given up."""

import re
import secrets
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from data.errors import FileProblem

# so many bytes of a name are kept, its ending included
NAME_BYTES = 120
_REFUSED = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def safe_name(name: str) -> str:
    """A name from outside as the name of a file in a folder: no paths, no signs a file system or terminal minds."""
    bare = _REFUSED.sub("_", name.replace("\\", "/").rpartition("/")[2]).encode(errors="replace").decode().strip(". ")
    stem, dot, ending = bare.rpartition(".")
    stem, ending = (stem, dot + ending) if stem and len(ending) <= 10 else (bare, "")
    room = NAME_BYTES - len(ending.encode())
    return (stem.encode()[:room].decode(errors="ignore") + ending) or "file"


def keep_upload(home: Path, name: str, blocks: Iterable[bytes], *, limit_mib: int = 1_024) -> Path:
    """
    Write what a person hands in to a folder of its own in the home, readable by the owner only.

    Parameters
    ----------
    home
        The home.
    name
        As the person's machine calls the file; see `safe_name`.
    blocks
        The content.
    limit_mib
        More than this is refused.

    Raises
    ------
    FileProblem
        `file.too_large`; nothing is kept.
    """
    folder = home / "uploads" / secrets.token_hex(8)
    folder.mkdir(mode=0o700, parents=True)
    path, size = folder / safe_name(name), 0
    try:
        with path.open("wb") as file:
            for block in blocks:
                size += len(block)
                if size > limit_mib << 20:
                    raise FileProblem("file.too_large", file=path.name, limit_mib=limit_mib)
                file.write(block)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return path


def is_upload(home: Path, path: Path) -> bool:
    """True for a file that `keep_upload` wrote into this home."""
    return ".." not in path.parts and path.parent.parent == home / "uploads"


def drop_upload(home: Path, path: Path) -> None:
    """Remove a handed-in file with its folder; anything that is none stays."""
    if is_upload(home, path):
        shutil.rmtree(path.parent, ignore_errors=True)


def tidy_uploads(home: Path, before: float) -> int:
    """Remove what was handed in before a moment (seconds since 1970) and never imported; gives how many."""
    removed = 0
    for folder in (home / "uploads").glob("*"):
        with suppress(OSError):
            if folder.is_dir() and folder.stat().st_mtime < before:
                shutil.rmtree(folder)
                removed += 1
    return removed
