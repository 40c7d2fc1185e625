"""Brings the stack down, and leaves no process."""

import signal
import time

from homeprices.local import processes, state
from homeprices.local.layout import Layout
from homeprices.local.supervisor import is_held

# The supervisor gives each service its time, one after the other.
PATIENCE_S = 60.0
# Between letting go of its lock and being gone.
LEAVING_S = 5.0


def bring_down(layout: Layout) -> int:
    """End the supervisor and every service it started; returns how many services ran."""
    ran = 0
    if is_held(layout):
        stack_state = _stack_state(layout)
        if stack_state is not None:
            ran = sum(processes.is_running(service.mark) for service in stack_state.services)
            processes.send(stack_state.supervisor, signal.SIGTERM)
            _await_release(layout)
            processes.await_end(stack_state.supervisor, LEAVING_S)
            processes.kill_family(stack_state.supervisor)
    return ran + end_leftovers(layout)


def end_leftovers(layout: Layout) -> int:
    """End what the state file records of a supervisor that is gone; returns how many processes."""
    stack_state = state.read(layout.run / "state.json")
    if stack_state is None or is_held(layout):
        return 0
    ended = 0
    for service in reversed(stack_state.services):
        if service.mark is not None:
            first = signal.SIGINT if service.name == "postgres" else signal.SIGTERM
            ended += processes.end(service.mark, first)
    (layout.run / "state.json").unlink(missing_ok=True)
    return ended


def _stack_state(layout: Layout) -> state.StackState | None:
    """The state of a supervisor that may have started this moment."""
    deadline = time.monotonic() + 5
    path = layout.run / "state.json"
    while (stack_state := state.read(path)) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return stack_state


def _await_release(layout: Layout) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while is_held(layout) and time.monotonic() < deadline:
        time.sleep(0.05)
