"""`import`: the complaints an operator brings into the store."""

import argparse
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from data import words
from data.commands.columns import chosen_profile, is_corrected
from data.errors import Problem
from data.intake import Report, import_file
from data.profiles import AUTO, Profile, load_profile
from data.recognition import recognise
from data.store import Store
from data.words import t

ACCOUNT = ("read", "accepted", "updated", "unchanged", "rejected", "unlocated")


def import_files(parsed: argparse.Namespace, store: Store, say: Callable[[str, str], None]) -> int:
    """Import files one by one; a file that cannot be read is named and leaves the store as it was."""
    if store.synthetic:
        say("err", t("cli.mixed") + "\n")
    reports: list[Report] = []
    failed: list[dict[str, str]] = []
    for file in parsed.files:
        path = _path(parsed, file)
        shown = words.visible(path.name)
        try:
            profile, header_row = _profile(parsed, path)
            report = import_file(
                store,
                path,
                profile,
                crs=parsed.crs,
                sheet=parsed.sheet,
                header_row=header_row,
                imported_at=datetime.now().replace(microsecond=0),
                rejected_folder=parsed.home / "rejected",
                progress=lambda rows, name=shown: say("err", t("cli.reading", file=name, rows=rows) + "\r"),
            )
        except Problem as problem:
            failed.append({"file": shown, "error": problem.key, "message": words.sentence(problem)})
            say("err", words.sentence(problem) + "\n")
            continue
        reports.append(report)
        if not parsed.json:
            say("out", _told(report))
    if parsed.json:
        say("out", json.dumps(_summed(reports, failed), ensure_ascii=False) + "\n")
    # a file of which no row could be taken was not imported
    return 1 if failed or any(report.read and report.rejected == report.read for report in reports) else 0


def _profile(parsed: argparse.Namespace, path: Path) -> tuple[Profile, int | None]:
    """The profile that is named, or fits the file best, with what the command line puts right; the header's row too."""
    name = parsed.profile
    if name and name.endswith(".toml"):
        name = str(parsed.cwd / name)
    if name and name != AUTO and not is_corrected(parsed):
        return load_profile(name, parsed.home), parsed.header_row
    seen = recognise(path, parsed.home, profile=name, sheet=parsed.sheet, header_row=parsed.header_row)
    # a header that was guessed has no columns by which it could be found again
    return chosen_profile(parsed, seen), parsed.header_row or seen.outline.header_row or None


def _path(parsed: argparse.Namespace, file: str) -> Path:
    """A file named on the command line; a `~` of nobody stays what it is."""
    try:
        return parsed.cwd / Path(file).expanduser()
    except RuntimeError:
        return parsed.cwd / file


def _summed(reports: list[Report], failed: list[dict[str, str]]) -> dict:
    total: dict = {name: sum(getattr(report, name) for report in reports) for name in ACCOUNT}
    total["seconds"] = round(sum(report.seconds for report in reports), 3)
    total["files"] = [report.as_dict() for report in reports]
    total["failed"] = failed
    return total


def _told(report: Report) -> str:
    lines = [t("cli.report", **{name: getattr(report, name) for name in ("file", *ACCOUNT, "unplaced", "seconds")})]
    lines += [t("cli.report_line", what=t(f"reject.{name}"), count=n) for name, n in report.reasons.items()]
    lines += [t("cli.report_line", what=t(f"note.{name}"), count=n) for name, n in report.notes.items()]
    unlocated = report.unlocated_reasons.items()
    lines += [t("cli.report_line", what=t(f"unlocated.{name}"), count=n) for name, n in unlocated]
    if report.evidence:
        lines.append(t("cli.crs_judged", crs=report.crs, profile=report.profile))
    if report.rejected_file:
        lines.append(t("cli.rejected_file", file=report.rejected_file))
    if report.unused_columns:
        lines.append(t("cli.unused_columns", columns=words.visible(", ".join(report.unused_columns))))
    return "\n".join(lines) + "\n"
