"""What `import` and `recognise` take on the command line to say how a file is to be read."""

import argparse

from data.errors import Problem, ProfileProblem
from data.evidence import AUTO, name_of, reading_of
from data.profiles import FIELDS, Profile, profile_of, save_profile
from data.recognition import Recognition, corrected, kept_as
from data.words import sentence, t


def add_columns(parser: argparse.ArgumentParser) -> None:
    """The profile, the place of the table, and columns put right by hand."""
    parser.add_argument("--profile", metavar="NAME|FILE.toml", help=t("cli.profile"))
    parser.add_argument(
        "--crs", type=system, metavar=f"{AUTO}|wgs84|gcj02|bd09|cgcs2000|EPSG:n", help=t("cli.crs_auto")
    )
    parser.add_argument("--sheet", metavar="NAME", help=t("cli.sheet"))
    parser.add_argument("--header-row", type=_row, metavar="N", help=t("cli.header_row"))
    parser.add_argument("--column", action="append", default=[], metavar="FIELD=HEADER", help=t("cli.column"))
    parser.add_argument("--source", metavar="NAME", help=t("cli.source_name"))
    parser.add_argument("--timezone", metavar="ZONE", help=t("cli.timezone"))


def system(text: str) -> str:
    """A coordinate system as a command line may say it."""
    try:
        return text if text in (AUTO, "") else name_of(reading_of(text))
    except Problem as problem:
        raise argparse.ArgumentTypeError(sentence(problem)) from problem


def _row(text: str) -> int:
    if not (text.isdecimal() and len(text) < 6 and int(text)):
        raise argparse.ArgumentTypeError(t("cli.bad_count", value=text[:40]))
    return int(text)


def is_corrected(parsed: argparse.Namespace) -> bool:
    """True when the command line says more than a profile's name."""
    return bool(parsed.column or parsed.source or parsed.timezone or getattr(parsed, "save_profile", None))


def chosen_profile(parsed: argparse.Namespace, seen: Recognition) -> Profile:
    """
    The profile that was recognised, with what the command line puts right.

    `FIELD=` takes a column away from a field. With `--save-profile` it is kept in the home.

    Raises
    ------
    ProfileProblem
        A field or header that does not exist, or a time zone.
    """
    if not is_corrected(parsed):
        return seen.profile
    columns = dict(seen.columns)
    for text in parsed.column:
        field, _, header = text.partition("=")
        if field not in FIELDS:
            raise ProfileProblem("profile.field", name=seen.profile.name, value=field, allowed=", ".join(FIELDS))
        if header and header not in seen.outline.headers:
            allowed = ", ".join(seen.outline.headers)
            raise ProfileProblem("profile.header", value=header, allowed=allowed)
        columns = {own: other for own, other in columns.items() if own != field and other != header}
        if header:
            columns[field] = header
    kept = getattr(parsed, "save_profile", None)
    profile = corrected(seen.profile, columns, source=parsed.source, timezone=parsed.timezone)
    if kept:
        profile = kept_as(profile, kept, crs=parsed.crs)
    profile = profile_of(profile.as_table(), profile.name)
    if kept:
        save_profile(profile, parsed.home)
    return profile
