"""Keys of clients: `keys/K{n}.json` makes one, `keys/K{n}.revoked.json` takes it back.

Objects, so that keys let in and are taken back while PostgreSQL is away. One that cannot be read
lets nobody in, and keeps no other key from being taken back.
"""

import logging
import re
from collections.abc import Callable
from datetime import datetime
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

_KEY = re.compile(rf"{KEYS}K([1-9]\d{{0,8}})(\.revoked)?\.json")
# Both documents of a key are some hundred bytes and never change.
_REMEMBERED = 4096
_LONG_AGO = "1970-01-01T00:00:00+00:00"
_LOG = logging.getLogger(__name__)


class ClientKeys:
    """All keys on an object store: one listing tells which there are, and each is read once."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._key = lru_cache(_REMEMBERED)(self._read_key)
        self._revoked = lru_cache(_REMEMBERED)(self._read_revoked)

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
        """Take a key back for good; False where it was before. Raises NotFound."""
        number = KeyId.parse(ending.id)
        if number.number not in self._numbers():
            raise _unknown(number)
        try:
            self._objects.create(_path(number, ".revoked"), msgspec.json.encode(ending))
        except Taken:
            return False
        return True

    def standings(self) -> tuple[KeyStanding, ...]:
        """Every key that can be read, with what has ended it, or will; in order of numbers."""
        numbers = self._numbers()
        revoked = {str(KeyId(n)): self._revoked(KeyId(n)) for n in numbers if numbers[n]}
        keys = (self._key(KeyId(n)) for n in sorted(numbers))
        return key_standings([key for key in keys if key is not None], revoked)

    def find(self, number: KeyId) -> KeyStanding:
        """Where one key stands; raises NotFound."""
        for standing in self.standings():
            if standing.key.id == str(number):
                return standing
        raise _unknown(number)

    def _numbers(self) -> dict[int, bool]:
        """The number of each key, and whether it was taken back."""
        matches = [match for key in self._objects.keys(KEYS) if (match := _KEY.fullmatch(key))]
        ended = {int(match[1]) for match in matches if match[2]}
        return {int(match[1]): int(match[1]) in ended for match in matches if not match[2]}

    def _read_key(self, number: KeyId) -> ClientKey | None:
        """The key; None for one that lets nobody in, since nobody can tell what it says."""
        path = _path(number)
        content = self._objects.read(path)
        try:
            key = msgspec.json.decode(content, type=ClientKey)
            _require_sense(number, key)
        except ValueError as error:
            _LOG.error("%s cannot be read and lets nobody in: %s", path, error)
            return None
        return key

    def _read_revoked(self, number: KeyId) -> RevokedKey:
        """Who took the key back; that the object is there is enough for it to have ended."""
        path = _path(number, ".revoked")
        content = self._objects.read(path)
        try:
            revoked = msgspec.json.decode(content, type=RevokedKey)
            _require_moment(revoked.revoked_at)
        except ValueError as error:
            _LOG.error("%s cannot be read; %s is revoked all the same: %s", path, number, error)
            return RevokedKey(str(number), _LONG_AGO, "unknown", "what was said cannot be read")
        return revoked


def _require_sense(number: KeyId, key: ClientKey) -> None:
    """Raises ValueError for what a keyring could not go by."""
    if key.id != str(number):
        raise ValueError(f"it says that it is {key.id}")
    bytes.fromhex(key.sha256)
    for at in (key.made_at, key.expires_at, key.grace_until):
        if at is not None:
            _require_moment(at)


def _require_moment(text: str) -> None:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(f"{text} is of no time zone")


def _unknown(number: KeyId) -> NotFound:
    return NotFound(f"there is no key {number}; `homes keys list` tells which there are")


def _path(number: KeyId, suffix: str = "") -> str:
    return f"{KEYS}{number}{suffix}.json"
