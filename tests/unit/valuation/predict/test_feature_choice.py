from collections.abc import Sequence
from itertools import combinations

import pytest

from homeprices.domain.listing import Home
from homeprices.domain.market import Market
from homeprices.valuation.features.feature_sets import (
    ANSWERS_WHEN,
    FEATURE_SETS,
    OPTIONAL,
    given_facts,
)
from homeprices.valuation.predict.feature_choice import FeatureSetChooser

WIDTHS = {"four": 0.5, "property": 0.49, "all": 0.4}


def chooser(market: Market, names: Sequence[str] = tuple(WIDTHS)) -> FeatureSetChooser:
    sets = {name: FEATURE_SETS[name] for name in names}
    narrowing = {
        name: {other: 1 - WIDTHS[name] / WIDTHS[other] for other in names} for name in names
    }
    return FeatureSetChooser(sets, ANSWERS_WHEN, narrowing, market.fields)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ((), "four"),
        (("balconies", "availability"), "four"),
        (("kind",), "property"),
        (("area_type", "balconies"), "property"),
        (("kind", "area_type"), "property"),
        (("kind", "area_type", "availability"), "all"),
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
    nothing = choices[frozenset()]
    assert [(narrowing.fields, narrowing.by_percent) for narrowing in nothing.missing_inputs] == [
        (("kind", "area_type"), 2),
        (("kind", "area_type", "society", "balcony", "availability"), 20),
    ]
    kind = choices[frozenset({"kind"})]
    assert [(narrowing.fields[0], narrowing.by_percent) for narrowing in kind.missing_inputs] == [
        ("area_type", 18)
    ]
    assert choices[frozenset(OPTIONAL)].missing_inputs == ()
    alone = chooser(market, ["four"]).choices()
    assert alone[frozenset()].missing_inputs == ()


def test_whatever_combination_of_facts_is_given_has_its_choice(market: Market) -> None:
    full = Home("Whitefield", 1200.0, 2, 2, {**dict.fromkeys(OPTIONAL, "x"), "latitude": 12.9})
    assert given_facts(full) == frozenset(OPTIONAL)
    subsets = [facts for n in range(len(OPTIONAL) + 1) for facts in combinations(OPTIONAL, n)]
    given = [given_facts(full.with_only(facts)) for facts in subsets]
    assert chooser(market).choices().keys() == set(given)
    assert len(set(given)) == 2 ** len(OPTIONAL)


def test_a_fact_that_the_answering_model_does_not_see_is_named(market: Market) -> None:
    choices = chooser(market).choices()
    assert choices[frozenset({"balconies"})].ignored == ("balcony",)
    assert choices[frozenset(OPTIONAL)].ignored == ()
