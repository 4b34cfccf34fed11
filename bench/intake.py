"""
Rows a second of an import, and its memory: exports of a million rows into a store with areas, each in its own process.

`python -m bench.intake FILE [MEMORY]` measures one file of your own.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from data.areas import store_areas
from data.intake import import_file
from data.profiles import load_profile
from data.settings import HELP
from data.store import Store
from geo.partition import fengtai, schematic_city

ROWS = 1_000_000
# about 500 MB as CSV
LARGE = 1_500_000
NOW = datetime(2026, 11, 21)
LEVELS = ("district", "street", "community", "grid")
# the newest complaints of the city as a district's export would state them, several times over, each time earlier and
# with tickets and texts of its own
_EXPORT = """
with one as (
    select c.ticket_no, c.received_at, c.closed_at, concat_ws('->', g.level_1, g.level_2, g.level_3) as category,
        h.channel, c.kind, c.title, c.content, a.address, c.lon, c.lat, min(u.unit) as unit, c.valid, c.contacted,
        c.solved, c.satisfied
    from complaints c left join categories g using (category_id) left join channels h using (channel_id)
    left join addresses a using (address_id) left join work_orders w using (complaint_id)
    left join units u using (unit_id)
    group by all
)
select
    ticket_no || '-' || again as ticket_no, received_at - to_days(365 * again::integer) as received_at,
    closed_at - to_days(365 * again::integer) as closed_at, category, channel, kind, title,
    content || ' 编号' || hash(ticket_no || again) % 1000 as content,
    address, lon, lat, unit, valid, contacted, solved, satisfied
from one, range(100) t(again)
order by received_at desc
limit {rows}
"""


def measure(city: Store, home: Path) -> list[dict]:
    """Imports of the city's complaints as CSV and as Parquet, and what a large file takes."""
    found = []
    for name, rows, more in (("csv", ROWS, 2), ("parquet", ROWS, 1), ("csv", LARGE, 1)):
        path = home / f"export.{name}"
        # a number of our own, and a path of our own
        options = "(header)" if name == "csv" else ""
        city.cursor().execute(f"copy ({_EXPORT.format(rows=rows)}) to '{path}' {options}")
        size_mb = path.stat().st_size / 2**20
        runs = _elsewhere(path, HELP["memory"][0], more)
        for what, run in zip(("all rows new", "the same file again"), runs, strict=False):
            shown = f"import, {name.upper()}, {what} ({run['rows']:,} rows, {size_mb:.0f} MB)"
            found.append({"what": shown, "value": round(run["rows"] / run["seconds"]), "unit": "rows/s"})
        found.append({"what": "  peak memory of that process", "value": round(runs[-1]["peak_mb"]), "unit": "MB"})
        path.unlink()
    return found


def _elsewhere(path: Path, memory: str, times: int) -> list[dict]:
    """Import a file so many times in a process of its own, whose memory is its own too."""
    command = [sys.executable, "-m", "bench.intake", str(path), memory, str(times)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    return [json.loads(line) for line in done.stdout.splitlines()]


def run(path: Path, memory: str, times: int) -> None:
    """Import a file into a store with the demonstration city's areas and print what it took, a line each time."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "store.duckdb", memory=memory)
        areas = schematic_city(fengtai(), seed=1)
        with store.write() as cursor:
            for level in LEVELS:
                store_areas(cursor, level, areas[level], crs_in="wgs84", synthetic=True)
        profile = load_profile("beijing_12345")
        for _ in range(times):
            started = time.perf_counter()
            report = import_file(store, path, profile, crs="wgs84", imported_at=NOW)
            seconds = time.perf_counter() - started
            # kilobytes on Linux
            peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            figures = {"rows": report.read, "seconds": seconds, "peak_mb": peak_mb, **report.as_dict()}
            print(json.dumps({name: figures[name] for name in ("rows", "seconds", "peak_mb", "accepted", "unchanged")}))
        store.close()


if __name__ == "__main__":
    file, memory, times = [*sys.argv[1:], *("", HELP["memory"][0], "1")[len(sys.argv) - 1 :]]
    run(Path(file), memory, int(times))
