"""Ids that only we can issue, and visits that only we can sign.

A prediction id is a UUIDv7 and a keyed tag, `0190…-9f3ac01b2e`: any process
that shares the secret tells an issued id from an invented one without a look-up.
"""

import hmac
import re
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address

from homeprices.domain.errors import NotFound, Unreadable

_TAG_BYTES = 6
PREDICTION_ID = re.compile(
    r"([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})-([0-9a-f]{12})"
)
_VISITOR = re.compile(r"[0-9a-f]{32}")
_NETWORKS_CACHED = 65_536


class Identity:
    """Signs and checks under one secret that all services share.

    `router_key` is what the router says with each request: only then are its words believed; and
    `page_key` is what the page says to the router.
    """

    def __init__(self, secret: bytes) -> None:
        self._id_key = self._derived(secret, b"prediction id")
        self._visit_key = self._derived(secret, b"visit")
        self._address_key = self._derived(secret, b"address")
        self.router_key = self._derived(secret, b"router").hex()
        self.page_key = self._derived(secret, b"page").hex()

    @staticmethod
    def _derived(secret: bytes, purpose: bytes) -> bytes:
        return blake2b(purpose, key=blake2b(secret).digest(), digest_size=32).digest()

    def _tag(self, uuid: str) -> str:
        return blake2b(uuid.encode(), key=self._id_key, digest_size=_TAG_BYTES).hexdigest()

    def issued(self, uuid: str) -> str:
        """The prediction id to give out for `uuid`, a lower-case UUIDv7."""
        return f"{uuid}-{self._tag(uuid)}"

    def uuid_of(self, prediction_id: str) -> str:
        """The UUID inside an id; raises Unreadable for another form, NotFound if never issued."""
        found = PREDICTION_ID.fullmatch(prediction_id)
        if found is None:
            raise Unreadable(
                "prediction_id must be the text an estimate was answered with "
                f"(a UUID and 12 hexadecimal digits); got {prediction_id[:80]!r}"
            )
        if not hmac.compare_digest(found[2], self._tag(found[1])):
            raise NotFound(f"no estimate was ever given the id {prediction_id}")
        return found[1]

    def visit(self, visitor: str) -> str:
        """The cookie value that proves that `visitor` came back."""
        return f"{visitor}.{self._signature(visitor)}"

    def _signature(self, visitor: str) -> str:
        return blake2b(visitor.encode(), key=self._visit_key, digest_size=16).hexdigest()

    def address_hash(self, address: str) -> str:
        """A keyed hash of an address, so that the same one can be told again but not read."""
        return blake2b(address.encode(), key=self._address_key, digest_size=8).hexdigest()

    def network_hash(self, address: str) -> str | None:
        """The keyed hash of the /24 (v4) or /64 (v6) around `address`; None if it is no address."""
        network = network_of(address)
        return None if network is None else self.address_hash(network)


@lru_cache(_NETWORKS_CACHED)
def network_of(address: str) -> str | None:
    """The /24 around an IPv4 address, the /64 around an IPv6 one; None if it is no address.

    >>> network_of("203.0.113.9"), network_of("2001:db8::1"), network_of("::ffff:203.0.113.9")
    ('203.0.113.0/24', '2001:db8::/64', '203.0.113.0/24')
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    known = getattr(parsed, "ipv4_mapped", None) or parsed
    if isinstance(known, IPv4Address):
        return str(IPv4Network((int(known), 24), strict=False))
    return str(IPv6Network((int(known), 64), strict=False))


def is_visitor(text: str) -> bool:
    """True for 128 bits in lower-case hexadecimal, which is what the router mints."""
    return _VISITOR.fullmatch(text) is not None
