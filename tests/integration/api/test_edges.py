"""The router, the page and a service keep to HTTP in the same way, whichever is asked."""

import gzip
import json
from collections.abc import Iterator

import httpx
import pytest

from support.api import KEY, Api, raw

PRICE = "/api/predict_home_price"
TEXT = json.dumps({"location": "Hebbal", "total_sqft": 1200, "bhk": 2, "bath": 2}).encode()
JSON = {"Content-Type": "application/json"}
FOREIGN = {"Host": "elsewhere.example"}
DOORS = ("url", "page_url", "service_url")


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest, api: Api) -> Iterator[httpx.Client]:
    """A client of the router, of the page, and of the service itself."""
    # What nginx packs it does while it sends, and says so in no answer to HEAD.
    headers = {**KEY, "Accept-Encoding": "identity"}
    with httpx.Client(base_url=getattr(api, request.param), headers=headers, timeout=20) as client:
        yield client


@pytest.mark.parametrize("is_packed", [False, True])
def test_one_limit_holds_for_a_body_and_is_told(door: httpx.Client, is_packed: bool) -> None:
    def answer(path: str, size: int) -> httpx.Response:
        body = TEXT[:-1] + b" " * (size - len(TEXT)) + b"}"
        if not is_packed:
            return door.post(path, content=body, headers=JSON)
        packed = {**JSON, "Content-Encoding": "gzip"}
        return door.post(path, content=gzip.compress(body), headers=packed)

    assert answer(PRICE, 65_536).status_code == 200
    for path in (PRICE, "/api/feedback", "/api/decisions"):
        for size in (65_537, 1_000_000):
            refused = answer(path, size)
            told = (refused.status_code, refused.json()["error"]["message"])
            assert told == (413, "a body must be at most 65,536 bytes; send less")


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/", "/api/health/", "/docs/", "/static-offline-docs", "/static-offline-docs/",
     "//elsewhere.example/", "//elsewhere.example", "/page", "/page/", "/router", "/.", "/x/.."],
)  # fmt: skip
def test_nobody_is_sent_to_a_host_that_he_names(door: httpx.Client, path: str) -> None:
    answer = door.get(path, headers=FOREIGN)
    assert answer.status_code in {200, 404}
    assert "Location" not in answer.headers
    assert "elsewhere.example" not in str(answer.headers)


@pytest.mark.parametrize(
    "path",
    ["/", "/index.html", "/page.js", "/nothing", "/api/health", "/docs", "/openapi.json",
     "/router/live", "/router/up", "/page/live", "/page/up", "/problem", "/api/models/100",
     f"{PRICE}?location=Hebbal&total_sqft=1200&bhk=2&bath=2"],
)  # fmt: skip
def test_head_is_answered_as_get_is(api: Api, door: httpx.Client, path: str) -> None:
    issued = api.issued()
    head = door.head(path)
    assert api.issued() == issued
    door.cookies.clear()
    get = door.get(path)
    varying = {"date", "expires", "set-cookie", "content-length", "etag"}
    told = [
        (answer.status_code, {k: v for k, v in answer.headers.items() if k not in varying})
        for answer in (head, get)
    ]
    assert told[0] == told[1]
    assert ("set-cookie" in head.headers, head.content) == ("set-cookie" in get.headers, b"")
    if get.status_code != 200:
        assert set(get.json()["error"]) == {"code", "message", "fields"}


def test_who_speaks_http_1_0_and_names_no_host_is_answered(api: Api) -> None:
    for url in (api.url, api.page_url):
        answer = raw(int(url.rpartition(":")[2]), b"GET /api/health/live HTTP/1.0\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "BREW"])
def test_what_a_file_of_the_page_does_not_take_is_told(api: Api, method: str) -> None:
    answer = httpx.request(method, f"{api.page_url}/style.css")
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Range": "bytes=9999999-"}, 416), ({"If-Match": '"another"'}, 412)],
)
def test_what_a_file_of_the_page_cannot_give_is_told(
    api: Api, headers: dict[str, str], status: int
) -> None:
    # What is packed while it is sent has no ranges.
    plain = {"Accept-Encoding": "identity"}
    answer = httpx.get(f"{api.page_url}/style.css", headers=headers | plain)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, "refused")


@pytest.mark.parametrize("of", DOORS)
def test_http_1_0_needs_no_host(api: Api, of: str) -> None:
    port = int(getattr(api, of).rpartition(":")[2])
    assert raw(port, b"GET /api/health/live HTTP/1.0\r\n\r\n").split()[1] == b"200"
