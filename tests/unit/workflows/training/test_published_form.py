"""The gate asks the published form what it weighs and costs, and whether it is the judged model."""

from dataclasses import replace

from homeprices.domain.model_card import Agreement
from homeprices.valuation.evaluate.gate import Budget
from homeprices.valuation.evaluate.published_form import PublishedForm
from homeprices.valuation.features.feature_sets import FEATURE_SETS, FOUR
from homeprices.workflows.training.published_form import against_published

ALL = list(FEATURE_SETS.values())[-1]
SETS = [FOUR, ALL]
AGREED = Agreement(0.21, 0.10, 0.12, 0.05, 0.01)
FORM = PublishedForm(
    {"model.json": bytes(2_000_000)},
    1000,
    {each.name: AGREED for each in SETS},
    {FOUR.name: 90.0, ALL.name: 210.0},
)


def test_a_form_within_its_budget_that_agrees_is_published() -> None:
    assert against_published(FORM, SETS, Budget(megabytes=2.0, estimate_us=210.0)) == []


def test_the_weight_is_that_of_the_published_files_alone() -> None:
    (reason,) = against_published(FORM, SETS, Budget(megabytes=1.9))
    assert reason.startswith("its files are 2.0 MB")


def test_the_cost_is_that_of_the_published_form_and_says_what_it_was_told() -> None:
    (reason,) = against_published(FORM, SETS, Budget(estimate_us=200.0))
    assert reason.startswith("one estimate takes 210 us")
    assert "told four facts and" in reason


def test_forms_that_differ_by_more_than_having_seen_explains_are_named_by_their_facts() -> None:
    far = replace(AGREED, unexplained=0.2)
    form = replace(FORM, agreement={FOUR.name: AGREED, ALL.name: far})
    (reason,) = against_published(form, SETS, Budget())
    assert "differs from the judged one by 0.200" in reason
    assert "told four facts and" in reason
