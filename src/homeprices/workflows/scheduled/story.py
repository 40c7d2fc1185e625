"""What a run was about, in lines on the run itself, with links to all that belongs to it."""

from collections.abc import Callable

from homeprices.domain.errors import HomesError
from homeprices.domain.versions import DecisionId
from homeprices.workflows.context import SchedulePorts

NOTHING_TO_DECIDE = "no trial is open: there was nothing to decide"


Run = tuple[str, str]


def tell(ports: SchedulePorts, run: Run, task: str, answer: object) -> str:
    """Write what `task` has come to on its run (DAG, run), where people look for it.

    Never raises: why a note could not be written is returned, and costs nothing.
    """
    words = _WORDS.get(task)
    return "" if words is None else _note(ports, run, lambda: words(ports, answer))


def decline(ports: SchedulePorts, run: Run, task: str, reason: str) -> str:
    """Write why `task` had nothing to do; see `tell`."""
    return _note(ports, run, lambda: f"{task}: nothing to do: {reason}")


def _note(ports: SchedulePorts, run: Run, words: Callable[[], str]) -> str:
    if ports.scheduler is None:
        return ""
    try:
        ports.scheduler.note(*run, words())
    except HomesError as error:
        return f"no note on the run: {error.message}"
    return ""


def _evaluated(ports: SchedulePorts, row: object) -> str:
    if not isinstance(row, dict):
        return NOTHING_TO_DECIDE
    decision = ports.decisions.read(DecisionId.parse(row["id"]))
    links = [_decision(ports, decision.id)]
    links += [_experiment(ports, decision.experiment)] if decision.experiment else []
    links += [_model(ports, decision.subject)] if decision.subject else []
    return f"{decision.verdict} {', '.join(links)}: {'; '.join(decision.reasons)}"


def _trained(ports: SchedulePorts, models: object) -> str:
    versions = models if isinstance(models, list) else [models]
    return f"trained {', '.join(_model(ports, str(version)) for version in versions)}"


def _opened(ports: SchedulePorts, experiment: object) -> str:
    picture = f"[picture]({ports.public_url}/api/experiment?format=svg)"
    return f"the trial {_experiment(ports, str(experiment))} is open: {picture}"


def _watched(ports: SchedulePorts, message: object) -> str:
    return f"[drift]({ports.public_url}/api/drift_report): {message}"


def _decision(ports: SchedulePorts, number: str) -> str:
    """The page of one decision: the newest that is older than the one after it."""
    after = DecisionId(DecisionId.parse(number).number + 1)
    return f"[{number}]({ports.public_url}/api/decisions?limit=1&before={after})"


def _experiment(ports: SchedulePorts, number: str) -> str:
    return f"[{number}]({ports.public_url}/api/decisions?experiment={number})"


def _model(ports: SchedulePorts, version: str) -> str:
    return f"[{version}]({ports.public_url}/api/models/{version})"


_WORDS: dict[str, Callable[[SchedulePorts, object], str]] = {
    "evaluate": _evaluated,
    "train": _trained,
    "open_experiment": _opened,
    "watch_drift": _watched,
}
