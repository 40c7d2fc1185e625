"""Recorded streams of a market that only the test knows: two models, visitors, what they report."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from homeprices.workflows.experiments.recording import RecordedRequest

HOUR_S = 3600
# Log errors of production, and how far the candidate's go with them.
ERROR_SD, CORRELATION = 0.20, 0.8
REQUESTS_A_SESSION = 2
Columns = dict[str, NDArray]


@dataclass(frozen=True)
class Market:
    """What a stream is made of; the candidate's error is `error` times production's.

    `reports` is the part of requests with feedback, `prices` the part of these that is a
    sale price. `error_after` holds from `turn_hour` on, and so does `moved`: homes `moved`
    times as large. Homes spread evenly over `zones`; in the first of them the candidate's error is
    `first_zone_error` times production's.
    """

    requests_an_hour: int = 500
    hours: int = 168
    share: float = 0.2
    error: float = 1.0
    reports: float = 0.10
    prices: float = 0.10
    delay_hours: float = 2.0
    error_after: float | None = None
    moved: float = 1.0
    turn_hour: float = 84.0
    slow: tuple[float, float] = (0.01, 0.01)
    failing: tuple[float, float] = (0.002, 0.002)
    stars: float | None = None
    real_share: float | None = None
    is_identical: bool = False
    zones: tuple[str, ...] = ()
    first_zone_error: float | None = None


def stream(market: Market, seed: int) -> list[RecordedRequest]:
    """The requests of one run."""
    rng = np.random.default_rng(seed)
    columns = _visits(market, rng) | _places(market, seed)
    columns |= _prices(market, columns, rng)
    columns |= _service(market, columns, rng)
    columns |= _reports(market, columns, rng)
    return _requests(columns, market.zones)


def brigade(
    requests: Sequence[RecordedRequest],
    *,
    sessions: int,
    networks: int,
    count: int = 450,
    stars: tuple[float, float] | None = None,
    factor: float | None = None,
    variant: Literal["cand", "prod"] | None = None,
    zone: str | None = None,
) -> list[RecordedRequest]:
    """A stream with `count` requests more, over six days, of visitors who all say the same.

    `stars` are what they give to the candidate and to production; or `factor` times the candidate's
    price is the sale price that they report. They are split as visitors are, a fifth
    to the candidate, where `variant` does not name one, and ask about homes as others do, in
    `zone`.
    """
    crowd = []
    for number in range(count):
        at = HOUR_S + 144 * HOUR_S * number / count
        session = number % sessions
        arm = variant or ("prod" if session % 5 else "cand")
        crowd.append(
            RecordedRequest(
                t=at,
                id=f"brigade-{number}",
                session=f"brigade-{session}",
                ip=f"198.51.{session % networks}.{session % 250}",
                variant=arm,
                latency_ms=60.0,
                features=requests[97 * number % len(requests)].features,
                pred_prod=100.0,
                pred_cand=80.0,
                feedback_type="actual_price" if factor else "rating",
                rating=stars[arm == "prod"] if stars else None,
                actual=80.0 * factor if factor else None,
                t_feedback=at + 30,
                zone=zone,
            )
        )
    return [*requests, *crowd]


def _visits(market: Market, rng: np.random.Generator) -> Columns:
    count = market.requests_an_hour * market.hours
    times = np.sort(rng.uniform(0, market.hours * HOUR_S, count))
    # A session's requests lie near each other; its arm and its network are its own.
    sessions = np.arange(count) // REQUESTS_A_SESSION
    arms = rng.random(count) < (market.share if market.real_share is None else market.real_share)
    networks = rng.integers(0, 250 * 250, count)
    return {
        "t": times,
        "session": sessions,
        "is_candidate": arms[sessions],
        "network": networks[sessions],
        "has_turned": times >= market.turn_hour * HOUR_S,
    }


def _places(market: Market, seed: int) -> Columns:
    """The zone of each request, by its number; drawn apart, so that all else is as without."""
    count = market.requests_an_hour * market.hours
    return {"zone": np.random.default_rng([seed, 1]).integers(0, len(market.zones) or 1, count)}


def _prices(market: Market, columns: Columns, rng: np.random.Generator) -> Columns:
    count = len(columns["t"])
    common = rng.normal(size=count)
    after = market.error if market.error_after is None else market.error_after
    scale = np.where(columns["has_turned"], after, market.error)
    if market.first_zone_error is not None:
        scale = np.where(columns["zone"] == 0, market.first_zone_error, scale)
    rest = np.sqrt(1 - CORRELATION**2)
    actual = rng.lognormal(4.4, 0.5, count)
    production = ERROR_SD * common
    candidate = ERROR_SD * (CORRELATION * common + rest * rng.normal(size=count))
    area = rng.lognormal(7.1, 0.4, count) * np.where(columns["has_turned"], market.moved, 1.0)
    return {
        "actual": actual,
        "pred_prod": actual * np.exp(production),
        "pred_cand": actual * np.exp(production if market.is_identical else scale * candidate),
        "area": area,
        "bhk": rng.integers(1, 5, count),
        "place": rng.integers(0, 200, count),
    }


def _service(market: Market, columns: Columns, rng: np.random.Generator) -> Columns:
    count, is_candidate = len(columns["t"]), columns["is_candidate"]
    slow = np.where(is_candidate, market.slow[1], market.slow[0])
    failing = np.where(is_candidate, market.failing[1], market.failing[0])
    fast = rng.uniform(20, 120, count)
    return {
        "latency": np.where(rng.random(count) < slow, 900.0, fast),
        "status": np.where(rng.random(count) < failing, 500, 200),
    }


def _reports(market: Market, columns: Columns, rng: np.random.Generator) -> Columns:
    count = len(columns["t"])
    reports = rng.random(count) < market.reports
    is_price = reports & (rng.random(count) < market.prices)
    shown = np.where(columns["is_candidate"], columns["pred_cand"], columns["pred_prod"])
    miss = np.abs(np.log(shown / columns["actual"]))
    stars = np.clip(np.round(5 - 6 * miss + rng.normal(0, 0.8, count)), 1, 5)
    return {
        "kind": np.where(is_price, 2, reports.astype(int)),
        "stars": stars if market.stars is None else np.full(count, market.stars),
        "t_feedback": columns["t"] + rng.exponential(market.delay_hours * HOUR_S, count),
    }


KINDS = (None, "rating", "actual_price")


def _requests(columns: Columns, zones: Sequence[str]) -> list[RecordedRequest]:
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    names = list(columns)
    named = (dict(zip(names, row, strict=True)) for row in rows)
    return [
        _request(number, row, zones[row["zone"]] if zones else None)
        for number, row in enumerate(named)
    ]


def _request(number: int, row: dict, zone: str | None) -> RecordedRequest:
    kind = KINDS[row["kind"]]
    return RecordedRequest(
        t=row["t"],
        id=number,
        session=row["session"],
        variant="cand" if row["is_candidate"] else "prod",
        ip=f"10.{row['network'] // 250}.{row['network'] % 250}.7",
        status=row["status"],
        latency_ms=row["latency"],
        features={
            "location": f"place {row['place']}",
            "total_sqft": row["area"],
            "bhk": row["bhk"],
            "bath": row["bhk"],
        },
        pred_prod=row["pred_prod"],
        pred_cand=row["pred_cand"],
        feedback_type=kind,
        rating=row["stars"] if kind == "rating" else None,
        actual=row["actual"] if kind == "actual_price" else None,
        t_feedback=row["t_feedback"] if kind else None,
        zone=zone,
    )
