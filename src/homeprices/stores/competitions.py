"""Competitions: `competitions/C{k}.json` opens one, `competitions/C{k}.closed.json` ends it."""

from collections.abc import Callable

import msgspec

from homeprices.domain.experiments.competition import ClosedCompetition, Competition
from homeprices.domain.versions import CompetitionId
from homeprices.ports import Objects
from homeprices.stores.sequences import OneOpenSequence


class Competitions:
    """All competitions on an object store; at most one is open."""

    def __init__(self, objects: Objects) -> None:
        self._sequence = OneOpenSequence(objects, "competitions/", "C")

    def open(self, describe: Callable[[CompetitionId], Competition]) -> Competition | None:
        """Begin the competition that `describe` makes of its number; None while one is open."""
        number = self._sequence.open_next(lambda n: msgspec.json.encode(describe(CompetitionId(n))))
        return None if number is None else self.read(CompetitionId(number))

    def close(self, ending: ClosedCompetition) -> None:
        """End a competition; ending it again changes nothing."""
        self._sequence.close(CompetitionId.parse(ending.id).number, msgspec.json.encode(ending))

    def open_now(self) -> Competition | None:
        """The competition that is under way, or None."""
        number = self._sequence.listing().open_number
        return None if number is None else self.read(CompetitionId(number))

    def read(self, number: CompetitionId) -> Competition:
        """The competition `number`; raises NotFound."""
        return msgspec.json.decode(self._sequence.read(number.number), type=Competition)

    def ending(self, number: CompetitionId) -> ClosedCompetition | None:
        """How the competition `number` ended; None while it is under way."""
        content = self._sequence.ending(number.number)
        return None if content is None else msgspec.json.decode(content, type=ClosedCompetition)

    def history(self) -> list[tuple[Competition, ClosedCompetition | None]]:
        """Every competition with how it ended, None while it is under way; oldest first."""
        listing = self._sequence.listing()
        return [
            (
                self.read(CompetitionId(number)),
                self.ending(CompetitionId(number)) if number in listing.closed else None,
            )
            for number in listing.numbers
        ]
