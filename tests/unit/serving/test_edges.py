"""What HTTP allows is read, or refused by name: HEAD, packed bodies, marks, names sent twice."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import Any
from urllib.parse import urlencode

import pytest

from homeprices.serving.access.targets import MOST_BYTES as LONGEST_TARGET
from homeprices.serving.app import create_app
from homeprices.serving.http.body import MOST_BYTES
from support.client import Client
from support.service import IDENTITY, OPERATOR_KEY, Service

PRICE = "/api/predict_home_price"
BATCH = f"{PRICE}/batch"
HOME: dict[str, Any] = {"total_sqft": 1200, "location": "Hebbal", "bhk": 2, "bath": 2}
QUERY = f"{PRICE}?total_sqft=1200&location=Hebbal&bhk=2&bath=2"
TEXT = json.dumps(HOME).encode()
JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
OPERATOR = {"x-api-key": OPERATOR_KEY}
OPINION = b'{"prediction_id": "%b", "feedback_type": "accurate"}'
# A body of each route that reads one.
BODIES = {PRICE: TEXT, BATCH: b"[%b]" % TEXT, "/api/decisions": b'{"action":"hold","reason":"x"}'}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    folder: Path = tmp_path_factory.mktemp("spool")
    return Service(folder)


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[Client]:
    with Client(create_app(service.dependencies)) as client:
        client.until(lambda: client.get("/api/health/ready").status_code == 200)
        yield client


def problem(response: Any) -> tuple[int, str]:
    error = response.json()["error"]
    return response.status_code, error["message"]


@pytest.mark.parametrize(
    "path",
    [
        QUERY, "/api/health", "/api/health/ready", "/api/fields", "/api/localities?q=heb",
        "/api/models", "/api/models/CO1", "/api/models/CO1?beside=BO1", "/api/models/CO9",
        "/api/decisions?format=csv", "/api/experiment?format=svg", "/api/metrics?hours=-1",
        "/api/logs/tail", "/docs", "/redoc", "/openapi.json", "/metrics", "/api/nothing",
        "/static-offline-docs/swagger-ui.css", "/api/feedback", BATCH, f"{PRICE}?bhk=2",
    ],
)  # fmt: skip
def test_head_is_answered_as_get_is_and_records_nothing(
    client: Client, service: Service, path: str
) -> None:
    issued = service.spool.counts().issued
    head = client.run(client.ask("HEAD", path, headers=OPERATOR))
    assert service.spool.counts().issued == issued
    get = client.get(path, headers=OPERATOR)
    assert head.status_code == get.status_code
    assert head.content == b""
    # How long a price took is in its body, and what was done so far in the series.
    varying = {"content-length"} if path in {QUERY, "/metrics", "/api/health"} else set()
    assert head.headers.keys() == get.headers.keys()
    assert {k: v for k, v in head.headers.items() if k not in varying} == {
        k: v for k, v in get.headers.items() if k not in varying
    }


def test_where_get_is_possible_head_is_named(client: Client) -> None:
    for path in ("/api/health", "/api/decisions", PRICE):
        allowed = client.run(client.ask("DELETE", path, headers=OPERATOR)).headers["allow"]
        assert {"GET", "HEAD"} <= set(allowed.split(", "))


@pytest.mark.parametrize("path", BODIES)
def test_a_packed_body_is_read_as_it_would_be_alone(client: Client, path: str) -> None:
    headers = {**JSON, **OPERATOR}
    plain = client.post(path, content=BODIES[path], headers=headers)
    for encoding in ("gzip", "GZIP", "x-gzip"):
        packed = client.post(
            path,
            content=gzip.compress(BODIES[path]),
            headers={**headers, "content-encoding": encoding},
        )
        assert packed.status_code == plain.status_code == 200
        assert len(packed.json()) == len(plain.json())


def test_a_body_of_many_empty_members_of_gzip_is_refused(client: Client) -> None:
    headers = {**JSON, "content-encoding": "gzip"}
    body = gzip.compress(b"") * 3000 + gzip.compress(BODIES[PRICE])
    answer = client.post(PRICE, content=body, headers=headers)
    assert problem(answer) == (400, "the body is packed in many small pieces; pack it whole")
    few = gzip.compress(BODIES[PRICE][:9]) + gzip.compress(BODIES[PRICE][9:])
    assert client.post(PRICE, content=few, headers=headers).status_code == 200


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "compress"])
@pytest.mark.parametrize("path", [*BODIES, "/api/feedback"])
def test_a_packing_that_is_not_unpacked_is_refused_by_name(
    client: Client, path: str, encoding: str
) -> None:
    headers = {**JSON, **OPERATOR, "content-encoding": encoding}
    answer = client.post(path, content=zlib.compress(TEXT), headers=headers)
    assert problem(answer) == (415, f"Content-Encoding must be gzip or none; got {encoding}")
    assert answer.headers["accept-encoding"] == "gzip"


def test_what_unpacks_to_too_much_is_refused_and_what_just_fits_is_not(client: Client) -> None:
    def answer(size: int) -> Any:
        body = TEXT[:-1] + b" " * (size - len(TEXT)) + b"}"
        headers = {**JSON, "content-encoding": "gzip"}
        return client.post(PRICE, content=gzip.compress(body), headers=headers)

    assert answer(MOST_BYTES).status_code == 200
    for size in (MOST_BYTES + 1, 50_000_000):
        expected = "a body must be at most 65,536 bytes; send less"
        assert problem(answer(size)) == (413, expected)


def test_json_with_a_mark_of_utf_8_is_read(client: Client) -> None:
    marked = b"\xef\xbb\xbf" + TEXT
    assert client.post(PRICE, content=marked, headers=JSON).json()["estimated_price"] == 12.0
    batch = client.post(BATCH, content=b"\xef\xbb\xbf[" + TEXT + b"]", headers=JSON)
    assert batch.json()[0]["estimated_price"] == 12.0
    twice = client.post(PRICE, content=b"\xef\xbb\xbf" + marked, headers=JSON)
    assert twice.status_code == 400


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
@pytest.mark.parametrize("path", BODIES)
def test_json_in_another_encoding_is_refused_by_name(
    client: Client, path: str, encoding: str
) -> None:
    body = BODIES[path].decode().encode(encoding)
    answer = client.post(path, content=body, headers={**JSON, **OPERATOR})
    assert problem(answer) == (400, "the body begins as UTF-16 or UTF-32 do; send it as UTF-8")


@pytest.mark.parametrize(
    ("body", "headers", "name"),
    [
        (TEXT[:-1] + b', "bhk": 3}', JSON, "bhk"),
        (TEXT[:-1] + b', "bhk": 2}', JSON, "bhk"),
        (TEXT[:-1] + b', "\\u0062ath": 3}', JSON, "bath"),
        (TEXT[:-1] + b', "more": {"a": {"floor": 1, "floor": 2}}}', JSON, "floor"),
        (TEXT[:-1] + b', "more": [{"\xc3\xa9": 1, "\\u00e9": 2}]}', JSON, "é"),
        (b"bhk=2&bath=2&bhk=3", FORM, "bhk"),
        (b"bath=2&b%61th=2", FORM, "bath"),
        (b"a+b=2&a%20b=2", FORM, "a b"),
    ],
)
def test_a_name_that_is_sent_twice_is_refused(
    client: Client, body: bytes, headers: dict[str, str], name: str
) -> None:
    answer = client.post(PRICE, content=body, headers=headers)
    assert problem(answer) == (400, f"{name} is sent twice; send the one that is meant")


def test_a_part_that_is_sent_twice_is_refused(client: Client) -> None:
    part = '--b\r\nContent-Disposition: form-data; name="bhk"\r\n\r\n{}\r\n'
    body = part.format(2) + part.format(3) + "--b--\r\n"
    headers = {"content-type": "multipart/form-data; boundary=b"}
    answer = client.post(PRICE, content=body.encode(), headers=headers)
    assert problem(answer) == (400, "bhk is sent twice; send the one that is meant")


def test_colons_and_lists_are_no_names(client: Client) -> None:
    more = {"note": "a: b: c", "more": {"location": 1, "list": [{"bhk": 1}, {"bhk": 2}]}}
    assert client.post(PRICE, json={**HOME, **more}).status_code == 200


def test_a_row_of_a_batch_with_a_name_twice_is_an_error_of_its_own(client: Client) -> None:
    twice = TEXT[:-1] + b', "bath": 3}'
    expected = "bath is sent twice; send the one that is meant"
    for media, body in (
        ("application/json", b"[%b, %b, %b]" % (TEXT, twice, TEXT)),
        ("application/x-ndjson", b"%b\n%b\n%b" % (TEXT, twice, TEXT)),
    ):
        answer = client.post(BATCH, content=body, headers={"content-type": media})
        rows = (
            answer.json()
            if media == "application/json"
            else [json.loads(line) for line in answer.text.splitlines()]
        )
        assert [row.get("estimated_price") for row in rows] == [12.0, None, 12.0]
        assert rows[1]["error"]["message"] == expected


@pytest.mark.parametrize("names", [("bhk", "bhk"), ("bhk", "BHK"), ("bhk", "No. of Bedrooms")])
def test_a_column_of_a_batch_that_stands_twice_is_refused(
    client: Client, names: tuple[str, str]
) -> None:
    text = f"location,total_sqft,bath,{','.join(names)}\nHebbal,1200,2,2,3\n".encode()
    answer = client.post(BATCH, content=text, headers={"content-type": "text/csv"})
    said = f"the columns {' and '.join(names)} say the same; send the one that is meant"
    assert problem(answer) == (400, said)


def test_the_unit_of_a_row_of_csv_is_that_of_its_area(client: Client) -> None:
    homes = [
        {**HOME, "total_sqft": 133, "unit": unit} for unit in ("sq. yards", "", "sqm", "cubits")
    ]
    head = ",".join(homes[0])
    text = "\n".join([head, *(",".join(map(str, home.values())) for home in homes)])
    answer = client.post(BATCH, content=text.encode(), headers={"content-type": "text/csv"})
    as_json = client.post(BATCH, json=homes).json()
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["estimated_price"] for row in rows] == [
        str(row["estimated_price"]) if "estimated_price" in row else "" for row in as_json
    ]
    assert len({row["estimated_price"] for row in rows}) == 4


def test_a_body_of_many_names_of_which_the_last_stands_twice_takes_no_time(client: Client) -> None:
    names = [f'"{n}":1' for n in range(7_000)]
    body = "{" + ",".join([*names, names[-1]]) + "}"
    began = process_time()
    answer = client.post(PRICE, content=body.encode(), headers=JSON)
    assert process_time() - began < 0.5
    assert problem(answer) == (400, "6999 is sent twice; send the one that is meant")


def test_a_form_with_a_mark_of_utf_8_has_its_first_field(client: Client) -> None:
    body = b"\xef\xbb\xbftotal_sqft=1200&location=Hebbal&bhk=2&bath=2"
    assert client.post(PRICE, content=body, headers=FORM).status_code == 200


def test_a_query_has_at_most_so_many_fields_however_they_are_written(client: Client) -> None:
    many = "&".join(f"a{n}=1" for n in range(60))
    for query in (many, f"{many}&b=%20"):
        assert problem(client.get(f"/api/models?{query}")) == (
            400,
            "a form or a query must have at most 50 fields",
        )


@pytest.mark.parametrize("unit", [5, True, ["sqft"], "cubits"])
def test_what_is_no_unit_makes_an_area_that_cannot_be_read(client: Client, unit: object) -> None:
    answer = client.post(PRICE, json={**HOME, "unit": unit})
    assert answer.status_code == 422
    assert [field["field"] for field in answer.json()["error"]["fields"]] == ["total_sqft"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"{QUERY}&bhk=3", "bhk"),
        ("/api/localities?q=heb&q=white", "q"),
        ("/api/metrics?hours=2&h%6Furs=3", "hours"),
        ("/api/models/CO1?beside=BO1&beside=BO1", "beside"),
    ],
)
def test_a_name_that_stands_twice_in_a_query_is_refused(
    client: Client, path: str, name: str
) -> None:
    assert problem(client.get(path)) == (400, f"{name} is sent twice; send the one that is meant")


def test_a_key_that_is_the_name_of_a_field_is_not_told_again(client: Client) -> None:
    name = "homes_K3_" + "0f" * 32
    answers = [
        client.get(f"/api/localities?{name}=1&{name}=2"),
        client.post(PRICE, content=f'{{"{name}": 1, "{name}": 2}}'.encode(), headers=JSON),
    ]
    for answer in answers:
        assert answer.json()["error"]["code"] == "key_misplaced"
        assert name not in answer.text


@pytest.mark.parametrize("headers", [JSON, FORM])
def test_fields_of_the_address_and_of_the_body_are_read_together(
    client: Client, headers: dict[str, str]
) -> None:
    home = {"total_sqft": "1200", "location": "Hebbal", "bath": "2"}
    body = json.dumps(home) if headers is JSON else urlencode(home)
    priced = client.post(f"{PRICE}?bhk=2", content=body.encode(), headers=headers)
    assert priced.json()["estimated_price"] == 12.0
    twice = client.post(f"{PRICE}?bhk=2&bath=3", content=body.encode(), headers=headers)
    assert problem(twice) == (400, "bath is sent twice; send the one that is meant")


@pytest.mark.parametrize("query", ["q=caf%e9", "q=%ff", "%e9=1&q=x", "q=%ed%a0%80"])
def test_a_query_of_no_utf_8_is_refused(client: Client, query: str) -> None:
    status, message = problem(client.get(f"/api/localities?{query}"))
    assert (status, message.partition(";")[0]) == (400, "a form or a query must be UTF-8")
    answer = client.post(PRICE, content=query.encode(), headers=FORM)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "path", [f"{PRICE}%0A", "/api/feedback%0a", "/api/health%00", "/api%E2%80%8B"]
)
def test_a_path_with_signs_that_nobody_sees_is_refused(client: Client, path: str) -> None:
    assert client.get(path).status_code == 400


def test_an_address_over_the_limit_is_refused(client: Client) -> None:
    begin = "/api/localities?q="
    fits = client.get(begin + "x" * (LONGEST_TARGET - len(begin) + 1))
    assert fits.status_code == 422
    for path in (begin + "x" * LONGEST_TARGET, "/" + "x" * LONGEST_TARGET):
        assert problem(client.get(path))[0] == 414


@pytest.mark.parametrize(
    "path",
    [
        "/static-offline-docs",
        "/static-offline-docs/",
        "/docs/",
        "/api/health/",
        "/api",
        "//x.example/",
    ],
)
def test_nobody_is_sent_elsewhere(client: Client, path: str) -> None:
    answer = client.get(path, headers={"host": "elsewhere.example"})
    assert answer.status_code in {200, 404}
    assert "location" not in answer.headers


def test_what_depends_on_who_asks_is_kept_by_no_cache(client: Client) -> None:
    visitor = {"x-router": IDENTITY.router_key, "x-visitor": "0f" * 16}
    priced = client.get(QUERY, headers=visitor)
    said = OPINION % priced.json()["prediction_id"].encode()
    answers = [
        priced,
        client.post(PRICE, json=HOME),
        client.get(f"{PRICE}?bhk=2"),
        client.post("/api/feedback", content=said, headers=JSON | visitor),
        client.post(BATCH, content=BODIES[BATCH], headers=JSON),
        client.get("/api/logs"),
    ]
    for answer in answers:
        assert answer.headers.get_list("cache-control") == ["private, no-store"]
    assert "visit=" in priced.headers["set-cookie"]


@pytest.mark.parametrize("name", ["Content-Type", "Authorization", "X-API-Key", "Host"])
def test_a_header_of_one_value_is_sent_once(client: Client, service: Service, name: str) -> None:
    issued = service.spool.counts().issued
    value = {"Content-Type": "application/json", "Host": "service"}.get(name, "x")
    needed = [] if name == "Content-Type" else [("Content-Type", "application/json")]
    headers = [*needed, (name, value), (name, value)]
    status, message = problem(client.post(PRICE, content=TEXT, headers=headers))
    assert (status, message) == (400, f"{name.title()} is sent twice; send the one that is meant")
    assert service.spool.counts().issued == issued


@pytest.mark.parametrize("path", [PRICE, BATCH, "/api/feedback"])
@pytest.mark.parametrize("first", ["gzip", "identity", "br"])
def test_two_packings_in_two_headers_are_refused_by_name(
    client: Client, path: str, first: str
) -> None:
    headers = [*JSON.items(), ("content-encoding", first), ("content-encoding", "gzip")]
    answer = client.post(path, content=gzip.compress(BODIES.get(path, TEXT)), headers=headers)
    status, message = problem(answer)
    assert (status, answer.headers["accept-encoding"]) == (415, "gzip")
    assert message.startswith("Content-Encoding is sent twice")


@pytest.mark.parametrize(("version", "status"), [("1.0", 200), ("1.1", 400)])
def test_who_speaks_http_1_1_names_the_host(client: Client, version: str, status: int) -> None:
    answered: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        answered.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    path = "/api/health/live"
    scope = {"type": "http", "http_version": version, "method": "GET", "path": path, "headers": []}
    more = {"raw_path": path.encode(), "query_string": b"", "scheme": "http", "client": ("x", 1)}
    client.run(client.app({**scope, **more}, receive, send))
    assert answered[0]["status"] == status


def test_head_that_fails_is_not_counted(client: Client) -> None:
    def errors() -> list[str]:
        series = client.get("/metrics").text
        return [line for line in series.splitlines() if line.startswith("prediction_errors_total")]

    before = errors()
    assert client.run(client.ask("HEAD", f"{PRICE}?bhk=x")).status_code == 422
    assert errors() == before
    assert client.get(f"{PRICE}?bhk=x").status_code == 422
    assert errors() != before


@pytest.mark.parametrize(
    "headers",
    [{"x-long": "a" * 9_000}, {f"x-{number}": "a" * 60 for number in range(600)}],
    ids=["one", "many"],
)
def test_headers_have_the_routers_limit_at_a_service_by_itself(
    client: Client, headers: dict[str, str]
) -> None:
    status, message = problem(client.get(QUERY, headers=headers))
    assert (status, message) == (
        431,
        "the headers are over 8 KB each or 32 KB together; send less",
    )
    assert client.get(QUERY, headers={"x-long": "a" * 8_000}).status_code == 200
