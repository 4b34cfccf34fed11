"""Exports for tests: a small store, hand-made contents, and the programs that open the files again."""

import csv
import json
import shutil
import subprocess
from datetime import date, datetime

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from data import words
from data.exports import Content, open_content
from data.exports.files import write_file
from data.questions import MOMENT, NUMBER, TEXT, Column
from data.scope import Scope
from tests.cities import centre, store_of, town

MARCH = Scope(date(2025, 3, 1), date(2025, 3, 31))
soffice = pytest.mark.skipif(not shutil.which("soffice"), reason="soffice is not installed (libreoffice-calc-nogui)")
ogrinfo = pytest.mark.skipif(not shutil.which("ogrinfo"), reason="ogrinfo is not installed (gdal-bin)")


def four_streets():
    """Four streets; complaints in two of them, one without a point, one call-back of each kind."""
    back = {"closed_at": "2025-03-12 10:30:05", "valid": "是", "contacted": "是", "satisfied": "满意"}
    return store_of(
        centre("11") | back | {"solved": "是", "category_1": "环境", "content": "=1+1"},
        centre("11") | {"received_at": "2025-03-11 23:59:59", "category_1": "噪声"},
        centre("141") | back | {"solved": "否", "received_at": "2025-03-10 08:00:00", "title": "＝2"},
        {"received_at": "2025-03-21 12:00:00"},
        areas=town(),
    )


def writer(store, folder):
    """A function that writes an export of a store into a file of its name; another store may be named."""
    own = store

    def write(name, kind, scope=MARCH, lang="zh", store=None, **given):
        content = open_content(store or own, name, scope, given, lang)
        path = folder / f"{name}.{kind}"
        write_file(content, kind, path, folder / "way")
        return path

    return write


def content_of(texts, **more):
    """A content of hand-made texts, beside a number and a moment each."""
    columns = (Column("ticket_no", TEXT), Column("lon", NUMBER, "degrees WGS84"), Column("received_at", MOMENT))
    columns += (Column("title", TEXT), Column("content", TEXT))
    page = pd.DataFrame({"title": list(texts), "content": list(texts)}, dtype=object)
    page["ticket_no"] = [str(n) for n in range(len(page))]
    page["lon"], page["received_at"] = 116.25, datetime(2025, 3, 10, 9, 0, 1)
    return Content(columns, [page], name="complaints", lang="zh", **more)


def file_of(content, kind, tmp_path):
    path = tmp_path / f"made.{kind}"
    write_file(content, kind, path, tmp_path / "way")
    return path


# --- readers: each by another program or library than the one that wrote


def csv_rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def sheet(path, name=None):
    """The rows of a sheet as openpyxl reads them, header first."""
    book = openpyxl.load_workbook(path)
    return [list(row) for row in (book[name] if name else book.worksheets[0]).iter_rows()]


def values(rows):
    return [[cell.value for cell in row] for row in rows]


def about(path, lang="zh"):
    """The sheet about a workbook."""
    return dict(values(sheet(path, words.t("exports.about", lang))))


def told(path):
    """What a Parquet file says of itself."""
    return json.loads(pq.read_metadata(path).metadata[b"whistlemap"])


def layer(path, name):
    """A layer of a GeoPackage by ogrinfo: its summary, as text."""
    done = subprocess.run(["ogrinfo", "-so", str(path), name], capture_output=True, text=True, check=True)
    return done.stdout
