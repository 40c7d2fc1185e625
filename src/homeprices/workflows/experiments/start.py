"""Puts the next waiting candidate on trial."""

from __future__ import annotations

from homeprices.domain.errors import Refused
from homeprices.domain.experiments.experiment import Experiment
from homeprices.domain.versions import ModelVersion, Role
from homeprices.stores.candidates import waiting_candidates
from homeprices.workflows.experiments.desk import TrialDesk


def open_next_trial(desk: TrialDesk) -> Experiment | None:
    """The trial of the newest waiting candidate; None if one is open or no candidate waits."""
    if desk.experiments.open_now() is not None:
        return None
    production = desk.registry.production()
    waiting = waiting_candidates(desk.registry, desk.experiments)
    if production is None or not waiting:
        return None
    try:
        return open_trial(desk, waiting[-1])
    except Refused:
        return None  # another writer has just opened one


def open_trial(desk: TrialDesk, candidate: ModelVersion) -> Experiment:
    """The trial of `candidate` against production, from now; raises Refused if one is open."""
    if candidate.role is not Role.CANDIDATE:
        raise Refused(f"only a candidate (CO3) can go on trial; {candidate} was production")
    desk.registry.manifest(candidate)
    return desk.experiments.open(str(candidate), desk.production().version, desk.terms())


def try_candidate(desk: TrialDesk, candidate: ModelVersion) -> Experiment:
    """The trial of `candidate`: the one it had already, else a new one; raises Refused."""
    had = [trial for trial in desk.experiments.all() if trial.candidate == str(candidate)]
    return had[-1] if had else open_trial(desk, candidate)
