"""POST /api/predict_home_price/batch: many homes in, a price or an error for each, in their order.

One model prices a whole batch. Its rows are worked off in a thread, some at a time, and the next
are begun when those before are sent, so that no batch holds more than a few of them. What becomes
of a batch is counted and logged; its rows get no id and no record: see decision record 0033.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter, sleep

from starlette.types import Receive, Scope, Send

from homeprices.domain.errors import (
    MODEL_FAILURES,
    BadInput,
    Busy,
    HomesError,
    RateLimited,
    TooLarge,
    Unavailable,
    Unreadable,
)
from homeprices.domain.requests.home_request import UNIT, HomeReader, with_unit
from homeprices.serving.access.rate_limit import COUNTED_AS, NO_ADDRESS
from homeprices.serving.batch.answers import (
    CsvWriter,
    JsonWriter,
    NdjsonWriter,
    RowProblem,
    RowWriter,
)
from homeprices.serving.batch.body import pieces, receive_body
from homeprices.serving.batch.rows import BatchRow, RowReader, csv_rows, json_rows, ndjson_rows
from homeprices.serving.dependencies import ServiceDependencies
from homeprices.serving.http.accept import wanted
from homeprices.serving.http.body import Fields, RawHeaders, media_of
from homeprices.serving.http.encoding import packing
from homeprices.serving.metrics import ServiceMetrics
from homeprices.serving.price import Price, PriceWriter
from homeprices.serving.problems import (
    ProblemDetail,
    answer_problem,
    failure_detail,
    problem_detail,
)
from homeprices.serving.slot import ActiveModel, ModelSlot

PATH = "/api/predict_home_price/batch"
ROWS_AT_ONCE = 100
# A row takes a tenth of a millisecond: after so many single prices go before.
ROWS_A_BEAT = 5
# After how long whoever has a batch under way is told to send the next.
NEXT_BATCH_S = 10.0
# How long a client may take to read what is left when the time for pricing is over.
LAST_WORDS_S = 30.0
FORMATS: Mapping[str, tuple[RowReader, Callable[[], RowWriter]]] = {
    "application/json": (json_rows, JsonWriter),
    "application/x-ndjson": (ndjson_rows, NdjsonWriter),
    "text/csv": (csv_rows, CsvWriter),
}
_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class _Tally:
    """What has become of a batch so far."""

    began: float
    version: str = ""
    priced: int = 0
    failed: int = 0
    blank: int = 0
    outcome: str = "cut_off"
    model_failure: ProblemDetail | None = None

    @property
    def rows(self) -> int:
        return self.priced + self.failed


@dataclass(frozen=True, slots=True)
class _BatchUnderWay:
    """One batch whose body is there: how its rows are read and written, and by which model."""

    rows: Iterator[BatchRow]
    writer: RowWriter
    served: ActiveModel
    tally: _Tally
    ends_at: float


class BatchPrices:
    """The route as a bare ASGI application."""

    def __init__(
        self, dependencies: ServiceDependencies, slot: ModelSlot, metrics: ServiceMetrics
    ) -> None:
        self._market = dependencies.market
        self._limits = dependencies.batch_limits
        self._folder = dependencies.batch_folder
        self._variant = (b"x-variant", dependencies.slot.value.encode())
        self._slot = slot
        self._metrics = metrics
        self._homes = HomeReader(dependencies.market)
        self._prices = PriceWriter(dependencies.market)
        self._area = dependencies.market.fields["area"]
        self._under_way = Counter[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one batch."""
        tally = _Tally(perf_counter())
        try:
            async with self._turn(scope.get(COUNTED_AS, NO_ADDRESS)):
                await self._answer(scope, receive, send, tally)
        except HomesError as error:
            tally.outcome = "refused"
            response = answer_problem(error, self._prices.speech)
            response.raw_headers.append(self._variant)
            await response(scope, receive, send)
        finally:
            self._tell(tally)

    @asynccontextmanager
    async def _turn(self, client: str) -> AsyncIterator[None]:
        """One of the batches that may be under way; raises Busy, RateLimited.

        Nobody takes the last turn beside turns of their own: another finds one.
        """
        most = self._limits.at_once
        if self._under_way.total() >= most:
            raise Busy(
                f"{most} batches are being priced, as many as may be at once "
                "(HOMES_BATCHES); send it again in a while"
            )
        if self._under_way[client] >= max(1, most - 1):
            raise RateLimited(
                f"{self._under_way[client]} of {most} batches that may be priced at once are "
                "yours; send the next after one of them",
                NEXT_BATCH_S,
            )
        self._under_way[client] += 1
        try:
            yield
        finally:
            self._under_way[client] -= 1
            # No name is kept of those who are done.
            self._under_way += Counter()

    async def _answer(self, scope: Scope, receive: Receive, send: Send, tally: _Tally) -> None:
        """Read and answer a batch; raises HomesError while nothing of the answer is sent."""
        headers = dict(scope["headers"])
        read, writer, encoding = _form(scope, headers)
        served = self._slot.require()
        tally.version = served.version
        with await receive_body(receive, headers, self._limits, self._folder) as file:
            unpacked = pieces(file, encoding, self._limits.size_bytes)
            ends_at = tally.began + self._limits.seconds
            rows = read(self._paced(unpacked, ends_at), self._market)
            batch = _BatchUnderWay(rows, writer, served, tally, ends_at)
            answer = self._answer_pieces(batch)
            first = await asyncio.to_thread(next, answer, b"")
            start = [(b"content-type", writer.media), (b"vary", b"Accept"), *served.headers[1:]]
            await send({"type": "http.response.start", "status": 200, "headers": start})
            is_whole = await _send_all(first, answer, receive, send, ends_at + LAST_WORDS_S)
            if not is_whole:
                tally.outcome = "cut_off"

    def _answer_pieces(self, batch: _BatchUnderWay) -> Iterator[bytes]:
        """The answer in pieces of some rows; raises HomesError if the first row cannot be read."""
        waiting = [batch.writer.head]
        for row in self._answer_rows(batch):
            waiting.append(row)
            if len(waiting) >= ROWS_AT_ONCE:
                yield b"".join(waiting)
                waiting.clear()
        waiting.append(batch.writer.tail)
        yield b"".join(waiting)

    def _answer_rows(self, batch: _BatchUnderWay) -> Iterator[bytes]:
        tally = batch.tally
        try:
            for row in batch.rows:
                self._require_within_limits(batch)
                if row is None:
                    tally.blank += 1
                    continue
                yield self._answer_row(row, batch)
                if tally.rows % ROWS_A_BEAT == 0:
                    # Whoever waits for the interpreter goes before, and not 5 ms later.
                    sleep(0)
            tally.outcome = "done"
        except HomesError as error:
            if tally.rows == 0:
                raise
            tally.outcome = "ended"
            detail = problem_detail(error, self._prices.speech)
            yield batch.writer.problem(RowProblem(tally.rows + 1, detail, ended=True))

    def _paced(self, pieces: Iterator[bytes], ends_at: float) -> Iterator[bytes]:
        """The pieces of a body, which may hold no row at all; raises Unavailable."""
        for piece in pieces:
            self._require_time(ends_at)
            yield piece
            sleep(0)

    def _require_within_limits(self, batch: _BatchUnderWay) -> None:
        """Raise TooLarge, Unavailable for one row more than may be priced."""
        limits = self._limits
        if batch.tally.rows + batch.tally.blank >= limits.rows:
            raise TooLarge(
                f"a batch must have at most {limits.rows:,} rows (HOMES_BATCH_ROWS), also blank "
                "ones; send the rest in another"
            )
        self._require_time(batch.ends_at)

    def _require_time(self, ends_at: float) -> None:
        if perf_counter() > ends_at:
            raise Unavailable(
                f"a batch may take {self._limits.seconds:,.0f} s (HOMES_BATCH_SECONDS); "
                "send the rest in another"
            )

    def _answer_row(self, row: Fields | HomesError, batch: _BatchUnderWay) -> bytes:
        """A row's price, or what a single request for it would be told."""
        tally, served = batch.tally, batch.served
        number = tally.rows + 1
        try:
            if isinstance(row, HomesError):
                raise row
            fields = with_unit(row, self._area) if UNIT in row else row
            home = self._homes.read(fields)
            estimate = served.predictor.estimate(home)
        except (BadInput, Unreadable) as error:
            tally.failed += 1
            return batch.writer.problem(RowProblem(number, self._detail(error)))
        except MODEL_FAILURES as failure:
            tally.failed += 1
            return batch.writer.problem(RowProblem(number, _failure(failure, tally)))
        notes = self._homes.notes(fields, estimate.notes)
        price = Price(**self._prices.fields(home, estimate, served, notes))
        tally.priced += 1
        return batch.writer.price(number, price)

    def _detail(self, error: HomesError) -> ProblemDetail:
        return problem_detail(error, self._prices.speech)

    def _tell(self, tally: _Tally) -> None:
        """Count a batch, and log what became of it."""
        seconds = perf_counter() - tally.began
        self._metrics.batch(tally.outcome, seconds)
        if tally.rows:
            self._metrics.batch_rows(tally.version, tally.priced, tally.failed)
        _LOG.info(
            "batch %s: %d rows priced by %s, %d not, in %.1f s",
            tally.outcome,
            tally.priced,
            tally.version or "no model",
            tally.failed,
            seconds,
        )


async def _send_all(
    first: bytes, answer: Iterator[bytes], receive: Receive, send: Send, ends_at: float
) -> bool:
    """Send all of an answer; False where its client has gone, or reads no further.

    Then nothing more is sent, and the connection is closed once what was is read: nobody takes it
    for the whole.
    """
    gone = asyncio.ensure_future(receive())
    left_s = ends_at - perf_counter()
    try:
        async with asyncio.timeout(left_s):
            piece: bytes | None = first
            while piece is not None and not gone.done():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await asyncio.to_thread(next, answer, None)
            if piece is None:
                await send({"type": "http.response.body", "body": b""})
            return piece is None
    except TimeoutError:
        return False
    finally:
        gone.cancel()


def _form(scope: Scope, headers: RawHeaders) -> tuple[RowReader, RowWriter, str]:
    """How a batch is read, written and packed; raises Unreadable."""
    media = media_of(headers).decode("latin-1")
    if media not in FORMATS:
        raise Unreadable(f"Content-Type must be {' or '.join(FORMATS)}; got {media[:80] or 'none'}")
    answered = wanted(scope, (media, *FORMATS))
    return FORMATS[media][0], FORMATS[answered][1](), packing(headers)


def _failure(failure: BaseException, tally: _Tally) -> ProblemDetail:
    """What is told of a row that the model fails on; the log has the first of a batch alone."""
    if tally.model_failure is None:
        tally.model_failure = failure_detail(PATH, failure)
    return tally.model_failure
