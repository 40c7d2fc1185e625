"""Rehearses the built-in policies over the grid of traffics and candidates, for the docs.

    .venv/bin/python benchmarks/rehearsal.py --out docs/explanation/rehearsal.md

Takes some minutes on two cores: 120 trials for each cell, all of one week with hourly looks.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from homeprices.domain.experiments.policies import POLICIES
from homeprices.workflows.experiments import rehearse
from homeprices.workflows.experiments.simulated_trial import Traffic

GRID = ((500, 0.03), (500, 0.10), (5000, 0.03))
CANDIDATES = ("equal", "10 % worse", "10 % better", "20 % better")
RUNS, SEED = 120, 1
COMMAND = ".venv/bin/python benchmarks/rehearsal.py --out docs/explanation/rehearsal.md"

BEGINNING = f"""# What each policy does, rehearsed

Trials of candidates whose error is known, played by the same step that decides live ones, with a
look every hour for a week. Errors are normal in log price (standard deviation 0.20), those of the
two models correlated 0.8; a tenth of the reports is a sale price, the rest are stars; a fifth of
the visitors meets the candidate. Each row is {RUNS} trials, each figure with its Monte-Carlo
standard error. Days and sale prices are medians of the trials that ended with a verdict; what ran
to its deadline is undecided, though `composite` calls its own verdict there ROLL_BACK. Stars are
one to five here, and fall by six for an error of one in log price, with a mood of 0.8. In
`benchmarks/plain_rule.py` visitors click "accurate" (5) within 10 % of the price, else "too high"
or "too low" (2): noisier, so that its table (decision record 4) has more equal models promoted. All
of it is written by

```sh
{COMMAND}
```

and `homes experiment rehearse` does the same at your own traffic (`--policy FILE` for numbers of
your own). Requests are thinned, opinions and prices are not. Both models answer alike fast, so the
guards against failing and slow answers have nothing to see here; the scenario tests see to them.
"""
ATTACK = """## What an attack takes

The smallest crowd of a grid (networks times days) that gets its verdict in at least nine of ten
trials. Every network of it reports as much as is counted, five sale prices and five opinions a day,
each by a new visitor; each price is as near to one model's and as far from the other's as pays.
That is the worst case: a crowd that knows both estimates of every home that it names. The plain
rule promotes an equal candidate in many trials without any crowd.

| policy | requests an hour, reports | an equal one promoted | a 20 % better one rolled back |
|---|---|---|---|"""


def page(play_all: rehearse.PlayAll, runs: int) -> Iterator[str]:
    """The lines of the page."""
    yield BEGINNING
    attacks = [ATTACK]
    for name in ("evidence", "composite"):
        yield f"## The policy `{name}`\n"
        yield "| requests an hour, reports | candidate | " + " | ".join(rehearse.TITLES) + " |"
        yield "|---|---|" + "---|" * len(rehearse.TITLES)
        for requests, reports in GRID:
            config = rehearse.RehearsalConfig(
                POLICIES[name].document, Traffic(requests, reports), SEED, runs, CANDIDATES
            )
            where = (
                f"{requests:,}, {reports:.0%} ({config.traffic.prices_an_hour:g} prices an hour)"
            )
            for row in rehearse.rehearse(config, play_all):
                yield f"| {where} | {row.candidate} | " + " | ".join(rehearse.cells(row)) + " |"
            crowds = " | ".join(map(crowd, rehearse.crowd_costs(config, play_all)))
            attacks.append(f"| `{name}` | {requests:,}, {reports:.0%} | {crowds} |")
        yield ""
    yield from attacks


def crowd(cost: rehearse.CrowdCost) -> str:
    """The size of a crowd."""
    if cost.networks is None:
        return f"more than {rehearse.NETWORKS[-1]} networks for {rehearse.DAYS[-1]} days"
    return f"{cost.networks} networks, {cost.days} day{'s' if cost.days != 1 else ''}"


def main() -> None:
    """Write the page, or print it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--processes", type=int)
    options = parser.parse_args()
    with rehearse.in_processes(options.processes) as play_all:
        text = "\n".join(page(play_all, options.runs)) + "\n"
    if options.out is None:
        print(text)
    else:
        options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
