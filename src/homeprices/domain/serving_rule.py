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
    before the first. `experiments` are all with how they ended, oldest first. `retired` get
    none, since they are equal to what is or was in production: there is nothing to find out.
    """

    candidates: tuple[ModelVersion, ...]
    last_promoted: int
    experiments: tuple[tuple[Experiment, ClosedExperiment | None], ...]
    retired: Mapping[ModelVersion, datetime] = field(default_factory=dict)


def lost_candidates(history: CandidateHistory) -> dict[ModelVersion, datetime]:
    """The candidates whose last experiment retired them or that got none, and since when.

    How the last one ended counts: an undo puts a candidate that was retired in an
    experiment once more, and one that a change of production interrupted waits again.
    """
    last = {ModelVersion.parse(e.candidate): ending for e, ending in history.experiments}
    lost = {
        candidate: datetime.fromisoformat(ending.closed_at)
        for candidate, ending in last.items()
        if ending is not None and ending.verdict in RETIRING
    }
    return {**history.retired, **lost}


def undecided_candidates(history: CandidateHistory) -> set[ModelVersion]:
    """The candidates of whom their last experiment could not tell whether they are better."""
    return _ended_by(Verdict.UNDECIDED, history)


def stopped_candidates(history: CandidateHistory) -> set[ModelVersion]:
    """The candidates whose last experiment a person has stopped: a person starts the next."""
    return _ended_by(Verdict.STOP, history)


def waiting_candidates(history: CandidateHistory) -> list[ModelVersion]:
    """Candidates that may be next, oldest first: newer than the last promoted, none that has lost.

    One that a person has stopped waits for that person.
    """
    out = {*lost_candidates(history), *stopped_candidates(history)}
    newer = (v for v in history.candidates if v.number > history.last_promoted)
    return sorted(version for version in newer if version not in out)


def candidate_to_serve(history: CandidateHistory) -> ModelVersion | None:
    """The candidate of the open experiment, else the newest that waits for one, else None.

    One that waits is served before its experiment opens, so that no visitor waits for it.
    """
    for experiment, ending in history.experiments[-1:]:
        if ending is None:
            return ModelVersion.parse(experiment.candidate)
    return next(reversed(waiting_candidates(history)), None)


def _ended_by(verdict: Verdict, history: CandidateHistory) -> set[ModelVersion]:
    """The candidates whose last experiment ended so."""
    last = {ModelVersion.parse(e.candidate): ending for e, ending in history.experiments}
    endings = ((candidate, ending) for candidate, ending in last.items() if ending is not None)
    return {candidate for candidate, ending in endings if ending.verdict == verdict}
