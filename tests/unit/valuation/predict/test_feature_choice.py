from collections.abc import Sequence

import pytest

from homeprices.domain.market import Market
from homeprices.valuation.features.feature_sets import ANSWERS_WHEN, FEATURE_SETS, OPTIONAL
from homeprices.valuation.predict.feature_choice import FeatureSetChooser

WIDTHS = {"four": 0.5, "property": 0.49, "all": 0.4}


def chooser(market: Market, names: Sequence[str] = tuple(WIDTHS)) -> FeatureSetChooser:
    sets = {name: FEATURE_SETS[name] for name in names}
    widths = {name: WIDTHS[name] for name in names}
    return FeatureSetChooser(sets, ANSWERS_WHEN, widths, market.fields)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ((), "four"),
        (("balconies", "availability"), "four"),
        (("kind",), "property"),
        (("area_type", "balconies"), "property"),
        (("kind", "area_type", "availability"), "property"),
        (("kind", "area_type", "availability", "balconies"), "all"),
        (("society",), "all"),
        (OPTIONAL, "all"),
    ],
)
def test_the_model_is_chosen_by_what_is_given(
    market: Market, given: tuple[str, ...], name: str
) -> None:
    assert chooser(market).answering_set(given) == name


def test_where_the_best_model_is_not_there_the_one_of_four_facts_answers(market: Market) -> None:
    assert chooser(market, ["four", "property"]).answering_set(["kind", "society"]) == "four"


def test_what_would_narrow_the_range_is_said_by_the_names_of_the_fields(market: Market) -> None:
    choices = chooser(market).choices()
    nothing = choices[False, False, False, False, False]
    assert [(narrowing.fields, narrowing.by_percent) for narrowing in nothing.missing_inputs] == [
        (("kind", "area_type"), 2),
        (("kind", "area_type", "society", "balcony", "availability"), 20),
    ]
    kind = choices[True, False, False, False, False]
    assert [(narrowing.fields[0], narrowing.by_percent) for narrowing in kind.missing_inputs] == [
        ("area_type", 18)
    ]
    assert choices[True, True, True, True, True].missing_inputs == ()
    alone = chooser(market, ["four"]).choices()
    assert alone[False, False, False, False, False].missing_inputs == ()


def test_a_fact_that_the_answering_model_does_not_see_is_named(market: Market) -> None:
    choices = chooser(market).choices()
    assert choices[False, False, False, True, False].ignored == ("balcony",)
    assert choices[True, True, True, True, True].ignored == ()
