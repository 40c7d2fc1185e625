"""Everybody who comes to a running system, at once.

    cd tests/load && locust -f locustfile.py --host=http://localhost:6001

The host is production, or the router (7000), where trials are and each visitor has the cookies of a
browser. `--pace .2` divides all pauses by five. An answer is a failure when it is not the one that
its request deserves: also where nonsense is priced, or refused by another status than its own.
Where the service asks for a key, HOMES_LOAD_KEY holds the one that everybody sends.
"""

import os
import random
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import gevent
from gevent.pool import Pool
from locust import FastHttpUser, events, task
from locust.argument_parser import LocustArgumentParser
from locust.contrib.fasthttp import FastResponse

PRICE, FEEDBACK, ESTIMATES = "/api/predict_home_price", "/api/feedback", "/api/estimates"
VOLLEY = 30
# An estimate's row is in PostgreSQL by then, and with it its reasons.
STORED_WITHIN_S = 10
# Of those who got an estimate: who types a locality first, who looks at the reasons, who rates it.
TYPES, LOOKS_CLOSER, RATES = 0.5, 0.4, 0.3
SQFT_OF_A_SQUARE_METRE = 10.764
HOME = {"total_sqft": 1200, "location": "Whitefield", "bhk": 2, "bath": 2}
JSON = {"content-type": "application/json"}
FORGED = "01900000-0000-7000-8000-000000000000-000000000000"
# What is sent where, and the status and the code that it has to be answered with.
NONSENSE: Mapping[str, tuple[str, Mapping[str, Any], int, str]] = {
    "negative area": (PRICE, {"json": {**HOME, "total_sqft": -1000}}, 422, "bad_input"),
    "an area in words": (PRICE, {"json": {**HOME, "total_sqft": "large"}}, 422, "bad_input"),
    "a third of a bedroom": (PRICE, {"json": {**HOME, "bhk": 2.3}}, 422, "bad_input"),
    "nothing": (PRICE, {"json": {}}, 422, "bad_input"),
    "no text for a place": (PRICE, {"json": {**HOME, "location": {"$gt": ""}}}, 422, "bad_input"),
    "torn JSON": (PRICE, {"data": b'{"total_sqft": 12', "headers": JSON}, 400, "unreadable"),
    "too much": (PRICE, {"data": b" " * 200_000, "headers": JSON}, 413, "too_large"),
    "an id of another form": (
        FEEDBACK,
        {"json": {"prediction_id": "1' OR 1=1", "feedback_type": "accurate"}},
        400,
        "unreadable",
    ),
    "a forged id": (
        FEEDBACK,
        {"json": {"prediction_id": FORGED, "feedback_type": "accurate"}},
        404,
        "not_found",
    ),
}
KEY = {"X-API-Key": key} if (key := os.environ.get("HOMES_LOAD_KEY")) else {}
READ_BY_PROGRAMS = ("/api/health", "/api/metrics?hours=1", "/api/models", "/api/experiment")
# Estimates of homes that are not sold yet, the oldest first.
unsold: deque[tuple[str, float]] = deque(maxlen=10_000)


@events.init_command_line_parser.add_listener
def add_options(parser: LocustArgumentParser) -> None:
    """Know `--pace`."""
    parser.add_argument("--pace", type=float, default=1.0, help="what all pauses are multiplied by")


def some_home(localities: list[str]) -> dict[str, object]:
    """A home as people ask for it, its area a number, a range or in square metres."""
    bhk = random.choice((1, 2, 2, 3, 3, 4))
    area = round(min(max(random.gauss(530 * bhk, 120), 350), 6000))
    metres = f"{area / SQFT_OF_A_SQUARE_METRE:.1f}Sq. Meter"
    written = random.choice((area, area, f"{area} - {area + 90}", metres))
    location = random.choice(localities)
    return {"total_sqft": written, "location": location, "bhk": bhk, "bath": max(1, bhk - 1)}


class Caller(FastHttpUser):
    """Anybody: comes again after a pause, and knows what the answer should be."""

    abstract = True
    connection_timeout = network_timeout = 10.0
    pause_s = 8.0
    localities = ("Whitefield",)

    def wait_time(self) -> float:
        """Seconds until the next task, as those who know nothing of each other come."""
        return random.expovariate(1 / self.pause_s) * self.environment.parsed_options.pace

    def think(self, most_s: float) -> None:
        """Read, or type."""
        gevent.sleep(random.uniform(0, most_s) * self.environment.parsed_options.pace)

    @contextmanager
    def answered(
        self, method: str, path: str, what: str, status: int = 200, **request: Any
    ) -> Iterator[FastResponse]:
        """The answer to a request; a failure unless its status is `status`."""
        name = f"{type(self).__name__.lower()}: {what}"
        headers = KEY | request.pop("headers", {})
        call = self.client.request(
            method, path, name=name, catch_response=True, headers=headers, **request
        )
        with call as answer:
            if answer.status_code == status:
                answer.success()
            else:
                answer.failure(f"{answer.status_code or answer.error} instead of {status}")
            yield answer

    def price(self, home: Mapping[str, object], what: str = "price") -> dict[str, Any] | None:
        """The estimate for a home; None where none came."""
        with self.answered("POST", PRICE, what, json=home) as answer:
            if answer.status_code != 200:
                return None
            estimate: dict[str, Any] = answer.json()
            if not estimate["low"] <= estimate["estimated_price"] <= estimate["high"]:
                answer.failure(f"no range around the price: {estimate}")
            return estimate


class Visitor(Caller):
    """Somebody at the page: types a place, asks for two sizes of a home, and may say what it is."""

    weight = 10

    def on_start(self) -> None:
        """Open the page: what can be filled in, and the names of all places."""
        with self.answered("GET", "/api/fields", "opens the page"):
            pass
        with self.answered("GET", "/api/get_location_names", "names of places") as answer:
            if answer.status_code == 200:
                self.localities = answer.json()["locations"]

    @task
    def ask(self) -> None:
        """One home, and what it would be worth with a bit more area."""
        home = some_home(self.localities)
        if random.random() < TYPES:
            beginning = str(home["location"])[:4].strip()
            with self.answered("GET", "/api/localities", "types a place", params={"q": beginning}):
                self.think(2)
        estimate = self.price(home)
        if estimate is None:
            return
        self.think(5)
        unsold.append((estimate["prediction_id"], estimate["estimated_price"]))
        if random.random() < LOOKS_CLOSER:
            self.look_closer(estimate["prediction_id"])
        if random.random() < RATES:
            self.rate(estimate["prediction_id"])

    def look_closer(self, prediction_id: str) -> None:
        """Look at the reasons, which are there some moments after the price."""
        for patience in range(STORED_WITHIN_S, -1, -1):
            with self.answered("GET", f"{ESTIMATES}/{prediction_id}", "reasons") as answer:
                if answer.status_code == 404 and patience:
                    answer.success()
                elif answer.status_code == 200:
                    break
            gevent.sleep(1)

    def rate(self, prediction_id: str) -> None:
        """Give stars, and send them twice as a double click does."""
        stars = {"feedback_type": "rating", "feedback_value": random.choice((3, 4, 4, 5))}
        for _ in range(2):
            said = {"prediction_id": prediction_id, **stars}
            with self.answered("POST", FEEDBACK, "rates", json=said):
                pass


class Seller(Caller):
    """Whoever sold a home and comes back, in another browser, with what it went for."""

    weight = 2

    @task
    def sell(self) -> None:
        """Tell the price of the home whose estimate is the oldest."""
        if not unsold:
            return
        prediction_id, price = unsold.popleft()
        day = datetime.now(UTC).date() - timedelta(days=random.randrange(60))
        sale = {
            "prediction_id": prediction_id,
            "feedback_type": "actual_price",
            "feedback_value": round(price * random.lognormvariate(0, 0.15), 2),
            "sold_on": day.isoformat(),
            "price_source": "registered",
        }
        with self.answered("POST", FEEDBACK, "tells a sale price", json=sale):
            pass


class Nonsense(Caller):
    """Whoever sends what cannot be priced, by mistake or to see what happens."""

    pause_s = 2.0

    @task
    def send(self) -> None:
        """Send some of it, and read what is wrong with it."""
        what, (path, request, status, code) = random.choice(list(NONSENSE.items()))
        with self.answered("POST", path, what, status, **request) as answer:
            if answer.status_code == status and answer.json()["error"]["code"] != code:
                answer.failure(f"{answer.text} instead of {code}")


class Stampede(Caller):
    """All who read the same news: a volley of requests for one home in the same moment."""

    fixed_count = 1
    concurrency = VOLLEY
    pause_s = 30.0

    @task
    def come(self) -> None:
        """Ask all at once."""
        Pool(VOLLEY).map(lambda _: self.price(HOME), range(VOLLEY))


class Reader(Caller):
    """A program that watches the system by its API, and one that prices by addresses."""

    weight = 2
    pause_s = 5.0

    @task(3)
    def read(self) -> None:
        """Look at one of the figures."""
        path = random.choice(READ_BY_PROGRAMS)
        with self.answered("GET", path, path.partition("?")[0]):
            pass

    @task
    def price_by_address(self) -> None:
        """Ask as a spreadsheet does."""
        with self.answered("GET", PRICE, "price by address", params=HOME):
            pass
