"""Trainings that were ordered: `trainings/T{n}.json` opens one, `T{n}.closed.json` ends it."""

from collections.abc import Callable

import msgspec

from homeprices.domain.training import ClosedTraining, Training
from homeprices.domain.versions import TrainingId
from homeprices.ports import Objects
from homeprices.stores.sequences import OneOpenSequence


class Trainings:
    """All trainings on an object store; at most one is open."""

    def __init__(self, objects: Objects) -> None:
        self._sequence = OneOpenSequence(objects, "trainings/", "T")

    def open(self, describe: Callable[[TrainingId], Training]) -> Training | None:
        """Begin the training that `describe` makes of its number; None while another is open."""
        number = self._sequence.open_next(lambda n: msgspec.json.encode(describe(TrainingId(n))))
        return None if number is None else self.read(TrainingId(number))

    def close(self, ending: ClosedTraining) -> None:
        """End a training; ending it again changes nothing."""
        self._sequence.close(TrainingId.parse(ending.id).number, msgspec.json.encode(ending))

    def open_now(self) -> Training | None:
        """The training that is under way, or None."""
        number = self._sequence.listing().open_number
        return None if number is None else self.read(TrainingId(number))

    def read(self, number: TrainingId) -> Training:
        """The training `number`; raises NotFound."""
        return msgspec.json.decode(self._sequence.read(number.number), type=Training)

    def ending(self, number: TrainingId) -> ClosedTraining | None:
        """How the training `number` ended; None while it is under way."""
        content = self._sequence.ending(number.number)
        return None if content is None else msgspec.json.decode(content, type=ClosedTraining)

    def all(self) -> list[Training]:
        """Every training, oldest first."""
        return [self.read(TrainingId(number)) for number in self._sequence.listing().numbers]
