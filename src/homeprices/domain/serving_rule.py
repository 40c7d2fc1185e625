"""What the slots should serve, and where every candidate stands: rules over what the stores say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from homeprices.domain.experiments.competition import ClosedCompetition, Competition
from homeprices.domain.experiments.decision import RETIRING, Verdict
from homeprices.domain.experiments.experiment import ClosedExperiment, Experiment
from homeprices.domain.versions import ModelVersion


@dataclass(frozen=True, slots=True)
class CandidateHistory:
    """What decides where candidates stand.

    `last_promoted` is the highest number of a candidate that production was ever copied from, 0
    before the first. `experiments` are all with how they ended, oldest first. `equal` are equal
    to what is or was in production, on trial or in a competition, since when: there is nothing to
    find out about them, unless a person wants to.
    `competitions` are all with how they ended, oldest first.
    """

    candidates: tuple[ModelVersion, ...]
    last_promoted: int
    experiments: tuple[tuple[Experiment, ClosedExperiment | None], ...]
    equal: Mapping[ModelVersion, datetime] = field(default_factory=dict)
    competitions: tuple[tuple[Competition, ClosedCompetition | None], ...] = ()

    @property
    def retired(self) -> dict[ModelVersion, datetime]:
        """The candidates that their last experiment retired or that get none, and since when.

        Those are equal to another model, or were `outcompeted`. How the last experiment ended
        counts: an undo puts a candidate that was retired in one once more, and one that a change
        of production interrupted waits again.
        """
        retired = {
            candidate: datetime.fromisoformat(ending.closed_at)
            for candidate, ending in self._last_endings.items()
            if ending.verdict in RETIRING
        }
        return {**self.equal, **self.outcompeted, **retired}

    @property
    def outcompeted(self) -> dict[ModelVersion, datetime]:
        """The candidates that lost their last competition and got no experiment since, and when.

        A person may put one on trial all the same: then that experiment counts.
        """
        last_trial = {
            ModelVersion.parse(e.candidate): datetime.fromisoformat(e.started_at)
            for e, _ in self.experiments
        }
        lost: dict[ModelVersion, datetime] = {}
        for competition, ending in self.competitions:
            for candidate in map(ModelVersion.parse, competition.candidates):
                lost.pop(candidate, None)
                if ending is None or ending.winner in (None, str(candidate)):
                    continue
                closed_at = datetime.fromisoformat(ending.closed_at)
                if candidate not in last_trial or last_trial[candidate] < closed_at:
                    lost[candidate] = closed_at
        return lost

    @property
    def competing(self) -> list[ModelVersion]:
        """The candidates of the competition that is under way, the best on the holdout first."""
        for competition, ending in self.competitions[-1:]:
            if ending is None:
                return [ModelVersion.parse(candidate) for candidate in competition.candidates]
        return []

    @property
    def undecided(self) -> set[ModelVersion]:
        """The candidates of whom their last experiment could not tell whether they are better."""
        return self._ended_by(Verdict.UNDECIDED)

    @property
    def stopped(self) -> set[ModelVersion]:
        """The candidates whose last experiment a person has stopped: a person starts the next."""
        return self._ended_by(Verdict.STOP)

    @property
    def waiting(self) -> list[ModelVersion]:
        """Candidates that may be next, oldest first: newer than the last promoted, not retired.

        One that a person has stopped waits for that person.
        """
        out = {*self.retired, *self.stopped}
        newer = (v for v in self.candidates if v.number > self.last_promoted)
        return sorted(version for version in newer if version not in out)

    @property
    def to_serve(self) -> ModelVersion | None:
        """The candidate of the open experiment, else the newest that waits for one, else None.

        One that waits is served before its experiment opens, so that no visitor waits for it.
        """
        for experiment, ending in self.experiments[-1:]:
            if ending is None:
                return ModelVersion.parse(experiment.candidate)
        return next(reversed(self.waiting), None)

    def _ended_by(self, verdict: Verdict) -> set[ModelVersion]:
        """The candidates whose last experiment ended so."""
        endings = self._last_endings.items()
        return {candidate for candidate, ending in endings if ending.verdict == verdict}

    @property
    def _last_endings(self) -> dict[ModelVersion, ClosedExperiment]:
        """How the last experiment of each candidate ended; without those whose last is open."""
        last = {ModelVersion.parse(e.candidate): ending for e, ending in self.experiments}
        return {candidate: ending for candidate, ending in last.items() if ending is not None}
