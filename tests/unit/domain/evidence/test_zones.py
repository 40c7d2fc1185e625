"""Zones by hand-worked values: what their prices say, how they share alpha, what they refuse."""

from dataclasses import asdict, replace
from math import log

import msgspec
import numpy as np
import pytest

from homeprices.domain.evidence.bet import Bet, log_mean_exp
from homeprices.domain.evidence.case import Case, log_e_values
from homeprices.domain.evidence.ledger import EvidenceUnit, MemoryLedger, UnitKind
from homeprices.domain.evidence.parameters import VERSION_1
from homeprices.domain.evidence.policy import step
from homeprices.domain.evidence.state import EvidenceState, PriceEvidence, ZoneEvidence
from homeprices.domain.evidence.verdict import verdict
from homeprices.domain.evidence.zones import zone_findings
from homeprices.domain.experiments import composite
from homeprices.domain.experiments.decision import Verdict
from homeprices.domain.experiments.evidence import ArmTotals, Totals
from support.evidence import look, price, rating, request, terms

ZONES = ("north", "east", "south", "west")
BETTER, WORSE = (0.20, 0.10), (0.10, 0.20)
BARELY = 1e-9
ARMS = Totals(ArmTotals(50, 2_500.0, 0, 0.0, 0), ArmTotals(200, 10_000.0, 20, 80.0, 0))


def bet(e_value: float) -> Bet:
    return Bet((log(e_value) + BARELY,) * 16)


def zoned(hours: float = 24, **changes):
    return replace(terms(hours, changes.pop("ledger", None)), **({"zones": ZONES} | changes))


def ledger(zone: str | None = "east", networks: int = 40) -> MemoryLedger:
    """Many prices for the candidate, and forty against it in the zone."""
    kept = MemoryLedger()
    kept.keep([EvidenceUnit(UnitKind.PRICE, n, f"m{n}", *BETTER) for n in range(200)])
    losses = [(BETTER, None)] * 40 + [(WORSE, zone)] * 40
    kept.keep(
        [
            EvidenceUnit(UnitKind.PRICE, number, f"n{number % networks}", *pair, zone=place)
            for number, (pair, place) in enumerate(losses)
        ]
    )
    return kept


def proven(harm: float, **changes) -> EvidenceState:
    """Better as a whole, with that e-value against it in the east."""
    east = ZoneEvidence(labels=40, production_loss=4.0, candidate_loss=5.0, harm=bet(harm))
    prices = PriceEvidence(
        labels=80,
        production_loss=12.0,
        candidate_loss=9.0,
        better=bet(99),
        zones={"east": east},
    )
    return EvidenceState(totals=ARMS, prices=prices, **changes)


# By hand: losses |ln(90/100)| = 0.1054 against |ln(80/100)| = 0.2231, a stake of 0.1178 / 0.25.
def test_a_price_counts_for_its_zone_alone() -> None:
    rows = [
        price(1, 100.0, 90.0, 80.0, zone="east"),
        price(2, 100.0, 80.0, 90.0, zone="west"),
        price(3, 100.0, 80.0, 90.0, zone=None),
        price(4, 100.0, 80.0, 90.0, zone="somewhere else"),
    ]
    state, _ = step(EvidenceState(), rows, zoned())
    assert set(state.prices.zones) == {"east", "west"}
    east, west = state.prices.zones["east"], state.prices.zones["west"]
    assert (east.labels, west.labels, state.prices.labels) == (1, 1, 4)
    assert east.production_loss == pytest.approx(0.10536, abs=1e-5)
    assert east.candidate_loss == pytest.approx(0.22314, abs=1e-5)
    grid = np.geomspace(0.02, 0.95, 16)
    share = (0.223144 - 0.105361) / 0.25
    assert east.harm.log_e == pytest.approx(log_mean_exp(np.log1p(grid * share)), abs=1e-5)
    assert east.better.log_e == pytest.approx(log_mean_exp(np.log1p(-grid * share)), abs=1e-5)
    assert west.better.log_e == pytest.approx(east.harm.log_e)


def test_without_zones_nothing_is_said_of_any() -> None:
    _, result = look([price(1, 100.0, 90.0, 80.0, zone="east")])
    assert "zones" not in result.figures


def test_every_zone_is_reported_with_both_errors_and_what_is_needed() -> None:
    rows = [price(1, 100.0, 90.0, 80.0, zone="east")]
    _, result = step(EvidenceState(), rows, zoned())
    figures = {zone["zone"]: zone for zone in result.figures["zones"]}
    assert list(figures) == list(ZONES)
    east = figures["east"]
    assert (east["labels"], east["production_error"], east["candidate_error"]) == (
        1,
        0.1054,
        0.2231,
    )
    assert east["loss_ratio"] == 2.1179
    # 20 times four zones.
    assert east["needed"] == round(log(80), 4)
    assert east["is_worse"] is False
    assert figures["north"]["loss_ratio"] is None
    assert (figures["north"]["labels"], figures["north"]["harm"]) == (0, 0.0)


def test_a_zone_that_is_worse_refuses_the_promotion_of_the_whole() -> None:
    result = verdict(proven(80), zoned(ledger=ledger()), VERSION_1)
    assert (result.verdict, result.figures["flags"]) == (Verdict.CONTINUE, ["worse_in_zone"])
    assert result.reasons[0] == (
        "promotion is refused: CO1 is better as a whole, and shown to be worse than BO1 in a "
        "part of the city: in east its error is +25 % on 40 homes"
    )


@pytest.mark.parametrize("harm", [3, 79.9])
def test_what_is_feared_of_a_zone_is_waited_for_and_not_said_to_be_shown(harm) -> None:
    result = verdict(proven(harm), zoned(ledger=ledger()), VERSION_1)
    assert (result.verdict, result.figures["flags"]) == (Verdict.CONTINUE, [])
    assert result.reasons[0] == (
        "promotion waits: there is some evidence of a larger error in east"
    )


def crowded(networks: int, pair: tuple[float, float] = WORSE, also: int = 0) -> MemoryLedger:
    """Many prices for the candidate; in the east `also` of them, and thirty of few networks."""
    kept = MemoryLedger()
    units = [(BETTER, f"m{n}", "west") for n in range(200)]
    units += [(BETTER, f"e{n}", "east") for n in range(also)]
    units += [(pair, f"crowd {n % networks}", "east") for n in range(30)]
    kept.keep(
        [
            EvidenceUnit(UnitKind.PRICE, number, network, *losses, zone=zone)
            for number, (losses, network, zone) in enumerate(units)
        ]
    )
    return kept


@pytest.mark.parametrize("also", [0, 12], ids=["a quiet zone", "a thin one"])
@pytest.mark.parametrize("networks", [1, 3, 9])
def test_a_crowd_of_few_networks_makes_no_zone_feared(networks: int, also: int) -> None:
    kept = crowded(networks, also=also)
    result = verdict(proven(80), zoned(ledger=kept), VERSION_1)
    assert result.verdict is Verdict.PROMOTE
    east = result.figures["zones"][1]
    assert (east["is_worse"], east["rests_on_few"]) == (False, True)


def test_eleven_networks_with_a_price_each_are_a_reason_to_wait() -> None:
    result = verdict(proven(80), zoned(ledger=crowded(11)), VERSION_1)
    assert result.verdict is Verdict.CONTINUE


def test_a_crowd_of_few_networks_calms_no_fear() -> None:
    kept = ledger()
    praise = [
        EvidenceUnit(UnitKind.PRICE, 300 + n, "crowd", *BETTER, zone="east") for n in range(90)
    ]
    kept.keep(praise)
    result = verdict(proven(0.1), zoned(ledger=kept), VERSION_1)
    assert result.reasons[0] == (
        "promotion waits: there is some evidence of a larger error in east"
    )


def test_a_zone_without_evidence_against_it_keeps_nobody_waiting() -> None:
    calm = crowded(30, BETTER)
    assert verdict(proven(0.5), zoned(ledger=calm), VERSION_1).verdict is Verdict.PROMOTE


def test_at_the_deadline_what_kept_a_better_candidate_waiting_is_said() -> None:
    result = verdict(proven(3), zoned(168, ledger=ledger()), VERSION_1)
    assert result.verdict is Verdict.UNDECIDED
    assert result.reasons == (
        "undecided after 168 hours: CO1 is better as a whole, but: there is some evidence of a "
        "larger error in east",
    )


def test_the_zones_are_looked_at_once_a_verdict() -> None:
    class Counting(MemoryLedger):
        reads = 0

        def units(self, kind: UnitKind, since: int = 0):
            self.reads += 1
            return super().units(kind, since)

    kept = Counting()
    kept.keep(list(ledger().units(UnitKind.PRICE)))
    verdict(proven(80), zoned(168, ledger=kept), VERSION_1)
    assert kept.reads == 1


def test_fewer_zones_and_a_first_epoch_need_less() -> None:
    two = zoned(zones=("east", "west"), ledger=ledger())
    assert verdict(proven(40), two, VERSION_1).verdict is Verdict.CONTINUE
    case = Case(proven(40, epoch=1), two, VERSION_1)
    assert zone_findings(case)[0].needed == round(log(20 * 2 * 2), 4)


def test_at_the_deadline_the_reason_is_the_zone_and_not_too_little_evidence() -> None:
    result = verdict(proven(80), zoned(168, ledger=ledger()), VERSION_1)
    assert result.verdict is Verdict.UNDECIDED
    assert result.reasons[0] == "undecided after 168 hours: no model is right for the whole city"
    assert "in east its error is +25 %" in result.reasons[1]


def test_an_epoch_begins_with_no_zone() -> None:
    state = replace(proven(80), units=(80, 0)).with_new_epoch()
    assert state.prices.zones == {}


def test_an_experiment_of_one_zone_counts_nothing_of_homes_elsewhere() -> None:
    rows = [
        request(1, zone="east"),
        request(2, "candidate", zone="east"),
        # Assigned to the candidate, answered by production: its home is elsewhere.
        request(3, "candidate", version="BO1", zone="west"),
        request(4, zone="west"),
        request(5, zone=None),
        rating(6, "candidate", 5, zone="west"),
        rating(7, "candidate", 5, zone="east"),
        price(8, 100.0, 90.0, 95.0, zone="west"),
        price(9, 100.0, 90.0, 95.0, zone="east"),
    ]
    limited = zoned(scope="east", zones=("east",))
    state, result = step(EvidenceState(), rows, limited)
    assert state.sessions == (1, 1)
    assert state.set_aside == {"outside the zone": 5}
    assert result.figures["labels"] == 1
    assert (result.evidence.candidate.requests, result.evidence.production.requests) == (1, 1)
    assert (result.evidence.candidate.ratings, result.evidence.candidate.sale_prices) == (1, 0)
    plain, _ = composite.step(composite.CompositeState(), rows, replace(limited, parameters={}))
    assert plain.set_aside == {"outside the zone": 5}


def test_a_limited_experiment_promotes_on_its_zone_alone() -> None:
    limited = zoned(scope="east", zones=("east",), ledger=ledger(zone=None))
    many = MemoryLedger()
    many.keep([EvidenceUnit(UnitKind.PRICE, n, f"n{n}", *BETTER, zone="east") for n in range(40)])
    prices = PriceEvidence(labels=40, production_loss=8.0, candidate_loss=4.0, better=bet(99))
    state = EvidenceState(totals=ARMS, prices=prices)
    result = verdict(state, replace(limited, ledger=many), VERSION_1)
    assert result.verdict is Verdict.PROMOTE


def test_a_state_of_the_release_before_is_read_and_one_with_zones_is_small() -> None:
    rows = [
        price(number, 100.0, 90.0, 80.0, zone=f"z{number % 8}", network=f"{number}")
        for number in range(400)
    ]
    eight = zoned(zones=tuple(f"z{number}" for number in range(8)))
    state, _ = step(EvidenceState(), rows, eight)
    kept = msgspec.json.encode(state)
    assert msgspec.json.decode(kept, type=EvidenceState) == state
    with_zones, without = len(_numbers(asdict(state))), len(_numbers(asdict(EvidenceState())))
    assert with_zones - without <= 8 * 35
    before = msgspec.json.decode(kept)
    del before["prices"]["zones"]
    assert msgspec.convert(before, EvidenceState).prices.zones == {}


def _numbers(value: object) -> list[float]:
    if isinstance(value, dict):
        return [number for inner in value.values() for number in _numbers(inner)]
    if isinstance(value, list | tuple):
        return [number for inner in value for number in _numbers(inner)]
    return [value] if isinstance(value, int | float) else []


def test_log_e_values_of_the_whole_do_not_know_of_zones() -> None:
    rows = [price(number, 100.0, 90.0, 80.0, zone="east") for number in range(5)]
    with_zones, _ = step(EvidenceState(), rows, zoned())
    without, _ = step(EvidenceState(), rows, terms())
    assert log_e_values(with_zones, 0.2, VERSION_1) == log_e_values(without, 0.2, VERSION_1)
