"""Rebuilds an estimate from the model version that gave it and from its recorded inputs."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from math import isclose
from threading import BoundedSemaphore, Lock

from homeprices.domain.errors import Busy, NotFound
from homeprices.domain.explanation import PastEstimate, PriceRange
from homeprices.domain.listing import Home
from homeprices.domain.market import Market
from homeprices.domain.requests.home_request import read_home
from homeprices.domain.requests.records import PredictionRecord
from homeprices.domain.versions import ModelVersion
from homeprices.ports import PredictionReader
from homeprices.stores.registry import Registry
from homeprices.valuation.explain.explainer import Explainer, open_explainer

# Each takes some tens of megabytes of the service that is asked.
_KEPT_OPEN = 2
# One is explained, the others wait: in half of the threads that a service has for all its routes.
_MOST_AT_ONCE = 20
# The same model on another processor may differ in the last bits.
_CLOSE = 1e-9


class RebuiltEstimates:
    """`ports.PastEstimates`; explains one at a time, so that prices do not wait long for it."""

    def __init__(self, registry: Registry, predictions: PredictionReader) -> None:
        self._registry = registry
        self._predictions = predictions
        self._turns = BoundedSemaphore(_MOST_AT_ONCE)
        self._one_at_a_time = Lock()
        self._open = lru_cache(_KEPT_OPEN)(self._load)

    def rebuild(self, uuid: str, curve_of: str | None) -> PastEstimate:
        """See `ports.PastEstimates`.

        Raises Busy where so many wait already: each holds a thread that others need.
        """
        if not self._turns.acquire(blocking=False):
            raise Busy("other estimates are being explained; ask again in some seconds")
        try:
            return self._explained(uuid, curve_of)
        finally:
            self._turns.release()

    def _explained(self, uuid: str, curve_of: str | None) -> PastEstimate:
        request = self._predictions.find(uuid)
        if request is None:
            raise NotFound(
                f"the estimate {uuid} is not kept: it is stored some moments after it is given, "
                "so ask again in a minute, and deleted when its retention ends"
            )
        if request.model_version is None or request.price is None:
            raise NotFound(
                f"the request {uuid} was answered with status {request.status} and got no price, "
                "so there is nothing to explain"
            )
        version = ModelVersion.parse(request.model_version)
        with self._one_at_a_time:
            return self._rebuilt(request, version, self._open(version), curve_of)

    def _load(self, version: ModelVersion) -> Explainer:
        return open_explainer(self._registry.files(version))

    def _rebuilt(
        self,
        request: PredictionRecord,
        version: ModelVersion,
        explainer: Explainer,
        curve_of: str | None,
    ) -> PastEstimate:
        home = past_home(request, explainer.predictor.context.market)
        estimate = explainer.predictor.estimate(home)
        recorded = PriceRange(request.price or 0.0, request.low or 0.0, request.high or 0.0)
        rebuilt = PriceRange(estimate.price, estimate.low, estimate.high)
        manifest = self._registry.manifest(version)
        return PastEstimate(
            at=datetime.fromtimestamp(request.at, UTC).isoformat(),
            model_version=str(version),
            dataset=manifest.dataset,
            simulated=manifest.simulated,
            home=home,
            locality=estimate.locality,
            recorded=recorded,
            rebuilt=rebuilt,
            equal=_are_equal(recorded, rebuilt),
            explanation=explainer.reasons(home),
            comparables=explainer.comparables(home),
            curve=None if curve_of is None else explainer.curve(home, curve_of),
        )


def past_home(request: PredictionRecord, market: Market) -> Home:
    """The home of a request, with the area that was read then; raises BadInput."""
    bedrooms = market.fields["bedrooms"]
    facts: Mapping[str, str | float | int | None] = {
        market.fields["area"]: request.area,
        # What was written says the kind, too: "4 Bedroom".
        bedrooms: request.inputs.get(bedrooms) or request.bedrooms,
        market.fields["bathrooms"]: request.bathrooms,
    }
    return read_home({**request.inputs, **facts}, market)


def _are_equal(a: PriceRange, b: PriceRange) -> bool:
    pairs = ((a.price, b.price), (a.low, b.low), (a.high, b.high))
    return all(isclose(x, y, rel_tol=_CLOSE) for x, y in pairs)
