"""A crowd that came from few networks does not decide."""

from dataclasses import replace
from math import log

import numpy as np
import pytest

from homeprices.domain.evidence.case import Case
from homeprices.domain.evidence.ledger import EvidenceUnit, LedgerKey, MemoryLedger, UnitKind
from homeprices.domain.evidence.networks import (
    misses_rest_on_few,
    prices_rest_on_few,
    ratings_rest_on_few,
    rests_on_few,
)
from homeprices.domain.evidence.parameters import VERSION_1
from homeprices.domain.evidence.state import EvidenceState, PriceEvidence
from support.evidence import terms

NEEDED = log(20)


def case(kept: MemoryLedger, first: int = 0) -> Case:
    state = EvidenceState(prices=PriceEvidence(first=first))
    return Case(state, terms(24, kept), VERSION_1)


def prices(*units: tuple[str, float, float]) -> MemoryLedger:
    kept = MemoryLedger()
    kept.keep(
        [EvidenceUnit(UnitKind.PRICE, n, name, *losses) for n, (name, *losses) in enumerate(units)]
    )
    return kept


def test_ten_networks_may_hold_half_and_no_more() -> None:
    names = [f"n{n}" for n in range(20)]
    assert not rests_on_few([1.0] * 20, names, VERSION_1)
    assert rests_on_few([1.01] + [1.0] * 19, names, VERSION_1)
    assert rests_on_few([1.0] * 19, names[:19], VERSION_1)


def test_what_lowered_the_evidence_weighs_nothing() -> None:
    names = [f"n{n}" for n in range(40)]
    assert not rests_on_few([1.0] * 20 + [-9.0] * 20, names, VERSION_1)


def test_how_many_networks_are_few_is_a_number_of_the_policy() -> None:
    names = [f"n{n}" for n in range(8)]
    assert not rests_on_few([1.0] * 8, names, replace(VERSION_1, weightiest_networks=4))


def test_each_process_is_carried_by_what_raised_it() -> None:
    units = [(f"few{n % 3}", 0.3, 0.1) for n in range(30)]
    units += [(f"many{n}", 0.1, 0.3) for n in range(60)]
    kept = case(prices(*units))
    assert prices_rest_on_few(kept, "better_prices", NEEDED)
    assert not prices_rest_on_few(kept, "harm", NEEDED)
    assert not prices_rest_on_few(kept, "futility", NEEDED)


def test_prices_of_an_epoch_before_weigh_nothing() -> None:
    units = [(f"few{n % 3}", 0.5, 0.1) for n in range(30)]
    units += [(f"many{n}", 0.3, 0.1) for n in range(40)]
    assert prices_rest_on_few(case(prices(*units)), "better_prices", NEEDED)
    assert not prices_rest_on_few(case(prices(*units), first=30), "better_prices", NEEDED)


@pytest.mark.parametrize(("networks", "is_few"), [(3, True), (30, False)])
def test_misses_are_weighed_by_network_too(networks: int, is_few: bool) -> None:
    units = [(f"n{n % networks}", 0.1, 0.6) for n in range(30)]
    units += [(f"other{n}", 0.1, 0.1) for n in range(30)]
    assert misses_rest_on_few(case(prices(*units)), NEEDED) is is_few


def rated(candidate_networks: int, production_networks: int) -> MemoryLedger:
    """Forty blocks in which the candidate is liked and production is not."""
    kept = MemoryLedger()
    for block in range(40):
        liked = EvidenceUnit(UnitKind.RATING, 0, f"c{block % candidate_networks}", None, 1.0)
        rest = [
            EvidenceUnit(UnitKind.RATING, 0, f"p{(4 * block + n) % production_networks}", 0.4, None)
            for n in range(4)
        ]
        kept.keep([liked, *rest])
    return kept


@pytest.mark.parametrize(
    ("candidate", "production", "is_few"), [(40, 160, False), (3, 160, True), (40, 3, True)]
)
def test_a_brigade_is_seen_on_either_side_of_the_blocks(candidate, production, is_few) -> None:
    kept = case(rated(candidate, production))
    assert ratings_rest_on_few(kept, NEEDED, better=True) is is_few


def test_the_ledger_knows_the_first_of_a_call_from_the_second() -> None:
    ledger = MemoryLedger()
    key, other = LedgerKey("session", "a"), LedgerKey("rating candidate", "a")
    assert ledger.first_seen([key, other, key]) == [True, True, False]
    assert ledger.first_seen([other]) == [False]
    assert ledger.counted([key, other, key]) == [1, 1, 2]
    assert ledger.counted([key]) == [3]


def test_units_are_read_from_a_number_on_in_their_order() -> None:
    kept = prices(("a", 0.1, 0.2), ("b", 0.2, 0.1), ("c", 0.3, 0.3))
    assert [unit.network for unit in kept.units(UnitKind.PRICE, 1)] == ["b", "c"]
    assert list(kept.units(UnitKind.RATING)) == []


def test_a_crowd_beside_many_honest_visitors_is_seen_by_what_is_left_without_it() -> None:
    honest = [(f"n{n}", *(0.30, 0.15)[:: 1 if n % 2 else -1]) for n in range(400)]
    crowd = [(f"few{n % 9}", 0.30, 0.10) for n in range(90)]
    kept = case(prices(*honest, *crowd))
    losses = [unit[1:] for unit in (*honest, *crowd)]
    shown = PriceEvidence().after(np.array(losses), VERSION_1)
    assert shown.better.log_e > NEEDED
    assert prices_rest_on_few(kept, "better_prices", NEEDED)
    spread = [(f"many{n}", *unit[1:]) for n, unit in enumerate(crowd)]
    assert not prices_rest_on_few(case(prices(*honest, *spread)), "better_prices", NEEDED)


def test_what_is_needed_must_be_left_without_the_ten_busiest() -> None:
    units = [(f"few{n % 10}", 0.1, 0.1) for n in range(40)]
    units += [(f"many{n}", 0.2, 0.1) for n in range(40)]
    kept = case(prices(*units))
    left = PriceEvidence().after(np.array([unit[1:] for unit in units[40:]]), VERSION_1)
    assert not prices_rest_on_few(kept, "better_prices", left.better.log_e - 0.01)
    assert prices_rest_on_few(kept, "better_prices", left.better.log_e + 0.01)
