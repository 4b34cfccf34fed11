"""Bring your own city in five minutes: the README's chapter, command by command, on the open data of New York."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDER = Path(os.environ.get("WHISTLEMAP_TESTDATA") or ROOT / "../shared/data").resolve()


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """The home after the chapter, what each command said, and the seconds it all took."""
    if not (FOLDER / "nyc").is_dir():
        pytest.skip(f"the folder of real records is not at {FOLDER}; set WHISTLEMAP_TESTDATA")
    block = re.search(r"<!-- five minutes -->\n```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)[1]
    home, said, started = tmp_path_factory.mktemp("city"), [], time.monotonic()
    environment = {
        **os.environ,
        "WHISTLEMAP_HOME": str(home),
        "WHISTLEMAP_TESTDATA": str(FOLDER),
        "WHISTLEMAP_LANG": "en",
    }
    for line in block.splitlines():
        if line and not line.startswith("#"):
            words = shlex.split(line.replace("$WHISTLEMAP_TESTDATA", str(FOLDER)))
            assert words[0] == ".venv/bin/python"
            done = subprocess.run(
                [sys.executable, *words[1:]], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
            )
            assert done.returncode == 0, (line, done.stderr)
            said.append((words[3], done.stdout))
    return home, said, time.monotonic() - started, environment


def test_it_takes_less_than_five_minutes(city):
    assert city[2] < 300


def test_the_file_is_recognised_before_it_is_imported(city):
    told = next(text for name, text in city[1] if name == "recognise")
    assert "2000 can be imported and 0 are rejected" in told
    assert "WGS84" in told


def test_every_row_is_accounted_for_and_the_batch_is_undone(city):
    first, second = (text for name, text in city[1] if name == "import")
    assert "read 4999 = accepted 4999" in first
    assert "read 2386 = accepted 2386" in second
    home, _, _, environment = city
    asked = subprocess.run(
        [sys.executable, "-m", "data", "ask", "totals", "--json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    # the first file was taken back, the second came with the profile that the first one left
    assert json.loads(asked.stdout)["rows"][0]["received"] == 2386
    assert (home / "profiles" / "tonight.toml").is_file()
