"""`ask QUESTION`: prints what the pages show, from the same functions."""

import argparse
import json
from collections.abc import Callable

from data.areas import levels
from data.commands.parser import Usage
from data.commands.tables import as_table
from data.complaints import complaint, complaint_count
from data.questions import COMPLAINT, QUESTIONS, Column, records
from data.scope import Scope, whole_period
from data.store import Store
from data.words import t


def ask(parsed: argparse.Namespace, store: Store, say: Callable[[str, str], None]) -> int:
    """Answer one question; without a period, over everything the store holds."""
    if parsed.schema:
        return schema(parsed, say)
    if parsed.question is None:
        raise Usage(t("cli.no_question", names=", ".join((*QUESTIONS, "complaint"))))
    if parsed.question == "complaint":
        return _complaint(parsed, store, say)
    scope = scope_of(parsed, store)
    question = QUESTIONS[parsed.question]
    options = {name: value for name, value in _options(parsed, store).items() if name in question.options}
    frame = question.function(store, scope, **options)
    rows = records(frame, question.columns)
    # a list is a page of a whole: say how much there is
    listed = parsed.question == "complaints"
    total = complaint_count(store, scope, state=parsed.state, text=parsed.text) if listed else None
    if parsed.json:
        as_of = scope.as_of or store.data_at
        answer = {
            "question": parsed.question,
            "scope": scope.sentence(store),
            "as_of": as_of.isoformat() if as_of else None,
            "data_at": store.data_at.isoformat() if store.data_at else None,
            "data_version": store.version,
            "synthetic": store.synthetic,
            "rows": rows,
        }
        if total is not None:
            answer["total"] = total
        say("out", json.dumps(answer, ensure_ascii=False) + "\n")
    else:
        say("out", scope.sentence(store) + "\n" + as_table(rows, parsed.question))
        if total is not None and total > len(rows):
            say("out", t("cli.some_of", shown=len(rows), total=total) + "\n")
    return 0


def scope_of(parsed: argparse.Namespace, store: Store) -> Scope:
    """The scope of a command line; without a period, over everything the store holds."""
    since, until = parsed.since, parsed.until
    if since is None or until is None:
        whole = whole_period(store)
        since = since or min(whole.since, until or whole.since)
        until = until or max(whole.until, since)
    return Scope(
        since, until, tuple(parsed.area), tuple(parsed.category), tuple(parsed.channel), parsed.counting, parsed.as_of,
        parsed.vintage,
    )  # fmt: skip


def _options(parsed: argparse.Namespace, store: Store) -> dict:
    known = levels(store)
    # below the city itself: the first level with several areas to compare
    default = known[min(1, len(known) - 1)] if known else "street"
    options = {
        "level": parsed.level or default,
        "by": parsed.by or parsed.level or default,
        "step": parsed.step,
        "depth": parsed.depth,
        "zoom": parsed.zoom,
        "state": parsed.state,
        "text": parsed.text,
        "limit": parsed.limit,
        "offset": parsed.offset,
    }
    return options | ({"bbox": parsed.bbox} if parsed.bbox else {})


def _complaint(parsed: argparse.Namespace, store: Store, say: Callable[[str, str], None]) -> int:
    if not parsed.ticket:
        raise Usage(t("cli.no_ticket"))
    case = complaint(store, parsed.ticket, source=parsed.source)
    parts = {name: records(getattr(case, name), columns) for name, columns in COMPLAINT.items()}
    if parsed.json:
        answer = {"question": "complaint", **parts["row"][0], "events": parts["events"]}
        say("out", json.dumps(answer | {"work_orders": parts["work_orders"]}, ensure_ascii=False) + "\n")
        return 0
    for name, rows in parts.items():
        if rows:
            say("out", as_table(rows, name) + "\n")
    return 0


def schema(parsed: argparse.Namespace, say: Callable[[str, str], None]) -> int:
    """Print the columns, types and units of every question."""
    tables: dict[str, tuple[Column, ...]] = {name: question.columns for name, question in QUESTIONS.items()}
    tables["complaint"] = COMPLAINT["row"]
    nested = {"complaint": {name: COMPLAINT[name] for name in ("events", "work_orders")}}
    if parsed.json:
        plain = {
            name: {
                "options": list(QUESTIONS[name].options) if name in QUESTIONS else ["ticket", "source"],
                "columns": [vars(column) for column in columns],
                **{key: [vars(c) for c in inner] for key, inner in nested.get(name, {}).items()},
            }
            for name, columns in tables.items()
        }
        say("out", json.dumps(plain, ensure_ascii=False) + "\n")
        return 0
    for name, columns in tables.items():
        say("out", f"{name}\n" + "".join(f"  {c.name:<20} {c.type:<10} {c.unit}\n" for c in columns))
        for key, inner in nested.get(name, {}).items():
            say("out", f"  {key}\n" + "".join(f"    {c.name:<18} {c.type:<10} {c.unit}\n" for c in inner))
    return 0
