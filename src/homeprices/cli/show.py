"""What commands print: words, JSON, and tables that fit into 100 columns."""

from collections.abc import Sequence
from itertools import groupby

import msgspec

from homeprices.domain import model_card
from homeprices.domain.comparison import Change, Comparison
from homeprices.domain.drift import KeptReport
from homeprices.domain.experiments import policy_file
from homeprices.domain.experiments.decision import Decision, Draft
from homeprices.domain.experiments.experiment import ClosedExperiment, Experiment
from homeprices.domain.manifest import DatasetManifest
from homeprices.domain.notices import Delivery
from homeprices.domain.units import counted
from homeprices.local.status import table
from homeprices.stores.experiments import Experiments
from homeprices.wording.competition import competition_sentence
from homeprices.wording.speech import facts_in_words


def as_json(value: object) -> str:
    """`value` as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def decision(row: Decision) -> str:
    """A row of the decision log as a paragraph."""
    lines = [f"{row.id}  {row.verdict}  {row.subject or ''}  ({row.actor}, {row.at[:19]}Z)"]
    lines += [f"  {reason}" for reason in row.reasons]
    if row.before != row.after:
        lines.append(f"  production: {row.before} -> {row.after}")
    if not row.done:
        lines.append("  not finished; run `homes decide` to finish it")
    if row.asks_training:
        lines.append("  asks for training: homes train")
    if row.undone_by:
        lines.append(f"  undone by {row.undone_by}")
    elif row.undo:
        lines.append(f"  undo: {row.undo}")
    return "\n".join(lines)


def draft(draft: Draft) -> str:
    """A decision that was not taken, as a paragraph."""
    lines = [f"a dry run: {draft.verdict}  {draft.subject or ''}  ({draft.actor}); nothing changed"]
    return "\n".join([*lines, *(f"  {reason}" for reason in draft.reasons)])


def under_way(experiments: Experiments) -> str:
    """The open experiment, else the competition for the next one, in a sentence."""
    competition = experiments.competitions.open_now()
    opened = experiments.open_now()
    if opened is None and competition is not None:
        return competition_sentence(competition)
    return experiment(opened)


def experiment(experiment: Experiment | None) -> str:
    """The open experiment in a sentence."""
    if experiment is None:
        return "no trial is open: production answers everyone"
    scope = f", for homes in {experiment.scope}," if experiment.scope else ""
    return (
        f"{experiment.id}: {experiment.candidate} on trial against {experiment.production} for "
        f"{experiment.share:.0%} of visitors{scope} since {experiment.started_at[:19]}Z, "
        f"policy {policy_file.in_words(experiment.policy)}"
    )


def experiments(history: Sequence[tuple[Experiment, ClosedExperiment | None]]) -> str:
    """Trials, a line each."""
    head = (
        "trial",
        "candidate",
        "against",
        "share",
        "zone",
        "policy",
        "started",
        "ended",
        "by",
        "as",
    )
    lines = [
        (
            opened.id,
            opened.candidate,
            opened.production,
            f"{opened.share:.0%}",
            opened.scope or "",
            policy_file.in_brief(opened.policy),
            f"{opened.started_at[:16]}Z",
            f"{ending.closed_at[:16]}Z" if ending else "",
            (ending.decision or "") if ending else "",
            ending.verdict if ending else "open",
        )
        for opened, ending in history
    ]
    return table([head, *lines])


def dataset(manifest: DatasetManifest) -> str:
    """What was published and what was rejected, in lines."""
    rejected = sum(manifest.rejected.values())
    made_up = " of a simulated market" if manifest.simulated else ""
    listings = counted(manifest.rows, "listing")
    lines = [f"{manifest.version}: {listings}{made_up} from {manifest.source}"]
    lines += [f"  {sentence}" for sentence in manifest.mended]
    if rejected:
        kept = f"train_{manifest.version}.rejected.csv"
        lines.append(f"  {counted(rejected, 'row')} rejected; {kept} keeps them with their reasons")
    return "\n".join(lines)


def datasets(manifests: Sequence[DatasetManifest]) -> str:
    """Datasets, a line each."""
    head = ("dataset", "listings", "rejected", "market", "published", "source")
    lines = [
        (
            manifest.version,
            f"{manifest.rows:,}",
            f"{sum(manifest.rejected.values()):,}",
            "simulated" if manifest.simulated else "real",
            f"{manifest.created_at[:16]}Z",
            manifest.source,
        )
        for manifest in manifests
    ]
    return table([head, *lines])


def models(entries: Sequence[model_card.ModelEntry]) -> str:
    """Model versions, a line each; errors are of its judged form, on its holdout."""
    head = ("version", "state", "recipe", "dataset", "median error", "made", "copy of")
    lines = [
        (
            entry.version,
            entry.state,
            entry.recipe,
            entry.dataset,
            f"{entry.metrics['mdape_percent']:.1f} %",
            f"{entry.created_at[:16]}Z",
            entry.copied_from or "",
        )
        for entry in entries
    ]
    return table([head, *lines])


def deliveries(deliveries: Sequence[Delivery]) -> str:
    """What was told, or not yet, a line each."""
    head = ("event", "channel", "since", "told", "attempts", "title or what failed")
    lines = [
        (
            delivery.event,
            delivery.channel,
            f"{delivery.at[:16]}Z",
            f"{delivery.sent_at[:16]}Z" if delivery.sent_at else "not yet",
            str(delivery.attempts),
            delivery.error or delivery.title,
        )
        for delivery in deliveries
    ]
    return table([head, *lines])


def drift(kept: KeptReport) -> str:
    """The drift report of a day: the sentence, and every feature, the one that moved most first."""
    report = kept.report
    traffic = f"{counted(report.requests, 'request')} in {counted(report.days, 'day')}"
    lines = [f"{kept.day}  {report.status}  ({traffic})"]
    lines.append(f"  {report.message}")
    features = sorted(report.drift_indicators.items(), key=lambda item: -item[1].psi)
    for name, moved in features:
        flag = "  drift" if moved.significant_drift else ""
        lines.append(f"  {name:<18} PSI {moved.psi:.3f}, {moved.drift_percentage:.1f} points{flag}")
    return "\n".join(lines)


def metrics(columns: dict[str, dict[str, float]], rows: int) -> str:
    """Metrics as a table, one column for each recipe or version."""
    widths = {name: max(12, len(name) + 2) for name in columns}
    lines = [
        f"{rows:,} homes".ljust(26) + "".join(f"{name:>{wide}}" for name, wide in widths.items())
    ]
    for metric in next(iter(columns.values())):
        digits, values = _digits(metric), [column[metric] for column in columns.values()]
        wide = zip(values, widths.values(), strict=True)
        figures = "".join(f"{value:>{width}{digits}}" for value, width in wide)
        lines.append(f"{metric:<26}{figures}")
    return "\n".join(lines)


def evaluation_tables(evaluation: model_card.Evaluation) -> str:
    """All tables of an evaluation."""
    of, on = f"{evaluation.version}, {evaluation.form}", f"homes of {evaluation.source}"
    lines = [f"{of}, on {evaluation.rows:,} {on} that it has not learned from"]
    if evaluation.left_out:
        lines.append(f"{evaluation.left_out:,} are left out: it has learned from them")
    results = (line for result in evaluation.judgements for line in _result_lines(result))
    return "\n".join([*lines, *results])


def learning_curve_table(points: Sequence[model_card.LearningPoint]) -> str:
    """A line for each number of listings and set of facts."""
    lines = [
        f"judged forms on the same {points[0].held_out:,} homes, which none has learned from, "
        "with 95 % intervals"
    ]
    lines.append(
        f"{'told':<12}{'learned from':>14}{'median error %':>28}{'mean abs log error':>28}"
    )
    for point in sorted(points, key=lambda point: (point.facts, point.learned_from)):
        figures = (point.figure("mdape_percent"), point.figure("mean_abs_log_error"))
        errors = "".join(f"{_with_interval(figure):>28}" for figure in figures)
        lines.append(f"{point.facts:<12}{point.learned_from:>14,}{errors}")
    return "\n".join(lines)


def comparison_tables(comparison: Comparison) -> str:
    """The figures of both, with what is told apart, and what differs in how they were made."""
    first, second = comparison.first, comparison.second
    lines = [
        f"{second} beside {first}: their judged forms, on {comparison.homes:,} homes that neither "
        "has seen"
    ]
    for feature_set in comparison.sets:
        lines += [
            "",
            f"told {facts_in_words(feature_set.optional)}",
            f"{'':<24}{first:>10}{second:>10}{'difference, 95 %':>24}",
            *map(_change_row, feature_set.changes),
        ]
    differences = [
        f"{differing.name.replace('_', ' '):<32}{differing.first[:32]:<34}{differing.second[:32]}"
        for differing in comparison.made
    ]
    return "\n".join([*lines, "", f"{'made':<32}{first:<34}{second}", *differences])


def _with_interval(figure: model_card.Figure) -> str:
    digits = _digits(figure.name)
    return f"{figure.value:{digits}} ({figure.low:{digits}} to {figure.high:{digits}})"


def _change_row(change: Change) -> str:
    digits = _digits(change.name)
    interval = f"{change.low:+{digits}} to {change.high:+{digits}}"
    figures = f"{change.first:>10{digits}}{change.second:>10{digits}}"
    return f"{change.name:<24}{figures}{interval:>24}  {change.verdict}"


def _result_lines(result: model_card.EvaluationResult) -> list[str]:
    return [
        "",
        f"told {facts_in_words(result.optional)}",
        f"{'':<34}{'model':>10}{'95 % interval':>24}{'naive':>12}",
        *map(_figure_row, result.figures),
        "",
        f"{'fairness':<34}{'model':>10}{'95 % interval':>24}{'accepted':>16}",
        *map(_ratio_row, result.ratios),
        "",
        f"{'':<34}{'homes':>7}{'error %':>9}{'95 % interval':>17}{'lean %':>9}{'inside %':>10}"
        f"{'near %':>8}{'said':>6}",
        *(
            line
            for kind, slices in groupby(result.slices, lambda part: part.kind)
            for line in (kind, *map(_slice_row, slices))
        ),
    ]


def _figure_row(figure: model_card.Figure) -> str:
    digits = _digits(figure.name)
    naive = "" if figure.naive is None else f"{figure.naive:{digits}}"
    interval = f"{figure.low:{digits}} to {figure.high:{digits}}"
    return f"{figure.name:<34}{figure.value:>10{digits}}{interval:>24}{naive:>12}"


def _digits(name: str) -> str:
    """How a figure is written, so that those of one name stand digit below digit."""
    if name == "rows":
        return ",.0f"
    return ".2f" if name.endswith(("_percent", "_price")) else ".4f"


def _ratio_row(ratio: model_card.Ratio) -> str:
    interval = f"{ratio.low:.3f} to {ratio.high:.3f}"
    accepted = f"{ratio.least:g} to {ratio.most:g}"
    return f"{ratio.name:<34}{ratio.value:>10.3f}{interval:>24}{accepted:>16}"


def _slice_row(part: model_card.Slice) -> str:
    low, high = part.mdape_interval or (part.mdape_percent, part.mdape_percent)
    interval = f"{low:.1f} to {high:.1f}"
    return (
        f"  {part.name:<32}{part.rows:>7,}{part.mdape_percent:>9.1f}{interval:>17}"
        f"{part.bias_percent:>+9.1f}{part.coverage_percent:>10.1f}"
        f"{_share(part.within_20_percent):>8}{_share(part.said_within_20_percent):>6}"
    )


def _share(percent: float | None) -> str:
    return "" if percent is None else f"{percent:.1f}"
