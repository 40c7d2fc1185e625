"""How the bytes of a body are written: packed by gzip or not, and in UTF-8."""

import zlib
from collections.abc import Iterator, Mapping

from homeprices.domain.errors import Unreadable, UnsupportedEncoding

GZIP = "gzip"
PIECE_BYTES = 1 << 16
# zlib's word for: a gzip header is expected.
_GZIP_HEADER = 31
# Beginning one costs as much as reading so many bytes; programs that pack by pieces take far more.
_FREE_MEMBERS, _LEAST_MEMBER_BYTES = 16, 1024
_BOM = b"\xef\xbb\xbf"
_LONGEST_MARK = 4


def packing(headers: Mapping[bytes, bytes]) -> str:
    """How a body is packed: `gzip`, or "" for not at all; raises UnsupportedEncoding."""
    encoding = headers.get(b"content-encoding", b"").decode("latin-1").strip().lower()
    if encoding in {GZIP, "x-gzip"}:
        return GZIP
    if encoding not in {"", "identity"}:
        raise UnsupportedEncoding(f"Content-Encoding must be gzip or none; got {encoding[:80]}")
    return ""


def unpacked(packed: Iterator[bytes]) -> Iterator[bytes]:
    """Pieces of what was packed by gzip, none of them large however well it was packed.

    Raises Unreadable.
    """
    unpacker = zlib.decompressobj(_GZIP_HEADER)
    members, taken = 1, 0
    try:
        for piece in packed:
            rest, taken = piece, taken + len(piece)
            while rest:
                if unpacker.eof:
                    members += 1
                    if members > _FREE_MEMBERS + taken // _LEAST_MEMBER_BYTES:
                        raise Unreadable("the body is packed in many small pieces; pack it whole")
                    unpacker = zlib.decompressobj(_GZIP_HEADER)
                yield unpacker.decompress(rest, PIECE_BYTES)
                rest = unpacker.unconsumed_tail or unpacker.unused_data
        yield unpacker.flush()
    except zlib.error as error:
        raise Unreadable(f"the body is not whole gzip: {error}") from None
    if not unpacker.eof:
        raise Unreadable("the body is not whole gzip: it ends too soon")


def without_mark(text: bytes) -> bytes:
    """`text` without the mark of UTF-8 at its beginning; raises Unreadable for UTF-16 and UTF-32.

    Neither JSON nor CSV has a nul, and every character of ASCII has one in those.
    """
    beginning = text[:_LONGEST_MARK]
    if beginning.isascii() and b"\0" not in beginning:
        return text
    if beginning.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in beginning:
        raise Unreadable("the body begins as UTF-16 or UTF-32 do; send it as UTF-8")
    return text.removeprefix(_BOM)


def pieces_without_mark(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """As `without_mark`, of a text that comes in pieces."""
    beginning = b""
    for piece in pieces:
        beginning += piece
        if len(beginning) >= _LONGEST_MARK:
            break
    yield without_mark(beginning)
    yield from pieces
