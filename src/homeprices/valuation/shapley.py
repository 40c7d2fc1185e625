"""Shares a total fairly among players: Shapley, A Value for n-Person Games (1953)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import factorial


def shapley(players: Sequence[str], worth: Callable[[frozenset[str]], float]) -> dict[str, float]:
    """What each player adds, over all orders of joining; together worth(all) - worth(none).

    Exact: `worth` is asked once for each of the 2^n sets of players.

    >>> shapley(["a", "b"], lambda joined: 6.0 if len(joined) == 2 else 0.0)
    {'a': 3.0, 'b': 3.0}
    """
    n = len(players)
    sets = [frozenset(s) for size in range(n + 1) for s in combinations(players, size)]
    value = {joined: worth(joined) for joined in sets}
    orders = [factorial(size) * factorial(n - size - 1) / factorial(n) for size in range(n)]
    return {
        player: sum(
            orders[len(joined)] * (value[joined | {player}] - value[joined])
            for joined in sets
            if player not in joined
        )
        for player in players
    }
