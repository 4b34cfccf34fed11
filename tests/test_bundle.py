"""
The archive for machines without a registry: what is in it, when it is refused, and that it runs where nothing is.

The whole product is bundled once, from a copy of this folder's files as their own
checkout, and installed once in a network namespace. The rest is tried with a small
program of the same make.
"""

import csv
import email
import hashlib
import io
import json
import os
import re
import shutil
import socket
import string
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from bundle.archive import make
from bundle.install import WORDS, server_of, tidy
from bundle.source import Refused
from bundle.wheels import canonical, collect, glibc, installed, licence, read_wheel
from data.words import t

ROOT = Path(__file__).parents[1]
AIRGAP = ROOT / "tests" / "airgap.py"
# the whole product is packed, unpacked, installed and started; a busy machine takes minutes
pytestmark = pytest.mark.timeout(400)
PYTHON = sys._base_executable
MADE = {"BUNDLE", "INSTALL.md", "install.sh", "PACKAGES.csv", "MANIFEST.sha256", "wheels/lock.txt"}


def git(folder: Path, *argv: str) -> str:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    settings = ("user.name=a", "user.email=a@example.org", "commit.gpgsign=false", "core.hooksPath=/dev/null")
    argv = ("git", *(word for setting in settings for word in ("-c", setting)), *argv)
    done = subprocess.run(
        argv,
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        env=ours | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_COMMITTER_DATE": "2041-01-01T00:00:00Z"},
    )
    return done.stdout


def commit(folder: Path, files: dict[str, str]) -> Path:
    """A checkout with these files, committed by somebody whose clock is years ahead."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    shutil.copytree(
        ROOT / "bundle", folder / "bundle", dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
    )
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "all")
    return folder


def unpack(archive: Path, into: Path) -> Path:
    with tarfile.open(archive) as tar:
        tar.extractall(into, filter="tar")
    return next(into.iterdir())


# --- the whole product


def index_is_reachable(folder: Path) -> bool:
    """Whether pip gets anything at all from where this machine is told to look."""
    pinned = re.findall(r"^[\w.-]+==[\w.]+", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    argv = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), pinned[0]]
    return subprocess.run(argv, capture_output=True, check=False, timeout=120).returncode == 0


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """This folder's files, committed or not, as a checkout of their own; ignored ones stay behind."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("no git checkout: an archive is made of one")
    folder = tmp_path_factory.mktemp("checkout")
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True, env=ours,
    )  # fmt: skip
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "all")
    # what lies about in a working folder and must not travel
    for name in (".whistlemap/secret.key", ".venv/x.py", "bench/results/x.json", "dist/old.tar.gz"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("stays here")
    assert git(folder, "status", "--porcelain") == ""
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def product(checkout, tmp_path_factory):
    """The archive of the whole product, made as `make bundle` makes it."""
    out = tmp_path_factory.mktemp("dist")
    argv = [sys.executable, "-m", "bundle", "--out", str(out)]
    done = subprocess.run(argv, cwd=checkout, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode and not index_is_reachable(tmp_path_factory.mktemp("probe")):
        pytest.skip("no package index can be reached and no folder of wheels is configured")
    assert done.returncode == 0, done.stderr
    archive = Path(done.stdout.strip())
    assert archive.parent == out
    yield archive
    shutil.rmtree(out, ignore_errors=True)


@pytest.fixture(scope="module")
def unpacked(product, tmp_path_factory):
    folder = tmp_path_factory.mktemp("elsewhere")
    yield unpack(product, folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def nowhere():
    """How a command is started where nothing can be reached: words before it, and variables."""
    unshare = shutil.which("unshare")
    for how in ("-rn", "-n") if unshare else ():
        prefix = [unshare, how, PYTHON, str(AIRGAP), "exec"]
        if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
            return prefix, {}
    closed = "http://127.0.0.1:9"
    return [], {
        "PIP_NO_INDEX": "1", "http_proxy": closed, "https_proxy": closed, "all_proxy": closed, "no_proxy": "127.0.0.1",
    }  # fmt: skip


@pytest.fixture
def machine(nowhere, tmp_path):
    """Runs a command on a machine without a registry, whose own settings of pip, Python and Streamlit are of no use."""
    prefix, variables = nowhere
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "click.py").write_text("raise SystemExit('not this one')")
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(bad), "PYTHON": PYTHON, "PIP_INDEX_URL": "http://127.0.0.1:9/",
        "PIP_TARGET": str(bad), "PIP_REQUIRE_VIRTUALENV": "1", "PYTHONPATH": str(bad), "LC_ALL": "C", **variables,
    }  # fmt: skip

    def run(*argv: object, cwd: Path, **more: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [*prefix, *map(str, argv)], cwd=cwd, env=environment | more,
            capture_output=True, text=True, encoding="utf-8", check=False, timeout=300,
        )  # fmt: skip

    return run


def test_the_archive_holds_what_git_holds_and_wheels_and_nothing_else(checkout, product, unpacked):
    tracked = set(git(checkout, "ls-files", "-z").split("\0")[:-1])
    with tarfile.open(product) as tar:
        members = tar.getmembers()
    names = [member.name for member in members]
    assert names == sorted(set(names))
    assert {name.partition("/")[0] for name in names} == {unpacked.name}
    inside = {name.partition("/")[2] for name in names}
    wheels = {name for name in inside if name.startswith("wheels/") and name.endswith(".whl")}
    assert inside == tracked | wheels | MADE
    assert not [name for name in inside if re.search(r"secret|server\.json|\.duckdb|\.venv|\.whistlemap", name)]
    for name in tracked:
        assert (unpacked / name).read_bytes() == (checkout / name).read_bytes()
    when = int(git(checkout, "log", "-1", "--format=%ct"))
    assert all(member.isreg() and (member.mtime, member.uid, member.gid) == (when, 0, 0) for member in members)
    may_run = {member.name.partition("/")[2] for member in members if member.mode == 0o755}
    assert {"install.sh", ".ci/run"} <= may_run
    assert {member.mode for member in members} == {0o644, 0o755}


def test_the_manifest_names_every_file_and_the_checksum_the_archive(product, unpacked):
    lines = (unpacked / "MANIFEST.sha256").read_text("utf-8").splitlines()
    named = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    found = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    assert set(named) == {name for name in found if not name.startswith(".venv/")} - {"MANIFEST.sha256"}
    assert all(hashlib.sha256((unpacked / name).read_bytes()).hexdigest() == digest for name, digest in named.items())
    digest, name = product.with_name(f"{product.name}.sha256").read_text().split()
    assert (digest, name) == (hashlib.sha256(product.read_bytes()).hexdigest(), product.name)


def test_every_requirement_is_there_as_a_wheel_with_version_and_licence(unpacked):
    rows = list(csv.DictReader((unpacked / "PACKAGES.csv").open(encoding="utf-8")))
    listed = {canonical(row["name"]): row for row in rows}
    wheels = {path.name for path in (unpacked / "wheels").iterdir()} - {"lock.txt"}
    assert {row["wheel"] for row in rows} == wheels
    assert len(listed) == len(rows)
    pinned = re.findall(r"^([\w.-]+)==([\w.]+)", (unpacked / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    assert len(pinned) > 10
    assert {canonical(name): version for name, version in pinned}.items() <= {
        name: row["version"] for name, row in listed.items()
    }.items()
    assert {"pip", "tzdata", "jinja2"} <= set(listed)
    licences = {name: listed[name]["licence"] for name in ("streamlit", "shapely", "duckdb", "branca")}
    assert licences == {"streamlit": "Apache-2.0", "shapely": "BSD-3-Clause", "duckdb": "MIT License", "branca": "MIT"}
    assert all(row["licence"] and "\n" not in row["licence"] for row in rows)
    # what was tested here is what travels
    here = dict(line.split("==") for line in installed(""))
    assert {
        name: row["version"] for name, row in listed.items() if name in here and name != "pip"
    }.items() <= here.items()


def test_it_installs_and_runs_where_nothing_can_be_reached(unpacked, machine, nowhere):
    done = machine("./install.sh", cwd=unpacked)
    assert done.returncode == 0, done.stderr
    assert "已安装到" in done.stderr
    assert "Installed in" in done.stderr
    # nothing is left for make to install, and pip would not go anywhere
    planned = machine("make", "-n", "run", cwd=unpacked)
    assert planned.returncode == 0
    assert "pip" not in planned.stdout
    refused = machine(".venv/bin/python", "-m", "pip", "install", "no-such-package", cwd=unpacked, PIP_TARGET="")
    assert refused.returncode
    assert "onnection" not in refused.stderr
    clean = {"PYTHONPATH": "", "WHISTLEMAP_LANG": "zh"}
    (unpacked / "wheels").rename(unpacked / "set aside")
    try:
        python = unpacked / ".venv" / "bin" / "python"
        built = machine(python, "-m", "data", "demo", "--complaints", 2000, "--json", cwd=unpacked, **clean)
        assert json.loads(built.stdout)["complaints"] == 2000, built.stderr
        totals = machine(python, "-m", "data", "ask", "totals", "--json", cwd=unpacked, **clean)
        assert 0 < json.loads(totals.stdout)["rows"][0]["received"] <= 2000, totals.stderr
        visited = machine(python, AIRGAP, "visit", unpacked, cwd=unpacked, **clean)
        assert visited.returncode == 0, visited.stderr
    finally:
        (unpacked / "set aside").rename(unpacked / "wheels")
    seen = json.loads(visited.stdout)
    if nowhere[0]:
        assert seen["interfaces"] == ["lo"]
    assert (seen["health"]["status"], seen["health"]["synthetic"]) == ("ok", True)
    assert seen["shell"][0] == 200
    assert all(word in seen["drawn"] for word in ("哨图", t("nav.overview", "zh"), "script_finished: FINISHED_SUCC"))
    assert "Traceback" not in seen["log"]
    assert not (unpacked / ".whistlemap" / "server.json").exists()


def test_make_bundle_is_this_command():
    done = subprocess.run(
        ["make", "-n", "bundle", "WHEELS=a b", "ANYWAY=yes"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert '.venv/bin/python -m bundle --wheels "a b" --anyway' in done.stdout


# --- a small program of the same make

SMALL = {
    ".gitignore": "/out/\nsecret.key\n",
    "pyproject.toml": '[project]\nname = "small"\nversion = "1.0"\n',
    "requirements.txt": "click  # the only one\n",
    "app.py": "import click\nprint('版本一', click.__name__)\n",
    "rules/one.toml": "limit = 1\n",
    "rules/two.toml": "limit = 2\n",
    "gone/mod.py": "old = True\n",
    "Makefile": (ROOT / "Makefile").read_text("utf-8"),
}
NEWER = SMALL | {
    "pyproject.toml": SMALL["pyproject.toml"].replace("1.0", "2.0"),
    "app.py": "import click\nprint('版本二', click.__name__)\n",
    "rules/three.toml": "limit = 3\n",
}
NEWER.pop("gone/mod.py")
NEWER.pop("rules/two.toml")


@pytest.fixture(scope="module")
def small(unpacked, tmp_path_factory):
    """Archives of a small program by their files; packages come from the product's archive."""
    folder, made = tmp_path_factory.mktemp("small"), {}

    def bundled(files: dict[str, str]) -> Path:
        key = json.dumps(files)
        if key not in made:
            checkout = commit(folder / str(len(made)), files)
            made[key] = make(checkout, checkout / "out", wheels=unpacked / "wheels", anyway=False, say=lambda _: None)
        return made[key]

    yield bundled
    shutil.rmtree(folder, ignore_errors=True)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "harm"),
    [
        ("wheels/click-*.whl", flip), ("wheels/pip-*.whl", Path.unlink), ("wheels/lock.txt", flip), ("app.py", flip),
        ("rules/one.toml", lambda path: path.write_text("limit = 9\n")), ("rules/two.toml", Path.unlink),
        ("PACKAGES.csv", lambda path: path.write_text("")),
    ],
)  # fmt: skip
def test_a_damaged_archive_is_refused_by_the_name_of_the_file(small, machine, tmp_path, name, harm):
    folder = unpack(small(SMALL), tmp_path / "unpacked")
    path = next(folder.glob(name))
    harm(path)
    for target in ([], [tmp_path / "target"]):
        done = machine("./install.sh", *target, cwd=folder, WHISTLEMAP_LANG="en")
        assert done.returncode == 1
        assert str(path.relative_to(folder)) in done.stderr
        assert "damaged or changed" in done.stderr
        assert "Traceback" not in done.stderr
    assert not (folder / ".venv").exists()
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda folder: (folder / "MANIFEST.sha256").unlink(), "MANIFEST.sha256"),
        (lambda folder: (folder / "MANIFEST.sha256").write_text(""), "MANIFEST.sha256"),
        (lambda folder: (folder / "MANIFEST.sha256").write_text("00  ../outside\n"), "MANIFEST.sha256"),
        (lambda folder: (folder / "MANIFEST.sha256").write_text("00  /etc/passwd\n"), "MANIFEST.sha256"),
        (lambda folder: (folder / "MANIFEST.sha256").write_text("x\n"), "MANIFEST.sha256"),
        (lambda folder: (folder / "BUNDLE").unlink(), "BUNDLE"),
        (lambda folder: (folder / "bundle" / "install.py").unlink(), "install.py"),
    ],
)
def test_an_incomplete_archive_is_refused(small, machine, tmp_path, harm, said):
    folder = unpack(small(SMALL), tmp_path / "unpacked")
    harm(folder)
    done = machine("./install.sh", cwd=folder)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / ".venv").exists()


@pytest.mark.parametrize(
    ("fact", "value", "said"),
    [
        ("python", "3.99", f"CPython {sys.version_info[0]}.{sys.version_info[1]}"),
        ("implementation", "PyPy", "CPython"),
        ("platform", "linux-riscv64", "linux-"),
        ("glibc", "99.1", "glibc"),
    ],
)
def test_a_python_or_system_that_does_not_fit_is_refused_with_a_sentence(small, machine, tmp_path, fact, value, said):
    folder = unpack(small(SMALL), tmp_path / "unpacked")
    text = (folder / "BUNDLE").read_text()
    (folder / "BUNDLE").write_text(re.sub(f"^{fact}=.*$", f"{fact}={value}", text, flags=re.MULTILINE))
    both = machine("./install.sh", cwd=folder).stderr
    for lang, sentence in (("zh", "没有合适的 Python"), ("en", "No Python fits")):
        done = machine("./install.sh", cwd=folder, WHISTLEMAP_LANG=lang)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert sentence in done.stderr
        assert value in done.stderr
        assert said in done.stderr.partition(PYTHON)[2]
        assert done.stderr in both
    assert not (folder / ".venv").exists()


def test_a_python_that_is_not_there_or_does_not_answer_is_refused(small, machine, tmp_path):
    folder = unpack(small(SMALL), tmp_path / "unpacked")
    (tmp_path / "bin").mkdir()
    broken = tmp_path / "bin" / "python3"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    for more in ({"PYTHON": "/nowhere/python3"}, {"PYTHON": str(broken)}):
        done = machine("./install.sh", cwd=folder, WHISTLEMAP_LANG="en", **more)
        assert done.returncode == 1
        assert f"{more['PYTHON']}: -;" in done.stderr
    # the one named for its version is looked for first, then python3
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    (tmp_path / "bin" / version).symlink_to(broken)
    tools = ("sh", "sed", "dirname")
    for tool in tools:
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))
    done = machine("./install.sh", cwd=folder, WHISTLEMAP_LANG="en", PYTHON="", PATH=str(tmp_path / "bin"))
    assert done.returncode == 1
    assert f"{version}: -; python3: -;" in done.stderr


def state(folder: Path) -> dict[str, bytes]:
    """Everything in a folder apart from the environment and bytecode."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not {".venv", "__pycache__"} & set(path.relative_to(folder).parts)
    }


def says(machine, folder: Path) -> str:
    return machine(folder / ".venv" / "bin" / "python", "app.py", cwd=folder, PYTHONPATH="", LC_ALL="C.UTF-8").stdout


@pytest.fixture
def up_to_date(machine):
    """True when make would not install anything in a folder."""
    return lambda folder: machine("make", "-q", "setup", cwd=folder).returncode == 0


def test_an_upgrade_keeps_data_and_own_files_and_the_older_archive_brings_back_the_older_program(
    small, machine, up_to_date, tmp_path
):
    first, second = unpack(small(SMALL), tmp_path / "1"), unpack(small(NEWER), tmp_path / "2")
    target = tmp_path / "in stalled"
    assert machine("./install.sh", target, cwd=first).returncode == 0
    assert says(machine, target) == "版本一 click\n"
    assert up_to_date(target)
    assert not (target / "wheels").exists()
    own = {".whistlemap/store.duckdb": b"complaints", ".whistlemap/secret.key": b"key", "ours/profile.toml": b"mine"}
    for name, content in own.items():
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_bytes(content)
    (target / "rules" / "one.toml").write_text("limit = 77\n")
    (target / "gone" / "__pycache__").mkdir()

    done = machine("./install.sh", target, cwd=second, WHISTLEMAP_LANG="en")
    assert done.returncode == 0, done.stderr
    assert "rules/one.toml" in done.stderr.partition(".old")[2]
    assert says(machine, target) == "版本二 click\n"
    assert up_to_date(target)
    after = state(target)
    assert own.items() <= after.items()
    assert (after["rules/one.toml"], after["rules/one.toml.old"]) == (b"limit = 1\n", b"limit = 77\n")
    assert "rules/two.toml" not in after
    assert not (target / "gone").exists()
    assert set(after) - set(own) - {"rules/one.toml.old"} == {
        *NEWER, *(name for name in after if name.startswith("bundle/")), *MADE - {"wheels/lock.txt", "install.sh"},
    }  # fmt: skip

    # the same again changes nothing; the older archive goes back
    assert machine("./install.sh", target, cwd=second).returncode == 0
    assert state(target) == after
    assert machine("./install.sh", target, cwd=first).returncode == 0
    assert says(machine, target) == "版本一 click\n"
    assert own.items() <= state(target).items()
    assert "rules/three.toml" not in state(target)
    assert {entry.name for entry in target.iterdir() if entry.name.startswith(".")} == {
        ".venv",
        ".whistlemap",
        ".gitignore",
    }


def test_an_installation_that_fails_leaves_the_older_one_as_it_was(small, machine, up_to_date, tmp_path):
    first = unpack(small(SMALL), tmp_path / "1")
    broken = unpack(small(NEWER | {"app.py": "raise ImportError('未知指令')\n"}), tmp_path / "2")
    target = tmp_path / "target"
    failed = machine("./install.sh", target, cwd=broken)
    assert failed.returncode == 1
    assert "未知指令" in failed.stderr
    assert list(target.iterdir()) == []
    assert machine("./install.sh", target, cwd=first).returncode == 0
    before = state(target)
    for cut_off in (False, True):
        if cut_off:
            # as a power cut leaves it: a new environment half filled, the old one aside
            (target / ".venv").rename(target / ".venv.before")
            (target / ".venv" / "bin").mkdir(parents=True)
        done = machine("./install.sh", target, cwd=broken, WHISTLEMAP_LANG="en")
        assert done.returncode == 1
        assert "does not start on this machine" in done.stderr
        assert state(target) == before
        assert says(machine, target) == "版本一 click\n"
        assert up_to_date(target)
        assert not (target / ".venv.before").exists()


def test_nothing_is_installed_under_a_running_server_nor_into_a_folder_of_others(small, machine, tmp_path):
    folder = unpack(small(SMALL), tmp_path / "1")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"")
    for target in (tmp_path / "photos", tmp_path / "photos" / "a.jpg"):
        done = machine("./install.sh", target, cwd=folder, WHISTLEMAP_LANG="en")
        assert done.returncode == 1
        assert "holds something else" in done.stderr
    (folder / ".venv").mkdir()
    home = tmp_path / "home"
    home.mkdir()
    # a server in the same network as the installer
    serve = (
        "import json, os, socket, subprocess, sys; s = socket.create_server(('127.0.0.1', 0)); "
        "json.dump({'host': '127.0.0.1', 'port': s.getsockname()[1], 'pid': os.getpid()}, open(sys.argv[1], 'w')); "
        "raise SystemExit(subprocess.run(['./install.sh']).returncode)"
    )
    done = machine(PYTHON, "-c", serve, home / "server.json", cwd=folder, WHISTLEMAP_HOME=str(home), PYTHONPATH="")
    assert done.returncode == 1
    assert "服务正在运行" in done.stderr
    assert list((folder / ".venv").iterdir()) == []


def test_a_server_that_died_is_no_server(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        gone = subprocess.Popen(["true"])
        gone.wait()
        for text, pid in (
            (json.dumps({"host": "127.0.0.1", "port": port, "pid": os.getpid()}), os.getpid()),
            (json.dumps({"host": "127.0.0.1", "port": port, "pid": gone.pid}), None),
            ("{}", None), ("[]", None), ("not json", None),
        ):  # fmt: skip
            (tmp_path / "server.json").write_text(text)
            assert server_of(tmp_path) == pid
    (tmp_path / "server.json").write_text(json.dumps({"host": "127.0.0.1", "port": port, "pid": os.getpid()}))
    assert server_of(tmp_path) is None
    assert server_of(tmp_path / "none") is None


def test_a_full_disk_is_a_sentence(small, machine, tmp_path):
    folder = unpack(small(SMALL), tmp_path / "unpacked")
    facts = re.sub(r"megabytes=\d+", "megabytes=999999999", (folder / "BUNDLE").read_text())
    (folder / "BUNDLE").write_text(facts)
    manifest = folder / "MANIFEST.sha256"
    digest = hashlib.sha256(facts.encode()).hexdigest()
    manifest.write_text(re.sub(r"^\w+  BUNDLE$", f"{digest}  BUNDLE", manifest.read_text(), flags=re.MULTILINE))
    done = machine("./install.sh", cwd=folder)
    assert done.returncode == 1
    assert "999999999 MB" in done.stderr
    assert not (folder / ".venv").exists()


def test_folders_are_tidied_up_to_the_first_that_holds_something(tmp_path):
    deep = tmp_path / "a" / "b" / "c"
    (deep / "__pycache__").mkdir(parents=True)
    (tmp_path / "a" / "keep.txt").write_text("")
    tidy(deep, tmp_path)
    assert [entry.name for entry in (tmp_path / "a").iterdir()] == ["keep.txt"]
    tidy(tmp_path / "a", tmp_path)
    assert (tmp_path / "a" / "keep.txt").exists()


# --- making it


def packed(checkout: Path, wheels: Path, *, anyway: bool = False) -> tuple[Path, str]:
    said: list[str] = []
    return make(checkout, checkout / "out", wheels=wheels, anyway=anyway, say=said.append), "\n".join(said)


def test_the_same_commit_with_the_same_wheels_gives_the_same_bytes(small, unpacked, tmp_path):
    one = small(SMALL)
    checkout = one.parents[1]
    for path in checkout.rglob("*.toml"):
        os.utime(path, (1, 1))
        path.chmod(0o600)
    before = one.read_bytes()
    one.unlink()
    again, said = packed(checkout, unpacked / "wheels")
    assert again == one
    assert again.read_bytes() == before
    assert hashlib.sha256(before).hexdigest() in said
    assert sorted(path.name for path in one.parent.iterdir()) == [one.name, f"{one.name}.sha256"]
    assert re.fullmatch(r"whistlemap-1\.0-\w+-py3\d+\.tar\.gz", one.name)


def test_changed_and_new_files_are_refused_or_left_out_loudly(unpacked, tmp_path):
    checkout = commit(tmp_path / "small", SMALL)
    (checkout / "secret.key").write_text("key")
    (checkout / "new.py").write_text("x = 1\n")
    (checkout / "app.py").write_text("changed = True\n")
    with pytest.raises(Refused, match=r"new\.py") as refused:
        packed(checkout, unpacked / "wheels")
    assert "app.py" in str(refused.value)
    assert "secret.key" not in str(refused.value)
    assert not (checkout / "out").exists()
    archive, said = packed(checkout, unpacked / "wheels", anyway=True)
    assert "new.py" in said
    folder = unpack(archive, tmp_path / "unpacked")
    assert (folder / "app.py").read_text("utf-8") == SMALL["app.py"]
    assert not (folder / "new.py").exists()
    assert not (folder / "secret.key").exists()


def test_what_cannot_be_bundled_is_a_sentence(unpacked, tmp_path):
    wheels = unpacked / "wheels"
    with pytest.raises(Refused, match="git"):
        packed(tmp_path, wheels)
    checkout = commit(tmp_path / "link", SMALL)
    (checkout / "passwords").symlink_to("/etc/passwd")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-q", "-m", "link")
    with pytest.raises(Refused, match="passwords"):
        packed(checkout, wheels)
    # inside somebody else's checkout is not a checkout
    (checkout / "inner").mkdir()
    with pytest.raises(Refused, match="inner"):
        packed(checkout / "inner", wheels)
    missing = commit(tmp_path / "missing", SMALL | {"requirements.txt": "no-such-package==9\n"})
    with pytest.raises(Refused, match="no-such-package"):
        packed(missing, wheels)
    assert not list((missing / "out").glob("*"))
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "-q")
    with pytest.raises(Refused):
        packed(empty, wheels)


def test_a_package_published_as_source_alone_is_built_here(unpacked, tmp_path):
    """Stands for packages without wheels: an sdist beside the wheels, with a build of its own that needs nothing."""
    backend = """
import zipfile

INNER = {
    "METADATA": "Metadata-Version: 2.1\\nName: plain\\nVersion: 1.0\\n",
    "WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    "RECORD": "",
}

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "plain-1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        for inner, text in INNER.items():
            wheel.writestr(f"plain-1.0.dist-info/{inner}", text)
    return name
"""
    files = {
        "pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n",
        "backend.py": backend, "PKG-INFO": "Metadata-Version: 2.1\nName: plain\nVersion: 1.0\n",
    }  # fmt: skip
    source = tmp_path / "wheels"
    shutil.copytree(unpacked / "wheels", source, ignore=shutil.ignore_patterns("[!p]*", "p[!i]*"))
    with tarfile.open(source / "plain-1.0.tar.gz", "w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"plain-1.0/{name}")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    (tmp_path / "out").mkdir()
    found = collect("plain==1.0\n", tmp_path / "out", wheels=source, made_at=1_700_000_000)
    names = [(wheel.name, wheel.path.suffix) for wheel in found]
    assert ("plain", ".whl") in names
    assert ("pip", ".whl") in names
    plain = next(wheel for wheel in found if wheel.name == "plain")
    assert (plain.version, plain.licence, plain.glibc) == ("1.0", "not stated", None)
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".whl"}
    assert read_wheel(plain.path) == plain


@pytest.mark.parametrize(
    ("metadata", "stated"),
    [
        ("License-Expression: MIT\nLicense: other\n", "MIT"),
        ("License: Apache 2.0\n", "Apache 2.0"),
        (
            "License: MIT License\n        \n        Copyright\nClassifier: License :: OSI Approved :: MIT License\n",
            "MIT License",
        ),
        ("License: " + "x" * 200 + "\n", "see its licence files"),
        (
            "Classifier: License :: OSI Approved :: BSD License\nClassifier: License :: Public Domain\n",
            "BSD License; Public Domain",
        ),
        ("Classifier: Topic :: X\n", "not stated"),
    ],
)
def test_the_licence_is_what_the_package_states(metadata, stated):
    assert licence(email.message_from_string(metadata)) == stated


@pytest.mark.parametrize(
    ("file", "needed"),
    [
        ("a-1-py3-none-any.whl", None),
        ("a-1-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl", (2, 27)),
        ("a-1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", (2, 17)),
        ("a-1-cp311-abi3-manylinux1_x86_64.manylinux_2_28_x86_64.manylinux_2_5_x86_64.whl", (2, 5)),
        ("a-1-cp311-cp311-macosx_11_0_arm64.whl", None),
    ],
)
def test_what_a_wheel_needs_of_glibc(file, needed):
    assert glibc(file) == needed


def test_the_installer_speaks_both_languages_with_the_same_values():
    def values(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for key, (zh, en) in WORDS.items():
        assert values(zh) == values(en), key
        assert any("\u4e00" <= c <= "\u9fff" for c in zh), key
        assert not any("\u4e00" <= c <= "\u9fff" for c in en), key
