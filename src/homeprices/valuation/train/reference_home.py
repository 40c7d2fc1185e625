"""The reference home: what every estimate is explained from.

Area, bedrooms and bathrooms are the medians of the listings, the optional facts their
commonest, where "not told" is one of the answers. The locality is the one whose level
is in the middle when each counts as often as it is listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median, median_low

from homeprices.domain.listing import Fact, Home
from homeprices.valuation.features.encodings import TargetEncodings
from homeprices.valuation.features.feature_sets import OPTIONAL
from homeprices.valuation.localities.names import LocalityNames


def reference_home(homes: Sequence[Home], names: LocalityNames, encodings: TargetEncodings) -> Home:
    """The home in the middle of `homes`."""
    return Home(
        locality=_locality(names, encodings),
        area=median([home.area for home in homes]),
        bedrooms=median_low([home.bedrooms for home in homes]),
        bathrooms=median_low([home.bathrooms for home in homes]),
        facts={
            name: value
            for name in OPTIONAL
            if (value := _commonest(home.facts.get(name) for home in homes)) is not None
        },
    )


def _locality(names: LocalityNames, encodings: TargetEncodings) -> str:
    levels = sorted(
        (level.residual, sublocality, level.listings)
        for sublocality, level in encodings.sublocalities.items()
        if sublocality in names.names
    )
    left = sum(listings for _, _, listings in levels) / 2
    for _, sublocality, listings in levels:
        left -= listings
        if left <= 0:
            return names.names[sublocality]
    raise AssertionError("a model knows at least one locality")


def _commonest(values: Iterable[Fact | None]) -> Fact | None:
    counts = Counter(values)
    return min(counts, key=lambda value: (-counts[value], str(value)))
