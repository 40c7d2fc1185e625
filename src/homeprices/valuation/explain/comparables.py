"""The listings most like a home, as the Gaussian process of the model that answered sees it.

How alike two homes are is the correlation of their prices: k(a, b) / sqrt(k(a, a) k(b, b)),
with k the covariance of `kernel`. The kernel is a constant, so bundles of every recipe have it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import hypot, isfinite, log
from statistics import median

import numpy as np

from homeprices.domain.explanation import Comparable, Comparables
from homeprices.domain.listing import Home, Listing
from homeprices.domain.locality import Place
from homeprices.domain.notes import Note, note
from homeprices.valuation.explain.kept_listings import KeptListings
from homeprices.valuation.features.definitions import (
    AREA_TYPE,
    BATHROOMS,
    BEDROOMS,
    HOUSE,
    HOUSE_KIND,
    KIND,
    LOG_AREA,
    ModelInput,
    society_key,
    word,
)
from homeprices.valuation.features.feature_sets import FeatureSet
from homeprices.valuation.numeric.covariance import covariance
from homeprices.valuation.numeric.kernel import KERNELS, variance
from homeprices.valuation.numeric.sites import Encoder, Sites, position_of
from homeprices.valuation.predict.predictor import BundlePredictor
from homeprices.valuation.train.training_set import Floats

MOST = 10
_GRADES = ((0.95, "nearly_the_same"), (0.8, "very_alike"), (0.6, "alike"), (0.0, "a_bit_alike"))
_SAME_SIZE_PERCENT = 1


@dataclass(frozen=True, slots=True)
class _Seen:
    """`sites.SiteHomes`: what the kernel needs to know of some homes."""

    facts: FeatureSet
    features: Floats
    places: Sequence[Place]
    societies: Sequence[str | None]
    positions: Mapping[str, tuple[float, float]]
    area_types: int


class ComparableFinder:
    """Finds comparables among the listings that a model learned from."""

    def __init__(self, valuer: BundlePredictor, kept: KeptListings) -> None:
        self._valuer = valuer
        self._listings = kept.listings
        found = [valuer.found(listing.home.locality) for listing in kept.listings]
        self._names = [one.name for one in found]
        self._places = [one.place for one in found]
        self._twins = [_twin(*pair) for pair in zip(self._names, kept.listings, strict=True)]
        self._times = Counter(self._twins)
        tables = valuer.knowledge.tables
        self._positions = {base: (v[0], v[1]) for base, v in tables.geography.items()}
        self._features = self._rows(kept)
        self._placed: dict[str, tuple[Encoder, Sites]] = {}

    def of(self, home: Home, most: int = MOST) -> Comparables:
        """At most `most` comparables of `home`; a home that is listed again counts once."""
        subject, values = self._valuer.see(home)
        likeness = self._likeness(subject, values)
        chosen: dict[object, Comparable] = {}
        for i in np.argsort(-likeness, kind="stable").tolist():
            if self._twins[i] not in chosen:
                chosen[self._twins[i]] = self._told(i, float(likeness[i]), subject)
            if len(chosen) == most:
                break
        homes = list(chosen.values())
        if not homes:
            return Comparables([], None, None)
        prices = [one.listing.price for one in homes]
        rates = [one.listing.price / one.listing.home.area for one in homes]
        return Comparables(homes, median(prices), median(rates) * home.area)

    def _rows(self, kept: KeptListings) -> Floats:
        """Those features of the listings that the kernel reads, `(n, AREA_TYPE + 1)`."""
        knowledge = self._valuer.knowledge
        types = {name: float(i) for i, name in enumerate(knowledge.tables.area_types)}
        rows = np.full((len(kept.listings), AREA_TYPE + 1), np.nan)
        for row, listing, house in zip(rows, kept.listings, kept.houses, strict=True):
            home = listing.home
            row[LOG_AREA] = log(knowledge.guard.area(home))
            row[BEDROOMS], row[BATHROOMS] = home.bedrooms, home.bathrooms
            row[HOUSE] = house
            kind, area_type = home.text_fact("kind"), home.text_fact("area_type")
            row[KIND] = house if kind is None else float(word(kind) == HOUSE_KIND)
            if area_type is not None:
                row[AREA_TYPE] = types[word(area_type)]
        return rows

    def _likeness(self, subject: ModelInput, values: Sequence[float]) -> Floats:
        """The correlation of the home of `subject` with each listing, `(n,)`."""
        home, place = subject.home, subject.place
        facts = self._valuer.facts_of(home)
        kernel = KERNELS[facts.name]
        encoder, sites = self._place(facts)
        society = society_key(home.text_fact("society"), place)
        asked = encoder.sites(self._seen(facts, np.array([values]), [place], [society]))
        if subject.at is not None:
            asked = replace(asked, position=np.array([subject.at]))
        own = variance(kernel, has_society=society is not None)
        plain, social = (variance(kernel, has_society=has) for has in (False, True))
        theirs = np.where(sites.society >= 0, social, plain)
        shared = covariance(asked, sites, kernel)[0].astype(np.float64)
        correlation: Floats = np.clip(shared / np.sqrt(own * theirs), 0.0, 1.0)
        return correlation

    def _place(self, facts: FeatureSet) -> tuple[Encoder, Sites]:
        """The listings as the kernel of `facts` sees them; made when first asked for."""
        if facts.name not in self._placed:
            pairs = zip(self._listings, self._places, strict=True)
            societies = [
                society_key(listing.home.text_fact("society"), place) for listing, place in pairs
            ]
            seen = self._seen(facts, self._features, self._places, societies)
            encoder = Encoder(seen)
            self._placed[facts.name] = encoder, encoder.sites(seen)
        return self._placed[facts.name]

    def _seen(
        self,
        facts: FeatureSet,
        features: Floats,
        places: Sequence[Place],
        societies: Sequence[str | None],
    ) -> _Seen:
        types = len(self._valuer.knowledge.tables.area_types)
        return _Seen(facts, features, places, societies, self._positions, types)

    def _told(self, i: int, likeness: float, subject: ModelInput) -> Comparable:
        listing, there = self._listings[i], self._places[i]
        return Comparable(
            listing=listing,
            locality=self._names[i],
            times=self._times[self._twins[i]],
            likeness=likeness,
            alike=note(next(code for least, code in _GRADES if likeness >= least)),
            differs=[self._where(subject, there), *_sizes(subject.home, listing.home)],
        )

    def _where(self, subject: ModelInput, there: Place) -> Note:
        here = subject.place
        if here.leaf == there.leaf:
            return note("same_locality")
        if here.base == there.base or here.parent == there.parent:
            return note("same_wider_locality")
        own, other = (position_of(self._positions, place) for place in (here, there))
        own = subject.at or own
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
