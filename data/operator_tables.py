"""Small tables an operator keeps by hand, read by the headers that are asked for."""

from collections.abc import Iterator
from pathlib import Path

from data.errors import FileProblem
from data.readers import normal, read_rows


def table_rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...], str]]:
    """
    The rows of a table, only the columns that are asked for.

    Parameters
    ----------
    path
        CSV (UTF-8, UTF-16 with mark, GB18030; gzipped or not) or Parquet.
    columns
        Headers, at least two; case, blanks and brackets do not matter.

    Yields
    ------
    row
        Number of the row in the file, its cells in the order of `columns` ('' where
        empty), and why it could not be read: '' for a good row, else a key of the
        section `reject` of the catalogues, with as many empty cells.

    Raises
    ------
    FileProblem
        The file cannot be read, or has no header row with these columns.
    """
    wanted = [normal(column) for column in columns]
    try:
        for chunk in read_rows(path, frozenset(wanted)):
            found = {normal(header): values for header, values in reversed(chunk.columns.items())}
            if not set(wanted) <= set(found):
                raise _without(path, columns, ", ".join(chunk.columns))
            cells = zip(*(found[name].to_pylist() for name in wanted), strict=True)
            for row_no, row in zip(chunk.row_no, cells, strict=True):
                yield int(row_no), tuple((cell or "").strip() for cell in row), ""
            for row_no, reason, _ in chunk.bad:
                yield row_no, ("",) * len(columns), reason
    except FileProblem as problem:
        if problem.key != "file.no_header":
            raise
        raise _without(path, columns, str(problem.values["columns"])) from problem


def _without(path: Path, columns: tuple[str, ...], seen: str) -> FileProblem:
    return FileProblem("file.no_such_columns", file=path.name, columns=", ".join(columns), seen=seen[:300])
