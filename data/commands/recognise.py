"""`recognise FILE`: what a file is taken for, before anything of it is stored."""

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from data import words
from data.commands.columns import add_columns, chosen_profile
from data.commands.tables import as_table
from data.evidence import records_of, said, shares
from data.preview import Preview, preview
from data.recognition import Recognition, recognise
from data.store import Store
from data.words import t


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command line may say."""
    parser.add_argument("file", metavar="FILE", help=t("cli.files"))
    add_columns(parser)
    parser.add_argument("--json", action="store_true", help=t("cli.json"))


def recognise_file(parsed: argparse.Namespace, store: Store, say: Callable[[str, str], None]) -> int:
    """Say what a file is taken for, what of it would not be understood, and in which system its points are."""
    path = parsed.cwd / Path(parsed.file).expanduser()
    seen = recognise(path, parsed.home, profile=_name(parsed), sheet=parsed.sheet, header_row=parsed.header_row)
    profile = chosen_profile(parsed, seen)
    if "received_at" not in profile.recognise(list(seen.outline.headers)):
        say("err", t("cli.say_time", headers=words.visible(", ".join(seen.outline.headers))) + "\n")
        return 1
    found = preview(
        store, path, profile, crs=parsed.crs or None, sheet=parsed.sheet, header_row=parsed.header_row,
            )  # fmt: skip
    if parsed.json:
        say("out", json.dumps(_plain(seen, profile.name, found), ensure_ascii=False, default=str) + "\n")
    else:
        say("out", _told(seen, profile.name, found))
    return 0


def _name(parsed: argparse.Namespace) -> str | None:
    name = parsed.profile
    return str(parsed.cwd / name) if name and name.endswith(".toml") else name


def _plain(seen: Recognition, profile: str, found: Preview) -> dict:
    """Everything as plain values; texts of the file itself are not repeated, but for its headers."""
    out = asdict(seen.outline)
    out.pop("sample")
    fields = found.fields.to_dict("records")
    answer = {"file": out, "profile": profile, "fits": dict(seen.fits), "columns": fields, "unused": list(seen.unused)}
    answer |= {"read": found.read, "rejected": found.rejected, "reasons": found.reasons, "known": found.known}
    answer |= {"repeated": found.repeated, "notes": found.notes}
    if found.verdict is not None:
        answer["crs"] = {
            "reason": found.verdict.reason,
            "sentence": said(found.verdict),
            "shares": records_of(shares(found.verdict)),
        }
    return answer


def _told(seen: Recognition, profile: str, found: Preview) -> str:
    out = seen.outline
    facts = [out.format, out.encoding or "", f"{out.rows:,} {t('report.rows')}" if out.rows is not None else ""]
    facts += [t("manage.fact_header", row=out.header_row) if out.header_row else ""]
    others = [sheet.name for sheet in out.sheets if sheet.name != out.sheet]
    if others:
        facts.append(t("cli.sheets", sheet=words.visible(out.sheet), others=words.visible(", ".join(others))))
    lines = [
        " · ".join(fact for fact in facts if fact),
        t("cli.best_profile", name=profile, n=dict(seen.fits).get(profile, len(seen.columns))),
    ]
    rows = [
        {**row, "field": t(f"field.{row['field']}"), "example": words.visible(row["example"])[:40]}
        for row in found.fields.to_dict("records")
    ]
    lines.append(as_table(rows, "recognise").rstrip("\n"))
    unused = [header for header in out.headers if header not in set(found.fields["header"])]
    if unused:
        lines.append(t("cli.unused_columns", columns=words.visible(", ".join(unused))))
    lines.append(t("manage.preview_rejected", of=found.read, good=found.read - found.rejected, bad=found.rejected))
    lines += [t("cli.report_line", what=t(f"reject.{name}"), count=n) for name, n in found.reasons.items()]
    if found.known or found.repeated:
        lines.append(t("manage.preview_known", known=found.known, twice=found.repeated))
    if found.verdict is not None:
        lines.append(said(found.verdict))
    return "\n".join(lines) + "\n"
