"""Forty ways in which good listing files come to harm, one at a time or two after each other.

Each is a function of a sheet and a random generator; the same seed damages the same file alike.
What a row tells of (`SheetRow.truth`) stays with it, so that each value that is read can be held
against it. Which homes are dear, large or small is decided by the truth.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from homeprices.domain.listing import Listing
from support.listing_sheets import Sheet, SheetRow

Random = np.random.Generator
SQFT_A_SQUARE_METRE, SQFT_A_SQUARE_YARD = 10.7639, 9.0
COMMON_NAMES = {
    "locality": "Locality Name",
    "bedrooms": "No. of Bedrooms",
    "area": "Area in sqft",
    "bathrooms": "Bathroom",
    "price": "Price (in lakhs)",
}
_POINT = re.compile(r"(?<=\d)\.(?=\d)")
NULL_WORDS = ("nan", "None", "NULL", "N/A", "-", "?", "#N/A", "Not Available")


@dataclass(frozen=True, slots=True)
class Damage:
    """What happens to a sheet, under a name; damages of a kind are told together."""

    kind: str
    name: str
    harm: Callable[[Sheet, Random], Sheet]


def damaged(sheet: Sheet, damages: Sequence[Damage], seed: int) -> Sheet:
    """The sheet after each damage in turn; each draws from its own name and the seed."""
    for damage in damages:
        sheet = damage.harm(sheet, np.random.default_rng([seed, *damage.name.encode()]))
    return sheet


def pairs(count: int, seed: int) -> list[tuple[Damage, Damage]]:
    """So many different pairs of two damages, in an order that matters."""
    random, drawn = np.random.default_rng(seed), {}
    while len(drawn) < count:
        first, second = random.choice(len(DAMAGES), 2, replace=False).tolist()
        drawn[first, second] = (DAMAGES[first], DAMAGES[second])
    return list(drawn.values())


def _number(change: Callable[[float], str]) -> Callable[[str], str]:
    """Changes plain numbers, and leaves all else as it stands."""

    def changed(cell: str) -> str:
        try:
            return change(float(cell))
        except ValueError:
            return cell

    return changed


def _some(sheet: Sheet, random: Random, share: float) -> list[int]:
    """Rows by chance; of copies all or none, so that they stay copies."""
    rolls: dict[int, float] = {}
    for row in sheet.rows:
        rolls.setdefault(id(row.truth), random.random())
    return [i for i, row in enumerate(sheet.rows) if rolls[id(row.truth)] < share]


def _upper(sheet: Sheet, value: Callable[[Listing], float], share: float) -> list[int]:
    """The rows whose listing is of the upper `share` by a value."""
    edge = float(np.quantile([value(home) for home in sheet.truths()], 1 - share))
    return sheet.where(lambda home: value(home) >= edge)


def _price(home: Listing) -> float:
    return home.price


def _area(home: Listing) -> float:
    return home.home.area


def _commonest(sheet: Sheet) -> list[int]:
    """The rows of the locality that has most."""
    name = Counter(home.home.locality for home in sheet.truths()).most_common(1)[0][0]
    return sheet.where(lambda home: home.home.locality == name)


def _without(sheet: Sheet, gone: Sequence[int]) -> Sheet:
    left = set(range(len(sheet.rows))) - set(gone)
    return sheet.with_rows([sheet.rows[i] for i in sorted(left)])


def _indian(number: float) -> str:
    """1250000 as "12,50,000"."""
    digits = str(round(number))
    head, tail = digits[:-3], digits[-3:]
    groups = [head[max(i - 2, 0) : i] for i in range(len(head), 0, -2)][::-1]
    return ",".join([*groups, tail])


def _in_rupees(lakh: float) -> str:
    return str(round(lakh * 100_000))


# Units of prices and areas.


def dear_in_crore(sheet: Sheet, _: Random) -> Sheet:
    in_crore = _number(lambda lakh: f"{lakh / 100:.10g} Cr" if lakh >= 100 else f"{lakh:g}")
    return sheet.with_cells("price", in_crore)


def in_grouped_rupees(sheet: Sheet, _: Random) -> Sheet:
    return sheet.with_cells("price", _number(lambda lakh: f"₹ {_indian(lakh * 100_000)}"))


def tenth_in_rupees(sheet: Sheet, random: Random) -> Sheet:
    return sheet.with_cells("price", _number(_in_rupees), _some(sheet, random, 0.1))


def tenth_in_bare_crore(sheet: Sheet, random: Random) -> Sheet:
    bare = _number(lambda lakh: f"{lakh / 100:.10g}")
    return sheet.with_cells("price", bare, _some(sheet, random, 0.1))


def in_square_metres(sheet: Sheet, _: Random) -> Sheet:
    return sheet.with_cells("area", _number(lambda a: f"{a / SQFT_A_SQUARE_METRE:.3f} sq m"))


def large_in_square_yards(sheet: Sheet, _: Random) -> Sheet:
    in_yards = _number(lambda area: f"{area / SQFT_A_SQUARE_YARD:.3f} square yards")
    return sheet.with_cells("area", in_yards, _upper(sheet, _area, 0.2))


def tenth_in_bare_square_metres(sheet: Sheet, random: Random) -> Sheet:
    bare = _number(lambda area: f"{area / SQFT_A_SQUARE_METRE:.3f}")
    return sheet.with_cells("area", bare, _some(sheet, random, 0.1))


def in_ranges(sheet: Sheet, random: Random) -> Sheet:
    def ranged(area: float) -> str:
        return f"{area - 50:g} – {area + 50:g} sft"

    return sheet.with_cells("area", _number(ranged), _some(sheet, random, 0.3))


# Separators, and the signs in numbers.


def with_semicolons(sheet: Sheet, _: Random) -> Sheet:
    for fact in ("area", "price"):
        sheet = sheet.with_cells(fact, lambda cell: _POINT.sub(",", cell))
    return replace(sheet, separator=";")


def with_tabs(sheet: Sheet, _: Random) -> Sheet:
    return replace(sheet, separator="\t")


def as_a_spreadsheet(sheet: Sheet, _: Random) -> Sheet:
    named = replace(sheet, separator="|", encoding="utf-8-sig", line_end="\r\n")
    return named.with_edit(lambda lines, separator: [f"sep={separator}", *lines])


def grouped(sheet: Sheet, _: Random) -> Sheet:
    return sheet.with_cells("area", _number(lambda area: f"{area:,.10g}"))


def grouped_without_quotes(sheet: Sheet, random: Random) -> Sheet:
    return grouped(sheet, random).with_edit(
        lambda lines, _: [line.replace('"', "") for line in lines]
    )


def dearest_grouped_without_quotes(sheet: Sheet, _: Random) -> Sheet:
    rupees = _number(lambda lakh: f"§{_indian(lakh * 100_000)}§")
    marked = sheet.with_cells("price", rupees, _upper(sheet, _price, 0.04))
    return marked.with_edit(
        lambda lines, _: [line.replace('"§', "").replace('§"', "") for line in lines]
    )


# Quotes.


def _on_some_lines(
    sheet: Sheet, random: Random, share: float, change: Callable[[str, str], str]
) -> Sheet:
    """The sheet in which lines below the header are changed as they are written."""
    seed = int(random.integers(1 << 32))

    def edit(lines: list[str], separator: str) -> list[str]:
        chosen = np.random.default_rng(seed).random(len(lines)) < share
        chosen[:2] = False
        return [
            change(line, separator) if is_chosen else line
            for line, is_chosen in zip(lines, chosen, strict=True)
        ]

    return sheet.with_edit(edit)


def never_closed(sheet: Sheet, random: Random) -> Sheet:
    return _on_some_lines(sheet, random, 0.01, lambda line, _: f'"{line}')


def curly_quotes(sheet: Sheet, _: Random) -> Sheet:
    for fact in ("locality", "society"):
        sheet = sheet.with_cells(fact, lambda cell: f"“{cell}”" if cell else cell)
    return sheet


def lines_in_quotes(sheet: Sheet, _: Random) -> Sheet:
    def quoted(line: str) -> str:
        doubled = line.replace('"', '""')
        return f'"{doubled}"'

    return sheet.with_edit(lambda lines, _: [quoted(line) for line in lines])


def spare_quotes(sheet: Sheet, random: Random) -> Sheet:
    chosen = _some(sheet, random, 0.1)
    spare = sheet.with_cells("society", lambda cell: f"{cell} §", chosen)
    return spare.with_edit(lambda lines, _: [line.replace("§", '"') for line in lines])


# Encodings.


def in_utf16(sheet: Sheet, _: Random) -> Sheet:
    return replace(sheet, encoding="utf-16")


def in_windows_1252(sheet: Sheet, random: Random) -> Sheet:
    chosen = _some(sheet, random, 0.2)
    accented = sheet.with_cells("society", lambda cell: f"Café {cell}’s", chosen)
    return replace(accented, encoding="cp1252")


def unseen_signs(sheet: Sheet, random: Random) -> Sheet:
    for fact in ("locality", "bedrooms", "area", "bathrooms", "price"):
        chosen = _some(sheet, random, 0.3)
        sheet = sheet.with_cells(fact, lambda cell: f"\u00a0{cell}\u200b ", chosen)
        sheet = sheet.with_cells(fact, lambda cell: cell.replace(" ", "\u00a0"), chosen)
    return sheet


def cut_in_a_letter(sheet: Sheet, _: Random) -> Sheet:
    return replace(sheet, encoding="utf-16", cut_bytes=1)


# Columns.


def value_too_many(sheet: Sheet, random: Random) -> Sheet:
    return _on_some_lines(sheet, random, 0.02, lambda line, separator: f"{line}{separator}x")


def value_too_few(sheet: Sheet, random: Random) -> Sheet:
    return _on_some_lines(
        sheet, random, 0.02, lambda line, separator: line.partition(separator)[2] or line
    )


def renamed_in_another_order(sheet: Sheet, random: Random) -> Sheet:
    order = random.permutation(len(sheet.header)).tolist()
    names = [
        COMMON_NAMES.get(fact, name) for fact, name in zip(sheet.facts, sheet.header, strict=True)
    ]
    return replace(
        sheet,
        header=tuple(names[i] for i in order),
        facts=tuple(sheet.facts[i] for i in order),
        rows=tuple(replace(row, cells=tuple(row.cells[i] for i in order)) for row in sheet.rows),
    )


def price_twice(sheet: Sheet, _: Random) -> Sheet:
    place = sheet.facts.index("price")
    rows = [replace(row, cells=(*row.cells, f"{row.cells[place]}0")) for row in sheet.rows]
    header = (*sheet.header, sheet.header[place])
    return replace(sheet, header=header, facts=(*sheet.facts, ""), rows=tuple(rows))


def header_again(sheet: Sheet, _: Random) -> Sheet:
    rows = list(sheet.rows)
    for third in (2, 1):
        rows.insert(third * len(sheet.rows) // 3, SheetRow(sheet.header, None))
    return sheet.with_rows(rows)


def header_missing(sheet: Sheet, _: Random) -> Sheet:
    first, *rows = sheet.rows
    return replace(sheet, header=first.cells, rows=tuple(rows))


# Words for nothing, and beside numbers.


def words_for_nothing(sheet: Sheet, random: Random) -> Sheet:
    for fact in ("society", "balconies"):
        sheet = sheet.with_cells(fact, lambda cell: cell or str(random.choice(NULL_WORDS)))
    for fact in ("locality", "area", "bathrooms", "price"):
        chosen = _some(sheet, random, 0.006)
        sheet = sheet.with_cells(fact, lambda _: str(random.choice(NULL_WORDS)), chosen)
    return sheet


def sizes_in_words(sheet: Sheet, random: Random) -> Sheet:
    def worded(cell: str) -> str:
        return f"{cell} Apartment" if cell.endswith("BHK") else cell

    return sheet.with_cells("bedrooms", worded, _some(sheet, random, 0.8))


def half_bedrooms(sheet: Sheet, random: Random) -> Sheet:
    def halved(cell: str) -> str:
        return cell.replace(" ", ".5 ", 1)

    return sheet.with_cells("bedrooms", halved, _some(sheet, random, 0.1))


# What is lost is of one kind.


def dear_on_request(sheet: Sheet, _: Random) -> Sheet:
    return sheet.with_cells("price", lambda _: "on request", _upper(sheet, _price, 0.045))


def locality_without_areas(sheet: Sheet, _: Random) -> Sheet:
    return sheet.with_cells("area", lambda _: "", _commonest(sheet))


def many_bedrooms_unread(sheet: Sheet, _: Random) -> Sheet:
    large = sheet.where(lambda home: home.home.bedrooms >= 5)
    return sheet.with_cells("bathrooms", lambda _: "several", large[: len(sheet.rows) // 25])


def small_without_baths(sheet: Sheet, _: Random) -> Sheet:
    small = _upper(sheet, lambda home: -home.home.area, 0.045)
    return sheet.with_cells("bathrooms", lambda _: "", small)


def dear_cut_away(sheet: Sheet, _: Random) -> Sheet:
    return _without(sheet, _upper(sheet, _price, 0.2))


def locality_cut_away(sheet: Sheet, _: Random) -> Sheet:
    return _without(sheet, _commonest(sheet))


def cut_short(sheet: Sheet, _: Random) -> Sheet:
    return sheet.with_rows(sheet.rows[: len(sheet.rows) * 3 // 5])


# Rows that are none of the market's homes.


def homes_elsewhere(sheet: Sheet, random: Random) -> Sheet:
    copied = [sheet.rows[i].cells for i in _some(sheet, random, 0.1)]
    rows = [replace(row, cells=(*row.cells, "Bengaluru")) for row in sheet.rows]
    rows += [SheetRow((*cells, "Chennai"), None) for cells in copied]
    order = random.permutation(len(rows)).tolist()
    return replace(
        sheet,
        header=(*sheet.header, "City"),
        facts=(*sheet.facts, "city"),
        rows=tuple(rows[i] for i in order),
    )


def copies_and_a_total(sheet: Sheet, random: Random) -> Sheet:
    copies = [sheet.rows[i] for i in _some(sheet, random, 0.2)]
    total = ["" for _ in sheet.header]
    total[0], total[sheet.facts.index("price")] = "Total", "1234567.5"
    more = sheet.with_rows([*sheet.rows, *copies, SheetRow(tuple(total), None)])
    return more.with_edit(lambda lines, _: [part for line in lines for part in (line, "")])


_KINDS: dict[str, tuple[Callable[[Sheet, Random], Sheet], ...]] = {
    "units": (
        dear_in_crore,
        in_grouped_rupees,
        tenth_in_rupees,
        tenth_in_bare_crore,
        in_square_metres,
        large_in_square_yards,
        tenth_in_bare_square_metres,
        in_ranges,
    ),
    "separators": (
        with_semicolons,
        with_tabs,
        as_a_spreadsheet,
        grouped,
        grouped_without_quotes,
        dearest_grouped_without_quotes,
    ),
    "quotes": (never_closed, curly_quotes, lines_in_quotes, spare_quotes),
    "encodings": (in_utf16, in_windows_1252, unseen_signs, cut_in_a_letter),
    "columns": (
        value_too_many,
        value_too_few,
        renamed_in_another_order,
        price_twice,
        header_again,
        header_missing,
    ),
    "words": (words_for_nothing, sizes_in_words, half_bedrooms),
    "loss of one kind": (
        dear_on_request,
        locality_without_areas,
        many_bedrooms_unread,
        small_without_baths,
        dear_cut_away,
        locality_cut_away,
        cut_short,
    ),
    "other rows": (homes_elsewhere, copies_and_a_total),
}
DAMAGES = tuple(
    Damage(kind, harm.__name__.replace("_", " "), harm)
    for kind, harms in _KINDS.items()
    for harm in harms
)
