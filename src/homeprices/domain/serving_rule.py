"""What the slots should serve, and where every candidate stands: rules over what the stores say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from homeprices.domain.experiments.decision import RETIRING, Verdict
from homeprices.domain.experiments.experiment import ClosedExperiment, Experiment
from homeprices.domain.versions import ModelVersion


@dataclass(frozen=True, slots=True)
class CandidateHistory:
    """What decides where candidates stand.

    `last_promoted` is the highest number of a candidate that production was ever copied from, 0
    before the first. `experiments` are all with how they ended, oldest first. `equal` are equal
    to what is or was in production, since when: there is nothing to find out about them.
    """

    candidates: tuple[ModelVersion, ...]
    last_promoted: int
    experiments: tuple[tuple[Experiment, ClosedExperiment | None], ...]
    equal: Mapping[ModelVersion, datetime] = field(default_factory=dict)

    @property
    def retired(self) -> dict[ModelVersion, datetime]:
        """The candidates that their last experiment retired or that got none, and since when.

        How the last one ended counts: an undo puts a candidate that was retired in an
        experiment once more, and one that a change of production interrupted waits again.
        """
        retired = {
            candidate: datetime.fromisoformat(ending.closed_at)
            for candidate, ending in self._last_endings.items()
            if ending.verdict in RETIRING
        }
        return {**self.equal, **retired}

    @property
    def undecided(self) -> set[ModelVersion]:
        """The candidates of whom their last experiment could not tell whether they are better."""
        endings = self._last_endings.items()
        return {version for version, ending in endings if ending.verdict == Verdict.UNDECIDED}

    @property
    def waiting(self) -> list[ModelVersion]:
        """Candidates that are not retired and newer than the last one promoted, oldest first."""
        retired = self.retired
        newer = (v for v in self.candidates if v.number > self.last_promoted)
        return sorted(version for version in newer if version not in retired)

    @property
    def to_serve(self) -> ModelVersion | None:
        """The candidate of the open experiment, else the newest that waits for one, else None.

        One that waits is served before its experiment opens, so that no visitor waits for it.
        """
        for experiment, ending in self.experiments[-1:]:
            if ending is None:
                return ModelVersion.parse(experiment.candidate)
        return next(reversed(self.waiting), None)

    @property
    def _last_endings(self) -> dict[ModelVersion, ClosedExperiment]:
        """How the last experiment of each candidate ended; without those whose last is open."""
        last = {ModelVersion.parse(e.candidate): ending for e, ending in self.experiments}
        return {candidate: ending for candidate, ending in last.items() if ending is not None}
