"""The slot follows what is wanted, keeps what works, and never mixes two models."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from homeprices.domain.errors import Corrupt, Unavailable
from homeprices.domain.requests.records import Slot
from homeprices.domain.versions import ModelVersion
from homeprices.serving.app import create_app
from homeprices.serving.dependencies import Loaded
from support.client import Client
from support.service import Service, loaded

PATH = "/api/predict_home_price"
HOME = {"total_sqft": 1000, "location": "Hebbal", "bhk": 2, "bath": 2}
BO2 = ModelVersion.parse("BO2")


def _version(client: Client) -> str:
    return str(client.get("/api/health").json()["model_version"])


@pytest.fixture
def candidate(tmp_path: Path) -> Iterator[tuple[Client, Service]]:
    service = Service(tmp_path / "spool", slot=Slot.CANDIDATE, wanted=None)
    with Client(create_app(service.dependencies)) as client:
        client.until(lambda: "no trial" in client.get("/api/health").text)
        yield client, service


def test_a_new_version_is_served_without_a_restart(client: Client, service: Service) -> None:
    service.wanted = BO2
    client.until(lambda: _version(client) == "BO2")
    answer = client.post(PATH, json=HOME)
    assert answer.json()["estimated_price"] == 20.0
    assert answer.headers["x-model-version"] == "BO2"


def test_a_swap_under_requests_never_mixes_two_models(client: Client, service: Service) -> None:
    answers: list[tuple[str, str, float, int]] = []
    swapping = asyncio.Event()

    async def ask_on() -> None:
        while not swapping.is_set():
            response = await client.ask("POST", PATH, json=HOME)
            version, answer = response.headers["x-model-version"], response.json()
            price = answer["estimated_price"]
            answers.append((version, answer["model_version"], price, response.status_code))
            await asyncio.sleep(0)

    async def swap() -> None:
        for number in range(2, 8):
            service.wanted = ModelVersion.parse(f"BO{number}")
            while not answers or answers[-1][0] != f"BO{number}":
                await asyncio.sleep(0.005)
        swapping.set()

    async def both() -> None:
        await asyncio.gather(swap(), *(ask_on() for _ in range(20)))

    client.run(both())
    assert {version for version, *_ in answers} >= {f"BO{number}" for number in range(2, 8)}
    for header, body, price, status in answers:
        assert (header, price, status) == (body, 10.0 * int(body[2:]), 200)


def test_a_load_that_fails_keeps_the_old_one_and_is_told_once_counted_and_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tries = []

    def load(version: ModelVersion) -> Loaded:
        if version == BO2:
            tries.append(version)
            raise Corrupt("booster.txt: expected 9 bytes, found 7")
        return loaded(version)

    service = Service(tmp_path / "spool")
    with Client(create_app(replace(service.dependencies, load=load))) as client:
        client.until(lambda: _version(client) == "BO1")
        service.wanted = BO2
        client.until(lambda: len(tries) > 2)
        health = client.get("/api/health")
        assert health.status_code == 200
        assert health.json()["status"] == "degraded"
        assert health.json()["load_failures"] >= 2
        assert "BO2 cannot be served: booster.txt" in health.json()["reasons"][0]
        assert "BO1 is served on" in health.json()["reasons"][0]
        assert client.post(PATH, json=HOME).json()["model_version"] == "BO1"
        told = [r for r in caplog.records if "BO2 cannot be served" in r.getMessage()]
        assert [record.levelno for record in told] == [logging.ERROR]
        service.wanted = ModelVersion.parse("BO3")
        client.until(lambda: _version(client) == "BO3")
        assert client.get("/api/health").json()["status"] == "healthy"


def test_a_model_that_is_not_the_one_asked_for_is_not_served(tmp_path: Path) -> None:
    service = Service(tmp_path / "spool")
    parts = replace(service.dependencies, load=lambda version: loaded(BO2))
    with Client(create_app(parts)) as client:
        client.until(lambda: "its manifest says BO2" in client.get("/api/health").text)
        assert client.post(PATH, json=HOME).status_code == 503


def test_an_object_store_that_is_away_leaves_the_model_in_place(
    tmp_path: Path,
) -> None:
    service = Service(tmp_path / "spool")
    away = []

    def wanted() -> ModelVersion | None:
        if away:
            raise Unavailable("the object store does not answer")
        return service.wanted

    with Client(create_app(replace(service.dependencies, wanted=wanted))) as client:
        client.until(lambda: _version(client) == "BO1")
        away.append(True)
        client.until(lambda: client.get("/api/health").json()["status"] == "degraded")
        assert client.post(PATH, json=HOME).status_code == 200
        reason = client.get("/api/health").json()["reasons"][0]
        assert reason.startswith("what to serve is unknown: the object store does not answer")


def test_an_outage_that_comes_again_with_the_same_words_is_logged_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service = Service(tmp_path / "spool")
    outages = []

    def wanted() -> ModelVersion | None:
        if service.wanted is None:
            outages.append(True)
            raise Unavailable("the object store does not answer")
        return service.wanted

    with Client(create_app(replace(service.dependencies, wanted=wanted))) as client:
        for _ in range(2):
            client.until(lambda: client.get("/api/health").json()["status"] == "healthy")
            outages.clear()
            service.wanted = None
            client.until(lambda: len(outages) > 2)
            service.wanted = ModelVersion.parse("BO1")
        client.until(lambda: client.get("/api/health").json()["status"] == "healthy")
    lines = [r.getMessage() for r in caplog.records if "what to serve" in r.getMessage()]
    assert lines == ["what to serve is unknown: the object store does not answer"] * 2


def test_a_candidate_slot_without_a_trial_says_so_with_a_code_the_router_knows(
    candidate: tuple[Client, Service],
) -> None:
    client, service = candidate
    answers = [
        client.post(PATH, json=HOME),
        client.get("/api/get_location_names"),
        client.get("/api/health/ready"),
    ]
    for answer in answers:
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "no_model"
        assert "no trial is open" in answer.json()["error"]["message"]
    assert answers[0].headers["x-variant"] == "candidate"
    assert client.get("/api/health/live").status_code == 200
    assert service.spool.counts().issued == 0


def test_a_candidate_is_served_while_its_trial_is_open(candidate: tuple[Client, Service]) -> None:
    client, service = candidate
    service.wanted = ModelVersion.parse("CO7")
    client.until(lambda: client.get("/api/health/ready").status_code == 200)
    ready = client.get("/api/health/ready").json()
    assert ready == {"status": "ready", "model_version": "CO7"}
    assert client.get("/api/health").json()["model_version"] == "CO7"
    answer = client.post(PATH, json=HOME)
    assert (answer.headers["x-variant"], answer.json()["model_version"]) == ("candidate", "CO7")
    service.wanted = None
    client.until(lambda: client.get("/api/health/ready").status_code == 503)
