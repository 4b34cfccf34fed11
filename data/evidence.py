"""Coordinates of a file judged by what its own rows say: in which system do they fall where they are said to be?"""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from data import words
from data.area_names import Gazetteer
from data.errors import FileProblem
from data.profiles import STATED, Profile
from data.readers import read_rows
from data.stated import read_stated
from data.store import Store
from geo.coordinates import DEGREES, MINUTES, numbers, pair
from geo.crs import CRS_NAMES, known
from geo.evidence import LEAST_PLACES, Share, Verdict, judge
from geo.readings import MERCATOR, METRES, Reading

AUTO = "auto"
# what a person may choose; '' is what the profile says
CRS_CHOICES = (AUTO, "", *CRS_NAMES)
SWAPPED = "swapped"
# so many rows with a point are looked at; their different points are what is judged
LOOKED_AT = 200_000


def reading_of(name: str) -> Reading:
    """
    The reading a name stands for: `gcj02`, `EPSG:4548`, with `+swapped`, `+minutes` or `+mercator` behind it.

    Raises
    ------
    CrsProblem
        `crs.unknown`: no such coordinate system, or something else behind it.
    """
    crs, *more = name.split("+")
    if set(more) - {SWAPPED, MINUTES, MERCATOR} or len(more) > 2 or {MINUTES, MERCATOR} <= set(more):
        known(name)  # says what is allowed
    found = known(crs)
    notation = next((one for one in more if one != SWAPPED), DEGREES)
    if not isinstance(found, str) and found.is_projected:
        notation = METRES
    return Reading(found if isinstance(found, str) else crs.upper(), SWAPPED in more, notation)


def name_of(reading: Reading) -> str:
    """The name of a reading, as `reading_of` takes it."""
    more = [reading.notation] * (reading.notation in (MINUTES, MERCATOR)) + [SWAPPED] * reading.swapped
    return "+".join((reading.crs, *more))


def raw_points(columns: dict[str, pa.Array], rows: int) -> tuple[np.ndarray, np.ndarray]:
    """
    The two coordinates of each row as numbers, in the file's own system; NaN where there are none.

    Parameters
    ----------
    columns
        Columns of text by field: `lon` and `lat`, or `point` with both in one cell.
    rows
        How many rows the columns have.
    """
    if "lon" in columns and "lat" in columns:
        # packed minutes are unpacked by the reading itself
        return numbers(columns["lon"]), numbers(columns["lat"])
    if "point" in columns:
        return pair(columns["point"])
    return np.full(rows, np.nan), np.full(rows, np.nan)


def judge_file(
    store: Store, path: Path, profile: Profile, *, sheet: str | None = None, header_row: int | None = None
) -> Verdict | None:
    """
    Judge in which coordinate system the points of a file are.

    Parameters
    ----------
    store
        Whose areas and accepted names count.
    path, profile, sheet, header_row
        As for `data.intake.import_file`; the first `LOOKED_AT` rows with a point are looked at.

    Returns
    -------
    verdict
        See `geo.evidence.judge`; None for a file without coordinates, or with none but 0/0 filled in.
    """
    x, y, said = [], [], []
    looked = 0
    options = {name: value for name, value in (("sheet", sheet), ("header_row", header_row)) if value is not None}
    for chunk in read_rows(path, profile.known, **options):
        found = profile.recognise(list(chunk.columns))
        columns = {field: chunk.columns[header] for field, header in found.items()}
        if not ({"lon", "lat"} <= set(columns) or "point" in columns):
            return None
        rows = len(chunk.row_no)
        one, other = raw_points(columns, rows)
        x.append(one)
        y.append(other)
        said += _stated(columns, rows)
        # rows without a point say nothing, however many come first
        looked += int((np.isfinite(one) & np.isfinite(other) & ((one != 0) | (other != 0))).sum())
        if looked >= LOOKED_AT:
            break
    x, y = (np.concatenate(values) if values else np.empty(0) for values in (x, y))
    if not (np.isfinite(x) & np.isfinite(y) & ((x != 0) | (y != 0))).any():
        return None
    areas, positions = _areas_stated(store, said)
    return judge(x, y, stated=positions, areas=areas, outline=_outline(store))


def _stated(columns: dict[str, pa.Array], rows: int) -> list[str]:
    """The areas each row states, from coarse to fine."""
    texts = [columns[name].to_pylist() for name in STATED if name in columns]
    return (
        ["/".join(part.strip() for part in row if part and part.strip()) for row in zip(*texts, strict=True)]
        if texts
        else [""] * rows
    )


def _areas_stated(store: Store, said: list[str]) -> tuple[list[shapely.Geometry], np.ndarray]:
    """The areas that are stated, and for each row the position of its own, -1 where it states none that is known."""
    gazetteer = Gazetteer.of(store.cursor())
    counts = Counter(said)
    counts.pop("", None)
    best: dict[str, int] = {}
    # a file of some year names the areas of that year
    for epoch in reversed(gazetteer.epochs):
        keys = {text: read_stated(gazetteer, text, epoch).key for text in counts}
        keys = {text: key for text, key in keys.items() if key is not None}
        if sum(counts[text] for text in keys) > sum(counts[text] for text in best):
            best = keys
    shapes = store.ask("shapes_by_key", keys=sorted(set(best.values())))
    at = {int(key): position for position, key in enumerate(shapes["area_key"])}
    positions = {text: at[key] for text, key in best.items() if key in at}
    return [shapely.from_wkb(bytes(shape)) for shape in shapes["shape"]], np.array(
        [positions.get(text, -1) for text in said]
    )


def _outline(store: Store) -> tuple[float, float, float, float] | None:
    """The box of everything the store knows."""
    rows = store.cursor().execute("select shape from areas where valid_to is null").fetchall()
    if not rows:
        return None
    return tuple(float(edge) for edge in shapely.total_bounds(shapely.from_wkb([row[0] for row in rows])))


def proven(verdict: Verdict, file: str) -> str:
    """
    The name of the reading that is proven.

    Raises
    ------
    FileProblem
        `file.crs_undecided`: the evidence is too weak; the sentence says what there is.
    """
    if verdict.reading is None:
        raise FileProblem("file.crs_undecided", file=file, said=said(verdict), allowed=", ".join(CRS_NAMES))
    return name_of(verdict.reading)


def reading_name(reading: Reading, lang: str | None = None) -> str:
    """A reading in words."""
    name = words.catalogue(lang or words.language.get()).get(f"crs_choice.{reading.crs}", reading.crs)
    parts = [name, *(words.t(f"reading.{one}", lang) for one in name_of(reading).split("+")[1:])]
    return words.t("scope.and", lang).join(parts)


def said(verdict: Verdict, lang: str | None = None) -> str:
    """A verdict as a sentence, with the figures it rests on."""
    if not verdict.shares:
        return words.t(f"evidence.{verdict.reason}", lang)
    best = verdict.shares[0]
    shown = words.t("evidence.best", lang, **_figures(best, lang))
    rival = next((share for share in verdict.shares if share.reading == verdict.rival), None)
    if rival:
        second = words.t(
            "evidence.rival", lang, **_figures(rival, lang), votes=verdict.votes, against=verdict.rival_votes
        )
        shown = words.t("scope.join", lang).join((shown, second))
    return f"{words.t(f'evidence.{verdict.reason}', lang)} {shown}"


def _figures(share: Share, lang: str | None) -> dict[str, object]:
    # of a few stated areas nothing follows: then the outline decided
    told = share.stated >= LEAST_PLACES
    return {
        "reading": reading_name(share.reading, lang),
        "n": share.stated if told else share.places,
        "inside": share.in_stated if told else share.in_outline,
    }


def shares(verdict: Verdict, lang: str | None = None) -> pd.DataFrame:
    """
    How well each reading fits.

    Returns
    -------
    shares
        One row per reading that leads to places of its own, the best first: `crs`
        (as `reading_of` takes it), `reading` (in words), `places` (different
        ones), `in_stated` and `in_outline` (percent; NaN where none is stated).
    """
    rows = [
        {
            "crs": name_of(share.reading),
            "reading": reading_name(share.reading, lang),
            "places": share.places,
            "in_stated": 100 * share.stated_share,
            "in_outline": 100 * share.outline_share,
        }
        for share in verdict.shares
    ]
    return pd.DataFrame(rows, columns=["crs", "reading", "places", "in_stated", "in_outline"])


def records_of(table: pd.DataFrame) -> list[dict]:
    """`shares` as plain values, None where there is no number."""
    plain = table.astype(object)
    return plain.where(plain.notna(), None).to_dict("records")
