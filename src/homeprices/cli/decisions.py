"""Commands that decide: decide, promote, roll-back, undo, decisions."""

import getpass

import click

from homeprices import bootstrap
from homeprices.cli import maintenance, notices, show
from homeprices.domain.experiments.decision import Decision, DecisionQuery, Verdict
from homeprices.domain.versions import DecisionId, ModelVersion, trial_or_competition
from homeprices.workflows.experiments import decide as deciding
from homeprices.workflows.experiments import promote as promoting
from homeprices.workflows.experiments import roll_back as rolling_back
from homeprices.workflows.experiments import undo as undoing

_reason = click.option("--reason", default="by hand", show_default=True, help="Kept in the log.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@click.option("--dry-run", is_flag=True, help="Tell the verdict of this moment; change nothing.")
@_json
def decide(dry_run: bool, as_json: bool) -> None:
    """Judge production and the open trial on their evidence, and act on the verdict."""
    homes = bootstrap.load()
    if dry_run:
        draft = deciding.preview(homes)
        if draft is None:
            click.echo("nothing to decide: no trial is open, or it is held")
        else:
            click.echo(show.as_json(draft) if as_json else show.draft(draft))
        return
    decision = deciding.decide(homes)
    if decision is None:
        # With none open, the candidate that waited has just got its trial.
        experiments = homes.experiments
        has_begun = experiments.open_now() or experiments.competitions.open_now()
        nothing = "no trial was open: nothing to decide"
        advice = "`homes train` publishes a candidate"
        click.echo(f"{nothing}; {show.under_way(experiments) if has_begun else advice}")
    else:
        tell(decision, as_json)


@click.command()
@click.argument("version", callback=lambda _context, _parameter, text: ModelVersion.parse(text))
@_reason
@_json
def promote(version: ModelVersion, reason: str, as_json: bool) -> None:
    """Put VERSION (CO3, or an earlier BO1) in production."""
    tell(promoting.promote(bootstrap.load(), version, actor=person(), reason=reason), as_json)


@click.command("roll-back")
@click.argument("candidate", callback=lambda _context, _parameter, text: ModelVersion.parse(text))
@_reason
@_json
def roll_back(candidate: ModelVersion, reason: str, as_json: bool) -> None:
    """End the trial of CANDIDATE (CO3) as lost."""
    tell(
        rolling_back.roll_back(bootstrap.load(), candidate, actor=person(), reason=reason), as_json
    )


@click.command()
@click.argument("decision")
@_reason
@_json
def undo(decision: str, reason: str, as_json: bool) -> None:
    """Undo DECISION (D-0281)."""
    number = DecisionId.parse(decision)
    tell(undoing.undo(bootstrap.load(), number, actor=person(), reason=reason), as_json)


@click.command()
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many."
)
@click.option("--before", metavar="DECISION", help="Only older ones than D-0281.")
@click.option("--verdict", type=click.Choice(list(Verdict)), help="Only these.")
@click.option("--experiment", "of", metavar="E", help="Only those that opened, judged or ended E3.")
@_json
def decisions(
    limit: int, before: str | None, verdict: str | None, of: str | None, as_json: bool
) -> None:
    """Tell what was decided, newest first."""
    older = DecisionId.parse(before) if before else None
    trial = trial_or_competition(of) if of else None
    query = DecisionQuery(limit, older, Verdict(verdict) if verdict else None, trial)
    rows = bootstrap.load().decisions.select(query)
    if as_json:
        click.echo(show.as_json(rows))
    else:
        click.echo("\n".join(map(show.decision, rows)) or "nothing was decided yet")


def person() -> str:
    """Who acts, for the log."""
    return f"cli:{getpass.getuser()}"


def tell(decision: Decision, as_json: bool) -> None:
    """Print an act, and do what is to follow it."""
    click.echo(show.as_json(decision) if as_json else show.decision(decision))
    homes = bootstrap.load()
    if decision.verdict not in (Verdict.CONTINUE, Verdict.HOLD):
        maintenance.catch_up(homes)
    notices.tell(homes)
