"""The router on a real nginx, with two stand-ins behind it and trials on a real object store."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

import stand_in_service
from homeprices import bootstrap
from homeprices.domain.experiment import ClosedExperiment, Terms
from homeprices.local import probe
from homeprices.local.preflight import free_port
from homeprices.routing import nginx
from homeprices.settings import Settings

PRICE = "/api/predict_home_price"


class Router:
    """A router under test; its ports differ from those of a stack that may run beside it."""

    def __init__(self, folder: Path) -> None:
        self.port, self.production_port, self.candidate_port = (free_port() for _ in range(3))
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("HOMES_")},
            "HOMES_DATA_DIR": str(folder),
            "HOMES_ROUTER_PORT": str(self.port),
            "HOMES_PRODUCTION_PORT": str(self.production_port),
            "HOMES_CANDIDATE_PORT": str(self.candidate_port),
        }
        self.log = folder / "router.log"
        self.trials = bootstrap.stores(Settings(HOMES_DATA_DIR=folder)).experiments

    @contextmanager
    def running(self) -> Iterator[Router]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "homeprices", "route"],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            until(self.is_live)
            yield self
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) == 0

    def is_live(self) -> bool:
        # `nginx -t` listens for a moment too: only an answer tells that it runs.
        return probe.get("127.0.0.1", self.port, "/router/live")[0] == 200

    def open_trial(self, share: float = 0.2) -> None:
        terms = Terms(share, secrets.token_hex(8), "composite", "2026-11-02T09:00:00+00:00")
        self.trials.open("CO1", "BO1", terms)

    def close_trial(self) -> None:
        trial = self.trials.open_now()
        assert trial is not None
        self.trials.close(
            ClosedExperiment(trial.id, "ROLL_BACK", [], None, "2026-11-02T10:00:00+00:00")
        )

    def ask(
        self, path: str = PRICE, body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, object], http.client.HTTPMessage]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        return ask_on(connection, path, body, headers, close=True)

    def split_is_in(self, name: str) -> bool:
        return name in (self.log.parent / "router" / "split.conf").read_text()


def ask_on(
    connection: http.client.HTTPConnection,
    path: str,
    body: bytes | None,
    headers: dict[str, str],
    *,
    close: bool = False,
) -> tuple[int, dict[str, object], http.client.HTTPMessage]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("POST" if body is not None else "GET", path, body, named)
    answer = connection.getresponse()
    told = json.loads(answer.read())
    if close:
        connection.close()
    return answer.status, told, answer.headers


def until(is_so: Callable[[], bool], patience_s: float = 15) -> None:
    deadline = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.05)


@contextmanager
def service(port: int, name: str, version: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, stand_in_service.__file__, str(port), name, version],
    )
    until(lambda: is_open(port))
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def is_open(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.connect()
    except OSError:
        return False
    finally:
        connection.close()
    return True


@pytest.fixture
def router(tmp_path: Path) -> Iterator[Router]:
    router = Router(tmp_path)
    with service(router.production_port, "production", "BO1"), router.running():
        yield router


@pytest.fixture
def trial(router: Router) -> Iterator[Router]:
    with service(router.candidate_port, "candidate", "CO1"):
        router.open_trial()
        until(lambda: router.split_is_in("candidate"))
        time.sleep(1)
        yield router


def served(answer: tuple[int, dict[str, object], http.client.HTTPMessage]) -> str:
    assert answer[0] == 200
    return str(answer[2]["X-Variant"])


def test_without_a_trial_everyone_meets_production(router: Router) -> None:
    assert {served(router.ask()) for _ in range(50)} == {"production"}
    _, told, _ = router.ask()
    headers = told["headers"]
    assert isinstance(headers, dict)
    assert headers["x-arm"] == "production"
    assert headers.get("x-experiment", "") == ""


def test_a_fifth_of_ten_thousand_visitors_meets_the_candidate(trial: Router) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", trial.port, timeout=20)
    arms = Counter(
        served(ask_on(connection, PRICE, None, {"Cookie": f"visitor={secrets.token_hex(16)}"}))
        for _ in range(10_000)
    )
    connection.close()
    assert 1_880 <= arms["candidate"] <= 2_120
    assert arms.total() == 10_000


def test_no_visitor_of_five_hundred_who_ask_five_times_meets_both(trial: Router) -> None:
    met = Counter[str]()
    for _ in range(500):
        first = trial.ask()
        cookie = first[2]["Set-Cookie"].split(";")[0]
        arms = {served(first), *(served(trial.ask(Cookie=cookie)) for _ in range(4))}
        assert len(arms) == 1
        met.update(arms)
    assert met["candidate"] > 50
    assert met["production"] > 300


def test_a_visitor_is_minted_once_and_a_malformed_one_again(router: Router) -> None:
    minted = router.ask()[2]["Set-Cookie"]
    assert minted.startswith("visitor=")
    for part in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=15552000"):
        assert part in minted
    visitor = minted.split(";")[0].removeprefix("visitor=")
    _, told, headers = router.ask(Cookie=f"visitor={visitor}")
    assert "Set-Cookie" not in headers
    assert told["headers"]["x-visitor"] == visitor  # type: ignore[index]
    for wrong in ("short", visitor.upper().replace("0", "A"), visitor + "0", "'; drop"):
        _, told, headers = router.ask(Cookie=f"visitor={wrong}")
        assert headers["Set-Cookie"].startswith("visitor=")
        assert told["headers"]["x-visitor"] != wrong  # type: ignore[index]


def test_what_a_visitor_says_of_arm_visitor_and_trial_is_overwritten(trial: Router) -> None:
    lies = {"X-Visitor": "f" * 32, "X-Arm": "candidate", "X-Experiment": "E9"}
    seen = [trial.ask(**lies)[1]["headers"] for _ in range(20)]
    assert all(told["x-visitor"] != "f" * 32 for told in seen)  # type: ignore[index]
    assert {told["x-experiment"] for told in seen} == {"E1"}  # type: ignore[index]
    assert "production" in {told["x-arm"] for told in seen}  # type: ignore[index]


def test_a_trial_waits_until_the_candidates_service_serves_it(router: Router) -> None:
    with service(router.candidate_port, "candidate", "none"):
        router.open_trial(share=0.99)
        time.sleep(2.5)
        assert {served(router.ask()) for _ in range(20)} == {"production"}
    with service(router.candidate_port, "candidate", "CO1"):
        until(lambda: router.split_is_in("candidate"))
        until(lambda: "candidate" in {served(router.ask()) for _ in range(5)})
        router.close_trial()
        until(lambda: not router.split_is_in("candidate"))
        until(lambda: {served(router.ask()) for _ in range(20)} == {"production"})


class Load:
    """Threads that ask all the time, on fresh connections; each answer's status is counted."""

    def __init__(self, router: Router, threads: int = 4) -> None:
        self.statuses = Counter[object]()
        self.arms = Counter[str]()
        self._router = router
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(threads)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not self._over.is_set():
            try:
                status, _, headers = self._router.ask(body=b"{}")
            except (OSError, http.client.HTTPException) as error:
                self.statuses[repr(error)] += 1
                continue
            self.statuses[status] += 1
            self.arms[headers["X-Variant"]] += 1


def test_reloads_under_load_lose_no_request(trial: Router) -> None:
    master = next(
        process
        for process in psutil.process_iter(["cmdline"])
        if str(trial.log.parent / "router") in " ".join(process.info["cmdline"] or [])
    )
    with Load(trial) as load:
        for _ in range(10):
            master.send_signal(signal.SIGHUP)
            time.sleep(0.4)
    assert set(load.statuses) == {200}
    assert load.statuses[200] > 500


def test_a_killed_candidate_costs_no_request_and_comes_back(router: Router) -> None:
    with service(router.candidate_port, "candidate", "CO1") as candidate:
        router.open_trial(share=0.5)
        until(lambda: router.split_is_in("candidate"))
        with Load(router) as load:
            until(lambda: load.arms["candidate"] > 200)
            candidate.kill()
            candidate.wait()
            before = load.arms["production"]
            until(lambda: load.arms["production"] > before + 500)
        assert set(load.statuses) == {200}
    with service(router.candidate_port, "candidate", "CO1"):
        until(lambda: "candidate" in {served(router.ask()) for _ in range(10)}, patience_s=4)


def test_production_stands_in_for_a_candidate_that_refuses(trial: Router) -> None:
    told = [trial.ask("/api/full") for _ in range(40)]
    assert {served(answer) for answer in told} == {"production"}
    assigned = {answer[1]["headers"]["x-arm"] for answer in told}  # type: ignore[index]
    assert assigned == {"production", "candidate"}


def test_errors_of_the_router_have_the_projects_shape(router: Router) -> None:
    status, told, _ = router.ask(body=b"x" * 5_000_000)
    assert (status, told["error"]["code"], told["error"]["fields"]) == (413, "too_large", [])  # type: ignore[index]
    status, told, _ = router.ask(body=b"x" * 100_000)
    assert (status, told["length"]) == (200, 100_000)
    status, told, _ = router.ask("/metrics")
    assert (status, told["error"]["code"]) == (404, "not_found")  # type: ignore[index]


def test_with_production_away_visitors_hear_so_in_json(tmp_path: Path) -> None:
    with Router(tmp_path).running() as router:
        status, told, _ = router.ask()
        assert (status, told["error"]["code"]) == (503, "unavailable")  # type: ignore[index]
    assert not is_open(router.port)


def test_the_log_tells_the_arm_and_who_served_and_no_address(trial: Router) -> None:
    trial.ask(Cookie=f"visitor={'0' * 32}")
    lines = [line for line in trial.log.read_text().splitlines() if PRICE in line]
    told = json.loads(lines[-1])
    assert told["arm"] == told["served"]
    assert told["experiment"] == "E1"
    assert "0" * 32 not in lines[-1]


def test_the_nginx_that_is_found_is_new_enough() -> None:
    assert nginx.version(nginx.find()) >= nginx.OLDEST
