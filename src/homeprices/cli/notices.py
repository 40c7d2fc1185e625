"""`homes notices`: what people were told, and what could not be told yet."""

from collections.abc import Sequence

import click

from homeprices import bootstrap
from homeprices.bootstrap import Homes
from homeprices.cli import show
from homeprices.domain.units import counted
from homeprices.workflows.notify import TOLD, notify


@click.group(invoke_without_command=True)
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def notices(context: click.Context, limit: int, as_json: bool) -> None:
    """Tell what was sent to HOMES_NOTIFY_URLS and what waits, newest first."""
    if context.invoked_subcommand is not None:
        return
    homes = bootstrap.load()
    deliveries = homes.outbox.latest(limit)
    if as_json:
        click.echo(show.as_json(deliveries))
        return
    nobody = "" if homes.channels.names else "; HOMES_NOTIFY_URLS names nobody to tell"
    click.echo(show.deliveries(deliveries) if deliveries else f"nothing was told yet{nobody}")


@notices.command("test")
def test_channels() -> None:
    """Send a message by every channel now, and say which took it."""
    from homeprices.domain.errors import BadInput, FieldProblem, Unavailable
    from homeprices.domain.notices import Notice

    homes = bootstrap.load()
    if not homes.channels.names:
        words = "is empty; it takes URLs of apprise, as in mailto://user:password@example.org"
        raise BadInput([FieldProblem.with_sentence("HOMES_NOTIFY_URLS", words)])
    notice = Notice("test", "A test", f"Notices of {homes.market.title} come this way.")
    failures = []
    for channel in homes.channels.names:
        try:
            homes.channels.send(channel, notice)
        except Unavailable as error:
            failures.append(error.message)
        else:
            click.echo(f"{channel} took it")
    if failures:
        raise Unavailable("; ".join(failures))


def tell(homes: Homes) -> None:
    """Send what is due, and say in one line what came of it; failing here fails nothing."""
    line = in_one_line(notify(homes))
    if line is not None:
        click.echo(line, err=True)


def in_one_line(sentences: Sequence[str]) -> str | None:
    """What was told and what was not, in one line; None where nothing was due."""
    if len(sentences) < 2:
        return next(iter(sentences), None)
    told = sum(sentence.startswith(TOLD) for sentence in sentences)
    waiting = len(sentences) - told
    failed = f", {waiting} not yet" if waiting else ""
    return f"told {counted(told, 'notice')}{failed}; `homes notices` lists them"
