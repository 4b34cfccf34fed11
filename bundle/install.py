"""
Installs the unpacked archive, here or into a folder, from its own wheels alone.

`install.sh` calls it with a Python that fits. The standard library is all it
has. What fails leaves an older installation as it was.
"""

import argparse
import hashlib
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1]
MANIFEST = "MANIFEST.sha256"
LOCK = "wheels/lock.txt"
# needed to install, not to run: a folder that is installed into does without
LEFT_BEHIND = ("wheels/", "install.sh")
SHOWN = 5
WORDS = {
    "checking": ("校验文件……", "Checking the files ..."),
    "installing": ("安装软件包（不访问网络）……", "Installing the packages (no network) ..."),
    "usage": ("把本安装包装到此处，或装到指定的文件夹。", "Install this archive here, or into a folder."),
    "folder": ("安装到的文件夹（默认：此处）", "folder to install into (here)"),
    "kept": ("你改过的文件已另存为 .old：{files}", "Files you had changed were kept with the ending .old: {files}"),
    "done": ("已安装到 {folder}。启动：\n  {start}", "Installed in {folder}. Start it with:\n  {start}"),
    "no_manifest": (
        "安装包不完整：缺少 {file}。请重新解压。",
        "The archive is not complete: {file} is missing. Unpack it again.",
    ),
    "damaged": (
        "安装包已损坏或被改动，未安装任何内容；有问题的文件 {count} 个：{files}。请重新复制，并与 .sha256 核对。",
        "The archive is damaged or changed, nothing was installed; wrong are {count}: {files}. Compare its .sha256.",
    ),
    "foreign": (
        "{folder} 里有别的内容，也不是本产品的安装；请给一个空的、新的，或已安装本产品的文件夹。",
        "{folder} holds something else; give a new or empty folder, or one where this product is installed.",
    ),
    "room": (
        "{folder} 所在的磁盘只剩 {free} MB，安装需要约 {needed} MB。",
        "The disk of {folder} has {free} MB left; installing takes about {needed} MB.",
    ),
    "running": (
        "{folder} 的服务正在运行（进程 {pid}）。请先停止它，再安装。",
        "The server of {folder} is running (process {pid}). Stop it first, then install.",
    ),
    "pip": (
        "软件包没有装上，原有安装未变。原因：{reason}",
        "The packages could not be installed; what was there before is as it was. Reason: {reason}",
    ),
    "start": (
        "程序在这台机器上无法启动，原有安装未变。原因：{reason}",
        "The program does not start on this machine; what was there before is as it was. Reason: {reason}",
    ),
    "os": ("安装中断：{reason}", "The installation stopped: {reason}"),
    "stopped": ("已中断，原有安装未变。", "Interrupted; what was there before is as it was."),
}


class Refused(Exception):
    """It cannot be installed: a key of `WORDS` and its values."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key, self.values = key, values


def main(argv: list[str]) -> int:
    """Install; 0 done, 1 refused (a sentence says why), 2 wrong use."""
    parser = argparse.ArgumentParser(prog="install.sh", description=" ".join(WORDS["usage"]))
    parser.add_argument("folder", nargs="?", type=Path, default=SOURCE, help=" ".join(WORDS["folder"]))
    try:
        install(parser.parse_args(argv).folder.resolve())
    except Refused as refused:
        say(refused.key, **refused.values)
        return 1
    except OSError as error:
        say("os", reason=error)
        return 1
    except KeyboardInterrupt:
        say("stopped")
        return 1
    return 0


def say(key: str, **values: object) -> None:
    """A sentence in Chinese and English, or in the one that WHISTLEMAP_LANG names."""
    lang = os.environ.get("WHISTLEMAP_LANG")
    for name, text in zip(("zh", "en"), WORDS[key], strict=True):
        if lang not in ("zh", "en") or lang == name:
            sys.stderr.write(text.format_map(values) + "\n")
    sys.stderr.flush()


def install(target: Path) -> None:
    """
    Install the archive into a folder; `WHISTLEMAP_HOME` and files that are not the program's stay as they are.

    Raises
    ------
    Refused
        The archive is damaged, the folder is somebody else's, its disk is full, its
        server runs, or the packages do not install or start here.
    """
    say("checking")
    wanted = read_manifest(SOURCE)
    if LOCK not in wanted:
        raise Refused("no_manifest", file=SOURCE / LOCK)
    refuse_damage(wanted)
    program = {name: digest for name, digest in wanted.items() if not name.startswith(LEFT_BEHIND)}
    before = refuse_target(target)
    say("installing")
    target.mkdir(parents=True, exist_ok=True)
    with replaced(target / ".venv") as environment:
        fill(environment)
        kept = bring(program, before, target) if target != SOURCE else []
        # make compares times: the stamp is as old as the requirements, whatever the clock says
        stamp, requirements = environment / ".installed", target / "requirements.txt"
        stamp.touch()
        os.utime(stamp, ns=(requirements.stat().st_atime_ns, requirements.stat().st_mtime_ns))
    if kept:
        say("kept", files=", ".join(kept))
    by_hand = [".venv/bin/python -m data demo --if-empty", ".venv/bin/streamlit run app.py"]
    steps = [f"cd {shlex.quote(str(target))}", *(["make run"] if shutil.which("make") else by_hand)]
    say("done", folder=target, start="\n  ".join(steps))


def read_manifest(folder: Path) -> dict[str, str]:
    """SHA-256 by path; raises `Refused` when there is no manifest, or one that points out of its folder."""
    try:
        lines = (folder / MANIFEST).read_text("utf-8").splitlines()
    except (OSError, UnicodeError):
        raise Refused("no_manifest", file=folder / MANIFEST) from None
    found = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    strange = [name for name in found if not name or Path(name).is_absolute() or ".." in Path(name).parts]
    if strange or not found:
        raise Refused("damaged", count=1, files=MANIFEST)
    return found


def refuse_damage(wanted: dict[str, str]) -> None:
    """Compare every file with the manifest."""
    wrong = [name for name, digest in sorted(wanted.items()) if digest_of(SOURCE / name) != digest]
    if wrong:
        raise Refused("damaged", count=len(wrong), files=", ".join(wrong[:SHOWN]))


def digest_of(path: Path) -> str | None:
    """The SHA-256 of a file, None when there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def refuse_target(target: Path) -> dict[str, str]:
    """The manifest of what is installed in a folder, empty for a new one; stops where nothing may be installed."""
    before: dict[str, str] = {}
    if target != SOURCE and target.exists():
        if not target.is_dir() or (any(target.iterdir()) and not (target / MANIFEST).is_file()):
            raise Refused("foreign", folder=target)
        if (target / MANIFEST).is_file():
            before = read_manifest(target)
    there = next(folder for folder in (target, *target.parents) if folder.exists())
    free, needed = shutil.disk_usage(there).free // 1_000_000, int(fact("megabytes"))
    if free < needed:
        raise Refused("room", folder=target, free=free, needed=needed)
    pid = server_of(Path(os.environ.get("WHISTLEMAP_HOME", "").strip() or target / ".whistlemap"))
    # a first installation beside a running server of another folder disturbs nobody
    if pid and (target / ".venv").exists():
        raise Refused("running", folder=target, pid=pid)
    return before


def fact(name: str) -> str:
    """A value of the archive's BUNDLE file."""
    lines = (line.partition("=") for line in (SOURCE / "BUNDLE").read_text("utf-8").splitlines())
    return next(value for key, _, value in lines if key == name)


def server_of(home: Path) -> int | None:
    """The process that serves a home, None when none does."""
    try:
        server = json.loads((home.expanduser() / "server.json").read_text("utf-8"))
        os.kill(int(server["pid"]), 0)
        socket.create_connection((str(server["host"]), int(server["port"])), 2).close()
    except PermissionError:
        return int(server["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return int(server["pid"])


@contextmanager
def replaced(environment: Path) -> Iterator[Path]:
    """A place for a new environment; the old one comes back when something fails."""
    before = environment.with_name(".venv.before")
    if before.exists() and not (environment / ".installed").exists():
        # an installation was cut off: what worked before it is still here
        remove(environment)
        before.rename(environment)
    remove(before)
    if environment.exists():
        environment.rename(before)
    try:
        yield environment
    except BaseException:
        remove(environment)
        if before.exists():
            before.rename(environment)
        raise
    remove(before)


def remove(path: Path) -> None:
    """Take a file, link or folder away, if it is there."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def fill(environment: Path) -> None:
    """Make the environment, install the locked wheels, and see that the program starts in it."""
    venv.EnvBuilder(symlinks=True).create(environment)
    # no pip in this environment goes to an index later, either
    (environment / "pip.conf").write_text("[global]\nno-index = true\ndisable-pip-version-check = true\n", "utf-8")
    python, wheels = environment / "bin" / "python", SOURCE / "wheels"
    # pip runs from its own wheel, so that the system needs none
    pip = next(wheels.glob("pip-*.whl")) / "pip"
    run("pip", python, pip, "install", "--quiet", "--no-index", "--find-links", wheels, "--no-deps", "--no-compile",
        "--require-hashes", "--requirement", SOURCE / LOCK)  # fmt: skip
    run("pip", python, "-m", "pip", "check")
    # a folder that the server may not write in has no other chance of bytecode; what cannot be compiled is not needed
    with suppress(Refused):
        run("pip", python, "-m", "compileall", "-q", "-j", "0", environment / "lib")
    run("start", python, "-B", "-c", "import app")


def run(failing: str, *argv: object) -> None:
    """Run a program in the archive's folder, away from the settings of pip, Python and the product on this machine."""
    ours = ("PIP_", "PYTHON", "WHISTLEMAP_", "STREAMLIT_", "VIRTUAL_ENV")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    clean |= {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(  # noqa: S603
        list(map(str, argv)), cwd=SOURCE, env=clean, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        raise Refused(failing, reason="\n".join((done.stdout + done.stderr).strip().splitlines()[-SHOWN:]))


def bring(program: dict[str, str], before: dict[str, str], target: Path) -> list[str]:
    """Put the program's files into a folder, take away those of an older one, and return those a person had changed."""
    with tempfile.TemporaryDirectory(prefix=".incoming-", dir=target) as folder:
        # everything is on the disk before anything changes
        for name in program:
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(SOURCE / name, Path(folder) / name)
        kept = clear(program, before, target)
        for name in program:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(Path(folder) / name, target / name)
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(program.items()))
    (target / MANIFEST).write_text(lines, "utf-8")
    return kept


def clear(program: dict[str, str], before: dict[str, str], target: Path) -> list[str]:
    """Make way for the new files: an older one's go, what a person had changed stays as `.old`."""
    kept = []
    for name, digest in before.items():
        mine = digest_of(target / name)
        if mine not in (None, digest, program.get(name)):
            os.replace(target / name, target / f"{name}.old")
            kept.append(name)
        if name not in program:
            (target / name).unlink(missing_ok=True)
            tidy((target / name).parent, target)
    return kept


def tidy(folder: Path, top: Path) -> None:
    """Take away folders that hold nothing but bytecode, up to the top."""
    while folder != top and folder.is_dir() and {entry.name for entry in folder.iterdir()} <= {"__pycache__"}:
        shutil.rmtree(folder)
        folder = folder.parent


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
