"""What an operator can ask for, and what a trial shows while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from homeprices.domain.evidence import Evidence
from homeprices.domain.experiment import Experiment


class Action(StrEnum):
    """The acts of an operator."""

    PROMOTE = "promote"
    ROLL_BACK = "roll_back"
    HOLD = "hold"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class TrialStatus:
    """The open trial with what both arms have shown so far; both None when none is open."""

    experiment: Experiment | None = None
    evidence: Evidence | None = None
