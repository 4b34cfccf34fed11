"""The store of this process, for routes."""

from data.settings import read_settings
from data.store import Store, shared_store


def store() -> Store:
    """The one store of this process, opened at the first call."""
    return shared_store(read_settings())
