"""What a running stack weighs: resident memory and idle CPU of every service.

    ./homes up --without first-candidate && .venv/bin/python benchmarks/stack_weight.py [SECONDS]

Memory is what the processes hold: RSS counts pages that several share once for
each, PSS once in all. CPU is measured over SECONDS (60) in which nobody asks
anything; 100 % is one core.
"""

import time
from dataclasses import dataclass

import click
import psutil

from homeprices import settings
from homeprices.local import processes, state
from homeprices.local.layout import Layout
from homeprices.local.status import table


@dataclass(frozen=True)
class Weight:
    """One service and all its processes."""

    name: str
    count: int
    rss_mb: float
    pss_mb: float
    cpu_percent: float

    @property
    def row(self) -> tuple[str, ...]:
        """As a line of the table."""
        figures = (self.rss_mb, self.pss_mb)
        return (
            self.name,
            str(self.count),
            *(f"{f:,.0f}" for f in figures),
            f"{self.cpu_percent:.1f}",
        )


@click.command()
@click.argument("seconds", type=float, default=60.0)
def main(seconds: float) -> None:
    """Print the table."""
    told = state.read(Layout(settings.load().data_dir.resolve()).run / "state.json")
    if told is None:
        raise SystemExit("nothing runs here; start with ./homes up")
    families = {"supervisor": [psutil.Process(told.supervisor.pid)]}
    families |= {s.name: processes.family(s.mark) for s in told.services if s.mark}
    before = {name: _cpu_s(members) for name, members in families.items()}
    time.sleep(seconds)
    weights = [
        _weight(name, members, 100 * (_cpu_s(members) - before[name]) / seconds)
        for name, members in families.items()
        if members
    ]
    whole = Weight(
        "the whole stack",
        sum(w.count for w in weights),
        sum(w.rss_mb for w in weights),
        sum(w.pss_mb for w in weights),
        sum(w.cpu_percent for w in weights),
    )
    head = ("service", "processes", "RSS MB", "PSS MB", "CPU %")
    print(table([head, *(w.row for w in (*weights, whole))]))


def _weight(name: str, members: list[psutil.Process], cpu_percent: float) -> Weight:
    memory = [m.memory_full_info() for m in members if m.is_running()]
    rss, pss = sum(m.rss for m in memory), sum(m.pss for m in memory)
    return Weight(name, len(memory), rss / 1e6, pss / 1e6, cpu_percent)


def _cpu_s(members: list[psutil.Process]) -> float:
    """CPU seconds so far, those of children that have ended included."""
    total = 0.0
    for member in members:
        if member.is_running():
            times = member.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


if __name__ == "__main__":
    main()
