"""Models that another training would only make again."""

from collections.abc import Callable

from homeprices.domain.manifest import ModelManifest
from homeprices.domain.versions import ModelVersion
from homeprices.stores.candidates import candidate_history
from homeprices.workflows.context import StorePorts


def equal_model(ports: StorePorts, is_equal: Callable[[ModelManifest], bool]) -> str | None:
    """The version that `is_equal` holds for and where it stands, in words; None for none.

    Asked are production and the candidates that are on trial, wait, were stopped or have lost.
    """
    for version, standing in _standings(ports).items():
        if is_equal(ports.registry.manifest(version)):
            return f"{version}, which {standing}"
    return None


def _standings(ports: StorePorts) -> dict[ModelVersion, str]:
    registry, experiments = ports.registry, ports.experiments
    standings = {}
    if (production := registry.production()) is not None:
        standings[ModelVersion.parse(production.version)] = "is in production"
    if (experiment := experiments.open_now()) is not None:
        standings[ModelVersion.parse(experiment.candidate)] = f"is on trial in {experiment.id}"
    history = candidate_history(registry, experiments)
    return {
        **dict.fromkeys(history.waiting, "waits for its trial"),
        **dict.fromkeys(history.competing, "competes for the next trial"),
        **dict.fromkeys(
            history.stopped, "was stopped on trial: `homes experiment start` tries it again"
        ),
        **dict.fromkeys(history.retired, "has lost its trial"),
        **dict.fromkeys(history.outcompeted, "lost to another candidate of its run"),
        **dict.fromkeys(history.undecided, "ended its trial undecided"),
        **dict.fromkeys(history.equal, "is itself equal to another version, and is not tried"),
        **standings,
    }
