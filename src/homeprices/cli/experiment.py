"""`homes experiment`: what is on trial, and what a recorded trial would have come to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from homeprices.domain.evidence.blocks import LARGEST_SHARE, SMALLEST_SHARE
from homeprices.domain.versions import ExperimentId, ModelVersion

if TYPE_CHECKING:
    from homeprices.bootstrap import Homes
    from homeprices.domain.zones import ZoneShare
    from homeprices.workflows.experiments.simulated_trial import Traffic

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_reason = click.option("--reason", default="by hand", show_default=True, help="Kept in the log.")
_part = click.FloatRange(SMALLEST_SHARE, LARGEST_SHARE)


@click.group(invoke_without_command=True)
@click.pass_context
def experiment(context: click.Context) -> None:
    """Tell which candidate is on trial."""
    if context.invoked_subcommand is None:
        from homeprices import bootstrap
        from homeprices.cli import show

        click.echo(show.under_way(bootstrap.load().experiments))


@experiment.command("status")
@click.option(
    "--svg", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Draw it there."
)
@_json
def status(svg: Path | None, as_json: bool) -> None:
    """Show what the open trial has proven so far.

    The picture is how much smaller the candidate's error is, hour by hour, on n homes that were
    sold: the estimate (o), and the band (:) that holds the truth at all hours together in 95 of
    100 trials. For a promotion the estimate must lie above the upper line while the bet on
    "better" reaches its threshold; a candidate is rolled back once it is shown to lie below the
    lower line (worse), or below the upper one (it cannot reach the margin).

    The time to a verdict goes by the sale prices an hour so far: from a candidate that errs 20 %
    less (about 95 of them) to one that errs 10 % less (about 422). Half of such trials end
    earlier, half later, and a smaller difference takes longer. At 0.3 an hour or fewer nothing
    valid can see 10 % within a week; then it says so.

    By zone: both errors on the homes that were sold there, and what a bet on "worse here" made of
    its stake. The error rate is shared among the zones, so each must reach as many times more.
    Where one has, the candidate is not promoted.

    While several candidates of one training run compete to go on trial, it shows who errs least,
    by how much, and how much of the bet on that is won.
    """
    from homeprices import bootstrap
    from homeprices.cli import show
    from homeprices.reports import experiment_picture
    from homeprices.workflows.experiments.operator_actions import ExperimentActions

    homes = bootstrap.load()
    seen = ExperimentActions(homes).experiment()
    if svg is not None:
        svg.write_bytes(experiment_picture.as_svg(seen))
    if as_json:
        click.echo(show.as_json(seen))
    else:
        lines = [show.under_way(homes.experiments), *experiment_picture.as_lines(seen)]
        click.echo("\n".join(lines))


@experiment.command("list")
@_json
def list_(as_json: bool) -> None:
    """List every trial and how it ended, the newest first."""
    from homeprices import bootstrap
    from homeprices.cli import show

    history = bootstrap.load().experiments.history()[::-1]
    if as_json:
        pairs = [{"experiment": opened, "ending": ending} for opened, ending in history]
        click.echo(show.as_json(pairs))
    else:
        click.echo(show.experiments(history) if history else "no trial was opened yet")


@experiment.command("start")
@click.argument("candidate", callback=lambda _context, _parameter, text: ModelVersion.parse(text))
@click.option("--share", type=_part, help="Its part of the visitors.  [default: HOMES_TRIAL_SHARE]")
@click.option(
    "--zone", metavar="NAME", help="The part of the city it is limited to, or everywhere."
)
@_reason
@_json
def start(
    candidate: ModelVersion, share: float | None, zone: str | None, reason: str, as_json: bool
) -> None:
    """Put CANDIDATE (CO3) on trial.

    Where candidates compete for the next trial, that ends the competition in its favour.

    Limited to a zone of the market, it prices the homes there alone, for its part of the
    visitors; production answers all else, and nothing else counts. Another share or another zone
    for the candidate on trial ends its trial without a verdict and opens the next, which begins
    with no evidence; what is not named stays as it is.
    """
    from homeprices import bootstrap
    from homeprices.cli.decisions import person, tell
    from homeprices.workflows.experiments import start_stop

    homes = bootstrap.load()
    row = start_stop.start(homes, candidate, share, zone, actor=person(), reason=reason)
    tell(row, as_json)


@experiment.command("stop")
@click.argument(
    "number",
    required=False,
    callback=lambda _context, _parameter, text: ExperimentId.parse(text) if text else None,
)
@_reason
@_json
def stop(number: ExperimentId | None, reason: str, as_json: bool) -> None:
    """End the open trial without a verdict; its candidate may be started again.

    With NUMBER (E3) that trial alone, however often it is asked for.
    """
    from homeprices import bootstrap
    from homeprices.cli.decisions import person, tell
    from homeprices.workflows.experiments import start_stop

    tell(start_stop.stop(bootstrap.load(), number, actor=person(), reason=reason), as_json)


@experiment.command("export")
@click.argument("number", callback=lambda _context, _parameter, text: ExperimentId.parse(text))
@click.option(
    "--out", type=click.File("wb", lazy=True), default="-", help="A file, not the screen."
)
def export(number: ExperimentId, out: BinaryIO) -> None:
    """Write the evidence of trial NUMBER (E3), a request a line, as `replay` reads it.

    Visitors and networks are keyed hashes. Sale prices are scored again by both models.
    """
    import msgspec

    from homeprices import bootstrap
    from homeprices.workflows.experiments.export import exported

    for request in exported(bootstrap.load(), number):
        out.write(msgspec.json.encode(request) + b"\n")


@experiment.command("hold")
@_reason
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
    type=_part,
    help="The candidate's planned part of the visitors.  [default: as the recording says, or 0.2]",
)
@click.option("--zone", metavar="NAME", help="Judge the homes of this part of the city alone.")
@click.option(
    "--market",
    envvar="HOMES_MARKET",
    default="bangalore",
    show_default=True,
    help="The city that the locations are of.",
)
def replay(
    file: Path, after_promotion: bool, share: float | None, zone: str | None, market: str
) -> None:
    """Judge a recorded stream of requests, with a look every hour.

    FILE holds one JSON object a line. The last line printed is the first verdict that
    ends the trial, as JSON; before it stand its reasons, what the zones show, and how many rows
    were no evidence. A home is in the zone that the line names, else in that of its location.

    A score that is absent, null or NaN is not known: that sale price is no evidence and no
    model's error. A score of 0 is that of a model that was asked and gave no price, which is one.
    """
    # Neither the stores nor the settings: a replay starts in a blink.
    from dataclasses import replace

    import msgspec

    from homeprices import markets
    from homeprices.domain.zones import ZoneMap, require_zone
    from homeprices.markets.aggregates import coordinates
    from homeprices.workflows.experiments import recording
    from homeprices.workflows.experiments.replay import ReplayConfig
    from homeprices.workflows.experiments.replay import replay as replay_recording

    city = markets.load(market)
    zones = ZoneMap(city, coordinates(market))
    with file.open("rb") as lines:
        requests = list(recording.placed(recording.read(lines), zones))
    config = ReplayConfig(after_promotion=after_promotion, zones=tuple(city.zones))
    config = config.for_recording(requests, share)
    if zone is not None:
        config = replace(config, scope=require_zone(city, zone))
    ended = replay_recording(requests, config)
    click.echo("\n".join(ended.sentences))
    click.echo(msgspec.json.encode(ended.line).decode())


@experiment.command("rehearse")
@click.option(
    "--policy", "source", metavar="FILE", help="A policy file, or a name as HOMES_POLICY."
)
@click.option("--traffic", type=click.FloatRange(0.1, 1_000_000), help="Requests an hour.")
@click.option("--labels", type=click.FloatRange(0, 1), help="The part of them reported on.")
@click.option("--prices", type=click.FloatRange(0, 1), help="The sale prices among reports.")
@click.option("--zone", metavar="NAME", help="Of the homes in this part of the city alone.")
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
    zone: str | None,
    networks: bool,
    seed: int,
    runs: int,
    as_json: bool,
    force: bool,
) -> None:
    """Play trials of equal, worse and better candidates under a policy, before it decides one.

    Traffic is, where nothing else is said, that of the last seven days, else 500 requests an
    hour with reports on 3 % of them. The policy of a file may decide once it was
    accepted here: it must promote at most 5 % of equal candidates at that traffic and at 500
    requests an hour with reports on 10 %, since where little is reported nothing is decided.

    With a zone it is the zone's share of that traffic, by the requests of the last seven days, else
    by public listings; the last line says whether such a share can decide. That accepts no policy:
    it is to hold at the traffic of the whole city.
    """
    from dataclasses import replace

    from homeprices import bootstrap
    from homeprices.cli import show
    from homeprices.domain.experiments import policy_file
    from homeprices.workflows.experiments import accept, policy_in_force, rehearse

    homes = bootstrap.load()
    wanted = {"requests_an_hour": traffic, "reports": labels, "prices": prices}
    share = None if zone is None else _zone_share(homes, zone)
    of_city = replace(
        _seen_traffic(homes), **{name: n for name, n in wanted.items() if n is not None}
    )
    part = share.share if share else 1.0
    config = rehearse.RehearsalConfig(
        policy_in_force.policy_to_rehearse(homes, source),
        replace(of_city, requests_an_hour=of_city.requests_an_hour * part),
        seed,
        runs,
        where=str(share) if share else None,
    )
    click.echo(f"playing {runs * len(config.candidates):,} trials", err=True)
    with rehearse.in_processes() as play_all:
        rows = rehearse.rehearse(config, play_all)
        crowds = rehearse.crowd_costs(config, play_all) if networks else []
        is_of_a_file = zone is None and not policy_file.is_built_in(config.policy)
        reference = rehearse.equal_at_reference(config, play_all) if is_of_a_file else None
    rehearsal = rehearse.RehearsalReport(config, rows, crowds, reference)
    click.echo(show.as_json(rehearsal) if as_json else "\n".join(rehearsal.lines()))
    if zone is not None:
        click.echo(rehearse.can_decide(zone, rows), err=as_json)
        return
    accepted = accept.accept(homes, rehearsal, is_forced=force)
    if accepted is not None:
        click.echo(f"accepted: the policy {accepted.digest} may decide trials", err=True)


def _zone_share(homes: Homes, zone: str) -> ZoneShare:
    """The zone's share of the traffic; raises BadInput for a zone that the market has not."""
    from homeprices.domain.errors import NotFound
    from homeprices.domain.zones import require_zone, zone_share
    from homeprices.markets import aggregates
    from homeprices.workflows.experiments import rehearse

    name = require_zone(homes.market, zone)
    seen: dict[str | None, int] = {}
    if homes.settings.has_database:
        seen = homes.request_metrics.zone_counts(homes.clock() - rehearse.SEEN_FOR)
    try:
        _, localities = aggregates.facts(homes.market.name)
    except NotFound:
        localities = []
    listings = {figures.locality: figures.listings for figures in localities}
    return zone_share(name, seen, listings, homes.zones, rehearse.FEWEST_REQUESTS_SEEN)


def _seen_traffic(homes: Homes) -> Traffic:
    """What PostgreSQL has seen, else the default."""
    from homeprices.workflows.experiments import rehearse, simulated_trial

    default = simulated_trial.Traffic(share=homes.experiment_share)
    if not homes.settings.has_database:
        return default
    seen = rehearse.seen_traffic(homes.request_metrics, homes.clock(), homes.experiment_share)
    homes.close()  # processes are started next
    return seen or default
