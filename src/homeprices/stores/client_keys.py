"""Keys of clients: `keys/K{n}.json` makes one, `keys/K{n}.revoked.json` takes it back.

Objects, so that keys let in and are taken back while PostgreSQL is away.
"""

import re
from collections.abc import Callable
from functools import lru_cache

import msgspec

from homeprices.domain.errors import NotFound, Taken
from homeprices.domain.requests.keys import (
    KEYS,
    ClientKey,
    KeyStanding,
    RevokedKey,
    key_standings,
)
from homeprices.domain.versions import KeyId
from homeprices.ports import Objects

_KEY = re.compile(rf"{KEYS}K(\d+)(\.revoked)?\.json")
# Both documents of a key are some hundred bytes and never change.
_REMEMBERED = 4096


class ClientKeys:
    """All keys on an object store: one listing tells which there are, and each is read once."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._content = lru_cache(_REMEMBERED)(objects.read)

    def add(self, describe: Callable[[KeyId], ClientKey]) -> ClientKey:
        """The key that `describe` makes of its number, which is nobody else's; it is kept."""
        number = max(self._numbers(), default=0) + 1
        while True:
            key = describe(KeyId(number))
            try:
                self._objects.create(_path(KeyId(number)), msgspec.json.encode(key))
            except Taken:
                number += 1
            else:
                return key

    def revoke(self, ending: RevokedKey) -> bool:
        """Take a key back for good; False where it was before."""
        try:
            path = _path(KeyId.parse(ending.id), ".revoked")
            self._objects.create(path, msgspec.json.encode(ending))
        except Taken:
            return False
        return True

    def standings(self) -> tuple[KeyStanding, ...]:
        """Every key with what has ended it, or will; in the order of their numbers."""
        numbers = self._numbers()
        revoked = {str(KeyId(n)): self._revoked(KeyId(n)) for n in numbers if numbers[n]}
        return key_standings([self._key(KeyId(n)) for n in sorted(numbers)], revoked)

    def find(self, number: KeyId) -> KeyStanding:
        """Where one key stands; raises NotFound."""
        for standing in self.standings():
            if standing.key.id == str(number):
                return standing
        raise NotFound(f"there is no key {number}; `homes keys list` tells which there are")

    def _numbers(self) -> dict[int, bool]:
        """The number of each key, and whether it was taken back."""
        matches = [match for key in self._objects.keys(KEYS) if (match := _KEY.fullmatch(key))]
        ended = {int(match[1]) for match in matches if match[2]}
        return {int(match[1]): int(match[1]) in ended for match in matches if not match[2]}

    def _key(self, number: KeyId) -> ClientKey:
        return msgspec.json.decode(self._content(_path(number)), type=ClientKey)

    def _revoked(self, number: KeyId) -> RevokedKey:
        return msgspec.json.decode(self._content(_path(number, ".revoked")), type=RevokedKey)


def _path(number: KeyId, suffix: str = "") -> str:
    return f"{KEYS}{number}{suffix}.json"
