"""A content as CSV for table programs: UTF-8 with mark, headers and codes in words, no cell a formula."""

import csv
import io
from collections.abc import Iterable, Iterator

import pandas as pd

from data.exports.contents import Content
from data.exports.values import header, plain, shown
from data.questions import TEXT, Column
from data.tables import unformula


def csv_lines(content: Content) -> Iterator[str]:
    """The file in pieces: the line of headers first, then a piece for each page, last the row of the total."""
    yield "\ufeff" + _csv([[header(column, content.lang) for column in content.columns]])
    for page in content.read():
        yield _csv(_rows(content, page))
    if content.total is not None:
        yield _csv(_rows(content, content.total))


def _rows(content: Content, page: pd.DataFrame) -> Iterable[tuple[str, ...]]:
    return zip(*(_cells(content, page, column) for column in content.columns), strict=True)


def _cells(content: Content, page: pd.DataFrame, column: Column) -> list[str]:
    if column.name not in page:
        return [""] * len(page)
    texts = shown(plain(page[column.name], column.type), column, content.lang)
    return [unformula(text) for text in texts] if column.type == TEXT else texts


def _csv(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
