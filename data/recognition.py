"""What a file of an unknown system is taken for: its header, which column is which field, whose profile fits it."""

from dataclasses import dataclass, replace
from pathlib import Path

from data.dates import ordered_formats, ordered_like
from data.personal import looks_personal
from data.profiles import AUTO, AUTO_CRS, TIMES, Profile, load_profile, saved, shipped
from data.readers import Outline, normal, outline, read_rows
from geo.crs import CRS_NAMES

# so many times are looked at for the order of day and month
LOOKED_AT = 100_000


@dataclass(frozen=True)
class Recognition:
    """
    A file, and what it is taken for.

    `outline` says what the file is; `profile` is the one that fits it best,
    `fits` how many of the file's columns each profile knows, the best first;
    `columns` gives the header of each field that was recognised, `unused` the
    other headers, `personal` those among them that look like somebody's own.
    """

    outline: Outline
    profile: Profile
    fits: tuple[tuple[str, int], ...]
    columns: dict[str, str]
    unused: tuple[str, ...]
    personal: tuple[str, ...]


def recognise(
    path: Path, home: Path, *, profile: str | None = None, sheet: str | None = None, header_row: int | None = None
) -> Recognition:
    """
    What a file is taken for.

    Parameters
    ----------
    path
        Any file that `data.readers` reads.
    home
        Whose saved profiles are tried too.
    profile
        The profile to use. When omitted the one that knows most of the columns,
        the alias dictionary only when no other knows the ticket number and the
        time of receipt: a source must not change its name with a new column.
        Of equal ones a saved profile wins over a shipped one.
    sheet, header_row
        Where the table stands, when the guess is wrong.

    Raises
    ------
    FileProblem
        The file cannot be read at all.
    ProfileProblem
        No such profile.
    """
    names = [*saved(home), *(name for name in shipped() if name != AUTO), AUTO]
    profiles = {name: load_profile(name, home) for name in names}
    if profile is not None and profile not in profiles:
        profiles[profile] = load_profile(profile, home)
    known = frozenset().union(*(one.known for one in profiles.values()))
    seen = outline(path, sheet=sheet, header_row=header_row, known=known)
    found = {name: one.recognise(list(seen.headers)) for name, one in profiles.items()}
    fits = tuple(sorted(((name, len(columns)) for name, columns in found.items()), key=lambda fit: _order(found, *fit)))
    chosen = profile or fits[0][0]
    columns = found[chosen]
    unused = tuple(header for header in seen.headers if header not in columns.values())
    personal = tuple(header for header in unused if looks_personal(header))
    return Recognition(seen, _in_order(path, profiles[chosen], seen, columns), fits, columns, unused, personal)


def _in_order(path: Path, profile: Profile, seen: Outline, columns: dict[str, str]) -> Profile:
    """The profile with the order of day and month that the file's own times tell, where the profile says none."""
    headers = [header for field, header in columns.items() if field in TIMES]
    if any(form.startswith(("%m", "%d")) for form in profile.time_formats):
        return profile
    if not ordered_like(row.get(header) for row in seen.sample for header in headers):
        return profile
    options = {"sheet": seen.sheet or None, "header_row": seen.header_row or None}
    texts: list[str | None] = []
    for chunk in read_rows(path, profile.known, **options):
        for header in headers:
            texts += chunk.columns[header].to_pylist() if header in chunk.columns else []
        if len(texts) >= LOOKED_AT:
            break
    return replace(profile, time_formats=(*ordered_formats(texts), *profile.time_formats))


def kept_as(profile: Profile, name: str, *, crs: str | None = None) -> Profile:
    """
    A profile to be saved under a name of its own.

    It knows the headers that were chosen and no other names for them: with all of
    the dictionary's it would fit files of every other system too.
    """
    columns = {field: headers[:1] for field, headers in profile.columns.items()}
    keep = crs if crs in (AUTO_CRS, *CRS_NAMES) else profile.crs
    return replace(profile, name=name, columns=columns, crs=keep)


def _order(found: dict[str, dict[str, str]], name: str, count: int) -> tuple[bool, bool, int]:
    """Profiles that can take the file in come first, among them those that know most."""
    fits = "received_at" in found[name]
    if name != AUTO:  # a profile that knows the half of what can be known is not of this system
        fits = fits and "ticket_no" in found[name] and 2 * count >= len(found[AUTO])
    # the dictionary knows at least what any other knows
    return (not fits, name == AUTO, -count)


def corrected(
    profile: Profile,
    columns: dict[str, str],
    *,
    name: str | None = None,
    source: str | None = None,
    crs: str | None = None,
    timezone: str | None = None,
) -> Profile:
    """
    A profile with the columns as a person put them.

    Parameters
    ----------
    profile
        What was recognised; its codes, time formats and further names of the columns stay.
    columns
        Header by field. A field that is not named here is not read from such files any more.
    name, source, crs, timezone
        Said anew, or as they were.

    Returns
    -------
    profile
        One that recognises just these columns in the file.
    """
    taken = {normal(header) for header in columns.values()}
    kept = {
        field: (header, *(other for other in profile.columns.get(field, ()) if normal(other) not in taken))
        for field, header in columns.items()
    }
    said = {"name": name, "source": source, "crs": crs, "timezone": timezone}
    return replace(profile, columns=kept, **{key: value for key, value in said.items() if value is not None})
