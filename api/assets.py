"""The scripts and styles of the map, served from the packages they were installed with."""

from importlib import import_module
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

# only these: the packages also hold source maps and unminified copies
FILES = {
    "leaflet": {
        "leaflet.js",
        "leaflet.css",
        "images/layers.png",
        "images/layers-2x.png",
        "images/marker-icon.png",
        "images/marker-icon-2x.png",
        "images/marker-shadow.png",
    },
    "markercluster": {"leaflet.markercluster.js", "MarkerCluster.css", "MarkerCluster.Default.css"},
    "folium": {"leaflet_heat.min.js"},
}
# the links carry the package's version (geo.layers), so a kept copy is never stale
KEEP = "public, max-age=31536000, immutable"


def routes() -> list[Mount]:
    """
    What `st.App(routes=...)` needs so that the map loads nothing from elsewhere.

    Returns
    -------
    mounts
        `/assets/leaflet`, `/assets/markercluster` and `/assets/folium`. Anyone may read them: they are the
        published files of open packages. Any other name below them is not found.

    Raises
    ------
    FileNotFoundError
        If an installed package lacks one of the files: better at the start than a white map later.

    """
    folders = {
        "leaflet": _xstatic("leaflet", "XStatic-Leaflet"),
        "markercluster": _xstatic("leaflet_markercluster", "XStatic-Leaflet-MarkerCluster"),
        "folium": Path(str(distribution("folium").locate_file("folium/templates"))),
    }
    for name, folder in folders.items():
        for file in sorted(FILES[name]):
            if not (folder / file).is_file():
                raise FileNotFoundError(f"{folder / file} is missing: reinstall requirements.txt")
    return [Mount(f"/assets/{name}", _Assets(folder, FILES[name])) for name, folder in folders.items()]


class _Assets(StaticFiles):
    """A folder of which only the named files are served, to be kept for a year."""

    def __init__(self, folder: Path, names: set[str]) -> None:
        super().__init__(directory=folder)
        self.names = names

    def lookup_path(self, path: str) -> tuple[str, Any]:
        """As Starlette's, for the named files only."""
        return super().lookup_path(path) if Path(path).as_posix() in self.names else ("", None)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """As Starlette's, with a long life."""
        response = await super().get_response(path, scope)
        if response.status_code in (200, 304):
            response.headers["Cache-Control"] = KEEP
        return response


def _xstatic(module: str, package: str) -> Path:
    # the packages share a namespace by old .pth files, which not every Python and not every installer honours
    try:
        return Path(import_module(f"xstatic.pkg.{module}").BASE_DIR)
    except ImportError:
        return Path(str(distribution(package).locate_file(f"xstatic/pkg/{module}/data")))
