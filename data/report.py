"""The report of an import: what became of each of a file's rows."""

from dataclasses import asdict, dataclass, field


@dataclass
class Report:
    """
    What became of one file's rows.

    `read` = `accepted` + `updated` + `unchanged` + `rejected`. `unlocated` counts
    rows, not rejected, without a usable coordinate; `unplaced` those with one
    that lies in no known area. `reasons` counts rejected rows by reason, `notes`
    what was taken in but not as stated, `unlocated_reasons` why points are unusable.
    `crs` is what the coordinates were read as; where that was judged, `evidence`
    holds the shares under each reading, as `data.evidence.shares` gives them.
    """

    file: str
    read: int = 0
    accepted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    unlocated: int = 0
    unplaced: int = 0
    seconds: float = 0.0
    batch: int = 0
    profile: str = ""
    crs: str = ""
    reasons: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)
    unlocated_reasons: dict[str, int] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    unused_columns: list[str] = field(default_factory=list)
    rejected_file: str | None = None
    evidence: list[dict] = field(default_factory=list)

    def as_dict(self) -> dict:
        """The report as plain values."""
        return asdict(self)
