"""Opens the experiment of the next waiting candidate."""

from homeprices.domain.errors import Refused
from homeprices.domain.experiments.experiment import Experiment, ExperimentConfig
from homeprices.domain.manifest import ModelManifest
from homeprices.domain.versions import ModelVersion, Role
from homeprices.stores.candidates import candidate_history
from homeprices.wording.competition import competition_ended, listed
from homeprices.workflows.context import ExperimentPorts, StorePorts
from homeprices.workflows.experiments.competition import competitors, open_competition
from homeprices.workflows.experiments.policy_in_force import policy_in_force


def open_next_experiment(ports: ExperimentPorts) -> Experiment | None:
    """The experiment of the newest waiting candidate; None if one is open or no candidate waits.

    None also where the candidate came of a training run with others: their competition opens.
    Between two steps of a decision it waits for the decider.
    """
    with ports.decider_lock():
        return open_next_under_lock(ports)


def open_next_under_lock(ports: ExperimentPorts) -> Experiment | None:
    """As `open_next_experiment`, for a decider, who holds the lock already."""
    if ports.experiments.open_now() or ports.experiments.competitions.open_now():
        return None
    production = ports.registry.production()
    waiting = candidate_history(ports.registry, ports.experiments).waiting
    if production is None or not waiting:
        return None
    policy_in_force(ports)  # a policy that may not decide is told, not taken for another writer
    first, *others = competitors(ports, waiting) or (None,)
    if first is None:
        return None
    if others and first.run:
        candidates = [manifest.version for manifest in (first, *others)]
        open_competition(ports, first.run.id, candidates, production.version)
        return None
    try:
        candidate = ModelVersion.parse(first.version)
        return open_experiment(ports, candidate, zone=last_zone(ports, candidate))
    except Refused:
        return None  # another writer has just opened one


def open_experiment(
    ports: ExperimentPorts,
    candidate: ModelVersion,
    share: float | None = None,
    zone: str | None = None,
) -> Experiment:
    """The experiment of `candidate` beside production, from now; raises Refused if one is open.

    Refused also while candidates compete for it. `share` is that of the settings where it is None,
    and `zone` None for everywhere.
    """
    require_candidate(candidate)
    competition = ports.experiments.competitions.open_now()
    if competition is not None:
        raise Refused(
            f"{competition.id} is under way: {listed(competition.candidates)} compete for the next "
            f"trial; `homes experiment start {candidate}` ends that"
        )
    ports.registry.manifest(candidate)
    return ports.experiments.open(
        str(candidate), require_production(ports).version, experiment_config(ports, share, zone)
    )


def ensure_experiment(ports: ExperimentPorts, candidate: ModelVersion) -> Experiment:
    """The experiment of `candidate`: the one it had already, else a new one; raises Refused."""
    with ports.decider_lock():
        earlier = [e for e in ports.experiments.all() if e.candidate == str(candidate)]
        return earlier[-1] if earlier else open_experiment(ports, candidate)


def require_candidate(version: ModelVersion) -> None:
    """Raises Refused for what is or was production: it has nothing to prove."""
    if version.role is not Role.CANDIDATE:
        raise Refused(f"only a candidate (CO3) can go on trial; {version} was production")


def require_production(ports: StorePorts) -> ModelManifest:
    """Production's manifest; raises Refused in an empty registry."""
    production = ports.registry.production()
    if production is None:
        raise Refused("there is no production model yet; `homes train` makes the first")
    return production


def require_open(ports: StorePorts) -> Experiment:
    """The experiment that is running; raises Refused when there is none."""
    experiment = ports.experiments.open_now()
    if experiment is None:
        raise Refused("no trial is open; `homes train` publishes a candidate and opens one")
    return experiment


def interrupted(ports: StorePorts, subject: str) -> tuple[str, ...]:
    """What a change of production does to what is under way, as a reason to be kept."""
    experiment = ports.experiments.open_now()
    if experiment is None:
        return competition_ended(ports.experiments.competitions.open_now(), subject)
    return (f"{experiment.id}, the trial of {experiment.candidate}, is interrupted",)


def experiment_config(
    ports: ExperimentPorts, share: float | None = None, zone: str | None = None
) -> ExperimentConfig:
    """What an experiment that opens now is run by; raises as `policy_in_force` does."""
    return ExperimentConfig(
        share=share or ports.experiment_share,
        salt=ports.new_salt(),
        policy=policy_in_force(ports),
        started_at=ports.clock().isoformat(),
        scope=zone,
        zones=tuple(ports.market.zones),
    )


def in_zone(zone: str | None) -> str:
    """What is added to a sentence about an experiment that is limited to a zone."""
    return f", for homes in {zone}" if zone else ""


def last_zone(ports: StorePorts, candidate: ModelVersion) -> str | None:
    """The zone that the last experiment of `candidate` was limited to.

    What a person has limited does not reach the whole city by itself.
    """
    earlier = [e.scope for e in ports.experiments.all() if e.candidate == str(candidate)]
    return earlier[-1] if earlier else None
