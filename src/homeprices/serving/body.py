"""Reads the fields of a request, however they were sent: query, JSON, form."""

from collections.abc import AsyncIterator, Mapping
from urllib.parse import parse_qsl

import msgspec
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import Receive, Scope

from homeprices.domain.errors import TooLarge, Unreadable
from homeprices.domain.requests.keys import misplaced, require_no_key

MOST_BYTES = 64 * 1024
MOST_FIELDS = 50
# Names by which a key would be sent beside the facts of a home.
KEY_FIELDS = frozenset(
    {"key", "api_key", "apikey", "api-key", "x-api-key", "operator_key", "access_token"}
)
ACCEPTED = "application/json, application/x-www-form-urlencoded or multipart/form-data"
_JSON = msgspec.json.Decoder(dict[str, object])
_ENCODER = msgspec.json.Encoder()

Fields = Mapping[str, object]
RawHeaders = Mapping[bytes, bytes]


async def read_fields(scope: Scope, headers: RawHeaders, receive: Receive) -> Fields:
    """The fields of the query (GET) or of the body.

    Raises Unreadable, TooLarge, and KeyMisplaced for a body with a key in it.
    """
    if scope["method"] in ("GET", "HEAD"):
        return _pairs(scope["query_string"])
    _require_plain(headers.get(b"content-encoding"))
    body = await read_body(headers, receive)
    require_no_key(body)
    kind = headers.get(b"content-type", b"")
    is_json = kind.startswith(b"application/json")
    fields = _json(body) if is_json else await _other_form(kind, body)
    require_no_key_in(fields)
    return fields


def require_no_key_in(fields: Fields) -> None:
    """Raise KeyMisplaced for a key, also one that was written in escapes, which are read by now."""
    if not KEY_FIELDS.isdisjoint(fields):
        raise misplaced()
    for name, value in fields.items():
        if isinstance(value, dict | list):
            require_no_key(_ENCODER.encode(value))
        elif isinstance(value, str) and "homes_" in value:
            require_no_key(value.encode("utf-8", "replace"))
        if "homes_" in name:
            require_no_key(name.encode("utf-8", "replace"))


def _require_plain(encoding: bytes | None) -> None:
    """Raise Unreadable for a body that says it is packed: a single question never is."""
    if encoding is not None and encoding.strip().lower() not in (b"", b"identity"):
        got = encoding.decode("latin-1")[:80]
        raise Unreadable(f"a body must be sent as it is, and only a batch may be packed; got {got}")


async def _other_form(kind: bytes, body: bytes) -> Fields:
    media = kind.partition(b";")[0].strip().lower()
    if media == b"application/json":
        return _json(body)
    if media == b"application/x-www-form-urlencoded":
        return _form(body)
    if media == b"multipart/form-data":
        return await _multipart(kind, body)
    provided = kind.decode("latin-1")[:80] or "none"
    raise Unreadable(f"Content-Type must be {ACCEPTED}; got {provided}")


async def read_body(headers: RawHeaders, receive: Receive) -> bytes:
    """The body; raises TooLarge as soon as it is known to be over the limit."""
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > MOST_BYTES:
        raise _too_large()
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        chunks, size = [body], len(body)
        while message.get("more_body"):
            message = await receive()
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > MOST_BYTES:
                raise _too_large()
        body = b"".join(chunks)
    if message["type"] == "http.disconnect":
        raise Unreadable("the connection ended before the body did")
    if len(body) > MOST_BYTES:
        raise _too_large()
    return body


def _too_large() -> TooLarge:
    return TooLarge(f"a body must be at most {MOST_BYTES:,} bytes; send less")


def _json(body: bytes) -> Fields:
    try:
        return _JSON.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"the body must be one JSON object; {error}") from None


def _form(body: bytes) -> Fields:
    if body.lstrip().startswith(b"{"):
        raise Unreadable(
            "the body looks like JSON but was sent as a form; add "
            "the header Content-Type: application/json"
        )
    return _pairs(body)


def _pairs(text: bytes) -> Fields:
    try:
        return dict(
            parse_qsl(
                text.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS
            )
        )
    except ValueError:
        raise Unreadable(f"a form must have at most {MOST_FIELDS} fields") from None


async def _multipart(kind: bytes, body: bytes) -> Fields:
    async def stream() -> AsyncIterator[bytes]:
        yield body

    parser = MultiPartParser(
        Headers(raw=[(b"content-type", kind)]),
        stream(),  # type: ignore[arg-type]
        max_files=0,
        max_fields=MOST_FIELDS,
    )
    try:
        return dict(await parser.parse())
    except (MultiPartException, KeyError, ValueError) as error:
        words = getattr(error, "message", "") or "its boundary is missing or not in the body"
        raise Unreadable(f"the multipart body cannot be read: {words}") from None
