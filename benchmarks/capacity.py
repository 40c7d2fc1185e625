"""What a request costs under everybody's load: processor time by service, and how latencies spread.

    ./homes up --without airflow,mlflow && .venv/bin/python benchmarks/capacity.py [MINUTES] [USERS]

Runs `tests/load/locustfile.py` against the router of the running stack for MINUTES (3) with USERS
(60) and prints the tables of docs/capacity.md. Walls are those of the machine at that hour, so what
is told of them is their ratios; processor time is what the services themselves used.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import run

import click
import msgspec
import psutil

from homeprices import settings
from homeprices.local import processes, state
from homeprices.local.layout import Layout
from homeprices.local.status import table

LOADS = Path(__file__).resolve().parents[1] / "tests" / "load"


@dataclass(frozen=True)
class Load:
    """What callers of one kind met; `counts` has the number of answers by milliseconds."""

    kind: str
    requests: int
    failures: int
    counts: Counter[int]

    def quantile_ms(self, share: float) -> int:
        """The milliseconds within which `share` of the requests were answered."""
        rest = share * self.requests
        for wall_ms, count in sorted(self.counts.items()):
            rest -= count
            if rest <= 0:
                return wall_ms
        return max(self.counts, default=0)

    @property
    def row(self) -> tuple[str, ...]:
        """As a line of the table."""
        median = max(self.quantile_ms(0.5), 1)
        spread = (f"{self.quantile_ms(share) / median:.1f}" for share in (0.95, 0.99))
        return (self.kind, f"{self.requests:,}", str(self.failures), *spread)


@click.command()
@click.argument("minutes", type=float, default=3.0)
@click.argument("users", type=int, default=60)
@click.option("--pace", type=float, default=0.5, help="What all pauses are multiplied by.")
@click.option("--host", default="http://127.0.0.1:7000", help="The router.")
def main(minutes: float, users: int, pace: float, host: str) -> None:
    """Print both tables."""
    known = state.read(Layout(settings.load().data_dir.resolve()).run / "state.json")
    if known is None:
        raise SystemExit("nothing runs here; start with ./homes up")
    before = _cpu_s(known)
    entries = _loaded(host, minutes, users, pace)
    used = {name: cpu_s - before[name] for name, cpu_s in _cpu_s(known).items()}
    loads = list(_by_kind(entries))
    whole = Load(
        "all",
        sum(load.requests for load in loads),
        sum(load.failures for load in loads),
        sum((load.counts for load in loads), Counter()),
    )
    head = ("who", "requests", "failures", "95 % within x medians", "99 % within x medians")
    print(table([head, *(load.row for load in (*loads, whole))]))
    print(table([("service", "ms of a core a request"), *_costs(used, whole.requests)]))


def _loaded(host: str, minutes: float, users: int, pace: float) -> list[dict[str, object]]:
    """What Locust has counted, an entry for each kind of request."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [
            *(sys.executable, "-m", "locust", "-f", "locustfile.py", "--headless"),
            *(f"--host={host}", "-u", str(users), "-r", "20", "-t", f"{60 * minutes:.0f}s"),
            *("--pace", str(pace), "--json-file", str(report.with_suffix("")), "--only-summary"),
        ]
        run(command, cwd=LOADS, check=False, capture_output=True)
        return msgspec.json.decode(report.read_bytes())


def _by_kind(entries: Iterable[Mapping[str, object]]) -> Iterable[Load]:
    kinds: dict[str, list[Mapping[str, object]]] = {}
    for entry in entries:
        kinds.setdefault(str(entry["name"]).partition(":")[0], []).append(entry)
    for kind, of_kind in sorted(kinds.items()):
        counts: Counter[int] = Counter()
        for entry in of_kind:
            counts.update({int(ms): count for ms, count in entry["response_times"].items()})
        total = [sum(int(e[name]) for e in of_kind) for name in ("num_requests", "num_failures")]
        yield Load(kind, *total, counts)


def _costs(used: Mapping[str, float], requests: int) -> list[tuple[str, str]]:
    """Milliseconds of a core for each request, by service and in all."""
    costs = {name: 1000 * cpu_s / max(requests, 1) for name, cpu_s in used.items()}
    rows = [(name, f"{cost:.2f}") for name, cost in costs.items()]
    return [*rows, ("all", f"{sum(costs.values()):.2f}")]


def _cpu_s(known: state.StackState) -> dict[str, float]:
    """Processor seconds of each service and its processes so far."""
    marks = {service.name: service.mark for service in known.services if service.mark}
    families = {name: processes.family(mark) for name, mark in marks.items()}
    return {name: sum(map(_of_one, members)) for name, members in families.items()}


def _of_one(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    main()
