"""What stands in the fields of answers, in words and in the units of the market."""

import tomllib
from collections.abc import Mapping
from importlib import resources

from homeprices.domain.market import Market

ANY = "any"


class FieldWords:
    """What stands in the fields of answers."""

    def __init__(self, words: Mapping[str, Mapping[str, str]], market: Market) -> None:
        self._words = words
        self._units = {
            "price": market.money.price_unit,
            "area": market.area_unit,
            "symbol": market.money.symbol,
        }

    def field(self, schema: str, field: str) -> str | None:
        """The words for a field; None where nobody has written any.

        An answer that is a price has the words of `Price`.
        """
        tables = (schema, "Price", ANY) if schema == "Answer" else (schema, ANY)
        said = next(
            (self._words[t][field] for t in tables if field in self._words.get(t, {})), None
        )
        return None if said is None else said.format(**self._units)

    def named(self) -> list[tuple[str, str]]:
        """Every field that has words of its own, with its schema."""
        tables = self._words.items()
        return [(table, field) for table, told in tables if table != ANY for field in told]


def field_words(market: Market) -> FieldWords:
    """The words of `fields.toml` in the units of a market."""
    file = resources.files(__package__ or "").joinpath("fields.toml")
    return FieldWords(tomllib.loads(file.read_text(encoding="utf-8")), market)
