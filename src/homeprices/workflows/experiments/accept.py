"""Lets a policy decide trials, once it was seen to promote few candidates that are no better."""

from dataclasses import replace

from homeprices.domain.errors import Refused
from homeprices.domain.experiments import policy_file
from homeprices.workflows.context import ExperimentPorts
from homeprices.workflows.experiments.rehearse import (
    REFERENCE,
    Measured,
    RehearsalConfig,
    RehearsalReport,
    in_words,
)

MOST_EQUAL_PROMOTED = 0.05
FEWEST_RUNS_TO_ACCEPT = 100


def accept(
    ports: ExperimentPorts, rehearsal: RehearsalReport, *, is_forced: bool
) -> policy_file.AcceptedPolicy | None:
    """The record by which a rehearsed policy may decide; a built-in one needs none.

    Raises Refused where it promotes more than 5 % of equal candidates by more than twice the
    standard error, at the traffic rehearsed or at that of reference, or where there were too few
    trials to tell, unless `is_forced`.
    """
    config, equal = rehearsal.config, rehearsal.equal_promoted
    if policy_file.is_built_in(config.policy):
        return None
    at_reference = rehearsal.at_reference.promoted if rehearsal.at_reference else None
    if not is_forced:
        _require_few_promoted(equal, config)
        if at_reference is None:
            raise Refused("not accepted: nothing was played at the traffic of reference")
        _require_few_promoted(at_reference, replace(config, traffic=REFERENCE))
    accepted = policy_file.AcceptedPolicy(
        digest=policy_file.digest(config.policy),
        policy=config.policy,
        equal_promoted=equal.value,
        runs=config.runs,
        requests_an_hour=config.traffic.requests_an_hour,
        accepted_at=ports.clock().isoformat(),
        is_forced=is_forced,
        equal_promoted_at_reference=at_reference.value if at_reference else None,
    )
    ports.accepted_policies.accept(accepted)
    return accepted


def _require_few_promoted(equal: Measured, config: RehearsalConfig) -> None:
    """Raise Refused where too many of the equal candidates were promoted at the traffic."""
    runs = config.runs
    if runs < FEWEST_RUNS_TO_ACCEPT:
        raise Refused(
            f"{runs} trials are too few to accept a policy by: give --runs "
            f"{FEWEST_RUNS_TO_ACCEPT} or more"
        )
    if equal.value - 2 * equal.error > MOST_EQUAL_PROMOTED:
        raise Refused(
            f"not accepted: the policy promotes {equal.value:.1%} (standard error "
            f"{equal.error:.1%}) of candidates that are no better at "
            f"{in_words(config.traffic)}, and at most {MOST_EQUAL_PROMOTED:.0%} may be. Ask for "
            "more evidence (a smaller alpha, a larger margin), or take it as it is by --force"
        )
