"""The packages that travel: wheels of all that is needed, with versions, licences and what they ask of a machine."""

import csv
import email
import email.message
import hashlib
import importlib.metadata
import io
import os
import platform
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from bundle.source import Refused
from data.words import t, visible

COLUMNS = ("name", "version", "licence", "licence_files", "wheel", "sha256")
# glibc of the tags that came before manylinux_<major>_<minor>
LEGACY = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
LONGEST_LICENCE = 80


@dataclass(frozen=True)
class Wheel:
    """One package; `glibc` is what it needs at least, None for one that runs anywhere; `unpacked` is in bytes."""

    path: Path
    name: str
    version: str
    licence: str
    licence_files: tuple[str, ...]
    sha256: str
    glibc: tuple[int, int] | None
    unpacked: int


def collect(requirements: str, folder: Path, *, wheels: Path | None, made_at: int) -> list[Wheel]:
    """
    Wheels of all requirements, of everything they need, and of pip itself, ordered by name.

    Packages that requirements leave open come in the version installed here, so that
    what was tested is what travels. A package that is published as source alone is
    built here, so that the other machine needs no compiler.

    Parameters
    ----------
    requirements
        Text of requirements.txt.
    folder
        Where the wheels go; empty.
    wheels
        A folder to take them from; None asks the package index.
    made_at
        Seconds since 1970, the time of files inside wheels that are built here.

    Raises
    ------
    Refused
        A package cannot be had or built.
    """
    asked, fixed = folder / "requirements.txt", folder / "constraints.txt"
    asked.write_text(requirements + "\npip\n", "utf-8")
    fixed.write_text("".join(f"{line}\n" for line in installed(requirements)), "utf-8")
    argv = ["wheel", "--quiet", "--wheel-dir", str(folder), "-r", str(asked), "-c", str(fixed)]
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(made_at)}
    if wheels is not None:
        argv += ["--no-index", "--find-links", str(wheels)]
        # that folder alone, whatever pip is told on this machine
        environment = {name: value for name, value in environment.items() if not name.startswith("PIP_")}
        environment["PIP_CONFIG_FILE"] = os.devnull
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *argv],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    asked.unlink()
    fixed.unlink()
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or [done.stderr[-500:]]
        raise Refused(t("bundle.packages", reason=visible(" ".join(errors))))
    return sorted(map(read_wheel, folder.glob("*.whl")), key=lambda wheel: canonical(wheel.name))


def installed(requirements: str) -> list[str]:
    """`name==version` of packages installed here that the requirements do not name; pip itself is free."""
    named = {canonical(name) for name in re.findall(r"^\s*([A-Za-z0-9][\w.-]*)", requirements, re.MULTILINE)} | {"pip"}
    found = {
        canonical(one.metadata["Name"]): one.version
        for one in importlib.metadata.distributions()
        if one.metadata["Name"] and one.version
    }
    return [f"{name}=={version}" for name, version in sorted(found.items()) if name not in named]


def canonical(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_wheel(path: Path) -> Wheel:
    """What a wheel says of itself."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        inner = next(name for name in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        metadata = email.message_from_bytes(archive.read(inner))
        unpacked = sum(entry.file_size for entry in archive.infolist())
    licences = [name for name in names if re.search(r"/(licen[cs]e|copying|notice)[^/]*$", name, re.IGNORECASE)]
    return Wheel(
        path, metadata["Name"], metadata["Version"], licence(metadata), tuple(sorted(licences)),
        hashlib.sha256(path.read_bytes()).hexdigest(), glibc(path.name), unpacked,
    )  # fmt: skip


def licence(metadata: email.message.Message) -> str:
    """The licence a package states: its expression, else its field unless that is a text, else its classifiers."""
    stated = str(metadata.get("License-Expression") or metadata.get("License") or "").strip()
    if stated and len(stated) <= LONGEST_LICENCE and "\n" not in stated:
        return stated
    classifiers = [str(one) for one in metadata.get_all("Classifier", []) if str(one).startswith("License ::")]
    return (
        "; ".join(one.rpartition(" :: ")[2] for one in classifiers)
        or (stated and "see its licence files")
        or "not stated"
    )


def glibc(file: str) -> tuple[int, int] | None:
    """The lowest glibc a wheel of this file name runs on, None where it needs none."""
    tags = file.removesuffix(".whl").rpartition("-")[2].split(".")
    found = []
    for tag in tags:
        modern = re.match(r"manylinux_(\d+)_(\d+)_", tag)
        if modern:
            found.append((int(modern[1]), int(modern[2])))
        elif tag.partition("_")[0] in LEGACY:
            found.append(LEGACY[tag.partition("_")[0]])
        elif tag.startswith("linux_"):
            # built here, for a machine like this one
            major, _, minor = platform.libc_ver()[1].partition(".")
            found.append((int(major or 0), int(minor or 0)))
    return min(found, default=None)


def lock(wheels: list[Wheel]) -> str:
    """Requirements that pip takes only from these very files."""
    return "".join(f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}\n" for wheel in wheels)


def table(wheels: list[Wheel]) -> str:
    """The packages as CSV: one row is one package with its licence, ordered by name."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for one in wheels:
        rows.writerow((one.name, one.version, one.licence, "; ".join(one.licence_files), one.path.name, one.sha256))
    return text.getvalue()
