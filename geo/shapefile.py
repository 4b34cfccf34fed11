"""
Shapefiles as they come: packed under names nobody can read, their texts in an encoding nobody states.

A Shapefile is several files of one name. They are brought under a plain name of
ours, so that GDAL sees nothing else, and the encoding of the texts is settled
here: GDAL would take Latin-1, which turns Chinese names into rubbish.
"""

import shutil
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from geo.errors import BoundaryProblem

# the largest content of a packed file that is opened
MOST_BYTES = 512 * 1024**2
# and no more than this times its packed size, once it is past what any laptop bears
MOST_RATIO, FREE_BYTES = 100, 64 * 1024**2
MOST_MEMBERS = 10_000
CHUNK = 1024**2
SIDE_FILES = (".shp", ".shx", ".dbf", ".prj", ".cpg")
# what a .cpg or a caller may name -> the codec; GB18030 holds all of GBK and GB2312
ENCODINGS = {
    **dict.fromkeys(("utf-8", "utf8", "65001"), "utf-8"),
    **dict.fromkeys(("gb18030", "gbk", "gb2312", "936", "cp936", "ansi 936", "euc-cn", "54936"), "gb18030"),
    **dict.fromkeys(("big5", "950", "cp950", "ansi 950", "big5-hkscs"), "big5hkscs"),
    **dict.fromkeys(("latin-1", "latin1", "iso-8859-1", "iso 8859-1", "88591", "8859-1"), "ISO-8859-1"),
    **dict.fromkeys(("1252", "cp1252", "ansi 1252", "windows-1252"), "cp1252"),
}
# the code pages that byte 29 of a table can name, as far as they are met here; 0x57 says only "not DOS"
_CODE_PAGES = {0x03: "cp1252", 0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "big5hkscs", 0x78: "big5hkscs"}
# tried in this order where nothing is declared: text that is valid UTF-8 is UTF-8
_TRIED = ("utf-8", "gb18030")


@dataclass(frozen=True)
class Unpacked:
    """A Shapefile under a plain name, and the codec of its texts (None: GDAL's own guess)."""

    target: Path
    encoding: str | None


def members(archive: zipfile.ZipFile, path: Path) -> dict[str, dict[str, zipfile.ZipInfo]]:
    """
    The Shapefiles of a zip.

    Parameters
    ----------
    archive
        An open zip.
    path
        The file it came from, for what is said about it.

    Returns
    -------
    layers
        The name of each (its path in the zip where two share a name), in order, with its files by ending.

    Raises
    ------
    BoundaryProblem
        `boundaries.too_large`, if the zip holds more files than anybody packs.
    """
    if len(archive.infolist()) > MOST_MEMBERS:
        raise too_large(path)
    stems: dict[str, dict[str, zipfile.ZipInfo]] = {}
    for one in archive.infolist():
        place = PurePosixPath(member_name(one))
        # what a mac adds beside each file
        if one.is_dir() or "__MACOSX" in place.parts or place.name.startswith("._"):
            continue
        if place.suffix.lower() in SIDE_FILES:
            # "a.SHP" and "A.dbf" are one
            stems.setdefault(str(place.with_suffix("")).casefold(), {}).setdefault(place.suffix.lower(), one)
    full = {member_name(files[".shp"])[: -len(".shp")]: files for files in stems.values() if ".shp" in files}
    short = [PurePosixPath(name).name for name in full]
    named = zip(full, short, full.values(), strict=True)
    return dict(sorted((name if short.count(stem) > 1 else stem, files) for name, stem, files in named))


def member_name(member: zipfile.ZipInfo) -> str:
    """The name of a file in a zip, in UTF-8 or GB18030 where it is not marked as UTF-8 and can be either."""
    name = member.filename
    if member.flag_bits & 0x800:
        return name
    try:
        raw = name.encode("cp437")
    except UnicodeEncodeError:
        return name
    for encoding in _TRIED:
        try:
            return raw.decode(encoding).replace("\\", "/")
        except UnicodeDecodeError:
            continue
    return name


def unpack(
    archive: zipfile.ZipFile, files: dict[str, zipfile.ZipInfo], folder: Path, path: Path, encoding: str | None
) -> Unpacked:
    """
    Bring the files of one Shapefile out of a zip, into a folder of ours under a plain name.

    Raises
    ------
    BoundaryProblem
        `boundaries.too_large`, `boundaries.encoding`.
    """
    left = MOST_BYTES
    packed = max(path.stat().st_size, 1)
    for suffix, one in files.items():
        with archive.open(one) as source, (folder / f"layer{suffix}").open("wb") as target:
            while piece := source.read(CHUNK):
                left -= target.write(piece)
                if left < 0 or MOST_BYTES - left > max(FREE_BYTES, MOST_RATIO * packed):
                    raise too_large(path)
    return _settled(folder, path, encoding)


def copied(path: Path, folder: Path, encoding: str | None) -> Unpacked:
    """The same for a Shapefile that lies unpacked beside its other files."""
    beside = {one.suffix.lower(): one for one in path.parent.glob("*") if one.stem == path.stem}
    left = MOST_BYTES
    for suffix, one in ({s: f for s, f in beside.items() if s in SIDE_FILES} | {".shp": path}).items():
        left -= one.stat().st_size
        if left < 0:
            raise too_large(path)
        shutil.copyfile(one, folder / f"layer{suffix}")
    return _settled(folder, path, encoding)


def too_large(path: Path) -> BoundaryProblem:
    """What is said of a file whose content is more than anybody needs."""
    return BoundaryProblem("boundaries.too_large", file=path.name, limit_gib=round(MOST_BYTES / 1024**3, 3))


def codec(path: Path, encoding: str | None) -> str | None:
    """
    The codec a caller asks for.

    Raises
    ------
    BoundaryProblem
        `boundaries.unknown_encoding`, if it is none of `ENCODINGS`.
    """
    if encoding is None:
        return None
    found = ENCODINGS.get(encoding.strip().lower())
    if found is None:
        raise BoundaryProblem(
            "boundaries.unknown_encoding", file=path.name, encoding=encoding, allowed=sorted(set(ENCODINGS.values()))
        )
    return found


def _settled(folder: Path, path: Path, encoding: str | None) -> Unpacked:
    """Settle the encoding, and mend the table so that it can be read in it."""
    asked = codec(path, encoding)
    page = folder / "layer.cpg"
    said = page.read_bytes()[:40] if page.exists() else b""
    # GDAL is told the encoding, and has nothing to say against it
    page.unlink(missing_ok=True)
    table = folder / "layer.dbf"
    if not table.exists():
        return Unpacked(folder / "layer.shp", None)
    texts = _Texts(table.read_bytes())
    declared = ENCODINGS.get(said.decode("latin-1").removeprefix("ï»¿").strip(" \t\r\n\0").lower())
    # what reads as Chinese in UTF-8 is UTF-8, whatever is declared: in GB18030 it would be valid, and rubbish
    sure = "utf-8" if texts.is_chinese_utf8() else None
    tried = [asked] if asked else [one for one in (sure, declared, texts.code_page, *_TRIED) if one]
    chosen = next((one for one in tried if texts.is_in(one)), None)
    if chosen is None and asked:
        raise BoundaryProblem("boundaries.encoding", file=path.name, encoding=asked)
    if chosen and (mended := texts.without_cut_signs(chosen)):
        table.write_bytes(mended)
    return Unpacked(folder / "layer.shp", chosen)


class _Texts:
    """The texts in a dBASE table: its column names and the cells of its text columns."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        head = content[:32].ljust(32, b"\0")
        self.code_page = _CODE_PAGES.get(head[29])
        size, width = int.from_bytes(head[8:10], "little"), int.from_bytes(head[10:12], "little")
        rows = max(len(content) - size, 0) // width if width else 0
        rows = min(rows, int.from_bytes(head[4:8], "little"))
        cells = np.frombuffer(content, np.uint8, rows * width, size).reshape(rows, width) if rows else None
        # where each text with signs beyond ASCII stands, and how long it may be
        self.places: list[tuple[int, int]] = []
        column = 1
        for at in range(32, min(size, len(content)) - 31, 32):
            field = content[at : at + 32]
            if field[0] == 0x0D:
                break
            name = field[:11].partition(b"\0")[0]
            if not name.isascii():
                self.places.append((at, min(len(name), 11)))
            length = field[16]
            if cells is not None and field[11:12] == b"C" and column + length <= width:
                foreign = np.flatnonzero((cells[:, column : column + length] > 0x7F).any(axis=1))
                self.places += [(size + int(row) * width + column, length) for row in foreign]
            column += length

    def is_in(self, encoding: str) -> bool:
        """True when every text can be read in an encoding, a last sign that its field cut apart aside."""
        seen: set[bytes] = set()
        for text in self._texts():
            if text not in seen:
                seen.add(text)
                if _whole(text, encoding) is None:
                    return False
        return True

    def is_chinese_utf8(self) -> bool:
        """True when every text is valid UTF-8 and has signs of three bytes or more: nothing else is so by chance."""
        return self.is_in("utf-8") and any(
            sign >= "\u0800" for text in self._texts() for sign in text.decode("utf-8", "ignore")
        )

    def without_cut_signs(self, encoding: str) -> bytes | None:
        """The table with blanks for the halves of signs at the ends of full fields; None when there are none."""
        mended = bytearray(self.content)
        for (at, length), text in zip(self.places, self._texts(), strict=True):
            whole = _whole(text, encoding)
            if whole is not None and whole < len(text):
                filler = b"\0" if at < int.from_bytes(self.content[8:10], "little") else b" "
                mended[at + whole : at + length] = filler * (length - whole)
        return None if mended == self.content else bytes(mended)

    def _texts(self) -> Iterable[bytes]:
        return (self.content[at : at + length].rstrip(b" \0") for at, length in self.places)


def _whole(text: bytes, encoding: str) -> int | None:
    """How many bytes of a text are whole signs; None when it cannot be read in the encoding."""
    try:
        text.decode(encoding)
    except UnicodeDecodeError as error:
        # only what stands at the very end, and is shorter than one sign, can have been cut
        short = error.end == len(text) and len(text) - error.start < 4
        return error.start if short and error.reason.startswith(("unexpected end", "incomplete")) else None
    return len(text)
