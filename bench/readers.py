"""Rows a second and peak memory of reading files through, each in a process of its own: `python -m bench.readers`."""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

COLUMNS = (
    "ticket_no", "received_at", "closed_at", "category", "channel", "kind", "title", "content", "address", "lon", "lat",
    "unit", "valid", "contacted", "solved", "satisfied",
)  # fmt: skip
MATTERS = (
    (
        "生态环境->噪声->施工噪声",
        "夜间施工噪声",
        "工地近日深夜仍在施工，机器声很大，影响老人和孩子休息，希望尽快处理。",
    ),
    ("住房城乡建设->物业管理->电梯故障", "电梯停运三天", "电梯连续三天停运，高层老人出行不便，物业一直说在等配件。"),
    ("公共服务->供暖->室温不达标", "室温只有十四度", "室温只有14度，连续三天反映没有改善，要求上门测温。"),
    ("城市管理->市容环境->垃圾清运", "垃圾没有清走", "小区门口的垃圾堆放多日，没有人清走，气味很大。"),
)
START = datetime(2026, 1, 1)
READ = """
import json, resource, sys, time
from pathlib import Path
from data.profiles import load_profile
from data.readers import read_rows
known, started, rows, bad = load_profile("beijing_12345").known, time.perf_counter(), 0, 0
cpu = time.process_time()
for chunk in read_rows(Path(sys.argv[1]), known):
    rows += len(chunk.row_no)
    bad += len(chunk.bad)
# kilobytes on Linux; the process that reads old workbooks counts too
peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
found = {"rows": rows, "bad": bad, "seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu}
print(json.dumps(found | {"peak_mb": peak}))
"""


def main() -> None:
    """Measure, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=500, help="of the CSV and the JSON lines")
    parser.add_argument("--sheet-rows", type=int, default=1_000_000, help="of the largest XLSX")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for row in measure(Path(folder), asked.megabytes, asked.sheet_rows):
            print(f"{row['what']:<44}{row['value']:>14,.0f}  {row['unit']}", flush=True)


def measure(home: Path, megabytes: int = 100, sheet_rows: int = 100_000) -> Iterator[dict]:
    """Files of made-up complaints in 16 columns, read through by `read_rows`."""
    size = megabytes << 20
    for name, write in (
        ("CSV", lambda path: _write_csv(path, size, "utf-8")),
        ("CSV in GB18030", lambda path: _write_csv(path, size, "gb18030")),
        ("CSV, all cells quoted", lambda path: _write_csv(path, size, "utf-8", csv.QUOTE_ALL)),
        ("JSON lines", lambda path: _write_lines(path, size)),
        ("JSON array", lambda path: _write_array(path, size)),
        ("Parquet", lambda path: _write_parquet(path, size // 350)),
        ("XLSX, 100,000 rows, shared texts", lambda path: _write_xlsx(path, 100_000, constant=False)),
        (f"XLSX, {sheet_rows:,} rows", lambda path: _write_xlsx(path, sheet_rows, constant=True)),
    ):
        path = home / "file"
        write(path)
        done = subprocess.run([sys.executable, "-c", READ, str(path)], check=True, capture_output=True, text=True)
        found = json.loads(done.stdout)
        if found["bad"]:
            raise AssertionError(f"{name}: {found['bad']} bad rows")
        what = f"{name} ({path.stat().st_size >> 20} MB)"
        yield {"what": f"{what}, {found['rows']:,} rows", "value": found["rows"] / found["seconds"], "unit": "rows/s"}
        yield {"what": "  on one core", "value": found["rows"] / found["cpu"], "unit": "rows/cpu s"}
        yield {"what": "  peak memory", "value": found["peak_mb"], "unit": "MB"}
        path.unlink()


def _rows() -> Iterator[list[str]]:
    for number in range(1 << 62):
        category, title, content = MATTERS[number * 7 % len(MATTERS)]
        street = f"第{number * 13 % 26}街道"
        received = START + timedelta(seconds=number * 11)
        closed = "" if number % 9 == 0 else str(received + timedelta(hours=number % 90))
        address = f"{street}{number * 31 % 400}号院{number % 20}号楼"
        called = ["", "", "", ""] if number % 3 else ["是", "是", "是", "满意"]
        lon, lat = f"{116.1 + number * 7919 % 300_000 / 1e6:.6f}", f"{39.75 + number * 104_729 % 150_000 / 1e6:.6f}"
        ticket = f"{received:%y%m%d}{number:09}-01"
        texts = [category, "电话", "投诉", f"{title}（{address}）", f"{address}{content}", address, lon, lat, street]
        yield [ticket, str(received), closed, *texts, *called]


def _write_csv(path: Path, size: int, encoding: str, quoting: int = csv.QUOTE_MINIMAL) -> None:
    rows = _rows()
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, quoting=quoting)
        writer.writerow(COLUMNS)
        while file.tell() < size:
            writer.writerows(islice(rows, 20_000))


def _write_lines(path: Path, size: int) -> None:
    rows = _rows()
    with path.open("w", encoding="utf-8") as file:
        while file.tell() < size:
            for row in islice(rows, 20_000):
                file.write(json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False) + "\n")


def _write_array(path: Path, size: int) -> None:
    rows = _rows()
    with path.open("w", encoding="utf-8") as file:
        file.write('{"code": 0, "data": {"records": [')
        while file.tell() < size:
            for row in islice(rows, 20_000):
                file.write(json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False) + ",")
        file.seek(file.tell() - 1)
        file.write("]}}")


def _write_parquet(path: Path, count: int) -> None:
    rows, schema = _rows(), pa.schema([(name, pa.string()) for name in COLUMNS])
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, count, 100_000):
            columns = zip(*islice(rows, min(100_000, count - start)), strict=True)
            writer.write_table(pa.table([pa.array(column) for column in columns], schema=schema))


def _write_xlsx(path: Path, count: int, *, constant: bool) -> None:
    with xlsxwriter.Workbook(path, {"constant_memory": constant}) as book:
        sheet = book.add_worksheet("工单")
        for number, row in enumerate(_table(count)):
            for column, text in enumerate(row):
                if number and column in (9, 10):
                    sheet.write_number(number, column, float(text))
                elif text:
                    sheet.write_string(number, column, text)


def _table(count: int) -> Iterator[list[str] | tuple[str, ...]]:
    yield COLUMNS
    yield from islice(_rows(), count)


if __name__ == "__main__":
    main()
