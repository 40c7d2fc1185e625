"""The numbers of the evidence policy: an experiment is decided by those it was opened with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EvidenceParameters:
    """Version 1 of the numbers; what they are for is said where they are used.

    `*_at` are e-values: a process of that name acts when it reaches the number. Losses are
    absolute log errors, capped at `loss_cap`; `*_bound` is where a stake is clipped.
    `margin` is the smaller error that is worth a promotion, as a part of production's.
    `competition_hours` is how long candidates of one run compete before one goes on trial.
    """

    alpha: float = 0.05
    min_hours: float = 24
    deadline_hours: float = 168
    competition_hours: float = 72
    min_candidate_requests: float = 50
    min_ratings: float = 10
    min_labels: float = 20

    margin: float = 0.05
    composite_margin: float = 0.05
    severe_above: float = 1.2
    paired_weight: float = 0.8
    loss_cap: float = 0.5
    paired_bound: float = 0.25
    rating_bound: float = 0.8

    harm_at: float = 20
    bad_ratings_at: float = 40
    futility_at: float = 10
    guard_at: float = 100
    calm_below: float = 3
    sample_ratio_at: float = 1000
    sample_ratio_prior: float = 100

    odds_allowed: float = 1.5
    slow_above_ms: float = 500
    gross_odds_allowed: float = 1.25
    gross_above: float = 0.5

    largest_price_ratio: float = 3
    echo_within: float = 0.001
    network_cap: float = 5
    weightiest_networks: float = 10
    weightiest_share: float = 0.5

    moved_psi: float = 0.2
    moved_rows: float = 500

    watch_at: float = 1000
    watch_most_errors: float = 0.05
    watch_most_slow: float = 0.25

    @property
    def promote_at(self) -> float:
        """The e-value that promotes: 1 / alpha, by Ville's inequality."""
        return 1 / self.alpha


VERSION_1 = EvidenceParameters()
