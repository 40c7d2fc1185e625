"""A service over stand-ins: a model of one line, tables in memory, a spool in a folder."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from homeprices import markets
from homeprices.domain.comparison import Comparison
from homeprices.domain.drift import DriftReport, NumberBins
from homeprices.domain.errors import NotFound, Refused, Unavailable, Unreadable
from homeprices.domain.experiments.decision import (
    Action,
    Decision,
    DecisionQuery,
    Verdict,
)
from homeprices.domain.experiments.evidence import Evidence
from homeprices.domain.experiments.experiment import Experiment
from homeprices.domain.experiments.policies import policy
from homeprices.domain.experiments.status import ExperimentStatus, experiment_status
from homeprices.domain.explanation import (
    Comparable,
    Comparables,
    Curve,
    CurvePoint,
    Estimate,
    Explanation,
    PastEstimate,
    PriceRange,
    Reason,
)
from homeprices.domain.listing import Home, Listing
from homeprices.domain.manifest import ModelManifest
from homeprices.domain.market import Market
from homeprices.domain.model_card import Document, Figure, ModelCard, ModelEntry, ModelState
from homeprices.domain.notes import note
from homeprices.domain.requests.identity import Identity
from homeprices.domain.requests.keys import KeyScope, KeyStanding
from homeprices.domain.requests.records import (
    FeedbackRecord,
    PageQuery,
    PredictionRecord,
    Slot,
    VersionFigures,
)
from homeprices.domain.requests.usual import unusual
from homeprices.domain.versions import ModelVersion
from homeprices.serving.dependencies import Loaded, ServiceDependencies
from homeprices.stores.client_keys import ClientKeys
from homeprices.stores.objects import ObjectStore
from homeprices.stores.spool.spool import Spool
from homeprices.stores.spool.uploader import Uploader
from homeprices.workflows.keys import make_key
from support.fakes import arm

OPERATOR_KEY = "the operator's key"
MARKET = markets.load("bangalore")
SECRET = "a secret for tests"
IDENTITY = Identity(SECRET.encode())
KNOWN = ("Hebbal", "Whitefield")
ZONES = {"Hebbal": "north", "Whitefield": "east"}


class FlatRate:
    """`ports.Predictor`: a price for each unit of area, the same everywhere."""

    localities = KNOWN

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def estimate(self, home: Home) -> Estimate:
        price, known = home.area * self.rate, home.locality in KNOWN
        spread = 0.1 if known else 0.3
        notes = () if known else (note("price_of_neighbourhood", name=home.locality),)
        low, high = price * (1 - spread), price * (1 + spread)
        notes = (*notes, *unusual(home, MARKET))
        chance = 0.9 if known else 0.7
        return Estimate(price, low, high, 0.8, chance, home.locality, known, notes)


def complete(q: str) -> list[str]:
    return [name for name in KNOWN if name.casefold().startswith(q.casefold())]


def loaded(version: ModelVersion) -> Loaded:
    """Version n prices at n / 100 for each unit of area."""
    manifest = ModelManifest(
        version=str(version),
        recipe="flat",
        parameters={},
        dataset="V1",
        dataset_sha256="0" * 64,
        simulated=True,
        created_at="2026-11-02T09:00:00+00:00",
        code="test",
        files={},
        metrics={},
        baseline_metrics={},
    )
    rate = FlatRate(version.number / 100)
    return Loaded(rate, manifest, complete, feature_version="listed in tests")


class MemoryLog:
    """`ports.RequestLog` in dicts; `away` and `poison` make it behave badly."""

    def __init__(self) -> None:
        self.rows: dict[str, PredictionRecord | FeedbackRecord] = {}
        self.away = False
        self.poison: set[str] = set()

    def store(self, rows: Sequence[PredictionRecord | FeedbackRecord]) -> None:
        if self.away:
            raise Unavailable("PostgreSQL does not answer: it is stopped")
        if any(row.id in self.poison for row in rows):
            raise Unreadable("PostgreSQL cannot keep a row: it is poisoned")
        for row in rows:
            self.rows.setdefault(row.id, row)


class MemoryTraffic:
    """`ports.RequestMetrics` over the rows of a `MemoryLog`."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log
        self.seen: dict[str, VersionFigures] = {}
        self.counts: dict[str, list[int]] = {}
        self.localities: dict[str, int] = {}
        self.zones: dict[str | None, int] = {}

    def ping(self) -> None:
        if self._log.away:
            raise Unavailable("PostgreSQL does not answer: it is stopped")

    def figures(self, since: datetime) -> dict[str, VersionFigures]:
        self.ping()
        return self.seen

    def predictions(self, page: PageQuery) -> list[PredictionRecord]:
        return [row for row in self._paged(page) if isinstance(row, PredictionRecord)]

    def feedback(self, page: PageQuery) -> list[FeedbackRecord]:
        return [row for row in self._paged(page) if isinstance(row, FeedbackRecord)]

    def number_counts(self, feature: str, bins: NumberBins, since: datetime) -> list[int]:
        return self.counts[feature]

    def locality_counts(self, since: datetime) -> dict[str, int]:
        return self.localities

    def zone_counts(self, since: datetime) -> dict[str | None, int]:
        return self.zones

    def _paged(self, page: PageQuery) -> list[PredictionRecord | FeedbackRecord]:
        self.ping()
        rows = sorted(self._log.rows.values(), key=lambda row: row.at)
        if page.after is not None:
            return [row for row in rows if row.at > page.after][: page.limit]
        return rows[::-1][: page.limit]


class ScriptedActs:
    """`ports.OperatorActions` that remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[Action, str, str | None, str]] = []
        self.status = ExperimentStatus()

    def decisions(self, query: DecisionQuery) -> list[Decision]:
        rows = [a_decision(verdict) for verdict in (Verdict.CONTINUE, Verdict.UNDO)]
        return [row for row in rows if query.verdict in {None, row.verdict}][: query.limit]

    def act(self, action: Action, *, reason: str, of: str | None, actor: str) -> Decision:
        if of == "D-9999":
            raise NotFound("there is no decision D-9999")
        if action is Action.PROMOTE:
            raise Refused("no trial is open")
        self.asked.append((action, reason, of, actor))
        return a_decision(Verdict.UNDO)

    def experiment(self) -> ExperimentStatus:
        return self.status


class OnePast:
    """`ports.PastEstimates` with one answer; `error` is raised instead."""

    error: Exception | None = None

    def rebuild(self, uuid: str, curve_of: str | None) -> PastEstimate:
        if self.error is not None:
            raise self.error
        home, prices = Home("hebbal", 1200.0, 2, 2), PriceRange(75.004, 70.0, 80.0)
        reasons = [Reason("area", 5.004, note("area", area=1200.0), note("area", area=1100.0))]
        alike = Comparable(
            Listing(home, 74.0), "Hebbal", 2, 1.0, note("nearly_the_same"), [note("same_area")]
        )
        return PastEstimate(
            at="2026-11-02T09:00:00+00:00",
            model_version="BO1",
            dataset="V1",
            simulated=True,
            home=home,
            locality="Hebbal",
            recorded=prices,
            rebuilt=prices,
            equal=True,
            explanation=Explanation(75.004, home, 70.0, reasons),
            comparables=Comparables([alike], 74.0, 74.0),
            curve=Curve(curve_of, [CurvePoint(2.0, 75.0, 70.0, 80.0)]) if curve_of else None,
        )


class TwoCards:
    """`ports.ModelCards` of BO1 and CO1."""

    def versions(self) -> list[ModelEntry]:
        return [_entry("CO1", ModelState.IN_EXPERIMENT), _entry("BO1", ModelState.PRODUCTION)]

    def card(self, version: ModelVersion) -> Document:
        self._require(version)
        return _document(a_card(str(version)), f"card of {version}")

    def comparison(self, version: ModelVersion, other: ModelVersion) -> Document:
        self._require(version, other)
        words = f"{version} beside {other}"
        comparison = Comparison(str(other), str(version), words, "lakh", True, 90, [], [])
        return _document(comparison, words)

    def _require(self, *versions: ModelVersion) -> None:
        for version in versions:
            if str(version) not in {"BO1", "CO1"}:
                raise NotFound(f"there is no model {version}")


def _document(told: ModelCard | Comparison, words: str) -> Document:
    return Document(msgspec.json.encode(told), f"<h1>{words}</h1>".encode())


def a_card(version: str) -> ModelCard:
    """A card with one figure, and with nothing where it may be empty."""
    return ModelCard(
        version=version,
        title=f"card of {version}",
        city="Bengaluru",
        price_unit="lakh",
        area_unit="sqft",
        recipe="flat",
        created_at="2026-11-02T09:00:00+00:00",
        dataset="V1",
        dataset_source="listings.csv",
        dataset_sha256="0" * 64,
        simulated=True,
        learned_from=900,
        held_out=90,
        rejected={},
        parameters={},
        promised_coverage_percent=80.0,
        figures=[Figure("mdape_percent", 12.0, 11.0, 13.0, 20.0)],
        slices=[],
        limits=[],
        digest="0" * 64,
        files={},
        code="test",
        environment={},
        trials=0,
    )


def _entry(version: str, state: ModelState) -> ModelEntry:
    at = "2026-11-02T09:00:00+00:00"
    return ModelEntry(version, state, "flat", "V1", True, at, None, None, "0" * 64, {}, {})


def trial_status() -> ExperimentStatus:
    """An experiment under the policy `evidence` that was evaluated once, a day after its start."""
    document = policy("evidence").document
    began = "2026-11-01T09:00:00+00:00"
    experiment = Experiment("E1", "CO1", "BO1", 0.2, "salt", document, began)
    figures = {
        "policy": "evidence",
        "hours": 24.0,
        "log_e": {"better": 2.0, "harm": -1.0},
        "labels": 40,
        "loss_ratio": 0.9,
        "reduction_band": [-0.2, 0.4],
        "set_aside": {"unsigned": 88},
        "epoch": 0,
    }
    row = replace(a_decision(Verdict.CONTINUE), figures=figures)
    evidence = Evidence(arm("CO1", sale_prices=40), arm("BO1"), hours=24.0)
    return experiment_status(experiment, evidence, [row])


def a_decision(verdict: Verdict) -> Decision:
    return Decision(
        id="D-0001",
        at="2026-11-02T09:00:00+00:00",
        verdict=verdict,
        actor="policy",
        experiment="E1",
        subject="CO1",
        before="BO1",
        after="BO1",
        reasons=["too early"],
        figures={"ratio": 1.0},
        undo=None,
        undoes=None,
        undone_by=None,
        asks_training=False,
        done=True,
    )


@dataclass
class Service:
    """Parts, and the handles that a test moves."""

    folder: Path
    slot: Slot = Slot.PRODUCTION
    sync: bool = False
    budget_bytes: int = 1 << 30
    wanted: ModelVersion | None = field(default_factory=lambda: ModelVersion.parse("BO1"))
    operator_key: str = OPERATOR_KEY
    is_key_required: bool = False
    market: Market = MARKET

    def __post_init__(self) -> None:
        self.log = MemoryLog()
        self.traffic = MemoryTraffic(self.log)
        self.acts = ScriptedActs()
        self.past = OnePast()
        self.cards = TwoCards()
        self.client_keys = ClientKeys(ObjectStore("memory:///"))
        self.find: Callable[[str], PredictionRecord | None] = lambda _uuid: None
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.spool = Spool(self.folder, sync=self.sync, budget_bytes=self.budget_bytes)
        self.uploader = Uploader(self.spool, self.log, rest_s=0.01, longest_wait_s=0.05)
        self.dependencies = ServiceDependencies(
            market=self.market,
            slot=self.slot,
            wanted=lambda: self.wanted,
            load=loaded,
            open_spools=lambda: [(self.spool, self.uploader)],
            request_metrics=self.traffic,
            drift=lambda days: DriftReport("no model", "there is no model", False, 0, days),
            actions=self.acts,
            past_estimates=self.past,
            stored_request=self.stored_request,
            cards=self.cards,
            identity=IDENTITY,
            operator_key=self.operator_key,
            client_keys=self.standings,
            is_key_required=self.is_key_required,
            clock=self.clock,
            poll_s=0.02,
            zone_of=lambda home: ZONES.get(home.locality),
        )

    def stored_request(self, uuid: str) -> PredictionRecord | None:
        return self.find(uuid)

    def standings(self) -> Sequence[KeyStanding]:
        return self.client_keys.standings()

    def clock(self) -> datetime:
        return self.now()

    def secret(self, *scopes: KeyScope, name: str = "partner", days: float | None = None) -> str:
        """The secret of a new key."""
        return make_key(self, name, scopes or (KeyScope.PRICE,), days, "cli:tests").secret


def prediction(number: int, **facts: object) -> PredictionRecord:
    """A record of a priced request with an id made of `number`."""
    from homeprices.domain.requests.records import Client

    return PredictionRecord(
        **{
            "id": f"01900000-0000-7000-8000-{number:012x}",
            "at": 1_793_000_000.0 + number,
            "slot": "production",
            "model_version": "BO1",
            "status": 200,
            "latency_ms": 1.5,
            "caller": Client(),
            "inputs": {"total_sqft": "1000"},
            "locality": "Hebbal",
            "area": 1000.0,
            "bedrooms": 2,
            "bathrooms": 2,
            "price": 75.0,
            "low": 70.0,
            "high": 80.0,
            **facts,
        }  # type: ignore[arg-type]
    )


if __name__ == "__main__":
    from homeprices.serving.app import create_app
    from homeprices.serving.server import run

    of_slot = (
        {"slot": Slot.CANDIDATE, "wanted": ModelVersion.parse("CO1")}
        if sys.argv[4:] == ["candidate"]
        # About what homes cost where the pages of the project ask.
        else {"wanted": ModelVersion.parse("BO5")}
    )
    service = Service(Path(sys.argv[1]), sync=sys.argv[3] == "on", **of_slot)
    origins = tuple(filter(None, os.environ.get("HOMES_CORS_ORIGINS", "").split(",")))
    app = create_app(replace(service.dependencies, origins=origins))
    run(app, "127.0.0.1", int(sys.argv[2]))
