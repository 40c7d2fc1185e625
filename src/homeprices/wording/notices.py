"""The texts of notices: what happened, why, on which figures, where to look, how to undo it."""

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile

from homeprices.domain.drift import KeptReport
from homeprices.domain.evidence.zones import findings_in
from homeprices.domain.experiments.decision import Decision, Verdict
from homeprices.domain.notices import Notice
from homeprices.domain.units import counted
from homeprices.wording.zones import zone_lines

_TITLES = {
    Verdict.PROMOTE: "{subject} was promoted: production is {after}",
    Verdict.ROLL_BACK: "The trial of {subject} was ended by a roll-back",
    Verdict.UNDECIDED: "The trial of {subject} ended undecided",
    Verdict.HOLD: "The trial of {subject} is on hold",
    Verdict.START: "{subject} was put on trial",
    Verdict.STOP: "The trial of {subject} was stopped",
    Verdict.CHOOSE: "{subject} has won its competition and is on trial",
    Verdict.UNDO: "{undoes} was undone",
    Verdict.ROLL_BACK_PRODUCTION: (
        "Production was rolled back from {before} to {after}; automatic promotion is frozen"
    ),
}


def decision_notice(row: Decision, url: str) -> Notice | None:
    """The notice of a decision that was carried out; None for one that changed nothing."""
    if row.verdict not in _TITLES or not row.done:
        return None
    title = _wording(row).format(
        id=row.id,
        verdict=row.verdict,
        subject=row.subject,
        before=row.before,
        after=row.after,
        undoes=row.undoes,
        experiment=row.experiment,
        opened=row.figures.get("opened"),
    )
    figures = [
        *(f"- {name}: {_figure(value)}" for name, value in row.figures.items() if name != "zones"),
        *zone_lines(findings_in(row.figures)),
    ]
    lines = [
        f"{row.id}, by {row.actor}, {row.at[:16]}Z",
        *(f"- {reason}" for reason in row.reasons),
        *(["", "Figures", *figures] if figures else []),
        "",
        f"Look: {url}/api/models/{row.subject}" if row.subject else f"Look: {url}",
        *([f"Undo: {row.undo}"] if row.undo else []),
    ]
    return Notice(row.id, title, "\n".join(lines))


def _wording(row: Decision) -> str:
    if row.was_given_up:
        return "{id} ({verdict}) could not be carried out"
    if row.verdict is Verdict.UNDO:
        return _undo_wording(row)
    return _TITLES[row.verdict]


def _undo_wording(row: Decision) -> str:
    """What an undo has come to: only that of a hold names a trial, which goes on."""
    if row.changed_production:
        return "{undoes} was undone: production is {after}"
    if row.experiment is not None:
        return "The hold of {experiment} has ended: the trial of {subject} is decided again"
    if "opened" in row.figures:
        return "{undoes} was undone: {subject} is on trial in {opened}"
    return _TITLES[row.verdict]


def drift_notice(newest: Sequence[KeptReport], url: str, *, is_all: bool) -> Notice | None:
    """The notice of the last drift that began or ended in the `newest` reports, newest first.

    None where nothing has changed in them; a drift that was there from the first report on
    began with it where they are `is_all` that there are.
    """
    if not newest:
        return None
    has_drift = newest[0].report.overall_drift_detected
    same = [*takewhile(lambda k: k.report.overall_drift_detected == has_drift, newest)]
    if len(same) == len(newest) and not (has_drift and is_all):
        return None
    latest = same[-1]
    title = "What visitors ask about has drifted" if has_drift else "The drift is over"
    body = f"{latest.report.message}\n\nLook: {url}/api/drift_report\nMore: homes drift report"
    return Notice(f"drift {'since' if has_drift else 'until'} {latest.day}", title, body)


def silence_notice(last: datetime, now: datetime, days: int) -> Notice | None:
    """The notice that nobody has said what an estimate was worth for `days`; None before."""
    if (now - last).days < days:
        return None
    title = f"No feedback for {counted((now - last).days, 'day')}"
    body = (
        f"The last opinion or sale price came on {last:%Y-%m-%d}. Without them no trial can be "
        "decided: it ends undecided. Does the page show its buttons, and does "
        "POST /api/feedback answer?"
    )
    return Notice(f"no feedback since {last:%Y-%m-%d}", title, body)


def _figure(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_figure(inner)}" for name, inner in value.items())
    return "none" if value is None else str(value)
