"""The API process is light: what it imports, how soon it answers, how much memory it holds."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from support.stack import free_ports

pytestmark = pytest.mark.quiet

HOME = {"total_sqft": 1200, "location": "Hebbal", "bhk": 2, "bath": 2}
HEAVY = {"pandas", "sklearn", "scipy", "sqlalchemy", "alembic", "airflow", "evidently"}
HEAVY |= {"mlflow", "optuna", "matplotlib", "jinja2"}
# Of CPU: on a quiet machine it is ready after as long, beside other suites later.
START_S = 2.0
MOST_MEMORY_BYTES = 150_000_000


@contextmanager
def service(folder: Path, **environment: str) -> Iterator[tuple[psutil.Process, str]]:
    """A service over stand-ins in a process of its own, ready, and its address."""
    (port,) = free_ports(1)
    log = folder / "service.log"
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "support.service", folder / "spool", str(port), "on"],
            stdout=output,
            stderr=output,
            env={**os.environ, **environment},
        )
    url = f"http://127.0.0.1:{port}"
    try:
        while not _ready(url):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() - began < 60
            time.sleep(0.02)
        yield psutil.Process(process.pid), url
    finally:
        process.terminate()
        assert process.wait(15) in (0, -15)


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/health/ready", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def test_it_answers_after_less_than_two_seconds_of_work(tmp_path: Path) -> None:
    with service(tmp_path) as (process, _):
        spent = process.cpu_times()
        assert spent.user + spent.system < START_S


def test_it_stays_under_150_megabytes_after_a_thousand_requests(tmp_path: Path) -> None:
    with service(tmp_path) as (process, url), httpx.Client(base_url=url) as client:
        for _ in range(1000):
            assert client.post("/api/predict_home_price", json=HOME).status_code == 200
        for path in ("/docs", "/openapi.json", "/metrics", "/api/metrics", "/api/health"):
            assert client.get(path).status_code == 200
        assert process.memory_info().rss < MOST_MEMORY_BYTES


def test_it_imports_nothing_heavy_while_it_serves(tmp_path: Path) -> None:
    with (
        service(tmp_path, PYTHONPROFILEIMPORTTIME="1") as (_, url),
        httpx.Client(base_url=url) as client,
    ):
        assert client.post("/api/predict_home_price", json=HOME).status_code == 200
        assert client.get("/openapi.json").status_code == 200
    text = (tmp_path / "service.log").read_text()
    imported = set(re.findall(r"^import time:.*\| +(\w+)", text, re.MULTILINE))
    assert {"starlette", "msgspec"} <= imported
    assert imported & HEAVY == set()


def test_what_puts_the_real_service_together_imports_nothing_heavy_either() -> None:
    code = (
        "import sys, homeprices.bootstrap, homeprices.serving.app, homeprices.serving.server;"
        f"print(*sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ""


def test_a_stop_under_requests_answers_all_and_stores_all(tmp_path: Path) -> None:
    with service(tmp_path) as (process, url), httpx.Client(base_url=url) as client:
        for _ in range(100):
            assert client.post("/api/predict_home_price", json=HOME).status_code == 200
        process.terminate()
        began = time.monotonic()
        process.wait(15)
        assert time.monotonic() - began < 8
    from homeprices.stores.spool.spool import Spool

    spool = Spool(tmp_path / "spool")
    counts = spool.counts()
    spool.close()
    assert (counts.stored, counts.waiting) == (100, 0)
