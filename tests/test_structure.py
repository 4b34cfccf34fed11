"""The import line: app -> pages, api -> data -> geo. A room imports only to its right."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# what a room may import of the house
MAY = {
    "app": {"pages", "api", "data", "geo"},
    "pages": {"pages", "data", "geo"},
    "api": {"api", "data", "geo"},
    "data": {"data", "geo"},
    "geo": {"geo"},
}
NEVER = {
    "geo": {"duckdb", "streamlit", "starlette"},
    "data": {"streamlit", "starlette", "folium"},
    "api": {"streamlit"},
    "pages": {"duckdb", "starlette"},
}
FILES = [ROOT / "app.py", *(path for room in MAY for path in sorted((ROOT / room).rglob("*.py")))]


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Top names of everything a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_to_its_right(path):
    room, found = room_of(path), imports(path)
    assert found & set(MAY) <= MAY[room]
    assert not found & NEVER.get(room, set())
    assert not found & {"tests", "bench"}


@pytest.mark.parametrize(
    "path", [path for path in FILES if room_of(path) in ("data", "geo")], ids=lambda path: str(path.relative_to(ROOT))
)
def test_nobody_below_the_pages_asks_what_time_it_is(path):
    if path.is_relative_to(ROOT / "data" / "commands"):
        return
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    asked = [
        call.lineno
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("now", "today", "utcnow", "localtime")
    ]
    assert not asked


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_says_in_one_sentence_what_it_is(path):
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


def test_no_secret_randomness_decides_a_number():
    for path in FILES:
        if room_of(path) in ("data", "geo"):
            assert "random" not in imports(path), path
