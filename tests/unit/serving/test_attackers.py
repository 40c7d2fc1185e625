"""Who tries to get in by what is not theirs, case by case: each is refused, and nothing is kept."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from homeprices.domain.errors import Unavailable
from homeprices.domain.requests.keys import KeyScope, secret_of
from homeprices.domain.requests.records import Client as Caller
from homeprices.domain.versions import KeyId
from homeprices.serving.app import create_app
from homeprices.workflows.keys import revoke_key, rotate_key
from support.client import Client
from support.service import IDENTITY, OPERATOR_KEY, Service

PRICE = "/api/predict_home_price"
HOME = {"total_sqft": "1200", "location": "Hebbal", "bhk": "2", "bath": "2"}
ACT = {"action": "hold", "reason": "a look first"}
WRONG = secret_of(KeyId(1), "00" * 32)
VISITOR, OTHER = "0123456789abcdef" * 2, "f" * 32
# What is there for whoever comes, with HOMES_REQUIRE_API_KEY, too.
OPEN = {
    *("/api/health", "/api/health/live", "/api/health/ready", "/api/fields", "/metrics"),
    *("/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json"),
    *("/static-offline-docs", "/"),
}


@pytest.fixture
def closed_service(tmp_path: Path) -> Service:
    return Service(tmp_path / "closed", is_key_required=True)


@pytest.fixture
def closed(closed_service: Service) -> Iterator[Client]:
    """A service that answers nobody without a key."""
    with Client(create_app(closed_service.dependencies)) as client:
        client.until(lambda: client.get("/api/health/ready").status_code == 200)
        yield client


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def lets_in(client: Client, secret: str) -> bool:
    answer = client.post(PRICE, json=HOME, headers=bearer(secret))
    return answer.status_code == 200


def soon(client: Client, secret: str) -> None:
    """Until the service goes by a new key."""
    client.until(lambda: lets_in(client, secret))


def test_no_key(closed: Client, closed_service: Service) -> None:
    answer = closed.post(PRICE, json=HOME)
    assert code(answer) == (401, "key_missing")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "scope price" in answer.json()["error"]["message"]
    for path in (PRICE + "?bhk=2", "/api/localities?q=heb", "/api/get_location_names"):
        assert code(closed.get(path)) == (401, "key_missing")
    assert code(closed.post("/api/feedback", json={})) == (401, "key_missing")
    assert closed_service.spool.counts().issued == 0


def test_every_route_but_those_of_health_and_documentation_asks_for_a_key(closed: Client) -> None:
    app = closed.app
    paths = {getattr(route, "path", "") for route in app.routes}
    assert OPEN - paths <= {"/"}
    for path in sorted(paths - OPEN):
        assert path.startswith("/api/"), path
        assert code(closed.get(path)) == (401, "key_missing"), path
        assert closed.post(path).status_code == 401, path
    for path in OPEN & paths - {"/static-offline-docs"}:
        assert closed.get(path).status_code == 200, path


def test_wrong_key(closed: Client, client: Client, closed_service: Service) -> None:
    closed_service.secret()
    for asked in (closed, client):
        for wrong in (WRONG, WRONG[:-1], "wrong", "Bearer", OPERATOR_KEY + "x", "é"):
            headers = {"x-api-key": wrong.encode()}
            asked.until(
                lambda asked=asked, headers=headers: (
                    code(asked.post(PRICE, json=HOME, headers=headers)) == (403, "key_refused")
                )
            )
            for path in ("/api/health", "/api/fields", "/api/logs"):
                assert code(asked.get(path, headers=headers)) == (403, "key_refused")
    assert closed_service.spool.counts().issued == 0


def test_a_wrong_key_is_refused_where_none_is_needed_and_no_key_is_not(client: Client) -> None:
    assert client.post(PRICE, json=HOME).status_code == 200
    assert client.post(PRICE, json=HOME, headers={"x-api-key": ""}).status_code == 200
    basic = {"authorization": "Basic dXNlcjpwYXNz"}
    assert client.post(PRICE, json=HOME, headers=basic).status_code == 200


def test_two_keys_that_differ(client: Client) -> None:
    both = bearer(OPERATOR_KEY) | {"x-api-key": "wrong"}
    assert code(client.get("/api/logs", headers=both)) == (403, "key_refused")
    same = bearer(OPERATOR_KEY) | {"x-api-key": OPERATOR_KEY}
    assert client.get("/api/logs", headers=same).status_code == 200


def test_revoked_key(closed: Client, closed_service: Service) -> None:
    secret = closed_service.secret()
    soon(closed, secret)
    revoke_key(closed_service, KeyId(1), "leaked", "cli:tests")
    closed.until(lambda: not lets_in(closed, secret))
    answer = closed.post(PRICE, json=HOME, headers=bearer(secret))
    assert code(answer) == (403, "key_ended")
    assert "K1 was revoked at" in answer.json()["error"]["message"]


def test_replaced_key(closed: Client, closed_service: Service) -> None:
    old = closed_service.secret()
    new = rotate_key(closed_service, KeyId(1), 1, None, "cli:tests").secret
    soon(closed, new)
    assert lets_in(closed, old)
    closed_service.now = lambda: datetime.now(UTC) + timedelta(hours=1)
    assert code(closed.post(PRICE, json=HOME, headers=bearer(old))) == (403, "key_ended")
    assert lets_in(closed, new)


def test_expired_key(closed: Client, closed_service: Service) -> None:
    secret = closed_service.secret(days=1)
    soon(closed, secret)
    closed_service.now = lambda: datetime.now(UTC) + timedelta(days=1)
    answer = closed.post(PRICE, json=HOME, headers=bearer(secret))
    assert code(answer) == (403, "key_ended")
    assert "expired" in answer.json()["error"]["message"]


def test_key_of_too_small_a_scope(closed: Client, closed_service: Service) -> None:
    price = closed_service.secret()
    reader = closed_service.secret(KeyScope.READ_LOGS, name="reader")
    soon(closed, price)
    answer = closed.get("/api/logs", headers=bearer(price))
    assert code(answer) == (403, "scope_too_small")
    assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope"'
    assert code(closed.post("/api/decisions", json=ACT, headers=bearer(price)))[0] == 403
    assert code(closed.post("/api/decisions", json=ACT, headers=bearer(reader)))[0] == 403
    assert code(closed.post(PRICE, json=HOME, headers=bearer(reader)))[1] == "scope_too_small"
    assert closed.get("/api/logs", headers=bearer(reader)).status_code == 200
    assert closed_service.acts.asked == []


def test_log_reading_without_key(client: Client, service: Service) -> None:
    for path in ("/api/logs", "/api/logs/tail", "/api/logs/", "/api/logs%2ftail"):
        assert code(client.get(path)) == (401, "key_missing"), path
    assert code(client.post("/api/decisions", json=ACT)) == (401, "key_missing")
    assert code(client.get("/api/logs%0a")) == (400, "unreadable")
    assert code(client.post("/api/decisions%0a", json=ACT)) == (400, "unreadable")
    assert service.acts.asked == []


def test_forged_prediction_id(client: Client, service: Service) -> None:
    issued = client.post(PRICE, json=HOME).json()["prediction_id"]
    uuid, tag = issued[:36], issued[37:]
    guessed = f"{uuid[:-1]}{'0' if uuid[-1] != '0' else '1'}-{tag}"
    other_tag = f"{uuid}-{'0' * 12}"
    opinion = {"feedback_type": "accurate"}
    before = service.spool.counts().issued
    for forged, refusal in (
        (guessed, (404, "not_found")),
        (other_tag, (404, "not_found")),
        (uuid, (400, "unreadable")),
        ("1", (400, "unreadable")),
    ):
        said = client.post("/api/feedback", json={"prediction_id": forged, **opinion})
        assert code(said) == refusal
        assert code(client.get(f"/api/estimates/{forged}")) == refusal
    assert service.spool.counts().issued == before


def test_someone_elses_prediction_id_is_kept_as_the_word_of_who_says_it(
    client: Client, service: Service
) -> None:
    mine = _routed(VISITOR)
    issued = client.post(PRICE, json=HOME, headers=mine).json()["prediction_id"]
    said = {"prediction_id": issued, "feedback_type": "too_high"}
    assert client.post("/api/feedback", json=said, headers=_routed(OTHER)).status_code == 200
    client.until(lambda: len(service.log.rows) == 2)
    asked, opinion = service.log.rows.values()
    assert (asked.caller.visitor, opinion.caller.visitor) == (VISITOR, OTHER)


def test_replayed_cookie_of_another_visitor(client: Client, service: Service) -> None:
    stolen = {"cookie": f"visit={IDENTITY.visit(OTHER)}"}
    client.post(PRICE, json=HOME, headers=_routed(VISITOR) | stolen)
    client.until(lambda: len(service.log.rows) == 1)
    (row,) = service.log.rows.values()
    assert (row.caller.visitor, row.caller.signed) == (VISITOR, False)


def test_forged_address(client: Client, service: Service) -> None:
    forged = {"x-forwarded-for": "203.0.113.7", "x-real-ip": "203.0.113.7", "forwarded": "for=_x"}
    for headers in ({}, forged, forged | {"x-router": "0" * 64}):
        client.post(PRICE, json=HOME, headers=headers)
    client.until(lambda: len(service.log.rows) == 3)
    hashes = {row.caller.address_hash for row in service.log.rows.values()}
    assert len(hashes) == 1
    assert IDENTITY.address_hash("203.0.113.7") not in hashes


def test_forged_words_of_the_router(client: Client, service: Service) -> None:
    lies = {"x-visitor": VISITOR, "x-arm": "candidate", "x-experiment": "E1", "x-zone": "north"}
    client.post(PRICE, json=HOME, headers=lies)
    client.until(lambda: len(service.log.rows) == 1)
    (row,) = service.log.rows.values()
    assert row.caller == Caller(
        address_hash=row.caller.address_hash, network_hash=row.caller.network_hash
    )


@pytest.mark.parametrize(
    "path",
    [
        "/api/models/../../etc/passwd",
        "/api/models/%2e%2e/%2e%2e/etc/passwd",
        "/api/models/..%2f..%2fetc%2fpasswd",
        "/static-offline-docs/../../../../etc/passwd",
        "/static-offline-docs/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/static-offline-docs/..%2f..%2f..%2fetc%2fpasswd",
        "/static-offline-docs/%00",
        "/api/estimates/..%2f..%2flogs",
    ],
)
def test_path_escape(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in {400, 404}
    assert "root:" not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        f"?api_key={OPERATOR_KEY}",
        "?X-API-Key=x",
        f"?location={WRONG}",
        f"?note={WRONG.replace('_', '%5f')}",
        "?access_token=x&bhk=2",
    ],
)
def test_a_key_in_a_url(client: Client, service: Service, query: str) -> None:
    for path in (PRICE, "/api/logs", "/api/health", "/docs"):
        answer = client.get(path + query)
        assert code(answer) == (400, "key_misplaced")
        assert "Authorization: Bearer KEY" in answer.json()["error"]["message"]
        assert WRONG not in answer.text
    assert code(client.get(f"/api/models/{WRONG}")) == (400, "key_misplaced")
    assert service.spool.counts().issued == 0


def test_a_key_in_a_form_or_a_field(client: Client, service: Service) -> None:
    for sent in (
        {"json": HOME | {"api_key": "x"}},
        {"data": HOME | {"key": WRONG}},
        {"json": HOME | {"location": WRONG}},
        {"files": {"api_key": (None, "x"), "bhk": (None, "2")}},
    ):
        assert code(client.post(PRICE, **sent)) == (400, "key_misplaced")
    said = {"prediction_id": "x", "feedback_type": "comment", "feedback_text": f"mine is {WRONG}"}
    assert code(client.post("/api/feedback", json=said)) == (400, "key_misplaced")
    assert service.spool.counts().issued == 0


ESCAPED = r"\u0068omes_" + WRONG.removeprefix("homes_")


@pytest.mark.parametrize(
    ("media", "content"),
    [
        ("application/json", '{"bhk": 2, "location": "KEY"}'.replace("KEY", ESCAPED)),
        ("application/json", '{"location": ["a", {"b": "KEY"}]}'.replace("KEY", ESCAPED)),
        ("application/json", '{"KEY": 2}'.replace("KEY", ESCAPED)),
        ("application/x-www-form-urlencoded", "bhk=2&location=%68" + WRONG[1:]),
        ("application/x-www-form-urlencoded", f"%68{WRONG[1:]}=2"),
    ],
)
def test_a_key_that_is_escaped_in_a_body(
    client: Client, service: Service, media: str, content: str
) -> None:
    for path in (PRICE, "/api/feedback"):
        answer = client.post(path, content=content, headers={"content-type": media})
        assert code(answer) == (400, "key_misplaced")
    assert service.spool.counts().issued == 0


HOMES_HEADER = "total_sqft,location,bhk,bath\n"
FULLY_SAID = '{"total_sqft": 1200, "location": "KEY", "bhk": 2, "bath": 2}'


@pytest.mark.parametrize(
    ("media", "content"),
    [
        ("application/json", f"[{json.dumps(HOME)}, {FULLY_SAID}, {json.dumps(HOME)}]"),
        ("application/json", '[{"bhk": 2}, {"a": [{"KEY": 1}]}, {"bhk": 2}]'),
        ("application/json", '[{"bhk": 2}, {"bhk": 2, "api_key": "x"}, {"bhk": 2}]'),
        ("application/x-ndjson", f"{json.dumps(HOME)}\n{FULLY_SAID}\n{json.dumps(HOME)}"),
        ("text/csv", f"{HOMES_HEADER}1200,Hebbal,2,2\n1200,KEY,2,2\n1200,Hebbal,2,2\n"),
        ("text/csv", f"{HOMES_HEADER}1200,Hebbal,2,2\n1200,Hebbal,2,2,KEY\n1200,Hebbal,2,2\n"),
        ("text/csv", f'{HOMES_HEADER}9,A,2,2\n1200,"""KEY""",2,2\n9,A,2,2\n'),
    ],
)
def test_a_key_in_a_row_of_a_batch(client: Client, media: str, content: str) -> None:
    for key in (WRONG, ESCAPED) if "json" in media else (WRONG,):
        headers = {"content-type": media, "accept": "application/json"}
        body = content.replace("KEY", key)
        answer = client.post(f"{PRICE}/batch", content=body, headers=headers)
        codes = [row.get("error", {}).get("code") for row in answer.json()]
        assert codes[1] == "key_misplaced"
        assert "key_misplaced" not in {codes[0], codes[2]}
        assert random_part(WRONG) not in answer.text


def test_a_key_in_the_header_of_a_batch(client: Client) -> None:
    headers = {"content-type": "text/csv"}
    answer = client.post(f"{PRICE}/batch", content=f"bhk,{WRONG}\n2,2\n", headers=headers)
    assert code(answer) == (400, "key_misplaced")
    assert random_part(WRONG) not in answer.text


def test_no_log_and_no_answer_has_the_key_that_was_sent(
    client: Client, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = service.secret()
    soon(client, secret)
    answers = [
        client.get("/api/logs", headers=bearer(secret)),
        client.get(f"/api/logs?api_key={secret}"),
        client.post(PRICE, json=HOME | {"location": secret}),
        client.get("/api/health", headers=bearer(WRONG)),
        client.get("/metrics", headers=bearer(secret)),
    ]
    random = random_part(secret)
    # What httpx, which asks, says of its own addresses is not the service's.
    logged = [record.getMessage() for record in caplog.records if record.name != "httpx"]
    for text in (*logged, *(answer.text for answer in answers)):
        assert random not in text
        assert random_part(WRONG) not in text


def test_what_a_key_asks_is_kept_under_the_name_that_it_was_given_to(
    client: Client, service: Service
) -> None:
    secret = service.secret(name="partner")
    soon(client, secret)
    client.until(lambda: len(service.log.rows) > 0)
    assert {row.caller.client_name for row in service.log.rows.values()} == {"partner"}
    assert random_part(secret) not in str(service.log.rows)


def random_part(secret: str) -> str:
    return secret.rpartition("_")[2]


def test_what_was_refused_and_let_in_is_counted_and_no_secret_is_a_label(
    client: Client, service: Service
) -> None:
    secret = service.secret()
    soon(client, secret)
    for headers in ({}, bearer(WRONG), bearer(secret)):
        client.get("/api/logs", headers=headers)
    page = client.get("/metrics").text
    for refusal in ("key_missing", "scope_too_small"):
        assert f'keys_refused_total{{code="{refusal}",slot="production"}} 1.0' in page
    assert 'key_requests_total{key="K1",slot="production"} 1.0' in page
    assert random_part(secret) not in page


def test_while_the_object_store_is_away_keys_that_were_read_go_on(
    closed: Client, closed_service: Service
) -> None:
    secret = closed_service.secret()
    soon(closed, secret)
    _take_away(closed_service)
    closed.until(lambda: closed.get("/api/health").json()["status"] == "degraded")
    (reason,) = closed.get("/api/health").json()["reasons"]
    assert reason == "keys cannot be read: it is away; those read last are gone by"
    assert lets_in(closed, secret)
    assert code(closed.post(PRICE, json=HOME, headers=bearer(WRONG))) == (403, "key_refused")


def test_before_keys_could_be_read_a_client_is_asked_to_come_again_and_the_operator_is_let_in(
    closed_service: Service,
) -> None:
    _take_away(closed_service)
    with Client(create_app(closed_service.dependencies)) as closed:
        closed.until(lambda: closed.get("/api/health/ready").status_code == 200)
        assert code(closed.post(PRICE, json=HOME, headers=bearer(WRONG))) == (503, "unavailable")
        assert lets_in(closed, OPERATOR_KEY)
        assert code(closed.get("/api/logs", headers=bearer("wrong"))) == (403, "key_refused")


def _take_away(service: Service) -> None:
    class Away:
        def standings(self) -> None:
            raise Unavailable("it is away")

    service.client_keys = Away()  # type: ignore[assignment]


def _routed(visitor: str) -> dict[str, str]:
    """What the router says of a visitor."""
    return {"x-router": IDENTITY.router_key, "x-visitor": visitor}
