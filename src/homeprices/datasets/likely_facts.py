"""What a row most likely tells whose values do not fit its header, to know what is lost with it.

No listing is made of it: whoever writes dear prices as 1,20,00,000 without quotes loses dear homes.
"""

from collections.abc import Iterator, Mapping, Sequence

from homeprices.datasets.columns import FactCells
from homeprices.datasets.read import RawRow
from homeprices.datasets.text_files import SEPARATORS, UNCLOSED_QUOTE, WRONG_NUMBER_OF_VALUES
from homeprices.domain.market import Market
from homeprices.domain.units import Unfit, read_area, read_listed_price, read_number
from homeprices.domain.written.text import cell_text

# A price in doubt is not guessed: of 1,20,00,000 each part is one.
_TOLD = ("locality", "bedrooms", "area")


def likely_facts(row: RawRow, width: int, cells: FactCells, market: Market) -> dict[str, str]:
    """Locality, bedrooms and area, as far as all that it may mean agrees; its facts if it is sound.

    Values were put in or left out at one place; those are likely by which most facts can be read.
    """
    values = row.fields
    if row.problem == UNCLOSED_QUOTE:
        line = values[0].replace('"', "")
        values = tuple(line.split(max(SEPARATORS, key=line.count)))
    elif row.problem != WRONG_NUMBER_OF_VALUES:
        return row.facts
    readings = [
        {fact: cell_text(str(said)) for fact, said in cells.facts(fitted).items()}
        for fitted in _fitted(values, width)
    ]
    scores = [sum(_can_be_read(facts, market)) for facts in readings]
    likely = [facts for facts, score in zip(readings, scores, strict=True) if score == max(scores)]
    return {fact: likely[0][fact] for fact in _TOLD if len({facts[fact] for facts in likely}) == 1}


def _fitted(values: Sequence[str], width: int) -> Iterator[Sequence[str]]:
    """The values with some left out, or empty ones put in, at each place."""
    spare = len(values) - width
    for place in range(min(len(values), width) + 1):
        yield [*values[:place], *[""] * -spare, *values[place + max(spare, 0) :]]


def _can_be_read(facts: Mapping[str, str], market: Market) -> Iterator[bool]:
    """For each of the facts that every listing has, whether it is one."""
    words = facts["locality"]
    yield any(map(str.isalpha, words)) and not _is_number(facts["locality"])
    for fact in ("bedrooms", "bathrooms"):
        number = facts[fact].split(" ")[0]
        yield _is_number(number) and float(number) in market.facts[fact].accepted
    try:
        yield read_area(facts["area"], market.area_units) in market.usual.area
    except Unfit:
        yield False
    try:
        yield read_listed_price(facts["price"], market.money) > 0
    except Unfit:
        yield False


def _is_number(text: str) -> bool:
    try:
        read_number(text)
    except Unfit:
        return False
    return True
