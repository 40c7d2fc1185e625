"""Has the traffic moved away from the listings the model was made of?

The population stability index over bins frozen when the dataset was published:
PSI = sum (a - e) ln(a / e), a the share of requests in a bin, e the share of
listings (Siddiqi, Credit Risk Scorecards, 2006). Half a row is added to every
bin so that an empty one stays finite.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log

MIN_REQUESTS = 200
SIGNIFICANT_PSI = 0.2


@dataclass(frozen=True, slots=True)
class NumberBins:
    """Counts of listings between frozen edges: `len(edges) + 1` bins, an edge opens its bin."""

    edges: list[float]
    counts: list[int]

    def place(self, value: float) -> int:
        """The bin of `value`."""
        return bisect_right(self.edges, value)


@dataclass(frozen=True, slots=True)
class NameBins:
    """Counts of listings under the most frequent names; the last bin is every other name."""

    names: list[str]
    counts: list[int]

    def place(self, name: str) -> int:
        """The bin of `name`."""
        return self.names.index(name) if name in self.names else len(self.names)


@dataclass(frozen=True, slots=True)
class Profile:
    """How the listings of a dataset spread, feature by feature, in bins frozen at publication."""

    numbers: dict[str, NumberBins]
    names: dict[str, NameBins]


@dataclass(frozen=True, slots=True)
class FeatureDrift:
    """One feature's move: PSI, and the largest move of a bin's share in percentage points."""

    psi: float
    drift_percentage: float
    significant_drift: bool


@dataclass(frozen=True, slots=True)
class DriftReport:
    """The requests of the last `days` days against the listings of production's dataset.

    `status` is quiet, drift, too few requests, or no model; `message` says it
    in a sentence. `drift_indicators` is empty unless enough was seen.
    """

    status: str
    message: str
    overall_drift_detected: bool
    requests: int
    days: int
    dataset: str | None = None
    drift_indicators: dict[str, FeatureDrift] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptReport:
    """The report of one day, an ISO date, made `at` (ISO 8601); a day has one and keeps it."""

    day: str
    at: str
    report: DriftReport


def compare(expected: Sequence[int], seen: Sequence[int]) -> FeatureDrift:
    """The drift between two histograms over the same bins.

    >>> compare([50, 50], [500, 500])
    FeatureDrift(psi=0.0, drift_percentage=0.0, significant_drift=False)
    >>> compare([50, 50], [90, 10]).significant_drift
    True
    """
    e, a = _shares(expected), _shares(seen)
    psi = sum((y - x) * log(y / x) for x, y in zip(e, a, strict=True))
    largest = max((abs(y - x) for x, y in zip(e, a, strict=True)), default=0.0)
    return FeatureDrift(round(psi, 4), round(100 * largest, 1), psi > SIGNIFICANT_PSI)


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts) + 0.5 * len(counts)
    return [(count + 0.5) / total for count in counts]
