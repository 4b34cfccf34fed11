"""`demo`: fill an empty store with the demonstration city, marked as synthetic."""

import argparse
import json
import time
from collections.abc import Callable
from datetime import datetime

from data.errors import StoreProblem
from data.store import Store
from data.words import t

WIDTH = 30


def demo(parsed: argparse.Namespace, store: Store, say: Callable[[str, str], None]) -> int:
    """Build the city; a store that holds something else is never touched."""
    from data.city import build_city  # only this command needs the generator

    if store.unfinished:
        say("err", t("cli.demo_again") + "\n")
        store.reset()
    if not store.is_empty():
        if parsed.if_empty:
            return 0
        raise StoreProblem("store.not_empty", home=str(parsed.home))
    started = time.perf_counter()
    until = parsed.until or datetime.now().replace(microsecond=0)
    report = build_city(
        store,
        complaints=parsed.complaints,
        seed=parsed.seed,
        until=until,
        progress=lambda done, total: say("err", _bar(done, total)),
    )
    say("err", "\n")
    report = {**report, "seconds": round(time.perf_counter() - started, 1)}
    if parsed.json:
        say("out", json.dumps(report, ensure_ascii=False, default=str) + "\n")
    else:
        say("out", t("cli.demo_done", complaints=parsed.complaints, seconds=report["seconds"]) + "\n")
    return 0


def _bar(done: int, total: int) -> str:
    part = min(done / max(total, 1), 1.0)
    full = int(part * WIDTH)
    return f"\r{t('cli.building')} [{'█' * full}{'░' * (WIDTH - full)}] {part:4.0%} {done:,}/{total:,}"
