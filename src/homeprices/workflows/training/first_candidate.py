"""The candidate that follows a quick first model: trained behind the services, then on trial."""

from collections.abc import Callable

from homeprices.domain.errors import Declined
from homeprices.domain.manifest import ModelManifest
from homeprices.domain.training import Outcome, Training
from homeprices.domain.versions import Role, TrainingId
from homeprices.workflows.context import OrderPorts, StorePorts
from homeprices.workflows.experiments.start import open_next_experiment
from homeprices.workflows.training.order import (
    begin_training,
    end_training,
    model_of,
    refusals_kept,
)

# What the manifests say asked for the two models of a first start.
FIRST_MODEL, FIRST_CANDIDATE = "up:first-model", "up:first-candidate"

Make = Callable[[Training], ModelManifest]


def first_candidate(ports: OrderPorts, make: Make) -> ModelManifest:
    """The candidate that `make` makes in a training's turn, on trial if no other is.

    An attempt that a crash broke off is ended first; what it had published goes on
    trial, and nothing is trained again. Raises Declined with the reason where there is
    nothing to train, and Refused where the model may not be published.
    """
    broken_off = ports.trainings.open_now()
    if broken_off is not None and broken_off in _attempts(ports):
        made = _ended(ports, broken_off)
        if made is not None:
            return made
    reason = why_not(ports)
    if reason is not None:
        raise Declined(reason)
    attempt = len(_attempts(ports)) + 1
    training = begin_training(ports, order=f"{FIRST_CANDIDATE}/{attempt}", by_hand=False)
    with refusals_kept(ports, training):
        made = make(training)
    _ended(ports, training)
    return made


def why_not(ports: StorePorts) -> str | None:
    """Why no first candidate is to be trained, in a sentence; None where one is."""
    production = ports.registry.production()
    if production is None:
        return "there is no production model yet; `homes up` makes the first"
    if production.order != FIRST_MODEL:
        return f"{production.version} is no quick model of a first start"
    candidates = ports.registry.versions(Role.CANDIDATE)
    if candidates:
        return f"{candidates[0]} was made before: there is no first candidate to train"
    endings = [ports.trainings.ending(TrainingId.parse(t.id)) for t in _attempts(ports)]
    refused = next((e for e in endings if e and e.outcome is Outcome.REFUSED), None)
    return f"{refused.id} was refused: {refused.words}" if refused else None


def _ended(ports: OrderPorts, training: Training) -> ModelManifest | None:
    """What `training` has published, on trial if no other is; the training is ended."""
    made = model_of(ports, training)
    if made is not None:
        open_next_experiment(ports)
    end_training(ports, TrainingId.parse(training.id))
    return made


def _attempts(ports: StorePorts) -> list[Training]:
    return [t for t in ports.trainings.all() if t.order.startswith(f"{FIRST_CANDIDATE}/")]
