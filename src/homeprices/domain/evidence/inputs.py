"""Do visitors ask about other homes than when the experiment began?

The population stability index over ten frozen bins of each input, the newest half day against
the first day, each visitor weighing once in either. Half days count from the
start, so that a visitor is counted by one key and the state holds three histograms an
input: the first day, the half day before, and the one that runs.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from zlib import crc32

import numpy as np

from homeprices.domain.drift import compare

INPUTS = ("area", "bedrooms", "bathrooms", "locality")
HALF_DAY_HOURS = 12
FIRST_DAY = 2  # half days
BINS = 10
# The edges are the deciles of so many first visitors, and stay.
EDGES_FROM = 100
MISSING = -1.0

Counts = tuple[tuple[int, ...], ...]
NO_COUNTS: Counts = ((0,) * BINS,) * len(INPUTS)


@dataclass(frozen=True, slots=True)
class InputRow:
    """What one visitor asked for: the half day since the start, and a number for each input."""

    half_day: int
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class HalfDay:
    """Counts of one half day, by input and bin."""

    number: int
    counts: Counts = NO_COUNTS


@dataclass(frozen=True, slots=True)
class MovedInputs:
    """The histograms; `waiting` are the rows from which the edges are still to be made."""

    waiting: tuple[InputRow, ...] = ()
    edges: tuple[tuple[float, ...], ...] = ()
    first_day: Counts = NO_COUNTS
    half_days: tuple[HalfDay, ...] = ()

    def after(self, rows: Sequence[InputRow]) -> MovedInputs:
        """The histograms with `rows`, one for each visitor."""
        if self.edges:
            return self._counted(rows)
        waiting = (*self.waiting, *rows)
        if len(waiting) < EDGES_FROM:
            return replace(self, waiting=waiting)
        return MovedInputs(edges=_edges(waiting[:EDGES_FROM]))._counted(waiting)

    def moved(self, half_day: int, rows: float, psi: float) -> tuple[str, float] | None:
        """The input that has moved most, and its index, where one moved by more than `psi`.

        Both sides must have as many `rows` at least. What is older than the half day before the
        running one, `half_day`, says nothing of what visitors ask now.
        """
        recent = [h.counts for h in self.half_days if h.number in (half_day - 1, half_day)]
        newest = next((counts for counts in recent if sum(counts[0]) >= rows), None)
        if newest is None or sum(self.first_day[0]) < rows:
            return None
        moves = [
            compare(before, now).psi for before, now in zip(self.first_day, newest, strict=True)
        ]
        largest = max(moves)
        return (INPUTS[moves.index(largest)], largest) if largest > psi else None

    def _counted(self, rows: Sequence[InputRow]) -> MovedInputs:
        first_day = [row for row in rows if row.half_day < FIRST_DAY]
        later = sorted({row.half_day for row in rows if row.half_day >= FIRST_DAY})
        half_days = {half.number: half for half in self.half_days}
        for number in later:
            counts = half_days.get(number, HalfDay(number)).counts
            of_half = [row for row in rows if row.half_day == number]
            half_days[number] = HalfDay(number, self._added(counts, of_half))
        newest = sorted(half_days.values(), key=lambda half: -half.number)[:2]
        first = self._added(self.first_day, first_day)
        return replace(self, waiting=(), first_day=first, half_days=tuple(newest))

    def _added(self, counts: Counts, rows: Sequence[InputRow]) -> Counts:
        sums = [list(bins) for bins in counts]
        for row in rows:
            for bins, edges, value in zip(sums, self.edges, row.values, strict=True):
                bins[bisect_right(edges, value)] += 1
        return tuple(map(tuple, sums))


def half_day_at(hours: float) -> int:
    """The number of the half day that runs so many hours after the start.

    >>> half_day_at(11.9), half_day_at(12)
    (0, 1)
    """
    return int(hours // HALF_DAY_HOURS)


def input_values(
    area: float | None, bedrooms: float | None, bathrooms: float | None, locality: str | None
) -> tuple[float, ...]:
    """The numbers by which a request is binned; a locality by a hash of its name."""
    numbers = (
        float(number) if number is not None and isfinite(number) else MISSING
        for number in (area, bedrooms, bathrooms)
    )
    place = MISSING if not locality else crc32(locality.strip().lower().encode()) % BINS
    return (*numbers, float(place))


def _edges(rows: Sequence[InputRow]) -> tuple[tuple[float, ...], ...]:
    """For each input the values at which a bin opens; a locality's hash is its bin."""
    columns = list(zip(*(row.values for row in rows), strict=True))
    parts = np.arange(1, BINS) / BINS
    edges = [tuple(np.unique(np.quantile(column, parts)).tolist()) for column in columns[:-1]]
    return (*edges, tuple(float(number) for number in range(1, BINS)))
