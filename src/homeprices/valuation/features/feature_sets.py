"""The sets of facts that there are models for, and which features each of them sees.

The four facts everybody gives always suffice. A model that sees more also learns from
copies of the listings with some optional facts hidden, so that it can be asked when not
all are given. No copy hides the society: homes that have none are not like others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from homeprices.domain.listing import Home
from homeprices.valuation.arrays import Floats
from homeprices.valuation.features.definitions import NO_SOCIETY
from homeprices.valuation.features.layout import FeatureLayout

OPTIONAL = ("kind", "area_type", "society", "balconies", "availability")
_OPTIONAL = frozenset(OPTIONAL)
# The shares of houses by area are in P(house); beside it they only add noise.
_NEVER_SEEN = ("area_house_share", "area_and_bedrooms_house_share")
# So do P(house) and the roundness of the area beside the kind itself.
_NOT_SEEN_WITH_KIND = ("house_probability", "area_roundness")
_BESIDE_SOCIETY = ("kind", "area_type", "balconies", "availability")


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """Four facts and some `optional` ones; `name` stands in the names of a model's files.

    `hidden` are the facts that each copy of the listings lacks, `copy_weight` what a row of
    a copy counts. `boosters`, each with its own seed, share the work.
    """

    name: str
    optional: tuple[str, ...]
    hidden: tuple[tuple[str, ...], ...] = ()
    copy_weight: float = 1.0
    boosters: int = 1

    @property
    def house(self) -> str:
        """The feature that tells a house from a flat: what is known, else P(house)."""
        return "is_house" if "kind" in self.optional else "house_probability"

    @property
    def sees_area_type(self) -> bool:
        """True where the area type is among the facts."""
        return "area_type" in self.optional

    @property
    def sees_society(self) -> bool:
        """True where the society is among the facts."""
        return "society" in self.optional

    def features(self, layout: FeatureLayout) -> tuple[str, ...]:
        """The features that a model of these facts learns from."""
        left_out = {*_NEVER_SEEN, *(_NOT_SEEN_WITH_KIND if "kind" in self.optional else ())}
        not_given = set(OPTIONAL).difference(self.optional)
        return tuple(
            name
            for name in layout.names
            if name not in left_out and not not_given.intersection(layout.inputs(name))
        )


FOUR = FeatureSet("four", ())
PROPERTY = FeatureSet("property", ("kind", "area_type"), (("kind",), ("area_type",)), 0.5)
ALL = FeatureSet("all", OPTIONAL, (_BESIDE_SOCIETY, ("balconies", "availability")), 0.3, 2)
FEATURE_SETS = {feature_set.name: feature_set for feature_set in (FOUR, PROPERTY, ALL)}
# Which set errs least, by cross-validation (docs/decisions/0010-the-blend.md): the last one of
# which any combination of facts is given. With the society, or with all others, every fact helps;
# else the kind and the area type do, and the rest are not worth asking.
ANSWERS_WHEN: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "four": ((),),
    "property": (("kind",), ("area_type",)),
    "all": (("society",), _BESIDE_SOCIETY),
}


def given_facts(home: Home) -> frozenset[str]:
    """Which of the facts `OPTIONAL` are given."""
    return _OPTIONAL.intersection(home.facts)


def with_facts_hidden(features: Floats, layout: FeatureLayout, facts: Sequence[str]) -> Floats:
    """A copy of features `(n, k)` as if these optional facts had not been given."""
    hidden = features.copy()
    for i, name in enumerate(layout.names):
        if set(facts).intersection(layout.inputs(name)):
            hidden[:, i] = np.nan
    if "kind" in facts:
        hidden[:, layout.position("is_house")] = features[:, layout.position("house_probability")]
    if "society" in facts:
        hidden[:, layout.position("society_listings")] = NO_SOCIETY
    return hidden
