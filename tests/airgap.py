"""
What runs inside a network namespace of its own, with the interpreter given; the tests of the archive start it.

`exec COMMAND...` raises loopback and becomes the command. `visit FOLDER` starts the
server that is installed in a folder, looks at it as a browser would, and stops it.
"""

import fcntl
import http.client
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

RAISE = 0x8914  # SIOCSIFFLAGS
UP_AND_RUNNING = 0x41


def loopback() -> None:
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, RAISE, struct.pack("16sH22x", b"lo", UP_AND_RUNNING))


def ask(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        found = connection.getresponse()
        return found.status, found.read().decode("utf-8", "replace")
    except OSError:
        return 0, ""
    finally:
        connection.close()


def drawn(port: int) -> str:
    """Everything the server sends for the first page, up to the end of its run."""
    from google.protobuf.text_format import MessageToString
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from websockets.sync.client import connect

    said = []
    with connect(f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"], max_size=None) as line:
        asked = BackMsg()
        asked.rerun_script.query_string = ""
        line.send(asked.SerializeToString())
        while True:
            message = ForwardMsg.FromString(line.recv(timeout=60))
            said.append(MessageToString(message, as_utf8=True))
            if message.HasField("script_finished"):
                return "".join(said)


def visit(folder: Path) -> dict[str, object]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "server.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            ["make", "run"], cwd=folder, stdout=out, stderr=out, start_new_session=True,
            env=os.environ | {"WHISTLEMAP_PORT": str(port)},
        )  # fmt: skip
    seen: dict[str, object] = {"interfaces": [name for _, name in socket.if_nameindex()]}
    try:
        until = time.monotonic() + 60
        while ask(port, "/healthz")[0] != 200:
            if server.poll() is not None or time.monotonic() > until:
                raise SystemExit(log.read_text())
            time.sleep(0.2)
        seen |= {"health": json.loads(ask(port, "/healthz")[1]), "shell": ask(port, "/"), "drawn": drawn(port)}
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)
    return seen | {"log": log.read_text()}


if __name__ == "__main__":
    if sys.argv[1] == "exec":
        loopback()
        os.execvp(sys.argv[2], sys.argv[2:])
    sys.stdout.write(json.dumps(visit(Path(sys.argv[2]))))
