"""Answers that many screens ask for: computed and gzipped once per data version, not sent again when unchanged."""

import gzip
import hashlib
import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from data import words
from data.errors import Problem

KEPT = 256
# part of every tag: versions of another store, or of one made anew, may have the same number
RUN = secrets.token_hex(4)


class Feed:
    """
    Bodies by address and version; several screens asking for a new one wait for one computation.

    Parameters
    ----------
    max_age_seconds
        How long a browser may use an answer without asking; 0 makes it ask each time.
    """

    def __init__(self, max_age_seconds: int = 0) -> None:
        self._max_age = max_age_seconds
        self._bodies: OrderedDict[tuple, bytes] = OrderedDict()
        self._locks: dict[tuple, threading.Lock] = {}
        self._guard = threading.Lock()

    def answer(self, request: Request, version: int, compute: Callable[[], dict]) -> Response:
        """
        The answer to a request.

        Parameters
        ----------
        request
            Its address with its query is the key.
        version
            What the answer depends on beside its address.
        compute
            Makes the answer, as a JSON object.

        Returns
        -------
        response
            200 with the gzipped JSON, 304 when the browser has it, 400 with a sentence
            for a request that names something unknown.
        """
        key = (request.url.path, request.url.query, version)
        tag = f'"{RUN}-{version}-{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}"'
        headers = {"ETag": tag, "Cache-Control": f"max-age={self._max_age}" if self._max_age else "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        try:
            body = self._body(key, compute)
        except Problem as problem:
            said = {"error": problem.key, "message": words.sentence(problem, language(request))}
            return Response(json.dumps(said, ensure_ascii=False), 400, media_type="application/json")
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(gzip.decompress(body), headers=headers, media_type="application/json")
        return Response(
            body,
            headers=headers | {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"},
            media_type="application/json",
        )

    def _body(self, key: tuple, compute: Callable[[], dict]) -> bytes:
        with self._guard:
            if key in self._bodies:
                self._bodies.move_to_end(key)
                return self._bodies[key]
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            with self._guard:
                if key in self._bodies:
                    return self._bodies[key]
            try:
                text = json.dumps(compute(), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
                body = gzip.compress(text.encode(), 5, mtime=0)
            finally:
                with self._guard:
                    self._locks.pop(key, None)
            with self._guard:
                self._bodies[key] = body
                while len(self._bodies) > KEPT:
                    self._bodies.popitem(last=False)
        return body


def language(request: Request) -> str:
    """The language a request asks for, zh or en."""
    lang = request.query_params.get("lang", "")
    return lang if lang in words.LANGUAGES else "zh"
