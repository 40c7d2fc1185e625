"""Trials: `experiments/E{k}.json` opens one, `experiments/E{k}.closed.json` ends it.

At most one is open: the next number can be taken only once the last is closed,
and of two racing writers one gets it.
"""

from __future__ import annotations

import re

import msgspec

from homeprices.domain.errors import NotFound, Refused, Taken
from homeprices.domain.experiment import ClosedExperiment, Experiment, Terms
from homeprices.domain.versions import ExperimentId
from homeprices.ports import Objects

FOLDER = "experiments/"
_OPENED = re.compile(rf"{FOLDER}E(\d+)\.json")


class Experiments:
    """All trials on an object store."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def open(self, candidate: str, production: str, terms: Terms) -> Experiment:
        """Start a trial of `candidate`; raises Refused while another is open."""
        last = self._last()
        if last is not None and not self._is_closed(last):
            running = self.read(last)
            raise Refused(f"{running.id} is open with {running.candidate} on trial")
        number = ExperimentId(last.number + 1 if last else 1)
        experiment = Experiment(
            id=str(number),
            candidate=candidate,
            production=production,
            share=terms.share,
            salt=terms.salt,
            policy=terms.policy,
            started_at=terms.started_at,
        )
        try:
            self._objects.create(f"{FOLDER}{number}.json", msgspec.json.encode(experiment))
        except Taken:
            raise Refused(f"another writer has just opened {number}") from None
        return experiment

    def close(self, ending: ClosedExperiment) -> None:
        """End a trial; ending it again changes nothing."""
        try:
            self._objects.create(f"{FOLDER}{ending.id}.closed.json", msgspec.json.encode(ending))
        except Taken:
            return

    def open_now(self) -> Experiment | None:
        """The trial that is running, or None."""
        last = self._last()
        return None if last is None or self._is_closed(last) else self.read(last)

    def read(self, number: ExperimentId) -> Experiment:
        """The trial `number`; raises NotFound."""
        content = self._objects.read(f"{FOLDER}{number}.json")
        return msgspec.json.decode(content, type=Experiment)

    def ending(self, number: ExperimentId) -> ClosedExperiment | None:
        """How the trial `number` ended; None while it is open."""
        try:
            content = self._objects.read(f"{FOLDER}{number}.closed.json")
        except NotFound:
            return None
        return msgspec.json.decode(content, type=ClosedExperiment)

    def all(self) -> list[Experiment]:
        """Every trial, oldest first."""
        return [self.read(number) for number in self._numbers()]

    def _numbers(self) -> list[ExperimentId]:
        found = (_OPENED.fullmatch(key) for key in self._objects.keys(FOLDER))
        return sorted(ExperimentId(int(match[1])) for match in found if match)

    def _last(self) -> ExperimentId | None:
        return max(self._numbers(), default=None)

    def _is_closed(self, number: ExperimentId) -> bool:
        return self.ending(number) is not None
