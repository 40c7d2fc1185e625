"""Puts a version in production by a person's word."""

from homeprices.domain.errors import Refused
from homeprices.domain.experiments.decision import Decision, Draft, Verdict
from homeprices.domain.versions import ModelVersion, Role
from homeprices.workflows.context import DecisionPorts
from homeprices.workflows.experiments.apply import apply, finish_unfinished
from homeprices.workflows.experiments.start import interrupted, require_production


def promote(ports: DecisionPorts, version: ModelVersion, *, actor: str, reason: str) -> Decision:
    """Copy `version` to the next BO.

    A version that is production already is not copied again: the decision that
    made it so is returned. Raises Refused, NotFound and Corrupt.
    """
    with ports.decisions.lock():
        finish_unfinished(ports)
        production = require_production(ports)
        if ports.registry.manifest(version).digest == production.digest:
            earlier = ports.decisions.that_made(production.version)
            if earlier is None or earlier.subject != str(version):
                raise Refused(_why_not_again(version, production.version))
            return earlier
        ports.registry.every_file(version)  # damaged files are told before anything is written
        experiment = ports.experiments.open_now()
        is_tried = experiment is not None and experiment.candidate == str(version)
        draft = Draft(
            verdict=Verdict.PROMOTE,
            actor=actor,
            reasons=(reason, *(() if is_tried else interrupted(ports, str(version)))),
            experiment=experiment.id if experiment and is_tried else None,
            subject=str(version),
            before=production.version,
        )
        return apply(ports, ports.decisions.add(draft, ports.clock()))


def _why_not_again(version: ModelVersion, production: str) -> str:
    """Why `version`, which is what production is already, is not put there once more."""
    if version.role is Role.PRODUCTION:
        copy = "" if str(version) == production else f", as {production}"
        return f"{version} is in production already{copy}"
    return (
        f"{version} is equal to {production}, which is in production; a trial of it is ended by: "
        f"homes roll-back {version}"
    )
