"""How the figures of two models differ on the same homes."""

from __future__ import annotations

import numpy as np

from homeprices.domain.comparison import Change
from homeprices.valuation.evaluate.predictions import Predictions, metrics

_RESAMPLES, _SEED = 500, 1


def changes(first: Predictions, second: Predictions) -> list[Change]:
    """The metrics of both, and the 95 % interval of second minus first.

    A paired bootstrap: homes are drawn, and both models judged on each draw, so that what makes
    a home hard for both cancels (Efron and Tibshirani, An Introduction to the Bootstrap, 1993,
    chapter 8).
    """
    rows = len(first.actual)
    draws = np.random.default_rng(_SEED).integers(rows, size=(_RESAMPLES, rows))
    pairs = [(metrics(first.take(draw)), metrics(second.take(draw))) for draw in draws]
    ours, theirs = metrics(first), metrics(second)
    found = []
    for name in ours:
        if name != "rows":
            differences = [b[name] - a[name] for a, b in pairs]
            low, high = np.quantile(differences, [0.025, 0.975])
            found.append(Change(name, ours[name], theirs[name], float(low), float(high)))
    return found
