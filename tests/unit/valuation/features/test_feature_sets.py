from collections.abc import Mapping
from dataclasses import replace

import pytest

from homeprices.domain.listing import Home
from homeprices.domain.notes import note
from homeprices.valuation.features.feature_sets import ALL, FOUR, OPTIONAL, PROPERTY
from homeprices.valuation.features.layout import current_layout
from homeprices.valuation.predict import bundle

LAYOUT = current_layout(8)
HOME = Home("Whitefield", 1200.0, 2, 2)
FULL = HOME.with_facts(
    kind="flat", area_type="Carpet Area", society="x", balconies=1, availability="Ready"
)


def test_no_model_sees_a_feature_of_a_fact_that_is_not_among_its_own() -> None:
    optional = {"is_house", "area_type", "balconies", "society_level", "is_ready"}
    four, kind, every = (set(facts.features(LAYOUT)) for facts in (FOUR, PROPERTY, ALL))
    assert optional & four == set()
    assert optional & kind == {"is_house", "area_type"}
    assert optional & every == optional
    assert {"house_probability", "area_roundness"} & every == set()
    assert {"house_probability", "area_roundness"} <= four


@pytest.mark.parametrize("told", [(), ("kind",), ("area_type",), ("society",), OPTIONAL])
def test_every_set_of_facts_is_priced_inside_its_range(
    told: tuple[str, ...], blend_files: Mapping[str, bytes]
) -> None:
    estimate = bundle.load(blend_files).estimate(FULL.with_only(told))
    assert estimate.low < estimate.price < estimate.high


def test_a_fact_that_its_model_does_not_see_changes_nothing_and_that_is_said(
    blend_files: Mapping[str, bytes],
) -> None:
    predictor = bundle.load(blend_files)
    asked = predictor.estimate(HOME.with_facts(balconies=3))
    assert asked.notes == (note("not_seen", fields=["balcony"]),)
    bare = predictor.estimate(HOME)
    assert replace(asked, missing_inputs=(), notes=()) == replace(bare, missing_inputs=(), notes=())
    house, flat = (predictor.estimate(HOME.with_facts(kind=kind)) for kind in ("house", "flat"))
    assert house.price != flat.price


def test_a_kind_that_no_listing_has_is_as_good_as_none(blend_files: Mapping[str, bytes]) -> None:
    predictor = bundle.load(blend_files)
    castle, other = (predictor.estimate(HOME.with_facts(kind=kind)) for kind in ("castle", "tent"))
    assert castle == other
    assert predictor.estimate(HOME.with_facts(kind=" House ")) == predictor.estimate(
        HOME.with_facts(kind="house")
    )
