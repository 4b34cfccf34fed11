"""The import of one file as a job: what the page and the watched folders hand to the queue."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from data.intake import import_file
from data.jobs import Tell
from data.profiles import profile_of
from data.store import Store
from data.uploads import drop_upload


def work(store: Store, home: Path, params: dict[str, Any], tell: Tell, now: Callable[[], datetime]) -> dict[str, Any]:
    """
    Import the file a job names.

    Parameters
    ----------
    params
        `file` (path), `profile` (a table as `Profile.as_table` gives it), and
        optionally `crs`, `sheet`, `header_row`, `rows` (how many are expected).
        A file in the home's uploads is removed once its rows are stored.

    Returns
    -------
    report
        `data.intake.Report` as plain values.

    Raises
    ------
    FileProblem
        The file cannot be taken in; the store is as it was, the file stays.
    Cancelled
        A person ended it; the store is as it was.
    """
    path = Path(params["file"])
    expected = params.get("rows") or 0

    def progress(rows: int) -> None:
        # the rows are read in the first four fifths of the time
        tell(0.8 * min(rows / expected, 1.0) if expected else 0.4, "manage.reading", rows=rows)

    tell(0.0, "manage.reading", rows=0)
    report = import_file(
        store,
        path,
        profile_of(params["profile"], str(params["profile"].get("name", ""))),
        crs=params.get("crs"),
        imported_at=now(),
        rejected_folder=home / "rejected",
        progress=progress,
        **{name: params[name] for name in ("sheet", "header_row") if params.get(name) is not None},
    )
    drop_upload(home, path)
    return report.as_dict()
