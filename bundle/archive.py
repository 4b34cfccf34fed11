"""The archive itself: source, wheels, installer, and a manifest that names every file by its SHA-256."""

import gzip
import hashlib
import io
import platform
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from bundle.source import Refused, Source, changed, read_source, shortened
from bundle.wheels import Wheel, collect, lock, table
from data.words import t

MANIFEST = "MANIFEST.sha256"
# what an operator looks for on top; both lie in the source's bundle/ too
ON_TOP = ("install.sh", "INSTALL.md")
PIECE = 1 << 20
# bytecode and the packages' own folders, beside what the wheels unpack to
ROOM = 1.35

# content, or the file that holds it; and whether it may be run
Entry = tuple[bytes | Path, bool]


def make(root: Path, out: Path, *, wheels: Path | None, anyway: bool, say: Callable[[str], None]) -> Path:
    """
    Make `<out>/whistlemap-<version>-<platform>-py<version>.tar.gz` of a checkout, and its checksum beside it.

    The same commit with the same wheels gives the same bytes wherever the same zlib
    packs them. Wheels that are built here, and what an index offers on another day,
    may differ.

    Parameters
    ----------
    root
        The checkout.
    out
        Folder of the archive; made when missing.
    wheels
        A folder to take the packages from; None asks the package index.
    anyway
        True takes the last commit although files have changed since; it says so.
    say
        Takes what a person should read meanwhile.

    Returns
    -------
    archive
        The finished file; a run that fails leaves none.

    Raises
    ------
    Refused
        Changed files, no checkout, or packages that cannot be had.
    """
    files = changed(root)
    if files:
        sentence = t("bundle.changed", count=len(files), files=shortened(files))
        if not anyway:
            raise Refused(sentence + t("bundle.commit_first"))
        say(sentence + t("bundle.anyway"))
    source = read_source(root)
    say(t("bundle.packages_now"))
    with tempfile.TemporaryDirectory(prefix="whistlemap-wheels-") as folder:
        found = collect(_text(source, "requirements.txt"), Path(folder), wheels=wheels, made_at=source.committed_at)
        entries = _entries(source, found)
        machine = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        top = f"whistlemap-{source.version}-{machine}-py{sys.version_info[0]}{sys.version_info[1]}"
        say(t("bundle.packing", files=len(entries), wheels=len(found)))
        out.mkdir(parents=True, exist_ok=True)
        archive = out / f"{top}.tar.gz"
        digest = _pack(archive, top, entries, source.committed_at)
    (out / f"{archive.name}.sha256").write_text(f"{digest}  {archive.name}\n", "utf-8")
    say(t("bundle.made", commit=source.commit[:12], megabytes=archive.stat().st_size // 1_000_000, sha256=digest))
    return archive


def facts(source: Source, wheels: list[Wheel]) -> str:
    """What the installer compares with the machine, one `name=value` a line; megabytes is what installing takes."""
    needed = max((wheel.glibc for wheel in wheels if wheel.glibc), default=None)
    unpacked = sum(wheel.unpacked for wheel in wheels) + sum(len(content) for content, _ in source.files.values())
    lines = {
        "version": source.version,
        "commit": source.commit,
        "implementation": platform.python_implementation(),
        "python": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "platform": sysconfig.get_platform(),
        "glibc": ".".join(map(str, needed)) if needed else "",
        "megabytes": round(unpacked * ROOM / 1_000_000) + 1,
    }
    return "".join(f"{name}={value}\n" for name, value in lines.items())


def _entries(source: Source, wheels: list[Wheel]) -> dict[str, Entry]:
    entries: dict[str, Entry] = dict(source.files)
    for name in ON_TOP:
        entries[name] = source.files[f"bundle/{name}"]
    for wheel in wheels:
        entries[f"wheels/{wheel.path.name}"] = wheel.path, False
    entries["wheels/lock.txt"] = lock(wheels).encode(), False
    entries["PACKAGES.csv"] = table(wheels).encode(), False
    entries["BUNDLE"] = facts(source, wheels).encode(), False
    digests = {name: _digest(content) for name, (content, _) in entries.items()}
    entries[MANIFEST] = "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode(), False
    return entries


def _pack(archive: Path, top: str, entries: dict[str, Entry], at: int) -> str:
    part = archive.with_suffix(".part")
    try:
        # wheels are packed already: level 1 costs seconds less for nothing more
        with (
            part.open("wb") as file,
            gzip.GzipFile("", "wb", 1, file, at) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar,
        ):
            for name, (content, may_run) in sorted(entries.items()):
                _add(tar, f"{top}/{name}", content, may_run, at)
        digest = _digest(part)
        part.replace(archive)
    finally:
        part.unlink(missing_ok=True)
    return digest


def _add(tar: tarfile.TarFile, name: str, content: bytes | Path, may_run: bool, at: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.mtime, entry.mode = at, 0o755 if may_run else 0o644
    if isinstance(content, bytes):
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
        return
    entry.size = content.stat().st_size
    with content.open("rb") as file:
        tar.addfile(entry, file)


def _digest(content: bytes | Path) -> str:
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _text(source: Source, name: str) -> str:
    return source.files[name][0].decode("utf-8")
