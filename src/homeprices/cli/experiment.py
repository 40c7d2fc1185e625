"""`homes experiment`: what is on trial, and what a recorded trial would have come to."""

from pathlib import Path

import click

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
