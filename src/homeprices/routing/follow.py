"""Keeps nginx's split in step with the trial that is open."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from homeprices.domain.errors import HomesError
from homeprices.domain.experiments.experiment import Experiment
from homeprices.routing.configuration import split

log = logging.getLogger(__name__)


class Trials(Protocol):
    """Where trials are kept."""

    def open_now(self) -> Experiment | None:
        """The trial that is running, or None; raises Unavailable."""


class Follower:
    """Looks at the trials once a step and gives nginx a new split when it is time.

    `served()` is the version that the candidate's service answers for, None
    while it has none; it raises Unavailable when it is away. `install(text)`
    makes `text` the split in force and raises Corrupt when nginx refuses it;
    `installed` is the split in force at start.
    """

    def __init__(
        self,
        trials: Trials,
        served: Callable[[], str | None],
        install: Callable[[str], None],
        installed: str,
    ) -> None:
        self._trials = trials
        self._served = served
        self._install = install
        self._installed = installed
        self._said = ""

    def step(self) -> None:
        """Bring the split in step; when that is not possible now, the last one stays."""
        try:
            trial = self._trials.open_now()
            wanted = split(self._ready(trial))
            if wanted == self._installed:
                return
            self._install(wanted)
        except HomesError as error:
            self._say(f"the split stays as it is: {error.message}")
            return
        self._installed = wanted
        self._said = ""
        log.info("%s", _story(trial if wanted != split(None) else None))

    def _ready(self, trial: Experiment | None) -> Experiment | None:
        if trial is None or split(trial) == self._installed:
            return trial
        served = self._served()
        if served == trial.candidate:
            return trial
        self._say(
            f"{trial.id} waits: {trial.candidate} is on trial, the candidate's service "
            f"answers for {served or 'nothing yet'}"
        )
        return None

    def _say(self, words: str) -> None:
        if words != self._said:
            log.warning("%s", words)
        self._said = words


def _story(trial: Experiment | None) -> str:
    if trial is None:
        return "no trial: every visitor meets production"
    return f"{trial.id}: {100 * trial.share:.2f} % of visitors meet {trial.candidate}"
