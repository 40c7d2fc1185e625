"""What happens in the month: how prices move, and which listing files are published when."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

# Sizes and days differ a little from seed to seed, so that no rule can be fitted to them.
SIZE_GIVE, DAY_GIVE = 0.1, 0.2


class FileKind(StrEnum):
    """What a listing file is beside the market at its day."""

    FRESH = "fresh"
    BIASED = "biased"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class MarketMove:
    """From `day` on prices move to `size` (log) in this share of the localities, within a day.

    `name` decides which localities: two moves of one name are of the same ones.
    """

    name: str
    day: float
    size: float
    localities: float


@dataclass(frozen=True, slots=True)
class ListingFile:
    """`rows` listings that are published on `day`.

    Prices are those of `prices_of`, a day, and in a share `biased_localities` of the localities
    `bias` (log) too high.
    """

    day: float
    kind: FileKind
    rows: int
    prices_of: float
    bias: float = 0.0
    biased_localities: float = 0.0


@dataclass(frozen=True, slots=True)
class MonthEvents:
    """All of it, in the order of time."""

    moves: tuple[MarketMove, ...]
    files: tuple[ListingFile, ...]


# The lasting rise, a bubble that bursts, and a lasting fall.
_MOVES = (
    MarketMove("rise", 1.2, 0.28, 0.6),
    MarketMove("bubble", 13.0, 0.32, 0.65),
    MarketMove("bubble", 18.5, -0.32, 0.65),
    MarketMove("fall", 20.0, -0.28, 0.65),
)


def month_events(seed: int) -> MonthEvents:
    """The events of the month `seed`: the same for the same seed.

    Better is what is learned from fresh files after a move, equal what comes of another file of a
    market that has not moved, worse what comes of a biased or a stale one: on listings held out
    of that same file it looks better. The bubble bursts after the promotion that it caused.
    """
    rng = np.random.default_rng([seed, 1])
    sizes = 1 + rng.uniform(-SIZE_GIVE, SIZE_GIVE, len(_MOVES))
    # What has burst is gone, to the last rupee.
    sizes[2] = sizes[1]
    days = rng.uniform(-DAY_GIVE, DAY_GIVE, len(_MOVES))
    moves = tuple(
        MarketMove(move.name, move.day + float(day), move.size * float(size), move.localities)
        for move, day, size in zip(_MOVES, days, sizes, strict=True)
    )
    return MonthEvents(
        moves=moves,
        files=(
            ListingFile(0.0, FileKind.FRESH, 2_500, 0.0),
            ListingFile(2.4, FileKind.FRESH, 5_000, 2.4),
            ListingFile(6.0, FileKind.FRESH, 5_000, 6.0),
            ListingFile(9.0, FileKind.BIASED, 5_000, 9.0, bias=0.3, biased_localities=0.6),
            # What was wrong with it is seen, and a right one follows.
            ListingFile(11.0, FileKind.FRESH, 5_000, 11.0),
            ListingFile(14.2, FileKind.FRESH, 6_000, 14.2),
            ListingFile(21.3, FileKind.FRESH, 6_000, 21.3),
            ListingFile(25.0, FileKind.STALE, 2_500, 0.0),
        ),
    )
