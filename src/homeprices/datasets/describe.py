"""How the listings of a dataset spread, and what was not as it should be in their file.

The spread is the reference that traffic is compared with; bins are frozen here. Localities are
counted by their keys, so that traffic must be keyed the same way (`traffic_features`).
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from homeprices.datasets.clean import Cleaned, RejectReason
from homeprices.datasets.read import RawListings, columns_of
from homeprices.domain.drift import NameBins, NumberBins, Profile
from homeprices.domain.listing import Listing
from homeprices.domain.locality import locality_key
from homeprices.domain.market import Market

LARGEST_LOCALITIES = 15
_BEDROOM_EDGES = [2.0, 3.0, 4.0, 5.0]
_BATHROOM_EDGES = [2.0, 3.0, 4.0]
_TENTHS = np.arange(0.1, 0.95, 0.1)
_ENCODINGS = {
    "utf-8-sig": "a byte-order mark at its start was skipped",
    "latin-1": "it was read as Latin-1, for it is not UTF-8: look at names with accents",
}
_FACT = {
    RejectReason.LOCALITY_MISSING: "locality",
    RejectReason.AREA_UNREADABLE: "area",
    RejectReason.BEDROOMS_UNREADABLE: "bedrooms",
    RejectReason.BEDROOMS_OUT_OF_RANGE: "bedrooms",
    RejectReason.BATHROOMS_UNREADABLE: "bathrooms",
    RejectReason.BATHROOMS_OUT_OF_RANGE: "bathrooms",
    RejectReason.PRICE_UNREADABLE: "price",
}
_MOST_NAMES = 5


def describe(listings: Sequence[Listing], market: Market) -> Profile:
    """The reference profile of `listings`."""
    homes = [listing.home for listing in listings]
    areas = [home.area for home in homes]
    rooms = [home.area / home.bedrooms for home in homes]
    keys = Counter(locality_key(home.locality, market) for home in homes)
    largest = sorted(keys, key=lambda key: (-keys[key], key))[:LARGEST_LOCALITIES]
    rest = len(homes) - sum(keys[name] for name in largest)
    return Profile(
        numbers={
            "area": _bins(areas, _tenths(areas)),
            "area_per_bedroom": _bins(rooms, _tenths(rooms)),
            "bedrooms": _bins([home.bedrooms for home in homes], _BEDROOM_EDGES),
            "bathrooms": _bins([home.bathrooms for home in homes], _BATHROOM_EDGES),
        },
        names={"locality": NameBins(largest, [*(keys[name] for name in largest), rest])},
    )


def _tenths(values: Sequence[float]) -> list[float]:
    """Edges between tenths; equal ones are one edge."""
    edges = np.unique(np.round(np.quantile(np.asarray(values, float), _TENTHS), 1))
    return [float(edge) for edge in edges]


def _bins(values: Sequence[float], edges: list[float]) -> NumberBins:
    places = np.searchsorted(edges, np.asarray(values, float), side="right")
    return NumberBins(edges, np.bincount(places, minlength=len(edges) + 1).tolist())


def import_warnings(raw: RawListings, cleaned: Cleaned, market: Market) -> list[str]:
    """Sentences about the encoding, columns that are missing, and rows that were left out."""
    encoding = [_ENCODINGS[raw.encoding]] if raw.encoding in _ENCODINGS else []
    columns = _columns(raw, market) + _not_kept(raw, market)
    return encoding + columns + _left_out(raw, cleaned, market)


def _columns(raw: RawListings, market: Market) -> list[str]:
    """Optional facts that no column gives, beside the columns that gave none."""
    columns = columns_of(raw.header, market)
    absent = [
        market.columns[fact][0]
        for fact in market.published
        if fact not in {*columns, *market.needed_columns}
    ]
    unused = [name for i, name in enumerate(raw.header) if i not in columns.values()]
    if not absent or not unused:
        return []
    return [
        f"no column is called {' or '.join(absent)}, and nothing was made of the columns "
        f"{', '.join(unused[:_MOST_NAMES])}: rename one if it was meant"
    ]


def _not_kept(raw: RawListings, market: Market) -> list[str]:
    """Facts that the file gives and a published dataset of this market does not hold."""
    kept = {*market.published, market.size_fact[0]}
    names = [
        raw.header[i] for fact, i in columns_of(raw.header, market).items() if fact not in kept
    ]
    if not names:
        return []
    return [
        f"not kept: {', '.join(names)}; a dataset holds what `published` names in the file of the "
        f"market {market.name}"
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
    if reason is RejectReason.DUPLICATE:
        return "each is the copy of a row before it"
    fact = _FACT[reason]
    column = market.columns[fact][0]
    if reason is RejectReason.LOCALITY_MISSING:
        return f"{column} is missing"
    if reason in {RejectReason.BEDROOMS_OUT_OF_RANGE, RejectReason.BATHROOMS_OUT_OF_RANGE}:
        bounds = market.facts[fact].bounds
        return f"{column} is not {bounds}"
    return f"{column} is missing or no number that can be used"
