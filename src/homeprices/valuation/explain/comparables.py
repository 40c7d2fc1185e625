"""The listings most like a home, as the Gaussian process of the model that answered sees it.

How alike two homes are is the correlation of their prices: k(a, b) / sqrt(k(a, a) k(b, b)),
with k the covariance of the kernel that the bundle keeps; bundles of every recipe have one.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import hypot, isfinite
from statistics import median

import numpy as np

from homeprices.domain.explanation import Comparable, Comparables
from homeprices.domain.listing import Home, Listing
from homeprices.domain.locality import Place
from homeprices.domain.notes import Note, note
from homeprices.valuation.arrays import Floats
from homeprices.valuation.explain.kept_listings import KeptListings
from homeprices.valuation.features.encodings import ModelInput, society_of
from homeprices.valuation.features.feature_sets import FeatureSet
from homeprices.valuation.numeric.covariance import covariance
from homeprices.valuation.numeric.kernel import HOUSE, Kernel, kernel_features, variance
from homeprices.valuation.numeric.sites import Encoder, Sites, position_of
from homeprices.valuation.predict.predictor import BundlePredictor, SubModelPredictor

MOST = 10
_GRADES = ((0.95, "nearly_the_same"), (0.8, "very_alike"), (0.6, "alike"), (0.0, "a_bit_alike"))
_SAME_SIZE_PERCENT = 1


@dataclass(frozen=True, slots=True)
class _KernelHomes:
    """`sites.SiteHomes`: what the kernel needs to know of some homes."""

    kernel: Kernel
    kernel_inputs: Floats
    places: Sequence[Place]
    societies: Sequence[str | None]
    positions: Mapping[str, tuple[float, float]]
    area_types: int


class ComparableFinder:
    """Finds comparables among the listings that a model learned from."""

    def __init__(self, predictor: BundlePredictor, kept: KeptListings) -> None:
        self._predictor = predictor
        self._kept = kept
        resolved = [predictor.resolve(listing.home.locality) for listing in kept.listings]
        self._names = [locality.name for locality in resolved]
        self._places = [locality.place for locality in resolved]
        self._twins = [_twin(*pair) for pair in zip(self._names, kept.listings, strict=True)]
        self._times = Counter(self._twins)
        geography = predictor.context.encodings.geography
        self._positions = {name: (v[0], v[1]) for name, v in geography.items()}
        self._area_types = predictor.context.encodings.area_types
        self._listed: dict[str, tuple[Encoder, Sites]] = {}

    def for_home(self, home: Home, most: int = MOST) -> Comparables:
        """At most `most` comparables of `home`; a home that is listed again counts once."""
        model_input, values = self._predictor.features(home)
        likeness = self._likeness(model_input, values)
        chosen: dict[object, Comparable] = {}
        for i in np.argsort(-likeness, kind="stable").tolist():
            if self._twins[i] not in chosen:
                chosen[self._twins[i]] = self._comparable(i, float(likeness[i]), model_input)
            if len(chosen) == most:
                break
        homes = list(chosen.values())
        if not homes:
            return Comparables([], None, None)
        prices = [comparable.listing.price for comparable in homes]
        rates = [c.listing.price / c.listing.home.area for c in homes]
        return Comparables(homes, median(prices), median(rates) * home.area)

    def _likeness(self, model_input: ModelInput, values: Sequence[float]) -> Floats:
        """The correlation of the home of `model_input` with each listing, `(n,)`."""
        home, place = model_input.home, model_input.place
        model = self._predictor.model_for(home)
        kernel = model.kernel
        encoder, sites = self._sites(model)
        society = society_of(home, place)
        pick = self._predictor.layout.picker(kernel_features(model.feature_set))
        inputs = np.array([pick(values)])
        site = encoder.sites(self._homes(kernel, inputs, [place], [society]))
        if model_input.at is not None:
            site = replace(site, position=np.array([model_input.at]))
        own = variance(kernel, has_society=society is not None)
        without, with_society = (variance(kernel, has_society=has) for has in (False, True))
        of_listings = np.where(sites.society >= 0, with_society, without)
        shared = covariance(site, sites, kernel)[0].astype(np.float64)
        correlation: Floats = np.clip(shared / np.sqrt(own * of_listings), 0.0, 1.0)
        return correlation

    def _sites(self, model: SubModelPredictor) -> tuple[Encoder, Sites]:
        """The listings as the kernel of a model sees them; made when first asked for."""
        name = model.feature_set.name
        if name not in self._listed:
            pairs = zip(self._kept.listings, self._places, strict=True)
            societies = [society_of(listing.home, place) for listing, place in pairs]
            inputs = self._kernel_inputs(model.feature_set)
            homes = self._homes(model.kernel, inputs, self._places, societies)
            encoder = Encoder(homes)
            self._listed[name] = encoder, encoder.sites(homes)
        return self._listed[name]

    def _kernel_inputs(self, feature_set: FeatureSet) -> Floats:
        """The `kernel_features` of the listings, without making all their other features."""
        predictor, names = self._predictor, kernel_features(feature_set)
        encodings = predictor.context.encodings
        inputs = [predictor.model_input(listing.home) for listing in self._kept.listings]
        values = [predictor.layout.values(names, encodings, model_input) for model_input in inputs]
        rows = np.array(values).reshape(len(inputs), len(names))
        lacking = np.isnan(rows[:, HOUSE])
        rows[lacking, HOUSE] = np.asarray(self._kept.houses)[lacking]
        return rows

    def _homes(
        self,
        kernel: Kernel,
        inputs: Floats,
        places: Sequence[Place],
        societies: Sequence[str | None],
    ) -> _KernelHomes:
        types = len(self._area_types)
        return _KernelHomes(kernel, inputs, places, societies, self._positions, types)

    def _comparable(self, i: int, likeness: float, model_input: ModelInput) -> Comparable:
        listing, there = self._kept.listings[i], self._places[i]
        return Comparable(
            listing=listing,
            locality=self._names[i],
            times=self._times[self._twins[i]],
            likeness=likeness,
            alike=note(next(code for least, code in _GRADES if likeness >= least)),
            differs=[self._where(model_input, there), *_sizes(model_input.home, listing.home)],
        )

    def _where(self, model_input: ModelInput, there: Place) -> Note:
        here = model_input.place
        if here.sublocality == there.sublocality:
            return note("same_locality")
        if here.locality == there.locality or here.region == there.region:
            return note("same_wider_locality")
        own, other = (position_of(self._positions, place) for place in (here, there))
        own = model_input.at or own
        far = hypot(own[0] - other[0], own[1] - other[1])
        return note("km_away", km=far) if isfinite(far) else note("another_locality")


def _twin(name: str, listing: Listing) -> tuple[str, float, int, float, float]:
    """What listings of the same home have in common."""
    home = listing.home
    return name, home.area, home.bedrooms, home.bathrooms, listing.price


def _sizes(home: Home, other: Home) -> list[Note]:
    """In what the size and the rooms of `other` differ."""
    percent = round(100 * (other.area / home.area - 1))
    notes = [note("same_area")]
    if abs(percent) >= _SAME_SIZE_PERCENT:
        code = "percent_larger" if percent > 0 else "percent_smaller"
        notes = [note(code, percent=abs(percent))]
    for fact in ("bedrooms", "bathrooms"):
        more = getattr(other, fact) - getattr(home, fact)
        if more:
            change = "more" if more > 0 else "less"
            one, several = f"one_{change}_{fact.removesuffix('s')}", f"{change}_{fact}"
            notes.append(note(several if abs(more) > 1 else one, number=abs(more)))
    return notes
