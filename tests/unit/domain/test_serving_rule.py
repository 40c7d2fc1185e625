"""Where candidates stand follows from experiments and promotions alone."""

from datetime import datetime

from homeprices.domain.experiments.experiment import ClosedExperiment, Experiment, PolicyDocument
from homeprices.domain.serving_rule import CandidateHistory
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
    assert past.to_serve == CO1


def test_with_no_experiment_open_the_newest_that_waits_is_served() -> None:
    assert history().to_serve == CO3
    assert history(experiment(1, "CO3", "ROLL_BACK")).to_serve == CO2


def test_what_is_older_than_the_last_promotion_waits_no_more() -> None:
    assert history(promoted=2).waiting == [CO3]
    assert history(promoted=3).to_serve is None


def test_how_the_last_experiment_of_a_candidate_ended_counts() -> None:
    lost = experiment(1, "CO1", "ROLL_BACK")
    assert history(lost).retired == {CO1: datetime.fromisoformat(AT)}
    assert history(lost, experiment(2, "CO1", None)).retired == {}
    again = history(lost, experiment(2, "CO1", "ROLL_BACK", LATER))
    assert again.retired == {CO1: datetime.fromisoformat(LATER)}


def test_a_candidate_that_was_interrupted_waits_again() -> None:
    interrupted = history(experiment(1, "CO1", "ROLL_BACK"), experiment(2, "CO1", "INTERRUPTED"))
    assert CO1 in interrupted.waiting


def test_a_candidate_that_a_person_has_stopped_waits_for_that_person() -> None:
    stopped = experiment(1, "CO3", "STOP")
    assert history(stopped).stopped == {CO3}
    assert history(stopped).waiting == [CO1, CO2]
    assert history(stopped).retired == {}
    assert history(stopped, experiment(2, "CO3", None)).stopped == set()
