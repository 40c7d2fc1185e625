"""An experiment with one candidate against production, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from homeprices.domain.evidence.ledger import Ledger


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """The rule that decides an experiment, whole: its name, its version, and its numbers.

    A number that is missing is the one of this version of the rule.
    """

    name: str
    version: int = 1
    parameters: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True, slots=True)
class ExperimentConfig:
    """What an experiment is run on, whoever takes part; the fields as in `Experiment`."""

    share: float
    salt: str
    policy: PolicyDocument
    started_at: str
    scope: str | None = None
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Experiment:
    """`experiments/E{k}.json`: written once when the experiment opens.

    `share` is the part of visitors (0 to 1) who meet the candidate; `salt`
    makes every experiment split its visitors afresh; `started_at` is ISO 8601 UTC.
    `policy` is frozen: an experiment ends by the rule that it began with. `scope` is
    the zone of the market that it is limited to, None for everywhere. `zones` are those that
    it is reported by: frozen, too, for the error rate is shared among them. Experiments of
    the releases before have none.
    """

    id: str
    candidate: str
    production: str
    share: float
    salt: str
    policy: PolicyDocument
    started_at: str
    scope: str | None = None
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EvidenceScope:
    """Which rows an evaluation reads, and the name that its state and ledger are kept under.

    Requests are those to `versions` since `since`. Opinions and prices are those about
    them; with `is_watch` all that were given since then, whichever request they are about.
    """

    id: str
    policy: str
    versions: tuple[str, ...]
    since: datetime
    is_watch: bool = False

    @classmethod
    def for_experiment(cls, experiment: Experiment) -> EvidenceScope:
        """What an experiment is judged on."""
        return cls(
            id=experiment.id,
            policy=str(experiment.policy),
            versions=(experiment.candidate, experiment.production),
            since=datetime.fromisoformat(experiment.started_at),
        )

    @classmethod
    def for_watch(cls, live: str, since: datetime) -> EvidenceScope:
        """What production is watched by since its promotion."""
        return cls(f"watch {live}", "watch 1", (live,), since, is_watch=True)

    @classmethod
    def for_competition(cls, competition: str, since: datetime) -> EvidenceScope:
        """What competing candidates are judged on: no request is theirs, every new price is."""
        return cls(competition, "competition 1", (), since, is_watch=True)


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """What a policy knows beside the rows: the two versions, the hours so far, its numbers.

    The rest is for policies that ask for it: `experiment` is the id that rows must carry (None: of
    any), `share` the candidate's part of the visitors, `ledger` remembers sessions
    and networks. After a promotion `candidate` is the version before production. While the
    experiment `is_held`, only what visitors suffer from may end it. Homes outside the zone
    `scope` are no evidence (None: all are); `zones` are those that are reported one by one.
    """

    candidate: str
    production: str
    hours: float
    parameters: Mapping[str, float] = field(default_factory=dict)
    share: float = 0.2
    experiment: str | None = None
    started_at: datetime | None = None
    ledger: Ledger | None = None
    is_held: bool = False
    scope: str | None = None
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClosedExperiment:
    """`experiments/E{k}.closed.json`: written once when the experiment ends."""

    id: str
    verdict: str
    reasons: list[str]
    decision: str | None
    closed_at: str
