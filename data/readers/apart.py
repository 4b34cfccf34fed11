"""
Run as a process of its own: reads an old workbook (XLS, ODS) and writes its cells as lines of JSON.

A workbook that makes the reading library crash, hang or ask for all the memory
ends this process, not the one that serves. Arguments: the file, bytes of memory,
seconds. It imports nothing of the house, so that it starts at once.
"""

import datetime as dt
import json
import resource
import sys

import python_calamine

Value = str | int | float | bool | dt.time | dt.date | dt.datetime | dt.timedelta


def main() -> None:
    """One line a sheet, then one a row: `{"sheet": ...}`, `[number, cells]`; or `{"problem": ...}`."""
    path, memory, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with open(path, "rb") as file:
            book = python_calamine.CalamineWorkbook.from_filelike(file)
            for sheet in book.sheets_metadata:
                if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet:
                    _write_sheet(book.get_sheet_by_name(sheet.name))
    except python_calamine.PasswordError:
        _write({"problem": "encrypted"})
    except Exception as error:
        # whatever it is, it is said
        _write({"problem": "unreadable", "reason": str(error)[:200]})
    else:
        _write({"end": True})


def _write_sheet(sheet: python_calamine.CalamineSheet) -> None:
    merges = [[top, bottom, left, right] for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()]
    _write({"sheet": sheet.name, "merges": merges})
    if sheet.start is None:
        return
    left = [None] * sheet.start[1]
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [_plain(value) for value in row]
        if any(cell is not None for cell in cells):
            _write([number, left + cells])


def _plain(value: Value) -> str | int | float | bool | None:
    """A cell as JSON has it: times as text, a day alone without its midnight."""
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "milliseconds" if value.microsecond >= 1_000 else "seconds")
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        sign, seconds = "-" if seconds < 0 else "", abs(seconds)
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.time):
        return value.isoformat("seconds")
    return None if value == "" else value


def _write(line: dict | list) -> None:
    sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
