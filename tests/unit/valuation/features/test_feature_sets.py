from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from homeprices.domain.listing import Home
from homeprices.domain.notes import note
from homeprices.valuation.features.definitions import (
    AREA_TYPE,
    BALCONIES,
    HOUSE,
    KIND,
    NOT_GIVEN,
    ROUNDNESS,
    SOCIETY,
    SOCIETY_LISTINGS,
)
from homeprices.valuation.features.feature_sets import (
    ALL,
    FOUR,
    OPTIONAL,
    PROPERTY,
    best_set,
    without,
)
from homeprices.valuation.predict import bundle

HOME = Home("Whitefield", 1200.0, 2, 2)
FULL = HOME.with_facts(
    kind="flat", area_type="Carpet Area", society="x", balconies=1, availability="Ready"
)


@pytest.mark.parametrize(
    ("told", "name"),
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
def test_the_model_is_chosen_by_what_is_given(told: tuple[str, ...], name: str) -> None:
    assert best_set(FULL.with_only(told)).name == name


def test_no_model_sees_a_fact_that_is_not_among_its_own() -> None:
    optional = {KIND, AREA_TYPE, BALCONIES, SOCIETY}
    assert optional & set(FOUR.columns(34)) == set()
    assert optional & set(PROPERTY.columns(34)) == {KIND, AREA_TYPE}
    assert optional & set(ALL.columns(34)) == optional
    assert {HOUSE, ROUNDNESS} & set(ALL.columns(34)) == set()
    assert {HOUSE, ROUNDNESS} <= set(FOUR.columns(34))


def test_a_hidden_fact_looks_like_one_that_was_not_given() -> None:
    features = np.arange(34.0)[None, :]
    hidden = without(features, ("kind", "society", "balconies"))[0]
    assert (hidden[KIND], hidden[SOCIETY_LISTINGS], hidden[AREA_TYPE]) == (
        features[0, HOUSE],
        NOT_GIVEN,
        features[0, AREA_TYPE],
    )
    assert np.isnan(hidden[[SOCIETY, BALCONIES]]).all()
    assert features[0, KIND] == KIND


@pytest.mark.parametrize("told", [(), ("kind",), ("area_type",), ("society",), OPTIONAL])
def test_every_set_of_facts_is_priced_inside_its_range(
    told: tuple[str, ...], blend_files: Mapping[str, bytes]
) -> None:
    estimate = bundle.load(blend_files).estimate(FULL.with_only(told))
    assert estimate.low < estimate.price < estimate.high


def test_a_fact_that_its_model_does_not_see_changes_nothing_and_that_is_said(
    blend_files: Mapping[str, bytes],
) -> None:
    valuer = bundle.load(blend_files)
    asked = valuer.estimate(HOME.with_facts(balconies=3))
    assert asked.notes == (note("not_seen", fields=["balcony"]),)
    bare = valuer.estimate(HOME)
    assert replace(asked, narrower=(), notes=()) == replace(bare, narrower=(), notes=())
    house, flat = (valuer.estimate(HOME.with_facts(kind=kind)) for kind in ("house", "flat"))
    assert house.price != flat.price


def test_a_kind_that_no_listing_has_is_as_good_as_none(blend_files: Mapping[str, bytes]) -> None:
    valuer = bundle.load(blend_files)
    castle, other = (valuer.estimate(HOME.with_facts(kind=kind)) for kind in ("castle", "tent"))
    assert castle == other
    assert valuer.estimate(HOME.with_facts(kind=" House ")) == valuer.estimate(
        HOME.with_facts(kind="house")
    )
