"""Where candidates stand follows from experiments and promotions alone."""

from datetime import datetime

from homeprices.domain.experiments.experiment import ClosedExperiment, Experiment, PolicyDocument
from homeprices.domain.serving_rule import (
    CandidateHistory,
    candidate_to_serve,
    lost_candidates,
    stopped_candidates,
    waiting_candidates,
)
from homeprices.domain.versions import ModelVersion

AT = "2026-11-02T09:00:00+00:00"
LATER = "2026-11-09T09:00:00+00:00"
CO1, CO2, CO3 = (ModelVersion.parse(f"CO{number}") for number in (1, 2, 3))


def experiment(
    number: int, candidate: str, verdict: str | None, closed_at: str = AT
) -> tuple[Experiment, ClosedExperiment | None]:
    opened = Experiment(
        f"E{number}", candidate, "BO1", 0.2, "salt", PolicyDocument("composite"), AT
    )
    ending = verdict and ClosedExperiment(opened.id, verdict, [], None, closed_at)
    return opened, ending or None


def history(*experiments, promoted: int = 0) -> CandidateHistory:
    return CandidateHistory((CO1, CO2, CO3), promoted, experiments)


def test_a_candidate_of_the_open_experiment_is_served() -> None:
    past = history(experiment(1, "CO2", "ROLL_BACK"), experiment(2, "CO1", None))
    assert candidate_to_serve(past) == CO1


def test_with_no_experiment_open_the_newest_that_waits_is_served() -> None:
    assert candidate_to_serve(history()) == CO3
    assert candidate_to_serve(history(experiment(1, "CO3", "ROLL_BACK"))) == CO2


def test_what_is_older_than_the_last_promotion_waits_no_more() -> None:
    assert waiting_candidates(history(promoted=2)) == [CO3]
    assert candidate_to_serve(history(promoted=3)) is None


def test_how_the_last_experiment_of_a_candidate_ended_counts() -> None:
    lost = experiment(1, "CO1", "ROLL_BACK")
    assert lost_candidates(history(lost)) == {CO1: datetime.fromisoformat(AT)}
    assert lost_candidates(history(lost, experiment(2, "CO1", None))) == {}
    again = history(lost, experiment(2, "CO1", "ROLL_BACK", LATER))
    assert lost_candidates(again) == {CO1: datetime.fromisoformat(LATER)}


def test_a_candidate_that_was_interrupted_waits_again() -> None:
    interrupted = history(experiment(1, "CO1", "ROLL_BACK"), experiment(2, "CO1", "INTERRUPTED"))
    assert CO1 in waiting_candidates(interrupted)


def test_a_candidate_that_a_person_has_stopped_waits_for_that_person() -> None:
    stopped = experiment(1, "CO3", "STOP")
    assert stopped_candidates(history(stopped)) == {CO3}
    assert waiting_candidates(history(stopped)) == [CO1, CO2]
    assert lost_candidates(history(stopped)) == {}
    assert stopped_candidates(history(stopped, experiment(2, "CO3", None))) == set()
