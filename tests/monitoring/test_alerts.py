"""Each alert fires once for real: a fault on a running stack, and the webhook is told.

Thresholds are the shortened ones; the real ones are tested by promtool. PostgreSQL is one that
the stack does not start again, so that it can be away for as long as a test wants.
"""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from homeprices.stores.postgres.database import migrate
from support.monitoring import alerts, make
from support.paths import REPOSITORY
from support.postgres import embedded
from support.prepared import Prepared
from support.prometheus import Monitored, watched
from support.stack import HOME, PREDICT, Stack, eventually, load, running

SHORT = make.thresholds(REPOSITORY / "tests" / "monitoring" / "thresholds_short.toml")
# What others may take of the disk meanwhile, and what the fault takes.
DISK_NOISE_BYTES, FAULT_BYTES = 1 << 30, 3 << 30
ALERTS = {rule["alert"] for rule in alerts.groups(SHORT)["groups"][0]["rules"] if "alert" in rule}
SEEN: set[str] = set()


@pytest.fixture(scope="module")
def dsn() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="homes-test-"))
    folder.chmod(0o755)
    try:
        with embedded(folder) as dsn:
            migrate(dsn)
            yield dsn
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def monitored(prepared: Prepared, dsn: str) -> Iterator[Monitored]:
    place = conninfo_to_dict(dsn)
    settings = {
        "POSTGRES_HOST": place["host"],
        "POSTGRES_PORT": place["port"],
        "POSTGRES_USER": place["user"],
        "POSTGRES_PASSWORD": place["password"],
        "POSTGRES_DB": place["dbname"],
        "HOMES_SPOOL_BUDGET_MB": "1",
    }
    with (
        running(
            objects=prepared.with_experiment,
            settings=settings,
            before=lambda stack: stack.ports.pop("postgres"),
        ) as stack,
        watched(stack, SHORT) as monitored,
    ):
        yield monitored


def fires(monitored: Monitored, alert: str, within_s: float = 60, **labels: str) -> None:
    """The webhook is told, with a figure and where to read on."""
    notice = monitored.await_alert(alert, within_s, **labels)
    assert notice["annotations"]["runbook_url"].endswith(f"{alert}.md")
    assert "{{" not in "".join(notice["annotations"].values())
    SEEN.add(alert)


@contextmanager
def stopped(*processes: psutil.Process) -> Iterator[None]:
    """Processes that hang until the block ends."""
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.resume()


def postgres(dsn: str) -> list[psutil.Process]:
    """The server and all that work for it."""
    port = int(conninfo_to_dict(dsn)["port"])
    pid = next(
        c.pid
        for c in psutil.net_connections("tcp")
        if c.status == psutil.CONN_LISTEN and c.laddr.port == port
    )
    server = psutil.Process(pid)
    return [server, *server.children(recursive=True)]


def ask(stack: Stack, service: str = "production", **changes: object) -> httpx.Response:
    return httpx.post(stack.url(service) + PREDICT, json=HOME | changes, timeout=20)


def test_what_time_alone_brings(monitored: Monitored) -> None:
    ask(monitored.stack)
    for alert in ("BackupMissing", "NoDecision", "DatasetStale", "NoLabels"):
        fires(monitored, alert, 90)


def test_visitors_who_ask_about_other_homes(monitored: Monitored) -> None:
    assert monitored.is_quiet("DriftFound")
    for _ in range(250):
        ask(monitored.stack, total_sqft=20_000, bhk=8, bath=8)
    monitored.stack.drained()
    monitored.stack.homes("drift", "watch")
    fires(monitored, "DriftFound", 60)
    fires(monitored, "DriftNotWatched", 60)


def test_a_split_that_somebody_changed_by_hand(monitored: Monitored) -> None:
    stack = monitored.stack
    assert monitored.is_quiet("SplitOffPlan")
    split = stack.data_dir / "router" / "split.conf"
    planned = split.read_text()
    assert " 20.00% candidate;" in planned
    split.write_text(planned.replace(" 20.00% ", " 90.00% "))
    listening = psutil.Process(stack.pid("router"))
    parent = listening.parent()
    (parent if parent and parent.name() == "nginx" else listening).send_signal(signal.SIGHUP)
    time.sleep(1)
    for number in range(60):
        address = f"10.1.{number}.1"
        with httpx.Client(base_url=stack.url("router"), headers={"X-Real-IP": address}) as visitor:
            for _ in range(2):
                visitor.post(PREDICT, json=HOME)
    fires(monitored, "SplitOffPlan", 90)


def test_a_service_that_hangs_again_and_again_is_slow(monitored: Monitored) -> None:
    stack = monitored.stack
    assert monitored.is_quiet("SlowAnswers", slot="production")
    production = psutil.Process(stack.pid("production"))
    end = time.monotonic() + 40
    with load(stack, "production", threads=8):
        while not monitored.was_told("SlowAnswers", slot="production") and time.monotonic() < end:
            with stopped(production):
                time.sleep(0.3)
            time.sleep(0.05)
    fires(monitored, "SlowAnswers", 5, slot="production")


def test_somebody_who_guesses_keys(monitored: Monitored) -> None:
    assert monitored.is_quiet("KeysRefused")
    address = monitored.stack.url("production") + "/api/health"
    with httpx.Client(headers={"X-API-Key": "a guess"}, timeout=10) as client:
        assert {client.get(address).status_code for _ in range(330)} == {403}
    fires(monitored, "KeysRefused", 60, code="key_refused")


def test_somebody_who_gives_opinions_without_a_pause(monitored: Monitored) -> None:
    assert monitored.is_quiet("RequestsLimited")
    address = monitored.stack.url("production") + "/api/feedback"
    with httpx.Client(timeout=10) as client:
        statuses = [client.post(address, json={}).status_code for _ in range(700)]
    assert statuses.count(429) > 310
    fires(monitored, "RequestsLimited", 60, slot="production", kind="opinions")


def test_a_service_that_hangs_is_down(monitored: Monitored) -> None:
    assert monitored.is_quiet("ServiceDown", job="candidate")
    with stopped(psutil.Process(monitored.stack.pid("candidate"))):
        fires(monitored, "ServiceDown", 20, job="candidate")
    eventually(lambda: monitored.is_quiet("ServiceDown", job="candidate"), 60)


def test_rows_that_postgresql_refuses(monitored: Monitored, dsn: str) -> None:
    assert monitored.is_quiet("RowsSetAside")
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "ALTER TABLE predictions ADD CONSTRAINT fault CHECK (area <> 1234) NOT VALID"
        )
    ask(monitored.stack, total_sqft=1234)
    fires(monitored, "RowsSetAside", 30, slot="production")
    with psycopg.connect(dsn) as connection:
        connection.execute("ALTER TABLE predictions DROP CONSTRAINT fault")


def test_a_postgresql_that_hangs_fills_the_spool_until_requests_fail(
    monitored: Monitored, dsn: str
) -> None:
    stack = monitored.stack
    alerts = ("PostgresAway", "SpoolFilling", "ErrorBudgetFast", "ErrorBudgetSlow")
    assert all(monitored.is_quiet(alert) for alert in alerts)
    with stopped(*postgres(dsn)):
        with load(stack, "production") as answers:
            for alert in alerts:
                fires(monitored, alert, 60)
        fires(monitored, "LoopNotRead", 120)
    assert 503 in {answer.status_code for answer in answers if isinstance(answer, httpx.Response)}
    stack.drained()
    counts = stack.health("production")["spool"]
    assert counts["issued"] == counts["stored"] + counts["waiting"] + counts["set_aside"]


def test_a_candidate_with_a_damaged_file_does_not_load(monitored: Monitored) -> None:
    stack = monitored.stack
    assert monitored.is_quiet("ModelNotLoading")
    folder = stack.data_dir / "objects" / "models" / "price_check_CO1"
    damaged = max(folder.glob("*.*"), key=lambda path: path.stat().st_size)
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[: len(whole) // 2])
    os.kill(stack.pid("candidate"), signal.SIGKILL)
    fires(monitored, "ModelNotLoading", 60, slot="candidate")
    damaged.write_bytes(whole)
    eventually(lambda: stack.version("candidate") == "CO1", 60)


def test_a_spool_whose_position_was_deleted(monitored: Monitored) -> None:
    stack = monitored.stack
    ask(stack)
    eventually(lambda: monitored.is_quiet("SpoolNotConserved"), 90)
    (stack.data_dir / "spool" / "production" / "position").unlink()
    os.kill(stack.pid("production"), signal.SIGKILL)
    fires(monitored, "SpoolNotConserved", 60, slot="production")


def test_a_record_that_waits_and_is_damaged(monitored: Monitored, dsn: str) -> None:
    """In all nothing is missing, for the damage is set aside: the hour of the record tells."""
    stack = monitored.stack
    stack.drained()
    eventually(lambda: monitored.is_quiet("SpoolNotConserved"), 120)
    with stopped(*postgres(dsn)):
        for _ in range(2):  # the first is on its way to PostgreSQL when the second comes
            ask(stack)
            time.sleep(1)
        segment = max((stack.data_dir / "spool" / "production").glob("*.seg"))
        content = segment.read_bytes()
        with segment.open("r+b") as file:
            file.seek(len(content) - 3)
            file.write(bytes([content[-3] ^ 0xFF]))
    fires(monitored, "SpoolNotConserved", 60, slot="production")
    counts = stack.health("production")["spool"]
    assert counts["issued"] == counts["stored"] + counts["waiting"] + counts["set_aside"]


def test_a_disk_that_fills(monitored: Monitored) -> None:
    disk = psutil.disk_usage(str(monitored.stack.data_dir))
    free = (disk.free - DISK_NOISE_BYTES) / disk.total
    monitored.go_by({**SHORT, "DiskFilling": {"part": free, "for": "1s"}})
    time.sleep(3)
    assert monitored.is_quiet("DiskFilling", slot="production")
    filler = monitored.stack.data_dir / "fault"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, FAULT_BYTES)
    try:
        fires(monitored, "DiskFilling", 20, slot="production")
    finally:
        filler.unlink()


def test_every_alert_was_seen() -> None:
    assert SEEN == ALERTS
