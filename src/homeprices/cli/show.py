"""What commands print, in words."""

from __future__ import annotations

import msgspec

from homeprices.domain.drift import KeptReport
from homeprices.domain.experiments.decision import Decision
from homeprices.domain.experiments.experiment import Experiment
from homeprices.domain.manifest import DatasetManifest


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


def experiment(experiment: Experiment | None) -> str:
    """The open experiment in a sentence."""
    if experiment is None:
        return "no trial is open: production answers everyone"
    return (
        f"{experiment.id}: {experiment.candidate} on trial against {experiment.production} for "
        f"{experiment.share:.0%} of visitors since {experiment.started_at[:19]}Z, "
        f"policy {experiment.policy.name}"
    )


def dataset(manifest: DatasetManifest) -> str:
    """What was published and what was rejected, in lines."""
    rejected = sum(manifest.rejected.values())
    made_up = " of a simulated market" if manifest.simulated else ""
    lines = [f"{manifest.version}: {manifest.rows:,} listings{made_up} from {manifest.source}"]
    lines += [f"  {sentence}" for sentence in manifest.mended]
    if rejected:
        kept = f"train_{manifest.version}.rejected.csv"
        lines.append(f"  {rejected:,} rows rejected; {kept} keeps them with their reasons")
    return "\n".join(lines)


def drift(kept: KeptReport) -> str:
    """The drift report of a day: the sentence, and every feature, the one that moved most first."""
    report = kept.report
    lines = [f"{kept.day}  {report.status}  ({report.requests:,} requests in {report.days} days)"]
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
        figures = "".join(f"{columns[name][metric]:>{wide}.4g}" for name, wide in widths.items())
        lines.append(f"{metric:<26}{figures}")
    return "\n".join(lines)
