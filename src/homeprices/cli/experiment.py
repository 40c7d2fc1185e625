"""`homes experiment`: what is on trial, and what a recorded trial would have come to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from homeprices.bootstrap import Homes
    from homeprices.workflows.experiments.simulated_trial import Traffic

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(invoke_without_command=True)
@click.pass_context
def experiment(context: click.Context) -> None:
    """Tell which candidate is on trial."""
    if context.invoked_subcommand is None:
        from homeprices import bootstrap
        from homeprices.cli import show

        click.echo(show.experiment(bootstrap.load().experiments.open_now()))


@experiment.command("hold")
@click.option("--reason", default="by hand", show_default=True, help="Kept in the log.")
@_json
def hold(reason: str, as_json: bool) -> None:
    """Let the open trial run on without a verdict, until this is undone."""
    from homeprices import bootstrap
    from homeprices.cli.decisions import person, tell
    from homeprices.workflows.experiments import roll_back

    tell(roll_back.hold(bootstrap.load(), actor=person(), reason=reason), as_json)


@experiment.command("replay")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--after-promotion", is_flag=True, help="pred_prod is live; watch it for decay.")
@click.option(
    "--share",
    default=0.2,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="The candidate's planned part of the visitors.",
)
def replay(file: Path, after_promotion: bool, share: float) -> None:
    """Judge a recorded stream of requests, with a look every hour.

    FILE holds one JSON object a line. The last line printed is the first verdict that
    ends the trial, as JSON.
    """
    # Neither the stores nor the settings: a replay starts in a blink.
    import msgspec

    from homeprices.workflows.experiments import recording
    from homeprices.workflows.experiments.replay import ReplayConfig
    from homeprices.workflows.experiments.replay import replay as replay_recording

    with file.open("rb") as lines:
        ended = replay_recording(
            recording.read(lines), ReplayConfig(share=share, after_promotion=after_promotion)
        )
    click.echo("\n".join(ended.result.reasons))
    click.echo(msgspec.json.encode(ended.line).decode())


@experiment.command("rehearse")
@click.option(
    "--policy", "source", metavar="FILE", help="A policy file, or a name as HOMES_POLICY."
)
@click.option("--traffic", type=click.FloatRange(0.1, 1_000_000), help="Requests an hour.")
@click.option("--labels", type=click.FloatRange(0, 1), help="The part of them reported on.")
@click.option("--prices", type=click.FloatRange(0, 1), help="The sale prices among reports.")
@click.option("--networks/--no-networks", default=True, help="Tell what an attack would take.")
@click.option("--seed", default=1, show_default=True, help="Of everything that is drawn.")
@click.option("--runs", default=200, show_default=True, type=click.IntRange(1), help="Each.")
@_json
@click.option("--force", is_flag=True, help="Accept a policy that promotes too many equal models.")
def rehearse(  # noqa: PLR0913, PLR0917 - one argument an option
    source: str | None,
    traffic: float | None,
    labels: float | None,
    prices: float | None,
    networks: bool,
    seed: int,
    runs: int,
    as_json: bool,
    force: bool,
) -> None:
    """Play trials of equal, worse and better candidates under a policy, before it decides one.

    Traffic is, where nothing else is said, that of the last seven days, else 500 requests an
    hour with reports on 3 % of them. The policy of a file may decide once it was
    accepted here.
    """
    from dataclasses import replace

    from homeprices import bootstrap
    from homeprices.cli import show
    from homeprices.workflows.experiments import accept, policy_in_force, rehearse

    homes = bootstrap.load()
    wanted = {"requests_an_hour": traffic, "reports": labels, "prices": prices}
    config = rehearse.RehearsalConfig(
        policy_in_force.policy_to_rehearse(homes, source),
        replace(_seen_traffic(homes), **{name: n for name, n in wanted.items() if n is not None}),
        seed,
        runs,
    )
    click.echo(f"playing {runs * len(config.candidates):,} trials", err=True)
    with rehearse.in_processes() as play_all:
        rows = rehearse.rehearse(config, play_all)
        crowds = rehearse.crowd_costs(config, play_all) if networks else []
    rehearsal = rehearse.RehearsalReport(config, rows, crowds)
    click.echo(show.as_json(rehearsal) if as_json else "\n".join(rehearsal.lines()))
    accepted = accept.accept(homes, rehearsal, is_forced=force)
    if accepted is not None:
        click.echo(f"accepted: the policy {accepted.digest} may decide trials", err=True)


def _seen_traffic(homes: Homes) -> Traffic:
    """What PostgreSQL has seen, else the default."""
    from homeprices.workflows.experiments import rehearse, simulated_trial

    default = simulated_trial.Traffic(share=homes.experiment_share)
    if not homes.settings.has_database:
        return default
    seen = rehearse.seen_traffic(homes.request_metrics, homes.clock(), homes.experiment_share)
    homes.close()  # processes are started next
    return seen or default
