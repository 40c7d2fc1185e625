"""Walks from an estimate, model, dataset, experiment or decision to all that belongs to it."""

import re
from datetime import UTC, datetime

from homeprices.domain.errors import NotFound, Unavailable, Unreadable
from homeprices.domain.experiments.decision import Verdict
from homeprices.domain.lineage import Branch, Lineage, Node, NodeKind, NodeValue
from homeprices.domain.versions import DatasetVersion, DecisionId, ExperimentId, ModelVersion
from homeprices.reports.archive import Archive

# The id of an estimate with or without the tag that it was given out with.
_ESTIMATE = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:-[0-9a-f]{12})?")


def lineage(of: str, archive: Archive) -> Lineage:
    """Where `of` came from and what came of it.

    `of` is BO2, CO3, V1, E2, D-0007 or the id of an estimate. Works without
    PostgreSQL; what is missing then is in `left_out`. Raises Unreadable,
    NotFound, and Unavailable where only PostgreSQL knows `of`.
    """
    name = of.strip()
    estimate = _ESTIMATE.fullmatch(name.lower())
    if estimate is not None:
        return _of_estimate(name, estimate[1], archive)
    for parse, walk in (
        (ModelVersion.parse, _of_model),
        (DatasetVersion.parse, _of_dataset),
        (ExperimentId.parse, _of_experiment),
        (DecisionId.parse, _of_decision),
    ):
        try:
            number = str(parse(name))
        except Unreadable:
            continue
        return walk(number, archive)
    raise Unreadable(
        f"a lineage is of BO2, CO3, V1, E2, D-0007 or the id of an estimate; got {of[:80]!r}"
    )


def _of_estimate(name: str, uuid: str, archive: Archive) -> Lineage:
    request = archive.estimate(uuid)
    if request is None and archive.left_out:
        raise Unavailable(f"estimates are kept in PostgreSQL; {archive.left_out[0]}")
    if request is None:
        raise NotFound(f"no estimate {name} is kept; it may be minutes old, or past its retention")
    facts: dict[str, NodeValue] = {
        "at": datetime.fromtimestamp(request.at, UTC).isoformat(),
        "price": request.price,
        "low": request.low,
        "high": request.high,
        "locality": request.locality,
        "arm": request.caller.assigned_arm,
    }
    version = request.model_version
    came = [_model("answered by", version, archive)] if version else []
    came += [
        Branch("asked during", archive.experiment(experiment, ending))
        for experiment, ending in archive.experiment_history
        if experiment.id == request.caller.experiment
    ]
    return Lineage(Node(NodeKind.ESTIMATE, name, facts), came, [], archive.left_out)


def _of_model(version: str, archive: Archive) -> Lineage:
    node = archive.model(version)
    came_of_it = []
    for experiment, ending in archive.experiment_history:
        if version in (experiment.candidate, experiment.production):
            relation = "on trial in" if experiment.candidate == version else "challenged in"
            decided = _decided(ending.decision if ending else None, archive)
            came_of_it.append(Branch(relation, archive.experiment(experiment, ending), decided))
    came_of_it += [
        Branch("copied to", archive.model(manifest.version), _decided(manifest.decision, archive))
        for manifest in archive.models.values()
        if manifest.copied_from == version
    ]
    answered = archive.answered(version)
    came_of_it += [Branch("answered", answered)] if answered else []
    return Lineage(node, _came_from(version, archive), came_of_it, archive.left_out)


def _of_dataset(version: str, archive: Archive) -> Lineage:
    node = archive.dataset(version)
    models = [
        Branch("trained on it", archive.model(manifest.version))
        for manifest in archive.models.values()
        if manifest.dataset == version and manifest.copied_from is None
    ]
    return Lineage(node, [_source(node)], models, archive.left_out)


def _of_experiment(number: str, archive: Archive) -> Lineage:
    history = {
        experiment.id: (experiment, ending) for experiment, ending in archive.experiment_history
    }
    if number not in history:
        raise NotFound(f"there is no trial {number}; `homes experiment` tells the open one")
    experiment, ending = history[number]
    came = [
        _model("tried", experiment.candidate, archive),
        _model("against", experiment.production, archive),
    ]
    rows = [row.id for row in archive.decisions.values() if row.experiment == number]
    verdicts = [n for n in rows if archive.decisions[n].verdict is not Verdict.CONTINUE]
    if ending and ending.decision and ending.decision not in verdicts:
        verdicts.append(ending.decision)
    decided = [branch for row in verdicts for branch in _decided(row, archive)]
    return Lineage(archive.experiment(experiment, ending), came, decided, archive.left_out)


def _of_decision(number: str, archive: Archive) -> Lineage:
    node = archive.decision(number)
    row = archive.decisions.get(number)
    models = [
        Branch("made", archive.model(manifest.version))
        for manifest in archive.models.values()
        if manifest.decision == number
    ]
    experiments = _experiments_of(number, archive)
    if row is None and not (models or experiments):
        if archive.left_out:
            raise Unavailable(f"the decision log is in PostgreSQL; {archive.left_out[0]}")
        raise NotFound(f"there is no decision {number}; `homes decisions` lists them")
    came = [*experiments]
    if row is not None and row.subject:
        came.append(_model("about", row.subject, archive))
    if row is not None and row.undoes:
        came += [Branch("undoes", branch.node) for branch in _decided(row.undoes, archive)]
    if row is not None and row.undone_by:
        models += [Branch("undone by", archive.decision(row.undone_by))]
    return Lineage(node, came, models, archive.left_out)


def _model(relation: str, version: str, archive: Archive) -> Branch:
    return Branch(relation, archive.model(version), _came_from(version, archive))


def _came_from(version: str, archive: Archive) -> list[Branch]:
    """What a model was made of: the version it copies and why, or what it was trained on."""
    parsed = ModelVersion.parse(version)
    manifest = archive.models.get(version) or archive.registry.manifest(parsed)
    if manifest.copied_from is not None:
        by = [
            Branch("by", branch.node, _experiments_of(branch.node.id, archive))
            for branch in _decided(manifest.decision, archive)
        ]
        return [*by, _model("copied from", manifest.copied_from, archive)]
    dataset = archive.dataset(manifest.dataset)
    came = [Branch("trained on", dataset, [_source(dataset)])]
    run = archive.registry.tracked(parsed)
    if run is not None:
        came.append(Branch("tracked as", Node(NodeKind.RUN, run)))
    if manifest.order is not None:
        came.append(Branch("asked for by", Node(NodeKind.ORDER, manifest.order)))
    return came


def _decided(number: str | None, archive: Archive) -> list[Branch]:
    return [Branch("decided by", archive.decision(number))] if number else []


def _experiments_of(number: str, archive: Archive) -> list[Branch]:
    """The experiment that a decision is about, or has ended."""
    row = archive.decisions.get(number)
    return [
        Branch("on the evidence of", archive.experiment(experiment, ending))
        for experiment, ending in archive.experiment_history
        if (row is not None and row.experiment == experiment.id)
        or (row is None and ending is not None and ending.decision == number)
    ]


def _source(dataset: Node) -> Branch:
    return Branch("made of", Node(NodeKind.SOURCE, str(dataset.facts["source"])))
