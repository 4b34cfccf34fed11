"""What machines see: health, map feeds, exports, commands, and the map's own scripts. Thin, like a page."""

from starlette.routing import BaseRoute

from api import assets, batches, commands, exports, health, maps


def routes() -> list[BaseRoute]:
    """Every HTTP route beside the pages."""
    return [*health.routes(), *maps.routes(), *exports.routes(), *batches.routes(), *commands.routes(), *assets.routes()]
