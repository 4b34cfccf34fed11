"""
`python -m bench [--complaints N] [--json FILE]`: prints a table, and the same as JSON.

Times are of this machine, now; trust ratios within one run. Medians and 95th
percentiles are of warm repeats.
"""

import argparse
import json
import platform
import tempfile
from pathlib import Path

import duckdb
import geopandas

from bench import demo, intake, placing, questions


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--complaints", type=int, default=600_000)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--json", type=Path, default=Path(__file__).parent / "results" / "latest.json")
    asked = parser.parse_args()
    rows: list[dict] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        store, found = demo.build(home, asked.complaints)
        rows += found
        rows += intake.measure(store, home)
        rows += placing.measure(store)
        rows += questions.measure(store, asked.repeats)
        store.close()
    versions = {"python": platform.python_version(), "duckdb": duckdb.__version__, "geopandas": geopandas.__version__}
    answer = {"complaints": asked.complaints, "versions": versions, "rows": rows}
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    asked.json.write_text(json.dumps(answer, indent=1, ensure_ascii=False), "utf-8")
    _print(rows)
    print(json.dumps(answer, ensure_ascii=False))


def _print(rows: list[dict]) -> None:
    print(f"{'what':<44}{'value':>14}  {'unit':<10}{'median ms':>10}{'p95 ms':>10}")
    for row in rows:
        value = f"{row['value']:,.2f}" if "value" in row else ""
        times = (f"{row[name]:,.1f}" if name in row else "" for name in ("median_ms", "p95_ms"))
        print(f"{row['what']:<44}{value:>14}  {row.get('unit', ''):<10}" + "".join(f"{time:>10}" for time in times))


if __name__ == "__main__":
    main()
