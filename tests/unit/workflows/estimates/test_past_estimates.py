"""Who asks why an estimate was what it was holds up nobody else for long."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event, Semaphore

import pytest

from conftest import StoppedClock
from homeprices.domain.errors import Busy, NotFound
from homeprices.stores.objects import ObjectStore
from homeprices.stores.registry import Registry
from homeprices.workflows.estimates.past_estimates import RebuiltEstimates

AT_ONCE = 20


@dataclass
class SlowPredictions:
    """Finds nothing, once `released`; `asked` counts who has begun to wait."""

    asked: Semaphore
    released: Event

    def find(self, _: str) -> None:
        self.asked.release()
        assert self.released.wait(10)


def test_more_than_a_few_at_once_are_told_to_ask_again() -> None:
    predictions = SlowPredictions(Semaphore(0), Event())
    registry = Registry(ObjectStore("memory:///"), StoppedClock())
    rebuilt = RebuiltEstimates(registry, predictions)  # type: ignore[arg-type]
    ask: Callable[[], object] = lambda: rebuilt.rebuild("0190", None)  # noqa: E731
    with ThreadPoolExecutor(AT_ONCE) as threads:
        waiting = [threads.submit(ask) for _ in range(AT_ONCE)]
        for _ in waiting:
            assert predictions.asked.acquire(timeout=10)
        with pytest.raises(Busy, match="ask again"):
            ask()
        predictions.released.set()
        assert {type(one.exception()) for one in waiting} == {NotFound}
    with pytest.raises(NotFound):
        ask()
