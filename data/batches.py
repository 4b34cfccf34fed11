"""Batches: what was brought into the store, the newest first."""

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
