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
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import geopandas as gpd
import pyogrio
import pyproj

from geo import shapefile
from geo.errors import BoundaryProblem
from geo.shapefile import CHUNK, ENCODINGS

__all__ = ["ENCODINGS", "Layer", "Source", "opened", "read_layer"]

# a GeoPackage says so in its 69th to 72nd byte; another SQLite file could name files of its own
_PACKAGE = (b"GPKG", b"GP10", b"GP11")
# an .shx that is lacking is made anew, beside our own copy
pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": True})


@dataclass(frozen=True)
class Layer:
    """
    Features as read, without a coordinate system, and the one the file declares (or None).

    `encoding` is the codec of the texts, where the file's kind leaves it open.
    """

    frame: gpd.GeoDataFrame
    declared: pyproj.CRS | None
    declared_name: str
    encoding: str | None = None


class Source:
    """
    A recognised file: `kind` (GeoJSON, GeoPackage, Shapefile) and the names of its `layers`.

    Made by `opened`, and of use only within it.
    """

    kind = ""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.layers: tuple[str, ...] = ()

    def read(self, layer: str, **options: Any) -> Any:
        """The features of a layer, as `pyogrio.read_dataframe` gives them."""
        target, options = self._target(layer, options)
        return pyogrio.read_dataframe(target, **options)

    def info(self, layer: str) -> dict:
        """What `pyogrio.read_info` knows of a layer, features and bounds counted."""
        target, options = self._target(layer, {})
        return pyogrio.read_info(target, **options, force_feature_count=True, force_total_bounds=True)

    def declared(self, layer: str, crs: object) -> tuple[pyproj.CRS | None, str]:
        """The coordinate system a layer declares, and its name; `crs` is what GDAL says of it."""
        del layer
        found = None if crs is None else pyproj.CRS.from_user_input(crs)
        # geopackage's own words for "nobody knows"
        if found is None or found.name.lower().startswith("undefined"):
            return None, ""
        authority = found.to_authority(min_confidence=70)
        return found, ":".join(authority) if authority else found.name

    def encoding(self, layer: str) -> str | None:
        """The codec of a layer's texts, where the file's kind leaves it open."""
        del layer
        return None

    def _target(self, layer: str, options: dict) -> tuple[Any, dict]:
        raise NotImplementedError


def read_layer(path: str | Path, *, layer: str | None = None, encoding: str | None = None) -> Layer:
    """
    Read the features of a boundary file.

    Parameters
    ----------
    path
        GeoJSON, gzipped GeoJSON, GeoPackage, Shapefile (.shp beside its
        .dbf and .shx) or a zip of Shapefiles.
    layer
        Which layer; needed only if there are several.
    encoding
        Of the texts of a Shapefile, one of `ENCODINGS`; what its .cpg or its
        table declares when omitted and true, else UTF-8 if they are valid
        UTF-8, else GB18030.

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
        `boundaries.layers`, `boundaries.empty`, `boundaries.bad_crs`,
        `boundaries.encoding`, `boundaries.unknown_encoding`.
    """
    with opened(path, encoding=encoding) as source:
        name = _one_layer(source, layer)
        frame = source.read(name)
        if not isinstance(frame, gpd.GeoDataFrame) or frame.empty:
            raise BoundaryProblem("boundaries.empty", file=source.path.name)
        declared, said = source.declared(name, frame.crs)
        if frame.geometry.name != "geometry":
            frame = frame.rename_geometry("geometry")
        return Layer(frame, declared, said, source.encoding(name))


@contextmanager
def opened(path: str | Path, *, encoding: str | None = None) -> Iterator[Source]:
    """
    Recognise a boundary file and give what it holds.

    Raises
    ------
    BoundaryProblem
        As `read_layer`; whatever fails while it is open is a sentence too.
    """
    path = Path(path)
    if not path.is_file():
        raise BoundaryProblem("boundaries.no_file", file=path.name)
    # an absolute name is never taken for one of GDAL's own
    path = path.absolute()
    try:
        with path.open("rb") as file:
            start = file.read(100)
        with ExitStack() as stack:
            yield _recognised(path, start, encoding, stack)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, UnicodeError, ValueError, RuntimeError) as error:
        # our own problems are ValueErrors too
        if isinstance(error, BoundaryProblem):
            raise
        reason = str(error).strip() or type(error).__name__
        raise BoundaryProblem("boundaries.unreadable", file=path.name, reason=reason[:200]) from error


def _recognised(path: Path, start: bytes, encoding: str | None, stack: ExitStack) -> Source:
    if start.startswith(b"\x1f\x8b"):
        with gzip.open(path) as packed:
            return _GeoJson(path, _capped(packed, path), encoding)
    if start.startswith(b"PK\x03\x04"):
        return _Shapefiles(path, encoding, stack, zipfile.ZipFile(path))
    if start.startswith(b"SQLite format 3\x00") and start[68:72] in _PACKAGE:
        return _Package(path)
    if start.startswith(b"\x00\x00\x27\x0a"):
        return _Shapefiles(path, encoding, stack, None)
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        with path.open("rb") as file:
            return _GeoJson(path, _capped(file, path), encoding)
    reason = "empty file" if not start else "neither GeoJSON, GeoPackage nor Shapefile"
    raise BoundaryProblem("boundaries.unreadable", file=path.name, reason=reason)


def _capped(packed: IO[bytes], path: Path) -> bytes:
    """All content, but never more than `shapefile.MOST_BYTES` of it."""
    content = bytearray()
    most = max(shapefile.FREE_BYTES, shapefile.MOST_RATIO * path.stat().st_size)
    while piece := packed.read(CHUNK):
        content += piece
        if len(content) > min(shapefile.MOST_BYTES, most):
            raise shapefile.too_large(path)
    return bytes(content)


def _one_layer(source: Source, asked: str | None) -> str:
    layers = source.layers
    if not layers:
        raise BoundaryProblem("boundaries.empty", file=source.path.name)
    # a file that can hold one layer only has no name for it
    if len(layers) == 1 and (asked is None or source.kind == "GeoJSON"):
        return layers[0]
    if asked not in layers:
        raise BoundaryProblem("boundaries.layers", file=source.path.name, layer=asked or "", layers=list(layers))
    return asked


class _GeoJson(Source):
    kind = "GeoJSON"

    def __init__(self, path: Path, content: bytes, encoding: str | None) -> None:
        super().__init__(path)
        self.layers = (path.name.partition(".")[0],)
        content = content.removeprefix(b"\xef\xbb\xbf")
        self._encoding = shapefile.codec(path, encoding) or _utf8_or_gb(content)
        text = content.decode(self._encoding)
        collection = json.loads(text)
        # other kinds of JSON can tell GDAL to open further files
        if collection.get("type") not in ("FeatureCollection", "Feature"):
            raise BoundaryProblem("boundaries.unreadable", file=path.name, reason="no GeoJSON features")
        # geopandas would assign WGS84 silently: only the member itself counts
        member, self._said = collection.get("crs"), ""
        if member is not None:
            properties = member.get("properties") if isinstance(member, dict) else None
            self._said = str(properties.get("name", member) if isinstance(properties, dict) else member)
        self._content = content if self._encoding == "utf-8" else text.encode()

    def declared(self, layer: str, crs: object) -> tuple[pyproj.CRS | None, str]:
        del layer, crs
        try:
            return (pyproj.CRS.from_user_input(self._said) if self._said else None), self._said
        except pyproj.exceptions.CRSError as error:
            raise BoundaryProblem("boundaries.bad_crs", file=self.path.name, crs=self._said[:200]) from error

    def encoding(self, layer: str) -> str | None:
        del layer
        return self._encoding

    def _target(self, layer: str, options: dict) -> tuple[Any, dict]:
        del layer
        return self._content, options


def _utf8_or_gb(content: bytes) -> str:
    """GeoJSON is UTF-8; tools that write GB18030 all the same are understood where it is valid."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


class _Package(Source):
    kind = "GeoPackage"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.layers = tuple(str(name) for name, kind in pyogrio.list_layers(path) if kind)

    def _target(self, layer: str, options: dict) -> tuple[Any, dict]:
        return self.path, options | {"layer": layer}


class _Shapefiles(Source):
    kind = "Shapefile"

    def __init__(self, path: Path, encoding: str | None, stack: ExitStack, archive: zipfile.ZipFile | None) -> None:
        super().__init__(path)
        self._asked, self._stack, self._archive = encoding, stack, archive
        if archive:
            stack.enter_context(archive)
        self._files = shapefile.members(archive, path) if archive else {path.stem: {}}
        if not self._files:
            raise BoundaryProblem("boundaries.unreadable", file=path.name, reason="no .shp in the zip")
        self.layers = tuple(self._files)
        self._unpacked: dict[str, shapefile.Unpacked] = {}

    def encoding(self, layer: str) -> str | None:
        return self._at(layer).encoding

    def _at(self, layer: str) -> shapefile.Unpacked:
        if layer not in self._unpacked:
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
            if self._archive:
                files = self._files[layer]
                self._unpacked[layer] = shapefile.unpack(self._archive, files, folder, self.path, self._asked)
            else:
                self._unpacked[layer] = shapefile.copied(self.path, folder, self._asked)
        return self._unpacked[layer]

    def _target(self, layer: str, options: dict) -> tuple[Any, dict]:
        found = self._at(layer)
        return found.target, options | {"encoding": found.encoding}
