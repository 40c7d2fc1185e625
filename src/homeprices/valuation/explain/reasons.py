"""Reasons of an estimate: exact Shapley values over groups of facts, in the unit of price.

What a set of groups is worth is the price, by the model that answered, of the reference home
with the facts of these groups changed to those of the home.
"""

from collections.abc import Callable, Sequence
from itertools import combinations
from math import factorial

from homeprices.domain.explanation import Explanation, Reason
from homeprices.domain.listing import Home
from homeprices.domain.notes import Note, note
from homeprices.valuation.features.feature_sets import OPTIONAL
from homeprices.valuation.predict.predictor import BundlePredictor

_SINGLE = ("locality", "area", "bedrooms", "bathrooms")
_WHERE = ("latitude", "longitude")
REST = "rest"


def explain(predictor: BundlePredictor, home: Home) -> Explanation:
    """Why `predictor` gives `home` its price; the optional facts given are one reason, `rest`."""
    feature_set = predictor.model_for(home).feature_set
    provided = [fact for fact in OPTIONAL if fact in home.facts]
    reference = predictor.context.reference_home.with_only(provided)
    groups = [*_SINGLE, REST] if provided else [*_SINGLE]

    def worth(joined: frozenset[str]) -> float:
        return predictor.estimate(_mixed(home, reference, joined), feature_set).price

    amounts = shapley(groups, worth)
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


def _mixed(home: Home, reference: Home, joined: frozenset[str]) -> Home:
    """`reference` with the groups of facts that have `joined` changed to those of `home`."""
    source = {name: home if name in joined else reference for name in (*_SINGLE, REST)}
    where = source["locality"].facts
    return Home(
        source["locality"].locality,
        source["area"].area,
        source["bedrooms"].bedrooms,
        source["bathrooms"].bathrooms,
        {
            **{name: value for name, value in source[REST].facts.items() if name not in _WHERE},
            **{name: where[name] for name in _WHERE if name in where},
        },
    )


def _words(predictor: BundlePredictor, home: Home, name: str) -> Note:
    """What `home` has of a group of facts."""
    if name == "locality":
        return note("locality", name=predictor.resolve(home.locality).name)
    if name == "area":
        return note("area", area=home.area)
    if name != REST:
        return _counted(name, getattr(home, name))
    facts = {fact: home.facts[fact] for fact in OPTIONAL if fact in home.facts}
    return note("facts", facts=facts) if facts else note("no_facts")


def _counted(name: str, number: float) -> Note:
    """So many `bedrooms` or `bathrooms`."""
    return note(f"one_{name.removesuffix('s')}" if number == 1 else name, number=number)


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
