from collections.abc import Mapping
from math import isnan

import pytest

from homeprices.domain.errors import Corrupt
from homeprices.domain.listing import Home
from homeprices.valuation.features.definitions import FEATURES
from homeprices.valuation.features.layout import FeatureLayout, current_layout
from homeprices.valuation.predict import bundle


def test_features_are_looked_up_by_name_wherever_they_stand() -> None:
    layout = FeatureLayout([("locality", 1), ("size", 1)], landmarks=2)
    assert layout.names[:2] == ("region_level", "locality_level")
    assert layout.names[-6:-4] == ("log_area", "bedrooms")
    row = list(range(len(layout.names)))
    assert layout.picker(["bedrooms", "km_to_landmark_2"])(row) == (
        layout.position("bedrooms"),
        layout.position("km_to_landmark_2"),
    )


def test_some_features_are_made_without_the_others(
    linear_files: Mapping[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor = bundle.load(linear_files)
    home = Home("Whitefield", 1200.0, 3, 2)
    model_input, row = predictor.features(home)
    names = ["balconies", "bedrooms", "log_area"]
    encodings = predictor.context.encodings
    expected = [row[predictor.layout.position(name)] for name in names]
    assert isnan(expected[0])
    monkeypatch.setattr(model_input, "place_levels", None)  # the features of the place would fail
    values = predictor.layout.values(names, encodings, model_input)
    assert values[1:] == expected[1:] and isnan(values[0])


@pytest.mark.parametrize("unknown", [("sunshine", 1), ("size", 99)])
def test_a_feature_that_this_program_does_not_know_is_told_with_the_way_out(
    unknown: tuple[str, int],
) -> None:
    with pytest.raises(Corrupt, match=f"the feature '{unknown[0]}' in version {unknown[1]}.*run"):
        FeatureLayout([("size", 1), unknown], landmarks=0)


def test_no_two_features_have_one_name_and_version() -> None:
    versions = [(spec.name, spec.version) for spec in FEATURES]
    assert len(set(versions)) == len(versions)
    names = current_layout(3).names
    assert len(set(names)) == len(names)
