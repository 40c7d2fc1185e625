"""A file of homes to price: which column says what, and each row as a visitor would ask it."""

from collections.abc import Mapping, Sequence
from math import isnan

from homeprices.datasets.clean import read_size
from homeprices.datasets.read import columns_of
from homeprices.domain.errors import Unreadable
from homeprices.domain.market import Market

_NEEDED = ("area", "locality", "bedrooms", "bathrooms")


class HomeColumns:
    """Reads the rows under one header: the columns of a listing file, or the fields of the API.

    Raises Unreadable for a header that lacks what every home needs.
    """

    def __init__(self, header: Sequence[str], market: Market) -> None:
        self._market = market
        self._width = len(header)
        self._columns = columns_of(tuple(header), market)
        if missing := [fact for fact in _NEEDED if fact not in self._columns]:
            wanted = ", ".join(market.columns[fact][0] for fact in missing)
            raise Unreadable(
                f"there is no column for {wanted}; the columns found are {', '.join(header)[:200]}"
            )
        self._columns.pop("price", None)

    def fields(self, cells: Sequence[object]) -> dict[str, object]:
        """What a visitor would ask for the home of a row; a row that is too short lacks the rest.

        Raises Unreadable for one cell too many: some stand in a wrong column, and any price would
        be a guess.
        """
        if beyond := cells[self._width :]:
            extra = ", ".join(map(str, beyond))[:200]
            raise Unreadable(f"has {len(cells)} cells, the header {self._width}; too many: {extra}")
        provided = len(cells)
        facts = {fact: cells[i] if i < provided else "" for fact, i in self._columns.items()}
        return home_fields(facts, self._market)


def home_fields(cells: Mapping[str, object], market: Market) -> dict[str, object]:
    """The fields of a home by its facts: a size such as "4 Bedroom" says the kind."""
    facts = {fact: "" if _is_empty(value) else value for fact, value in cells.items()}
    size = read_size(" ".join(str(facts["bedrooms"]).split()), market)
    if size is not None:
        bedrooms, said = size
        facts |= {"bedrooms": bedrooms, **said}
    return {market.fields[fact]: value for fact, value in facts.items()}


def _is_empty(value: object) -> bool:
    """True for a missing value, which Parquet may hold as one that is no number."""
    return value is None or (isinstance(value, float) and isnan(value))
