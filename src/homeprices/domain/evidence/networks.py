"""Does a verdict rest on few networks? A crowd that came from ten of them does not decide.

Two ways of resting on few are looked for: the weightiest networks hold most of what raised the
evidence; or the verdict would not stand without the busiest ones. The second sees a crowd that
is small beside many honest visitors, whose ups and downs cancel while its own add up: a
false verdict is no likelier for it.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from homeprices.domain.evidence.bet import FloatArray, log_factors, log_increments, log_mean_exp
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


def busiest(networks: Sequence[str], numbers: EvidenceParameters) -> set[str]:
    """The networks that reported most."""
    return {name for name, _ in Counter(networks).most_common(int(numbers.weightiest_networks))}


def prices_rest_on_few(case: Case, name: str, needed: float, zone: str | None = None) -> bool:
    """True where few networks raised the named process of sale prices to `needed` (a log e).

    With a `zone`, the process of its homes.
    """
    numbers = case.numbers
    losses, networks = _losses(_price_units(case, zone))
    production, candidate = np.minimum(losses, numbers.loss_cap).T
    better = better_stakes(production, candidate)
    stakes = {
        "better_prices": better,
        "harm": -better,
        "futility": futility_stakes(production, candidate, numbers.margin),
    }[name]
    factors = log_factors(stakes, numbers.paired_bound)
    return factors_rest_on_few(factors, networks, numbers, needed)


def feared_harm(case: Case, zone: str) -> float:
    """The log e of harm in `zone` by the first price of each network; 0 where few told any.

    A precaution asks for little, so a network that may tell five prices a day would be feared
    for ever. What the others of them say for the candidate does not count either.
    """
    numbers = case.numbers
    firsts: dict[str, EvidenceUnit] = {}
    for unit in _price_units(case, zone):
        firsts.setdefault(unit.network, unit)
    if len(firsts) <= numbers.weightiest_networks:
        return 0.0
    losses, _ = _losses(list(firsts.values()))
    production, candidate = np.minimum(losses, numbers.loss_cap).T
    factors = log_factors(-better_stakes(production, candidate), numbers.paired_bound)
    return log_mean_exp(factors.sum(axis=0))


def misses_rest_on_few(case: Case, needed: float) -> bool:
    """The same for gross misses, which no epoch ends."""
    losses, networks = price_units(case.ledger, since=0)
    misses = gross_misses(losses, case.numbers.gross_above)
    candidate, production = event_factors(1.0, case.numbers.gross_odds_allowed)
    factors = np.outer(misses > 0, candidate) + np.outer(misses < 0, production)
    return factors_rest_on_few(factors, networks, case.numbers, needed)


def factors_rest_on_few(
    factors: FloatArray, networks: Sequence[str], numbers: EvidenceParameters, needed: float
) -> bool:
    """Both questions, of `factors` (n, bets): what each unit adds to the logarithms of wealth."""
    if rests_on_few(log_increments(factors), networks, numbers):
        return True
    crowd = busiest(networks, numbers)
    others = factors[[network not in crowd for network in networks]]
    return log_mean_exp(others.sum(axis=0)) < needed


def ratings_rest_on_few(case: Case, needed: float, *, better: bool) -> bool:
    """The same for ratings. Either side can carry a block, so few networks in one are few."""
    numbers = case.numbers
    units = list(case.ledger.units(UnitKind.RATING, case.state.ratings.first))
    blocks = _blocks(units, case.terms.share)
    increments = log_increments(_block_factors(blocks, numbers, better=better))
    for side in zip(*blocks, strict=True):
        gains = [
            gain / len(group) for gain, group in zip(increments, side, strict=True) for _ in group
        ]
        if rests_on_few(gains, [unit.network for group in side for unit in group], numbers):
            return True
    crowd = busiest([unit.network for unit in units], numbers)
    others = _blocks([unit for unit in units if unit.network not in crowd], case.terms.share)
    left = _block_factors(others, numbers, better=better).sum(axis=0)
    return log_mean_exp(left) < needed


def price_units(ledger: Ledger, since: int) -> tuple[FloatArray, list[str]]:
    """Losses (n, 2), production's and the candidate's, and networks of the prices kept."""
    return _losses(list(ledger.units(UnitKind.PRICE, since)))


def _price_units(case: Case, zone: str | None) -> list[EvidenceUnit]:
    """The prices of the epoch; with a `zone`, of its homes alone."""
    units = case.ledger.units(UnitKind.PRICE, case.state.prices.first)
    return [unit for unit in units if zone is None or unit.zone == zone]


def _losses(units: Sequence[EvidenceUnit]) -> tuple[FloatArray, list[str]]:
    losses = np.array([(unit.production, unit.candidate) for unit in units], dtype=float)
    return losses.reshape(-1, 2), [unit.network for unit in units]


Block = tuple[list[EvidenceUnit], list[EvidenceUnit]]


def _blocks(units: Sequence[EvidenceUnit], share: float) -> list[Block]:
    queue: BlockQueue[EvidenceUnit] = BlockQueue()
    ratings = ((unit.candidate is not None, unit) for unit in units)
    return list(queue.blocks(ratings, BlockSize.for_share(share)))


def _block_factors(
    blocks: Sequence[Block], numbers: EvidenceParameters, *, better: bool
) -> FloatArray:
    stakes = np.array([rating_stake(*block) for block in blocks])
    return log_factors(stakes if better else -stakes, numbers.rating_bound)
