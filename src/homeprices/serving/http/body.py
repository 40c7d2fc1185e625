"""Reads the fields of a request, however they were sent: query, JSON, form."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from urllib.parse import parse_qsl

import msgspec
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import Receive, Scope

from homeprices.domain.errors import TooLarge, Unreadable
from homeprices.domain.requests.keys import misplaced, require_no_key
from homeprices.serving.http.encoding import packing, unpacked, without_mark

MOST_BYTES = 64 * 1024
MOST_FIELDS = 50
# Names by which a key would be sent beside the facts of a home.
KEY_FIELDS = frozenset(
    {"key", "api_key", "apikey", "api-key", "x-api-key", "operator_key", "access_token"}
)
JSON, UTF_8 = b"application/json", b"utf-8"
ACCEPTED = "application/json, application/x-www-form-urlencoded or multipart/form-data"
_JSON = msgspec.json.Decoder(dict[str, object])
_ENCODER = msgspec.json.Encoder()

Fields = Mapping[str, object]
RawHeaders = Mapping[bytes, bytes]


async def read_fields(scope: Scope, headers: RawHeaders, receive: Receive) -> Fields:
    """The fields of the query, and of the body where there is one.

    Raises Unreadable, UnsupportedEncoding, TooLarge, and KeyMisplaced for a body with a key in it.
    """
    if scope["method"] == "GET":
        return read_pairs(scope["query_string"])
    is_packed = b"content-encoding" in headers and packing(headers)
    body = await read_body(headers, receive)
    if is_packed:
        body = _unpacked(body)
    require_no_key(body)
    media = media_of(headers)
    fields = _json(body) if media == JSON else await _form_fields(media, headers, body)
    require_no_key_in(fields)
    if query := scope["query_string"]:
        fields = _single([*read_pairs(query).items(), *fields.items()])
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


def media_of(headers: RawHeaders) -> bytes:
    """The type of a body, without its parameters."""
    return headers.get(b"content-type", b"").partition(b";")[0].strip().lower()


async def _form_fields(media: bytes, headers: RawHeaders, body: bytes) -> Fields:
    if media == b"application/x-www-form-urlencoded":
        return _form(body)
    if media == b"multipart/form-data":
        return await _multipart(headers[b"content-type"], body)
    provided = media.decode("latin-1")[:80] or "none"
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


def _unpacked(body: bytes) -> bytes:
    """What `body` holds, packed by gzip; raises Unreadable, and TooLarge before it is too much."""
    whole = bytearray()
    for piece in unpacked(iter((body,))):
        whole += piece
        if len(whole) > MOST_BYTES:
            raise _too_large()
    return bytes(whole)


def _too_large() -> TooLarge:
    return TooLarge(f"a body must be at most {MOST_BYTES:,} bytes; send less")


def read_object(text: bytes) -> Fields:
    """The members of one JSON object.

    Raises Unreadable for a name that stands twice in an object, KeyMisplaced, and what msgspec
    does.
    """
    fields = _JSON.decode(text)
    # Each name has its colon: with as many colons as fields no name stands twice.
    if text.count(b":") != len(fields):
        json.loads(text, object_pairs_hook=_single, parse_int=str, parse_float=str)
    return fields


def _single(pairs: Sequence[tuple[str, object]]) -> Fields:
    """`pairs` by their names; raises Unreadable, KeyMisplaced where one stands twice."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        require_no_key(twice.encode("utf-8", "replace"))
        raise Unreadable(f"{twice[:60]} is sent twice; send the one that is meant")
    return fields


def _json(body: bytes) -> Fields:
    try:
        return read_object(without_mark(body))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Unreadable(f"the body must be one JSON object; {error}") from None


def _form(body: bytes) -> Fields:
    body = without_mark(body)
    if body.lstrip().startswith(b"{"):
        raise Unreadable(
            "the body looks like JSON but was sent as a form; add "
            "the header Content-Type: application/json"
        )
    return read_pairs(body)


def read_pairs(text: bytes) -> Fields:
    """The fields of a form or of a query; raises Unreadable, KeyMisplaced."""
    try:
        pairs = parse_qsl(
            text.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except UnicodeDecodeError as error:
        raise _not_utf_8(error) from None
    except ValueError:
        raise Unreadable(f"a form or a query must have at most {MOST_FIELDS} fields") from None
    return _single(pairs)


def _require_utf_8(form: bytes) -> None:
    try:
        form.decode()
    except UnicodeDecodeError as error:
        raise _not_utf_8(error) from None


def _not_utf_8(error: UnicodeDecodeError) -> Unreadable:
    return Unreadable(f"a form or a query must be UTF-8; {error}")


async def _multipart(kind: bytes, body: bytes) -> Fields:
    async def stream() -> AsyncIterator[bytes]:
        yield body

    parser = MultiPartParser(
        Headers(raw=[(b"content-type", kind)]),
        stream(),  # type: ignore[arg-type]
        max_files=0,
        max_fields=MOST_FIELDS,
    )
    # The parser would go by any codec of Python's, and by Latin-1 where that fails.
    charset = parse_options_header(kind)[1].get(b"charset", UTF_8)
    if charset.lower() not in (UTF_8, b"us-ascii"):
        raise Unreadable(f"a form must be UTF-8; got {charset.decode('latin-1')[:40]}")
    _require_utf_8(body)
    try:
        return _single((await parser.parse()).multi_items())
    except (MultiPartException, KeyError, ValueError) as error:
        words = getattr(error, "message", "") or "its boundary is missing or not in the body"
        raise Unreadable(f"the multipart body cannot be read: {words}") from None
