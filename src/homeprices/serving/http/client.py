"""Who asks: what the router says of a visitor, and the cookie that proves a return."""

import hmac
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address

from starlette.types import Scope

from homeprices.domain.requests.identity import Identity, is_visitor
from homeprices.domain.requests.records import Client, Slot
from homeprices.domain.versions import ExperimentId
from homeprices.serving.http.body import RawHeaders

COOKIE = "visit"
COOKIE_AGE_S = 180 * 24 * 3600
REMEMBERED_ADDRESSES = 4096
LONGEST_ADDRESS = 45
# Where the gate leaves the name of the key that let a request in.
CLIENT_NAME = "homes.client_name"
_ARMS = {slot.value for slot in Slot}


@dataclass(frozen=True, slots=True)
class Session:
    """A client, and the Set-Cookie to answer with where its own is missing or not one of ours.

    `scope` is the zone that the experiment is limited to which the router has named.
    """

    client: Client
    cookie: bytes | None
    scope: str | None = None

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """What is answered beside."""
        return [] if self.cookie is None else [(b"set-cookie", self.cookie)]


class RouterWords:
    """What the router says beside a request.

    Visitor, arm, experiment and address are the router's to say: whoever asks a service itself
    can write the same headers, but lacks the router's key.
    """

    def __init__(self, identity: Identity) -> None:
        self._router_key = identity.router_key.encode()

    def read(self, headers: RawHeaders) -> RawHeaders:
        """The headers that are believed: all of them from the router, none from others."""
        key = headers.get(b"x-router", b"")
        return headers if hmac.compare_digest(key, self._router_key) else {}


class ClientReader:
    """Reads clients under the identity that all services share."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._words = RouterWords(identity)
        self._hashes = lru_cache(REMEMBERED_ADDRESSES)(self._hash)

    def read(self, scope: Scope, headers: RawHeaders) -> Session:
        """The session that a request belongs to."""
        words = self._words.read(headers)
        visitor = _text(words, b"x-visitor")
        if visitor is not None and not is_visitor(visitor):
            visitor = None
        signed = visitor is not None and self._is_signed(scope, visitor)
        address, network = self._hashes(client_address(scope, words))
        client = Client(
            visitor=visitor,
            signed=signed,
            address_hash=address,
            network_hash=network,
            assigned_arm=_arm(_text(words, b"x-arm")),
            experiment=_experiment(_text(words, b"x-experiment")),
            client_name=scope.get(CLIENT_NAME),
        )
        cookie = None if visitor is None or signed else self._set_cookie(visitor)
        return Session(client, cookie, _text(words, b"x-zone"))

    def _is_signed(self, scope: Scope, visitor: str) -> bool:
        """True where one of the cookies is of `visitor`, whichever: others may be of a page before.

        Browsers send a cookie of each path and domain, and proxies a header for each.
        """
        expected = f"{COOKIE}={self._identity.visit(visitor)}".encode()
        for name, value in scope["headers"]:
            if name == b"cookie":
                for cookie in value.split(b";"):
                    if hmac.compare_digest(cookie.strip(), expected):
                        return True
        return False

    def _set_cookie(self, visitor: str) -> bytes:
        value = self._identity.visit(visitor)
        return (
            f"{COOKIE}={value}; Max-Age={COOKIE_AGE_S}; Path=/; HttpOnly; SameSite=Lax"
        ).encode()

    def _hash(self, address: str | None) -> tuple[str | None, str | None]:
        if address is None:
            return None, None
        return self._identity.address_hash(address), self._identity.network_hash(address)


def _text(headers: RawHeaders, name: bytes) -> str | None:
    value = headers.get(name)
    return value.decode("latin-1") if value else None


def client_address(scope: Scope, words: RawHeaders) -> str | None:
    """The address as the router tells it, else the peer's; None for what is no address."""
    client = scope.get("client")
    return _parsed(_text(words, b"x-real-ip") or (client[0] if client else ""))


@lru_cache(REMEMBERED_ADDRESSES)
def _parsed(text: str) -> str | None:
    try:
        return str(ip_address(text[:LONGEST_ADDRESS]))
    except ValueError:
        return None


def _arm(text: str | None) -> str | None:
    return text if text in _ARMS else None


def _experiment(text: str | None) -> str | None:
    return text if text is not None and ExperimentId.is_valid(text) else None
