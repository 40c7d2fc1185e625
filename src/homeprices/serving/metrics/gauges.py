"""A gauge as it is declared: its name, its words, its labels, and where its values come from."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from prometheus_client.core import GaugeMetricFamily, Metric

T = TypeVar("T")
LabelledValue = tuple[Sequence[str], float]


@dataclass(frozen=True, slots=True)
class Declared(Generic[T]):
    """`samples` gives a value for each set of labels, none where there is nothing to tell."""

    name: str
    words: str
    samples: Callable[[T], Iterable[LabelledValue]]
    labels: Sequence[str] = ()

    def family(self, source: T) -> Metric:
        """The series with the values that `source` has."""
        family = GaugeMetricFamily(self.name, self.words, labels=self.labels)
        for labels, value in self.samples(source):
            family.add_metric(labels, value)
        return family


@dataclass(frozen=True, slots=True, eq=False)
class Collected:
    """What prometheus_client asks for, of series that are read and not counted."""

    families: Sequence[Metric]

    def collect(self) -> Iterator[Metric]:
        """The series."""
        yield from self.families


def single(value: float | None) -> list[LabelledValue]:
    """One value without labels; no series where it is None."""
    return [] if value is None else [((), value)]
