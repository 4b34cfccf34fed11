"""
Commands beside a running server.

The server writes `server.json` (mode 0600) into the home: its loopback address
and a token. A command found there is sent to it; the answer is one JSON object
a line: {"out": text}, {"err": text}, and last {"exit": code}.
"""

import http.client
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from data.settings import Settings
from data.words import t

ROUTE = "/api/commands"


def carry_out(settings: Settings, argv: list[str], say: Callable[[str, str], None]) -> int | None:
    """
    Have the running server carry out a command.

    Returns
    -------
    code
        Its exit code, or None when no server answers for this home.
    """
    try:
        server = json.loads(settings.server_path.read_text("utf-8"))
        host, port, token = str(server["host"]), int(server["port"]), str(server["token"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    connection = http.client.HTTPConnection(host, port, timeout=2)
    body = json.dumps({"argv": argv, "cwd": str(Path.cwd()), "lang": settings.lang})
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        connection.connect()
        # an import may say nothing for minutes
        if connection.sock:
            connection.sock.settimeout(None)
        connection.request("POST", ROUTE, body, headers)
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException):
        return None  # left behind by a server that died
    if answer.status != http.HTTPStatus.OK:
        return None  # somebody else's server on that port, or an older one of ours
    try:
        return _relay(answer, say)
    except (OSError, ValueError, http.client.HTTPException):
        say("err", t("cli.server_gone") + "\n")
        return 1
    finally:
        connection.close()


def _relay(answer: http.client.HTTPResponse, say: Callable[[str, str], None]) -> int:
    for line in answer:
        said = json.loads(line)
        if "exit" in said:
            return int(said["exit"])
        for stream in ("out", "err"):
            if stream in said:
                say(stream, said[stream])
    say("err", t("cli.server_gone") + "\n")
    return 1


def announce(settings: Settings, host: str, port: int) -> str:
    """Write `server.json`, readable by the owner only; returns the token."""
    token = secrets.token_urlsafe(32)
    part = settings.server_path.with_suffix(f".{os.getpid()}")
    handle = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"host": host, "port": port, "token": token, "pid": os.getpid()}, file)
    part.replace(settings.server_path)
    return token


def withdraw(settings: Settings) -> None:
    """Take `server.json` away, when it is this process's own."""
    try:
        if json.loads(settings.server_path.read_text("utf-8"))["pid"] == os.getpid():
            settings.server_path.unlink()
    except (OSError, ValueError, KeyError):
        return
