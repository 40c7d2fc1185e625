"""A file of homes to price: which column says what, and each row as a visitor would ask it."""

from collections.abc import Sequence

from homeprices.datasets.columns import FactCells
from homeprices.datasets.decimals import POINT
from homeprices.datasets.read import is_other_city
from homeprices.domain.errors import Unreadable
from homeprices.domain.market import Market
from homeprices.domain.written.text import cell_text

_NEEDED = ("area", "locality", "bedrooms", "bathrooms")


class HomeColumns:
    """Reads the rows under one header: the columns of a listing file, or the fields of the API.

    `decimal_sign` stands before the decimals of the file's numbers. Raises Unreadable for a header
    that lacks what every home needs.
    """

    def __init__(
        self,
        header: Sequence[str],
        market: Market,
        *,
        decimal_sign: str = POINT,
    ) -> None:
        self._market = market
        self._width = len(header)
        self._cells = FactCells(header, market, decimal_sign=decimal_sign)
        if missing := [fact for fact in _NEEDED if fact not in self._cells.columns]:
            wanted = ", ".join(market.columns[fact][0] for fact in missing)
            raise Unreadable(
                f"there is no column for {wanted}; the columns found are {', '.join(header)[:200]}"
            )

    def fields(self, cells: Sequence[object]) -> dict[str, object]:
        """What a visitor would ask for the home of a row.

        Raises Unreadable for one cell too many or too few: some stand in a wrong column, and any
        price would be a guess; and for a home in another city. Empty ones at the end are none.
        """
        while len(cells) > self._width and cells[-1] in (None, ""):
            cells = cells[:-1]
        if len(cells) != self._width:
            shown = ", ".join(map(str, cells))[:200]
            raise Unreadable(
                f"has {len(cells)} cells, the header {self._width}: {shown}; "
                "perhaps a quote is not closed, or a separator is inside a value"
            )
        facts = self._cells.facts(cells)
        facts.pop("price", None)
        city = cell_text(str(facts.pop("city", "")))
        if is_other_city(city, self._market):
            raise Unreadable(f"is in {city}; homes in {self._market.city} are priced here")
        return {self._market.fields[fact]: value for fact, value in facts.items()}
