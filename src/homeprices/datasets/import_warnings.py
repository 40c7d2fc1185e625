"""What is not in a dataset as it stood in its file, in sentences: nothing is lost in silence."""

from collections import Counter
from collections.abc import Callable, Sequence

from homeprices.datasets.clean import Cleaned, RejectReason, kept_facts
from homeprices.datasets.columns import column_key, columns_of, read_header
from homeprices.datasets.decimals import COMMA, with_points
from homeprices.datasets.read import RawListings, RawRow
from homeprices.datasets.validate import out_of_scale
from homeprices.domain.market import AREA_UNIT, FactSpec, Market
from homeprices.domain.units import Unfit, counted, is_currency, read_number
from homeprices.domain.written.facts import fact_reader
from homeprices.domain.written.sizes import read_size
from homeprices.domain.written.text import cell_text

_ENCODINGS = {
    "utf-8-sig": "a byte-order mark at its start was skipped",
    "utf-16": "it was read as UTF-16",
    "cp1252": "it was read as Windows-1252, for it is not UTF-8: look at names with accents",
    "latin-1": "it was read as Latin-1, for it is not UTF-8: look at names with accents",
}
_FACT = {
    RejectReason.OTHER_CITY: "city",
    RejectReason.UNKNOWN_CITY: "city",
    RejectReason.LOCALITY_MISSING: "locality",
    RejectReason.AREA_UNREADABLE: "area",
    RejectReason.BEDROOMS_UNREADABLE: "bedrooms",
    RejectReason.BEDROOMS_OUT_OF_RANGE: "bedrooms",
    RejectReason.BATHROOMS_UNREADABLE: "bathrooms",
    RejectReason.BATHROOMS_OUT_OF_RANGE: "bathrooms",
    RejectReason.PRICE_UNREADABLE: "price",
}
_WHY = {
    RejectReason.REPEATED_HEADER: "it is the header again",
    RejectReason.DUPLICATE: "each is the copy of a row before it",
    RejectReason.UNCLOSED_QUOTE: "a quote is opened and not closed",
    RejectReason.WRONG_NUMBER_OF_VALUES: "it has more or fewer values than the header",
    RejectReason.VALUE_TOO_LONG: "a value is too long to be one; perhaps a quote is not closed",
    RejectReason.FACT_UNREADABLE: "a fact that is required is missing or cannot be read",
}
_MOST_NAMES = 5


def import_warnings(raw: RawListings, cleaned: Cleaned, market: Market) -> list[str]:
    """Sentences about all that is not in the dataset as it stood in the file."""
    encoding = [_ENCODINGS[raw.encoding]] if raw.encoding in _ENCODINGS else []
    sign = ["its numbers have decimal commas"] if raw.decimal_sign == COMMA else []
    columns = _units(raw, market) + _columns(raw, market) + _not_kept(raw, market) + _doubled(raw)
    made = _halves(raw, market) + _in_currency(raw, market) + _facts_lost(raw, cleaned, market)
    made += _out_of_scale(cleaned, market)
    return encoding + sign + columns + made + _left_out(raw, cleaned, market)


def _columns(raw: RawListings, market: Market) -> list[str]:
    """Columns of which nothing was made, and the facts that one may have been meant for."""
    columns = columns_of(raw.header, market)
    unused = [i for i in range(len(raw.header)) if i not in columns.values()]
    absent = [
        market.columns[fact][0]
        for fact in market.published
        if fact not in {*columns, *market.needed_columns}
    ]
    if not unused:
        return []
    listed = _with_counts(unused, raw)
    meant = f"; no column is called {' or '.join(absent)}: rename one if it was meant"
    return [f"nothing was made of the columns {listed}{meant if absent else ''}"]


def _with_counts(places: Sequence[int], raw: RawListings) -> str:
    """The names of columns, each with how many rows say something there."""
    names = [f"{raw.header[i] or '(no name)'} ({_filled(i, raw):,} filled)" for i in places]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def _filled(place: int, raw: RawListings) -> int:
    return sum(not row.problem and cell_text(row.fields[place]) != "" for row in raw.rows)


def _units(raw: RawListings, market: Market) -> list[str]:
    """Units other than the market's that the names of columns say."""
    sizes = {"area": market.area_units, "price": market.money.units}
    return [
        f"the column {raw.header[column.place]} says its unit: values that name none are in "
        f"{column.unit}"
        for fact, column in read_header(raw.header, market).items()
        if sizes.get(fact, {}).get(column.unit, 1) != 1
        and not (fact == "price" and is_currency(column.unit, market.money))
    ]


def _doubled(raw: RawListings) -> list[str]:
    """Names that several columns have; the first of them was read."""
    counts = Counter(map(column_key, raw.header))
    keys = {column_key(name): name for name in reversed(raw.header)}
    doubled = [keys[key] for key, count in counts.items() if key and count > 1]
    if not doubled:
        return []
    return [f"several columns are called {', '.join(doubled[:_MOST_NAMES])}: the first was read"]


def _halves(raw: RawListings, market: Market) -> list[str]:
    """Half bedrooms that were left out."""
    sizes = [(row, read_size(row.facts.get("bedrooms", ""), market)) for row in raw.rows]
    halves = [row for row, size in sizes if size is not None and size.has_half]
    if not halves:
        return []
    written = halves[0].facts["bedrooms"]
    return [
        f"{counted(len(halves), 'row')} with half a bedroom, such as {written!r} in line "
        f"{halves[0].line:,}: the half, a study, was left out"
    ]


def _in_currency(raw: RawListings, market: Market) -> list[str]:
    """Plain prices that no home costs in the unit of prices, and that count the currency."""
    money = market.money
    if money.units_of_currency == 1:
        return []
    place = columns_of(raw.header, market)["price"]
    cells = [cell_text(row.fields[place]) for row in raw.rows if not row.problem]
    if raw.decimal_sign == COMMA:
        cells = [with_points(cell) for cell in cells]
    count = sum(_is_large(cell, money.units_of_currency) for cell in cells)
    if not count:
        return []
    return [
        f"{counted(count, 'price')} of {money.units_of_currency:,.0f} and more, without a unit, "
        f"taken for {money.currency}"
    ]


def _out_of_scale(cleaned: Cleaned, market: Market) -> list[str]:
    """Listings that are kept, though they may be told in another unit than the others."""
    odd = out_of_scale(cleaned.listings, market)
    if not odd:
        return []
    home = odd[0].home
    return [
        f"{counted(len(odd), 'listing')} kept with a price that is hard to believe for the area, "
        f"or an area for the bedrooms, such as {home.area:,.6g} {market.area_words} with "
        f"{counted(home.bedrooms, 'bedroom')} in {home.locality} for {odd[0].price:,.6g} "
        f"{market.money.price_unit}"
    ]


def _is_large(price: str, least: float) -> bool:
    try:
        return read_number(price) >= least
    except Unfit:
        return False


def _facts_lost(raw: RawListings, cleaned: Cleaned, market: Market) -> list[str]:
    """Optional facts that say nothing, or nothing that can be read; their rows go without them."""
    rejected = {id(rejection.row) for rejection in cleaned.rejections}
    rows = [row for row in raw.rows if id(row) not in rejected]
    columns = columns_of(raw.header, market)
    facts = [fact for fact in market.optional_facts if fact in kept_facts(market) & columns.keys()]
    empty = [f"{raw.header[columns[fact]]} ({n:,})" for fact in facts if (n := _empty(rows, fact))]
    lost = [_fact_lost(rows, fact, market.facts[fact]) for fact in facts]
    nothing = f"of {counted(len(rows), 'listing')} some say nothing of {', '.join(empty)}"
    return [nothing] * bool(empty) + [sentence for sentence in lost if sentence]


def _empty(rows: Sequence[RawRow], fact: str) -> int:
    return sum(not row.facts.get(fact) for row in rows)


def _fact_lost(rows: Sequence[RawRow], fact: str, spec: FactSpec) -> str:
    read = fact_reader(spec)
    lost = Counter(
        cell for row in rows if (cell := row.facts.get(fact, "")) and not _can_be_read(read, cell)
    )
    if not lost:
        return ""
    shown = ", ".join(f"{cell[:40]!r} ({count:,})" for cell, count in lost.most_common(_MOST_NAMES))
    return (
        f"{counted(lost.total(), 'row')} kept without {spec.columns[0]}, which cannot be read: "
        f"{shown}"
    )


def _can_be_read(read: Callable[[object], object], cell: str) -> bool:
    try:
        read(cell)
    except Unfit:
        return False
    return True


def _not_kept(raw: RawListings, market: Market) -> list[str]:
    """Facts that the file gives and a published dataset of this market does not hold."""
    kept = {*kept_facts(market), "city", AREA_UNIT}
    places = [i for fact, i in columns_of(raw.header, market).items() if fact not in kept]
    if not places:
        return []
    return [
        f"not kept: {_with_counts(places, raw)}; a dataset holds what `published` names "
        f"in the file of the market {market.name}"
    ]


def _left_out(raw: RawListings, cleaned: Cleaned, market: Market) -> list[str]:
    """Each reason with how many rows it cost, and where the first of them is."""
    warnings = []
    for reason in RejectReason:
        lines = [row.row.line for row in cleaned.rejections if row.reason is reason]
        if lines:
            share = 100 * len(lines) / len(raw.rows)
            warnings.append(
                f"{len(lines):,} of {len(raw.rows):,} rows ({share:.1f} %) left out: "
                f"{_why(reason, market)}; the first is in line {lines[0]:,}"
            )
    return warnings


def _why(reason: RejectReason, market: Market) -> str:
    if reason in _WHY:
        return _WHY[reason]
    fact = _FACT[reason]
    column = market.columns[fact][0]
    if reason is RejectReason.LOCALITY_MISSING:
        return f"{column} is missing"
    if reason is RejectReason.OTHER_CITY:
        return f"{column} is not {market.city}"
    if reason is RejectReason.UNKNOWN_CITY:
        return f"{column} is neither {market.city} nor a city that the market knows"
    if reason in {RejectReason.BEDROOMS_OUT_OF_RANGE, RejectReason.BATHROOMS_OUT_OF_RANGE}:
        bounds = market.facts[fact].bounds
        return f"{column} is not {bounds}"
    return f"{column} is missing or no number that can be used"
