"""Names, phones and identity numbers: gone from every text, tagged so that a repeat is seen, and nowhere on disk."""

import re
import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.cleaning import bare_name, bare_names, mended, readable, trimmed
from data.masking import Masker, suspects
from tests.cities import bring_file, store_of

MASKER = Masker(b"one key")
OTHER = Masker(b"another key")
TAG = re.compile(r"\[(电话|证件|姓名)#[0-9a-f]{6}\]")


@pytest.mark.parametrize(
    "number",
    [
        "13800138000", "138 0013 8000", "138-0013-8000", "138 - 0013 - 8000", "138.0013.8000", "138/0013/8000",
        "138—0013—8000", "1 3 8 0 0 1 3 8 0 0 0", "１３８００１３８０００", "１３８－００１３－８０００",
        "+8613800138000", "+86 138 0013 8000",
        "008613800138000", "86-13800138000", "013800138000", "138\u200b0013\u200b8000", "138\t0013\t8000",
        "138_0013_8000",
        "(+86)13800138000", "010-67891234", "(010)67891234", "（010）6789-1234", "010 6789 1234", "01067891234",
        "0311-87654321", "0755-8765432", "010-67891234转8001", "+86 10 67891234", "+86-311-87654321", "6789-1234",
        "6789–1234", "400-810-1234", "(212) 555-0143", "212-555-0143", "+1 212-555-0143",
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", ["{}", "请回电{}谢谢", "a {} b", "电话：{}，急", "楼12号{}。"])
def test_a_phone_in_any_spelling_is_masked(number, around):
    masked = MASKER.text(around.format(number))
    assert "[电话#" in masked
    assert not re.search(r"\d{5}", TAG.sub("", masked))


@pytest.mark.parametrize("around", ["电话{}", "联系电话：{}", "座机:{}", "手机号码为{}", "联系方式：{}"])
def test_eight_digits_after_a_word_for_phone_are_a_phone(around):
    assert "67891234" not in MASKER.text(around.format("67891234"))


@pytest.mark.parametrize(
    "number",
    [
        "110101199003071234", "11010119900307123X", "11010119900307123x", "１１０１０１１９９００３０７１２３Ｘ",
        "110101 19900307 1234",
        "110101-19900307-123X", "110101900307123",
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", ["{}", "身份证{}号", "id{}and more", "证件号：{}。"])
def test_an_identity_number_in_any_spelling_is_masked(number, around):
    masked = MASKER.text(around.format(number))
    assert "[证件#" in masked
    assert not re.search(r"\d{5}", TAG.sub("", masked))


@pytest.mark.parametrize(
    "text",
    [
        "110106001001001", "网格110106101101001有积水", "110106011001003", "单号250101000770102-01",
        "工单20250101000770", "2025年1月2日15时04分",
        "2025-01-02 15:04:05", "2023-2024年供暖季未缴费", "2024—2025供暖", "拖欠工资1234567.89元", "共计30000000元",
        "13,800,138元", "3号楼2单元1501室",
        "京A12345", "邮编100070", "第1380号", "12345热线", "96156", "G7 102国道", "",
    ],
)  # fmt: skip
def test_tickets_grids_dates_and_money_stay(text):
    assert MASKER.text(text) == text


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("来电人：张三，反映井盖", "张三"), ("联系人:李小四", "李小四"), ("姓名：王五。", "王五"),
        ("反映人姓名为欧阳娜娜", "欧阳娜娜"),
        ("投诉人叫赵六，", "赵六"), ("举报人是孙七,", "孙七"), ("诉求人: 周八;", "周八"),
    ],
)  # fmt: skip
def test_a_name_after_a_word_for_it_is_masked(text, hidden):
    assert hidden not in MASKER.text(text)
    assert "[姓名#" in MASKER.text(text)


def test_the_callers_own_name_is_masked_wherever_it_stands():
    masked = MASKER.text("居民张三丰说张三丰家漏水", "张三丰")
    assert "张三丰" not in masked
    assert len(set(TAG.findall(masked))) == 1
    assert MASKER.text("说张某家漏水", "张") == "说张某家漏水"


def test_one_number_in_any_spelling_is_one_tag_and_one_caller():
    spellings = [
        "13800138000",
        "138-0013-8000",
        "+86 13800138000",
        "008613800138000",
        "１３８００１３８０００",
        "013800138000",
    ]
    assert len({TAG.search(MASKER.text(one))[0] for one in spellings}) == 1
    assert len({MASKER.caller("张三", one, None) for one in spellings}) == 1
    identities = ["11010119900307123X", "110101 19900307 123x"]
    assert len({TAG.search(MASKER.text(one))[0] for one in identities}) == 1
    assert len({MASKER.caller("张三", None, one) for one in identities}) == 1


def test_a_caller_is_known_by_identity_then_phone_then_name():
    assert MASKER.caller("张三", "13800138000", "110101199003071234") == MASKER.caller("李四", "", "110101199003071234")
    assert MASKER.caller("张三", "13800138000", None) == MASKER.caller(None, "13800138000", None)
    assert MASKER.caller("张三", "-", "无") == MASKER.caller(" 张三 ", None, None)
    assert MASKER.caller("张三", None, None) != MASKER.caller("李四", None, None)
    assert MASKER.caller(" ", "", None) is None


def test_two_homes_give_different_tags():
    text = "电话13800138000"
    assert MASKER.text(text) == MASKER.text(text) != OTHER.text(text)
    assert MASKER.caller("张三", None, None) != OTHER.caller("张三", None, None)
    assert "13800138000" not in MASKER.digest("13800138000")


mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
around = st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=12) | st.sampled_from(
    ["12 ", "3-", "x", "（", "0", "86"]
)


@given(around, mobiles, around)
@example("0", "13800138000", "0 3")
def test_no_mobile_survives_in_any_text(before, mobile, after):
    if before[-1:].isdigit() and before not in ("0", "86"):
        before += " "
    if after[:1].isdigit():
        after = " " + after
    assert mobile not in MASKER.text(before + mobile + after)
    assert mobile not in MASKER.line(before + mobile + after)


@given(st.text(max_size=40))
def test_masking_again_changes_nothing_more(text):
    once = MASKER.text(text)
    assert MASKER.text(once) == once


# --- columns at once

DIGITS = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isdecimal()]
pieces = st.sampled_from(
    [
        *"0123456789１３８٣८",
        "1",
        "138",
        " ",
        "-",
        "\n",
        "人",
        "：",
        "姓名",
        "来电人",
        "我叫",
        "张三",
        "电话",
        "x" * 3,
        "Ã©",
        "â\x80\x99",
    ]
)
dirty = st.lists(pieces | st.sampled_from(DIGITS) | st.characters(exclude_categories=["Cs"]), max_size=30).map("".join)


def test_every_digit_there_is_makes_a_text_suspect():
    assert suspects(pa.array([digit * 7 for digit in DIGITS])).all()
    assert not suspects(pa.array(["123456", "", None, "路灯不亮"])).any()


@settings(max_examples=300)
@given(st.lists(dirty, min_size=1, max_size=20))
@example(["我叫", "人:", "1 2 3\n4\n\n\n5 6 7"])
def test_what_a_column_passes_over_is_never_changed(texts):
    for text, suspect in zip(texts, suspects(pa.array(texts)), strict=True):
        assert suspect or MASKER.text(text) == text


@settings(max_examples=100)
@given(st.lists(st.tuples(dirty | st.none(), st.none() | st.sampled_from(["张三", "Li Wei", "x" * 3])), max_size=8))
def test_a_column_is_mended_and_masked_as_its_texts_are(rows):
    texts = trimmed(pa.array([text for text, _ in rows], pa.string()))
    names = pa.array([name for _, name in rows], pa.string())
    one_by_one = [
        MASKER.text(mended(text), name) for text, name in zip(texts.to_pylist(), names.to_pylist(), strict=True)
    ]
    named = np.array([bool(name and text and name in text) for text, name in rows], dtype=bool)
    assert readable(texts, MASKER, names, named).to_pylist() == one_by_one
    # a slice of a longer column too
    assert readable(texts[1:], MASKER, names[1:], named[1:]).to_pylist() == one_by_one[1:]


numbers = st.none() | st.text("0123456789Xx-+ ()（）．１３８８٣ſé_", max_size=20)


@settings(max_examples=200)
@given(st.lists(st.tuples(st.none() | dirty, numbers, numbers), min_size=1, max_size=6))
@example([("张三先生", "１３８ 0013 8000", None), (None, "86-13800138000", "x1234"), ("匿名", "123", "ſ1234")])
def test_callers_are_known_in_a_column_as_one_by_one(rows):
    names, phones, identities = (pa.array(column, pa.string()) for column in zip(*rows, strict=True))
    bare = bare_names(names)
    assert bare.to_pylist() == [bare_name(name) for name in names.to_pylist()]
    one_by_one = [MASKER.caller(bare_name(name), phone, identity) for name, phone, identity in rows]
    assert MASKER.callers(bare, phones, identities).to_pylist() == one_by_one


def test_a_line_without_columns_shows_no_name_and_no_phone():
    line = MASKER.line('A1,张三,买买提·吐尔逊,Li Wei,67891234,2025-01-02,路灯不亮请修,"李四"')
    for hidden in ("张三", "买买提", "Li Wei", "67891234", "李四"):
        assert hidden not in line
    assert "A1" in line
    assert "路灯不亮请修" in line


SECRETS = [
    "张三丰",
    "欧阳修文",
    "13912345678",
    "139 1234 5678",
    "11010119900307123X",
    "67895432",
    "13687654321",
    "王小二",
]
HEADERS = "工单编号,创建时间,来电人,姓名,联系方式,手机号,身份证号,问题标题,主要内容,承办单位,处理受理方式,备注,问题分类"
CALLER = "13912345678,67895432,11010119900307123X"
DIRTY = [
    f"A1,2025-01-02 10:00,张三丰,张三丰,{CALLER},张三丰来电,联系张三丰,电话13912345678,电话,13912345678,a->13912345678",
    f"A2,昨天,张三丰先生,欧阳修文,{CALLER},张三丰来电,请联系张三丰 139 1234 5678,单位,13687654321,联系人：王小二,a",
    f",2025-01-02 10:00,王小二,欧阳修文,{CALLER},,电话67895432,,,,",
    f"A4,2025-01-02,张三丰,欧阳修文,{CALLER}",
    f'"A5,2025-01-02,王小二,欧阳修文,{CALLER},13687654321,x',
]


def test_nothing_personal_reaches_the_disk(tmp_path):
    path = tmp_path / "dirty.csv"
    path.write_text("\n".join([HEADERS, *DIRTY]), "utf-8")
    home = tmp_path / "home"
    home.mkdir()
    store = store_of(path=home / "store.duckdb")
    report = bring_file(store, path, rejected_folder=home / "rejected")
    assert (report.read, report.accepted, report.rejected) == (5, 1, 4)
    # once with everything in the log, once folded into the file
    for _ in range(2):
        files = [file for file in home.rglob("*") if file.is_file()]
        assert {file.name for file in files} >= {"store.duckdb", "batch-00001.csv"}
        for file in files:
            for secret in SECRETS:
                assert secret.encode() not in file.read_bytes(), (secret, file.name)
        store.checkpoint()
    store.close()
    assert "A2" in (home / "rejected" / "batch-00001.csv").read_text("utf-8-sig")


def test_nothing_personal_is_in_any_table():
    store = store_of(
        {
            "caller_name": "张三丰先生", "caller_phone": "139-1234-5678", "caller_identity": "11010119900307123X",
            "title": "张三丰 13912345678", "content": "身份证11010119900307123X", "result": "已联系张三丰",
            "address": "1号13912345678",
            "stated_area": "13912345678", "status": "13912345678", "kind": "13912345678", "exclude_reason": "张三丰",
            "channel": "13912345678", "unit": "13912345678", "nature": "13912345678", "category": "13912345678",
        }
    )  # fmt: skip
    tables = [name for (name,) in store.cursor().execute("select table_name from duckdb_tables()").fetchall()]
    everything = repr([store.cursor().execute(f"from {name}").fetchall() for name in tables])
    for secret in ("张三丰", "13912345678", "139-1234-5678", "11010119900307123X"):
        assert secret not in everything
