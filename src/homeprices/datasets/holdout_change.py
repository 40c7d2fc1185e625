"""Are the homes that a new model is judged by those that production was judged by?

Who learns from what is left of a damaged file is judged by what is left of its holdout: homes of a
kind that is missing cannot speak against it. So a candidate is compared on the homes that are held
out of both datasets, and no part of the homes may have shrunk to under half of its share, beyond
chance. Dear homes are those that were dear by area and place: prices themselves move.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import binom

from homeprices.datasets.aspects import Aspect, aspects
from homeprices.datasets.split import group_of
from homeprices.domain.listing import Listing
from homeprices.domain.market import Market

SMALLEST_PART = 0.5
SMALLEST_HOLDOUT = 0.25
# Of a dataset that is only what is left of another: who learns from a part of it errs by more than
# before, and by too little for a comparison on a holdout to see.
LEAST_LEFT, MOST_KNOWN = 0.9, 0.9
ERROR_RATE = 0.001
# Homes of a project are listed together: where most homes are others, so many tell as much as one.
CLUSTERED = 3
_MOST_NAMED = 3


def shared(held_out: Sequence[Listing], before: Sequence[Listing]) -> list[int]:
    """The positions in `held_out` of homes that were held out `before` too."""
    groups = {group_of(listing) for listing in before}
    return [i for i, listing in enumerate(held_out) if group_of(listing) in groups]


def shrunk_parts(
    held_out: Sequence[Listing], before: Sequence[Listing], market: Market
) -> list[str]:
    """Parts whose share of the holdout is under half of what it was, in sentences.

    Of a holdout that is as it was, none is named but one in a thousand times (`ERROR_RATE`,
    divided among all parts). Where the holdout itself is under a quarter of what it was, that is
    the sentence; where it is what is left of the one before, and no more, that is one.
    """
    rows = len(held_out)
    if rows < SMALLEST_HOLDOUT * len(before):
        return [f"{rows:,} listings are held out, where {len(before):,} were before"]
    left = len(shared(held_out, before))
    is_remnant = left < LEAST_LEFT * len(before) and left > MOST_KNOWN * rows
    remnant = f"of {len(before):,} listings held out before {left:,} are left, and few are new"
    kinds = [kind for kind in aspects(market, before) if not kind.moves]
    parts = [part for kind in kinds for part in _parts(kind, held_out, before)]
    alike = 1 if 2 * left > rows else CLUSTERED
    chances = [(part.chance(rows, alike), part) for part in parts]
    shrunk = [part for chance, part in chances if chance < ERROR_RATE / len(parts)]
    shrunk.sort(key=lambda part: part.count / part.expected)
    return [remnant] * is_remnant + [
        f"{part.count:,} {part.name} are held out, where {part.expected:,.0f} were by their share "
        "before"
        for part in shrunk[:_MOST_NAMED]
    ]


@dataclass(frozen=True, slots=True)
class _Part:
    """How many homes of a part are held out, and how many would be by its share before."""

    name: str
    count: int
    expected: float

    def chance(self, rows: int, alike: int) -> float:
        """How likely so few are where nothing changed; 1 for more than half of the expected."""
        if self.count >= SMALLEST_PART * self.expected:
            return 1.0
        return float(binom.cdf(self.count // alike, rows // alike, self.expected / rows))


def _parts(kind: Aspect, held_out: Sequence[Listing], before: Sequence[Listing]) -> list[_Part]:
    values = [kind.of_listing(listing) for listing in before]
    part_of = kind.parts(values)
    now = Counter(part_of(kind.of_listing(listing)) for listing in held_out)
    return [
        _Part(name, now[name], len(held_out) * count / len(before))
        for name, count in Counter(map(part_of, values)).items()
    ]
