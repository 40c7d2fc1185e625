"""What becomes of the stack when something dies: real processes, services of a few lines."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from homeprices.domain.errors import Refused, Taken, Unavailable
from homeprices.local import doctor, down, processes, state, status, up
from homeprices.local.layout import Layout, lay_out
from homeprices.local.plan import Service, StackPlan
from homeprices.local.processes import ProcessIdentity
from homeprices.local.progress import Progress
from homeprices.local.state import Phase, ServiceState
from homeprices.local.supervisor import held, is_held
from support import stand_in_service

# Ends only by KILL, and so does its child.
STUBBORN = (
    "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "subprocess.Popen([sys.executable, '-c', 'import signal, time; "
    "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)']); time.sleep(600)"
)


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    layout = lay_out(tmp_path / "data", tmp_path / "shared")
    yield layout
    down.bring_down(layout)


def web(name: str, *, after: list[str] | None = None) -> Service:
    port = doctor.free_port()
    command = [sys.executable, stand_in_service.__file__, str(port), name, "BO1"]
    path = "/api/health/ready"
    return Service(name, f"{name} title", command, after=after or [], port=port, path=path)


def script(name: str, code: str, *, is_once: bool = False) -> Service:
    return Service(name, name, [sys.executable, "-c", code], is_once=is_once)


def bring_up(layout: Layout, *services: Service) -> str:
    words = io.StringIO()
    up.bring_up(layout, StackPlan(list(services)), [], Progress(words))
    return words.getvalue()


def told(layout: Layout, name: str) -> ServiceState:
    whole = state.read(layout.run / "state.json")
    assert whole is not None
    return next(service for service in whole.services if service.name == name)


def mark_of(layout: Layout, name: str) -> ProcessIdentity:
    mark = told(layout, name).mark
    assert mark is not None
    return mark


def until(is_so: Callable[[], bool], patience_s: float = 20) -> None:
    deadline = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.02)


def left_of(folder: Path) -> list[str]:
    """Processes that still work in `folder` or name it."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        words = " ".join(process.info["cmdline"] or []) + str(process.info["cwd"])
        if str(folder) in words and process.pid != os.getpid():
            found.append(words)
    return found


def test_services_start_in_order_and_down_leaves_none(layout: Layout) -> None:
    first = script("first", "import time; time.sleep(0.3)", is_once=True)
    said = bring_up(layout, first, web("second", after=["first"]), web("third", after=["second"]))
    assert [line.split()[0] for line in said.splitlines()] == ["first", "second", "third"]
    assert status.is_up(layout)
    assert [row[:2] for row in status.rows(layout)] == [
        ("first", "done"),
        ("second", "healthy"),
        ("third", "healthy"),
    ]
    assert down.bring_down(layout) == 2
    assert not is_held(layout)
    assert left_of(layout.data) == []


def test_a_service_that_dies_is_started_again_and_it_is_told(layout: Layout) -> None:
    bring_up(layout, web("service"))
    for deaths in (1, 2):
        before = mark_of(layout, "service")
        os.kill(before.pid, signal.SIGKILL)
        until(lambda: told(layout, "service").restarts == deaths)  # noqa: B023
        until(lambda: told(layout, "service").phase is Phase.HEALTHY)
        assert mark_of(layout, "service") != before
    assert told(layout, "service").note == "killed by SIGKILL"


def test_what_a_dead_service_has_left_is_ended_before_it_starts_again(layout: Layout) -> None:
    child = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', "
    child += f"'import time; time.sleep(600) # {layout.data}']); time.sleep(600)"
    bring_up(layout, script("parent", child))
    mark = mark_of(layout, "parent")
    until(lambda: len(processes.family(mark)) == 2)
    orphan = next(
        ProcessIdentity(child.pid, child.create_time())
        for child in processes.family(mark)
        if child.pid != mark.pid
    )
    os.kill(mark.pid, signal.SIGKILL)
    until(lambda: told(layout, "parent").restarts == 1)
    assert not processes.is_running(orphan)


def test_what_works_behind_the_services_is_not_waited_for_and_its_last_word_is_told(
    layout: Layout,
) -> None:
    code = "import pathlib, time; print('at work', flush=True)\n"
    code += "while not pathlib.Path('go').exists(): time.sleep(0.02)\n"
    behind = replace(script("errand", code + "print('it is done')", is_once=True), behind=True)
    bring_up(layout, web("service"), behind)
    until(lambda: status.rows(layout)[1][-1] == "at work")
    assert status.rows(layout)[1][1] == "working"
    assert status.is_up(layout)
    os.kill(mark_of(layout, "errand").pid, signal.SIGKILL)
    until(lambda: told(layout, "errand").restarts == 1)
    (layout.data / "go").touch()
    until(lambda: told(layout, "errand").phase is Phase.DONE)
    assert status.rows(layout)[1][-1] == "it is done"


def test_a_killed_supervisor_leaves_services_that_the_next_start_ends(layout: Layout) -> None:
    service = web("service")
    bring_up(layout, service)
    whole = state.read(layout.run / "state.json")
    assert whole is not None
    os.kill(whole.supervisor.pid, signal.SIGKILL)
    until(lambda: not is_held(layout))
    left = mark_of(layout, "service")
    assert processes.is_running(left)
    assert status.rows(layout)[0][1] == "unwatched"

    words = io.StringIO()
    up.clear(layout, Progress(words))
    assert "ended 1 processes" in words.getvalue()
    assert not processes.is_running(left)
    bring_up(layout, service)
    assert status.is_up(layout)


def test_a_stranger_with_a_recycled_number_is_never_touched(layout: Layout) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        recorded = ProcessIdentity(stranger.pid, psutil.Process(stranger.pid).create_time() - 3600)
        state.write(
            layout.run / "state.json",
            state.StackState(recorded, [ServiceState("router", Phase.HEALTHY, 0.0, recorded)]),
        )
        assert down.bring_down(layout) == 0
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_service_that_will_not_end_is_killed_with_its_children(layout: Layout) -> None:
    bring_up(layout, script("stubborn", STUBBORN + f" # {layout.data}"))
    mark = mark_of(layout, "stubborn")
    until(lambda: len(processes.family(mark)) == 2)
    assert down.bring_down(layout) == 1
    assert processes.family(mark) == []
    assert left_of(layout.data) == []


def test_a_service_that_cannot_start_is_one_line_and_nothing_is_left(layout: Layout) -> None:
    broken = script("broken", "print('first line'); raise SystemExit('the reason why')")
    with pytest.raises(Unavailable, match=r"broken did not start .*the reason why.*logs broken"):
        bring_up(layout, web("service"), Service(**_once(broken)))
    assert not is_held(layout)
    assert left_of(layout.data) == []


def _once(service: Service) -> dict[str, object]:
    return {"name": service.name, "title": "", "command": service.command, "is_once": True}


def test_a_program_that_does_not_exist_is_told(layout: Layout) -> None:
    with pytest.raises(Unavailable, match=r"could not be started: .*No such file"):
        bring_up(layout, Service("absent", "absent", ["/nonexistent/program"], is_once=True))


def test_an_interruption_ends_what_was_started(layout: Layout) -> None:
    def interrupted(_: object) -> str:
        raise KeyboardInterrupt

    step = up.Step("training", interrupted)
    with pytest.raises(KeyboardInterrupt):
        up.bring_up(layout, StackPlan([web("service")]), [step], Progress(io.StringIO()))
    assert not is_held(layout)
    assert left_of(layout.data) == []


@pytest.fixture(params=[signal.default_int_handler, signal.SIG_IGN], ids=["shell", "script"])
def started_by(request: pytest.FixtureRequest) -> Iterator[None]:
    """Started from a shell, or by a script in the background, which ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, request.param)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("started_by")
def test_a_failure_interrupts_long_work_in_the_foreground(layout: Layout) -> None:
    def long(_: object) -> str:
        time.sleep(60)
        return "never"

    broken = script("broken", "raise SystemExit('the reason why')", is_once=True)
    began = time.monotonic()
    with pytest.raises(Unavailable, match="the reason why"):
        up.bring_up(
            layout, StackPlan([broken]), [up.Step("training", long)], Progress(io.StringIO())
        )
    assert time.monotonic() - began < 30


def test_a_taken_port_is_one_line_that_names_the_option(layout: Layout) -> None:
    service = web("router")
    with subprocess.Popen(service.command) as other:
        assert service.port is not None
        until(lambda: not doctor.is_free("127.0.0.1", service.port or 0))
        with pytest.raises(
            Refused, match=rf"port {service.port}, which router needs, .* --port router=\d+"
        ):
            bring_up(layout, service)
        other.kill()
    assert not is_held(layout)


def test_there_is_one_supervisor_for_a_folder(layout: Layout) -> None:
    bring_up(layout, web("service"))
    with (
        pytest.raises(Taken, match="another process holds"),
        held(layout.run / "supervisor.lock"),
    ):
        raise AssertionError("two held one lock")


def test_a_state_that_cannot_be_written_does_not_end_the_services(layout: Layout) -> None:
    bring_up(layout, web("service"))
    before = mark_of(layout, "service")
    # A folder where the file should be is as good as a full disk, for root too.
    (layout.run / "state.json.part").mkdir()
    os.kill(before.pid, signal.SIGKILL)
    log = layout.log_of("supervisor")
    until(lambda: "the state could not be told" in log.read_text())
    (layout.run / "state.json.part").rmdir()
    until(lambda: told(layout, "service").mark not in (None, before))
    until(lambda: status.is_up(layout))
