"""Takes so many requests a second of one client, and a burst beside, in memory that is bounded.

The generic cell rate algorithm (ITU-T I.371): of each name nothing is kept but the moment when its
burst is whole again. Each worker counts for itself.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic

from starlette.types import Scope

from homeprices.domain.errors import RateLimited
from homeprices.domain.requests.identity import Identity, network_of
from homeprices.domain.requests.keys import KeyHolder
from homeprices.serving.http.client import RouterWords, client_address

REMEMBERED = 10_000
# Where the gate leaves the name that a request of a kind with a limit was counted under.
COUNTED_AS = "homes.counted_as"
# Whoever has no address that can be read shares one limit.
NO_ADDRESS = "none"
PRICE, BATCH = "/api/predict_home_price", "/api/predict_home_price/batch"
FEEDBACK, ACTS = "/api/feedback", "/api/decisions"
# Of these nobody is refused: who watches a service asks them when it is not well.
UNLIMITED_PATHS = ("/api/health", "/api/health/live", "/api/health/ready", "/metrics")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class RateTerms:
    """`rate` a second for long, `burst` more at once; a rate of 0 limits nothing."""

    rate: float
    burst: int


UNLIMITED = RateTerms(0, 0)


class RateLimit:
    """Limits by a name: an address, a network, a key.

    Of more names than are remembered the one that was quiet longest is forgotten: it begins anew.
    """

    def __init__(self, terms: RateTerms, what: str, now: Callable[[], float] = monotonic) -> None:
        self._terms = terms
        self._what = what
        self._now = now
        self._whole_at: OrderedDict[str, float] = OrderedDict()

    def take(self, name: str) -> None:
        """Count a request of `name`; raises RateLimited, uncounted, where it is one too many."""
        terms = self._terms
        if terms.rate == 0:
            return
        now = self._now()
        whole_at = max(self._whole_at.get(name, now), now)
        wait_s = whole_at - now - terms.burst / terms.rate
        if wait_s > 1e-9:
            raise RateLimited(f"too many {self._what} at once; send the next later", wait_s)
        self._whole_at[name] = whole_at + 1 / terms.rate
        self._whole_at.move_to_end(name)
        if len(self._whole_at) > REMEMBERED:
            self._whole_at.popitem(last=False)


class RequestKind(StrEnum):
    """What is limited apart; `READS` is whatever is none of the others."""

    PRICES = "prices"
    OPINIONS = "opinions"
    BATCHES = "batches"
    ACTS = "acts"
    READS = "reads"


_KINDS = {
    PRICE: RequestKind.PRICES,
    BATCH: RequestKind.BATCHES,
    FEEDBACK: RequestKind.OPINIONS,
}


def kind_of(method: str, path: str) -> RequestKind | None:
    """Of which kind a request is; None for what is never limited.

    >>> [kind_of(method, "/api/decisions") for method in ("POST", "GET")]
    [<RequestKind.ACTS: 'acts'>, <RequestKind.READS: 'reads'>]
    """
    kind = _KINDS.get(path)
    if kind is not None:
        return kind
    if path in UNLIMITED_PATHS:
        return None
    is_act = path.startswith(ACTS) and method not in _READING
    return RequestKind.ACTS if is_act else RequestKind.READS


class RequestLimits:
    """The limits of one worker.

    A key has limits of its own, from wherever it comes, and whoever comes without one those of the
    address: opinions are counted by the network around it, for they decide trials.
    """

    def __init__(self, terms: Mapping[RequestKind, RateTerms], identity: Identity) -> None:
        self._limits = {
            kind: RateLimit(terms[kind], f"{kind} of one client")
            for kind in RequestKind
            if kind in terms and terms[kind].rate
        }
        self._words = RouterWords(identity)

    def take(self, kind: RequestKind, scope: Scope, holder: KeyHolder | None) -> None:
        """Count a request; raises RateLimited where it is one too many."""
        limit = self._limits.get(kind)
        if limit is None and kind is not RequestKind.BATCHES:
            return
        name = scope[COUNTED_AS] = self._name(kind, scope, holder)
        if limit is not None:
            limit.take(name)

    def _name(self, kind: RequestKind, scope: Scope, holder: KeyHolder | None) -> str:
        if holder is not None:
            return f"key {holder.name}"
        address = client_address(scope, self._words.read(dict(scope["headers"])))
        if address is None:
            return NO_ADDRESS
        is_by_network = kind is RequestKind.OPINIONS or ":" in address
        return (is_by_network and network_of(address)) or address
