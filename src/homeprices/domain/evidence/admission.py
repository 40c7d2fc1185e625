"""Which rows are evidence: visits that are signed and that the experiment routed, once each.

The first opinion and the first sale price of a session about an arm count, and at most
five of each kind from one network a day; of its new visitors as many count for the split.
Whatever is set aside is counted by its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import inf, isfinite, log
from typing import TypeVar

from homeprices.domain.evidence.inputs import FIRST_DAY, HALF_DAY_HOURS, InputRow, input_values
from homeprices.domain.evidence.ledger import Ledger, LedgerKey
from homeprices.domain.evidence.parameters import EvidenceParameters
from homeprices.domain.experiments.evidence import (
    SERVER_ERROR,
    STARS,
    EvidenceRow,
    Exposure,
    FeedbackEvent,
)
from homeprices.domain.experiments.experiment import PolicyTerms
from homeprices.domain.requests.records import FeedbackType

OPINIONS = frozenset({FeedbackType.RATING, *STARS})
CANDIDATE, PRODUCTION = "candidate", "production"
Admissible = TypeVar("Admissible", Exposure, FeedbackEvent)


class SetAside(StrEnum):
    """Why a row is no evidence."""

    UNSIGNED = "unsigned"
    DIRECT = "direct"
    OTHER_EXPERIMENT = "not of this experiment"
    OUTSIDE_ZONE = "outside the zone"
    STAND_IN = "answered by the other model"
    COMMENT = "no opinion and no price"
    BAD_VALUE = "bad value"
    REPEATED = "repeated"
    NETWORK_CAP = "network cap"
    VISIT_CAP = "network cap of visits"
    ECHO = "echo"
    OUT_OF_RANGE = "out of range"
    UNSCORED = "not scored by both models"
    NO_PARTNER = "no partner"


@dataclass(slots=True)
class Admission:
    """Admits rows, chunk by chunk, and counts what it sets aside.

    After a promotion no experiment has routed the visits: `is_routed` is False then.
    """

    terms: PolicyTerms
    numbers: EvidenceParameters
    ledger: Ledger
    started_at: datetime
    is_routed: bool
    set_aside: Counter[str]

    @classmethod
    def for_terms(
        cls, terms: PolicyTerms, numbers: EvidenceParameters, *, is_routed: bool = True
    ) -> Admission:
        """The admission of one evaluation; raises ValueError where the terms lack what it needs."""
        if terms.ledger is None or terms.started_at is None:
            raise ValueError("the evidence policy needs a ledger and the moment of the start")
        return cls(terms, numbers, terms.ledger, terms.started_at, is_routed, Counter())

    def exposures(self, rows: Sequence[Exposure]) -> list[Exposure]:
        """The requests among `rows` that count."""
        return self.timed(self.visits(rows))

    def visits(self, rows: Sequence[Exposure]) -> list[Exposure]:
        """The requests among `rows` that the split of visitors is judged by."""
        return self._without(rows, [self._visit_reason(row) for row in rows])

    def timed(self, visits: Sequence[Exposure]) -> list[Exposure]:
        """Those of `visits` with a latency that can be; a failure counts whatever its clock says.

        Who was routed is no question of the clock: a split is counted before this.
        """
        return self._without(visits, [value_reason(visit) for visit in visits])

    def first_visits(self, visits: Sequence[Exposure]) -> tuple[list[Exposure], list[InputRow]]:
        """Of `visits`: the first of each session, and those that tell its inputs.

        A visitor's inputs weigh once on the first day and once in each half day after it.
        """
        halves = [self._half_day(row) for row in visits]
        later = [(row, half) for row, half in zip(visits, halves, strict=True) if half >= FIRST_DAY]
        keys = [LedgerKey("session", row.session or "") for row in visits]
        keys += [LedgerKey(f"inputs {half}", row.session or "") for row, half in later]
        are_new = self.ledger.first_seen(keys)
        first = [row for row, is_new in zip(visits, are_new[: len(visits)], strict=True) if is_new]
        inputs = [(row, half) for row in first if (half := self._half_day(row)) < FIRST_DAY]
        inputs += [
            visit for visit, is_new in zip(later, are_new[len(visits) :], strict=True) if is_new
        ]
        return first, [InputRow(half, _values(row)) for row, half in inputs]

    def split_visits(self, first: Sequence[Exposure]) -> list[Exposure]:
        """The first requests of sessions that count for the split: so many of a network a day.

        What is over the cap is a visit like any other; the arm is not looked at, so chance
        still splits those that count. Where no network was recorded there is none to cap.
        """
        days = [LedgerKey(f"visits {row.at:%Y-%m-%d}", row.network or "") for row in first]
        counts, most = self.ledger.counted(days), self.numbers.network_cap
        counting = [
            row
            for row, count in zip(first, counts, strict=True)
            if count <= most or row.network is None
        ]
        if len(counting) < len(first):
            self.set_aside[SetAside.VISIT_CAP] += len(first) - len(counting)
        return counting

    def feedback(self, rows: Sequence[FeedbackEvent]) -> list[FeedbackEvent]:
        """The opinions and prices among `rows` that count.

        A price that a model failed to score is among them; it counts against that model.
        """
        valid = self._without(rows, [self._feedback_reason(row) for row in rows])
        are_new = self.ledger.first_seen([self._session_key(row) for row in valid])
        first = self._without(valid, [None if new else SetAside.REPEATED for new in are_new])
        counts = self.ledger.counted([_network_key(row) for row in first])
        most = self.numbers.network_cap
        return self._without(first, [SetAside.NETWORK_CAP if n > most else None for n in counts])

    def arm(self, version: str) -> str | None:
        """The arm of a version; None for a third one."""
        if version == self.terms.candidate:
            return CANDIDATE
        return PRODUCTION if version == self.terms.production else None

    def _without(
        self, rows: Sequence[Admissible], reasons: Sequence[SetAside | None]
    ) -> list[Admissible]:
        self.set_aside.update(reason for reason in reasons if reason is not None)
        return [row for row, reason in zip(rows, reasons, strict=True) if reason is None]

    def _visit_reason(self, row: EvidenceRow) -> SetAside | None:
        if not self.is_routed:
            return SetAside.UNSIGNED if row.session is None else None
        reason = visit_reason(row, self.terms.experiment, self.terms.scope)
        if reason is None and self.arm(row.version) is None:
            return SetAside.OTHER_EXPERIMENT
        return reason

    def _feedback_reason(self, row: FeedbackEvent) -> SetAside | None:
        visit = self._visit_reason(row)
        if visit is not None:
            return visit
        if not row.is_first:
            return SetAside.REPEATED
        if row.type == FeedbackType.ACTUAL_PRICE:
            return price_reason(row, self.numbers)
        is_opinion = row.type in OPINIONS
        if is_opinion and self.is_routed and row.assigned_arm != self.arm(row.version):
            return SetAside.STAND_IN
        return value_reason(row)

    def _session_key(self, row: FeedbackEvent) -> LedgerKey:
        return LedgerKey(f"{_kind(row)} {self.arm(row.version)}", row.session or "")

    def _half_day(self, row: Exposure) -> int:
        return int((row.at - self.started_at).total_seconds() // (HALF_DAY_HOURS * 3600))


def visit_reason(
    row: EvidenceRow, experiment: str | None, scope: str | None = None
) -> SetAside | None:
    """Why a row is none of a visit that the experiment routed; None where it is.

    Without an `experiment` that of any is taken. Of an experiment that is limited to the zone
    `scope`, homes elsewhere are none of its business, whichever model has priced them.
    """
    if row.session is None:
        return SetAside.UNSIGNED
    if row.assigned_arm is None:
        return SetAside.DIRECT
    if experiment is not None and row.experiment != experiment:
        return SetAside.OTHER_EXPERIMENT
    return None if scope in (None, row.zone) else SetAside.OUTSIDE_ZONE


def value_reason(row: EvidenceRow) -> SetAside | None:
    """Why what a row says cannot be counted, whatever the policy; None where it can."""
    if isinstance(row, Exposure):
        is_good = row.status >= SERVER_ERROR or 0 <= row.latency_ms < inf
    elif row.type == FeedbackType.ACTUAL_PRICE:
        is_good = is_score(row.value)
    elif row.type in OPINIONS:
        is_good = row.stars is not None and 1 <= row.stars <= 5
    else:
        return SetAside.COMMENT
    return None if is_good else SetAside.BAD_VALUE


def price_reason(row: FeedbackEvent, numbers: EvidenceParameters) -> SetAside | None:
    """Why a sale price is no evidence; None where it is, or where a model has not scored it."""
    actual = row.value
    if actual is None or value_reason(row):
        return SetAside.BAD_VALUE
    scores = _scores(row.price_production, row.price_candidate, *row.competitor_prices)
    # What any model says is our own estimate, whichever was shown: who asks twice knows both.
    estimates = _scores(row.price, *scores)
    if any(abs(actual / price - 1) < numbers.echo_within for price in estimates):
        return SetAside.ECHO
    if not scores:
        return SetAside.UNSCORED
    # As logarithms: the product of prices may be more, or less, than a float holds.
    middle = sum(map(log, scores)) / len(scores)
    if abs(log(actual) - middle) >= log(numbers.largest_price_ratio):
        return SetAside.OUT_OF_RANGE
    return None


def is_score(price: float | None) -> bool:
    """False for what is no price, as where a model has failed to give one."""
    return price is not None and isfinite(price) and price > 0


def _scores(*prices: float | None) -> list[float]:
    return [price for price in prices if price is not None and is_score(price)]


def _kind(row: FeedbackEvent) -> str:
    return "price" if row.type == FeedbackType.ACTUAL_PRICE else "rating"


def _network_key(row: FeedbackEvent) -> LedgerKey:
    return LedgerKey(f"{_kind(row)} {row.at:%Y-%m-%d}", row.network or "")


def _values(row: Exposure) -> tuple[float, ...]:
    return input_values(row.area, row.bedrooms, row.bathrooms, row.locality)
