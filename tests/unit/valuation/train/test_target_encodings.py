"""The levels of places are medians, place by place."""

import numpy as np

from homeprices.valuation.train.target_encodings import _WEIGHTS, _medians


def test_the_level_of_each_place_is_the_shrunk_median_of_its_listings() -> None:
    draw = np.random.default_rng(3)
    codes = np.concatenate([np.arange(40), draw.integers(0, 40, 500)])
    values = draw.normal(size=540)
    parts = [values[codes == code] for code in range(40)]
    shrunk = [np.median(p) * len(p) / (len(p) + _WEIGHTS["sublocality"]) for p in parts]
    assert _medians(values, codes, 40).tolist() == shrunk
