"""What is to be said to people, as a code and values: `wording` makes the sentence of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to say; `values` are plain, in the market's units, or lists or notes themselves."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)


def note(code: str, **values: object) -> Note:
    """The note of this code with these values.

    >>> note("missing", name="bath")
    Note(code='missing', values={'name': 'bath'})
    """
    return Note(code, values)
