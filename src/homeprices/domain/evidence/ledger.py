"""What must be remembered of single sessions and networks, which is not kept in the state.

The engine asks by chunks of rows, never row by row, and never reads the ledger as a
whole but for the units, when a verdict is about to fall.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import NamedTuple, Protocol


class LedgerKey(NamedTuple):
    """Something that is counted: what is counted, and whose (a session or a network)."""

    what: str
    whose: str


class UnitKind(StrEnum):
    """What an evidence unit says."""

    PRICE = "price"
    RATING = "rating"


@dataclass(frozen=True, slots=True)
class EvidenceUnit:
    """A price or a rating that counts, as numbers; `number` runs from 0 for each kind.

    A price has the absolute log errors of both models (not capped). A rating has its score,
    0 to 1, under the arm that it is about, and None under the other. `zone` is that of the home.
    """

    kind: UnitKind
    number: int
    network: str
    production: float | None
    candidate: float | None
    zone: str | None = None


class Ledger(Protocol):
    """The memory of one experiment, or of one watch, inside the transaction of an evaluation.

    What a call remembers is kept with the state, or forgotten with it: an evaluation
    that was rolled back finds the ledger as it was, and gets the same answers again.
    """

    def first_seen(self, keys: Sequence[LedgerKey]) -> list[bool]:
        """For each key whether it is here for the first time; all are remembered.

        Of a key that comes twice in `keys`, only the first is new.
        """

    def counted(self, keys: Sequence[LedgerKey]) -> list[int]:
        """For each key how often it was counted by now, this time included."""

    def keep(self, units: Sequence[EvidenceUnit]) -> None:
        """Keep units, in their order."""

    def units(self, kind: UnitKind, since: int = 0) -> Iterable[EvidenceUnit]:
        """The units kept of a kind from the number `since` on, in order."""


class MemoryLedger:
    """A ledger that lasts as long as its process: for replay and rehearsal."""

    def __init__(self) -> None:
        self._seen: set[LedgerKey] = set()
        self._counts: Counter[LedgerKey] = Counter()
        self._units: dict[UnitKind, list[EvidenceUnit]] = {kind: [] for kind in UnitKind}

    def first_seen(self, keys: Sequence[LedgerKey]) -> list[bool]:
        """See `Ledger`."""
        return [self._is_new(key) for key in keys]

    def counted(self, keys: Sequence[LedgerKey]) -> list[int]:
        """See `Ledger`."""
        return [self._count(key) for key in keys]

    def keep(self, units: Sequence[EvidenceUnit]) -> None:
        """See `Ledger`."""
        for unit in units:
            self._units[unit.kind].append(unit)

    def units(self, kind: UnitKind, since: int = 0) -> Iterable[EvidenceUnit]:
        """See `Ledger`."""
        return islice(self._units[kind], since, None)

    def _is_new(self, key: LedgerKey) -> bool:
        before = len(self._seen)
        self._seen.add(key)
        return len(self._seen) > before

    def _count(self, key: LedgerKey) -> int:
        self._counts[key] += 1
        return self._counts[key]
