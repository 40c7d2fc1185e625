"""Experiments: `experiments/E{k}.json` opens one, `experiments/E{k}.closed.json` ends it."""

import msgspec

from homeprices.domain.errors import NotFound, Refused
from homeprices.domain.experiments.experiment import ClosedExperiment, Experiment, ExperimentConfig
from homeprices.domain.versions import ExperimentId
from homeprices.ports import Objects
from homeprices.stores.competitions import Competitions
from homeprices.stores.sequences import OneOpenSequence


class Experiments:
    """All experiments on an object store; at most one is open.

    `competitions` are those of candidates that wait for one.
    """

    def __init__(self, objects: Objects) -> None:
        self._sequence = OneOpenSequence(objects, "experiments/", "E")
        self.competitions = Competitions(objects)

    def open(self, candidate: str, production: str, config: ExperimentConfig) -> Experiment:
        """Start an experiment with `candidate`; raises Refused while another is open."""
        number = self._sequence.open_next(
            lambda n: msgspec.json.encode(
                _experiment(ExperimentId(n), candidate, production, config)
            )
        )
        if number is None:
            running = self.open_now()
            if running is None:
                raise Refused("another writer has just opened a trial")
            raise Refused(f"{running.id} is open with {running.candidate} on trial")
        return self.read(ExperimentId(number))

    def close(self, ending: ClosedExperiment) -> None:
        """End an experiment; ending it again changes nothing."""
        self._sequence.close(ExperimentId.parse(ending.id).number, msgspec.json.encode(ending))

    def open_now(self) -> Experiment | None:
        """The experiment that is running, or None."""
        number = self._sequence.listing().open_number
        return None if number is None else self.read(ExperimentId(number))

    def read(self, number: ExperimentId) -> Experiment:
        """The experiment `number`; raises NotFound."""
        try:
            return _read(self._sequence.read(number.number))
        except NotFound:
            raise NotFound(
                f"there is no experiment {number}; `homes experiment list` tells which there are"
            ) from None

    def ending(self, number: ExperimentId) -> ClosedExperiment | None:
        """How the experiment `number` ended; None while it is open."""
        content = self._sequence.ending(number.number)
        return None if content is None else msgspec.json.decode(content, type=ClosedExperiment)

    def all(self) -> list[Experiment]:
        """Every experiment, oldest first."""
        return [self.read(ExperimentId(number)) for number in self._sequence.listing().numbers]

    def history(self) -> list[tuple[Experiment, ClosedExperiment | None]]:
        """Every experiment with how it ended, None while it is open; oldest first."""
        listing = self._sequence.listing()
        return [
            (
                self.read(ExperimentId(number)),
                self.ending(ExperimentId(number)) if number in listing.closed else None,
            )
            for number in listing.numbers
        ]


def _experiment(
    number: ExperimentId, candidate: str, production: str, config: ExperimentConfig
) -> Experiment:
    return Experiment(
        id=str(number),
        candidate=candidate,
        production=production,
        share=config.share,
        salt=config.salt,
        policy=config.policy,
        started_at=config.started_at,
        scope=config.scope,
        zones=config.zones,
    )


def _read(content: bytes) -> Experiment:
    """The experiment in `content`; the first release wrote the name of its policy alone."""
    document = msgspec.json.decode(content)
    if isinstance(document["policy"], str):
        document["policy"] = {"name": document["policy"]}
    return msgspec.convert(document, Experiment)
