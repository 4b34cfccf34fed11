"""
Boundary files as they come: recognised by content, opened with care, nothing guessed.

A file is what its first bytes say, not what its name says. Only GeoJSON (also
gzipped), GeoPackage and Shapefile (also zipped) reach GDAL, so that an upload
can never make it open another file or an address.
"""

import gzip
import json
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import geopandas as gpd
import pyogrio
import pyproj

from geo.errors import BoundaryProblem

# the largest content of a packed file that is opened
MOST_BYTES = 512 * 1024**2
# and no more than this times its packed size, once it is past what any laptop bears
MOST_RATIO, FREE_BYTES = 100, 64 * 1024**2
_CHUNK = 1024**2
_SIDE_FILES = (".shp", ".shx", ".dbf", ".prj", ".cpg")


@dataclass(frozen=True)
class Layer:
    """Features as read, without a coordinate system, and the one the file declares (or None)."""

    frame: gpd.GeoDataFrame
    declared: pyproj.CRS | None
    declared_name: str


def read_layer(path: str | Path, *, layer: str | None = None) -> Layer:
    """
    Read the features of a boundary file.

    Parameters
    ----------
    path
        GeoJSON, gzipped GeoJSON, GeoPackage, Shapefile (.shp beside its
        .dbf and .shx) or a zip with one Shapefile.
    layer
        Which layer; needed only if there are several.

    Returns
    -------
    layer
        The features in file order with their columns. `declared` is what the
        file itself says: the explicit "crs" member of a GeoJSON (a missing
        one is not taken for WGS84), or the layer's definition.

    Raises
    ------
    BoundaryProblem
        `boundaries.no_file`, `boundaries.unreadable`, `boundaries.too_large`,
        `boundaries.layers`, `boundaries.empty`, `boundaries.bad_crs`.
    """
    path = Path(path)
    if not path.is_file():
        raise BoundaryProblem("boundaries.no_file", file=path.name)
    with path.open("rb") as file:
        start = file.read(64)
    try:
        return _opened(path, start, layer)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, UnicodeError, ValueError, RuntimeError) as error:
        # our own problems are ValueErrors too
        if isinstance(error, BoundaryProblem):
            raise
        raise _unreadable(path, error) from error


def _opened(path: Path, start: bytes, layer: str | None) -> Layer:
    if start.startswith(b"\x1f\x8b"):
        with gzip.open(path) as packed:
            return _geojson(path, _capped(packed, path))
    if start.startswith(b"PK\x03\x04"):
        return _zipped(path, layer)
    if start.startswith(b"SQLite format 3\x00"):
        return _driven(path, path, layer)
    if start.startswith(b"\x00\x00\x27\x0a"):
        return _driven(path, path, None)
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        with path.open("rb") as file:
            return _geojson(path, _capped(file, path))
    reason = "empty file" if not start else "neither GeoJSON, GeoPackage nor Shapefile"
    raise BoundaryProblem("boundaries.unreadable", file=path.name, reason=reason)


def _unreadable(path: Path, error: Exception) -> BoundaryProblem:
    return BoundaryProblem("boundaries.unreadable", file=path.name, reason=str(error).strip() or type(error).__name__)


def _capped(packed: IO[bytes], path: Path) -> bytes:
    """All content, but never more than `MOST_BYTES` of it."""
    content = bytearray()
    while piece := packed.read(_CHUNK):
        content += piece
        if len(content) > MOST_BYTES or len(content) > max(FREE_BYTES, MOST_RATIO * path.stat().st_size):
            raise BoundaryProblem("boundaries.too_large", file=path.name, limit_gib=round(MOST_BYTES / 1024**3, 3))
    return bytes(content)


def _geojson(path: Path, content: bytes) -> Layer:
    content = content.removeprefix(b"\xef\xbb\xbf")
    collection = json.loads(content.decode("utf-8"))
    # other kinds of JSON can tell GDAL to open further files
    if collection.get("type") not in ("FeatureCollection", "Feature"):
        raise BoundaryProblem("boundaries.unreadable", file=path.name, reason="no GeoJSON features")
    # geopandas would assign WGS84 silently: only the member itself counts
    member, name = collection.get("crs"), ""
    del collection
    if member is not None:
        properties = member.get("properties") if isinstance(member, dict) else None
        name = str(properties.get("name", member) if isinstance(properties, dict) else member)
    declared = _crs(path, name) if name else None
    frame = _features(path, pyogrio.read_dataframe(content))
    return Layer(frame, declared, name)


def _crs(path: Path, name: str) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(name)
    except pyproj.exceptions.CRSError as error:
        raise BoundaryProblem("boundaries.bad_crs", file=path.name, crs=name) from error


def _zipped(path: Path, layer: str | None) -> Layer:
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        inside = [one for one in archive.infolist() if not one.filename.startswith("__MACOSX/")]
        shapes = {Path(one.filename).stem: one.filename for one in inside if one.filename.lower().endswith(".shp")}
        if not shapes:
            raise BoundaryProblem("boundaries.unreadable", file=path.name, reason="no .shp in the zip")
        chosen = shapes[_one_layer(path, sorted(shapes), layer)]
        left = MOST_BYTES
        # under a plain name of ours: names in zips are untrusted, and often not UTF-8
        for one in inside:
            suffix = Path(one.filename).suffix.lower()
            if suffix in _SIDE_FILES and str(Path(one.filename).with_suffix("")) == str(Path(chosen).with_suffix("")):
                left -= _unpacked(archive, one, Path(folder) / f"layer{suffix}", path, left)
        return _driven(path, Path(folder) / "layer.shp", None)


def _one_layer(path: Path, layers: list[str], asked: str | None) -> str:
    if asked is None and len(layers) == 1:
        return layers[0]
    if asked not in layers:
        raise BoundaryProblem("boundaries.layers", file=path.name, layer=asked or "", layers=layers)
    return asked


def _unpacked(archive: zipfile.ZipFile, one: zipfile.ZipInfo, target: Path, path: Path, left: int) -> int:
    with archive.open(one) as packed, target.open("wb") as file:
        while piece := packed.read(_CHUNK):
            file.write(piece)
            if file.tell() > left:
                raise BoundaryProblem("boundaries.too_large", file=path.name, limit_gib=round(MOST_BYTES / 1024**3, 3))
        return file.tell()


def _driven(path: Path, target: Path, layer: str | None) -> Layer:
    """Let GDAL read a GeoPackage or Shapefile."""
    layers = [str(name) for name, kind in pyogrio.list_layers(target) if kind]
    if not layers:
        raise BoundaryProblem("boundaries.empty", file=path.name)
    chosen = _one_layer(path, layers, layer)
    encoding = _dbf_encoding(target)
    frame = _features(path, pyogrio.read_dataframe(target, layer=chosen, encoding=encoding))
    declared = frame.crs
    # geopackage's own words for "nobody knows"
    if declared is None or declared.name.lower().startswith("undefined"):
        return Layer(frame, None, "")
    authority = declared.to_authority(min_confidence=70)
    return Layer(frame, declared, ":".join(authority) if authority else declared.name)


def _dbf_encoding(target: Path) -> str | None:
    """
    The encoding of a Shapefile's texts where nothing declares it.

    GDAL would take Latin-1, which turns Chinese names into rubbish. Text that
    is valid UTF-8 is UTF-8; else GB18030, if it is valid; else as GDAL does.
    """
    table = next((one for one in target.parent.glob(f"{target.stem}.*") if one.suffix.lower() == ".dbf"), None)
    declared = any(one.suffix.lower() == ".cpg" for one in target.parent.glob(f"{target.stem}.*"))
    if target.suffix.lower() != ".shp" or table is None or declared:
        return None
    with table.open("rb") as file:
        head = file.read(32)
        # byte 29 names a code page, which GDAL knows to read
        if len(head) < 32 or head[29] not in (0, 0x57):
            return None
        content = file.read(64 * _CHUNK)
    records = content[max(int.from_bytes(head[8:10], "little") - 32, 0) :]
    size = int.from_bytes(head[10:12], "little")
    whole = records[: len(records) // size * size] if size else records
    for encoding in ("utf-8", "gb18030"):
        try:
            whole.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return None


def _features(path: Path, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if not isinstance(frame, gpd.GeoDataFrame) or frame.empty:
        raise BoundaryProblem("boundaries.empty", file=path.name)
    if frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    return frame
