"""How long the demonstration city takes, and how much memory."""

import resource
import time
from datetime import datetime
from pathlib import Path

from data.city import build_city
from data.store import Store


def build(home: Path, complaints: int) -> tuple[Store, list[dict]]:
    """A store with the city, and what it took."""
    store = Store(home / "store.duckdb")
    started = time.perf_counter()
    build_city(store, complaints=complaints, seed=1, until=datetime(2026, 11, 20, 23, 59, 59))
    seconds = time.perf_counter() - started
    # kilobytes on Linux
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size_mb = (home / "store.duckdb").stat().st_size / 2**20
    return store, [
        {"what": f"demonstration city of {complaints:,}", "value": round(seconds, 1), "unit": "s"},
        {"what": "its peak memory", "value": round(peak_mb), "unit": "MB"},
        {"what": "its file", "value": round(size_mb), "unit": "MB"},
    ]
