"""A weighted sum of members, and how far off it is expected to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp
from operator import mul

from homeprices.valuation.features.encodings import ModelInput
from homeprices.valuation.predict.members import MEMBERS, MemberFiles
from homeprices.valuation.predict.trees import Trees

ERROR_SCALE_FILE = "error_scale.txt"


class Ensemble:
    """Members by weight, with the trees of the size of their error where there are any."""

    def __init__(self, weights: Mapping[str, float], source: MemberFiles) -> None:
        self.feature_set = source.feature_set
        self._weights = list(weights.values())
        self._members = [MEMBERS[name].load(source) for name in weights]
        self._pick = source.layout.picker(source.features)
        text = source.files.get(ERROR_SCALE_FILE)
        self._error_scale = None if text is None else Trees(text)

    def predict(self, values: Sequence[float], model_input: ModelInput) -> tuple[float, float]:
        """The log price per unit of area, and the scale of its error in log price."""
        points = [member.point(values, model_input) for member in self._members]
        total = sum(map(mul, self._weights, points))
        if self._error_scale is None:
            return total, 1.0
        disagreement = max(points) - min(points)
        return total, exp(self._error_scale.predict((*self._pick(values), total, disagreement)))
