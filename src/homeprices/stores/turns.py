"""Numbered things of which one is open at a time: the next begins when the last is closed.

`{folder}{letter}{n}.json` opens one and `{folder}{letter}{n}.closed.json` ends
it. Both are created once, so of two racing writers one gets the turn.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from homeprices.domain.errors import NotFound, Taken
from homeprices.ports import Objects


class Turns:
    """The turns under one folder of an object store."""

    def __init__(self, objects: Objects, folder: str, letter: str) -> None:
        self._objects = objects
        self._folder = folder
        self._stem = f"{folder}{letter}"
        self._opened = re.compile(rf"{re.escape(self._stem)}(\d+)\.json")

    def take(self, content: Callable[[int], bytes]) -> int | None:
        """The number of a new turn that says `content`; None while another is open."""
        numbers = self.numbers()
        if numbers and not self.is_closed(numbers[-1]):
            return None
        number = numbers[-1] + 1 if numbers else 1
        try:
            self._objects.create(f"{self._stem}{number}.json", content(number))
        except Taken:
            return None
        return number

    def close(self, number: int, content: bytes) -> None:
        """End a turn; ending it again changes nothing."""
        try:
            self._objects.create(f"{self._stem}{number}.closed.json", content)
        except Taken:
            return

    def open_now(self) -> int | None:
        """The turn that is open, or None."""
        numbers = self.numbers()
        return None if not numbers or self.is_closed(numbers[-1]) else numbers[-1]

    def read(self, number: int) -> bytes:
        """What opened the turn; raises NotFound."""
        return self._objects.read(f"{self._stem}{number}.json")

    def ending(self, number: int) -> bytes | None:
        """What closed the turn; None while it is open."""
        try:
            return self._objects.read(f"{self._stem}{number}.closed.json")
        except NotFound:
            return None

    def numbers(self) -> list[int]:
        """The numbers of all turns, ascending."""
        found = (self._opened.fullmatch(key) for key in self._objects.keys(self._folder))
        return sorted(int(match[1]) for match in found if match)

    def is_closed(self, number: int) -> bool:
        """True once the turn was ended."""
        return self.ending(number) is not None
