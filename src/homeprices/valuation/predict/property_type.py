"""P(house): is a home of these four facts sold as a house on its plot, or as a flat?

Sellers of houses ask other prices than sellers of flats, and few callers say
which it is; plots are 600, 1200 or 2400 sqft, flats hardly ever.
"""

from collections.abc import Sequence
from math import isnan

from homeprices.valuation.features.layout import FeatureLayout
from homeprices.valuation.predict.trees import Trees

PROPERTY_TYPE_FILE = "property_type.txt"
# What the trees of new models see.
PROPERTY_TYPE_FEATURES = (
    "log_area",
    "bedrooms",
    "bathrooms",
    "log_area_per_bedroom",
    "spare_bathrooms",
    "area_roundness",
    "area_house_share",
    "area_and_bedrooms_house_share",
    "locality_house_share",
)


class PropertyTypeClassifier:
    """P(house) from the features of a home: by trees, or the share of houses without them."""

    def __init__(
        self, trees: bytes | None, share: float, features: Sequence[str], layout: FeatureLayout
    ) -> None:
        self._trees = None if trees is None else Trees(trees)
        self._share = share
        self._pick = layout.picker(features)
        self._house_probability = layout.position("house_probability")
        self._is_house = layout.position_if_any("is_house")

    def house_probability(self, values: Sequence[float]) -> float:
        """P(house) of a home with these features."""
        if self._trees is None:
            return self._share
        return self._trees.predict(self._pick(values))

    def fill(self, values: list[float]) -> None:
        """Write P(house) into the features of a home, and as its kind where that lacks."""
        values[self._house_probability] = probability = self.house_probability(values)
        if self._is_house is not None and isnan(values[self._is_house]):
            values[self._is_house] = probability
