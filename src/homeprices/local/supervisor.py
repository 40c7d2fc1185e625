"""The daemon that keeps the stack running: `python -m homeprices.local.supervisor FOLDER`.

It holds a lock for as long as it lives, so that there is one for a data folder
and a look at the lock tells whether it runs.
"""

import asyncio
import fcntl
import logging
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from homeprices.domain.errors import Taken
from homeprices.local import plan, processes, state
from homeprices.local.layout import Layout
from homeprices.local.service_runner import ServiceRunner, Surroundings
from homeprices.local.state import StackState

LONGEST_LOG_BYTES = 10_000_000
MEASURE_EVERY_S = 5.0

log = logging.getLogger(__name__)


class Supervisor:
    """All services of one plan."""

    def __init__(self, stack: plan.StackPlan, layout: Layout) -> None:
        self._layout = layout
        around = Surroundings(stack.host, layout.data, layout.logs, self._tell)
        self._runners = {service.name: ServiceRunner(service, around) for service in stack.services}
        self._self = processes.identify(os.getpid()) or processes.ProcessIdentity(os.getpid(), 0.0)
        self.unwritten = 0
        self._is_behind = False

    async def run(self) -> None:
        """Keep everything running until SIGTERM or SIGINT, then end it, last started first."""
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        # Only now is it told where we are: who knows it may ask us to end at once.
        self._tell()
        try:
            async with asyncio.TaskGroup() as lives:
                for runner in self._runners.values():
                    lives.create_task(self._live(runner))
                lives.create_task(self._maintain())
                lives.create_task(_end_when(stopping))
        except* _Stopping:
            log.info("stopping")
        finally:
            for runner in reversed(self._runners.values()):
                await runner.stop()

    async def _live(self, runner: ServiceRunner) -> None:
        await runner.live([self._runners[name] for name in runner.service.after])

    def _tell(self) -> None:
        stack_state = StackState(self._self, [runner.state for runner in self._runners.values()])
        try:
            state.write(self._layout.run / "state.json", stack_state)
            self._is_behind = False
        except OSError as error:
            # A full disk must not end the services; what runs stays recorded as it was.
            self._is_behind = True
            self.unwritten += 1
            log.error("the state could not be told (%d times): %s", self.unwritten, error)

    async def _maintain(self) -> None:
        while True:
            if self._is_behind:
                self._tell()
            for path in self._layout.logs.glob("*.log"):
                await asyncio.to_thread(bound, path)
            await asyncio.sleep(MEASURE_EVERY_S)


class _Stopping(Exception):
    """We were asked to end."""


async def _end_when(stopping: asyncio.Event) -> None:
    await stopping.wait()
    raise _Stopping


def bound(path: Path, longest: int = LONGEST_LOG_BYTES) -> None:
    """Set a log that has grown too long aside as `.1`; its writers append and go on.

    The writers hold the file itself, not a pipe to us: they outlive us.
    """
    if path.stat().st_size <= longest:
        return
    try:
        shutil.copyfile(path, path.with_name(path.name + ".1"))
    except OSError as error:
        # On a full disk room is worth more than an old log.
        log.error("%s could not be set aside: %s", path, error)
    os.truncate(path, 0)


@contextmanager
def held(path: Path, patience_s: float = 0.0) -> Iterator[None]:
    """Hold the lock at `path`; raises Taken when another process holds it for `patience_s`."""
    deadline = time.monotonic() + patience_s
    with path.open("a") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise Taken(f"another process holds {path}") from None
                time.sleep(0.02)
        yield


def is_held(layout: Layout) -> bool:
    """True while a supervisor runs for this data folder."""
    if not layout.run.exists():
        return False
    try:
        with held(layout.run / "supervisor.lock"):
            return False
    except Taken:
        return True


def main(folder: str) -> None:
    """Run the plan kept in the data folder `folder`, in a child that belongs to nobody."""
    if os.fork():
        os._exit(0)
    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(message)s")
    layout = Layout(Path(folder))
    with held(layout.run / "supervisor.lock", patience_s=2.0):
        stack = plan.read(layout.run / "plan.json")
        asyncio.run(Supervisor(stack, layout).run())


if __name__ == "__main__":
    main(sys.argv[1])
