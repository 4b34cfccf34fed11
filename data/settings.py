"""Where things are and how much they may take: read once from the environment, each with a default and help."""

import os
import re
from dataclasses import dataclass, fields
from pathlib import Path

from data.errors import SettingProblem

# name of the field -> (default, help); the README's table is tested against this
HELP = {
    "home": (".whistlemap", "Directory of the store, the secret key and the rejected rows."),
    "port": ("8501", "Port of the server."),
    "address": ("127.0.0.1", "Address the server listens on; anything but loopback is your explicit decision."),
    "lang": ("zh", "Language of commands and of a first visit: zh or en."),
    "memory": ("1GB", "Memory DuckDB may use before it spills to disk."),
    "threads": ("2", "Threads DuckDB may use for one query."),
}


@dataclass(frozen=True)
class Settings:
    """The settings of one process; the variable of a field is `WHISTLEMAP_` and its name in capitals."""

    home: Path
    port: int
    address: str
    lang: str
    memory: str
    threads: int

    @property
    def store_path(self) -> Path:
        """The DuckDB file."""
        return self.home / "store.duckdb"

    @property
    def server_path(self) -> Path:
        """Where a running server says how commands reach it."""
        return self.home / "server.json"


def read_settings(environment: dict[str, str] | None = None) -> Settings:
    """
    Settings from the environment.

    Parameters
    ----------
    environment
        Variables by name; the process's own when omitted.

    Returns
    -------
    settings
        Every field filled, `home` as an absolute path.

    Raises
    ------
    SettingProblem
        A variable holds a value that is not allowed.
    """
    environment = dict(os.environ) if environment is None else environment
    raw = {
        field.name: environment.get(f"WHISTLEMAP_{field.name.upper()}", "").strip() or HELP[field.name][0]
        for field in fields(Settings)
    }
    if raw["lang"] not in ("zh", "en"):
        raise SettingProblem("setting.lang", value=raw["lang"])
    if not re.fullmatch(r"\d+(\.\d+)?\s?[KMGT]i?B", raw["memory"], re.IGNORECASE):
        raise SettingProblem("setting.memory", value=raw["memory"])
    return Settings(
        home=Path(raw["home"]).expanduser().resolve(),
        port=_whole("port", raw["port"], 1, 65_535),
        address=raw["address"],
        lang=raw["lang"],
        memory=raw["memory"],
        threads=_whole("threads", raw["threads"], 1, 256),
    )


def _whole(name: str, text: str, low: int, high: int) -> int:
    if not text.isdecimal() or not low <= int(text) <= high:
        raise SettingProblem("setting.number", name=f"WHISTLEMAP_{name.upper()}", value=text, low=low, high=high)
    return int(text)
