"""Keys of clients: what is kept of one, what it lets in, when it ends, and whose a secret is.

A secret, `homes_K3_` and 64 hexadecimal digits, is 256 random bits behind the id of its key. It
is told once; only its sha256 is kept. Times are ISO 8601 UTC.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest

from homeprices.domain.errors import KeyEnded, KeyMisplaced, KeyRefused
from homeprices.domain.versions import KeyId

KEYS = "keys/"
OPERATOR = "operator"
LONGEST_NAME = 60
_SECRET = re.compile(r"homes_(K[1-9]\d{0,8})_[0-9a-f]{64}")
# The beginning of any secret of ours is enough to take it for one.
_MARK = b"homes_"
_LIKE_A_SECRET = re.compile(rb"homes_(K\d{1,9}|operator)_[0-9a-f]{8}")
ENDED = {"expired": "has expired", "revoked": "was revoked", "replaced": "was replaced"}
# No secret is known that has this digest.
_NOBODYS = bytes(32)


class KeyScope(StrEnum):
    """What a key lets in: prices and what goes with them, rows of the logs, acts of an operator."""

    PRICE = "price"
    READ_LOGS = "read_logs"
    OPERATE = "operate"


@dataclass(frozen=True, slots=True)
class ClientKey:
    """`keys/K{n}.json`: written once when the key is made.

    `name` is whom it was given to, which is kept with what they ask. A key that `replaces`
    another ends that one at `grace_until`.
    """

    id: str
    name: str
    scopes: tuple[KeyScope, ...]
    sha256: str
    made_at: str
    made_by: str
    expires_at: str | None = None
    replaces: str | None = None
    grace_until: str | None = None


@dataclass(frozen=True, slots=True)
class RevokedKey:
    """`keys/K{n}.revoked.json`: written once when the key is taken back."""

    id: str
    revoked_at: str
    revoked_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class KeyStanding:
    """A key, and all that may end it: its expiry, what took it back, the key that replaced it."""

    key: ClientKey
    revoked: RevokedKey | None = None
    replaced_by: ClientKey | None = None

    @property
    def ends(self) -> Mapping[str, datetime]:
        """When it ends, by the word for how, the earliest first; {} for one that stays."""
        moments = {
            "expired": self.key.expires_at,
            "revoked": self.revoked and self.revoked.revoked_at,
            "replaced": self.replaced_by and self.replaced_by.grace_until,
        }
        known = {how: datetime.fromisoformat(at) for how, at in moments.items() if at}
        return dict(sorted(known.items(), key=lambda pair: pair[1]))

    def how_ended(self, at: datetime) -> str | None:
        """The word for how it has ended by `at`; None while it lets in."""
        return next((how for how, moment in self.ends.items() if moment <= at), None)


def key_standings(
    keys: Iterable[ClientKey], revoked: Mapping[str, RevokedKey]
) -> tuple[KeyStanding, ...]:
    """Where each of all `keys` stands; of several that replace one the first ends it."""
    known = list(keys)
    replacing: dict[str, ClientKey] = {}
    for key in sorted(known, key=lambda key: key.grace_until or ""):
        if key.replaces is not None:
            replacing.setdefault(key.replaces, key)
    return tuple(KeyStanding(key, revoked.get(key.id), replacing.get(key.id)) for key in known)


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whose key a request came with: the id of the key (`operator`: the operator's), the name."""

    id: str
    name: str
    scopes: frozenset[KeyScope]


class Keyring:
    """The keys that let in: the operator's, which may do everything, and those of clients."""

    def __init__(self, operator_key: str, standings: Iterable[KeyStanding] = ()) -> None:
        self._operator_digest = digest(operator_key) if operator_key else _NOBODYS
        self._operator = KeyHolder(OPERATOR, OPERATOR, frozenset(KeyScope))
        self._clients = {standing.key.id: _Client.with_standing(standing) for standing in standings}

    def holder(self, secret: str, at: datetime) -> KeyHolder:
        """Whose `secret` is; raises KeyRefused, KeyEnded.

        It takes as long whether or not there is a key of its id, and however much of it is right.
        """
        provided = digest(secret)
        match = _SECRET.fullmatch(secret)
        client = self._clients.get(match[1]) if match else None
        is_operator = compare_digest(provided, self._operator_digest)
        is_client = compare_digest(provided, client.digest if client else _NOBODYS)
        if is_operator:
            return self._operator
        if client is None or not is_client:
            raise KeyRefused("the key that was sent is none of this service")
        if client.ends_at is not None and client.ends_at <= at:
            raise _ended(client.standing, at)
        return client.holder


@dataclass(frozen=True, slots=True)
class _Client:
    """A key as it is looked up."""

    digest: bytes
    holder: KeyHolder
    ends_at: datetime | None
    standing: KeyStanding

    @classmethod
    def with_standing(cls, standing: KeyStanding) -> "_Client":
        key = standing.key
        holder = KeyHolder(key.id, key.name, frozenset(key.scopes))
        ends_at = next(iter(standing.ends.values()), None)
        return cls(bytes.fromhex(key.sha256), holder, ends_at, standing)


def _ended(standing: KeyStanding, at: datetime) -> KeyEnded:
    how = standing.how_ended(at) or ""
    moment = standing.ends[how].isoformat(timespec="minutes")
    return KeyEnded(f"the key {standing.key.id} {ENDED[how]} at {moment}; ask for another")


def secret_of(number: KeyId, random: str) -> str:
    """The secret of a key, of 64 random hexadecimal digits.

    >>> secret_of(KeyId(3), "0f" * 32)[:17]
    'homes_K3_0f0f0f0f'
    """
    return f"homes_{number}_{random}"


def is_secret(text: str) -> bool:
    """True for what has the form of a client's secret."""
    return _SECRET.fullmatch(text) is not None


def digest(secret: str) -> bytes:
    """What is compared instead of a secret."""
    return sha256(secret.encode("utf-8", "surrogateescape")).digest()


def require_no_key(text: bytes) -> None:
    """Raise KeyMisplaced where a secret of ours stands in `text`, of an address or a body."""
    if _MARK in text and _LIKE_A_SECRET.search(text):
        raise misplaced()


def misplaced() -> KeyMisplaced:
    """What is said of a key that came by any other way than a header."""
    return KeyMisplaced(
        "a key is sent in a header, `Authorization: Bearer KEY` or `X-API-Key: KEY`, and never in "
        "an address or a form: those are kept in logs and histories, so take the one that was "
        "sent for known, and replace it"
    )
