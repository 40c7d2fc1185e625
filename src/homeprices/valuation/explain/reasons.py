"""Reasons of an estimate: exact Shapley values over groups of facts, in the unit of price.

What a set of groups is worth is the price, by the model that answered, of the reference
home with the facts of these groups changed to those of the home.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import factorial

from homeprices.domain.explanation import Explanation, Reason
from homeprices.domain.listing import Home
from homeprices.valuation.features.feature_sets import OPTIONAL, with_facts
from homeprices.valuation.predict.predictor import BundlePredictor

_SINGLE = ("locality", "area", "bedrooms", "bathrooms")
_WHERE = ("locality", "latitude", "longitude")
REST = "rest"


def explain(predictor: BundlePredictor, home: Home) -> Explanation:
    """Why `predictor` gives `home` its price; the optional facts given are one reason, `rest`."""
    feature_set = predictor.model_for(home).feature_set
    given = [fact for fact in OPTIONAL if getattr(home, fact) is not None]
    reference = with_facts(predictor.context.reference_home, given)
    groups: dict[str, Sequence[str]] = {name: (name,) for name in _SINGLE}
    groups["locality"] = _WHERE
    if given:
        groups[REST] = given

    def worth(joined: frozenset[str]) -> float:
        mixed = {
            fact: getattr(home if name in joined else reference, fact)
            for name, members in groups.items()
            for fact in members
        }
        return predictor.estimate(Home(**mixed), feature_set).price

    amounts = shapley(list(groups), worth)
    return Explanation(
        price=worth(frozenset(groups)),
        reference_home=reference,
        reference_price=worth(frozenset()),
        reasons=[
            Reason(
                name,
                amounts[name],
                _words(predictor, home, name),
                _words(predictor, reference, name),
            )
            for name in groups
        ],
    )


def _words(predictor: BundlePredictor, home: Home, name: str) -> str:
    """What `home` has of a group of facts."""
    market = predictor.context.market
    if name == "locality":
        return predictor.resolve(home.locality).name
    if name == "area":
        return f"{home.area:,.0f} {market.area_unit}"
    if name != REST:
        number = getattr(home, name)
        return f"{number} {name if number != 1 else name.removesuffix('s')}"
    facts = ((market.fields[fact], getattr(home, fact)) for fact in OPTIONAL)
    return ", ".join(f"{field} {value}" for field, value in facts if value is not None) or (
        "none of the other facts"
    )


def shapley(players: Sequence[str], worth: Callable[[frozenset[str]], float]) -> dict[str, float]:
    """What each player adds, over all orders of joining; together worth(all) - worth(none).

    Exact: `worth` is asked once for each of the 2^n sets of players.

    >>> shapley(["a", "b"], lambda joined: 6.0 if len(joined) == 2 else 0.0)
    {'a': 3.0, 'b': 3.0}
    """
    n = len(players)
    sets = [frozenset(s) for size in range(n + 1) for s in combinations(players, size)]
    value = {joined: worth(joined) for joined in sets}
    orders = [factorial(size) * factorial(n - size - 1) / factorial(n) for size in range(n)]
    return {
        player: sum(
            orders[len(joined)] * (value[joined | {player}] - value[joined])
            for joined in sets
            if player not in joined
        )
        for player in players
    }
