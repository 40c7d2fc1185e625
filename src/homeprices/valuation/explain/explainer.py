"""A loaded model that also explains: reasons, comparables, and what if."""

from __future__ import annotations

from collections.abc import Mapping

from homeprices.domain.errors import Corrupt
from homeprices.domain.explanation import Comparables, Curve, Explanation
from homeprices.domain.listing import Home
from homeprices.valuation.explain.comparables import ComparableFinder
from homeprices.valuation.explain.kept_listings import LISTINGS_FILE, KeptListings, read_listings
from homeprices.valuation.explain.reasons import explain
from homeprices.valuation.explain.what_if import curve
from homeprices.valuation.predict import bundle
from homeprices.valuation.predict.predictor import BundlePredictor


class Explainer:
    """Explains the estimates of one model; off the hot path, one thread at a time."""

    def __init__(self, valuer: BundlePredictor, kept: KeptListings) -> None:
        self.valuer = valuer
        self._neighbours = ComparableFinder(valuer, kept)

    def reasons(self, home: Home) -> Explanation:
        """The reasons of the price of `home`; they add up to it."""
        return explain(self.valuer, home)

    def comparables(self, home: Home) -> Comparables:
        """The listings most like `home`."""
        return self._neighbours.of(home)

    def curve(self, home: Home, fact: str) -> Curve:
        """Price and range against `area` or `bedrooms`."""
        return curve(self.valuer, home, fact)


def open_explainer(files: Mapping[str, bytes]) -> Explainer:
    """The model in `files` with its listings; raises Corrupt as `bundle.load` does."""
    valuer = bundle.load(files)
    if LISTINGS_FILE not in files:
        raise Corrupt(f"the model has no file {LISTINGS_FILE!r}; restore it from a backup")
    return Explainer(valuer, read_listings(files[LISTINGS_FILE]))
