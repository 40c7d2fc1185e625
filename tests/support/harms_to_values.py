"""What damages do to values: their units, words beside them, and which rows are lost.

Which homes are dear, large or small is decided by the truth.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from homeprices.domain.listing import Listing
from support.listing_sheets import Sheet

Random = np.random.Generator
SQFT_A_SQUARE_METRE, SQFT_A_SQUARE_YARD = 10.7639, 9.0
NULL_WORDS = ("nan", "None", "NULL", "N/A", "-", "?", "#N/A", "Not Available")


def plain_number(change: Callable[[float], str]) -> Callable[[str], str]:
    """Changes plain numbers, and leaves all else as it stands."""

    def changed(cell: str) -> str:
        try:
            return change(float(cell))
        except ValueError:
            return cell

    return changed


def some_rows(sheet: Sheet, random: Random, share: float) -> list[int]:
    """Rows by chance; of copies all or none, so that they stay copies."""
    rolls: dict[int, float] = {}
    for row in sheet.rows:
        rolls.setdefault(id(row.truth), random.random())
    return [i for i, row in enumerate(sheet.rows) if rolls[id(row.truth)] < share]


def upper_rows(sheet: Sheet, value: Callable[[Listing], float], share: float) -> list[int]:
    """The rows whose listing is of the upper `share` by a value."""
    edge = float(np.quantile([value(home) for home in sheet.truths()], 1 - share))
    return sheet.where(lambda home: value(home) >= edge)


def price_of(home: Listing) -> float:
    return home.price


def area_of(home: Listing) -> float:
    return home.home.area


def commonest_rows(sheet: Sheet) -> list[int]:
    """The rows of the locality that has most."""
    name = Counter(home.home.locality for home in sheet.truths()).most_common(1)[0][0]
    return sheet.where(lambda home: home.home.locality == name)


def without_rows(sheet: Sheet, gone: Sequence[int]) -> Sheet:
    left = set(range(len(sheet.rows))) - set(gone)
    return sheet.with_rows([sheet.rows[i] for i in sorted(left)])


def indian_groups(number: float) -> str:
    """1250000 as "12,50,000"."""
    digits = str(round(number))
    head, tail = digits[:-3], digits[-3:]
    groups = [head[max(i - 2, 0) : i] for i in range(len(head), 0, -2)][::-1]
    return ",".join([*groups, tail])


def _in_rupees(lakh: float) -> str:
    return str(round(lakh * 100_000))


# Units of prices and areas.


def dear_in_crore(sheet: Sheet, _: Random) -> Sheet:
    in_crore = plain_number(lambda lakh: f"{lakh / 100:.10g} Cr" if lakh >= 100 else f"{lakh:g}")
    return sheet.with_cells("price", in_crore)


def in_grouped_rupees(sheet: Sheet, _: Random) -> Sheet:
    return sheet.with_cells(
        "price", plain_number(lambda lakh: f"₹ {indian_groups(lakh * 100_000)}")
    )


def tenth_in_rupees(sheet: Sheet, random: Random) -> Sheet:
    return sheet.with_cells("price", plain_number(_in_rupees), some_rows(sheet, random, 0.1))


def tenth_in_bare_crore(sheet: Sheet, random: Random) -> Sheet:
    bare = plain_number(lambda lakh: f"{lakh / 100:.10g}")
    return sheet.with_cells("price", bare, some_rows(sheet, random, 0.1))


def in_square_metres(sheet: Sheet, _: Random) -> Sheet:
    return sheet.with_cells("area", plain_number(lambda a: f"{a / SQFT_A_SQUARE_METRE:.3f} sq m"))


def large_in_square_yards(sheet: Sheet, _: Random) -> Sheet:
    in_yards = plain_number(lambda area: f"{area / SQFT_A_SQUARE_YARD:.3f} square yards")
    return sheet.with_cells("area", in_yards, upper_rows(sheet, area_of, 0.2))


def tenth_in_bare_square_metres(sheet: Sheet, random: Random) -> Sheet:
    bare = plain_number(lambda area: f"{area / SQFT_A_SQUARE_METRE:.3f}")
    return sheet.with_cells("area", bare, some_rows(sheet, random, 0.1))


def in_ranges(sheet: Sheet, random: Random) -> Sheet:
    def ranged(area: float) -> str:
        return f"{area - 50:g} – {area + 50:g} sft"

    return sheet.with_cells("area", plain_number(ranged), some_rows(sheet, random, 0.3))


# Words for nothing, and beside numbers.


def words_for_nothing(sheet: Sheet, random: Random) -> Sheet:
    for fact in ("society", "balconies"):
        sheet = sheet.with_cells(fact, lambda cell: cell or str(random.choice(NULL_WORDS)))
    for fact in ("locality", "area", "bathrooms", "price"):
        chosen = some_rows(sheet, random, 0.006)
        sheet = sheet.with_cells(fact, lambda _: str(random.choice(NULL_WORDS)), chosen)
    return sheet


def sizes_in_words(sheet: Sheet, random: Random) -> Sheet:
    def worded(cell: str) -> str:
        return f"{cell} Apartment" if cell.endswith("BHK") else cell

    return sheet.with_cells("bedrooms", worded, some_rows(sheet, random, 0.8))


def half_bedrooms(sheet: Sheet, random: Random) -> Sheet:
    def halved(cell: str) -> str:
        return cell.replace(" ", ".5 ", 1)

    return sheet.with_cells("bedrooms", halved, some_rows(sheet, random, 0.1))


# What is lost is of one kind.


def dear_on_request(sheet: Sheet, _: Random) -> Sheet:
    return sheet.with_cells("price", lambda _: "on request", upper_rows(sheet, price_of, 0.045))


def locality_without_areas(sheet: Sheet, _: Random) -> Sheet:
    return sheet.with_cells("area", lambda _: "", commonest_rows(sheet))


def many_bedrooms_unread(sheet: Sheet, _: Random) -> Sheet:
    large = sheet.where(lambda home: home.home.bedrooms >= 5)
    return sheet.with_cells("bathrooms", lambda _: "several", large[: len(sheet.rows) // 25])


def small_without_baths(sheet: Sheet, _: Random) -> Sheet:
    small = upper_rows(sheet, lambda home: -home.home.area, 0.045)
    return sheet.with_cells("bathrooms", lambda _: "", small)


def dear_cut_away(sheet: Sheet, _: Random) -> Sheet:
    return without_rows(sheet, upper_rows(sheet, price_of, 0.2))


def locality_cut_away(sheet: Sheet, _: Random) -> Sheet:
    return without_rows(sheet, commonest_rows(sheet))


def cut_short(sheet: Sheet, _: Random) -> Sheet:
    return sheet.with_rows(sheet.rows[: len(sheet.rows) * 3 // 5])
