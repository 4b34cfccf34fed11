"""Every visible word, in a catalogue per language: Chinese first, English complete."""

import tomllib
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from data.errors import Problem

LANGUAGES = ("zh", "en")
FOLDER = Path(__file__).parent
# the reader's language; a page or command sets it once
language: ContextVar[str] = ContextVar("language", default="zh")


@cache
def catalogue(lang: str) -> dict[str, str]:
    """All words of a language by dotted key."""
    flat: dict[str, str] = {}

    def walk(table: dict, prefix: str) -> None:
        for key, value in table.items():
            if isinstance(value, dict):
                walk(value, f"{prefix}{key}.")
            else:
                flat[prefix + key] = value

    walk(tomllib.loads((FOLDER / f"{lang}.toml").read_text("utf-8")), "")
    return flat


def t(key: str, lang: str | None = None, /, **values: object) -> str:
    """
    The word or sentence under a key, with its values put in.

    Parameters
    ----------
    key
        Dotted key, as in the catalogue.
    lang
        zh or en; the reader's language when omitted.
    values
        What stands in the sentence's braces.

    Raises
    ------
    KeyError
        A key or value that the catalogue does not have.
    """
    text = catalogue(lang or language.get())[key]
    return text.format_map(values) if values else text


def sentence(problem: Problem, lang: str | None = None) -> str:
    """A problem as a sentence in the reader's language."""
    shown = {
        name: visible(", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value))
        for name, value in problem.values.items()
    }
    return t(f"problem.{problem.key}", lang, **shown)


def visible(text: str) -> str:
    """A text from outside on one line, without what a terminal would carry out or an encoding refuse."""
    return "".join(" " if c.isspace() else c if c.isprintable() else "\ufffd" for c in text)


def level(name: str, lang: str | None = None) -> str:
    """The word for a level; a level nobody named is shown by its own name."""
    return catalogue(lang or language.get()).get(f"level.{name}", name.replace("_", " "))


def channel(name: str, lang: str | None = None) -> str:
    """The word for a channel; a channel nobody named is shown by its own name."""
    return catalogue(lang or language.get()).get(f"channel.{name}", name)
