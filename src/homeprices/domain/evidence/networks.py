"""Does a verdict rest on few networks? A crowd that came from ten of them does not decide."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from homeprices.domain.evidence.bet import FloatArray, log_factors, log_increments
from homeprices.domain.evidence.blocks import BlockQueue, BlockSize
from homeprices.domain.evidence.case import Case
from homeprices.domain.evidence.guards import event_factors
from homeprices.domain.evidence.ledger import EvidenceUnit, Ledger, UnitKind
from homeprices.domain.evidence.parameters import EvidenceParameters
from homeprices.domain.evidence.state import (
    better_stakes,
    futility_stakes,
    gross_misses,
    rating_stake,
)


def rests_on_few(
    increments: FloatArray | Sequence[float], networks: Sequence[str], numbers: EvidenceParameters
) -> bool:
    """True where the weightiest networks hold more than their share of what raised a log e.

    `increments` (n,) are by unit; those that lowered it weigh nothing.

    >>> rests_on_few([1.0, 1.0, -3.0], ["a", "b", "c"], EvidenceParameters())
    True
    """
    weights: defaultdict[str, float] = defaultdict(float)
    for increment, network in zip(increments, networks, strict=True):
        weights[network] += max(float(increment), 0.0)
    heaviest = sorted(weights.values(), reverse=True)[: int(numbers.weightiest_networks)]
    return sum(heaviest) > numbers.weightiest_share * sum(weights.values())


def prices_rest_on_few(case: Case, name: str) -> bool:
    """True where few networks raised the named process of sale prices."""
    numbers = case.numbers
    losses, networks = price_units(case.ledger, case.state.prices.first)
    production, candidate = np.minimum(losses, numbers.loss_cap).T
    better = better_stakes(production, candidate)
    stakes = {
        "better_prices": better,
        "harm": -better,
        "futility": futility_stakes(production, candidate, numbers.margin),
    }[name]
    increments = log_increments(log_factors(stakes, numbers.paired_bound))
    return rests_on_few(increments, networks, numbers)


def misses_rest_on_few(case: Case) -> bool:
    """The same for gross misses, which no epoch ends."""
    losses, networks = price_units(case.ledger, since=0)
    misses = gross_misses(losses, case.numbers.gross_above)
    candidate, production = event_factors(1.0, case.numbers.gross_odds_allowed)
    factors = np.outer(misses > 0, candidate) + np.outer(misses < 0, production)
    return rests_on_few(log_increments(factors), networks, case.numbers)


def ratings_rest_on_few(case: Case, *, better: bool) -> bool:
    """The same for ratings. Either side can carry a block, so few networks in one are few."""
    units = case.ledger.units(UnitKind.RATING, case.state.ratings.first)
    queue: BlockQueue[EvidenceUnit] = BlockQueue()
    ratings = ((unit.candidate is not None, unit) for unit in units)
    blocks = list(queue.blocks(ratings, BlockSize.for_share(case.terms.share)))
    stakes = np.array([rating_stake(*block) for block in blocks])
    factors = log_factors(stakes if better else -stakes, case.numbers.rating_bound)
    increments = log_increments(factors)
    return any(
        rests_on_few(
            [
                gain / len(units)
                for gain, units in zip(increments, side, strict=True)
                for _ in units
            ],
            [unit.network for units in side for unit in units],
            case.numbers,
        )
        for side in zip(*blocks, strict=True)
    )


def price_units(ledger: Ledger, since: int) -> tuple[FloatArray, list[str]]:
    """Losses (n, 2), production's and the candidate's, and networks of the prices kept."""
    units = list(ledger.units(UnitKind.PRICE, since))
    losses = np.array([(unit.production, unit.candidate) for unit in units], dtype=float)
    return losses.reshape(-1, 2), [unit.network for unit in units]
