"""Stand-ins that behave: the contract suites run over them and over the real adapters alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from homeprices.domain.decision import Decision, Draft
from homeprices.domain.errors import NotFound, Unavailable
from homeprices.domain.evidence import ArmEvidence, Evidence
from homeprices.domain.experiment import Experiment
from homeprices.domain.manifest import FileDigest, ModelManifest
from homeprices.domain.tracking import TrainingRecord
from homeprices.domain.versions import DecisionId, ModelVersion
from homeprices.workflows.desk import Desk


class MemoryDecisions:
    """`ports.DecisionLog` in a list."""

    def __init__(self) -> None:
        self.rows: list[Decision] = []

    @contextmanager
    def alone(self) -> Iterator[None]:
        yield

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

    def finish(self, number: DecisionId, after: str | None) -> Decision:
        self._replace(number, done=True, after=after)
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
        return self.rows[::-1][:limit]

    def unfinished(self) -> Decision | None:
        return next((row for row in self.rows if not row.done), None)

    def of(self, experiment: str) -> list[Decision]:
        return [row for row in self.rows[::-1] if row.experiment == experiment]

    def that_made(self, production: str) -> Decision | None:
        made = (row for row in self.rows if row.after == production != row.before)
        return next(made, None)

    def _replace(self, number: DecisionId, **changes: object) -> None:
        row = self.rows[number.number - 1]
        self.rows[number.number - 1] = replace(row, **changes)  # type: ignore[arg-type]


def arm(version: str, **figures: float) -> ArmEvidence:
    """An arm with enough of everything, but for what `figures` say."""
    usual = {"requests": 500, "mean_latency_ms": 100.0, "ratings": 50, "mean_rating": 4.0}
    return ArmEvidence(version=version, **{**usual, "sale_prices": 0, **figures})  # type: ignore[arg-type]


class ScriptedEvidence:
    """`ports.EvidenceReader` whose figures a test sets."""

    def __init__(self) -> None:
        self.candidate: dict[str, float] = {}
        self.production: dict[str, float] = {}

    def __call__(self, experiment: Experiment, at: datetime) -> Evidence:
        since = datetime.fromisoformat(experiment.started_at)
        return Evidence(
            arm(experiment.candidate, **self.candidate),
            arm(experiment.production, **self.production),
            (at - since).total_seconds() / 3600,
        )


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


def on_trial(desk: Desk) -> str | None:
    """The candidate of the open trial."""
    trial = desk.experiments.open_now()
    return trial.candidate if trial else None


def served(desk: Desk) -> bytes:
    """What production's only file holds."""
    version = ModelVersion.parse(desk.trials.production().version)
    return desk.registry.files(version)["model.json"]
