"""Keeps nginx's split in step with the experiment that is open."""

import logging
from collections.abc import Callable
from typing import Protocol

from homeprices.domain.errors import HomesError
from homeprices.domain.experiments.experiment import Experiment
from homeprices.routing.nginx import split

log = logging.getLogger(__name__)


class ExperimentReader(Protocol):
    """Where experiments are kept."""

    def open_now(self) -> Experiment | None:
        """The experiment that is running, or None; raises Unavailable."""


class Follower:
    """Looks at the experiments once a step and gives nginx a new split when it is time.

    `served()` is the version that the candidate's service answers for, None
    while it has none; it raises Unavailable when it is away. `install(text)`
    makes `text` the split in force and raises Corrupt when nginx refuses it;
    `installed` is the split in force at start.
    """

    def __init__(
        self,
        experiments: ExperimentReader,
        served: Callable[[], str | None],
        install: Callable[[str], None],
        installed: str,
    ) -> None:
        self._experiments = experiments
        self._served = served
        self._install = install
        self._installed = installed
        self._said = ""

    def step(self) -> None:
        """Bring the split in step; when that is not possible now, the last one stays."""
        try:
            experiment = self._experiments.open_now()
            wanted = split(self._ready(experiment))
            if wanted == self._installed:
                return
            self._install(wanted)
        except HomesError as error:
            self._say(f"the split stays as it is: {error.message}")
            return
        self._installed = wanted
        self._said = ""
        log.info("%s", _story(experiment if wanted != split(None) else None))

    def _ready(self, experiment: Experiment | None) -> Experiment | None:
        if experiment is None or split(experiment) == self._installed:
            return experiment
        served = self._served()
        if served == experiment.candidate:
            return experiment
        self._say(
            f"{experiment.id} waits: {experiment.candidate} is on trial, the candidate's service "
            f"answers for {served or 'nothing yet'}"
        )
        return None

    def _say(self, words: str) -> None:
        if words != self._said:
            log.warning("%s", words)
        self._said = words


def _story(experiment: Experiment | None) -> str:
    if experiment is None:
        return "no trial: every visitor meets production"
    return (
        f"{experiment.id}: {100 * experiment.share:.2f} % of visitors meet {experiment.candidate}"
    )
