"""Workbooks made by hand: old XLS records in their container, ODS, and XLSX parts as they are written."""

import io
import struct
import zipfile
from datetime import datetime

# what a cell of an XLS may be, beside texts, numbers, flags and times
ERROR = object()
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def xls(sheets, merges=(), *, codepage=1200):
    """An XLS (BIFF8) of {name: rows}; `merges` are (row, row, column, column) from 0, on every sheet."""
    streams = [_sheet(rows, merges) for rows in sheets.values()]
    globals_length = len(_globals(sheets, [0] * len(sheets), codepage))
    offsets = [globals_length + sum(map(len, streams[:i])) for i in range(len(streams))]
    return ole(_globals(sheets, offsets, codepage) + b"".join(streams))


def _record(kind, data):
    return struct.pack("<HH", kind, len(data)) + data


def _globals(sheets, offsets, codepage):
    out = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6))
    out += _record(0x0042, struct.pack("<H", codepage)) + _record(0x0022, struct.pack("<H", 0))
    # two formats: as it is, and a time
    for number_format in (0, 22):
        out += _record(0x00E0, struct.pack("<HHHBBBBIIH", 0, number_format, 1, 0x20, 0, 0, 0, 0, 0, 0x20C0))
    for name, offset in zip(sheets, offsets, strict=True):
        out += _record(0x0085, struct.pack("<IBBBB", offset, 0, 0, len(name), 1) + name.encode("utf-16-le"))
    return out + _record(0x000A, b"")


def _sheet(rows, merges):
    out = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))
    out += _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows), default=0), 0))
    for r, row in enumerate(rows):
        out += b"".join(_cell(r, c, value) for c, value in enumerate(row))
    if merges:
        out += _record(
            0x00E5, struct.pack("<H", len(merges)) + b"".join(struct.pack("<4H", *merge) for merge in merges)
        )
    return out + _record(0x000A, b"")


def _cell(r, c, value):
    if value is None:
        return b""
    if value is ERROR:
        return _record(0x0205, struct.pack("<HHHBB", r, c, 0, 0x2A, 1))
    if isinstance(value, bool):
        return _record(0x0205, struct.pack("<HHHBB", r, c, 0, value, 0))
    if isinstance(value, datetime):
        return _record(0x0203, struct.pack("<HHHd", r, c, 1, serial(value)))
    if isinstance(value, (int, float)):
        return _record(0x0203, struct.pack("<HHHd", r, c, 0, value))
    return _record(0x0204, struct.pack("<HHHHB", r, c, 0, len(value), 1) + value.encode("utf-16-le"))


def serial(moment):
    """The days since 1899-12-30, as table programs keep a time."""
    return (moment - datetime(1899, 12, 30)).total_seconds() / 86_400


def ole(stream, name="Workbook"):
    """The container of old Office files, with one stream in it."""
    stream += b"\0" * max(0, 4096 - len(stream)) + b"\0" * (-max(len(stream), 4096) % 512)
    sectors = len(stream) // 512
    fats = 1
    while fats * 128 < sectors + 1 + fats:
        fats += 1
    table = [*range(1, sectors), _END, _END, *[_FAT] * fats]
    table += [_FREE] * (fats * 128 - len(table))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, fats, sectors, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109I", *[sectors + 1 + i if i < fats else _FREE for i in range(109)])
    directory = (
        _entry("Root Entry", 5, 1, _END, 0) + _entry(name, 2, _FREE, 0, len(stream)) + _entry("", 0, _FREE, 0, 0) * 2
    )
    return header + stream + directory + struct.pack(f"<{len(table)}I", *table)


def _entry(name, kind, child, start, size):
    text = name.encode("utf-16-le")
    length = len(text) + 2 if name else 0
    return struct.pack("<64sHBBIII16xI8x8xIQ", text, length, kind, 1, _FREE, _FREE, child, 0, start, size)


def ods(sheets):
    """An ODS of {name: rows of texts or floats}."""
    tables = ""
    for name, rows in sheets.items():
        cells = "".join("<table:table-row>" + "".join(map(_ods_cell, row)) + "</table:table-row>" for row in rows)
        tables += f'<table:table table:name="{name}">{cells}</table:table>'
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
            "content.xml": '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
            ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
            ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
            f"{tables}</office:spreadsheet></office:body></office:document-content>",
        }
    )


def _ods_cell(value):
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, float):
        said = f'office:value-type="float" office:value="{value}"'
    else:
        said = 'office:value-type="string"'
    return f"<table:table-cell {said}><text:p>{value}</text:p></table:table-cell>"


def packed(parts):
    """Parts as a ZIP."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return out.getvalue()
