"""What the pages' source promises: words from the catalogue, no SQL, no colours, short files."""

import ast
import re
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[2] / "pages"
SCREENS = sorted(path for path in PAGES.glob("*.py"))
PARTS = sorted((PAGES / "parts").glob("*.py"))
# the browser's title and the two languages' own names stand for themselves
NAMES = {"哨图 Whistlemap", "中文", "English", "🚨"}
SAYS = {
    "title", "header", "subheader", "caption", "markdown", "write", "text", "info", "warning", "error", "success",
    "metric", "button", "selectbox", "multiselect", "text_input", "number_input", "date_input", "segmented_control",
    "link_button", "download_button", "radio", "checkbox", "toggle",
}  # fmt: skip


def literals(path):
    """Texts of a file that are neither docstrings nor comments."""
    tree = ast.parse(path.read_text("utf-8"))
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]


@pytest.mark.parametrize("path", [*SCREENS, *PARTS], ids=lambda path: path.name)
def test_no_chinese_stands_in_the_source(path):
    chinese = [text for text in literals(path) if re.search(r"[\u4e00-\u9fff]", text) and text not in NAMES]
    assert chinese == []


@pytest.mark.parametrize("path", [*SCREENS, *PARTS], ids=lambda path: path.name)
def test_nothing_visible_is_said_in_literal_words(path):
    tree = ast.parse(path.read_text("utf-8"))
    found = []
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in SAYS and call.args:
            first = call.args[0]
            if (
                isinstance(first, ast.Constant)
                and isinstance(first.value, str)
                and re.search(r"[A-Za-z]{2}", first.value)
            ):
                found.append(first.value)
            if isinstance(first, ast.JoinedStr):
                fixed = "".join(part.value for part in first.values if isinstance(part, ast.Constant))
                found += [fixed] if re.search(r"[A-Za-z]{3}", re.sub(r"<[^>]*>", "", fixed)) else []
    assert found == []


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: path.name)
def test_a_screen_is_short_and_leaves_queries_and_colours_to_others(path):
    source = path.read_text("utf-8")
    assert source.count("\n") <= 100
    assert not re.search(r"#[0-9a-fA-F]{6}\b", source)
    assert not re.search(r"\bselect\b.+\bfrom\b", source)
    assert "def main" not in source
