"""Batches: what was brought into the store, the newest first."""

import json

import pandas as pd

from data.store import Store


def batches(store: Store) -> pd.DataFrame:
    """
    Every import there was.

    Returns
    -------
    batches
        One row per batch, the newest first: `batch` (int), `file`, `profile` ('' for
        the demonstration city and for imports that did not note it), `source`,
        `imported_at`, the rows `read`, `accepted`, `updated`, `unchanged`, `rejected`
        and `unlocated`, and `undone_at` (null while the batch counts).
    """
    return store.ask("batches")


def batch_report(store: Store, batch: int) -> dict | None:
    """The report of an import as plain values (`data.report.Report`); None where none was kept."""
    found = store.ask("batch_report", batch=batch)["report"].dropna()
    report = json.loads(found.iloc[0]) if len(found) else {}
    return report if "read" in report else None
