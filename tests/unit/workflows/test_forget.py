"""A visitor is forgotten by the value of their cookie alone, and told what is not gone yet."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from homeprices.domain.errors import BadInput
from homeprices.domain.requests.records import Erasure, ErasureOrder
from homeprices.stores.objects import ObjectStore
from homeprices.workflows.forget import forget_again, forget_visitor

AT = datetime(2026, 11, 28, 9, tzinfo=UTC)
BY = {"actor": "test", "reason": "asked"}


class MemoryErasures:
    def __init__(self) -> None:
        self.orders: list[ErasureOrder] = []

    def forget(self, order: ErasureOrder) -> Erasure:
        self.orders.append(order)
        return Erasure(3, 1)


@pytest.fixture
def ports() -> SimpleNamespace:
    store = ObjectStore("memory:///")
    return SimpleNamespace(
        clock=lambda: AT, objects=store, erasures=MemoryErasures(), spool_keep_hours=48
    )


def test_it_is_said_what_is_gone_and_what_is_not(ports) -> None:
    gone, left = forget_visitor(ports, "a" * 32, **BY)
    assert gone == "erased 3 requests and 1 opinion of visitor aaaaaa.."
    assert "of running services within 49 hours" in left
    assert "set_aside.jsonl" in left


def test_the_order_outlives_the_database_and_names_nobody(ports) -> None:
    forget_visitor(ports, "a" * 32, **BY)
    (key,) = ports.objects.keys("erasures/")
    assert b"a" * 32 not in ports.objects.read(key)
    assert forget_again(ports) == 4
    first, again = ports.erasures.orders
    assert first == again
    assert (first.at, first.actor, first.reason) == (AT.isoformat(), "test", "asked")


@pytest.mark.parametrize("visitor", ["", "abc", "g" * 32, "a" * 33, "%"])
def test_what_is_no_visitor_is_refused(ports, visitor: str) -> None:
    with pytest.raises(BadInput, match="32 hexadecimal digits"):
        forget_visitor(ports, visitor, **BY)
    assert ports.erasures.orders == []
