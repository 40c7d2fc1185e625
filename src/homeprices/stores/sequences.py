"""Numbers that are taken once and never again: claim first, manifest last.

A writer takes the next number by creating its claim; exactly one of many racing
writers gets it. What it then writes counts only once its manifest exists, so a
version is there whole or not at all, and the number of a writer that died is
skipped for ever.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from homeprices.domain.errors import NotFound, Taken
from homeprices.ports import Clock, Objects

# An entry and its ending are some hundred bytes and never change.
_REMEMBERED = 4096


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

    def claim_next(self, clock: Clock) -> int:
        """A new number, one above every number ever claimed, and ours alone."""
        number = self.next()
        while not self.claim(number, clock):
            number += 1
        return number

    def next(self) -> int:
        """One above every number ever claimed; another writer may claim it first."""
        return max((number for number, _ in self._suffixes()), default=0) + 1

    def claim(self, number: int, clock: Clock) -> bool:
        """Claim `number`; False where another writer has it."""
        try:
            self._objects.create(f"{self._prefix}{number}{self._claim}", claim(clock()))
        except Taken:
            return False
        return True

    def claimed_at(self, number: int) -> datetime | None:
        """When `number` was claimed; None where its claim does not say. Raises NotFound."""
        content = json.loads(self._objects.read(f"{self._prefix}{number}{self._claim}"))
        moment = content.get("claimed_at")
        return None if moment is None else datetime.fromisoformat(moment)

    def complete(self) -> list[int]:
        """The numbers whose manifest exists, ascending."""
        return sorted(number for number, suffix in self._suffixes() if suffix == self._manifest)

    def _suffixes(self) -> list[tuple[int, str]]:
        """Each key's number and what follows it."""
        folder = self._prefix.rpartition("/")[0] + "/"
        matches = (self._number.fullmatch(key) for key in self._objects.keys(folder))
        return [(int(match[1]), match[2]) for match in matches if match]


def claim(at: datetime) -> bytes:
    """What a claim says: when it was made. A claim without a manifest was left by a crash."""
    return json.dumps({"claimed_at": at.isoformat()}).encode()


@dataclass(frozen=True, slots=True)
class EntryNumbers:
    """The numbers of the entries of a sequence, ascending, and those that were closed."""

    numbers: tuple[int, ...]
    closed: frozenset[int]

    @property
    def open_number(self) -> int | None:
        """The newest entry if it is open, else None."""
        newest = self.numbers[-1:]
        return newest[0] if newest and newest[0] not in self.closed else None


class OneOpenSequence:
    """Entries under one folder of an object store, numbered from 1: only the newest may be open.

    One listing tells which there are and which are closed. What an entry and its
    ending say never changes, and is read once.
    """

    def __init__(self, objects: Objects, folder: str, letter: str) -> None:
        self._objects = objects
        self._folder = folder
        self._stem = f"{folder}{letter}"
        self._key = re.compile(rf"{re.escape(self._stem)}(\d+)(\.closed)?\.json")
        self._content = lru_cache(_REMEMBERED)(objects.read)

    def open_next(self, content: Callable[[int], bytes]) -> int | None:
        """The number of a new entry that says `content`; None while another is open."""
        listing = self.listing()
        if listing.open_number is not None:
            return None
        number = listing.numbers[-1] + 1 if listing.numbers else 1
        try:
            self._objects.create(f"{self._stem}{number}.json", content(number))
        except Taken:
            return None
        return number

    def close(self, number: int, content: bytes) -> None:
        """End an entry; ending it again changes nothing."""
        try:
            self._objects.create(f"{self._stem}{number}.closed.json", content)
        except Taken:
            return

    def read(self, number: int) -> bytes:
        """What opened the entry; raises NotFound."""
        return self._content(f"{self._stem}{number}.json")

    def ending(self, number: int) -> bytes | None:
        """What closed the entry; None while it is open."""
        try:
            return self._content(f"{self._stem}{number}.closed.json")
        except NotFound:
            return None

    def listing(self) -> EntryNumbers:
        """Which entries there are."""
        matches = (self._key.fullmatch(key) for key in self._objects.keys(self._folder))
        keys = [(int(match[1]), match[2] is not None) for match in matches if match]
        return EntryNumbers(
            tuple(sorted(number for number, is_ending in keys if not is_ending)),
            frozenset(number for number, is_ending in keys if is_ending),
        )
