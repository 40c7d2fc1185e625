"""How often the plain rule promotes a candidate that is no better, or much worse, than production.

    .venv/bin/python benchmarks/plain_rule.py

Simulates trials of 168 hours, looked at every hour. A visitor who gives an opinion
says "accurate" when the estimate is within 10 % of the price, else "too high" or
"too low"; errors are normal in log price. Both arms answer in 100 ms.
"""

import numpy as np

from homeprices.domain.experiments.composite import PLAIN, composite
from homeprices.domain.experiments.decision import Verdict
from homeprices.domain.experiments.evidence import ArmEvidence, Evidence

TRIALS, SEED = 1_000, 1
SPREAD = 0.20
SHARE, OPINIONS = 0.2, 0.03


def outcome(rng: np.random.Generator, visitors_an_hour: int, candidate_spread: float) -> Verdict:
    """The verdict that ends one trial."""
    totals = {"CO1": np.zeros(3), "BO1": np.zeros(3)}
    for hour in range(1, round(PLAIN.deadline_hours) + 1):
        for version, share, spread in (
            ("CO1", SHARE, candidate_spread),
            ("BO1", 1 - SHARE, SPREAD),
        ):
            requests = rng.poisson(visitors_an_hour * share)
            errors = rng.normal(0, spread, rng.binomial(requests, OPINIONS))
            stars = np.where(np.abs(errors) < np.log(1.1), 5, 2)
            totals[version] += (requests, stars.size, stars.sum())
        ruling = composite(Evidence(arm("CO1", totals), arm("BO1", totals), hour))
        if ruling.verdict is not Verdict.CONTINUE:
            return ruling.verdict
    raise AssertionError("the deadline ends every trial")


def arm(version: str, totals: dict[str, np.ndarray]) -> ArmEvidence:
    """The evidence of one arm from its running totals."""
    requests, ratings, stars = totals[version]
    mean = float(stars / ratings) if ratings else None
    return ArmEvidence(version, int(requests), 100.0, int(ratings), mean, 0)


def main() -> None:
    """Print the share of trials that end in a promotion."""
    print("promoted, of", TRIALS, "trials each, standard error up to 1.6 points")
    print(f"{'visitors an hour':>18} {'equal':>8} {'10 % worse':>12} {'20 % better':>12}")
    for visitors in (20, 100, 500, 5000):
        shares = []
        for factor in (1.0, 1.1, 0.8):
            rng = np.random.default_rng(SEED)
            ends = [outcome(rng, visitors, SPREAD * factor) for _ in range(TRIALS)]
            shares.append(ends.count(Verdict.PROMOTE) / TRIALS)
        print(f"{visitors:>18} {shares[0]:>8.1%} {shares[1]:>12.1%} {shares[2]:>12.1%}")


if __name__ == "__main__":
    main()
