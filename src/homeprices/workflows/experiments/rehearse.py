"""What a policy would do at the traffic one has: trials of equal, worse and better candidates.

Seeds in, a table out. Every candidate is played with the same seeds, so that the rows of a table
differ by the candidates alone.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import sqrt
from multiprocessing import get_context

from homeprices.domain.evidence.parameters import VERSION_1
from homeprices.domain.experiments.decision import Verdict
from homeprices.domain.experiments.experiment import PolicyDocument
from homeprices.ports import RequestMetrics
from homeprices.workflows.experiments import simulated_trial
from homeprices.workflows.experiments.simulated_trial import SimulatedTrial, Traffic, TrialOutcome

# The candidate's error as a multiple of production's.
CANDIDATES: Mapping[str, float] = {
    "equal": 1.0,
    "5 % worse": 1.05,
    "10 % worse": 1.10,
    "25 % worse": 1.25,
    "10 % better": 0.9,
    "20 % better": 0.8,
}
SEEN_FOR, AN_HOUR, FEWEST_REQUESTS_SEEN = timedelta(days=7), timedelta(hours=1), 100
FEWEST_PRICES_AN_HOUR = 0.3
# The middle row of the table in docs/explanation/rehearsal.md. Where less is reported little is
# decided, and a policy that would promote anything looks harmless.
REFERENCE = Traffic(requests_an_hour=500, reports=0.10)
# What finds a difference less often than so is not worth to wait for: the usual power of a trial.
POWER = 0.8
TEN, TWENTY = "10 % better", "20 % better"
TITLES = ("promoted", "rolled back", "undecided", "median days", "sale prices")
NETWORKS, DAYS, CROWDS_EACH = (5, 10, 15, 20, 30, 50, 100), (1, 3, 7), 8
# A crowd moves a verdict that it brings about so often: more often than luck does.
MOVED = 0.9

# How trials are played: `map`, or the one of a pool of processes.
PlayAll = Callable[
    [Callable[[SimulatedTrial], TrialOutcome], Sequence[SimulatedTrial]], Iterable[TrialOutcome]
]


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure of a simulation with its standard error."""

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class CandidateTrials:
    """What became of one kind of candidate: shares, 0 to 1, and medians of the trials decided.

    `hours` and `prices` are what a verdict took, None where there was none; an experiment that
    was put on hold counts as undecided.
    """

    candidate: str
    error: float
    promoted: Measured
    rolled_back: Measured
    undecided: Measured
    hours: Measured | None
    prices: Measured | None


@dataclass(frozen=True, slots=True)
class CrowdAim:
    """A verdict that would be wrong on a candidate with that error, and how it is called."""

    words: str
    error: float
    verdict: Verdict


AIMS = (
    CrowdAim("promote an equal candidate", 1.0, Verdict.PROMOTE),
    CrowdAim("roll a 20 % better one back", 0.8, Verdict.ROLL_BACK),
)


@dataclass(frozen=True, slots=True)
class CrowdCost:
    """The smallest crowd, by networks times days, that brings a verdict about; None: none did."""

    aim: str
    networks: int | None
    days: int | None


@dataclass(frozen=True, slots=True)
class RehearsalConfig:
    """What is rehearsed; `where` is told of the traffic of one zone."""

    policy: PolicyDocument
    traffic: Traffic
    seed: int = 1
    runs: int = 200
    candidates: Sequence[str] = tuple(CANDIDATES)
    where: str | None = None


@contextmanager
def in_processes(count: int | None = None) -> Iterator[PlayAll]:
    """Plays trials on so many processes, by default one for each processor."""
    with ProcessPoolExecutor(count, get_context("spawn")) as pool:
        yield lambda play, trials: pool.map(play, trials, chunksize=1 + len(trials) // 100)


def seen_traffic(metrics: RequestMetrics, at: datetime, share: float) -> Traffic | None:
    """The traffic that counts as evidence, of the last seven days or since there is any.

    None where too little came to tell.
    """
    seen = metrics.evidence_traffic(at - SEEN_FOR, int(VERSION_1.network_cap))
    if seen.first_at is None or seen.requests < FEWEST_REQUESTS_SEEN:
        return None
    reports = seen.opinions + seen.prices
    age = min(SEEN_FOR, max(AN_HOUR, at - seen.first_at))
    return Traffic(
        requests_an_hour=seen.requests / (age / AN_HOUR),
        reports=min(1.0, reports / seen.requests),
        prices=seen.prices / reports if reports else Traffic().prices,
        share=share,
    )


@dataclass(frozen=True, slots=True)
class RehearsalReport:
    """What a policy was seen to do; `at_reference` is of equal candidates at `REFERENCE`."""

    config: RehearsalConfig
    rows: Sequence[CandidateTrials]
    crowds: Sequence[CrowdCost] = ()
    at_reference: CandidateTrials | None = None

    @property
    def equal_promoted(self) -> Measured:
        """The share of equal candidates that were promoted."""
        return next(row for row in self.rows if row.error == 1).promoted

    def lines(self) -> Iterator[str]:
        """It all, for people."""
        traffic = self.config.traffic
        yield from [self.config.where] if self.config.where else []
        yield (
            f"policy {self.config.policy.name}, {in_words(traffic)}, "
            f"{traffic.share:.0%} to the candidate; "
            f"{self.config.runs} trials each, seed {self.config.seed}"
        )
        yield f"{'candidate':<12}" + "".join(f"{title:>16}" for title in TITLES)
        for row in self.rows:
            yield f"{row.candidate:<12}" + "".join(f"{cell:>16}" for cell in cells(row))
        if traffic.prices_an_hour < FEWEST_PRICES_AN_HOUR:
            yield (
                f"with fewer than {FEWEST_PRICES_AN_HOUR} sale prices an hour no valid policy sees "
                "a 10 % smaller error within a week"
            )
        if self.at_reference is not None:
            yield (
                f"at the traffic of reference, {in_words(REFERENCE)}, it promotes "
                f"{self.at_reference.promoted.value:.1%} of equal candidates, and "
                f"{self.equal_promoted.value:.1%} at this one"
            )
        yield from map(_crowd_line, self.crowds)


def in_words(traffic: Traffic) -> str:
    """The requests an hour, and the reports on them.

    >>> in_words(Traffic(0.1)), in_words(Traffic(5000))[:22]
    ('0.1 requests an hour, reports on 3.0%, of which 10% sale prices (0.0003 an hour)', \
'5,000 requests an hour')
    """
    return (
        f"{_requests(traffic.requests_an_hour)} an hour, reports on {traffic.reports:.1%}, of "
        f"which {traffic.prices:.0%} sale prices ({traffic.prices_an_hour:.2g} an hour)"
    )


def _requests(an_hour: float) -> str:
    number = f"{an_hour:,.0f}" if an_hour >= 10 else f"{an_hour:.2g}"
    return f"{number} request{'' if number == '1' else 's'}"


def equal_at_reference(config: RehearsalConfig, play_all: PlayAll = map) -> CandidateTrials:
    """What becomes of equal candidates at `REFERENCE`, whatever the traffic of `config` is."""
    reference = replace(REFERENCE, share=config.traffic.share)
    (equal,) = rehearse(replace(config, traffic=reference, candidates=("equal",)), play_all)
    return equal


def rehearse(config: RehearsalConfig, play_all: PlayAll = map) -> list[CandidateTrials]:
    """A row for each kind of candidate."""
    trials = [
        SimulatedTrial(config.policy, config.traffic, CANDIDATES[name], (config.seed, run))
        for name in config.candidates
        for run in range(config.runs)
    ]
    outcomes = list(play_all(simulated_trial.play, trials))
    return [
        _row(name, outcomes[place * config.runs : (place + 1) * config.runs])
        for place, name in enumerate(config.candidates)
    ]


def can_decide(zone: str, rows: Sequence[CandidateTrials]) -> str:
    """Whether the traffic of `zone` can decide, in a sentence, by what became of better ones."""
    promoted = {row.candidate: row.promoted.value for row in rows}
    ten, twenty = promoted[TEN], promoted[TWENTY]
    shown = (
        f"of candidates that err 10 % less {ten:.0%} are promoted before the deadline, of those "
        f"that err 20 % less {twenty:.0%}"
    )
    if ten >= POWER:
        return f"{zone} can decide: {shown}"
    if twenty >= POWER:
        return f"{zone} can decide large differences alone: {shown}"
    return f"{zone} cannot decide: {shown}; try it everywhere, with more prices, or for longer"


def crowd_costs(config: RehearsalConfig, play_all: PlayAll = map) -> list[CrowdCost]:
    """What it takes to promote an equal candidate, and to roll a better one back."""
    return [_crowd_cost(config, aim, play_all) for aim in AIMS]


def _row(name: str, outcomes: Sequence[TrialOutcome]) -> CandidateTrials:
    decided = [o for o in outcomes if o.verdict in (Verdict.PROMOTE, Verdict.ROLL_BACK)]
    promoted, rolled_back = (
        share(sum(o.verdict is verdict for o in decided), len(outcomes))
        for verdict in (Verdict.PROMOTE, Verdict.ROLL_BACK)
    )
    return CandidateTrials(
        candidate=name,
        error=CANDIDATES[name],
        promoted=promoted,
        rolled_back=rolled_back,
        undecided=share(len(outcomes) - len(decided), len(outcomes)),
        hours=median([o.hours for o in decided]),
        prices=median([o.prices for o in decided]),
    )


def share(count: int, of: int) -> Measured:
    """A share with its standard error, which is not 0 where none or all were counted.

    >>> round(share(0, 99).error, 4)
    0.0071
    """
    likely = (count + 0.5) / (of + 1)
    return Measured(count / of, sqrt(likely * (1 - likely) / of))


def median(values: Sequence[float]) -> Measured | None:
    """The median, with half of what lies between the ranks that are its standard error away.

    >>> median([1, 2, 3, 4, 100])
    Measured(value=3, error=1.0)
    """
    if not values:
        return None
    ranked, last = sorted(values), len(values) - 1
    away = sqrt(len(values)) / 2
    low, high = max(0, round(last / 2 - away)), min(last, round(last / 2 + away))
    return Measured(ranked[last // 2], (ranked[high] - ranked[low]) / 2)


def cells(row: CandidateTrials) -> list[str]:
    """The figures of a row with their standard errors, for people."""
    shares = (row.promoted, row.rolled_back, row.undecided)
    return [
        *(f"{100 * part.value:.1f} ± {100 * part.error:.1f} %" for part in shares),
        f"{row.hours.value / 24:.1f} ± {row.hours.error / 24:.1f}" if row.hours else "-",
        f"{row.prices.value:.0f} ± {row.prices.error:.0f}" if row.prices else "-",
    ]


def _crowd_line(cost: CrowdCost) -> str:
    if cost.networks is None or cost.days is None:
        return (
            f"to {cost.aim}: more than {NETWORKS[-1]} networks that all say so for {DAYS[-1]} days"
        )
    days = "a day" if cost.days == 1 else f"{cost.days} days"
    return (
        f"to {cost.aim}: a crowd on {cost.networks} networks that says nothing else for {days}, "
        f"5 sale prices and 5 opinions from each a day"
    )


def _crowd_cost(config: RehearsalConfig, aim: CrowdAim, play_all: PlayAll) -> CrowdCost:
    """The cheapest crowd of the grid that nearly always gets what it wants."""
    crowds = [
        simulated_trial.Crowd(networks, days, aim.verdict is Verdict.PROMOTE)
        for networks, days in sorted(
            ((networks, days) for networks in NETWORKS for days in DAYS),
            key=lambda size: (size[0] * size[1], size[0]),
        )
    ]
    for crowd in crowds:
        trials = [
            SimulatedTrial(config.policy, config.traffic, aim.error, (config.seed, run), crowd)
            for run in range(CROWDS_EACH)
        ]
        outcomes = list(play_all(simulated_trial.play, trials))
        if sum(o.verdict is aim.verdict for o in outcomes) >= MOVED * len(outcomes):
            return CrowdCost(aim.words, crowd.networks, crowd.days)
    return CrowdCost(aim.words, None, None)
