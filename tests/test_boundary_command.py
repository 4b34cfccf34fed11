"""`python -m data boundaries`: described, brought in, refused in words, and ended when it was cut off."""

import json
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest

from data import coming
from data.commands import carry_out
from data.replacing import import_boundaries
from data.vintages import vintages
from tests.cities import TOWN, centre, contents, recounted, rollups, store_of, town


def run(store, *argv: str, cwd: Path = Path()) -> tuple[int, str, str]:
    said = {"out": "", "err": ""}

    def say(stream: str, text: str) -> None:
        said[stream] += text

    return carry_out(["boundaries", *argv], store, Path("nowhere"), cwd, say), said["out"], said["err"]


@pytest.fixture
def streets(tmp_path):
    codes, _, polygons = zip(*TOWN["street"], strict=True)
    frame = gpd.GeoDataFrame(
        {"code": codes, "name": [f"街道{c}\x1b[31m" for c in codes]}, geometry=list(polygons), crs=4326
    )
    frame.iloc[:2].to_file(tmp_path / "a.gpkg", layer="一半")
    frame.to_file(tmp_path / "a.gpkg", layer="全部")
    return tmp_path


@pytest.fixture
def store():
    return store_of(*({**centre(code)} for code in ("11", "12", "14")), areas=town("district", "street"))


COLUMNS = ("--level", "street", "--id", "code", "--name", "name")


def test_a_file_is_described_and_nothing_stored(store, streets):
    before = contents(store)
    code, out, err = run(store, "a.gpkg", "--describe", cwd=streets)
    assert (code, err) == (0, "")
    assert "一半" in out
    assert "全部" in out
    assert "← 编码" in out
    assert "\x1b" not in out
    code, out, _ = run(store, "a.gpkg", "--describe", "--json", "--lang", "en", cwd=streets)
    layers = json.loads(out)["layers"]
    assert [(layer["name"], layer["features"], layer["declared"]) for layer in layers] == [
        ("一半", 2, "EPSG:4326"), ("全部", 4, "EPSG:4326"),
    ]  # fmt: skip
    assert layers[0]["columns"][0]["roles"]["id"] > 0.5
    assert contents(store) == before


def test_boundaries_come_in_with_their_days_and_say_what_became_of_complaints(store, streets):
    code, out, err = run(store, "a.gpkg", *COLUMNS, "--layer", "一半", "--valid-from", "2021-06-01", cwd=streets)
    assert code == 0, err
    assert "2 个辖区" in out
    assert "2 件诉求按坐标落入，1 件有坐标但不在其中" in out
    assert "重新落图" in err
    code, out, err = run(
        store, "a.gpkg", *COLUMNS, "--layer", "一半", "--valid-from", "2019-01-01", "--valid-to", "2020-01-01",
        cwd=streets,
    )  # fmt: skip
    # the boundaries of before 2021 hold on both sides of that year
    assert code == 1
    assert "中间" in err
    code, out, _ = run(store, "a.gpkg", *COLUMNS, "--layer", "一半", "--valid-to", "2020-01-01", "--json", cwd=streets)
    report = json.loads(out)
    assert (code, report["valid_from"], report["valid_to"], report["placed"]) == (0, None, "2020-01-01", 2)
    assert vintages(store).query("level == 'street'")["until"].tolist() == [date(2020, 1, 1), date(2021, 6, 1), None]
    assert rollups(store) == recounted(store)


def test_a_mistake_is_put_right_with_replace(store, streets):
    assert run(store, "a.gpkg", *COLUMNS, "--layer", "一半", cwd=streets)[0] == 1
    assert run(store, "a.gpkg", *COLUMNS, "--layer", "一半", "--replace", cwd=streets)[0] == 0
    assert vintages(store).query("level == 'street'")["areas"].tolist() == [2]


@pytest.mark.parametrize(
    "argv",
    [("a.gpkg",), ("a.gpkg", "--level", "street"), ("a.gpkg", "--level", "street", "--id", "code"),
     ("a.gpkg", *COLUMNS, "--valid-from", "June"), ("a.gpkg", *COLUMNS, "--valid-to", "2021-02-30")],
)  # fmt: skip
def test_what_is_missing_or_unreadable_is_wrong_use(store, streets, argv):
    code, out, err = run(store, *argv, cwd=streets)
    assert (code, out) == (2, "")
    assert err


@pytest.mark.parametrize(
    "more",
    [("--layer", "nothing"), ("--layer", "一半", "--encoding", "klingon"), ("--layer", "一半", "--crs", "mars"),
     ("--layer", "一半", "--valid-from", "2021-01-01", "--valid-to", "2021-01-01")],
)  # fmt: skip
def test_what_cannot_be_is_a_sentence_and_nothing_changes(store, streets, more):
    before = contents(store)
    if "--encoding" in more:
        (streets / "a.gpkg").write_bytes(b'{"type": "FeatureCollection", "features": []}')
    for lang in ("zh", "en"):
        code, out, err = run(store, "a.gpkg", *COLUMNS, *more, "--lang", lang, cwd=streets)
        assert (code, out) == (1, "")
        assert "Traceback" not in err
    assert contents(store) == before


def test_without_a_file_what_was_cut_off_is_ended(store, streets, monkeypatch):
    assert run(store) == (0, "没有中断的边界导入。\n", "")

    class Killed(BaseException):
        """As if the process had died: nothing is tidied up."""

    def killed(*_):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(coming, "take_over", killed)
        patch.setattr(coming, "drop", lambda _: None)
        with pytest.raises(Killed):
            import_boundaries(
                store, streets / "a.gpkg", "street", id_column="code", name_column="name", layer="一半",
                valid_from=date(2021, 6, 1),
            )  # fmt: skip
    assert coming.unfinished(store) is not None
    code, out, _ = run(store)
    assert code == 0
    assert "a.gpkg：层级 street" in out
    assert vintages(store).query("level == 'street'")["since"].tolist() == [None, date(2021, 6, 1)]
    assert rollups(store) == recounted(store)
    assert run(store)[1] == "没有中断的边界导入。\n"
