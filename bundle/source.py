"""What travels of the source: the files of the last commit, and nothing else that lies in the folder."""

import io
import subprocess
import tarfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from data.words import t, visible

SHOWN = 5


class Refused(Exception):
    """No archive is made; the text is a sentence in the reader's language."""


@dataclass(frozen=True)
class Source:
    """
    The source of one commit.

    `files` holds content and whether it may be run, by path; `committed_at` is in
    seconds since 1970 and is the time of every file in the archive.
    """

    commit: str
    committed_at: int
    version: str
    files: dict[str, tuple[bytes, bool]]


def changed(root: Path) -> list[str]:
    """Paths that differ from the last commit, new ones included, ignored ones not."""
    found = _git(root, "status", "--porcelain", "-z", "--untracked-files=normal", "--no-renames")
    return [entry[3:] for entry in found.decode("utf-8", "replace").split("\0") if entry]


def read_source(root: Path) -> Source:
    """
    The last commit of a checkout.

    Raises
    ------
    Refused
        The folder is not a git checkout of its own, or a tracked file is neither a
        plain file nor a folder.
    """
    files: dict[str, tuple[bytes, bool]] = {}
    with tarfile.open(fileobj=io.BytesIO(_git(root, "archive", "--format=tar", "HEAD"))) as tar:
        for member in tar:
            if member.isdir():
                continue
            content = tar.extractfile(member) if member.isreg() else None
            if content is None:
                raise Refused(t("bundle.not_plain", file=visible(member.name)))
            files[member.name] = content.read(), bool(member.mode & 0o100)
    commit, committed_at = _git(root, "log", "-1", "--format=%H %ct").decode().split()
    version = tomllib.loads(files["pyproject.toml"][0].decode())["project"]["version"]
    return Source(commit, int(committed_at), version, files)


def shortened(names: list[str]) -> str:
    """The first few names, on one line."""
    return ", ".join(map(visible, names[:SHOWN])) + (" …" if len(names) > SHOWN else "")


def _git(root: Path, *argv: str) -> bytes:
    # a checkout inside somebody else's is not ours to archive
    if not (root / ".git").exists():
        raise Refused(t("bundle.no_git", folder=visible(str(root))))
    try:
        done = subprocess.run(["git", "-C", str(root), *argv], capture_output=True, check=False)  # noqa: S603, S607
    except FileNotFoundError:
        raise Refused(t("bundle.git", reason="git: not found")) from None
    if done.returncode:
        raise Refused(t("bundle.git", reason=visible(done.stderr.decode("utf-8", "replace").strip())))
    return done.stdout
