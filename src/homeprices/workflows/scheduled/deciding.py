"""The tasks of `evaluate_ab_dag`."""

from typing import TypedDict

from homeprices.domain.errors import Corrupt, Declined
from homeprices.domain.experiments.decision import Decision, Verdict
from homeprices.domain.requests.records import Slot
from homeprices.domain.versions import DecisionId, ModelVersion
from homeprices.workflows.context import DecisionPorts, NoticePorts, SchedulePorts
from homeprices.workflows.experiments.confirm import confirm
from homeprices.workflows.experiments.decide import apply_row, evaluate_only
from homeprices.workflows.notify import notify

__all__ = [
    "Declined",
    "choose",
    "close_undecided",
    "evaluate",
    "follow_registry",
    "hold",
    "promote",
    "roll_back",
    "roll_production_back",
    "start_winner",
    "tell",
]

_BRANCHES = {
    Verdict.PROMOTE: "promote",
    Verdict.ROLL_BACK: "roll_back",
    Verdict.HOLD: "hold",
    Verdict.UNDECIDED: "close_undecided",
    Verdict.ROLL_BACK_PRODUCTION: "roll_production_back",
    Verdict.CHOOSE: "start_winner",
}


class DecisionRef(TypedDict):
    """A decision as one task hands it to the next."""

    id: str
    verdict: str


def evaluate(ports: DecisionPorts) -> DecisionRef | None:
    """Judge production and the open trial; the decision row waits for the task of its verdict.

    None with nothing to decide: no trial is open.

    For: whoever wants to know whether the candidate is better; `homes experiment status` draws it.

    When it fails: nothing is decided this hour, and nothing is lost: the next run reads the same
    rows. It is PostgreSQL or the object store that is away (`homes status`); clear the task once
    they are back.
    """
    row = evaluate_only(ports)
    if row is not None and not row.done and row.verdict not in _BRANCHES:
        # A person's act that a crash left half-way has no task of its own.
        apply_row(ports, DecisionId.parse(row.id))
        row = evaluate_only(ports)
    return None if row is None else DecisionRef(id=row.id, verdict=row.verdict.value)


def choose(_: object, row: DecisionRef | None) -> str:
    """The one task that follows from the verdict.

    For: the schedule itself: every other branch is skipped.

    When it fails: the row names a verdict that this release does not know: update the DAGs with the
    package.
    """
    return _BRANCHES.get(Verdict(row["verdict"]), "nothing") if row else "nothing"


def promote(ports: SchedulePorts, row: DecisionRef) -> str:
    """Carry out a promotion, and wait until production serves it or something newer.

    Raises Corrupt for a promotion that can never be carried out.

    For: all visitors: from here on the new model answers them.

    When it fails: the decision is kept and the steps can be repeated: clear the task. If production
    does not follow within two minutes, look at `homes logs production`; `homes undo` brings the
    version before back.
    """
    return _change_production(ports, row)


def roll_production_back(ports: SchedulePorts, row: DecisionRef) -> str:
    """Bring the version before production back, and wait until it is served; raises Corrupt.

    For: all visitors: production had become worse than the model before it.

    When it fails: clear the task, its steps can be repeated; by hand: `homes promote` with the
    version before. Nothing is promoted for 24 hours but by a person.
    """
    return _change_production(ports, row)


def _change_production(ports: SchedulePorts, row: DecisionRef) -> str:
    decision = _apply(ports, row)
    if decision.after is None or decision.before == decision.after:
        raise Corrupt(_words(decision))
    wanted = ModelVersion.parse(decision.after)

    def is_right(version: str | None) -> bool:
        return version is not None and ModelVersion.parse(version) >= wanted

    return f"{_words(decision)}; {confirm(ports.served, Slot.PRODUCTION, is_right)}"


def roll_back(ports: SchedulePorts, row: DecisionRef) -> str:
    """Carry out a rollback, and wait until nobody is served the candidate any more.

    For: the visitors on trial, who get production again; a new training starts.

    When it fails: clear the task, its steps can be repeated; while the candidate service does not
    follow, `homes logs candidate` says why.
    """
    decision = _apply(ports, row)
    seen = confirm(
        ports.served, Slot.CANDIDATE, lambda v: v != decision.subject, away_is_right=True
    )
    return f"{_words(decision)}; {seen}"


def close_undecided(ports: SchedulePorts, row: DecisionRef) -> str:
    """Close an experiment that came to no verdict, and wait as after a rollback.

    For: whoever waited for the trial: the candidate was shown to be neither better nor worse.

    When it fails: clear the task, its steps can be repeated; `homes undo` puts the candidate on
    trial again.
    """
    return roll_back(ports, row)


def start_winner(ports: DecisionPorts, row: DecisionRef) -> str:
    """Retire the candidates that were outcompeted, and put the winner on trial.

    For: the visitors, a part of whom meet the winner from here on.

    When it fails: clear the task, its steps can be repeated; by hand: `homes experiment start` with
    the candidate of your choice.
    """
    return _words(_apply(ports, row))


def hold(ports: DecisionPorts, row: DecisionRef) -> str:
    """Carry out a hold: the experiment runs on.

    For: the operator: the split of visitors is broken, or a person wants to look first.

    When it fails: clear the task; the trial stays as it is. `homes undo` lets the policy decide
    again after a person's hold; a broken split is repaired after `homes experiment stop`.
    """
    return _words(_apply(ports, row))


def follow_registry(ports: SchedulePorts) -> list[str]:
    """Bring MLflow in line with the registry; what was put right, or why not, in words.

    For: readers of MLflow: its names follow what is in production and on trial.

    When it fails: nothing that visitors see depends on it: the next run tries again; see `homes
    logs mlflow`.
    """
    return ports.tracking.catch_up() if ports.tracking else []


def tell(ports: NoticePorts) -> list[str]:
    """Send the notices that are due; what was sent and what was not, in words.

    For: the people behind `HOMES_NOTIFY_URLS`.

    When it fails: no decision waits for it; what was not sent is sent by the next run, and `homes
    notices` lists it.
    """
    return notify(ports)


def _apply(ports: DecisionPorts, row: DecisionRef) -> Decision:
    return apply_row(ports, DecisionId.parse(row["id"]))


def _words(row: Decision) -> str:
    return f"{row.id} {row.verdict} {row.subject or ''}: {'; '.join(row.reasons)}"
