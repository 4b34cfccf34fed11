"""Writing a content into a file of its own, whole or not at all."""

from collections.abc import Callable
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

from pyogrio.errors import DataLayerError, DataSourceError
from xlsxwriter.exceptions import XlsxFileError

from data.errors import ExportProblem
from data.exports.contents import Content
from data.exports.layers import WRITERS
from data.exports.texts import csv_lines
from data.exports.workbook import write_workbook


def write_file(content: Content, kind: str, path: Path, folder: Path) -> None:
    """
    Write a content.

    Parameters
    ----------
    content
        To be written once.
    kind
        csv, xlsx, gpkg or parquet.
    path
        The file, which takes the place of one that is there when it is whole.
    folder
        For what is written on the way, made when it is not there.

    Raises
    ------
    ExportProblem
        `export.unwritten`: the directory does not exist or takes no file, or the disk is full.
    """
    # GDAL wants the ending; the token keeps two writers of one file apart
    part = path.with_name(f".{path.stem[:40]}.{token_hex(4)}.{kind}")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder) as way:
            _writer(kind, Path(way))(content, part)
        part.replace(path)
    except (OSError, XlsxFileError, DataSourceError, DataLayerError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ExportProblem("export.unwritten", file=path.name, reason=reason) from error
    finally:
        part.unlink(missing_ok=True)


def _writer(kind: str, way: Path) -> Callable[[Content, Path], None]:
    if kind == "csv":
        return _write_csv
    if kind == "xlsx":
        return lambda content, path: write_workbook(content, path, way)
    return WRITERS[kind]


def _write_csv(content: Content, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(csv_lines(content))
