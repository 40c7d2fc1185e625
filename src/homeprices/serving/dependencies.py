"""Everything the service is made of, chosen by whoever starts it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from homeprices import ports
from homeprices.domain.drift import DriftReport
from homeprices.domain.listing import Home
from homeprices.domain.loop import LoopStanding, ServiceValue
from homeprices.domain.manifest import ModelManifest
from homeprices.domain.market import Market
from homeprices.domain.requests.identity import Identity
from homeprices.domain.requests.keys import KeyStanding
from homeprices.domain.requests.records import PredictionRecord, Slot
from homeprices.domain.versions import ModelVersion
from homeprices.serving.access.rate_limit import RateTerms, RequestKind
from homeprices.serving.batch.body import BatchLimits
from homeprices.serving.recorder import OpenSpools


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model that passed its checks; `complete` names localities that begin like a text.

    `feature_version` names the list of features it is asked with, None where it has no name.
    """

    predictor: ports.Predictor
    manifest: ModelManifest
    complete: Callable[[str], Sequence[str]]
    feature_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDependencies:
    """`wanted` says which version this slot should serve now, None for none.

    `load` fetches and checks a version; both may take long, block, and raise.
    `poll_s` is the time between two looks at what is wanted, which comes up to a fifth later.
    `open_spools` is for `Recorder`; `drift` compares the requests of so many days with
    production's listings. `stored_request` finds one by its id; it blocks, and may raise
    Unavailable. `zone_of` names the part of the market that a home is in, None
    outside all. `close` gives back what was connected to;
    `shared_metrics` is the folder that several workers share their series by. `standing` and
    `value` are read for /metrics, by the one service that tells of the loop; they block, and raise.
    `limits` is how many requests of a kind each worker takes of one client; without one, any.
    Pages of `origins` may read answers, those of every origin where it is `*`.
    `client_keys` reads the keys of clients; it blocks, and raises. Where `is_key_required`, all but
    health needs one. `object_requests` is how often this process has asked the object store, by
    kind. `batch_folder` takes the bodies of batches that are too large for memory, None for the
    system's own place.
    """

    market: Market
    slot: Slot
    wanted: Callable[[], ModelVersion | None]
    load: Callable[[ModelVersion], Loaded]
    open_spools: OpenSpools
    request_metrics: ports.RequestMetrics
    drift: Callable[[int], DriftReport]
    actions: ports.OperatorActions
    past_estimates: ports.PastEstimates
    cards: ports.ModelCards
    identity: Identity
    operator_key: str = field(repr=False)
    clock: ports.Clock
    poll_s: float
    shared_metrics: Path | None = None
    origins: Sequence[str] = ()
    limits: Mapping[RequestKind, RateTerms] = field(default_factory=dict)
    stored_request: Callable[[str], PredictionRecord | None] = lambda _uuid: None
    zone_of: Callable[[Home], str | None] = lambda _home: None
    standing: Callable[[], LoopStanding] | None = None
    value: Callable[[], ServiceValue] | None = None
    client_keys: Callable[[], Sequence[KeyStanding]] = tuple
    is_key_required: bool = False
    batch_limits: BatchLimits = field(default_factory=BatchLimits)
    batch_folder: Path | None = None
    object_requests: Callable[[], Mapping[str, int]] = dict
    close: Callable[[], None] = lambda: None
