"""The gate before all routes: which key a request came with, whether it lets in, and how often.

Keys of clients are read in the back, as often as the slot looks for its model, so that no request
asks the object store.
"""

import logging
import re
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Receive, Scope, Send

from homeprices.domain.errors import (
    HomesError,
    KeyMissing,
    KeyRefused,
    RateLimited,
    ScopeTooSmall,
    Unavailable,
)
from homeprices.domain.requests.keys import (
    KeyHolder,
    Keyring,
    KeyScope,
    is_secret,
    misplaced,
    require_no_key,
)
from homeprices.serving.access.rate_limit import RequestKind, RequestLimits, kind_of
from homeprices.serving.dependencies import ServiceDependencies
from homeprices.serving.http.body import KEY_FIELDS
from homeprices.serving.http.client import CLIENT_NAME
from homeprices.serving.metrics import ServiceMetrics
from homeprices.serving.polling import poll
from homeprices.serving.problems import answer_problem
from homeprices.wording.speech import Speech

LOGS, ACTS = "/api/logs", "/api/decisions"
# What a client must know before it can ask for anything: that we are there, and what for.
OPEN = ("/api/health", "/api/fields")
_KEY_IN_QUERY = re.compile(rf"(^|&)({'|'.join(KEY_FIELDS)})=".encode(), re.IGNORECASE)
_LOG = logging.getLogger(__name__)


def needed_scope(method: str, path: str, *, is_key_required: bool) -> KeyScope | None:
    """What a key must let in for a request to be answered; None where none is needed.

    Beginnings of paths, never whole ones: whatever a router may still take for a route.

    >>> needed_scope("GET", "/api/logs/tail", is_key_required=False)
    <KeyScope.READ_LOGS: 'read_logs'>
    """
    if path.startswith(LOGS):
        return KeyScope.READ_LOGS
    if path.startswith(ACTS) and method not in ("GET", "HEAD"):
        return KeyScope.OPERATE
    if is_key_required and path.startswith("/api/") and not path.startswith(OPEN):
        return KeyScope.PRICE
    return None


class ServiceKeys:
    """The keys that let in now; those read last go on while the object store is away."""

    def __init__(self, dependencies: ServiceDependencies) -> None:
        self._dependencies = dependencies
        self._ring = Keyring(dependencies.operator_key)
        self._is_read = False
        self.problem: str | None = None

    def holder(self, secret: str) -> KeyHolder:
        """Whose `secret` is; raises KeyRefused, KeyEnded, and Unavailable before the first look."""
        try:
            return self._ring.holder(secret, self._dependencies.clock())
        except KeyRefused:
            if self._is_read or not is_secret(secret):
                raise
            raise Unavailable(self.problem or "keys are being read; try again shortly") from None

    def look(self) -> None:
        """Go by the keys that there are now; raises Unavailable, with nothing changed."""
        standings = self._dependencies.client_keys()
        self._ring = Keyring(self._dependencies.operator_key, standings)
        self._is_read, self.problem = True, None

    async def watch(self) -> None:
        """Look again and again, off the event loop, until cancelled."""
        await poll(self.look, self._note, self._dependencies.poll_s)

    def _note(self, error: BaseException | None) -> None:
        if error is None:
            return
        why = str(error) or type(error).__name__
        before, self.problem = self.problem, f"keys cannot be read: {why}"
        if self.problem != before:
            _LOG.error("%s", self.problem, exc_info=error)


class KeyGate:
    """An ASGI application around the service: what it refuses reaches no route and no body."""

    def __init__(
        self,
        app: ASGIApp,
        dependencies: ServiceDependencies,
        keys: ServiceKeys,
        metrics: ServiceMetrics,
    ) -> None:
        self._app = app
        self._is_key_required = dependencies.is_key_required
        self._keys = keys
        self._metrics = metrics
        self._limits = RequestLimits(dependencies.limits, dependencies.identity)
        self._speech = Speech(dependencies.market)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or say why not."""
        if scope["type"] == "http":
            kind = kind_of(scope["method"], scope["path"])
            try:
                self._admit(scope, kind)
            except HomesError as error:
                if isinstance(error, RateLimited) and kind is not None:
                    self._metrics.limited(kind)
                else:
                    self._metrics.key_refused(error.code)
                await answer_problem(error, self._speech)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _admit(self, scope: Scope, kind: RequestKind | None) -> None:
        """Count the request, and leave in `scope` whose key came, if any.

        Who is refused for a key is counted by address: nobody guesses at a rate of their own.
        Raises RateLimited, KeyMisplaced, KeyMissing, KeyRefused, Unavailable.
        """
        holder: KeyHolder | None = None
        try:
            holder = self._holder(scope)
        finally:
            if kind is not None:
                self._limits.take(kind, scope, holder)
        if holder is not None:
            self._metrics.key_used(holder.id)
            scope[CLIENT_NAME] = holder.name

    def _holder(self, scope: Scope) -> KeyHolder | None:
        """Whose key came; None where none came and none is needed."""
        query = scope["query_string"]
        if query or "homes_" in scope["path"]:
            _require_no_key(scope["path"], query)
        secret = _sent(scope["headers"])
        needed = needed_scope(scope["method"], scope["path"], is_key_required=self._is_key_required)
        if secret is None:
            if needed is not None:
                raise _missing(needed)
            return None
        holder = self._keys.holder(secret)
        if needed is not None and needed not in holder.scopes:
            raise _too_small(holder, needed)
        return holder


def _sent(headers: Sequence[tuple[bytes, bytes]]) -> str | None:
    """The key in the headers; raises KeyRefused where there are several that differ."""
    secret: bytes | None = None
    for name, value in headers:
        if name == b"x-api-key":
            sent = value.strip()
        elif name == b"authorization" and value[:7].lower() == b"bearer ":
            sent = value[7:].strip()
        else:
            continue
        if sent and secret not in (None, sent):
            raise KeyRefused("two keys were sent that differ; send the one that is meant")
        secret = sent or secret
    return None if secret is None else secret.decode("latin-1")


def _require_no_key(path: str, query: bytes) -> None:
    """Raise KeyMisplaced for an address with a key in it, by its name or by its form."""
    plain = unquote_to_bytes(query)
    require_no_key(unquote_to_bytes(path))
    require_no_key(plain)
    if _KEY_IN_QUERY.search(plain):
        raise misplaced()


def _missing(needed: KeyScope) -> KeyMissing:
    return KeyMissing(
        f"this needs a key with the scope {needed}: send `Authorization: Bearer KEY` or "
        "`X-API-Key: KEY`. The operator's key has every scope (`homes up` keeps it in operator.key "
        "of its data folder); `homes keys make` makes others"
    )


def _too_small(holder: KeyHolder, needed: KeyScope) -> ScopeTooSmall:
    scopes = ", ".join(sorted(holder.scopes))
    return ScopeTooSmall(f"the key {holder.id} lets in to {scopes}; this needs the scope {needed}")
