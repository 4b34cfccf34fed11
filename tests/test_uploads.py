"""Files handed in: a safe name, a folder of their own, and gone when they are done with."""

import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import FileProblem
from data.uploads import NAME_BYTES, drop_upload, is_upload, keep_upload, safe_name, tidy_uploads


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("今晚的工单.xlsx", "今晚的工单.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\导出.csv", "导出.csv"),
        ("..", "file"),
        ("", "file"),
        (".bashrc", "bashrc"),
        ("a\nb\x00.csv", "a_b_.csv"),
        ("\u202egnp.exe", "_gnp.exe"),
        ("字" * 300 + ".xlsx", "字" * 38 + ".xlsx"),
    ],
)
def test_a_name_from_outside_is_only_a_name(name, kept):
    assert safe_name(name) == kept


@given(name=st.text(max_size=400))
def test_any_name_stays_in_its_folder(name, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    path = keep_upload(home, name, [b"x"])
    assert path.resolve().is_relative_to(home / "uploads")
    assert len(path.name.encode()) <= NAME_BYTES
    assert path.read_bytes() == b"x"


def test_a_file_handed_in_is_its_owners_and_can_be_dropped(tmp_path):
    path = keep_upload(tmp_path, "a.csv", [b"one", b"two"])
    assert path.read_bytes() == b"onetwo"
    assert path.parent.stat().st_mode & 0o077 == 0
    drop_upload(tmp_path, path)
    assert list((tmp_path / "uploads").iterdir()) == []


def test_two_files_of_one_name_are_two(tmp_path):
    assert keep_upload(tmp_path, "a.csv", [b"1"]) != keep_upload(tmp_path, "a.csv", [b"2"])


def test_only_what_was_handed_in_is_dropped(tmp_path):
    other = tmp_path / "keep" / "a.csv"
    other.parent.mkdir()
    other.touch()
    drop_upload(tmp_path, other)
    drop_upload(tmp_path, tmp_path / "uploads")
    drop_upload(tmp_path, tmp_path / "uploads" / ".." / "keep")
    assert other.exists()
    assert not is_upload(tmp_path, other)


def test_too_much_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(FileProblem) as caught:
        keep_upload(tmp_path, "a.csv", (b"x" * (1 << 20) for _ in range(3)), limit_mib=2)
    assert caught.value.key == "file.too_large"
    assert list((tmp_path / "uploads").iterdir()) == []


def test_what_nobody_imported_goes_after_a_while(tmp_path):
    old, new = (keep_upload(tmp_path, "a.csv", [b"1"]) for _ in range(2))
    os.utime(old.parent, (1_000, 1_000))
    assert tidy_uploads(tmp_path, time.time() - 60) == 1
    assert not old.exists()
    assert new.exists()
