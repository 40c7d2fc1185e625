"""How many homes are priced in bulk for a second of processor, and what single prices notice of it.

    ./homes dataset simulate && ./homes train
    .venv/bin/python benchmarks/bulk.py [ROWS]

Starts the service of production by itself, at a free port and without PostgreSQL, with the model
of the data folder. It prices ROWS listings of the simulator in one batch, as JSON and as CSV, then
`homes score` prices them as a file. Rows a second of processor time (of all processes, waited for)
and the most memory are told. Single prices are asked for one after another, alone and beside a
batch: half and 99 of 100 come within so long.
"""

import csv
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import click
import psutil

from homeprices import markets
from homeprices.datasets.simulate import simulate

ROWS, SEED, SINGLE = 20_000, 7, 1_500
FIELDS = {"location": "location", "size": "bhk", "total_sqft": "total_sqft", "bath": "bath"}
PRICE = "/api/predict_home_price"


def homes(rows: int) -> list[dict[str, str]]:
    """So many homes as a client asks about them, by four facts."""
    text = simulate(markets.load("bangalore"), rows, SEED).decode()
    listings = csv.DictReader(io.StringIO(text))
    asked = [{field: row[column] for column, field in FIELDS.items()} for row in listings]
    return [home | {"bhk": home["bhk"].split(" ")[0]} for home in asked]


def as_csv(rows: list[dict[str, str]]) -> bytes:
    """The homes as a file."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, FIELDS.values(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


class Service:
    """The service of production in a process of its own."""

    def __init__(self, process: psutil.Process, port: int) -> None:
        self.process, self.port = process, port

    def post(self, path: str, body: bytes, media: str) -> tuple[int, int]:
        """Status and bytes of an answer, which nobody keeps."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=900)
        connection.request("POST", path, body, {"content-type": media})
        answer, size = connection.getresponse(), 0
        while piece := answer.read(1 << 16):
            size += len(piece)
        connection.close()
        return answer.status, size

    def cpu_s(self) -> float:
        """The processor time that it has taken so far."""
        times = self.process.cpu_times()
        return times.user + times.system

    def batch(self, body: bytes, media: str) -> float:
        """The processor time of one batch."""
        before = self.cpu_s()
        status, _ = self.post(f"{PRICE}/batch", body, media)
        if status != 200:
            raise click.ClickException(f"the batch was answered {status}")
        return self.cpu_s() - before

    def single_ms(self, home: dict[str, str], how_many: int) -> list[float]:
        """How long single prices take, one after another, sorted."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        body, headers, took = json.dumps(home), {"content-type": "application/json"}, []
        for _ in range(how_many):
            began = time.perf_counter()
            connection.request("POST", PRICE, body, headers)
            connection.getresponse().read()
            took.append(1e3 * (time.perf_counter() - began))
        connection.close()
        return sorted(took)


@contextmanager
def service() -> Iterator[Service]:
    """The service, ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    away = {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": "1", "HOMES_SECRET": "of a benchmark"}
    settings = {"HOMES_PRODUCTION_PORT": str(port), **away}
    process = subprocess.Popen(
        [sys.executable, "-m", "homeprices", "serve", "production"],
        env={**os.environ, **settings},
        stderr=subprocess.DEVNULL,
    )
    running = Service(psutil.Process(process.pid), port)
    try:
        while not _is_ready(running):
            if process.poll() is not None:
                raise click.ClickException("the service has ended; is there a model?")
            time.sleep(0.1)
        yield running
    finally:
        process.terminate()
        process.wait(20)


def _is_ready(running: Service) -> bool:
    try:
        connection = HTTPConnection("127.0.0.1", running.port, timeout=5)
        connection.request("GET", "/api/health/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False


def during_a_batch(running: Service, body: bytes, home: dict[str, str]) -> list[float]:
    """Single prices while a batch is under way."""
    sent = threading.Thread(target=running.post, args=(f"{PRICE}/batch", body, "application/json"))
    sent.start()
    time.sleep(0.5)
    took: list[float] = []
    while sent.is_alive():
        took += running.single_ms(home, 50)
    sent.join()
    return sorted(took)


def score(body: bytes) -> tuple[float, float]:
    """Processor time and the most memory (MB) of `homes score` over a file."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "homes.csv", Path(folder) / "priced.csv"
        source.write_bytes(body)
        command = [sys.executable, "-m", "homeprices", "score", str(source), "--out", str(target)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise click.ClickException("homes score has failed")
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def single_line(name: str, took: list[float]) -> str:
    """A line on single prices."""
    half, most = took[len(took) // 2], took[int(0.99 * len(took))]
    return f"{name:<28}{half:>7.1f} ms half, {most:>7.1f} ms 99 of 100, {len(took):,} prices"


@click.command()
@click.argument("rows", type=int, default=ROWS)
def main(rows: int) -> None:
    """Print rows a second of processor time, and how long single prices take."""
    asked = homes(rows)
    as_json, as_file = json.dumps(asked).encode(), as_csv(asked)
    with service() as running:
        running.batch(json.dumps(asked[:500]).encode(), "application/json")
        memory = running.process.memory_info().rss
        for media, body in (("application/json", as_json), ("text/csv", as_file)):
            rate = len(asked) / running.batch(body, media)
            print(f"batch, {media:<21}{rate:>9,.0f} rows a second of processor time")
        grown = (running.process.memory_info().rss - memory) / 1e6
        print(f"{'the service has grown by':<28}{grown:>9.1f} MB")
        print(single_line("single prices alone", running.single_ms(asked[0], SINGLE)))
        print(single_line("single prices beside it", during_a_batch(running, as_json, asked[0])))
    cpu_s, most_mb = score(as_file)
    rate = len(asked) / cpu_s
    print(f"{'homes score':<28}{rate:>9,.0f} rows a second of processor time, {most_mb:,.0f} MB")


if __name__ == "__main__":
    main()
