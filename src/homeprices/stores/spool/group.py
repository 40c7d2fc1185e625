"""Group commit: one thread writes everything that waits, then wakes all who wait for it."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

from homeprices.domain.errors import Unavailable

MOST_FRAMES = 1000
T = TypeVar("T")
Waiter = tuple[T, "asyncio.Future[None]"]
_LOG = logging.getLogger(__name__)


class GroupWriter(Generic[T]):
    """Hands batches to `write`, which returns once they are durable or raises Unavailable.

    Any other error of `write` is logged and is Unavailable to those who wait for its batch.
    """

    def __init__(self, write: Callable[[Sequence[T]], None]) -> None:
        self._write = write
        self._queue: SimpleQueue[Waiter[T] | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="spool writer", daemon=True)
        self._thread.start()

    async def put(self, frame: T) -> None:
        """Return once `frame` is durable; raises Unavailable."""
        done = asyncio.get_running_loop().create_future()
        self._queue.put((frame, done))
        await done

    def close(self) -> None:
        """Write what was put so far, then stop."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        going = True
        while going:
            taken = [self._queue.get(), *self._more()]
            going = None not in taken
            waiters = [waiter for waiter in taken if waiter is not None]
            if waiters:
                _wake(waiters, self._written([frame for frame, _ in waiters]))

    def _more(self) -> list[Waiter[T] | None]:
        taken: list[Waiter[T] | None] = []
        try:
            while len(taken) < MOST_FRAMES:
                taken.append(self._queue.get_nowait())
        except Empty:
            pass
        return taken

    def _written(self, batch: list[T]) -> Unavailable | None:
        try:
            self._write(batch)
        except Unavailable as error:
            return error
        except Exception:  # noqa: BLE001 - without the thread all who come later wait for ever
            _LOG.exception("%d records are refused", len(batch))
            return Unavailable("what is asked cannot be recorded; the service's log says why")
        return None


def _wake(waiters: list[Waiter[T]], error: Unavailable | None) -> None:
    loops = {done.get_loop() for _, done in waiters}
    for loop in loops:
        of_loop = [done for _, done in waiters if done.get_loop() is loop]
        with suppress(RuntimeError):  # it is closed: they have left
            loop.call_soon_threadsafe(_settle, of_loop, error)


def _settle(waiting: list[asyncio.Future[None]], error: Unavailable | None) -> None:
    for done in waiting:
        if done.done():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(Unavailable(error.message))
