"""Numbers that are taken once and never again: claim first, manifest last.

A writer takes the next number by creating its claim; exactly one of many racing
writers gets it. What it then writes counts only once its manifest exists, so a
version is there whole or not at all, and the number of a writer that died is
skipped for ever.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime

from homeprices.domain.errors import NotFound, Taken
from homeprices.ports import Clock, Objects


class VersionSequence:
    """The numbers n of keys `{prefix}{n}{suffix}`, told apart by the suffix.

    `claim` and `manifest` are the suffixes of the first and the last object
    that a number gets; both start with a character that is no digit.
    """

    def __init__(self, objects: Objects, prefix: str, *, claim: str, manifest: str) -> None:
        self._objects = objects
        self._prefix = prefix
        self._claim = claim
        self._manifest = manifest
        self._number = re.compile(rf"{re.escape(prefix)}(\d+)(?!\d)(.*)")

    def take(self, clock: Clock) -> int:
        """A new number, one above every number ever claimed, and ours alone."""
        number = max((number for number, _ in self._found()), default=0) + 1
        while True:
            try:
                self._objects.create(f"{self._prefix}{number}{self._claim}", claim(clock()))
            except Taken:
                number += 1
            else:
                return number

    def complete(self) -> list[int]:
        """The numbers whose manifest exists, ascending."""
        return sorted(number for number, suffix in self._found() if suffix == self._manifest)

    def _found(self) -> list[tuple[int, str]]:
        folder = self._prefix.rpartition("/")[0] + "/"
        found = (self._number.fullmatch(key) for key in self._objects.keys(folder))
        return [(int(match[1]), match[2]) for match in found if match]


def claim(at: datetime) -> bytes:
    """What a claim says: when it was made. A claim without a manifest was left by a crash."""
    return json.dumps({"claimed_at": at.isoformat()}).encode()


class OneOpenSequence:
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
