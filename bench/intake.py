"""Rows a second of an import: a CSV of complaints into an empty store, then the same file again."""

import csv
import time
from datetime import datetime
from pathlib import Path

from data.intake import import_file
from data.profiles import load_profile
from data.store import Store

ROWS = 100_000
COLUMNS = (
    "ticket_no", "received_at", "closed_at", "category", "channel", "kind", "title", "content", "address", "lon", "lat",
    "unit", "valid", "contacted", "solved", "satisfied",
)  # fmt: skip


def measure(city: Store, home: Path) -> list[dict]:
    """An import of the newest complaints of the city, as a district's export would state them."""
    path = home / "export.csv"
    _write(city, path)
    profile = load_profile("beijing_12345")
    store = Store(home / "import.duckdb")
    found = []
    for what in ("import, all rows new", "import, the same file again"):
        started = time.perf_counter()
        report = import_file(store, path, profile, crs="wgs84", imported_at=datetime(2026, 11, 21))
        rate = report.read / (time.perf_counter() - started)
        found.append({"what": f"{what} ({report.read:,} rows)", "value": round(rate), "unit": "rows/s"})
    store.close()
    return found


def _write(city: Store, path: Path) -> None:
    rows = city.cursor().execute(
        """
        select c.ticket_no, c.received_at, c.closed_at, concat_ws('->', g.level_1, g.level_2, g.level_3), h.channel,
            c.kind, c.title, c.content, a.address, c.lon, c.lat, min(u.unit),
            c.valid, c.contacted, c.solved, c.satisfied
        from complaints c left join categories g using (category_id) left join channels h using (channel_id)
        left join addresses a using (address_id) left join work_orders w using (complaint_id)
        left join units u using (unit_id)
        group by all order by c.received_at desc limit $rows
        """,
        {"rows": ROWS},
    )
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        while batch := rows.fetchmany(20_000):
            writer.writerows(batch)
