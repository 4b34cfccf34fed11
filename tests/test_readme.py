"""The READMEs are held to the code: commands parse, targets and files exist, settings are complete."""

import re
import shlex
from pathlib import Path

import pytest

from data.commands.parser import build_parser
from data.settings import HELP, read_settings

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh.md")


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def blocks(name: str) -> list[str]:
    found = "\n".join(re.findall(r"```sh\n(.*?)```", text(name), re.DOTALL)).splitlines()
    return [line.split("  #")[0].split(" # ")[0].strip() for line in found if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("name", READMES)
def test_every_command_of_the_readme_is_a_command(name):
    commands = [line for line in blocks(name) if "-m data" in line]
    assert len(commands) >= 4
    for line in commands:
        words = shlex.split(line)
        assert words[:3] == [".venv/bin/python", "-m", "data"]
        assert build_parser().parse_args(words[3:]).command in words


@pytest.mark.parametrize("name", READMES)
def test_every_make_target_of_the_readme_is_a_target(name):
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z]+)", text(name)))
    assert {"run", "test", "setup", "bench", "acceptance"} <= named <= targets


@pytest.mark.parametrize("name", READMES)
def test_pictures_and_linked_files_are_there(name):
    links = [link for link in re.findall(r"\]\(([^)#]+)", text(name)) if "://" not in link]
    assert len(links) >= 5
    for link in links:
        assert (ROOT / link).is_file(), link


def test_the_settings_table_is_the_settings():
    rows = re.findall(r"^\| `WHISTLEMAP_([A-Z]+)` \| `([^`]+)` \| (.+) \|$", text("README.md"), re.MULTILINE)
    assert {name.lower(): (default, help_text) for name, default, help_text in rows} == HELP
    chinese = re.findall(r"^\| `WHISTLEMAP_([A-Z]+)` \| `([^`]+)` \| .+ \|$", text("README.zh.md"), re.MULTILINE)
    assert chinese == [(name, default) for name, default, _ in rows]


def test_defaults_of_the_settings():
    settings = read_settings({})
    assert (settings.port, settings.address, settings.lang) == (8501, "127.0.0.1", "zh")
    assert settings.home.name == ".whistlemap"


def test_both_readmes_show_the_same_pictures_and_rooms():
    pictures = [re.findall(r"!\[[^]]*\]\(([^)]+)\)", text(name)) for name in READMES]
    assert pictures[0] == pictures[1]
    for room in ("app.py", "pages/", "api/", "data/", "geo/", "tests/", "bench/"):
        assert all(f"\n{room}" in text(name) for name in READMES)


def test_every_requirement_is_pinned_and_has_a_reason():
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in text(name).splitlines():
            if line and not line.startswith(("#", "-r")):
                assert re.fullmatch(r"[A-Za-z0-9_-]+==[\w.]+ +# .+", line), line
