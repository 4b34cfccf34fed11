"""JSON cut into records: one a line, or the elements of an array, wherever in a document the array stands."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from data.errors import FileProblem
from data.readers.chunks import BAD_TEXT
from data.readers.text import Text

# a record of more characters than this is not one
RECORD_LIMIT = 16 << 20
# no word of JSON is longer: true, Infinity, \\u1234
_LONGEST_WORD = 16
# arrays deeper in a document than this are not looked for
DEPTH = 8
_BLANK = re.compile(r"[ \t\r\n\ufeff\x1e]*")
# a string that ends on its line, or a bracket; a quote left open ends with its line, so that the next record is found
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\[^\n])*(?:"|\\?\n|\\?\Z)|[\[\]{}]')
# anything else that stands for an element
_PLAIN = re.compile(r"[^,\]\n]*")
_NEXT = re.compile(r"\}\s*,\s*(?=\{)|\}\s*(?=\])")


class Unreadable(Exception):
    """Text that is no JSON, or JSON that means two things."""


@dataclass(frozen=True)
class Record:
    """
    A record: its number in the file, its value, or else the text that is none.

    `path` are the keys under which its array stands, None where no array is left;
    `length` is how many characters of the file it takes.
    """

    number: int
    value: Any = None
    bad: str | None = None
    path: tuple[str, ...] | None = ()
    length: int = 0


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        for key, value in pairs:
            if found[key] != value:
                raise Unreadable(key)
    return found


def _float(text: str) -> str:
    # a ticket number that a program made a float: 2501.0 is 2501
    return text.removesuffix(".0")


# numbers stay as they are written; what is no number is no value
_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=str, parse_float=_float, parse_constant=lambda _: None, strict=False
)


def is_json(beginning: str) -> bool:
    """True when a text begins like JSON: an object with a key, or an array of objects or arrays."""
    return re.match(r'[\s\ufeff\x1e]*(\{\s*["}]|\[\s*[{\[\]])', beginning) is not None


def is_lines(beginning: str, whole: bool) -> bool:
    """True when most lines of a text are objects by themselves; of one line, when no array of objects is in it."""
    lines = [line.strip(" \t\r\n\ufeff\x1e") for line in beginning.split("\n")]
    lines = [line for line in (lines if whole else lines[:-1]) if line][:20]
    if not lines or not lines[0].startswith("{"):
        return False
    good = 0
    for line in lines:
        try:
            value = decode(line)
        except Unreadable:
            continue
        good += isinstance(value, dict)
        if len(lines) == 1 and _has_array(value, DEPTH):
            return False
    return 2 * good >= len(lines) and good > 0


def _has_array(value: Any, depth: int) -> bool:
    if isinstance(value, list):
        return bool(value) and isinstance(value[0], dict)
    return isinstance(value, dict) and depth > 0 and any(_has_array(one, depth - 1) for one in value.values())


def decode(text: str) -> Any:
    """
    The value of a text of JSON; numbers as they are written, NaN as nothing.

    Raises
    ------
    Unreadable
        The text is no JSON, or gives a key two values.
    """
    try:
        value, end = _DECODER.raw_decode(text, _BLANK.match(text).end())
    except (ValueError, RecursionError, Unreadable) as error:
        raise Unreadable from error
    if _BLANK.match(text, end).end() < len(text):
        raise Unreadable
    return value


def line_records(path: Path) -> Iterator[Record]:
    """One record a line; a blank line is none, but counts."""
    rest, number = "", 0
    for block in Text(path).blocks():
        lines = (rest + block.decode()).split("\n")
        rest = lines.pop()
        if len(rest) > RECORD_LIMIT:
            raise FileProblem("file.long_line", file=path.name, limit_mib=RECORD_LIMIT >> 20)
        for line in lines:
            number += 1
            if line.strip():
                yield _record(number, line)
    if rest.strip():
        yield _record(number + 1, rest)


def _record(number: int, text: str) -> Record:
    try:
        return Record(number, decode(text), length=len(text) + 1)
    except Unreadable:
        return Record(number, bad=text.strip()[:BAD_TEXT], length=len(text) + 1)


def array_records(path: Path) -> Iterator[Record]:
    """
    The elements of every array of objects in a document that does not stand in another such array.

    They are numbered from 1. An element that is no JSON is skipped
    to its end; where a file is cut off, what is left is the last record.
    """
    yield from _Cursor(path).records()


def object_records(path: Path) -> Iterator[Record]:
    """The objects of a document that holds no array of them, one after the other; of a short one only."""
    text = ""
    for block in Text(path).blocks():
        text += block.decode()
        if len(text) > RECORD_LIMIT:
            return
    at, number = _BLANK.match(text).end(), 0
    while at < len(text):
        number += 1
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError, Unreadable):
            yield Record(number, bad=text[at:][:BAD_TEXT])
            return
        yield Record(number, value)
        at = _BLANK.match(text, end).end()


class _Cursor:
    """A place in a document that is read block by block."""

    def __init__(self, path: Path) -> None:
        self._file = path.name
        self._blocks = (block.decode() for block in Text(path).blocks())
        self._text, self._at = "", 0
        # how many characters the last value took
        self._length = 0
        # how many records were found under each path
        self._found: Counter[tuple[str, ...]] = Counter()

    def records(self) -> Iterator[Record]:
        """The records of the whole document; where its frame is broken, the rest is one."""
        try:
            while self._next():
                yield from self._value((), DEPTH)
        except Unreadable:
            yield Record(0, bad=self._text[self._at :][:BAD_TEXT], path=None)

    def _value(self, path: tuple[str, ...], depth: int) -> Iterator[Record]:
        """The records within the value that begins here; it is passed over."""
        first = self._next()
        if first == "{" and depth:
            yield from self._object(path, depth)
        elif first == "[" and (not path or self._after() == "{"):
            yield from self._elements(path)
        else:
            self._decoded()

    def _object(self, path: tuple[str, ...], depth: int) -> Iterator[Record]:
        self._at += 1
        while (first := self._next()) != "}":
            if not first:
                return  # cut off, but behind the last array
            if first == ",":
                self._at += 1
                continue
            key = self._decoded() if first == '"' else None
            if key is None or self._next() != ":":
                raise Unreadable
            self._at += 1
            yield from self._value((*path, key), depth - 1)
        self._at += 1

    def _elements(self, path: tuple[str, ...]) -> Iterator[Record]:
        self._at += 1
        while (first := self._next()) != "]":
            if first == ",":
                self._at += 1
                continue
            self._found[path] += 1
            number = self._found[path]
            if not first:
                # cut off between two elements
                yield Record(number, bad="", path=path)
                return
            try:
                value = self._decoded()
                yield Record(number, value, path=path, length=self._length + 1)
            except Unreadable:
                start = self._at
                self._at = self._end()
                yield Record(number, bad=self._text[start : min(self._at, start + BAD_TEXT)], path=path)
                if not self._next():
                    return
        self._at += 1

    def _more(self) -> bool:
        """Read on; False at the end."""
        block = next(self._blocks, "")
        self._text, self._at = self._text[self._at :] + block, 0
        return bool(block)

    def _next(self) -> str:
        """The next character that is no blank, "" at the end."""
        while True:
            self._at = _BLANK.match(self._text, self._at).end()
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _after(self) -> str:
        """The character, not blank, after the one that stands here."""
        while True:
            place = _BLANK.match(self._text, self._at + 1).end()
            if place < len(self._text):
                return self._text[place]
            if not self._more():
                return ""

    def _decoded(self) -> Any:
        """The value that begins here; it is passed over, but not when it cannot be read."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except (ValueError, RecursionError, Unreadable) as error:
                if self._cut_off(error) and self._within() and self._more():
                    continue
                raise Unreadable from error
            # a number at the end of a block may go on
            if end == len(self._text) and self._within() and self._more():
                continue
            self._length = end - self._at
            self._at = end
            return value

    def _cut_off(self, error: Exception) -> bool:
        """True when a fault may only say that the text at hand ends."""
        if not isinstance(error, JSONDecodeError):
            return False
        return error.msg.startswith("Unterminated") or error.pos > len(self._text) - _LONGEST_WORD

    def _within(self) -> bool:
        return len(self._text) - self._at <= RECORD_LIMIT

    def _closing(self) -> int:
        """Where the brackets that open here are closed; 0 where that is not in sight, -1 where they do not match."""
        opened: list[str] = []
        for found in _TOKEN.finditer(self._text, self._at):
            one = found[0]
            if one[0] == '"':
                if found.end() == len(self._text) and (len(one) == 1 or one[-1] != '"'):
                    return 0
            elif one in "{[":
                opened.append(one)
            elif not opened or opened.pop() + one not in ("{}", "[]"):
                return -1
            if not opened:
                return found.end()
        return 0

    def _end(self) -> int:
        """Where an element ends that cannot be read: at its bracket, else before what looks like the next one."""
        if self._text[self._at] not in "{[":
            return max(_PLAIN.match(self._text, self._at).end(), self._at + 1)
        while True:
            end = self._closing()
            if end <= 0 and (found := _NEXT.search(self._text, self._at)):
                end = found.start() + 1
            if end > 0:
                return end
            if not self._within():
                raise FileProblem("file.long_line", file=self._file, limit_mib=RECORD_LIMIT >> 20)
            if not self._more():
                return len(self._text)
