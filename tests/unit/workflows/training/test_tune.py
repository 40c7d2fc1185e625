"""A search repeats, is resumed where it was killed, and costs no more than it must."""

import numpy as np
import pytest
from optuna.storages import InMemoryStorage

from homeprices.domain.errors import NotFound, Refused
from homeprices.domain.training import TuningTrialState
from homeprices.valuation.train.cross_validation import FOLDS
from homeprices.workflows.training import tune as tuning
from homeprices.workflows.training.tune import Tuned, TuneOrder, tune
from support import searches
from support.searches import MARKET, Slope, listings

ORDER = TuneOrder(trials=14)


@pytest.fixture
def course(monkeypatch: pytest.MonkeyPatch) -> type[Slope]:
    class Ours(Slope):
        pass

    monkeypatch.setattr(tuning, "CrossValidation", Ours)
    return Ours


def search(order: TuneOrder = ORDER, studies=None, said=None) -> Tuned:
    return searches.search(studies or InMemoryStorage(), order, said)


def chosen(tuned: Tuned) -> list[dict[str, float]]:
    return [trial.parameters for trial in tuned.trials]


@pytest.mark.usefixtures("course")
def test_the_defaults_are_tried_first_and_something_better_is_found() -> None:
    tuned = search()
    first = tuned.trials[0]
    assert first.parameters["leaves"] == 64
    assert (first.state, len(first.folds)) == (TuningTrialState.FINISHED, FOLDS)
    assert (
        tuned.metrics["mean_abs_log_error"]
        < tuned.default_metrics["mean_abs_log_error"]
        == round(first.value, 4)
    )
    assert [trial.number for trial in tuned.trials] == list(range(ORDER.trials))


@pytest.mark.usefixtures("course")
def test_the_same_seed_chooses_the_same_and_another_seed_tries_others() -> None:
    assert chosen(search()) == chosen(search())
    assert chosen(search()) != chosen(search(TuneOrder(trials=14, seed=2)))


@pytest.mark.usefixtures("course")
def test_a_trial_that_is_clearly_worse_is_cut_short() -> None:
    trials = search().trials
    pruned = [trial for trial in trials if trial.state is TuningTrialState.PRUNED]
    assert pruned
    assert all(trial.value is None and len(trial.folds) < FOLDS for trial in pruned)
    best = min(trial.value for trial in trials if trial.value is not None)
    assert all(np.mean(trial.folds) > best for trial in pruned)


@pytest.mark.parametrize("end", [6, 12, 23, 31])
def test_a_search_that_was_killed_at_any_point_goes_on_to_the_same_choice(course, end) -> None:
    undisturbed = search()
    studies, said = InMemoryStorage(), []
    course.ends_after = end
    with pytest.raises(KeyboardInterrupt):
        search(studies=studies)
    course.ends_after = 10**9
    resumed = search(studies=studies, said=said)
    assert chosen(resumed) == chosen(undisturbed)
    assert resumed.parameters == undisturbed.parameters
    assert any("of an earlier search" in words for words in said) == (end > FOLDS + FOLDS)


@pytest.mark.usefixtures("course")
def test_a_search_that_is_done_is_told_again_without_a_trial() -> None:
    studies, said = InMemoryStorage(), []
    longer = search(TuneOrder(trials=16), studies)
    again = search(ORDER, studies, said)
    assert chosen(again) == chosen(longer)[:14]
    assert again.parameters == search().parameters
    assert said == ["going on after 14 trials of an earlier search"]


@pytest.mark.usefixtures("course")
def test_other_code_or_other_listings_begin_a_search_of_their_own() -> None:
    name = search().study
    assert tune(ORDER, listings(70), MARKET, InMemoryStorage(), lambda _: None).study != name
    errors = tuning.CrossValidation.errors
    tuning.CrossValidation.errors = lambda *asked: errors(*asked) * 1.01
    assert search().study != name


@pytest.mark.usefixtures("course")
def test_a_budget_of_time_begins_no_trial_after_its_end() -> None:
    tuned = search(TuneOrder(seconds=1e-9))
    assert len(tuned.trials) == 1


def test_what_cannot_be_searched_is_told() -> None:
    with pytest.raises(NotFound, match="is called 'magic'; choose one of linear"):
        search(TuneOrder("magic"))
    with pytest.raises(Refused, match="200 are needed"):
        search()
