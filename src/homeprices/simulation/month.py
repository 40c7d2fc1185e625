"""Plays a month: the clock, the order of events, and the same tasks that the schedule calls."""

from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from homeprices.domain.errors import Declined
from homeprices.domain.experiments.decision import Decision
from homeprices.domain.requests.records import Slot
from homeprices.domain.versions import DecisionId, ModelVersion
from homeprices.simulation.clock import MonthClock
from homeprices.simulation.door import Door
from homeprices.simulation.events import MonthEvents, month_events
from homeprices.simulation.stack import MonthStack
from homeprices.simulation.truth import TrueErrors, TrueMarket
from homeprices.simulation.visitors import HOURS_A_DAY, Question, Visitors
from homeprices.stores.spool.spool import SpoolCounts
from homeprices.valuation.predict import bundle
from homeprices.valuation.train.recipes import recipe_named
from homeprices.workflows.datasets import SourceFile, publish_dataset
from homeprices.workflows.experiments.confirm import confirm
from homeprices.workflows.scheduled import deciding, training, watching
from homeprices.workflows.training.train import TrainOrder, train

RECIPE = "booster"
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class MonthOrder:
    """What is to be played; `visitors` come in an hour."""

    days: int = 30
    seed: int = 1
    visitors: float = 150.0


@dataclass(frozen=True, slots=True)
class SeenDecision:
    """A row of the log and, at its moment, the true error of every version."""

    day: float
    row: Decision
    true_errors: dict[str, float]


@dataclass(frozen=True, slots=True)
class TrueHour:
    """What was served at an hour and how far every version was off then."""

    day: float
    production: str
    candidate: str | None
    true_errors: dict[str, float]


@dataclass(slots=True)
class MonthRecord:
    """All that a month has come to.

    `origins` names for each version what it is a copy of, itself for none; `productions` are the
    days on which production changed and what it became. `sent` are requests and remarks, of which
    `by_http` are the estimates that were asked for by HTTP; `refused` got no price.
    """

    order: MonthOrder
    events: MonthEvents
    hours: list[TrueHour] = field(default_factory=list)
    decisions: list[SeenDecision] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)
    productions: list[tuple[float, str]] = field(default_factory=list)
    counts: Sequence[SpoolCounts] = ()
    sent: int = 0
    by_http: Sequence[str] = ()
    refused: int = 0


def play_month(order: MonthOrder, stack: MonthStack, clock: MonthClock, say: Tell) -> MonthRecord:
    """The record of a month, played on `stack` by its `clock`."""
    return _Month(order, stack, clock, say).play()


class _Month:
    """The parts of one month while it is played."""

    def __init__(self, order: MonthOrder, stack: MonthStack, clock: MonthClock, say: Tell) -> None:
        self._order = order
        self._stack = stack
        self._homes = stack.homes
        self._clock = clock
        self._say = say
        events = month_events(order.seed)
        self._market = TrueMarket(stack.homes.market, events.moves, order.seed)
        self._errors = TrueErrors(self._market)
        self._visitors = Visitors(self._market, order.visitors, order.seed)
        self._door = Door(stack, stack.homes.market)
        self._files = list(enumerate(events.files, start=1))
        self._record = MonthRecord(order, events)

    def play(self) -> MonthRecord:
        for hour in range(self._order.days * HOURS_A_DAY):
            self._clock.day = hour / HOURS_A_DAY
            self._publish()
            if hour == 0:
                self._first_model()
            if hour % HOURS_A_DAY == 0:
                watching.keep_house(self._homes)
            self._train(f"hour {hour}")
            self._stack.loop.run(self._hour(hour))
            self._clock.day = (hour + 1) / HOURS_A_DAY
            self._stack.upload()
            self._decide()
            if hour % HOURS_A_DAY == HOURS_A_DAY - 1:
                watching.watch_drift(self._homes)
            self._look()
        self._stack.loop.run(self._door.close())
        self._record.counts = self._stack.counts()
        self._record.sent, self._record.by_http = self._door.sent, self._door.by_http
        return self._record

    def _publish(self) -> None:
        """The listing files that are due."""
        while self._files and self._files[0][1].day <= self._clock.day:
            number, file = self._files.pop(0)
            content = self._market.listing_csv(file, number)
            source = f"simulated month, {file.kind} file {number}"
            manifest = publish_dataset(SourceFile(content, source, simulated=True), self._homes)
            self._say(f"{self._when} {manifest.version}: {manifest.rows:,} listings ({file.kind})")

    def _first_model(self) -> None:
        order = TrainOrder(RECIPE, parameters=recipe_named(RECIPE).quick)
        manifest = train(order, self._homes, _quiet)
        self._learn_of(manifest.version)
        self._record.productions.append((self._clock.day, manifest.version))
        confirm(self._homes.served, Slot.PRODUCTION, lambda version: version == manifest.version)

    def _train(self, run: str) -> None:
        """What the pipeline does when a training is needed, task after task."""
        homes = self._homes
        try:
            training.ask(homes)
            number = training.check(homes, run, "scheduled")
        except Declined:
            return
        try:
            training.validate(homes, number)
            with redirect_stdout(StringIO()):
                models = training.train(homes, number, [_quick()])
            for model in models:
                self._learn_of(model)
            training.serve(homes, models)
            experiment = training.open_experiment(homes, models)
            self._say(f"{self._when} {models[0]} is on trial in {experiment}")
        except Declined as reason:
            self._say(f"{self._when} {number}: {reason.message}")
        finally:
            training.end(homes, number)

    def _learn_of(self, version: str) -> None:
        """Let the truth know a new model."""
        parsed = ModelVersion.parse(version)
        self._errors.learn_of(version, bundle.load(self._homes.registry.files(parsed)))
        self._record.origins[version] = version

    async def _hour(self, number: int) -> None:
        experiment = self._homes.experiments.open_now()
        for visit in self._visitors.hour(number):
            self._clock.day = visit.day
            if not isinstance(visit.act, Question):
                await self._door.say(visit.act, experiment)
                continue
            answer = await self._door.ask(visit.act, experiment)
            if answer is None:
                self._record.refused += 1
                continue
            self._visitors.answered(visit, visit.act, answer.prediction_id, answer.estimated_price)

    def _decide(self) -> None:
        """What the hourly evaluation does: one row, then the task of its verdict."""
        row = deciding.evaluate(self._homes)
        branch = deciding.choose(None, row)
        if row is None or branch == "nothing":
            return
        before = dict(self._errors.at(self._clock.day))
        act: Callable[..., str] = getattr(deciding, branch)
        act(self._homes, row)
        decision = self._homes.decisions.read(DecisionId.parse(row["id"]))
        self._record.decisions.append(SeenDecision(self._clock.day, decision, before))
        if decision.changed_production and decision.after is not None:
            self._follow(decision.after, str(decision.subject))
        self._say(f"{self._when} {decision.verdict} {decision.subject}: {decision.reasons[0]}")

    def _follow(self, production: str, source: str) -> None:
        """Production has changed: the new version is a copy."""
        self._errors.same_as(production, source)
        self._record.origins[production] = self._record.origins[source]
        self._record.productions.append((self._clock.day, production))

    def _look(self) -> None:
        experiment = self._homes.experiments.open_now()
        production = self._homes.registry.newest_production()
        self._record.hours.append(
            TrueHour(
                self._clock.day,
                str(production),
                experiment.candidate if experiment else None,
                dict(self._errors.at(self._clock.day)),
            )
        )

    @property
    def _when(self) -> str:
        return f"day {self._clock.day:5.2f}:"


def _quick() -> dict[str, Any]:
    """The quick recipe, as if a search had come to it."""
    return {
        "recipe": RECIPE,
        "parameters": dict(recipe_named(RECIPE).quick),
        "metrics": {"mean_abs_log_error": 0.0},
        "default_metrics": {},
        "trials": [],
        "study": "none: the quick recipe",
    }


def _quiet(_: str) -> None:
    """Nobody reads the progress of a training here."""
