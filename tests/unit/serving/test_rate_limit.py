"""So many requests a second of one name, a burst beside, and no more memory for more names."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from homeprices.bootstrap import Homes
from homeprices.domain.errors import RateLimited
from homeprices.domain.requests.records import Slot
from homeprices.serving.access import rate_limit
from homeprices.serving.access.rate_limit import UNLIMITED, RateLimit, RateTerms, RequestKind
from homeprices.serving.app import create_app
from homeprices.settings import OwnSettings
from support.client import Client
from support.service import IDENTITY, SECRET, Service


class Now:
    """A clock that is set."""

    at = 1_000.0

    def __call__(self) -> float:
        return self.at


def taken(limit: RateLimit, name: str, times: int) -> int:
    """How many of so many requests are taken."""
    count = 0
    for _ in range(times):
        try:
            limit.take(name)
        except RateLimited:
            continue
        count += 1
    return count


def test_a_burst_is_taken_and_then_so_many_a_second() -> None:
    now = Now()
    limit = RateLimit(RateTerms(5, 300), "opinions", now)
    assert taken(limit, "a", 1_000) == 301
    now.at += 1
    assert taken(limit, "a", 1_000) == 5
    now.at += 3_600
    assert taken(limit, "a", 1_000) == 301


def test_one_name_takes_nothing_from_another() -> None:
    limit = RateLimit(RateTerms(1, 3), "opinions", Now())
    assert [taken(limit, name, 10) for name in ("a", "b", "a")] == [4, 4, 0]


def test_whoever_is_refused_is_told_how_long_to_wait_and_waits_no_longer_for_having_asked() -> None:
    now = Now()
    limit = RateLimit(RateTerms(0.5, 0), "opinions", now)
    limit.take("a")
    for _ in range(3):
        with pytest.raises(RateLimited) as refused:
            limit.take("a")
        assert refused.value.retry_after_s == pytest.approx(2)
    now.at += 2
    limit.take("a")


def test_a_rate_of_nought_limits_nothing() -> None:
    assert taken(RateLimit(UNLIMITED, "opinions", Now()), "a", 5_000) == 5_000


def test_of_more_names_than_are_remembered_the_quietest_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rate_limit, "REMEMBERED", 3)
    limit = RateLimit(RateTerms(1, 0), "opinions", Now())
    for name in "abcd":
        limit.take(name)
    assert len(limit._whole_at) == 3
    assert [taken(limit, name, 1) for name in "da"] == [0, 1]


LIMITS = {
    RequestKind.PRICES: RateTerms(1, 9),
    RequestKind.OPINIONS: RateTerms(1, 7),
    RequestKind.BATCHES: RateTerms(1, 3),
    RequestKind.ACTS: RateTerms(1, 2),
    RequestKind.READS: RateTerms(1, 5),
}
# One request of each kind, and how many of a burst are taken.
REQUESTS = {
    RequestKind.PRICES: ("POST", "/api/predict_home_price", 10),
    RequestKind.OPINIONS: ("POST", "/api/feedback", 8),
    RequestKind.BATCHES: ("POST", "/api/predict_home_price/batch", 4),
    RequestKind.ACTS: ("POST", "/api/decisions", 3),
    RequestKind.READS: ("GET", "/api/models", 6),
}


@pytest.fixture
def limited(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A service with a limit of each kind, at a time that stands still."""
    monkeypatch.setattr(rate_limit.RateLimit.__init__, "__defaults__", (Now(),))
    with Client(create_app(replace(service.dependencies, limits=LIMITS))) as client:
        client.until(lambda: client.get("/api/health/ready").status_code == 200)
        yield client


def answered(client: Client, kind: RequestKind, times: int = 20, **headers: str) -> int:
    """How many of so many requests are not refused for their number."""
    method, path, _ = REQUESTS[kind]
    statuses = [
        client.run(client.ask(method, path, headers=headers)).status_code for _ in range(times)
    ]
    return sum(status != 429 for status in statuses)


def from_address(address: str) -> dict[str, str]:
    return {"x-router": IDENTITY.router_key, "x-real-ip": address}


@pytest.mark.parametrize("kind", RequestKind)
def test_each_kind_of_request_has_a_limit_of_its_own(limited: Client, kind: RequestKind) -> None:
    assert answered(limited, kind) == REQUESTS[kind][2]
    others = [other for other in RequestKind if other is not kind]
    assert [answered(limited, other, 1) for other in others] == [1] * len(others)
    assert answered(limited, kind, **from_address("203.0.113.9")) == REQUESTS[kind][2]
    counted = f'requests_limited_total{{kind="{kind}",slot="production"}}'
    assert f"{counted} {2 * (20 - REQUESTS[kind][2]):.1f}" in limited.get("/metrics").text


def test_whoever_is_refused_hears_when_to_come_again(limited: Client) -> None:
    answered(limited, RequestKind.READS)
    answer = limited.get("/api/models")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["error"] == {
        "code": "rate_limited",
        "message": "too many reads of one client at once; send the next later",
        "fields": [],
    }


def test_of_health_and_metrics_nobody_is_refused(limited: Client) -> None:
    for path in ("/api/health", "/api/health/live", "/api/health/ready", "/metrics"):
        assert {limited.get(path).status_code for _ in range(30)} == {200}


def test_every_route_is_of_a_kind(client: Client) -> None:
    """What is added is a read, or an act where it is one of decisions."""
    paths = {getattr(route, "path", "") for route in client.app.routes}
    kinds = {path: rate_limit.kind_of("POST", path) for path in paths}
    assert {path for path, kind in kinds.items() if kind is None} == {
        "/api/health",
        "/api/health/live",
        "/api/health/ready",
        "/metrics",
    }
    assert {kind for kind in kinds.values() if kind is not None} == set(RequestKind)


def test_a_key_has_a_limit_of_its_own_from_wherever_it_comes(
    limited: Client, service: Service
) -> None:
    first, second = (service.secret(name=name) for name in ("first", "second"))
    price = ("/api/fields", {"x-api-key": second})
    limited.until(lambda: limited.get(price[0], headers=price[1]).status_code == 200)
    for secret in (first, second):
        taken_here = answered(limited, RequestKind.PRICES, 6, **{"x-api-key": secret})
        elsewhere = from_address("203.0.113.9") | {"x-api-key": secret}
        assert taken_here + answered(limited, RequestKind.PRICES, 20, **elsewhere) == 10
    # Both came from addresses that have asked for nothing without a key.
    assert answered(limited, RequestKind.PRICES) == 10
    assert answered(limited, RequestKind.PRICES, **from_address("203.0.113.9")) == 10


def test_who_guesses_keys_is_counted_by_address(limited: Client) -> None:
    guesses = [limited.get("/api/models", headers={"x-api-key": f"guess {n}"}) for n in range(20)]
    assert [answer.status_code for answer in guesses] == [403] * 6 + [429] * 14
    assert answered(limited, RequestKind.READS) == 0


def test_an_address_is_the_routers_word_alone(limited: Client) -> None:
    lies = [{"x-real-ip": f"203.0.113.{n}", "x-router": "a guess"} for n in range(20)]
    statuses = [limited.get("/api/models", headers=headers).status_code for headers in lies]
    assert statuses.count(429) == 14


def test_addresses_of_one_ipv6_network_are_one_client_and_of_ipv4_are_not(limited: Client) -> None:
    v6 = [answered(limited, RequestKind.READS, 2, **from_address(f"2001:db8::{n}")) for n in "1234"]
    assert v6 == [2, 2, 2, 0]
    v4 = [answered(limited, RequestKind.READS, 2, **from_address(f"203.0.113.{n}")) for n in "1234"]
    assert v4 == [2] * 4


def test_settings_of_nought_limit_nothing_and_the_others_keep_their_bursts() -> None:
    homes = Homes(
        OwnSettings(
            HOMES_PRICE_RATE=0,
            HOMES_READ_RATE=3,
            HOMES_SECRET=SecretStr(SECRET),
            POSTGRES_HOST="127.0.0.1",
        )
    )
    limits = homes.service(Slot.PRODUCTION).limits
    assert set(limits) == set(RequestKind)
    assert limits[RequestKind.PRICES].rate == 0
    assert limits[RequestKind.READS] == RateTerms(3, 120)
