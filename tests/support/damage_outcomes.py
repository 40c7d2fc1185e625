"""What becomes of a damaged file when it is published, held against what its rows tell of."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from homeprices.datasets.clean import read_published
from homeprices.domain.errors import Declined, Unreadable
from homeprices.domain.listing import Listing
from homeprices.domain.versions import DatasetVersion
from homeprices.workflows.datasets import SourceFile, publish_dataset
from support.fakes import MemoryHomes
from support.listing_sheets import Sheet, written

# By so much may a number be off that was written in other units.
ROUNDING = 0.005


class Outcome(StrEnum):
    """What may become of a file; the last must never."""

    READ_RIGHT = "read right"
    REFUSED = "refused"
    PUBLISHED_WITH_LOSS = "published with loss"
    MISREAD = "misread"


@dataclass(frozen=True, slots=True)
class Reading:
    """An outcome, how many rows the file had, were kept and rejected, and what was said.

    `said` are the reasons of a refusal, what was told of a loss, or what was misread.
    """

    outcome: Outcome
    rows: int
    kept: int = 0
    rejected: int = 0
    said: tuple[str, ...] = ()


def reading(sheet: Sheet, truth: Sequence[Listing], homes: MemoryHomes) -> Reading:
    """What comes of publishing a sheet; `truth` are the listings that it had when it was good.

    Where it has the listings of the latest dataset, it is that one, with what was said of it.
    """
    rows, source = len(sheet.rows), SourceFile(written(sheet), "damaged.csv", simulated=True)
    try:
        manifest = publish_dataset(source, homes)
    except (Declined, Unreadable) as error:
        return Reading(Outcome.REFUSED, rows, said=(error.message,))
    version = DatasetVersion.parse(manifest.version)
    listings = read_published(homes.datasets.read(version), homes.market)
    rejected = sum(manifest.rejected.values())
    if false := untrue(listings, truth):
        said = tuple(f"nobody lists {home.home}, {home.price:g}" for home in false[:3])
        return Reading(Outcome.MISREAD, rows, len(listings), rejected, said)
    is_whole = len(listings) == len(truth)
    outcome = Outcome.READ_RIGHT if is_whole else Outcome.PUBLISHED_WITH_LOSS
    return Reading(outcome, rows, len(listings), rejected, tuple(manifest.mended))


def untrue(listings: Sequence[Listing], truth: Sequence[Listing]) -> list[Listing]:
    """The listings that are not in `truth`, each of which stands for one of them at most."""
    left = defaultdict(list)
    for home in truth:
        left[_names(home)].append(home)
    false = []
    for home in listings:
        alike = left[_names(home)]
        match = min(alike, key=lambda other: _apart(home, other), default=None)
        if match is None or _apart(home, match) > ROUNDING:
            false.append(home)
        else:
            alike.remove(match)
    return false


def _names(listing: Listing) -> tuple[str, int, float]:
    home = listing.home
    return home.locality.casefold().strip('", '), home.bedrooms, home.bathrooms


def _apart(first: Listing, second: Listing) -> float:
    """By what share area or price differ, whichever more."""
    return max(abs(first.home.area / second.home.area - 1), abs(first.price / second.price - 1))
