"""What a logged price costs, ours and by what people would serve the same model with.

    ./homes dataset simulate && ./homes train
    .venv/bin/python benchmarks/durable.py [--rounds 5] [--requests 2000] [--only NAME ...]

Every contestant (a page each in `benchmarks/peers`) serves the model of the data folder by our own
predictor with one worker, and has to answer a first home with the model's price. Those that log
keep a row of each answer in a PostgreSQL that is started here. They take turns, as often as there
are rounds; 16 connections ask about distinct homes. Counted is processor time: of the server with
all its processes, and of PostgreSQL, until every answer has its row; not that of who asks. A ratio
is of both together and within one round. An answer that is not 200, or that has no row at the end,
is an error. Environments are made on the first run, from hashed locks. On Linux alone.
"""

import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import click
import psycopg

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parent))

from peers.contest import Cost, Rows, Running, running
from peers.contestants import CONTESTANTS, ECHO, OURS
from peers.environments import CACHE, versions
from peers.stage import distinct_homes, set_up

WARM_UP = 500
HEAD = """\
| a price by | server, us | PostgreSQL, us | times ours (least to most) \
| times the echo (least to most) | answers | rows |
|---|---|---|---|---|---|---|"""
NONE = "–"


def ratio(costs: Sequence[Cost], others: Sequence[Cost] | None) -> str:
    """Costs as multiples of another's in the same rounds."""
    if not others:
        return NONE
    ratios = [cost.total_us / other.total_us for cost, other in zip(costs, others, strict=True)]
    return f"{median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"


def table(costs: Mapping[str, list[Cost]], kept: Mapping[str, tuple[int, int]]) -> Iterator[str]:
    """The page, as Markdown; `kept` has answers and rows of each contestant."""
    yield HEAD
    for name, own in costs.items():
        answers, rows = kept[name]
        cells = [CONTESTANTS[name].title, f"{median(cost.server_us for cost in own):.0f}", NONE]
        cells += [ratio(own, costs.get(OURS)), ratio(own, costs.get(ECHO)), f"{answers:,}", NONE]
        if CONTESTANTS[name].table is not None:
            cells[2] = f"{median(cost.postgres_us for cost in own):.0f}"
            cells[-1] = f"{rows:,}"
        yield f"| {' | '.join(cells)} |"


def without_a_row(kept: Mapping[str, tuple[int, int]]) -> list[str]:
    """Contestants that log and have not as many rows as answers."""
    logging = [name for name in kept if CONTESTANTS[name].table is not None]
    return [name for name in logging if kept[name][0] != kept[name][1]]


def in_turns(contest: Mapping[str, Running], rounds: int, count: int) -> dict[str, list[Cost]]:
    """What each contestant's requests cost in each round."""
    for one in contest.values():
        one.turn(1, WARM_UP)
    costs: dict[str, list[Cost]] = {name: [] for name in contest}
    for turn in range(rounds):
        for name, one in contest.items():
            costs[name].append(one.turn(1 + WARM_UP + turn * count, count))
    return costs


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
@click.option("--requests", "count", type=click.IntRange(100), default=2_000, show_default=True)
@click.option(
    "--only",
    type=click.Choice(list(CONTESTANTS)),
    multiple=True,
    help="One alone; may be given again.",
)
@click.option("--cache", type=click.Path(path_type=Path), default=CACHE, show_default=True)
def main(rounds: int, count: int, only: tuple[str, ...], cache: Path) -> None:
    """Print the table."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    names = [name for name in CONTESTANTS if not only or name in only]
    tables = [CONTESTANTS[name].table for name in names if name != OURS]
    homes = distinct_homes(1 + WARM_UP + rounds * count)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stage = stack.enter_context(set_up(folder, [one for one in tables if one]))
        rows = Rows(stage, stack.enter_context(psycopg.connect(stage.dsn)))
        contest = {
            name: stack.enter_context(running(name, stage, rows, homes, cache)) for name in names
        }
        costs = in_turns(contest, rounds, count)
        kept = {name: (one.answered, one.await_stored()) for name, one in contest.items()}
    print("\n".join(table(costs, kept)))
    locks = [lock for name in names if (lock := CONTESTANTS[name].lock)]
    said = f"{stage.manifest.recipe}, {rounds} rounds of {count:,} requests"
    print(f"\n{said}; {versions(locks)}")
    if lost := without_a_row(kept):
        raise click.ClickException(f"answers without a row, or rows without: {', '.join(lost)}")


if __name__ == "__main__":
    main()
