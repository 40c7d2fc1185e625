"""What damages do to how a file is written: separators, quotes, encodings, columns, other rows."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from support.harms_to_values import (
    Random,
    indian_groups,
    plain_number,
    price_of,
    some_rows,
    upper_rows,
)
from support.listing_sheets import Sheet, SheetRow

COMMON_NAMES = {
    "locality": "Locality Name",
    "bedrooms": "No. of Bedrooms",
    "area": "Area in sqft",
    "bathrooms": "Bathroom",
    "price": "Price (in lakhs)",
}
_POINT = re.compile(r"(?<=\d)\.(?=\d)")


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
    return sheet.with_cells("area", plain_number(lambda area: f"{area:,.10g}"))


def grouped_without_quotes(sheet: Sheet, random: Random) -> Sheet:
    return grouped(sheet, random).with_edit(
        lambda lines, _: [line.replace('"', "") for line in lines]
    )


def dearest_grouped_without_quotes(sheet: Sheet, _: Random) -> Sheet:
    rupees = plain_number(lambda lakh: f"§{indian_groups(lakh * 100_000)}§")
    marked = sheet.with_cells("price", rupees, upper_rows(sheet, price_of, 0.04))
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
    chosen = some_rows(sheet, random, 0.1)
    spare = sheet.with_cells("society", lambda cell: f"{cell} §", chosen)
    return spare.with_edit(lambda lines, _: [line.replace("§", '"') for line in lines])


# Encodings.


def in_utf16(sheet: Sheet, _: Random) -> Sheet:
    return replace(sheet, encoding="utf-16")


def in_windows_1252(sheet: Sheet, random: Random) -> Sheet:
    chosen = some_rows(sheet, random, 0.2)
    accented = sheet.with_cells("society", lambda cell: f"Café {cell}’s", chosen)
    return replace(accented, encoding="cp1252")


def unseen_signs(sheet: Sheet, random: Random) -> Sheet:
    for fact in ("locality", "bedrooms", "area", "bathrooms", "price"):
        chosen = some_rows(sheet, random, 0.3)
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


# Rows that are none of the market's homes.


def homes_elsewhere(sheet: Sheet, random: Random) -> Sheet:
    copied = [sheet.rows[i].cells for i in some_rows(sheet, random, 0.1)]
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
    copies = [sheet.rows[i] for i in some_rows(sheet, random, 0.2)]
    total = ["" for _ in sheet.header]
    total[0], total[sheet.facts.index("price")] = "Total", "1234567.5"
    more = sheet.with_rows([*sheet.rows, *copies, SheetRow(tuple(total), None)])
    return more.with_edit(lambda lines, _: [part for line in lines for part in (line, "")])
