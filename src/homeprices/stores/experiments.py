"""Trials: `experiments/E{k}.json` opens one, `experiments/E{k}.closed.json` ends it."""

from __future__ import annotations

import msgspec

from homeprices.domain.errors import Refused
from homeprices.domain.experiments.experiment import ClosedExperiment, Experiment, ExperimentConfig
from homeprices.domain.versions import ExperimentId
from homeprices.ports import Objects
from homeprices.stores.sequences import OneOpenSequence


class Experiments:
    """All trials on an object store; at most one is open."""

    def __init__(self, objects: Objects) -> None:
        self._turns = OneOpenSequence(objects, "experiments/", "E")

    def open(self, candidate: str, production: str, terms: ExperimentConfig) -> Experiment:
        """Start a trial of `candidate`; raises Refused while another is open."""
        number = self._turns.take(
            lambda n: msgspec.json.encode(
                _experiment(ExperimentId(n), candidate, production, terms)
            )
        )
        if number is None:
            running = self.open_now()
            if running is None:
                raise Refused("another writer has just opened a trial")
            raise Refused(f"{running.id} is open with {running.candidate} on trial")
        return self.read(ExperimentId(number))

    def close(self, ending: ClosedExperiment) -> None:
        """End a trial; ending it again changes nothing."""
        self._turns.close(ExperimentId.parse(ending.id).number, msgspec.json.encode(ending))

    def open_now(self) -> Experiment | None:
        """The trial that is running, or None."""
        number = self._turns.open_now()
        return None if number is None else self.read(ExperimentId(number))

    def read(self, number: ExperimentId) -> Experiment:
        """The trial `number`; raises NotFound."""
        return msgspec.json.decode(self._turns.read(number.number), type=Experiment)

    def ending(self, number: ExperimentId) -> ClosedExperiment | None:
        """How the trial `number` ended; None while it is open."""
        content = self._turns.ending(number.number)
        return None if content is None else msgspec.json.decode(content, type=ClosedExperiment)

    def all(self) -> list[Experiment]:
        """Every trial, oldest first."""
        return [self.read(ExperimentId(number)) for number in self._turns.numbers()]


def _experiment(
    number: ExperimentId, candidate: str, production: str, terms: ExperimentConfig
) -> Experiment:
    return Experiment(
        id=str(number),
        candidate=candidate,
        production=production,
        share=terms.share,
        salt=terms.salt,
        policy=terms.policy,
        started_at=terms.started_at,
    )
