"""A home, and a home with its price: what every other room talks about.

Areas and prices are plain numbers in the units of the market they belong to
(`markets/bangalore.toml` says sqft and lakh); nothing here knows which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NoReturn

Fact = str | int | float | bool


class Facts(dict[str, Fact]):
    """Facts of a home by name; immutable, and so one value may be shared by many homes.

    A dictionary underneath: prices are asked for often, and nothing is looked up faster.
    """

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def _refuse(self, *args: object, **kwargs: object) -> NoReturn:
        raise TypeError("the facts of a home do not change: make another home by with_facts")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


NO_FACTS = Facts()


@dataclass(frozen=True, slots=True)
class Home:
    """What a price can be asked for: where it is, its size, and the facts its market declares.

    `area` is in the market's unit of area. A fact that was not provided is absent from `facts`,
    which is not the same as "none of it".
    """

    locality: str
    area: float
    bedrooms: int
    bathrooms: int | float
    facts: Mapping[str, Fact] = NO_FACTS

    def __post_init__(self) -> None:
        if type(self.facts) is not Facts:
            object.__setattr__(self, "facts", Facts(self.facts))

    def text_fact(self, name: str) -> str | None:
        """The text of a fact; None where it was not provided or is no text."""
        value = self.facts.get(name)
        return value if isinstance(value, str) else None

    def number_fact(self, name: str) -> int | float | None:
        """The number of a fact; None where it was not provided or is no number."""
        value = self.facts.get(name)
        return value if isinstance(value, int | float) else None

    def with_facts(self, **changes: Fact | None) -> Home:
        """The home with these facts changed; None takes a fact away."""
        facts = {name: v for name, v in {**self.facts, **changes}.items() if v is not None}
        return replace(self, facts=Facts(facts))

    def with_only(self, names: Iterable[str]) -> Home:
        """The home with none of its facts but these."""
        facts = self.facts
        return replace(self, facts=Facts({name: facts[name] for name in names if name in facts}))


@dataclass(frozen=True, slots=True)
class Listing:
    """A home and the price it was offered at, in the market's unit of price."""

    home: Home
    price: float
