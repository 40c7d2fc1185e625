"""Reads and writes the facts of a home as their market declares them.

One reader for listing files, forms and tables: what a market says of a fact holds everywhere.
"""

from collections.abc import Callable
from datetime import date
from math import remainder

from homeprices.domain.listing import Fact
from homeprices.domain.market import FactKind, FactSpec
from homeprices.domain.units import Unfit, read_number

# The part of a step by which a multiple of it may be off.
ROUNDING = 1e-9
_FLAGS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def read_fact(value: object, spec: FactSpec) -> Fact:
    """`value`, a text or a number, as the optional fact that `spec` declares; raises Unfit."""
    return fact_reader(spec)(value)


def fact_reader(spec: FactSpec) -> Callable[[object], Fact]:
    """The reader of the optional fact that `spec` declares; it raises Unfit."""
    match spec.kind:
        case FactKind.WHOLE | FactKind.NUMBER:
            return number_reader(spec)
        case FactKind.CHOICE:
            return _choice_reader(spec)
        case FactKind.DATE:
            return read_day
        case FactKind.FLAG:
            return read_flag
        case _:
            return read_text


def read_number_fact(value: object, spec: FactSpec) -> int | float:
    """A number within the bounds of `spec`, by its step; raises Unfit."""
    return number_reader(spec)(value)


def number_reader(spec: FactSpec) -> Callable[[object], int | float]:
    """The reader of a number as `spec` declares it; whole numbers come as int."""
    step = 1.0 if spec.kind is FactKind.WHOLE else spec.step
    accepted = spec.accepted

    def read(value: object) -> int | float:
        number = read_number(value)
        if step is not None and not _is_multiple(number, step):
            raise Unfit("not_whole") if step == 1 else Unfit("no_multiple", step=step)
        if number not in accepted:
            raise Unfit("out_of_range")
        return round(number) if step is not None and _is_multiple(number, 1.0) else number

    return read


def _is_multiple(number: float, step: float) -> bool:
    """True within a rounding error: no float is 0.1, so 2.3 is no exact multiple of it."""
    return abs(remainder(number, step)) <= ROUNDING * step


def write_fact(value: Fact) -> str:
    """The shortest text that reads as `value` again."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)


def read_text(value: object) -> str:
    """A text with single spaces."""
    if not isinstance(value, str):
        raise Unfit("not_plain_text")
    return " ".join(value.split())


def _choice_reader(spec: FactSpec) -> Callable[[object], str]:
    names: dict[str, str] = {}
    for name, spellings in spec.values.items():
        for spelling in (name, *spellings):
            names.setdefault(spelling.casefold(), name)

    def read(value: object) -> str:
        name = names.get(read_text(value).casefold())
        if name is None:
            raise Unfit("not_a_choice")
        return name

    return read


def read_day(value: object) -> str:
    """A day as in 2026-03-31; raises Unfit."""
    try:
        return date.fromisoformat(str(value).strip()).isoformat()
    except ValueError:
        raise Unfit("not_a_day") from None


def read_flag(value: object) -> bool:
    """Yes or no; raises Unfit."""
    word = str(value).strip().casefold()
    if word not in _FLAGS:
        raise Unfit("not_yes_or_no")
    return _FLAGS[word]
