"""Reads fields one at a time and collects what is wrong with them, so that all is said at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from homeprices.domain.errors import BadInput, FieldProblem
from homeprices.domain.notes import Note
from homeprices.domain.units import Unfit

Value = TypeVar("Value")
_SHOWN = 60


class Form:
    """The fields of a request by name; empty text counts as not provided."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        self._fields = fields
        self._problems: dict[str, FieldProblem] = {}

    def value(self, name: str) -> object:
        """What was provided as `name`; None where nothing was."""
        value = self._fields.get(name)
        return None if isinstance(value, str) and not value.strip() else value

    def read(
        self,
        name: str,
        read: Callable[[object], Value],
        expected: Note,
        *,
        required: bool = False,
    ) -> Value | None:
        """The field as `read` reads it, which raises Unfit; None where it is missing or unfit.

        `expected` says what the field must be.
        """
        value = self.value(name)
        if value is None:
            if required:
                self.problem(name, "missing", expected=expected)
            return None
        try:
            return read(value)
        except Unfit as unfit:
            got = _shown(value)
            self.problem(name, unfit.code, expected=expected, got=got, **unfit.values)
            return None

    def problem(self, name: str, code: str, **values: object) -> None:
        """Note a problem of a field, its first alone."""
        self._problems.setdefault(name, FieldProblem(name, code, values))

    def close(self) -> None:
        """Raise BadInput if any field has a problem."""
        if self._problems:
            raise BadInput(list(self._problems.values()))


def plain_text(longest: int) -> Callable[[object], str]:
    """The reader of one line of text of at most `longest` characters."""

    def read(value: object) -> str:
        if not isinstance(value, str) or len(value) > longest or not value.isprintable():
            raise Unfit("not_plain_text", longest=longest)
        return " ".join(value.split())

    return read


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
