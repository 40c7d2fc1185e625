"""Brings the stack up: what is left of an earlier one is ended, then all is started and watched."""

from __future__ import annotations

import _thread
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from homeprices.domain.errors import HomesError, Taken, Unavailable
from homeprices.local import down, plan, preflight, state
from homeprices.local.layout import Layout
from homeprices.local.plan import Plan
from homeprices.local.progress import Progress
from homeprices.local.state import Phase, ServiceState
from homeprices.local.supervisor import held, is_held

LOOK_EVERY_S = 0.05
TRIES = 3
SUPERVISOR_S = 10.0


@dataclass(frozen=True, slots=True)
class Step:
    """Work that `up` does in the foreground while the services start.

    `run` is given what tells the words of the moment, and returns the line that stays.
    """

    name: str
    run: Callable[[Callable[[str], None]], str]


@contextmanager
def alone(layout: Layout, progress: Progress) -> Iterator[None]:
    """Be the only `up` of this data folder; a second one waits."""
    lock = layout.run / "up.lock"
    try:
        with held(lock):
            yield
        return
    except Taken:
        progress.say("another `homes up` is under way here; waiting for it")
    with held(lock, patience_s=600):
        yield


def clear(layout: Layout, progress: Progress) -> None:
    """End what a supervisor that was killed has left running."""
    left = down.end_leftovers(layout)
    if left:
        progress.say(f"ended {left} processes that an earlier start had left running")


def bring_up(layout: Layout, stack: Plan, steps: Sequence[Step], progress: Progress) -> None:
    """Start `stack` and do `steps` meanwhile; returns when both are done.

    Whatever goes wrong, and when interrupted, everything that was started is
    ended again. Raises Unavailable saying which service would not start and why.
    """
    preflight.check_disk(layout.data)
    preflight.check_ports(stack)
    plan.write(layout.run / "plan.json", stack)
    try:
        supervisor = start_supervisor(layout)
        watch = Watch(layout, stack, supervisor, progress)
        watch.start()
        try:
            for step in steps:
                _do(step, progress)
            watch.wait()
        except KeyboardInterrupt:
            if watch.trouble is None:
                raise
        watch.finish()
    except BaseException:
        progress.end()
        down.bring_down(layout)
        raise


def join(layout: Layout, steps: Sequence[Step], progress: Progress) -> None:
    """Do `steps` beside a stack that runs already, and wait until all of it is up.

    What runs is left running, whatever goes wrong. Raises Unavailable.
    """
    watch = Watch(layout, plan.read(layout.run / "plan.json"), None, progress)
    for step in steps:
        _do(step, progress)
    watch.look_until_up()
    if watch.trouble is not None:
        raise watch.trouble


def start_supervisor(layout: Layout) -> subprocess.Popen[bytes]:
    """The supervisor, in a session of its own, once it holds its lock."""
    (layout.run / "state.json").unlink(missing_ok=True)
    with layout.log_of("supervisor").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "homeprices.local.supervisor", str(layout.data)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=layout.data,
        )
    deadline = time.monotonic() + SUPERVISOR_S
    while state.read(layout.run / "state.json") is None or not is_held(layout):
        if process.poll() is not None or time.monotonic() > deadline:
            raise Unavailable(f"the supervisor did not start: {last_line(layout, 'supervisor')}")
        time.sleep(LOOK_EVERY_S)
    return process


class Watch(threading.Thread):
    """Tells each service's progress; interrupts the main thread when one cannot be started."""

    def __init__(
        self,
        layout: Layout,
        stack: Plan,
        supervisor: subprocess.Popen[bytes] | None,
        progress: Progress,
    ) -> None:
        super().__init__(daemon=True)
        self.trouble: HomesError | None = None
        self._layout = layout
        self._titles = {service.name: service.title for service in stack.services}
        self._supervisor = supervisor
        self._progress = progress
        self._told: set[str] = set()

    def look_until_up(self) -> None:
        """Look until all services are up, or one is in trouble."""
        while self.trouble is None and len(self._told) < len(self._titles):
            self.trouble = self._look()
            time.sleep(LOOK_EVERY_S)

    def run(self) -> None:
        """As `look_until_up`, and stop what the main thread does when there is trouble."""
        self.look_until_up()
        if self.trouble is not None:
            _thread.interrupt_main()

    def wait(self) -> None:
        """Return when all services are up; an interruption comes through."""
        while self.is_alive():
            self.join(0.1)

    def finish(self) -> None:
        """Raises the trouble that was met, if any."""
        self.wait()
        if self.trouble is not None:
            raise self.trouble

    def _look(self) -> HomesError | None:
        told = state.read(self._layout.run / "state.json")
        if told is None or (self._supervisor and self._supervisor.poll() is not None):
            return Unavailable("the supervisor was stopped while the stack was starting")
        for service in told.services:
            if service.restarts >= TRIES and service.name not in self._told:
                return self._failed(service)
            self._tell(service)
        return None

    def _tell(self, service: ServiceState) -> None:
        if service.is_up and service.name not in self._told:
            self._told.add(service.name)
            self._progress.done(service.name, self._titles[service.name], service.took_s)
        elif service.phase in (Phase.STARTING, Phase.RESTARTING) and not service.is_up:
            self._progress.doing(service.name, f"{service.phase.value} {service.name}")

    def _failed(self, service: ServiceState) -> HomesError:
        why = last_line(self._layout, service.name)
        return Unavailable(
            f"{service.name} did not start ({service.note}, {service.restarts} times): {why}; "
            f"the whole log: ./homes logs {service.name}"
        )


def last_line(layout: Layout, service: str) -> str:
    """The last line of a service's log that says something."""
    path = layout.log_of(service)
    text = path.read_bytes()[-20_000:].decode(errors="replace") if path.exists() else ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    full = [line for line in lines if "No space left" in line]
    return (full or lines or ["its log is empty"])[-1][:300]


def _do(step: Step, progress: Progress) -> None:
    started = time.monotonic()
    progress.doing(step.name, step.name)
    told = step.run(lambda words: progress.doing(step.name, words))
    progress.done(step.name, told, time.monotonic() - started)
