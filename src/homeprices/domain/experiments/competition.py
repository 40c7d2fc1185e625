"""A competition of the candidates of one training run, and how it ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from homeprices.domain.evidence.parameters import EvidenceParameters
from homeprices.domain.experiments.experiment import EvidenceScope, PolicyDocument


@dataclass(frozen=True, slots=True)
class Competition:
    """`competitions/C{k}.json`: written once when the competition opens.

    `candidates` are those of `run`, the best on the holdout first; `policy` has the numbers it
    is decided by, frozen. `started_at` is ISO 8601 UTC.
    """

    id: str
    run: str
    candidates: tuple[str, ...]
    production: str
    policy: PolicyDocument
    started_at: str

    @property
    def deadline(self) -> datetime:
        """When one goes on trial at the latest."""
        hours = EvidenceParameters(**self.policy.parameters).competition_hours
        return datetime.fromisoformat(self.started_at) + timedelta(hours=hours)

    @property
    def scope(self) -> EvidenceScope:
        """The rows that tell of it: sale prices that were reported since it began."""
        return EvidenceScope.for_competition(self.id, datetime.fromisoformat(self.started_at))


@dataclass(frozen=True, slots=True)
class ClosedCompetition:
    """`competitions/C{k}.closed.json`: written once when the competition ends.

    Without a `winner` it was broken off: its candidates wait as before.
    """

    id: str
    winner: str | None
    reasons: list[str]
    decision: str | None
    closed_at: str
