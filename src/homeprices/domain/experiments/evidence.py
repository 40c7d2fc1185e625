"""What the two arms of a trial have shown so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# Stars of the plain opinions; a rating counts what it says, a sale price is no opinion.
STARS: Mapping[str, float] = {"accurate": 5.0, "too_high": 2.0, "too_low": 2.0}


@dataclass(frozen=True, slots=True)
class ArmEvidence:
    """Figures of one model version since the trial opened.

    `requests` were answered with a price; `mean_latency_ms` is over them.
    `ratings` counts opinions, the first of each prediction; `mean_rating` is
    over them on the scale 1 to 5 (see STARS). `sale_prices` are counted
    beside them and never enter a rating. Means are None where nothing was counted.
    """

    version: str
    requests: int
    mean_latency_ms: float | None
    ratings: int
    mean_rating: float | None
    sale_prices: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Both arms, and how long the trial has run, in hours."""

    candidate: ArmEvidence
    production: ArmEvidence
    hours: float
