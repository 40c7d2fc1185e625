"""Keeps one service running: starts it, waits until it is well, starts it again when it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from asyncio.subprocess import Process
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from homeprices.local import probe, processes
from homeprices.local.plan import Service, identity
from homeprices.local.state import Phase, ServiceState

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0
STEADY_S = 30.0
LOOK_EVERY_S, ASK_EVERY_S = 0.1, 5.0
GRACE_S = 10.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every service of a stack shares."""

    host: str
    folder: Path
    logs: Path
    changed: Callable[[], None]


class ServiceRunner:
    """One service's life; `state` is what is written about it, `up` is set once it was healthy."""

    def __init__(self, service: Service, around: Surroundings) -> None:
        self.service = service
        self.up = asyncio.Event()
        self.state = ServiceState(service.name, Phase.WAITING, time.time())
        self._around = around
        self._process: Process | None = None
        self._wait_s = FIRST_WAIT_S

    async def live(self, before: list[ServiceRunner]) -> None:
        """Run until cancelled, or until a service that has to succeed once did."""
        for runner in before:
            await runner.up.wait()
        while not await self._one_life():
            self.state = replace(self.state, restarts=self.state.restarts + 1)
            self._tell(Phase.RESTARTING)
            await asyncio.sleep(self._wait_s)
            self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)

    async def stop(self) -> None:
        """End the process and its family; called after `live` was cancelled."""
        mark = self.state.mark
        if mark is not None:
            first = signal.Signals[self.service.stop_signal]
            await asyncio.to_thread(processes.end, mark, first, GRACE_S)
        if self._process is not None:
            await self._process.wait()
        self.state = replace(self.state, mark=None)
        self._tell(Phase.STOPPED)

    async def _one_life(self) -> bool:
        """Start it and stay with it until it ends; True when it is not to be started again."""
        started = time.monotonic()
        try:
            process = await self._start()
        except OSError as error:
            self.state = replace(self.state, note=f"could not be started: {error}")
            return False
        ended = asyncio.create_task(process.wait())
        if self.service.is_once:
            await ended
        elif await self._becomes_well(ended):
            self._tell_up(Phase.HEALTHY, started)
            await self._stay(ended)
        if self.state.mark is not None:
            await asyncio.to_thread(processes.kill_family, self.state.mark)
        code = await ended
        self.state = replace(self.state, mark=None, note=_ending(code))
        if self.service.is_once and code == 0:
            self._tell_up(Phase.DONE, started)
            return True
        if time.monotonic() - started > STEADY_S:
            self._wait_s = FIRST_WAIT_S
        return False

    async def _start(self) -> Process:
        service = self.service
        with (self._around.logs / f"{service.name}.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *service.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **service.environment},
                cwd=self._around.folder if service.account is None else "/",
                **identity(service.account),
            )
        self.state = replace(self.state, mark=processes.identify(self._process.pid))
        self._tell(Phase.WORKING if service.behind else Phase.STARTING)
        return self._process

    async def _becomes_well(self, ended: asyncio.Task[int]) -> bool:
        deadline = time.monotonic() + self.service.patience_s
        while not ended.done() and time.monotonic() < deadline:
            if await self._is_well():
                return True
            await asyncio.wait([ended], timeout=LOOK_EVERY_S)
        return False

    async def _stay(self, ended: asyncio.Task[int]) -> None:
        """Return when the process ended, or has not answered for long."""
        heard = time.monotonic()
        while time.monotonic() - heard < self.service.silence_s:
            await asyncio.wait([ended], timeout=ASK_EVERY_S)
            if ended.done():
                return
            if await self._is_well():
                heard = time.monotonic()
                if self.state.phase is Phase.SILENT:
                    self._tell(Phase.HEALTHY)
            elif self.state.phase is Phase.HEALTHY:
                self._tell(Phase.SILENT)

    async def _is_well(self) -> bool:
        return await asyncio.to_thread(probe.is_well, self.service, self._around.host)

    def _tell_up(self, phase: Phase, started: float) -> None:
        self.up.set()
        self.state = replace(self.state, took_s=round(time.monotonic() - started, 1))
        self._tell(phase)

    def _tell(self, phase: Phase) -> None:
        self.state = replace(self.state, phase=phase, since=time.time())
        self._around.changed()


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
