"""What models say of homes that were asked about, whichever answered then."""

import logging
from functools import lru_cache

from homeprices.domain.errors import MODEL_FAILURES, BadInput, Corrupt, NotFound
from homeprices.domain.versions import ModelVersion
from homeprices.ports import PredictionReader
from homeprices.stores.registry import Registry
from homeprices.valuation.predict import bundle
from homeprices.valuation.predict.predictor import BundlePredictor
from homeprices.workflows.estimates.past_estimates import past_home

# Production, the candidate, and the version before production.
_KEPT_OPEN = 3
_LOG = logging.getLogger(__name__)


class RegistryScorer:
    """`ports.Scorer` over the bundles of the registry, each loaded when it is first asked."""

    def __init__(self, registry: Registry, predictions: PredictionReader) -> None:
        self._registry = registry
        self._find = lru_cache(1)(predictions.find)
        self._open = lru_cache(_KEPT_OPEN)(self._load)

    def price(self, version: str, prediction_id: str) -> float | None:
        """See `ports.Scorer`."""
        request = self._find(prediction_id)
        model = self._open(version)
        if request is None or model is None:
            return None
        try:
            home = past_home(request, model.context.market)
            return model.estimate(home).price
        except (BadInput, *MODEL_FAILURES) as error:
            _LOG.warning("%s has no price for %s: %s", version, prediction_id, error)
            return None

    def _load(self, version: str) -> BundlePredictor | None:
        """The model; None for one whose files are damaged or gone, which prices no home."""
        try:
            return bundle.load(self._registry.files(ModelVersion.parse(version)))
        except (Corrupt, NotFound) as error:
            _LOG.warning("%s cannot be loaded: %s", version, error.message)
            return None
