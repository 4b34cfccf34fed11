"""Commands: exit codes, one JSON object, a schema that holds, help in both languages, and attempts to break them."""

import json
import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest

from data import words
from data.commands import carry_out
from data.commands.ask import schema
from data.commands.parser import Usage, build_parser
from data.commands.tables import as_table
from data.complaints import complaint
from data.questions import COMPLAINT, QUESTIONS, records
from data.scope import Scope
from data.store import Store
from tests.cities import bring, centre, contents, store_of, town, write_rows

MARCH = Scope(date(2025, 3, 1), date(2025, 3, 31))
OPTIONS = {"rates_by_area": {"level": "street"}, "rankings": {"by": "street"}}


@pytest.fixture(scope="module")
def store():
    return store_of(
        {
            **centre("11"),
            "category": "a->b",
            "channel": "微信",
            "unit": "甲街道",
            "valid": "是",
            "solved": "是",
            "closed_at": "2025-03-12",
        },
        {"title": "=HYPERLINK(1)\x1b[31m", "unit": "乙局"},
        {"received_at": "2025-02-10"},
        areas=town("district", "street"),
    )


def run(store, *argv: str, home: Path = Path("nowhere"), cwd: Path | None = None) -> tuple[int, str, str]:
    said = {"out": "", "err": ""}

    def say(stream: str, text: str) -> None:
        said[stream] += text

    return carry_out(list(argv), store, home, cwd or Path.cwd(), say), said["out"], said["err"]


def one_object(text: str) -> dict:
    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} is not JSON")

    assert text.count("\n") == 1
    return json.loads(text, parse_constant=refuse)


# --- ask


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_has_just_its_declared_columns(store, name):
    question = QUESTIONS[name]
    frames = [question.function(store, MARCH, **OPTIONS.get(name, {}))]
    declared = {column.name for column in question.columns}
    if name == "rankings":
        frames.append(question.function(store, MARCH, by="unit"))
        areas = {"area_id", "area_key", "name", "parent_key", "synthetic", "per_10k"}
        assert [set(frame.columns) for frame in frames] == [declared - {"unit"}, declared - areas]
    else:
        assert set(frames[0].columns) == declared
    assert len(declared) == len(question.columns)
    kinds = {"text": str, "integer": int, "number": (float, int), "boolean": bool, "date": str, "timestamp": str}
    for frame in frames:
        assert len(frame)
        for row in records(frame, question.columns):
            for column in question.columns:
                value = row.get(column.name)
                assert value is None or isinstance(value, kinds[column.type]), (name, column, value)
                if column.type == "integer":
                    assert not isinstance(value, bool)
                if column.unit == "percent 0-100" and value is not None:
                    assert 0 <= value <= 100


def test_one_complaint_has_just_its_declared_columns(store):
    case = complaint(store, "T1")
    for part, columns in COMPLAINT.items():
        assert set(getattr(case, part).columns) == {column.name for column in columns}


@pytest.mark.parametrize("name", [*QUESTIONS, "complaint"])
def test_an_answer_is_one_json_object(store, name):
    code, out, err = run(store, "ask", name, "--json", *(["--ticket", "T1"] if name == "complaint" else []))
    answer = one_object(out)
    assert (code, err) == (0, "")
    assert answer["question"] == name
    if name != "complaint":
        assert {"scope", "as_of", "data_at", "data_version", "synthetic", "rows"} < set(answer)
        assert answer["rows"]
    else:
        assert answer["ticket_no"] == "T1"
        assert [event["kind"] for event in answer["events"]] == ["received", "closed", "called_back"]


def test_numbers_are_those_of_the_functions_and_no_data_is_null(store):
    _, out, _ = run(store, "ask", "totals", "--since", "2025-03-01", "--until", "2025-03-31", "--json")
    rows = {row["period"]: row for row in json.loads(out)["rows"]}
    assert (rows["current"]["received"], rows["previous"]["received"]) == (2, 1)
    assert rows["current"]["resolution_rate"] == 100.0
    assert rows["previous"]["score"] is None
    assert rows["current"]["since"] == "2025-03-01"


def test_a_table_for_people_says_the_scope_and_carries_nothing_out(store):
    code, out, _ = run(store, "ask", "complaints", "--lang", "en")
    assert code == 0
    assert out.startswith("received 2025-02-10 to 2025-03-12; all complaints\n")
    assert "\x1b" not in out
    assert as_table([], "heat") == "heat: -\n"


@pytest.mark.parametrize("words_of_scope", [[], ["--json"]])
def test_the_schema_lists_every_question(store, words_of_scope):
    code, out, _ = run(store, "ask", "--schema", *words_of_scope)
    assert code == 0
    assert all(name in out for name in (*QUESTIONS, "complaint"))
    if words_of_scope:
        listed = one_object(out)
        assert {column["name"]: column["type"] for column in listed["totals"]["columns"]}["score"] == "number"
        assert listed["rankings"]["options"] == ["by"]
        said: list[str] = []
        assert schema(build_parser().parse_args(["ask", "--schema", "--json"]), lambda _, text: said.append(text)) == 0
        assert json.loads(said[0]) == listed


@pytest.mark.parametrize(
    "argv",
    [
        ["ask", "totals", "--area", "nowhere"], ["ask", "totals", "--area", "'; drop table areas; --"],
        ["ask", "totals", "--category", "x' or '1'='1"],
        ["ask", "totals", "--channel", "fax"], ["ask", "rates_by_area", "--level", "road"],
        ["ask", "rankings", "--by", "mood"], ["ask", "complaint", "--ticket", "no"],
        ["ask", "totals", "--since", "2025-03-02", "--until", "2025-03-01"],
        ["ask", "totals", "--since", "0001-01-01"], ["ask", "trend", "--until", "9999-12-31"],
        ["ask", "totals", "--as-of", "0001-01-01"], ["ask", "totals", "--since", "1000-01-01", "--until", "3000-01-01"],
        ["import", "nowhere.csv"], ["import", "a\x1b[31m\nb.csv"], ["import", "~nobody/x.csv"], ["import", "."],
        ["import", "x.csv", "--profile", "../../etc/passwd"],
        ["import", "x.csv", "--profile", "nowhere.toml"], ["import", "x.csv", "--profile", ""],
        ["boundaries", "nowhere.geojson", "--level", "street", "--id", "a", "--name", "b"],
        ["boundaries", "x", "--level", "a b", "--id", "a", "--name", "b"], ["demo"],
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_a_sentence_and_1(store, argv):
    state = contents(store)
    for lang in ("zh", "en"):
        code, out, err = run(store, *argv, "--lang", lang)
        assert code == 1, err
        assert out == ""
        assert err.count("\n") == 1
        assert "Traceback" not in err
        assert err.rstrip("\n").isprintable()
    assert contents(store) == state


@pytest.mark.parametrize(
    "argv",
    [
        [], ["ask"], ["ask", "mood"], ["fly"], ["ask", "complaint"], ["ask", "totals", "--since", "yesterday"],
        ["ask", "totals", "--as-of", "noon"],
        ["ask", "totals", "--counting", "most"], ["ask", "trend", "--step", "year"],
        ["ask", "categories", "--depth", "4"], ["ask", "heat", "--zoom", "near"],
        ["ask", "heat", "--bbox", "1,2,3"], ["ask", "heat", "--bbox", "3,3,1,1"],
        ["ask", "heat", "--bbox=-inf,-inf,inf,inf"], ["ask", "heat", "--bbox", "nan,nan,nan,nan"],
        ["ask", "complaints", "--limit", "0"], ["ask", "complaints", "--limit=-1"],
        ["ask", "complaints", "--limit", "9" * 30], ["ask", "complaints", "--limit", "9" * 5000],
        ["ask", "complaints", "--offset", "9" * 19], ["ask", "complaints", "--state", "lost"], ["import"],
        ["import", "x", "--crs", "mars"], ["boundaries", "x"],
        ["demo", "--complaints", "none"], ["ask", "totals", "--lang", "fr"], ["ask", "totals", "--since", "2025-02-30"],
    ],
)  # fmt: skip
def test_wrong_use_is_2_and_says_how(store, argv):
    code, out, err = run(store, *argv)
    assert (code, out) == (2, "")
    assert err
    assert "Traceback" not in err


def test_a_huge_but_possible_limit_is_just_everything(store):
    _, out, _ = run(store, "ask", "complaints", "--limit", "9" * 12, "--json")
    assert len(json.loads(out)["rows"]) == 3
    assert json.loads(run(store, "ask", "complaints", "--offset", "9" * 12, "--json")[1])["rows"] == []
    assert json.loads(run(store, "ask", "heat", "--zoom", "-99", "--bbox=-180,-90,180,90", "--json")[1])["rows"]


def test_an_empty_store_says_so():
    store = Store()
    assert run(store, "ask", "totals")[0] == 1
    code, out, _ = run(store, "ask", "totals", "--since", "2025-03-01", "--until", "2025-03-02", "--json")
    assert code == 0
    assert json.loads(out)["as_of"] is None


@pytest.mark.parametrize(
    "argv", [["--help"], *([command, "--help"] for command in ("import", "boundaries", "demo", "ask"))]
)
def test_help_is_in_both_languages(store, argv):
    helps = []
    for lang in ("zh", "en"):
        words.language.set(lang)
        code, out, err = run(store, *argv)
        assert (code, err) == (0, "")
        helps.append(out)
        with pytest.raises(Usage):
            build_parser().parse_args(argv)
    assert helps[0] != helps[1]
    assert not any("\u4e00" <= c <= "\u9fff" for c in helps[1].replace("哨图", ""))


# --- import


def test_an_import_accounts_for_every_row_in_one_object(tmp_path):
    write_rows(tmp_path / "a.csv", [{}, {"ticket_no": ""}, {"received_at": "never"}])
    write_rows(tmp_path / "b.csv", [{}, {"ticket_no": "B"}])
    (tmp_path / "c.csv").write_bytes(bytes(range(256)) * 50)
    store = Store()
    code, out, err = run(store, "import", "a.csv", "b.csv", "c.csv", "--json", home=tmp_path, cwd=tmp_path)
    report = one_object(out)
    assert code == 1
    assert {name: report[name] for name in ("read", "accepted", "updated", "unchanged", "rejected", "unlocated")} == {
        "read": 5, "accepted": 2, "updated": 0, "unchanged": 1, "rejected": 2, "unlocated": 3,
    }  # fmt: skip
    assert report["seconds"] > 0
    assert [file["file"] for file in report["files"]] == ["a.csv", "b.csv"]
    assert [(file["file"], file["error"]) for file in report["failed"]] == [("c.csv", "file.binary")]
    assert "c.csv" in err
    assert Path(report["files"][0]["rejected_file"]).is_file()


def test_an_import_of_nothing_but_rejected_rows_is_accounted_for(tmp_path):
    write_rows(tmp_path / "a.csv", [{"received_at": "never"}] * 3)
    for more in (["--json"], []):
        code, out, _ = run(Store(), "import", "a.csv", *more, home=tmp_path, cwd=tmp_path)
        assert code == 1  # nothing of it could be taken
        assert "3" in out


def test_an_import_tells_people_what_became_of_the_rows(tmp_path):
    write_rows(
        tmp_path / "a.csv",
        [{"closed_at": "2025-01-01", "nonsense\x1b[0m": "x", **centre("11")}, {"received_at": "", "lon": "inf"}],
    )
    store = store_of(areas=town("district", "street"))
    code, out, _ = run(store, "import", "a.csv", "--crs", "wgs84", "--lang", "en", home=tmp_path, cwd=tmp_path)
    assert code == 0
    assert "a.csv: read 2 = accepted 1 + updated 0 + unchanged 0 + rejected 1" in out
    assert "closed before received; the close date is not used: 1" in out
    assert "\x1b" not in out
    again = run(store, "import", "a.csv", "--crs", "wgs84", "--json", home=tmp_path, cwd=tmp_path)[1]
    assert (one_object(again)["unchanged"], one_object(again)["accepted"]) == (1, 0)


def test_a_file_name_may_hold_anything_a_file_system_takes(tmp_path):
    name = os.fsdecode(b"a\n\x1b[31m\xff'; drop.csv")
    write_rows(tmp_path / name, [{}])
    store = Store()
    for more in ([], ["--json"]):
        code, out, err = run(store, "import", name, *more, home=tmp_path, cwd=tmp_path)
        assert code == 0
        (out + err).encode()
        assert "\x1b" not in out + err


PROFILE = '[columns]\nticket_no = ["id"]\nreceived_at = ["when"]\n'


@pytest.mark.parametrize(
    "text",
    [
        "not toml", "columns = 5", "columns = 'x'", PROFILE + "mood = ['x']", "[columns]\nticket_no = ['id']",
        PROFILE + "lon = 5",
        "timezone = 5\n" + PROFILE, "timezone = 'Mars'\n" + PROFILE, "timezone = '../../etc/passwd'\n" + PROFILE,
        "timezone = 'America'\n" + PROFILE,
        "crs = 'mars'\n" + PROFILE, "crs = 5\n" + PROFILE, "time_formats = 5\n" + PROFILE,
        "time_formats = '%Y'\n" + PROFILE,
        "time_formats = ['%Q']\n" + PROFILE, "category_separator = 3\n" + PROFILE, "name = 5\n" + PROFILE,
        "values = 5\n" + PROFILE,
        PROFILE + "[values]\nsolved = 5", PROFILE + "[values.solved]\nyes = 'ja'",
        PROFILE + "[values.solved]\nmaybe = ['x']", "\ud800",
    ],
)  # fmt: skip
def test_a_profile_that_says_something_impossible_is_a_sentence(tmp_path, text):
    (tmp_path / "p.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    write_rows(tmp_path / "a.csv", [{}])
    code, _, err = run(Store(), "import", "a.csv", "--profile", "p.toml", home=tmp_path, cwd=tmp_path)
    assert code == 1
    assert "p.toml" in err
    assert "Traceback" not in err


def test_a_profile_of_one_s_own(tmp_path):
    (tmp_path / "p.toml").write_text(
        "source = 'mine'\ntime_formats = ['%d.%m.%Y']\ncategory_separator = '>'\n" + PROFILE + "category = ['was']\n",
        "utf-8",
    )
    (tmp_path / "a.csv").write_text("id,when,was\n1,10.03.2025,x>y\n", "utf-8")
    store = Store()
    assert run(store, "import", "a.csv", "--profile", "p.toml", home=tmp_path, cwd=tmp_path)[0] == 0
    assert store.cursor().execute("select source, received_at from complaints").fetchall() == [
        ("mine", datetime(2025, 3, 10))
    ]


def test_boundaries_come_in_and_twice_change_nothing(tmp_path):
    shapes = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"code": code, "name": f"S{code}"}, "geometry": shape.__geo_interface__}
            for code, _, shape in town("street")["street"]
        ],
    }
    (tmp_path / "streets.geojson").write_text(json.dumps(shapes), "utf-8")
    store = store_of(centre("111"))
    argv = [
        "boundaries",
        "streets.geojson",
        "--level",
        "street",
        "--id",
        "code",
        "--name",
        "name",
        "--crs",
        "wgs84",
        "--json",
    ]
    first = one_object(run(store, *argv, cwd=tmp_path)[1])
    assert (first["areas"], first["moved"], first["unchanged"]) == (4, 1, False)
    state = contents(store)
    assert one_object(run(store, *argv, cwd=tmp_path)[1])["unchanged"] is True
    assert contents(store) == state


# --- the real thing


def python_m_data(home: Path, *argv: str, lang: str = "zh") -> subprocess.CompletedProcess:
    environment = os.environ | {
        "WHISTLEMAP_HOME": str(home),
        "WHISTLEMAP_LANG": lang,
        "PYTHONPATH": str(Path(__file__).parents[1]),
    }
    return subprocess.run(
        [sys.executable, "-m", "data", *argv], capture_output=True, text=True, env=environment, timeout=120
    )


def test_a_process_of_its_own(tmp_path):
    home = tmp_path / "home"
    write_rows(tmp_path / "a.csv", [{}, {"received_at": "never"}])
    done = python_m_data(home, "import", str(tmp_path / "a.csv"), "--json")
    assert (done.returncode, json.loads(done.stdout)["rejected"]) == (0, 1)
    assert (home / "secret.key").stat().st_mode & 0o777 == 0o600
    asked = python_m_data(home, "ask", "totals", "--json")
    assert json.loads(asked.stdout)["rows"][0]["received"] == 1
    # while another process holds the store
    store = Store(home / "store.duckdb")
    refused = python_m_data(home, "ask", "totals", lang="en")
    store.close()
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "in use by another process" in refused.stderr
    wrong = python_m_data(tmp_path / "other", "ask", "mood")
    assert wrong.returncode == 2
    assert not (tmp_path / "other").exists()
    assert python_m_data(home, "ask", "totals", lang="fr").returncode == 2


def test_a_second_import_finds_the_same_callers(tmp_path):
    store = Store(tmp_path / "s.duckdb", key=b"k" * 32)
    bring(store, {"caller_phone": "13800138000"})
    store.close()
    again = Store(tmp_path / "s.duckdb", key=b"k" * 32)
    bring(again, {"ticket_no": "other", "caller_phone": "+86 138-0013-8000"})
    assert again.cursor().execute("select count(*) from callers").fetchall() == [(1,)]
