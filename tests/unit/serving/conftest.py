from collections.abc import Iterator
from pathlib import Path

import pytest

from homeprices.serving.app import create_app
from support.client import Client
from support.service import Service


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path / "spool")


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    with Client(create_app(service.dependencies)) as client:
        client.until(lambda: client.get("/api/health/ready").status_code == 200)
        yield client
