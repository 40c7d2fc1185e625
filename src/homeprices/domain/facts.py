"""Reads and writes the facts of a home as their market declares them.

One reader for listing files, forms and tables: what a market says of a fact holds everywhere.
"""

from __future__ import annotations

from datetime import date

from homeprices.domain.listing import Fact
from homeprices.domain.market import FactKind, FactSpec
from homeprices.domain.units import Unfit, read_number

_FLAGS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def read_fact(value: object, spec: FactSpec) -> Fact:
    """`value`, a text or a number, as the optional fact that `spec` declares.

    Raises Unfit.
    """
    match spec.kind:
        case FactKind.WHOLE | FactKind.NUMBER:
            return read_number_fact(value, spec)
        case FactKind.CHOICE:
            return _choice(value, spec)
        case FactKind.DATE:
            return read_day(value)
        case FactKind.FLAG:
            return _flag(value)
        case _:
            return read_text(value)


def read_number_fact(value: object, spec: FactSpec) -> int | float:
    """A number within the bounds of `spec`, by its step; whole numbers come as int."""
    number = read_number(value)
    step = 1.0 if spec.kind is FactKind.WHOLE else spec.step
    if step is not None and number % step != 0:
        raise Unfit("not_whole") if step == 1 else Unfit("no_multiple", step=step)
    if number not in spec.accepted:
        raise Unfit("out_of_range")
    return number if step is None or number != int(number) else int(number)


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


def _choice(value: object, spec: FactSpec) -> str:
    word = read_text(value).casefold()
    for name, spellings in spec.values.items():
        if word == name.casefold() or word in (other.casefold() for other in spellings):
            return name
    raise Unfit("not_a_choice")


def read_day(value: object) -> str:
    """A day as in 2026-03-31; raises Unfit."""
    try:
        return date.fromisoformat(str(value).strip()).isoformat()
    except ValueError:
        raise Unfit("not_a_day") from None


def _flag(value: object) -> bool:
    word = str(value).strip().casefold()
    if word not in _FLAGS:
        raise Unfit("not_yes_or_no")
    return _FLAGS[word]
