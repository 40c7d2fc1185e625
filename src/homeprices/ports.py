"""What workflows and services need of the outside world, and nothing about how it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    # Ports are hints: who implements one need not load what another one's answers are made of.
    from homeprices.domain.drift import DriftReport, KeptReport, NumberBins
    from homeprices.domain.evidence.ledger import Ledger
    from homeprices.domain.experiments.decision import (
        Action,
        ActOutcome,
        Decision,
        DecisionQuery,
        Draft,
        Verdict,
    )
    from homeprices.domain.experiments.evidence import EvidenceRow
    from homeprices.domain.experiments.experiment import EvidenceScope
    from homeprices.domain.experiments.status import ExperimentStatus
    from homeprices.domain.explanation import Estimate, PastEstimate
    from homeprices.domain.listing import Home
    from homeprices.domain.loop import ServiceValue
    from homeprices.domain.manifest import DatasetManifest
    from homeprices.domain.model_card import Document, ModelEntry
    from homeprices.domain.notices import Delivery, Notice
    from homeprices.domain.requests import records
    from homeprices.domain.training import TrainingRecord
    from homeprices.domain.versions import DecisionId, ModelVersion


class Clock(Protocol):
    """Tells the time, so that tests can."""

    def __call__(self) -> datetime:
        """Now, with the UTC time zone."""


class Objects(Protocol):
    """A store of whole objects under `/`-separated keys: a folder, or a bucket.

    Nothing is overwritten: `create` is the only write, and exactly one of many
    racing writers of a key wins. Only housekeeping deletes.
    """

    def create(self, key: str, content: bytes) -> None:
        """Write a new object; raises Taken if `key` exists, Unavailable if the store is away."""

    def read(self, key: str) -> bytes:
        """The object's bytes; raises NotFound, Unavailable."""

    def keys(self, prefix: str) -> list[str]:
        """All keys under the folder `prefix` (which ends in `/`), sorted; [] if there are none."""

    def folders(self, prefix: str) -> list[str]:
        """The names of the folders right under the folder `prefix`, sorted: far fewer than keys."""

    def delete(self, key: str) -> None:
        """Remove an object for good; raises Unavailable.

        For housekeeping only: no other code may take back what was written.
        Deleting what is not there changes nothing.
        """


class Dumps(Protocol):
    """Our databases as files, and back."""

    def databases(self) -> list[str]:
        """The names of those that exist; raises Unavailable."""

    def dump(self, database: str, path: Path) -> None:
        """Write `database`, as it is at one moment, to `path`; raises Unavailable, Refused."""

    def restore(self, database: str, dump: IO[bytes]) -> None:
        """Make `database` what a dump says, all or nothing; raises Unavailable, Refused."""


class Erasures(Protocol):
    """Takes away what is kept of one visitor."""

    def forget(self, order: records.ErasureOrder) -> records.Erasure:
        """Delete the rows that `order` means, and store none of them again; raises Unavailable."""


class RequestLog(Protocol):
    """The tables of predictions and feedback."""

    def store(self, rows: Sequence[records.PredictionRecord | records.FeedbackRecord]) -> None:
        """Keep `rows`; a row whose id is kept already changes nothing.

        Raises Unavailable when the database is away (nothing was kept) and
        Unreadable when a row can never be kept (nothing was kept either).
        """


class Predictor(Protocol):
    """A loaded model: everything that one estimate needs, and no store."""

    def estimate(self, home: Home) -> Estimate:
        """The price of `home` with its range; never raises for a home within bounds."""

    @property
    def localities(self) -> Sequence[str]:
        """The names of the localities it has listings of, as people write them, sorted."""


class DecisionLog(Protocol):
    """The rows that tell what was decided; added, marked done, never edited otherwise."""

    def lock(self, within_s: float = 10.0) -> AbstractContextManager[None]:
        """Let one decider in at a time; the others wait, and are Refused after `within_s`."""

    def add(self, draft: Draft, at: datetime) -> Decision:
        """A new row; one that acts is not `done` until `finish`."""

    def finish(self, number: DecisionId, outcome: ActOutcome) -> Decision:
        """Mark the act of a row as done, with what it has come to."""

    def give_up(self, number: DecisionId, why: str) -> Decision:
        """Close a row whose act can never be done: production stays, and the row says why."""

    def read(self, number: DecisionId) -> Decision:
        """The row `number`; raises NotFound."""

    def latest(self, limit: int = 20) -> list[Decision]:
        """The newest rows first."""

    def select(self, query: DecisionQuery) -> list[Decision]:
        """The rows that `query` means."""

    def unfinished(self) -> Decision | None:
        """The act that a crash has left half-way, or None."""

    def for_experiment(self, experiment: str) -> list[Decision]:
        """The rows about an experiment, newest first."""

    def that_made(self, production: str) -> Decision | None:
        """The row whose act left `production` in production, or None."""

    def newest(self, verdict: Verdict) -> Decision | None:
        """The newest row with `verdict`, or None."""


class Scheduler(Protocol):
    """What runs the trainings when there is something to train on."""

    def announce(self, dataset: DatasetManifest) -> None:
        """Tell it of a new dataset; raises Unavailable."""

    def note(self, dag: str, run: str, line: str) -> None:
        """Write a line on a run, for who looks at the runs; once. Raises Unavailable."""


class ServedVersion(Protocol):
    """Asks a service which model version it serves."""

    def __call__(self, slot: records.Slot) -> str | None:
        """The version, None while there is none; raises Unavailable."""


State = TypeVar("State")


class DecisionUnit(Protocol):
    """One evaluation within one scope: what it keeps is kept together, or not at all."""

    @property
    def ledger(self) -> Ledger:
        """What is remembered of single sessions and networks."""

    def state(self, kind: type[State]) -> State:
        """What the policy made of all rows before these; `kind()` before the first."""

    def rows(self) -> Iterable[EvidenceRow]:
        """The rows that arrived since: requests, then feedback, each in order of arrival."""

    def keep(self, state: object) -> None:
        """Keep what the policy has made of the rows: they will not be read again."""

    def add(self, draft: Draft, at: datetime) -> Decision:
        """A new row in the decision log; see `DecisionLog.add`."""


class DecisionUnits(Protocol):
    """Evaluations of experiments and of production. Every call may raise Unavailable."""

    def begin(self, scope: EvidenceScope) -> AbstractContextManager[DecisionUnit]:
        """An evaluation, one at a time: kept on leaving, dropped by an exception."""

    def read_only(self, scope: EvidenceScope) -> AbstractContextManager[DecisionUnit]:
        """An evaluation that hinders nobody, with rows up to now; nothing of it is kept."""

    def from_start(self, scope: EvidenceScope) -> AbstractContextManager[DecisionUnit]:
        """As `read_only`, with every row again, as if none had been read and nothing kept."""

    def evaluated_at(self, scope: str) -> datetime | None:
        """When the scope of this id was last evaluated and kept, found anything new or not."""


class Scorer(Protocol):
    """Asks models again about homes that were asked about. Every call may raise Unavailable."""

    def price(self, version: str, prediction_id: str) -> float | None:
        """What `version` says of the home of a request; None where it fails to price it."""


class RequestMetrics(Protocol):
    """Reads of the tables of predictions and feedback. Every call may raise Unavailable."""

    def ping(self) -> None:
        """Return if the database answers."""

    def figures(self, since: datetime) -> dict[str, records.VersionFigures]:
        """What happened since, for each model version that answered anything."""

    def predictions(self, page: records.PageQuery) -> list[records.PredictionRecord]:
        """The newest predictions first; with `page.after`, the oldest after it first."""

    def feedback(self, page: records.PageQuery) -> list[records.FeedbackRecord]:
        """The same for feedback."""

    def last_feedback_at(self) -> datetime | None:
        """When the last opinion or sale price came; None before the first."""

    def evidence_traffic(self, since: datetime, network_cap: int) -> records.EvidenceTraffic:
        """What visitors did since then that counts, of a network at most so many a day and kind."""

    def number_counts(self, feature: str, bins: NumberBins, since: datetime) -> list[int]:
        """How many priced requests since then fall in each bin of a numeric fact of the home."""

    def locality_counts(self, since: datetime) -> dict[str, int]:
        """How many priced requests since then were for each of the localities asked for most."""

    def zone_counts(self, since: datetime) -> dict[str | None, int]:
        """How many priced requests since then were about homes in each zone; None: in none.

        Counted from the first row that tells a zone.
        """


class ServiceValueReader(Protocol):
    """What came of the requests, for owners. Every call may raise Unavailable."""

    def feedback_at(self) -> datetime | None:
        """When the last opinion or sale price came; before the first, the first request."""

    def sessions(self, experiment: str, since: datetime) -> dict[str, int]:
        """How many signed visitors each arm of an experiment was given since then."""

    def value(self, now: datetime) -> ServiceValue:
        """What the service was worth in the day, the week and the four weeks before `now`."""


class NoticeChannels(Protocol):
    """Where notices go."""

    @property
    def names(self) -> Sequence[str]:
        """The channels there are."""

    def send(self, channel: str, notice: Notice) -> None:
        """Send by the channel; raises Unavailable, with what it met, where that fails."""


SendNotice: TypeAlias = "Callable[[str, Notice], None]"


class NoticeOutbox(Protocol):
    """Notices that wait and those that were sent. Every call may raise Unavailable."""

    def add(self, notice: Notice, channels: Sequence[str], at: datetime) -> None:
        """Let a notice wait for each of the channels; one that was added before changes nothing."""

    def deliver(self, send: SendNotice, at: datetime) -> list[Delivery]:
        """Hand each that waits to `send`, to one caller at a time; what became of each.

        One that `send` raises for waits on for two days, and is handed over once an hour.
        """

    def latest(self, limit: int) -> list[Delivery]:
        """The newest, sent or not, first."""


class DriftLog(Protocol):
    """What the daily drift watch has seen. Every call may raise Unavailable."""

    def keep(self, day: date, at: datetime, report: DriftReport) -> bool:
        """Keep the report of `day`; False when there is one already, which then stays."""

    def latest(self) -> KeptReport | None:
        """The report of the newest day; None before the first."""

    def newest(self, limit: int) -> list[KeptReport]:
        """The reports of the last days, the newest first."""

    def flagged_since(self, moment: datetime) -> KeptReport | None:
        """The newest report since `moment` that found drift; None when there is none."""


class PredictionReader(Protocol):
    """What model versions have answered. Every call may raise Unavailable."""

    def count_for(self, version: str) -> records.AnswerCount:
        """How many requests `version` has priced, and when."""

    def find(self, uuid: str) -> records.PredictionRecord | None:
        """The request whose estimate has the id `uuid`; None for one that is not kept."""


class PastEstimates(Protocol):
    """Estimates that were given, whatever serves now."""

    def rebuild(self, uuid: str, curve_of: str | None) -> PastEstimate:
        """The estimate `uuid`, with a curve against `area` or `bedrooms` where one is asked for.

        Takes long and blocks. Raises NotFound where there is no such estimate or it got no
        price, Gone when the files of its model are deleted, Corrupt, Unavailable.
        """


class ModelCards(Protocol):
    """Readings of the registry for people. Every call blocks, and may raise Unavailable."""

    def versions(self) -> list[ModelEntry]:
        """Every version, the newest first."""

    def card(self, version: ModelVersion) -> Document:
        """The card of `version`, a copy's being that of its origin; raises NotFound."""

    def comparison(self, version: ModelVersion, other: ModelVersion) -> Document:
        """How `version` differs from `other`.

        Raises NotFound, and Refused where they have too few homes in common.
        """


class Partitions(Protocol):
    """The months of the table of predictions. Every call may raise Unavailable."""

    def ahead(self, at: datetime, months: int) -> list[str]:
        """Make the month of `at` and the `months` after it; the names of those that are new."""

    def drop_older_than(self, moment: datetime) -> dict[str, int]:
        """Drop what is of a month that had ended by `moment`; how many rows went, by table."""


class OperatorActions(Protocol):
    """What the service shows of decisions and lets an operator do."""

    def decisions(self, query: DecisionQuery) -> list[Decision]:
        """The rows of the decision log that `query` means; raises Unavailable."""

    def act(self, action: Action, *, reason: str, of: str | None, actor: str) -> Decision:
        """Promote or roll back the candidate `of`, undo the decision `of`, or hold the experiment.

        The same again changes nothing.

        Raises Refused where it is not possible now, NotFound, Unavailable.
        """

    def experiment(self) -> ExperimentStatus:
        """The open experiment and what its arms have shown; raises Unavailable."""


class Tracker(Protocol):
    """A server that keeps trainings for people to compare; never the truth of anything.

    Every call raises Unavailable, soon, when the server is away.
    """

    def log(self, record: TrainingRecord) -> str:
        """The run that `record` is kept as: one, however often it is logged or broken off."""

    def point(self, alias: str, version: str | None) -> None:
        """Let `alias` name our `version`, or nothing; raises NotFound for one never logged."""

    def aliases(self) -> dict[str, str]:
        """Our version by the alias that names it."""

    def keep_page(self, name: str, page: bytes, figures: Mapping[str, float]) -> str:
        """The run that a page about the traffic is kept as; one for each `name`."""
