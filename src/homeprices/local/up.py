"""Brings the stack up: what is left of an earlier one is ended, then all is started and watched."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from homeprices.domain.errors import HomesError, Taken, Unavailable
from homeprices.local import doctor, down, plan, state
from homeprices.local.layout import Layout
from homeprices.local.logs import last_line, last_lines
from homeprices.local.plan import StackPlan
from homeprices.local.progress import Progress
from homeprices.local.state import Phase, ServiceState
from homeprices.local.supervisor import held, is_held

LOOK_EVERY_S = 0.05
TRIES = 3
SUPERVISOR_S = 10.0
# Not SIGINT: what a script starts in the background ignores that.
TROUBLE = signal.SIGUSR1


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


def bring_up(layout: Layout, stack: StackPlan, steps: Sequence[Step], progress: Progress) -> None:
    """Start `stack` and do `steps` meanwhile; returns when both are done, companions apart.

    Whatever goes wrong, and when interrupted, everything that was started is
    ended again. Raises Unavailable saying which service would not start and why.
    """
    doctor.check_disk(layout.data)
    doctor.check_ports(stack)
    plan.write(layout.run / "plan.json", stack)
    try:
        start_supervisor(layout)
        _watch(Watch(layout, stack.front, progress), steps, progress)
    except BaseException:
        with undisturbed():
            progress.end()
            down.bring_down(layout)
        raise


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let no second Ctrl-C end the work of ending."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _watch(watch: Watch, steps: Sequence[Step], progress: Progress) -> None:
    watch.start()
    try:
        with watch.at_work():
            for step in steps:
                _do(step, progress)
        watch.join()
    except KeyboardInterrupt:
        if watch.trouble is None:
            raise
    if watch.trouble is not None:
        raise watch.trouble


def join(layout: Layout, steps: Sequence[Step], progress: Progress) -> None:
    """Do `steps` beside a stack that runs already, and wait until its front is up.

    What runs is left running, whatever goes wrong. Raises Unavailable.
    """
    for step in steps:
        _do(step, progress)
    _await(Watch(layout, plan.read(layout.run / "plan.json").front, progress))


def await_companions(layout: Layout, progress: Progress) -> None:
    """Wait until the companions are up, too; what runs is left running. Raises Unavailable."""
    try:
        _await(Watch(layout, plan.read(layout.run / "plan.json").companions, progress))
    except Unavailable as error:
        raise Unavailable(f"{error.message}; homes are priced all the same") from None


def _await(watch: Watch) -> None:
    watch.look_until_up()
    if watch.trouble is not None:
        raise watch.trouble


def start_supervisor(layout: Layout) -> None:
    """Start the supervisor; returns once it holds its lock and wrote its first state."""
    (layout.run / "state.json").unlink(missing_ok=True)
    with layout.log_of("supervisor").open("ab") as log:
        # It leaves our family at once: what is started here is only its beginning.
        subprocess.run(
            [sys.executable, "-m", "homeprices.local.supervisor", str(layout.data)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=layout.data,
            check=False,
        )
    deadline = time.monotonic() + SUPERVISOR_S
    while state.read(layout.run / "state.json") is None:
        if time.monotonic() > deadline:
            raise Unavailable(f"the supervisor did not start: {last_line(layout, 'supervisor')}")
        time.sleep(LOOK_EVERY_S)


class Watch(threading.Thread):
    """Tells each service's progress; interrupts work in the main thread when one cannot start."""

    def __init__(self, layout: Layout, stack: StackPlan, progress: Progress) -> None:
        super().__init__(daemon=True)
        self.trouble: HomesError | None = None
        self._layout = layout
        self._titles = {service.name: service.title for service in stack.services}
        self._progress = progress
        self._reported: set[str] = set()
        self._lock = threading.Lock()
        self._is_main_at_work = False

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While the main thread does work that trouble is to interrupt."""
        before = signal.signal(TROUBLE, signal.default_int_handler)
        self._is_main_at_work = self.trouble is None
        try:
            yield
        finally:
            # An interruption is sent under the lock, so that none comes after this.
            with self._lock:
                self._is_main_at_work = False
            signal.signal(TROUBLE, before)

    def look_until_up(self) -> None:
        """Look until all services are up, or one is in trouble."""
        while self.trouble is None and len(self._reported) < len(self._titles):
            self.trouble = self._look()
            time.sleep(LOOK_EVERY_S)

    def run(self) -> None:
        """As `look_until_up`, and stop what the main thread does when there is trouble."""
        self.look_until_up()
        with self._lock:
            if self.trouble is not None and self._is_main_at_work:
                # A real signal: it wakes the main thread out of a wait, too.
                signal.pthread_kill(threading.main_thread().ident or 0, TROUBLE)

    def _look(self) -> HomesError | None:
        stack_state = state.read(self._layout.run / "state.json")
        if stack_state is None or not is_held(self._layout):
            return Unavailable("the supervisor was stopped while the stack was starting")
        for service in stack_state.services:
            if service.name not in self._titles:
                continue
            if service.restarts >= TRIES and service.name not in self._reported:
                return self._failed(service)
            self._tell(service)
        return None

    def _tell(self, service: ServiceState) -> None:
        if service.is_up and service.name not in self._reported:
            self._reported.add(service.name)
            self._progress.done(service.name, self._titles[service.name], service.took_s)
        elif service.phase in (Phase.STARTING, Phase.RESTARTING) and not service.is_up:
            self._progress.doing(service.name, f"{service.phase.value} {service.name}")

    def _failed(self, service: ServiceState) -> HomesError:
        lines = last_lines(self._layout, service.name) or ["its log is empty"]
        why = next((line for line in reversed(lines) if "No space left" in line), lines[-1])
        return Unavailable(
            f"{service.name} did not start ({service.note}, {service.restarts} times): {why}; "
            f"the whole log: ./homes logs {service.name}"
        )


def _do(step: Step, progress: Progress) -> None:
    started = time.monotonic()
    progress.doing(step.name, step.name)
    outcome = step.run(lambda words: progress.doing(step.name, words))
    progress.done(step.name, outcome, time.monotonic() - started)
