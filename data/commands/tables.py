"""Rows as text for a terminal, Chinese characters counted as two columns wide."""

import unicodedata

from data.words import visible

LIMIT = 44


def as_table(rows: list[dict], name: str) -> str:
    """
    Rows as an aligned table; one row, or a row with many columns, as a list of its values.

    Parameters
    ----------
    rows
        Plain values by column, None where there is no data (shown as a dash).
    name
        Shown when there are no rows.
    """
    if not rows:
        return f"{name}: -\n"
    columns = [column for column in rows[0] if any(row[column] is not None for row in rows)]
    if len(rows) <= 3:
        width, limit = max(map(len, columns)), LIMIT if len(rows) > 1 else 400
        return "".join(
            f"{column:<{width}}  "
            + "  ".join(_cut(_said(row[column], 5 if column in ("lon", "lat") else 1), limit) for row in rows)
            + "\n"
            for column in columns
        )
    cells = [columns] + [
        [_cut(_said(row[column], 5 if column in ("lon", "lat") else 1), LIMIT) for column in columns] for row in rows
    ]
    widths = [max(_wide(line[i]) for line in cells) for i in range(len(columns))]
    return "".join(
        "  ".join(cell + " " * (width - _wide(cell)) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n"
        for line in cells
    )


def _said(value: object, digits: int) -> str:
    if value is None:
        return "-"
    return f"{value:.{digits}f}" if isinstance(value, float) else " ".join(visible(str(value)).split())


def _wide(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
