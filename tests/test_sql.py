"""The SQL as a set: every file parses, opens with its sentence, and is asked by somebody."""

import re
from pathlib import Path

import duckdb
import pytest

from data.store import Store

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "data" / "sql").glob("*.sql"))
SOURCES = {path: path.read_text("utf-8") for room in ("data", "api") for path in sorted((ROOT / room).rglob("*.py"))}
ASKED = {name for text in SOURCES.values() for name in re.findall(r"\.ask\(\s*(?:\"|')(\w+)", text)}


def test_there_are_questions():
    assert len(FILES) > 20
    assert {"totals", "rates_by_area"} <= ASKED


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_parses_and_opens_with_its_sentence(path):
    text = path.read_text("utf-8")
    assert duckdb.extract_statements(text)
    first = text.splitlines()[0]
    assert first.startswith("-- ")
    sentence = " ".join(line.removeprefix("--").strip() for line in re.match(r"(?:--.*\n)+", text)[0].splitlines())
    assert sentence[0].isupper()
    assert re.search(r"[.?]$", sentence), sentence


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_used_by_its_name(path):
    assert any(re.search(rf"['\"]{path.stem}['\"]", text) for text in SOURCES.values())


@pytest.mark.parametrize("name", sorted(ASKED))
def test_a_question_is_one_select(name):
    (statement,) = duckdb.extract_statements((ROOT / "data" / "sql" / f"{name}.sql").read_text("utf-8"))
    assert statement.type == duckdb.StatementType.SELECT


def test_a_missing_parameter_is_refused_and_one_too_many_does_no_harm():
    store = Store()
    with pytest.raises(duckdb.Error, match="ticket"):
        store.ask("complaint_by_ticket")
    assert store.ask("complaint_by_ticket", ticket="x", colour="red").empty


def test_facts_come_from_a_list_of_names():
    with pytest.raises(ValueError, match="facts"):
        Store().ask("totals", facts="complaints; drop table complaints")
