"""Make, replace and take back keys of clients; each act leaves an object that says who and when."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from homeprices.domain.errors import BadInput, FieldProblem, Refused
from homeprices.domain.requests.keys import (
    ENDED,
    LONGEST_NAME,
    OPERATOR,
    ClientKey,
    KeyScope,
    KeyStanding,
    RevokedKey,
    digest,
    secret_of,
)
from homeprices.domain.versions import KeyId
from homeprices.workflows.context import KeyPorts


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A new key with its secret, which nothing else has: what is not told now is lost."""

    key: ClientKey
    secret: str = field(repr=False)


def make_key(
    ports: KeyPorts, name: str, scopes: Sequence[KeyScope], days: float | None, actor: str
) -> MadeKey:
    """A key for `name` that ends after so many days, None: never.

    Raises BadInput, and Refused where that name has a key already.
    """
    at = ports.clock()
    _require_name(name)
    for standing in ports.client_keys.standings():
        # One in its grace has a successor, which may be taken back.
        if (
            standing.key.name == name
            and standing.replaced_by is None
            and not standing.how_ended(at)
        ):
            raise Refused(
                f"{name} has the key {standing.key.id}; `homes keys rotate {standing.key.id}` "
                "replaces it, `homes keys revoke` takes it back, or name this one otherwise"
            )
    wanted = tuple(scope for scope in KeyScope if scope in scopes)
    return _added(ports, ClientKey("", name, wanted, "", at.isoformat(), actor, _after(at, days)))


def rotate_key(
    ports: KeyPorts, number: KeyId, grace_hours: float, days: float | None, actor: str
) -> MadeKey:
    """A key in place of another, which goes on for the grace; same name, same scopes.

    It lasts as long as the other was made for where no `days` are named. Raises NotFound, and
    Refused where the other has ended, or has a successor.
    """
    at = ports.clock()
    standing = ports.client_keys.find(number)
    _require_going_on(standing, at)
    old = standing.key
    if days is None and old.expires_at is not None:
        days = (_moment(old.expires_at) - _moment(old.made_at)) / timedelta(days=1)
    new = replace(
        old,
        made_at=at.isoformat(),
        made_by=actor,
        expires_at=_after(at, days),
        replaces=old.id,
        grace_until=(at + timedelta(hours=grace_hours)).isoformat(),
    )
    return _added(ports, new)


def revoke_key(ports: KeyPorts, number: KeyId, reason: str, actor: str) -> bool:
    """Take a key back at once, also one in its grace; False where that was done before.

    Raises NotFound.
    """
    at = ports.clock().isoformat()
    return ports.client_keys.revoke(RevokedKey(str(number), at, actor, reason))


def _added(ports: KeyPorts, draft: ClientKey) -> MadeKey:
    random = secrets.token_hex(32)

    def describe(number: KeyId) -> ClientKey:
        return replace(draft, id=str(number), sha256=digest(secret_of(number, random)).hex())

    key = ports.client_keys.add(describe)
    return MadeKey(key, secret_of(KeyId.parse(key.id), random))


def _require_name(name: str) -> None:
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable() or name == OPERATOR:
        words = f"must say whom it is for in 1 to {LONGEST_NAME} characters, and not {OPERATOR}"
        raise BadInput([FieldProblem.with_sentence("NAME", f"{words}; got {name[:80]!r}")])


def _require_going_on(standing: KeyStanding, at: datetime) -> None:
    key, how = standing.key, standing.how_ended(at)
    if how is not None:
        raise Refused(f"{key.id} {ENDED[how]}; `homes keys make {key.name!r}` makes another")
    if standing.replaced_by is not None:
        raise Refused(f"{key.id} is replaced by {standing.replaced_by.id} already; rotate that one")


def _after(at: datetime, days: float | None) -> str | None:
    return None if days is None else (at + timedelta(days=days)).isoformat()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
