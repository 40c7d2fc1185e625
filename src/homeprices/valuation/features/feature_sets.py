"""The sets of facts that there are models for, and which features each of them sees.

The four facts everybody gives always suffice. What else a model sees and is not told is averaged
over (`predict.untold`), so that answers agree; but for the society, for homes that have none are
not like others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from homeprices.domain.listing import Home
from homeprices.valuation.features.layout import FeatureLayout

OPTIONAL = ("kind", "area_type", "society", "balconies", "availability")
_OPTIONAL = frozenset(OPTIONAL)
# The shares of houses by area are in P(house); beside it they only add noise.
_NEVER_SEEN = ("area_house_share", "area_and_bedrooms_house_share")
# So do P(house) and the roundness of the area beside the kind itself.
_NOT_SEEN_WITH_KIND = ("house_probability", "area_roundness")
# What these do to a price adds up, whatever else the home is: each is averaged over by itself.
APART = ("availability", "balconies")


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """Four facts and some `optional` ones; `name` stands in the names of a model's files.

    `boosters`, each with its own seed, share the work.
    """

    name: str
    optional: tuple[str, ...]
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
PROPERTY = FeatureSet("property", ("kind", "area_type"))
ALL = FeatureSet("all", OPTIONAL, boosters=2)
FEATURE_SETS = {feature_set.name: feature_set for feature_set in (FOUR, PROPERTY, ALL)}
_BESIDE_SOCIETY = ("kind", "area_type", *APART)
# Which set answers: the last one of which any combination of facts is given. With the society every
# fact helps, and a home that tells three of the others and no society is taken to have none; else
# the kind and the area type help, and the rest are not worth asking
# (docs/decisions/0010-the-blend.md, 0042-what-is-not-told-is-averaged-over.md).
ANSWERS_WHEN: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "four": ((),),
    "property": (("kind",), ("area_type",)),
    "all": (("society",), *combinations(_BESIDE_SOCIETY, 3)),
}


def given_facts(home: Home) -> frozenset[str]:
    """Which of the facts `OPTIONAL` are given."""
    return _OPTIONAL.intersection(home.facts)
