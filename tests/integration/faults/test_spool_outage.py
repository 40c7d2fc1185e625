"""PostgreSQL goes away or answers slowly: requests are answered, and everything arrives, once."""

import gc
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter, sleep

import psutil
import psycopg
import pytest

from homeprices.domain.errors import Unavailable
from homeprices.serving.app import create_app
from homeprices.stores.postgres.database import Database
from homeprices.stores.postgres.request_log import PostgresRequestLog
from homeprices.stores.postgres.request_metrics import PostgresRequestMetrics
from homeprices.stores.spool.segments import pack
from homeprices.stores.spool.spool import Spool
from homeprices.stores.spool.uploader import Uploader
from support.client import Client
from support.service import Service, prediction
from support.spools import (
    FIRST_AT,
    append,
    predictions,
    rows_by_hour,
    stored_by_hour,
    stored_ids,
)
from support.wires import Wire, wired

pytestmark = pytest.mark.quiet
HOME = {"total_sqft": 1200, "location": "Hebbal", "bhk": 2, "bath": 2}
# What each answer of a slow PostgreSQL takes, and by how much a service may grow meanwhile.
SLOW_S = 2.0
LARGEST_GROWTH_BYTES = 25_000_000
MOST_RECORDS = 1000


@pytest.fixture
def wire(postgres_dsn: str) -> Iterator[tuple[Wire, str]]:
    with wired(postgres_dsn) as pair:
        yield pair


def until(true: Callable[[], bool], within_s: float = 30) -> None:
    latest = monotonic() + within_s
    while not true():
        assert monotonic() < latest
        sleep(0.02)


def test_records_wait_while_postgresql_is_away_and_arrive_once_when_it_is_back(
    tmp_path: Path, wire: tuple[Wire, str], database: Database
) -> None:
    line, dsn = wire
    ours = Database(dsn)
    spool = Spool(tmp_path / "spool")
    uploader = Uploader(spool, PostgresRequestLog(ours), rest_s=0.02, longest_wait_s=0.2)
    uploader.start()
    append(spool, predictions(*range(50)))
    until(lambda: spool.counts().stored == 50)
    line.cut()
    append(spool, predictions(*range(50, 100)))
    until(lambda: uploader.problem is not None)
    assert spool.counts().stored == 50
    with pytest.raises(Unavailable):
        PostgresRequestMetrics(ours).ping()
    append(spool, predictions(*range(100, 120)))
    line.mend()
    until(lambda: spool.counts().stored == 120)
    uploader.stop()
    with database.connection() as connection:
        found = connection.execute("SELECT count(*) FROM predictions").fetchone()
    assert found == (120,)
    assert spool.counts().set_aside == 0
    spool.close()


def test_the_server_ending_our_session_is_an_outage_and_no_fault_of_the_rows(
    tmp_path: Path, postgres_dsn: str, database: Database
) -> None:
    spool = Spool(tmp_path / "spool", sync=False)
    uploader = Uploader(
        spool, PostgresRequestLog(Database(postgres_dsn)), rest_s=0.01, longest_wait_s=0.05
    )
    uploader.start()
    for number in range(0, 400, 20):
        append(spool, predictions(*range(number, number + 20)))
        with psycopg.connect(postgres_dsn, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    until(lambda: spool.counts().stored == 400)
    uploader.stop()
    assert spool.counts().set_aside == 0
    spool.close()


def test_an_hour_without_postgresql_is_stored_in_order_and_once(
    tmp_path: Path,
    wire: tuple[Wire, str],
    database: Database,
    scale: Callable[[float, float], float],
) -> None:
    line, dsn = wire
    seconds, each = scale(3, 60), int(scale(50, 500))
    spool = Spool(tmp_path / "spool")
    uploader = Uploader(spool, PostgresRequestLog(Database(dsn)), rest_s=0.02, longest_wait_s=0.2)
    uploader.start()
    append(spool, [prediction(0, at=FIRST_AT)])
    until(lambda: spool.counts().stored == 1)
    line.cut()
    numbers = iter(range(1, 60 * each + 1))
    for minute in range(60):
        append(
            spool,
            [
                prediction(number, at=FIRST_AT + minute * 60 + place / each)
                for place, number in enumerate(islice(numbers, each))
            ],
        )
        sleep(seconds / 60)
    assert (spool.counts().stored, spool.counts().waiting) == (1, 60 * each)
    line.mend()
    until(lambda: spool.counts().waiting == 0, within_s=240)
    uploader.stop()
    with database.connection() as connection:
        rows = connection.execute("SELECT id::text FROM predictions ORDER BY arrival").fetchall()
    assert [id_ for (id_,) in rows] == [prediction(number).id for number in range(60 * each + 1)]
    assert stored_by_hour(spool) == rows_by_hour(database)
    assert len(rows_by_hour(database)) == 2
    spool.close()


def test_a_log_without_a_spool_loses_what_comes_in_the_same_outage(
    wire: tuple[Wire, str], database: Database
) -> None:
    line, dsn = wire
    log = PostgresRequestLog(Database(dsn))
    log.store(predictions(0))
    line.cut()
    for number in (1, 2):
        with pytest.raises(Unavailable):
            log.store(predictions(number))
    line.mend()
    until(lambda: PostgresRequestMetrics(Database(dsn)).ping() is None)
    log.store(predictions(9))
    assert sorted(stored_ids(database)) == [prediction(0).id, prediction(9).id]


def taken_until_full(spool: Spool) -> list[str]:
    """Ids that it acknowledges until it refuses one, of `MOST_RECORDS`."""
    taken = []
    with suppress(Unavailable):
        for number in range(MOST_RECORDS):
            append(spool, predictions(number))
            taken.append(prediction(number).id)
    return taken


def test_a_spool_without_a_budget_fills_the_disk_in_the_same_outage(tmp_path: Path) -> None:
    """The control of the next."""
    spool = Spool(tmp_path / "spool")
    assert len(taken_until_full(spool)) == MOST_RECORDS
    assert spool.counts().size_bytes > 100_000
    spool.close()


def test_a_spool_that_is_full_in_an_outage_refuses_and_stores_what_it_took(
    tmp_path: Path, wire: tuple[Wire, str], database: Database
) -> None:
    line, dsn = wire
    line.cut()
    spool = Spool(tmp_path / "spool", budget_bytes=100_000)
    uploader = Uploader(spool, PostgresRequestLog(Database(dsn)), rest_s=0.02, longest_wait_s=0.2)
    uploader.start()
    taken = taken_until_full(spool)
    assert 100 < len(taken) < MOST_RECORDS
    with pytest.raises(Unavailable, match="fill the spool's 100,000 bytes"):
        append(spool, predictions(MOST_RECORDS))
    assert spool.counts().size_bytes <= 100_000
    line.mend()
    until(lambda: spool.counts().waiting == 0)
    append(spool, predictions(2000))
    until(lambda: spool.counts().waiting == 0)
    uploader.stop()
    assert sorted(stored_ids(database)) == [*taken, prediction(2000).id]
    spool.close()


def seconds_each(client: Client, requests: int) -> list[float]:
    """How long a client waits for each of so many prices."""
    times = []
    for _ in range(requests):
        began = perf_counter()
        assert client.post("/api/predict_home_price", json=HOME).status_code == 200
        times.append(perf_counter() - began)
    return times


def test_requests_are_as_fast_while_postgresql_takes_seconds_for_each_answer(
    tmp_path: Path, wire: tuple[Wire, str], database: Database
) -> None:
    line, dsn = wire
    service = Service(tmp_path / "spool", sync=True)
    log = PostgresRequestLog(Database(dsn, most_connections=1))
    service.uploader = Uploader(service.spool, log, rest_s=0.01, longest_wait_s=0.1)
    with Client(create_app(service.dependencies)) as client:
        client.until(lambda: client.get("/api/health/ready").status_code == 200)
        fast = seconds_each(client, 200)
        client.until(lambda: service.spool.counts().waiting == 0)
        line.delay_s = SLOW_S
        slow = seconds_each(client, 200)
        assert service.spool.counts().waiting > 100
        # Of a quarter of the requests, which others on this machine have left alone.
        assert sorted(slow)[50] < 3 * sorted(fast)[50]
        assert median(slow) < SLOW_S / 20
        assert max(slow) < SLOW_S / 2
        line.delay_s = 0
        client.until(lambda: service.spool.counts().waiting == 0)
        assert len(stored_ids(database)) == len(set(stored_ids(database))) == 400
        assert stored_by_hour(service.spool) == rows_by_hour(database)


def test_whoever_writes_to_postgresql_before_answering_is_as_slow_as_it_is(
    wire: tuple[Wire, str], database: Database
) -> None:
    line, dsn = wire
    log = PostgresRequestLog(Database(dsn, most_connections=1))
    log.store(predictions(1))
    line.delay_s = SLOW_S / 4
    began = perf_counter()
    log.store(predictions(2))
    assert perf_counter() - began > SLOW_S / 4


def grown_bytes(work: Callable[[], object]) -> int:
    """By how much this process is larger after `work`."""
    gc.collect()
    before = psutil.Process().memory_info().rss
    kept = work()
    grown = psutil.Process().memory_info().rss - before
    del kept
    return grown


def test_what_waits_for_a_slow_postgresql_is_on_the_disk_and_not_in_memory(
    tmp_path: Path, wire: tuple[Wire, str], database: Database
) -> None:
    line, dsn = wire
    spool = Spool(tmp_path / "spool", sync=False)
    uploader = Uploader(spool, PostgresRequestLog(Database(dsn)), rest_s=0.02, longest_wait_s=0.2)
    uploader.start()
    append(spool, predictions(0))
    until(lambda: spool.counts().stored == 1)
    line.delay_s = SLOW_S
    records = (prediction(number, locality="x" * 4000) for number in range(1, 15_001))
    grown = grown_bytes(lambda: append(spool, records))
    assert spool.counts().waiting > 10_000
    assert grown < LARGEST_GROWTH_BYTES < 15_000 * 4000 / 2
    numbers = range(15_000)
    assert grown_bytes(lambda: [pack(prediction(n, locality="x" * 4000)) for n in numbers]) > (
        LARGEST_GROWTH_BYTES
    )
    line.delay_s = 0
    uploader.stop(within_s=0)
    spool.close()
