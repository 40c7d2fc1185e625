"""Reasons of an estimate: exact Shapley values over groups of facts, in the unit of price.

What a set of groups is worth is the price, by the model that answered, of the middle home
with the facts of these groups changed to those of the home.
"""

from __future__ import annotations

from collections.abc import Sequence

from homeprices.domain.explanation import Explanation, Reason
from homeprices.domain.listing import Home
from homeprices.valuation.facts import OPTIONAL, only
from homeprices.valuation.shapley import shapley
from homeprices.valuation.valuer import FormulaValuer

_SINGLE = ("locality", "area", "bedrooms", "bathrooms")
_WHERE = ("locality", "latitude", "longitude")
REST = "rest"


def explain(valuer: FormulaValuer, home: Home) -> Explanation:
    """Why `valuer` gives `home` its price; the optional facts given are one reason, `rest`."""
    facts = valuer.facts_of(home)
    told = [fact for fact in OPTIONAL if getattr(home, fact) is not None]
    middle = only(valuer.knowledge.middle, told)
    groups: dict[str, Sequence[str]] = {name: (name,) for name in _SINGLE}
    groups["locality"] = _WHERE
    if told:
        groups[REST] = told

    def worth(joined: frozenset[str]) -> float:
        mixed = {
            fact: getattr(home if name in joined else middle, fact)
            for name, members in groups.items()
            for fact in members
        }
        return valuer.estimate(Home(**mixed), facts).price

    amounts = shapley(list(groups), worth)
    return Explanation(
        price=worth(frozenset(groups)),
        middle=middle,
        middle_price=worth(frozenset()),
        reasons=[
            Reason(name, amounts[name], _words(valuer, home, name), _words(valuer, middle, name))
            for name in groups
        ],
    )


def _words(valuer: FormulaValuer, home: Home, name: str) -> str:
    """What `home` has of a group of facts."""
    market = valuer.knowledge.market
    if name == "locality":
        return valuer.found(home.locality).name
    if name == "area":
        return f"{home.area:,.0f} {market.area_unit}"
    if name != REST:
        number = getattr(home, name)
        return f"{number} {name if number != 1 else name.removesuffix('s')}"
    told = ((market.fields[fact], getattr(home, fact)) for fact in OPTIONAL)
    return ", ".join(f"{field} {value}" for field, value in told if value is not None) or (
        "none of the other facts"
    )
