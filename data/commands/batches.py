"""`batches` and `undo`: what was brought in, and taking one import back."""

import argparse
import json
from collections.abc import Callable
from datetime import datetime

from data.batches import batches
from data.commands.tables import as_table
from data.questions import MOMENT, TEXT, WHOLE, Column, records
from data.store import Store
from data.undo import undo_batch
from data.words import t

_COUNTS = ("read", "accepted", "updated", "unchanged", "rejected", "unlocated")
COLUMNS = (
    Column("batch", WHOLE),
    *(Column(name, TEXT) for name in ("file", "profile", "source")),
    Column("imported_at", MOMENT, "local time"),
    *(Column(name, WHOLE, "rows") for name in _COUNTS),
    Column("undone_at", MOMENT, "local time"),
)


def list_batches(parsed: argparse.Namespace, store: Store, say: Callable[[str, str], None]) -> int:
    """List every import, the newest first."""
    rows = records(batches(store), COLUMNS)
    say("out", json.dumps({"batches": rows}, ensure_ascii=False) + "\n" if parsed.json else as_table(rows, "batches"))
    return 0


def undo(parsed: argparse.Namespace, store: Store, say: Callable[[str, str], None]) -> int:
    """Undo one import."""
    report = undo_batch(store, parsed.batch, undone_at=datetime.now().replace(microsecond=0))
    if parsed.json:
        say("out", json.dumps(report.as_dict(), ensure_ascii=False) + "\n")
    else:
        say("out", t("cli.undone", **report.as_dict()) + "\n")
    return 0
