"""Ratings in blocks by arrival: one of the candidate against several of production.

A block pairs what arrived at about the same time, so that a good week for everybody
is no evidence. Its stake is the mean score of the candidate minus that of production.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

# So many of one arm wait for the other; beyond, they find no partner and count nothing.
MOST_WAITING = 256
# Parts of the visitors for which a block finds its ratings among those that wait.
SMALLEST_SHARE, LARGEST_SHARE = 0.01, 0.99


@dataclass(frozen=True, slots=True)
class BlockSize:
    """How many ratings of each arm make a block."""

    candidate: int
    production: int

    @classmethod
    def for_share(cls, share: float) -> BlockSize:
        """The blocks in which an arm with `share` of the visitors meets the other.

        >>> BlockSize.for_share(0.2), BlockSize.for_share(0.75)
        (BlockSize(candidate=1, production=4), BlockSize(candidate=3, production=1))
        """
        if share > 0.5:
            return cls(round(share / (1 - share)), 1)
        return cls(1, round((1 - share) / share))


class BlockQueue(Generic[T]):
    """Ratings that wait for their block, in order of arrival."""

    def __init__(self, candidate: Iterable[T] = (), production: Iterable[T] = ()) -> None:
        self.candidate: deque[T] = deque(candidate)
        self.production: deque[T] = deque(production)
        self.dropped = 0

    def blocks(
        self, ratings: Iterable[tuple[bool, T]], size: BlockSize
    ) -> Iterator[tuple[list[T], list[T]]]:
        """The blocks that `ratings` (is it the candidate's, rating) complete."""
        for is_candidate, rating in ratings:
            queue = self.candidate if is_candidate else self.production
            if len(queue) >= MOST_WAITING:
                self.dropped += 1
                continue
            queue.append(rating)
            if len(self.candidate) >= size.candidate and len(self.production) >= size.production:
                yield (
                    _taken(self.candidate, size.candidate),
                    _taken(self.production, size.production),
                )


def _taken(queue: deque[T], count: int) -> list[T]:
    return [queue.popleft() for _ in range(count)]
