"""What machines see: health, map feeds, exports, commands, and the map's own scripts. Thin, like a page."""

from starlette.routing import BaseRoute

from api import assets, batches, commands, exports, health, maps


def routes() -> list[BaseRoute]:
    """Every HTTP route beside the pages."""
    rooms = (health, maps, exports, batches, commands, assets)
    return [route for room in rooms for route in room.routes()]
