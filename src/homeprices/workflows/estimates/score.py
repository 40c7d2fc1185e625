"""Prices a file of homes with one model version, in one process or several; no service has to run.

The file is worked off in parts of some rows, so that memory does not grow with it, and so that a
scoring that was interrupted goes on where it was (`score_parts`).
"""

import logging
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from homeprices.datasets.home_rows import HomeColumns
from homeprices.datasets.sheets import Sheet, SheetPart, is_parquet, open_sheet
from homeprices.domain.errors import (
    MODEL_FAILURES,
    BadInput,
    Corrupt,
    HomesError,
    Refused,
    Unavailable,
    Unreadable,
)
from homeprices.domain.market import Market
from homeprices.domain.requests.home_request import HomeReader
from homeprices.domain.versions import ModelVersion
from homeprices.ports import Predictor
from homeprices.stores.registry import Registry
from homeprices.valuation.predict import bundle
from homeprices.wording.speech import Speech
from homeprices.workflows.estimates.score_parts import Scored, ScoredParts, ScoringKey

ADDED: Mapping[str, type] = {
    "estimated_price": float,
    "low": float,
    "high": float,
    "certainty": str,
    # As listings write it; the file has its own, as people do.
    "priced_location": str,
    # Files of people have notes of their own.
    "estimate_notes": str,
    "model_version": str,
    "error": str,
}
ROWS_PER_PART = 10_000
_LOG = logging.getLogger(__name__)
_SHEETS = (".xlsx", ".xls", ".ods", ".json")


@dataclass(frozen=True, slots=True)
class ScoreProgress:
    """How far a scoring is: rows that are done, `resumed` of them before, and their share of all.

    How many there are is known at the end alone: the share goes by what was read so far.
    """

    rows: int
    resumed: int
    share: float


@dataclass(frozen=True, slots=True)
class ScoreOrder:
    """What is to be scored, and how.

    `resume` goes on with what was interrupted, where there is such; `restart` forgets it.
    """

    source: Path
    target: Path
    version: ModelVersion
    processes: int = 1
    resume: bool = False
    restart: bool = False
    rows_per_part: int = ROWS_PER_PART


def begun_with(target: Path) -> ModelVersion | None:
    """The model of a scoring that was interrupted; None where there is none."""
    parts = ScoredParts(target)
    return ModelVersion.parse(parts.key().model) if parts.exists else None


class _Scorer:
    """Prices rows."""

    def __init__(
        self, predictor: Predictor, version: str, columns: HomeColumns, market: Market
    ) -> None:
        self._predictor = predictor
        self._version = version
        self._columns = columns
        self._homes = HomeReader(market)
        self._speech = Speech(market)
        self._priced = 0
        self._any_failure = False

    def write(self, sheet: Sheet, part: SheetPart, path: Path) -> Scored:
        """Write a part with its answers."""
        self._priced = 0
        sheet.write(part, path, self._answers)
        return Scored(self._priced, part.count - self._priced)

    def _answers(self, cells: Sequence[object]) -> list[object]:
        try:
            fields = self._columns.fields(cells)
            home = self._homes.read(fields)
        except Unreadable as error:
            return self._unpriced(error.message)
        except BadInput as error:
            return self._unpriced(self._speech.error(error))
        try:
            estimate = self._predictor.estimate(home)
        except MODEL_FAILURES:
            return self._failed()
        self._priced += 1
        prices = [round(price, 2) for price in (estimate.price, estimate.low, estimate.high)]
        notes = " ".join(self._speech.notes(self._homes.notes(fields, estimate.notes)))
        told = [estimate.certainty.value, estimate.locality, notes]
        return [*prices, *told, self._version, ""]

    def _failed(self) -> list[object]:
        """What is told of a row that the model fails on; the log has the first alone."""
        if not self._any_failure:
            self._any_failure = True
            _LOG.exception("%s fails on a home", self._version)
        return self._unpriced("the model fails on this home")

    def _unpriced(self, why: str) -> list[object]:
        return ["", "", "", "", "", "", self._version, why]


class _Task:
    """Everything that pricing a part takes; it can be sent to another process."""

    def __init__(self, registry: Registry, order: ScoreOrder, sheet: Sheet, market: Market) -> None:
        self.files = dict(registry.files(order.version))
        self.version = str(order.version)
        self.sheet = sheet
        self.market = market

    def scorer(self) -> _Scorer:
        """What prices the rows of the sheet."""
        columns = HomeColumns(
            self.sheet.header,
            self.market,
            decimal_sign=self.sheet.decimal_sign,
        )
        return _Scorer(bundle.load(self.files), self.version, columns, self.market)


def _serve(pipe: Connection, task: _Task) -> None:
    """Do parts until nobody hands over more."""
    # Whoever is interrupted at the keyboard ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    scorer = task.scorer()
    try:
        while True:
            part, path = pipe.recv()
            try:
                pipe.send(scorer.write(task.sheet, part, path))
            except (HomesError, ArithmeticError, LookupError, OSError, ValueError) as error:
                pipe.send(error)
    except (EOFError, ConnectionError):
        return


class _LocalWorker:
    """Does parts in this process."""

    def __init__(self, task: _Task) -> None:
        self._sheet, self._scorer = task.sheet, task.scorer()
        self._done: tuple[int, Path, Scored] | None = None

    def begin(self, part: SheetPart, path: Path) -> None:
        """Do a part."""
        self._done = part.number, path, self._scorer.write(self._sheet, part, path)

    def collect(self, parts: ScoredParts) -> None:
        """Keep what was done."""
        if self._done is not None:
            parts.finish(*self._done)
            self._done = None


class _ProcessWorker:
    """Does parts in a process of its own, one at a time."""

    def __init__(self, task: _Task) -> None:
        # Not a pool: its processes would outlive us if we were killed. Ours hold one end of one
        # pipe each, and end when the other is gone.
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, task), daemon=True)
        self._process.start()
        theirs.close()
        self._begun: tuple[int, Path] | None = None

    def begin(self, part: SheetPart, path: Path) -> None:
        """Hand over a part; raises Unavailable where the process has ended."""
        self._begun = part.number, path
        try:
            self._pipe.send((part, path))
        except ConnectionError:
            raise _process_ended() from None

    def collect(self, parts: ScoredParts) -> None:
        """Wait for what was handed over, and keep it; raises what went wrong there."""
        if self._begun is None:
            return
        try:
            done = self._pipe.recv()
        except (EOFError, ConnectionError):
            raise _process_ended() from None
        if isinstance(done, Exception):
            raise done
        parts.finish(*self._begun, done)
        self._begun = None

    def end(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.terminate()
        self._process.join()


def _process_ended() -> Unavailable:
    return Unavailable(
        "a process of the scoring has ended; perhaps memory is short. --resume goes on"
    )


@contextmanager
def _workers(task: _Task, processes: int) -> Iterator[Sequence[_LocalWorker | _ProcessWorker]]:
    """What does parts: this process, or so many others, which end with it however it ends."""
    if processes == 1:
        yield [_LocalWorker(task)]
        return
    workers = [_ProcessWorker(task) for _ in range(processes)]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.end()


def score(
    order: ScoreOrder,
    *,
    registry: Registry,
    market: Market,
    progress: Callable[[ScoreProgress], None] = lambda _: None,
) -> Scored:
    """Write the target: the source with the columns of `ADDED`; whole, or not at all.

    Both are CSV, or both Parquet. A row that cannot be priced has the reason in `error`. Raises
    Unreadable when the file is not of homes; Refused when it has one of the columns already,
    where the name of the target tells another format, where one that was interrupted is in the
    way, where another process scores to the same target, and where the source was changed.
    """
    _require_one_format(order.source, order.target)
    sheet = open_sheet(order.source, ADDED, market)
    if taken := [name for name in sheet.header if name in ADDED]:
        raise Refused(
            f"the file has a column {taken[0]} already, which scoring adds; rename it first"
        )
    HomeColumns(sheet.header, market)
    parts = ScoredParts(order.target)
    with parts.held():
        key = ScoringKey(sheet.digest, str(order.version), order.rows_per_part, tuple(ADDED))
        _open(parts, order, key)
        task = _Task(registry, order, sheet, market)
        return _score_and_publish(order, sheet, parts, task, progress)


def _score_and_publish(
    order: ScoreOrder,
    sheet: Sheet,
    parts: ScoredParts,
    task: _Task,
    progress: Callable[[ScoreProgress], None],
) -> Scored:
    try:
        rows = _score_parts(order, sheet, parts, task, progress)
        sheet.require_unchanged()
    except (Refused, Unreadable):
        parts.remove()
        raise
    scored = parts.total()
    if scored.rows != rows:
        raise Corrupt(f"{rows:,} rows were read and {scored.rows:,} written; begin with --force")
    parts.publish(lambda path: sheet.join(parts.paths(), path), order.target)
    return scored


def _require_one_format(source: Path, target: Path) -> None:
    if is_parquet(source) != is_parquet(target):
        raise Refused(f"{source.name} and {target.name} must both be CSV, or both Parquet")
    if target.suffix.casefold() in _SHEETS:
        raise Refused(f"{target.name} would be CSV by another name; name it {target.stem}.csv")


def _open(parts: ScoredParts, order: ScoreOrder, key: ScoringKey) -> None:
    """Go on with the parts there are, or begin; raises Refused."""
    if parts.exists and order.resume and not order.restart:
        parts.resume(key)
    elif parts.exists and not order.restart:
        raise Refused(
            f"{order.target} was begun and interrupted; --resume goes on, --force begins anew"
        )
    else:
        parts.begin(key)


def _score_parts(
    order: ScoreOrder,
    sheet: Sheet,
    parts: ScoredParts,
    task: _Task,
    progress: Callable[[ScoreProgress], None],
) -> int:
    """Do every part that is not done; how many rows were read."""
    rows = resumed = 0

    def tell(share_read: float) -> None:
        done = parts.total().rows
        progress(ScoreProgress(done, resumed, min(1.0, share_read * done / rows)))

    with _workers(task, order.processes) as workers:
        for part in sheet.parts(order.rows_per_part):
            rows += part.count
            if parts.has(part.number, part.count):
                resumed += part.count
            else:
                worker = workers[part.number % len(workers)]
                worker.collect(parts)
                worker.begin(part, parts.unfinished(part.number, order.target.suffix))
            tell(part.share)
        for worker in workers:
            worker.collect(parts)
    progress(ScoreProgress(parts.total().rows, resumed, 1.0))
    return rows
