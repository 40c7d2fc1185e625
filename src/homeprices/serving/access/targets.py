"""What a request asks for, in one form before anything goes by it: its path, method and query."""

from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from homeprices.domain.errors import (
    HeadersTooLarge,
    HomesError,
    TargetTooLong,
    Unreadable,
    UnsupportedEncoding,
)
from homeprices.serving.http.body import MOST_FIELDS, read_pairs
from homeprices.serving.problems import answer_problem
from homeprices.wording.speech import Speech

MOST_BYTES = 8 * 1024
MOST_HEADER_BYTES, MOST_BYTES_OF_HEADERS = 8 * 1024, 32 * 1024
# Where it is left that nothing is to be recorded: the server sends no body to whom asked by HEAD.
IS_HEAD = "homes.is_head"
# Headers of which one would win in silence if they were sent twice.
_SENT_ONCE = frozenset(
    b"host content-type content-encoding content-length authorization x-api-key".split()
)


class Targets:
    """Takes HEAD for GET, and a path with a slash at its end for the one without.

    A redirect would go to whatever host the request names. What no route could read rightly is
    refused: an address that is too long, a query that is no UTF-8 or names something twice, a
    header of one value that is sent twice, no host in HTTP/1.1.
    """

    def __init__(self, app: ASGIApp, speech: Speech) -> None:
        self._app = app
        self._speech = speech

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or say why not."""
        if scope["type"] == "http":
            try:
                scope = _in_one_form(scope)
            except HomesError as error:
                await answer_problem(error, self._speech)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _in_one_form(scope: Scope) -> Scope:
    """`scope` as routes go by it.

    Raises TargetTooLong, HeadersTooLarge, Unreadable, UnsupportedEncoding, KeyMisplaced.
    """
    _require_fitting_headers(scope["headers"])
    _require_headers_once(scope)
    path, query = scope["path"], scope["query_string"]
    if len(scope["raw_path"]) + len(query) > MOST_BYTES:
        raise TargetTooLong("the address is over 8 KB; send the fields in a POST")
    if not path.isprintable():
        raise Unreadable("the path has a sign in it that nobody sees; leave it out")
    if query and not _is_plain(query):
        read_pairs(query)
    if path.endswith("/") and path != "/":
        scope = {**scope, "path": path.rstrip("/") or "/"}
    if scope["method"] == "HEAD":
        scope = {**scope, "method": "GET", IS_HEAD: True}
    return scope


def _require_fitting_headers(headers: Sequence[tuple[bytes, bytes]]) -> None:
    """Raise HeadersTooLarge for headers that the router would not take either."""
    sizes = [len(name) + len(value) for name, value in headers]
    if sum(sizes) > MOST_BYTES_OF_HEADERS or max(sizes, default=0) > MOST_HEADER_BYTES:
        raise HeadersTooLarge("the headers are over 8 KB each or 32 KB together; send less")


def _require_headers_once(scope: Scope) -> None:
    """Raise Unreadable, UnsupportedEncoding for a header that is sent twice, or lacks.

    https://www.rfc-editor.org/rfc/rfc9110#name-host-and-authority
    """
    once = [name for name, _ in scope["headers"] if name in _SENT_ONCE]
    if len(set(once)) < len(once):
        twice = next(name for name in once if once.count(name) > 1)
        words = f"{twice.decode().title()} is sent twice; send the one that is meant"
        raise (UnsupportedEncoding if twice == b"content-encoding" else Unreadable)(words)
    if b"host" not in once and scope["http_version"] == "1.1":
        raise Unreadable("a request of HTTP/1.1 names its host; send a Host header")


def _is_plain(query: bytes) -> bool:
    """True where a look at its bytes tells that each of a few names stands once."""
    names = [part.partition(b"=")[0] for part in query.split(b"&")]
    return b"%" not in query and len(set(names)) == len(names) <= MOST_FIELDS
