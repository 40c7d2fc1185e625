"""What is published is the model that was judged, having seen more: or it is refused."""

import numpy as np
import pytest

from homeprices.domain.errors import Declined
from homeprices.domain.model_card import Agreement
from homeprices.valuation.evaluate.gate import Budget, against_disagreement, conditions
from homeprices.valuation.evaluate.predictions import Predictions
from homeprices.valuation.evaluate.published_form import agreement, examine

DRAW = np.random.default_rng(5)
ACTUAL = np.exp(DRAW.normal(4.0, 0.5, 400))
MISSED = DRAW.normal(0.0, 0.25, 400)
JUDGED_FORM = Predictions(ACTUAL, ACTUAL * np.exp(-MISSED))


def published(moved: np.ndarray) -> Agreement:
    """The agreement with a form whose log estimates are moved by so much."""
    return agreement(JUDGED_FORM, Predictions(ACTUAL, JUDGED_FORM.estimate * np.exp(moved)))


def test_having_seen_a_home_explains_a_move_towards_its_price() -> None:
    found = published(0.6 * MISSED)
    assert found.unexplained == found.lean == 0.0
    assert found.difference == pytest.approx(0.6 * found.judged_error, abs=1e-4)
    assert found.published_error == pytest.approx(0.4 * found.judged_error, abs=1e-4)
    assert against_disagreement(found) == []


def test_a_form_that_is_the_other_one_agrees_with_it() -> None:
    found = published(np.zeros(400))
    assert (found.difference, found.unexplained, found.lean) == (0.0, 0.0, 0.0)
    assert against_disagreement(found) == []


def test_what_a_recipe_moves_by_itself_is_accepted() -> None:
    moved = 0.4 * MISSED + DRAW.normal(0.0, 0.12, 400)
    assert against_disagreement(published(moved)) == []


def test_a_level_that_moved_is_refused_with_figures() -> None:
    (reason,) = against_disagreement(published(0.4 * MISSED + 0.1))
    assert reason.startswith("its published form leans by +0.100 in log price")
    assert against_disagreement(published(0.4 * MISSED - 0.1)) != []


def test_estimates_that_were_mixed_up_are_refused_with_figures() -> None:
    mixed = DRAW.permutation(JUDGED_FORM.estimate)
    reasons = against_disagreement(agreement(JUDGED_FORM, Predictions(ACTUAL, mixed)))
    assert reasons[0].startswith("its published form errs by 0.")
    assert "beyond what having seen the held-out listings explains" in reasons[1]


def test_a_form_that_errs_more_on_what_it_has_seen_is_refused() -> None:
    (reason,) = against_disagreement(published(-0.2 * MISSED))
    assert "errs by" in reason
    assert "its judged form, which has not, by" in reason


def test_the_conditions_name_the_bounds() -> None:
    assert any("75 % of the error" in sentence for sentence in conditions(Budget()))


def test_a_published_form_that_is_not_whole_is_declined() -> None:
    with pytest.raises(Declined, match="train it again"):
        examine({}, None)
