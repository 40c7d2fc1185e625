"""Rows by the chunk, and sale prices as the losses of both models."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import log
from typing import TypeVar

import numpy as np

from homeprices.domain.evidence.admission import Admission, SetAside, is_score
from homeprices.domain.evidence.bet import FloatArray
from homeprices.domain.evidence.guards import RequestBatch
from homeprices.domain.evidence.ledger import EvidenceUnit, UnitKind
from homeprices.domain.experiments.evidence import EvidenceRow, FeedbackEvent

ROWS_A_CHUNK = 5_000
ChunkRow = TypeVar("ChunkRow", bound=EvidenceRow)


@dataclass(frozen=True, slots=True)
class PriceLosses:
    """Sale prices that count: their units, their losses (n, 2), and scores that are missing."""

    units: list[EvidenceUnit]
    losses: FloatArray
    missing: RequestBatch


def chunks(rows: Iterable[ChunkRow]) -> Iterator[list[ChunkRow]]:
    """Some thousands of rows at a time."""
    remaining = iter(rows)
    while chunk := list(islice(remaining, ROWS_A_CHUNK)):
        yield chunk


def tallied(set_aside: Mapping[str, int], admission: Admission) -> dict[str, int]:
    """`set_aside` with what `admission` has set aside since."""
    counts = dict(set_aside)
    for reason, count in admission.set_aside.items():
        counts[str(reason)] = counts.get(str(reason), 0) + count
    return counts


def priced(rows: Sequence[FeedbackEvent], first: int, admission: Admission) -> PriceLosses:
    """What sale prices say of both models; their units are kept, numbered from `first` on."""
    missing = RequestBatch()
    scored = []
    for row in rows:
        has_candidate, has_production = (
            is_score(row.price_candidate),
            is_score(row.price_production),
        )
        if has_candidate and has_production:
            scored.append(row)
        else:
            candidate, production = int(not has_candidate), int(not has_production)
            missing += RequestBatch(candidate, production, candidate, production)
            admission.set_aside[SetAside.UNSCORED] += 1
    units = [
        EvidenceUnit(
            kind=UnitKind.PRICE,
            number=first + place,
            network=row.network or "",
            production=abs(log((row.price_production or 1) / (row.value or 1))),
            candidate=abs(log((row.price_candidate or 1) / (row.value or 1))),
            zone=row.zone,
        )
        for place, row in enumerate(scored)
    ]
    admission.ledger.keep(units)
    losses = np.array([(unit.production, unit.candidate) for unit in units], dtype=float)
    return PriceLosses(units, losses, missing)
