"""A fact is read as its market declares it."""

import pytest

from homeprices.domain.market import Bounds, FactKind, FactSpec
from homeprices.domain.units import Unfit
from homeprices.domain.written.facts import read_number_fact


def _number(step: float | None, kind: FactKind = FactKind.NUMBER) -> FactSpec:
    return FactSpec(kind, "size", ["size"], "Size", "size", bounds=Bounds(0, 100), step=step)


@pytest.mark.parametrize(
    ("step", "value", "number"),
    [(0.1, "2.3", 2.3), (0.1, "0.7", 0.7), (0.1, "99.9", 99.9), (0.1, "3.0", 3), (0.5, 2.5, 2.5)],
)
def test_a_multiple_of_a_step_is_accepted_though_no_float_is_that_step(
    step: float, value: object, number: float
) -> None:
    read = read_number_fact(value, _number(step))
    assert (read, type(read)) == (number, type(number))


@pytest.mark.parametrize(("step", "value"), [(0.1, 2.35), (0.1, 2.3001), (0.5, 2.3)])
def test_what_lies_between_two_steps_is_refused(step: float, value: float) -> None:
    with pytest.raises(Unfit) as refusal:
        read_number_fact(value, _number(step))
    assert (refusal.value.code, refusal.value.values) == ("no_multiple", {"step": step})


def test_a_whole_number_comes_as_int_and_a_huge_one_is_out_of_range() -> None:
    whole = _number(None, FactKind.WHOLE)
    assert type(read_number_fact(3.0, whole)) is int
    with pytest.raises(Unfit, match="not_whole"):
        read_number_fact(3.2, whole)
    with pytest.raises(Unfit, match="out_of_range"):
        read_number_fact(1e308, whole)
