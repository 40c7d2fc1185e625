"""What can be decided, and the row that tells it: added once, closed once, never edited."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from homeprices.domain.experiments.evidence import Evidence
from homeprices.domain.versions import DecisionId


class Verdict(StrEnum):
    """The words of the decision log."""

    PROMOTE = "PROMOTE"
    ROLL_BACK = "ROLL_BACK"
    CONTINUE = "CONTINUE"
    HOLD = "HOLD"
    UNDECIDED = "UNDECIDED"
    ROLL_BACK_PRODUCTION = "ROLL_BACK_PRODUCTION"
    UNDO = "UNDO"
    START = "START"
    STOP = "STOP"
    CHOOSE = "CHOOSE"


# A candidate whose experiment ended so is retired, and an undo puts it in another one.
RETIRING = frozenset({Verdict.ROLL_BACK, Verdict.UNDECIDED})
# After production was rolled back, the policy promotes nothing for so long.
FREEZE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class PolicyResult:
    """What a policy says: the verdict, why in whole sentences, and the figures behind it.

    `evidence` is what both arms have shown, as people are shown it.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    evidence: Evidence
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """One row of the decision log.

    `actor` is the policy or the person who asked.
    `before` and `after` are the production versions around it, equal where
    production did not change. `undo` is the command that undoes it, None where
    there is nothing to undo. `done` is False while the act is under way: a
    crash in the middle is finished by the same command again. `figures` name the experiments that
    the act has `opened` and `ended`; rows of the releases before name none.
    """

    id: str
    at: str
    verdict: Verdict
    actor: str
    experiment: str | None
    subject: str | None
    before: str | None
    after: str | None
    reasons: list[str]
    figures: dict[str, Any]
    undo: str | None
    undoes: str | None
    undone_by: str | None
    asks_training: bool
    done: bool

    def is_about(self, experiment: str) -> bool:
        """True for a row that has judged, opened or ended the experiment."""
        touched = (self.experiment, self.figures.get("opened"), self.figures.get("ended"))
        return experiment in touched

    @property
    def changed_production(self) -> bool:
        """True where another version is in production since."""
        return self.before != self.after

    @property
    def was_given_up(self) -> bool:
        """True for an act that could not be carried out: it changed nothing, and says why."""
        return self.done and self.undo is None and self.verdict is not Verdict.CONTINUE

    @property
    def can_be_undone(self) -> bool:
        """True for an act that its number undoes.

        What changed nothing has nothing to undo; who undid a roll-back or a hold has opened the
        way again, and closes it by that act itself; a start and a stop undo one another. A broken
        split stays broken: its hold ends with the experiment.
        """
        if self.verdict is Verdict.HOLD:
            return self.undo == f"homes undo {self.id}"
        if self.verdict in (Verdict.UNDO, Verdict.START, Verdict.STOP):
            return self.undo is not None and self.changed_production
        return self.undo is not None


def standing_hold(rows: Iterable[Decision]) -> Decision | None:
    """The hold among the rows of an experiment that nobody has undone, or None."""
    holds = (row for row in rows if row.verdict is Verdict.HOLD and row.undone_by is None)
    return next(holds, None)


@dataclass(frozen=True, slots=True)
class Draft:
    """A decision before it has its number.

    `acts` is False for a verdict that changes nothing (CONTINUE). `undo` is set
    where something else than `homes undo NUMBER` undoes the act.
    """

    verdict: Verdict
    actor: str
    reasons: tuple[str, ...]
    figures: dict[str, Any] = field(default_factory=dict)
    experiment: str | None = None
    subject: str | None = None
    before: str | None = None
    undoes: DecisionId | None = None
    undo: str | None = None
    asks_training: bool = False
    acts: bool = True


@dataclass(frozen=True, slots=True)
class ActOutcome:
    """What an act has come to: the production it left, the experiments it opened and ended."""

    after: str | None
    opened: str | None = None
    ended: str | None = None

    @property
    def figures(self) -> dict[str, str]:
        """The experiments, by what became of them."""
        both = {"opened": self.opened, "ended": self.ended}
        return {name: experiment for name, experiment in both.items() if experiment is not None}

    @property
    def reasons(self) -> list[str]:
        """What is known of it only after the act, in sentences."""
        return [f"{self.opened} has begun"] if self.opened else []


@dataclass(frozen=True, slots=True)
class DecisionQuery:
    """Which rows of the log, the newest first; what is None asks for nothing in particular.

    `experiment` means the rows that have judged, opened or ended it.

    `before` is a row: only older ones are meant, so that the last of a page leads to the next.
    """

    limit: int = 20
    before: DecisionId | None = None
    verdict: Verdict | None = None
    experiment: str | None = None
    subject: str | None = None


def frozen_until(roll_back: Decision | None, at: datetime) -> datetime | None:
    """Until when nothing is promoted but by a person; None where that is not frozen at `at`.

    `roll_back` is the newest ROLL_BACK_PRODUCTION of the log, None without any. Who undoes it
    has judged it wrong, and ends the freeze with it; one that was given up freezes nothing.
    """
    if roll_back is None or roll_back.undone_by is not None or roll_back.was_given_up:
        return None
    until = datetime.fromisoformat(roll_back.at) + FREEZE
    return until if at < until else None


class Action(StrEnum):
    """The acts of an operator."""

    PROMOTE = "promote"
    ROLL_BACK = "roll_back"
    HOLD = "hold"
    UNDO = "undo"
