"""Stand-ins that behave: the contract suites run over them and over the real adapters alike."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Lock

from homeprices import markets
from homeprices.domain.drift import DriftReport, KeptReport, Profile
from homeprices.domain.errors import NotFound, Unavailable
from homeprices.domain.evidence.ledger import MemoryLedger
from homeprices.domain.experiments.decision import (
    ActOutcome,
    Decision,
    DecisionQuery,
    Draft,
    Verdict,
)
from homeprices.domain.experiments.evidence import ArmEvidence, EvidenceRow, Exposure, FeedbackEvent
from homeprices.domain.experiments.experiment import EvidenceScope
from homeprices.domain.manifest import DatasetManifest, FileDigest, ModelManifest
from homeprices.domain.requests.records import (
    AnswerCount,
    FeedbackRecord,
    FeedbackType,
    PredictionRecord,
)
from homeprices.domain.training import TrainingRecord
from homeprices.domain.versions import DatasetVersion, DecisionId, ModelVersion
from homeprices.ports import Clock
from homeprices.stores.datasets import DatasetStore
from homeprices.stores.experiments import Experiments
from homeprices.stores.objects import ObjectStore
from homeprices.stores.policies import AcceptedPolicies
from homeprices.stores.registry import Registry
from homeprices.stores.trainings import Trainings
from homeprices.valuation.evaluate.gate import Budget

LONGEST_WAIT_S = 5.0


class MemoryDecisions:
    """`ports.DecisionLog` in a list."""

    def __init__(self) -> None:
        self.rows: list[Decision] = []
        self._lock = Lock()

    @contextmanager
    def lock(self, within_s: float = LONGEST_WAIT_S) -> Iterator[None]:
        """As PostgreSQL's: who takes it twice waits for ever, and here is told."""
        if not self._lock.acquire(timeout=within_s):
            raise AssertionError("the lock of deciders was taken by one who holds it")
        try:
            yield
        finally:
            self._lock.release()

    def add(self, draft: Draft, at: datetime) -> Decision:
        number = DecisionId(len(self.rows) + 1)
        if draft.undoes:
            self._replace(draft.undoes, undone_by=str(number))
        self.rows.append(
            Decision(
                id=str(number),
                at=at.isoformat(),
                verdict=draft.verdict,
                actor=draft.actor,
                experiment=draft.experiment,
                subject=draft.subject,
                before=draft.before,
                after=draft.before,
                reasons=list(draft.reasons),
                figures=draft.figures,
                undo=draft.undo or (f"homes undo {number}" if draft.acts else None),
                undoes=str(draft.undoes) if draft.undoes else None,
                undone_by=None,
                asks_training=draft.asks_training,
                done=not draft.acts,
            )
        )
        return self.rows[-1]

    def finish(self, number: DecisionId, outcome: ActOutcome) -> Decision:
        row = self.read(number)
        if row.done:
            return row
        self._replace(
            number,
            done=True,
            after=outcome.after,
            figures={**row.figures, **outcome.figures},
            reasons=[*row.reasons, *outcome.reasons],
        )
        return self.read(number)

    def give_up(self, number: DecisionId, why: str) -> Decision:
        reasons = [*self.read(number).reasons, f"not carried out: {why}"]
        self._replace(number, done=True, undo=None, undoes=None, reasons=reasons)
        return self.read(number)

    def read(self, number: DecisionId) -> Decision:
        if number.number > len(self.rows):
            raise NotFound(f"there is no decision {number}")
        return self.rows[number.number - 1]

    def latest(self, limit: int = 20) -> list[Decision]:
        return self.select(DecisionQuery(limit))

    def select(self, query: DecisionQuery) -> list[Decision]:
        wanted = {
            name: getattr(query, name)
            for name in ("verdict", "subject")
            if getattr(query, name) is not None
        }
        older = self.rows[: query.before.number - 1] if query.before else self.rows
        rows = [r for r in older[::-1] if all(getattr(r, n) == v for n, v in wanted.items())]
        about = [r for r in rows if query.experiment is None or r.is_about(query.experiment)]
        return about[: query.limit]

    def unfinished(self) -> Decision | None:
        return next((row for row in self.rows if not row.done), None)

    def for_experiment(self, experiment: str) -> list[Decision]:
        return [row for row in self.rows[::-1] if row.experiment == experiment]

    def that_made(self, production: str) -> Decision | None:
        made = (row for row in self.rows if row.after == production != row.before)
        return next(made, None)

    def newest(self, verdict: Verdict) -> Decision | None:
        return next((row for row in self.rows[::-1] if row.verdict is verdict), None)

    def _replace(self, number: DecisionId, **changes: object) -> None:
        row = self.rows[number.number - 1]
        self.rows[number.number - 1] = replace(row, **changes)  # type: ignore[arg-type]


class MemoryDrift:
    """`ports.DriftLog` in a dict."""

    def __init__(self) -> None:
        self.rows: dict[date, KeptReport] = {}

    def keep(self, day: date, at: datetime, report: DriftReport) -> bool:
        is_new = day not in self.rows
        self.rows.setdefault(day, KeptReport(day.isoformat(), at.isoformat(), report))
        return is_new

    def latest(self) -> KeptReport | None:
        return next(iter(self.newest(1)), None)

    def newest(self, limit: int) -> list[KeptReport]:
        return [self.rows[day] for day in sorted(self.rows, reverse=True)[:limit]]

    def flagged_since(self, moment: datetime) -> KeptReport | None:
        flagged = (self.rows[day] for day in sorted(self.rows, reverse=True))
        return next(
            (
                kept
                for kept in flagged
                if kept.report.overall_drift_detected and datetime.fromisoformat(kept.at) >= moment
            ),
            None,
        )


class MemoryPartitions:
    """`ports.Partitions` that remembers what it was asked; `old` are rows that are to go."""

    def __init__(self) -> None:
        self.made: set[str] = set()
        self.old: dict[str, int] = {}
        self.dropped_to: datetime | None = None

    def ahead(self, at: datetime, months: int) -> list[str]:
        names = [f"month {at.month + n}" for n in range(months + 1)]
        new = [name for name in names if name not in self.made]
        self.made.update(new)
        return new

    def drop_older_than(self, moment: datetime) -> dict[str, int]:
        self.dropped_to, gone, self.old = moment, self.old, {}
        return gone


class MemoryAnswers:
    """`ports.PredictionReader` over a dict of requests by id; `away` makes every call fail."""

    def __init__(self) -> None:
        self.rows: dict[str, PredictionRecord] = {}
        self.away = False

    def count_for(self, version: str) -> AnswerCount:
        self._look()
        moments = sorted(row.at for row in self.rows.values() if row.model_version == version)
        ends = (datetime.fromtimestamp(at, UTC).isoformat() for at in moments[:1] + moments[-1:])
        return AnswerCount(len(moments), *ends)

    def find(self, uuid: str) -> PredictionRecord | None:
        self._look()
        return self.rows.get(uuid)

    def _look(self) -> None:
        if self.away:
            raise Unavailable("PostgreSQL does not answer")


def arm(version: str, **figures: float) -> ArmEvidence:
    """An arm with enough of everything, but for what `figures` say."""
    usual = {"requests": 500, "mean_latency_ms": 100.0, "ratings": 50, "mean_rating": 4.0}
    return ArmEvidence(version=version, **{**usual, "sale_prices": 0, **figures})  # type: ignore[arg-type]


class MemoryUnit:
    """`ports.DecisionUnit` over rows in order of arrival; what it keeps waits for the end."""

    def __init__(
        self,
        decisions: MemoryDecisions,
        rows: Sequence[EvidenceRow],
        state: object | None,
        ledger: MemoryLedger,
    ) -> None:
        self.decisions = decisions
        self.waiting = rows
        self.before = state
        self.ledger = ledger
        self.kept: object | None = None

    def state(self, kind: type) -> object:
        return kind() if self.before is None else self.before

    def rows(self) -> Iterator[EvidenceRow]:
        return iter(self.waiting)

    def keep(self, state: object) -> None:
        self.kept = state

    def add(self, draft: Draft, at: datetime) -> Decision:
        return self.decisions.add(draft, at)


class MemoryDecisionUnits:
    """`ports.DecisionUnits` over the records of a log, in the order in which they were stored."""

    def __init__(
        self, decisions: MemoryDecisions, records: Mapping[str, PredictionRecord | FeedbackRecord]
    ) -> None:
        self._decisions = decisions
        self._records = records
        self._states: dict[str, tuple[int, object]] = {}
        self._kept_at: dict[str, datetime] = {}
        self._ledgers: dict[str, MemoryLedger] = {}

    @contextmanager
    def begin(self, scope: EvidenceScope) -> Iterator[MemoryUnit]:
        horizon = len(self._records)
        with self.read_only(scope) as unit:
            yield unit
        self._ledgers[scope.id] = unit.ledger
        if unit.kept is not None:
            self._states[scope.id] = (horizon, unit.kept)
            self._kept_at[scope.id] = datetime.now(UTC)

    def evaluated_at(self, scope: str) -> datetime | None:
        return self._kept_at.get(scope)

    @contextmanager
    def read_only(self, scope: EvidenceScope) -> Iterator[MemoryUnit]:
        watermark, state = self._states.get(scope.id, (0, None))
        arrivals = sorted(self._arrivals(scope), key=lambda pair: pair[0])
        rows = [row for arrival, row in arrivals if arrival > watermark]
        ledger = deepcopy(self._ledgers.get(scope.id, MemoryLedger()))
        yield MemoryUnit(self._decisions, rows, state, ledger)

    @contextmanager
    def from_start(self, scope: EvidenceScope) -> Iterator[MemoryUnit]:
        with MemoryDecisionUnits(self._decisions, self._records).read_only(scope) as unit:
            yield unit

    def _arrivals(self, scope: EvidenceScope) -> Iterator[tuple[int, EvidenceRow]]:
        began = scope.since.timestamp()
        numbered = list(enumerate(self._records.values(), 1))
        all_requests = {
            record.id: (number, record)
            for number, record in numbered
            if isinstance(record, PredictionRecord)
        }
        of_scope = {
            key: (number, record)
            for key, (number, record) in all_requests.items()
            if record.at >= began and record.model_version in scope.versions
        }
        yield from ((number, exposure(record)) for number, record in of_scope.values())
        requests = all_requests if scope.is_watch else of_scope
        seen: set[tuple[str, bool]] = set()
        for number, record in numbered:
            if not isinstance(record, FeedbackRecord) or record.prediction_id not in requests:
                continue
            if record.type == FeedbackType.COMMENT or (scope.is_watch and record.at < began):
                continue
            arrived, request = requests[record.prediction_id]
            if request.status == 200:
                kind = (record.prediction_id, record.type == FeedbackType.ACTUAL_PRICE)
                event = feedback_event(record, request, kind not in seen, scope.id)
                seen.add(kind)
                yield max(number, arrived), event


def exposure(record: PredictionRecord) -> Exposure:
    """The evidence row of a request."""
    return Exposure(
        prediction_id=record.id,
        version=str(record.model_version),
        at=datetime.fromtimestamp(record.at, UTC),
        status=record.status,
        latency_ms=record.latency_ms,
        assigned_arm=record.caller.assigned_arm,
        session=record.caller.visitor if record.caller.signed else None,
        network=record.caller.network_hash,
        experiment=record.caller.experiment,
        area=record.area,
        bedrooms=record.bedrooms,
        bathrooms=record.bathrooms,
        locality=record.locality,
        zone=record.zone,
    )


def feedback_event(
    record: FeedbackRecord, request: PredictionRecord, is_first: bool, scope: str
) -> FeedbackEvent:
    """The evidence row of an opinion or a sale price."""
    caller = record.caller
    is_same = caller.signed and caller.visitor == request.caller.visitor
    has_scores = request.caller.experiment == scope
    return FeedbackEvent(
        prediction_id=record.prediction_id,
        version=str(request.model_version),
        at=datetime.fromtimestamp(record.at, UTC),
        type=record.type,
        value=record.value,
        is_first=is_first,
        session=caller.visitor if is_same else None,
        network=caller.network_hash,
        assigned_arm=request.caller.assigned_arm,
        experiment=request.caller.experiment,
        price=request.price,
        price_production=request.price_production if has_scores else None,
        price_candidate=request.price_candidate if has_scores else None,
        zone=request.zone,
    )


class ScriptedEvidence:
    """`ports.DecisionUnits` whose figures a test sets: each look finds rows that add up to them."""

    def __init__(self, decisions: MemoryDecisions) -> None:
        self._decisions = decisions
        self.candidate: dict[str, float] = {}
        self.production: dict[str, float] = {}
        self.last_kept: datetime | None = None

    def evaluated_at(self, scope: str) -> datetime | None:
        return self.last_kept

    @contextmanager
    def begin(self, scope: EvidenceScope) -> Iterator[MemoryUnit]:
        rows: list[EvidenceRow] = []
        if not scope.is_watch:
            for version, figures in zip(
                scope.versions, (self.candidate, self.production), strict=True
            ):
                rows += rows_of(arm(version, **figures), scope.id)
        yield MemoryUnit(self._decisions, rows, None, MemoryLedger())

    read_only = from_start = begin


def rows_of(arm: ArmEvidence, experiment: str = "E1") -> Iterator[EvidenceRow]:
    """Rows of signed visits that `experiment` has routed, which add up to `arm`."""
    at = datetime(2026, 11, 2, 9, tzinfo=UTC)
    visit = {"session": "a" * 32, "assigned_arm": "candidate", "experiment": experiment}
    for number in range(arm.requests):
        yield Exposure(str(number), arm.version, at, 200, arm.mean_latency_ms or 0.0, **visit)
    facts = [("rating", arm.mean_rating)] * arm.ratings + [("actual_price", 80.0)] * arm.sale_prices
    for number, (kind, value) in enumerate(facts):
        yield FeedbackEvent(str(number), arm.version, at, kind, value, True, **visit)


class ScriptedScorer:
    """`ports.Scorer` whose models say what a test sets: a price by version, None for a failure."""

    def __init__(self) -> None:
        self.prices: dict[str, float | None] = {}
        self.asked: list[tuple[str, str]] = []

    def price(self, version: str, prediction_id: str) -> float | None:
        self.asked.append((version, prediction_id))
        return self.prices.get(version)


class MemoryTracker:
    """`ports.Tracker` in dictionaries; `is_away` makes every call fail."""

    def __init__(self) -> None:
        self.records: dict[str, TrainingRecord] = {}
        self.named: dict[str, str] = {}
        self.pages: dict[str, bytes] = {}
        self.figures: dict[str, float] = {}
        self.is_away = False

    def log(self, record: TrainingRecord) -> str:
        self._reach()
        self.records[record.version] = record
        return f"run of {record.version}"

    def point(self, alias: str, version: str | None) -> None:
        self._reach()
        if version is None:
            self.named.pop(alias, None)
        elif version not in self.records:
            raise NotFound(f"no model {version}")
        else:
            self.named[alias] = version

    def aliases(self) -> dict[str, str]:
        self._reach()
        return dict(self.named)

    def keep_page(self, name: str, page: bytes, figures: Mapping[str, float]) -> str:
        self._reach()
        self.pages.setdefault(name, page)
        self.figures = dict(figures)
        return f"run of {name}"

    def _reach(self) -> None:
        if self.is_away:
            raise Unavailable("the tracking server is away")


def describe(version: ModelVersion, files: dict[str, FileDigest]) -> ModelManifest:
    """A manifest for tests that care about versions and not about models."""
    return ModelManifest(
        version=str(version),
        recipe="booster",
        parameters={},
        dataset="V1",
        dataset_sha256="0" * 64,
        simulated=True,
        created_at="2026-11-02T09:00:00+00:00",
        code="test",
        files=files,
        metrics={},
        baseline_metrics={},
    )


def describe_dataset(version: DatasetVersion, files: dict[str, FileDigest]) -> DatasetManifest:
    """A manifest for tests that care about versions and not about listings."""
    return DatasetManifest(
        version=str(version),
        market="bangalore",
        source="listings.csv",
        simulated=False,
        rows=1,
        rejected={},
        created_at="2026-11-02T09:00:00+00:00",
        files=files,
        profile=Profile({}, {}),
    )


class MemoryHomes:
    """What `bootstrap.Homes` has, as far as workflows ask, on stores in memory."""

    experiment_share, policy, coverage, budget = 0.2, "composite", 0.8, Budget()
    oldest_model, rows_days, files_days = timedelta(days=30), 400, 180
    most_rejected = 0.05
    policy_file: Path | None = None
    market = markets.load("bangalore")

    def __init__(self, clock: Clock, objects: ObjectStore | None = None) -> None:
        self.clock = clock
        self.objects = objects or ObjectStore("memory:///")
        self.datasets = DatasetStore(self.objects, clock)
        self.registry = Registry(self.objects, clock)
        self.experiments = Experiments(self.objects)
        self.accepted_policies = AcceptedPolicies(self.objects)
        self.trainings = Trainings(self.objects)
        self.decisions = MemoryDecisions()
        self.decision_units = ScriptedEvidence(self.decisions)
        self.scorer = ScriptedScorer()
        self.drift_log = MemoryDrift()
        self.partitions = MemoryPartitions()
        self.salts = 0

    def new_salt(self) -> str:
        self.salts += 1
        return f"salt{self.salts}"

    def decider_lock(self) -> AbstractContextManager[None]:
        return self.decisions.lock()


def tried_candidate(homes: MemoryHomes) -> str | None:
    """The candidate of the open experiment."""
    experiment = homes.experiments.open_now()
    return experiment.candidate if experiment else None


def served(homes: MemoryHomes) -> bytes:
    """What production's only file holds."""
    version = ModelVersion.parse(homes.registry.production().version)
    return homes.registry.files(version)["model.json"]
