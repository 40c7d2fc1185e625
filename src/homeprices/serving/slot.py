"""The place of the model that is served: changed by swapping one reference, never in part."""

import ctypes
import gc
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from homeprices.domain.errors import Corrupt, NoModel
from homeprices.domain.manifest import ModelManifest
from homeprices.domain.requests.records import Slot
from homeprices.domain.versions import ModelVersion
from homeprices.ports import Predictor
from homeprices.serving.dependencies import Loaded, ServiceDependencies
from homeprices.serving.metrics import ASK, LOAD, ServiceMetrics, VersionMetrics
from homeprices.serving.polling import poll
from homeprices.serving.problems import NOT_KEPT

LONGEST_WAIT_S = 30.0
ASKING = "what to serve is unknown"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ActiveModel:
    """All that an answer needs of one model: a request takes it once and asks no further."""

    version: str
    predictor: Predictor
    manifest: ModelManifest
    complete: Callable[[str], Sequence[str]]
    metrics: VersionMetrics
    headers: tuple[tuple[bytes, bytes], ...]
    feature_version: str | None = None


class ModelSlot:
    """Follows what should be served; a model that fails to load leaves the old one in place."""

    def __init__(self, dependencies: ServiceDependencies, metrics: ServiceMetrics) -> None:
        self._dependencies = dependencies
        self._metrics = metrics
        self._looked = False
        self._retry_at = 0.0
        self._wait_s = dependencies.poll_s
        self._attempt = ASKING
        self._wanted: ModelVersion | None = None
        self.served: ActiveModel | None = None
        self.problem: str | None = None
        self.failures = 0

    def require(self) -> ActiveModel:
        """The model in the slot; raises NoModel."""
        served = self.served
        if served is None:
            raise NoModel(self.why_empty)
        return served

    @property
    def why_empty(self) -> str:
        """Why nothing is served here, in a sentence."""
        if self.problem:
            return self.problem
        if not self._looked:
            return "the model is being loaded; try again in a moment"
        if self._dependencies.slot is Slot.CANDIDATE:
            return "no trial is open, so there is no candidate to serve"
        return "no production model is published yet; `homes train` makes the first"

    def look(self) -> None:
        """Serve what is wanted now; raises what asking or loading raises, with nothing changed."""
        self._attempt = ASKING
        wanted = self._dependencies.wanted()
        if wanted != self._wanted:
            self._wanted, self._retry_at, self._wait_s = wanted, 0.0, self._dependencies.poll_s
        if wanted is None:
            self._serve(None)
        elif self.served is not None and self.served.version == str(wanted):
            self.problem = None
        elif monotonic() >= self._retry_at:
            self._attempt = f"{wanted} cannot be served"
            self._serve(self._prepared(wanted, self._dependencies.load(wanted)))
            _give_back_memory()
        self._looked = True

    async def watch(self) -> None:
        """Look again and again, off the event loop, until cancelled."""
        await poll(self.look, self._looked_once, self._dependencies.poll_s)

    def _looked_once(self, error: BaseException | None) -> None:
        if error is not None:
            self._note(error)
        self._metrics.object_requests(dict(self._dependencies.object_requests()))

    def _serve(self, served: ActiveModel | None) -> None:
        before, self.served = self.served, served
        self.problem = None
        if before is not None or served is not None:
            _LOG.info(
                "%s now serves %s", self._dependencies.slot, served.version if served else "nothing"
            )

    def _prepared(self, wanted: ModelVersion, loaded: Loaded) -> ActiveModel:
        version = loaded.manifest.version
        if version != str(wanted):
            raise Corrupt(f"{wanted} was asked for, but its manifest says {version}")
        return ActiveModel(
            version=version,
            predictor=loaded.predictor,
            manifest=loaded.manifest,
            complete=loaded.complete,
            metrics=self._metrics.for_version(version),
            headers=(
                (b"content-type", b"application/json"),
                (b"cache-control", NOT_KEPT.encode()),
                (b"x-variant", self._dependencies.slot.value.encode()),
                (b"x-model-version", version.encode()),
            ),
            feature_version=loaded.feature_version,
        )

    def _note(self, error: BaseException) -> None:
        """Count a failed look; tell of it once, and wait longer before the same load again."""
        why = str(error) or type(error).__name__
        before, self.problem = self.problem, f"{self._attempt}: {why}"
        self.failures += 1
        self._metrics.load_failure(ASK if self._attempt == ASKING else LOAD)
        self._retry_at = monotonic() + self._wait_s
        self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)
        if self.problem != before:
            _LOG.error("%s", self.problem, exc_info=error)


def _give_back_memory() -> None:
    """Return to the system what the allocator holds without need.

    A bundle is read, checked and taken apart while the one before is still served: without
    this a service would keep the most that it ever needed. Parts of the model before that
    refer to each other are let go of first.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
