"""Lines of the product's own files, word for word: what a page shows as the definition is what is carried out."""

import ast
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from data import rules

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Excerpt:
    """Lines `first` to `last` of a file of the product, as they stand there."""

    file: str
    first: int
    last: int
    text: str

    @property
    def language(self) -> str:
        """What it is written in: sql, python or toml."""
        return {".sql": "sql", ".py": "python", ".toml": "toml"}[Path(self.file).suffix]


def excerpt(reference: str) -> Excerpt:
    """
    What a reference names.

    Parameters
    ----------
    reference
        `measures:score`, the statement that makes `score` in data/sql/measures.sql, with the comment above it;
        `scoped`, all of data/sql/scoped.sql; `heat@floor`, the first line of data/sql/heat.sql that holds a text;
        `rates.py:board` or `rules/__init__.py:DeadlineRule.grade`, a function of a Python file below data.

    Raises
    ------
    LookupError
        The file does not hold it.
    """
    name, sign, wanted = re.fullmatch(r"([\w./]+)([:@]?)(.*)", reference).groups()
    python = name.endswith(".py")
    file = name if python else f"sql/{name}.sql"
    text = (HERE / file).read_text("utf-8")
    if sign == "@":
        span = _span(rf"^.*{re.escape(wanted)}.*$", text)
    elif python:
        span = _python(text, wanted.split("."))
    elif sign:
        span = _span(rf"(?:^--.*\n)*^create or replace (?:macro|view) {wanted}\b(?:.|\n)*?;$", text)
    else:
        span = (0, len(text))
    if span is None:
        msg = f"data/{file} holds no {wanted!r}"
        raise LookupError(msg)
    return _lines(f"data/{file}", text, *span)


def rule_lines(file: str, name: str) -> tuple[Excerpt, ...]:
    """
    The head of a file of rules (`score.toml`), which says where they come from, and the rule of a name.

    Raises
    ------
    LookupError
        The file has no such rule.
    """
    text = (rules.FOLDER / file).read_text("utf-8")
    starts = [found.start() for found in re.finditer(r"^\[\[rule\]\]", text, re.MULTILINE)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        if tomllib.loads(text[start:end])["rule"][0]["name"] == name:
            spans = [(0, end)] if start == starts[0] else [(0, starts[0]), (start, end)]
            return tuple(_lines(f"data/rules/{file}", text, *span) for span in spans if text[slice(*span)].strip())
    msg = f"data/rules/{file} holds no {name!r}"
    raise LookupError(msg)


def _span(pattern: str, text: str) -> tuple[int, int] | None:
    found = re.search(pattern, text, re.MULTILINE)
    return found and found.span()


def _python(text: str, path: list[str]) -> tuple[int, int] | None:
    """Where a function, or the method of a class, stands."""
    node: ast.AST | None = ast.parse(text)
    for part in path:
        node = next((one for one in getattr(node, "body", []) if getattr(one, "name", None) == part), None)
    if node is None:
        return None
    starts = [0, *(found.end() for found in re.finditer("\n", text)), len(text)]
    return starts[node.lineno - 1], starts[node.end_lineno]


def _lines(file: str, text: str, start: int, end: int) -> Excerpt:
    """The lines from `start` to `end`, without empty ones at the end."""
    shown = text[start:end].rstrip()
    first = text.count("\n", 0, start) + 1
    return Excerpt(file, first, first + shown.count("\n"), shown)
