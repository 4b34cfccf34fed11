"""The words: both catalogues complete and alike, and every key the sources name is there with its values."""

import ast
import string
from pathlib import Path

import pytest

from data import words
from data.complaints import STATES
from data.errors import Problem
from data.intake import KINDS
from data.profiles import CODED, FIELDS, load_profile, shipped
from data.questions import COMPLAINT, QUESTIONS
from data.rules import deadline_rule
from data.words import catalogue, sentence, t, visible

ROOT = Path(__file__).parents[1]
ZH, EN = catalogue("zh"), catalogue("en")
SOURCES = [
    ROOT / "app.py",
    *(path for room in ("api", "data", "geo", "pages") for path in sorted((ROOT / room).rglob("*.py"))),
]
CALLS = [
    (path, node)
    for path in SOURCES
    for node in ast.walk(ast.parse(path.read_text("utf-8")))
    if isinstance(node, ast.Call) and node.args
]


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def literal(call: ast.Call) -> str | None:
    first = call.args[0]
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def given(call: ast.Call) -> set[str] | None:
    names = {keyword.arg for keyword in call.keywords}
    return None if None in names else names


def test_both_languages_have_the_same_keys_and_placeholders():
    assert set(ZH) == set(EN)
    assert {key: placeholders(text) for key, text in ZH.items()} == {
        key: placeholders(text) for key, text in EN.items()
    }
    assert not [key for key, text in (ZH | EN).items() if not isinstance(text, str) or not text]


def test_chinese_is_chinese_and_english_is_english():
    both = {"app.language", "app.name"}
    assert not [key for key, text in EN.items() if key not in both and any("\u4e00" <= c <= "\u9fff" for c in text)]
    spoken = [key for key in ZH if key.startswith(("problem.", "cli.", "note.", "reject."))]
    spoken.remove("cli.report_line")  # values only
    assert not [key for key in spoken if not any("\u4e00" <= c <= "\u9fff" for c in ZH[key])]


def test_every_key_that_is_said_exists_with_its_values():
    said = [(path, call) for path, call in CALLS if name_of(call) == "t"]
    assert len(said) > 100
    for path, call in said:
        key, names = literal(call), given(call)
        if key is not None:
            assert key in ZH, f"{path.name}:{call.lineno} {key}"
            if names is not None:
                assert placeholders(ZH[key]) <= names, f"{path.name}:{call.lineno} {key}"
        elif isinstance(call.args[0], ast.JoinedStr):
            start = call.args[0].values[0]
            prefix = start.value if isinstance(start, ast.Constant) else ""
            assert any(one.startswith(prefix) for one in ZH), f"{path.name}:{call.lineno} {prefix}"


def test_every_problem_that_is_raised_has_a_sentence_with_its_values():
    raised = [(path, call) for path, call in CALLS if name_of(call).endswith("Problem") and literal(call)]
    assert len(raised) > 40
    for path, call in raised:
        key, names = f"problem.{literal(call)}", given(call)
        assert key in ZH, f"{path.name}:{call.lineno} {key}"
        if names is not None:
            assert placeholders(ZH[key]) <= names, f"{path.name}:{call.lineno} {key}"


def test_every_sentence_for_a_problem_is_raised_somewhere():
    literals = {
        node.value
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant)
    }
    assert not [key for key in ZH if key.startswith("problem.") and key.removeprefix("problem.") not in literals]


CODES = {
    "channel": [code for name in shipped() for code in load_profile(name).values.get("channel", {}).values()],
    "urgency": [*deadline_rule().hours, *CODED["urgency"]],
    "answer": [*CODED["solved"], *CODED["satisfied"]],
    "state": [*STATES, "closed_late"],
    "event": [*KINDS, "amended"],
    "unlocated": ["missing", "zero", "out_of_range", "far"],
    "reject": ["columns", "quote", "json", "geometry", "no_time", "bad_time", "no_ticket"],
    "note": ["closed_before_received", "due_before_received", "bad_closed_time", "received_in_future"],
    "column": [
        column.name
        for columns in (*(question.columns for question in QUESTIONS.values()), *COMPLAINT.values())
        for column in columns
    ],
}


@pytest.mark.parametrize("section", CODES)
def test_every_code_has_a_word(section):
    assert [code for code in CODES[section] if f"{section}.{code}" not in ZH] == []


def test_profiles_name_fields_that_exist():
    for name in shipped():
        assert set(load_profile(name).columns) <= set(FIELDS)


def test_a_word_is_said_in_the_reader_s_language():
    assert (t("event.received", "zh"), t("event.received", "en")) == ("受理", "Received")
    words.language.set("en")
    assert t("event.received") == "Received"
    with pytest.raises(KeyError):
        t("no.such.key")


def test_a_problem_says_its_values_on_one_line_and_without_what_a_terminal_carries_out():
    problem = Problem("file.empty", file="a\nb\x1b[31mred\udcff\u202e.csv")
    for lang in ("zh", "en"):
        said = sentence(problem, lang)
        assert "\n" not in said
        assert said.isprintable()
        said.encode()
    assert visible("文件 a.csv") == "文件 a.csv"
    assert sentence(Problem("scope.ticket_sources", value="7", allowed=["a", "b"]), "en").endswith("a, b.")
