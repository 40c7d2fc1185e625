"""Puts a version in production by a person's word."""

from __future__ import annotations

from homeprices.domain.decision import Decision, Draft, Verdict
from homeprices.domain.errors import Refused
from homeprices.domain.versions import ModelVersion
from homeprices.workflows.carry_out import carry_out, finish_what_was_begun
from homeprices.workflows.desk import Desk


def promote(desk: Desk, version: ModelVersion | None, *, actor: str, reason: str) -> Decision:
    """Copy `version` (the candidate on trial if None) to the next BO.

    A version that is production already is not copied again: the decision that
    made it so is returned. Raises Refused and NotFound.
    """
    with desk.log.alone():
        finish_what_was_begun(desk)
        if version is None:
            version = ModelVersion.parse(desk.open_trial().candidate)
        production = desk.trials.production()
        if desk.registry.manifest(version).digest == production.digest:
            earlier = desk.log.that_made(production.version)
            if earlier is None:
                raise Refused(f"{version} is what {production.version} serves already")
            return earlier
        desk.registry.files(version)  # damaged files are told before anything is written
        trial = desk.experiments.open_now()
        on_trial = trial is not None and trial.candidate == str(version)
        draft = Draft(
            verdict=Verdict.PROMOTE,
            actor=actor,
            reasons=(reason,),
            experiment=trial.id if trial and on_trial else None,
            subject=str(version),
            before=production.version,
        )
        return carry_out(desk, desk.log.add(draft, desk.trials.clock()))
