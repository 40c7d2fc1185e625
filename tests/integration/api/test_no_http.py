"""What is no request, or one of two meanings, is refused at every door and reaches no service."""

import json
import re

import pytest

from support.api import Api, raw

HOME = b'{"location": "Hebbal", "total_sqft": 1200, "bhk": 2, "bath": 2}'
PRICE = b"POST /api/predict_home_price HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
PLAIN = b"Content-Type: application/json\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(HOME)
SMUGGLED = b"GET /api/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


def get(path: bytes, headers: bytes = b"") -> bytes:
    return b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%b\r\n" % (path, headers)


def post(headers: bytes, body: bytes = HOME) -> bytes:
    return PRICE + PLAIN + headers + b"\r\n" + body


REQUESTS = {
    "the hello of TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500 + b"\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a version that is none": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    "a version of no number": b"GET / HTTP/x\r\nHost: x\r\n\r\n",
    "a method that is none": b"G\xc3\x8bT / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "a method in small letters": b"get / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "CONNECT": b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "TRACE": b"TRACE /api/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "no host": b"GET /api/health HTTP/1.1\r\nConnection: close\r\n\r\n",
    "two hosts": get(b"/api/health", b"Host: y\r\n"),
    "a host with a slash": b"GET / HTTP/1.1\r\nHost: x/../y\r\nConnection: close\r\n\r\n",
    "a path of another origin": get(b"http://elsewhere/api/nothing"),
    "a method that is none of HTTP's": post(LENGTH).replace(b"POST", b"BREW"),
    "a path with a nul": get(b"/api/health%00"),
    "a path with a raw nul": get(b"/api/\x00health"),
    "a path with a raw line end": get(b"/api/health\rX: y"),
    "a path with a fragment": get(b"/api/nothing#/api/health"),
    "a path with half an escape": get(b"/api/%"),
    "a path with an escape of no digits": get(b"/api/%zz"),
    "a path of no utf-8": get(b"/api/%ff%fe"),
    "a path above the root": get(b"/../../etc/passwd"),
    "a path above its folder": get(b"/api/models/../nothing"),
    "a path with a raw blank": get(b"/api/models/B O1"),
    "a query with a raw blank": get(b"/api/localities?q=Indira Nagar"),
    "a path of raw latin-1": get(b"/api/models/caf\xe9"),
    "a query of raw utf-8": get("/api/localities?q=café".encode()),
    "a query of no utf-8": get(b"/api/localities?q=caf%e9"),
    "a version with a percent sign": get(b"/api/models/100%"),
    "a version that is a nul": get(b"/api/models/%00"),
    "a method in small letters with a body": post(LENGTH).replace(b"POST", b"post"),
    "a path without a slash": get(b"api/health"),
    "a path of 9,000 bytes": get(b"/" + b"x" * 9_000),
    "a query of 9,000 bytes": get(b"/api/localities?q=" + b"x" * 9_000),
    "a header of 9,000 bytes": get(b"/api/nothing", b"X: %b\r\n" % (b"x" * 9_000)),
    "many headers": get(b"/api/nothing", b"".join(b"X-%d: 1\r\n" % n for n in range(4_000))),
    "a header without a name": get(b"/api/health", b": x\r\n"),
    "a header with a blank before the colon": get(b"/api/health", b"X-Real-IP : 1.2.3.4\r\n"),
    "a header with a nul": get(b"/api/health", b"X-A: a\x00b\r\n"),
    "a folded header": get(b"/api/health", b"X-A: a\r\n b\r\n"),
    "two lengths": post(LENGTH + b"Content-Length: 5\r\n"),
    "two lengths in one": post(b"Content-Length: 5, 5\r\n"),
    "a length below zero": post(b"Content-Length: -1\r\n"),
    "a length of no number": post(b"Content-Length: 0x10\r\n"),
    "a length beyond all": post(b"Content-Length: 99999999999999999999999\r\n"),
    "a length and chunks": post(
        LENGTH + b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n" + SMUGGLED
    ),
    "chunks that are none": post(b"Transfer-Encoding: chunked\r\n", b"zz\r\n" + HOME),
    "a chunk beyond all": post(b"Transfer-Encoding: chunked\r\n", b"f" * 20 + b"\r\n" + HOME),
    "a coding that nobody knows": post(b"Transfer-Encoding: xchunked\r\n"),
    "two codings": post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
    "no length at all": PRICE + PLAIN + b"\r\n",
}


# nginx waits for some seconds for more of it; one of both is enough.
BOTH = [(name, door) for name in REQUESTS for door in ("router", "page")]
BOTH.remove(("a length and chunks", "page"))


@pytest.mark.parametrize(("name", "door"), BOTH)
def test_it_is_refused_in_our_shape_once_and_nothing_is_kept(
    api: Api, name: str, door: str
) -> None:
    issued = api.issued()
    url = {"router": api.url, "page": api.page_url}[door]
    answer = raw(int(url.rpartition(":")[2]), REQUESTS[name])
    assert answer.count(b"HTTP/1.1 ") == 1
    head, _, body = answer.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    assert status in {400, 404, 405, 414, 422, 431}, head
    assert (status == 414) == ("9,000 bytes" in name and "header" not in name)
    assert (status == 431) == (name in {"a header of 9,000 bytes", "many headers"})
    assert b"Content-Type: application/json" in head
    assert set(json.loads(body)["error"]) == {"code", "message", "fields"}
    if status == 405:
        assert re.search(rb"\r\nAllow: [A-Z, ]+(\r\n|$)", head)
    assert api.issued() == issued
    assert not any(b"smuggled" in log.read_bytes() for log in api.logs)


# What a service by itself has another word for, since it goes by fewer rules, or takes.
LENIENT = {"a length and chunks", "two codings", "two lengths in one"}


@pytest.mark.parametrize("name", sorted(REQUESTS.keys() - LENIENT))
def test_a_service_by_itself_refuses_it_in_our_shape_too(api: Api, name: str) -> None:
    answer = raw(int(api.service_url.rpartition(":")[2]), REQUESTS[name])
    head, _, body = answer.partition(b"\r\n\r\n")
    assert int(head.split()[1]) in {400, 404, 405, 414, 422, 431}, head
    assert b"content-type: application/json" in head
    assert set(json.loads(body)["error"]) == {"code", "message", "fields"}
