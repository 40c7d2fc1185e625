"""What runs beside the requests goes on, whatever one turn of it raises."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from homeprices.domain.versions import ModelVersion
from homeprices.serving.app import create_app
from homeprices.serving.metrics import ServiceMetrics
from homeprices.serving.polling import poll
from support.client import Client
from support.service import Service


def test_a_listener_that_raises_is_told_again_and_logged_once_for_each_trouble(
    caplog: pytest.LogCaptureFixture,
) -> None:
    troubles = [KeyError("a"), KeyError("a"), None, KeyError("a"), KeyError("b"), KeyError("b")]

    def looked(error: BaseException | None) -> None:
        if not troubles:
            raise asyncio.CancelledError
        trouble = troubles.pop(0)
        if trouble is not None:
            raise trouble

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(poll(lambda: None, looked, every_s=0))
    assert [record.getMessage().split(": ", 1)[1] for record in caplog.records] == [
        "KeyError: 'a'",
        "KeyError: 'a'",
        "KeyError: 'b'",
    ]
    assert all(record.exc_info for record in caplog.records)


def test_a_slot_follows_promotions_though_its_metrics_failed(tmp_path: Path) -> None:
    service = Service(tmp_path / "spool")
    failed: list[bool] = []

    def requests() -> Mapping[str, int]:
        if not failed:
            failed.append(True)
            raise OSError("no space left on the device")
        return {}

    dependencies = replace(service.dependencies, object_requests=requests)
    with Client(create_app(dependencies)) as client:
        client.until(lambda: failed)
        service.wanted = ModelVersion.parse("BO2")
        client.until(lambda: client.get("/api/health").json()["model_version"] == "BO2")


def test_the_spool_is_told_of_though_telling_failed(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[object] = []

    def spool(self: ServiceMetrics, *facts: object) -> None:
        told.append(facts)
        if len(told) < 3:
            raise OSError("no space left on the device")

    monkeypatch.setattr(ServiceMetrics, "spool", spool)
    monkeypatch.setattr("homeprices.serving.app.TELL_SPOOL_EVERY_S", 0.01)
    with Client(create_app(service.dependencies)) as client:
        client.until(lambda: len(told) > 3)
    lines = [record for record in caplog.records if "no space left" in record.getMessage()]
    assert len(lines) == 1


def test_an_error_without_words_is_told_by_its_name(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> Any:
        raise TimeoutError

    monkeypatch.setattr(service.traffic, "ping", away)
    dependencies = replace(service.dependencies, wanted=away, client_keys=away)
    with Client(create_app(dependencies)) as client:
        client.until(lambda: len(client.get("/api/health").json()["reasons"]) == 3)
        assert client.get("/api/health").json()["reasons"] == [
            "what to serve is unknown: TimeoutError",
            "TimeoutError; records wait in the spool",
            "keys cannot be read: TimeoutError; those read last are gone by",
        ]
