"""What the two arms of an experiment have shown: rows as they arrived, and their sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from homeprices.domain.requests.records import FeedbackType

# Stars of the plain opinions; a rating counts what it says, a sale price is no opinion.
STARS: Mapping[str, float] = {"accurate": 5.0, "too_high": 2.0, "too_low": 2.0}
ANSWERED, SERVER_ERROR = 200, 500


@dataclass(frozen=True, slots=True)
class Exposure:
    """A request that one of the two models was asked, however it came and ended.

    `session` is the visitor where the visit was signed, None otherwise; `network`
    is a keyed hash. The arm is the version that was asked. `assigned_arm` and
    `experiment` are the router's words, None for a direct call. The facts of the home are
    those by which moved inputs are seen. `zone` is the part of the market that it is in.
    """

    prediction_id: str
    version: str
    at: datetime
    status: int
    latency_ms: float
    assigned_arm: str | None = None
    session: str | None = None
    network: str | None = None
    experiment: str | None = None
    area: float | None = None
    bedrooms: float | None = None
    bathrooms: float | None = None
    locality: str | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class FeedbackEvent:
    """An opinion on an answered request of one of the two models, or its sale price.

    `is_first` is True for the first to arrive of its kind (opinion, or sale price)
    on this prediction: later ones are kept and count nothing. `assigned_arm`,
    `experiment`, `price` (what was shown) and `zone` are those of the request;
    `price_production` and `price_candidate` are what both models say of its home, None where
    a model could not; `competitor_prices` what those say that compete to be the candidate.
    """

    prediction_id: str
    version: str
    at: datetime
    type: str
    value: float | None
    is_first: bool
    session: str | None = None
    network: str | None = None
    assigned_arm: str | None = None
    experiment: str | None = None
    price: float | None = None
    price_production: float | None = None
    price_candidate: float | None = None
    competitor_prices: tuple[float | None, ...] = ()
    zone: str | None = None

    @property
    def stars(self) -> float | None:
        """What an opinion says on the scale 1 to 5; None for a sale price.

        >>> FeedbackEvent("", "BO1", datetime(2026, 11, 2), "too_low", None, True).stars
        2.0
        """
        if self.type == FeedbackType.ACTUAL_PRICE:
            return None
        return STARS.get(self.type, self.value)


EvidenceRow = Exposure | FeedbackEvent


@dataclass(frozen=True, slots=True)
class ArmEvidence:
    """Figures of one model version since the experiment opened.

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
    """Both arms, and how long the experiment has run, in hours."""

    candidate: ArmEvidence
    production: ArmEvidence
    hours: float


@dataclass(slots=True)
class ArmTotals:
    """What one version has shown, summed row by row; see `ArmEvidence`."""

    requests: int = 0
    latency_ms: float = 0.0
    ratings: int = 0
    stars: float = 0.0
    sale_prices: int = 0

    def add(self, row: EvidenceRow) -> None:
        """Count one row more."""
        if isinstance(row, Exposure):
            if row.status == ANSWERED:
                self.requests += 1
                self.latency_ms += row.latency_ms
        elif row.is_first:
            stars = row.stars
            if stars is None:
                self.sale_prices += 1
            else:
                self.ratings += 1
                self.stars += stars

    def evidence(self, version: str) -> ArmEvidence:
        """The counts and means of `version`."""
        return ArmEvidence(
            version=version,
            requests=self.requests,
            mean_latency_ms=self.latency_ms / self.requests if self.requests else None,
            ratings=self.ratings,
            mean_rating=self.stars / self.ratings if self.ratings else None,
            sale_prices=self.sale_prices,
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """Both arms, summed; never changed in place."""

    candidate: ArmTotals = field(default_factory=ArmTotals)
    production: ArmTotals = field(default_factory=ArmTotals)

    def with_rows(self, rows: Iterable[EvidenceRow], candidate: str, production: str) -> Totals:
        """These and `rows`; rows of any other version count nothing."""
        sums = Totals(replace(self.candidate), replace(self.production))
        arms = {candidate: sums.candidate, production: sums.production}
        for row in rows:
            arm = arms.get(row.version)
            if arm is not None:
                arm.add(row)
        return sums
