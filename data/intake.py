"""
Intake: a file of complaints becomes events, complaints and work orders, and every row is accounted for.

rows read = accepted + updated + unchanged + rejected. All of a file is stored,
or nothing of it.
"""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from data.evidence import AUTO, judge_file, proven, records_of, shares
from data.masking import Masker
from data.merging import KINDS, account, merge, recount
from data.profiles import Profile
from data.readers import read_rows
from data.rejects import Rejects, settle
from data.report import Report
from data.staging import Staging
from data.store import Store
from data.words import visible

__all__ = ["KINDS", "Report", "account", "import_file", "merge", "recount"]


def import_file(
    store: Store,
    path: Path,
    profile: Profile,
    *,
    crs: str | None = None,
    sheet: str | None = None,
    header_row: int | None = None,
    imported_at: datetime,
    rejected_folder: Path | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """
    Take a file of complaints into the store.

    A row is known by (source, ticket number); a file without a ticket column gets
    numbers from the row's own content. Of rows with the same ticket and unit the
    last decides, by `updated_at` where the source states it. Caller names, phones
    and identity numbers are hashed and masked before anything is stored, in the
    file of rejected rows too.

    Parameters
    ----------
    store
        An open store.
    path
        A file that `data.readers` reads.
    profile
        What the file's columns mean.
    crs
        Coordinate system of the file's points, as `data.evidence.reading_of` takes
        it; `auto` has it judged by the areas the rows state; the profile's when omitted.
    sheet, header_row
        As for `data.readers.read_rows`.
    imported_at
        Now. Times after it do not move the data's own time.
    rejected_folder
        Where rejected rows are kept, one file per import; None keeps only their number.
    progress
        Called with the number of rows read so far, and again between the steps
        that follow. What it raises ends the import: the store is as it was.

    Returns
    -------
    report
        Every row of the file in exactly one of accepted, updated, unchanged, rejected.

    Raises
    ------
    FileProblem
        The file cannot be read, or it holds coordinates and nobody says in which
        system, or the evidence for one is too weak. The store is as it was.
    """
    started = time.perf_counter()
    masker = Masker(store.key)
    report = Report(visible(masker.text(path.name) or path.name), profile=profile.name)
    # what is not said is the reader's own choice
    options = {name: value for name, value in (("sheet", sheet), ("header_row", header_row)) if value is not None}
    crs = _system(store, path, profile, crs, options, report)
    with Rejects(rejected_folder) as rejects, store.write() as cursor:
        stored = {batch for (batch,) in cursor.execute("select batch_id from batches").fetchall()}
        if rejected_folder:
            settle(rejected_folder, stored)
        report.batch = max(stored, default=0) + 1
        rejects.name = f"batch-{report.batch:05d}.csv"
        staging = Staging(cursor, profile, crs, masker, report, rejects)
        staging.take(read_rows(path, profile.known, **options), path, progress)
        merge(cursor, profile.source, report, imported_at, lambda: progress(report.read))
        report.seconds = round(time.perf_counter() - started, 3)
        report.rejected_file = rejects.path
        account(cursor, profile.source, report, imported_at)
        rejects.keep_when_done()
    report.seconds = round(time.perf_counter() - started, 3)
    return report


def _system(store: Store, path: Path, profile: Profile, crs: str | None, options: dict, report: Report) -> str | None:
    """The coordinate system to read the points in; where it is judged, the evidence goes into the report."""
    if (crs or profile.crs) != AUTO:
        report.crs = crs or profile.crs
        return crs
    verdict = judge_file(store, path, profile, **options)
    if verdict is None:
        return "wgs84"  # no coordinates: nothing is read in it
    report.evidence = records_of(shares(verdict))
    report.crs = proven(verdict, path.name)
    return report.crs
