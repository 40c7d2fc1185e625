"""`homes keys`: whom the service lets in, and to what."""

from math import isnan

import click

from homeprices import bootstrap
from homeprices.cli import show
from homeprices.cli.decisions import person
from homeprices.domain.requests.keys import KeyScope, KeyStanding
from homeprices.domain.versions import KeyId
from homeprices.local.status import table
from homeprices.workflows import keys as keeping
from homeprices.workflows.keys import MadeKey

HEAD = ("key", "name", "scopes", "made", "by", "expires", "ended or ends")
# What goes on longer is for ever.
MOST_DAYS = 36_500


class Span(click.FloatRange):
    """A number of a range, which `nan` is not."""

    def convert(
        self, value: float, parameter: click.Parameter | None, context: click.Context | None
    ) -> float:
        """The number; fails for any other."""
        number: float = super().convert(value, parameter, context)
        if isnan(number):
            self.fail(f"{value} is no number", parameter, context)
        return number


_days = Span(min=0, min_open=True, max=MOST_DAYS)
_key = click.argument(
    "key", metavar="KEY", callback=lambda _context, _parameter, text: KeyId.parse(text)
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def keys() -> None:
    """Make, list, replace and take back keys of clients; the operator's key is none of them.

    A running service goes by it within HOMES_POLL_S and a fifth, and while PostgreSQL is away.
    """


@keys.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    # By their words: click takes the members of an enum by the names of Python.
    type=click.Choice([scope.value for scope in KeyScope]),
    default=[KeyScope.PRICE.value],
    show_default=True,
    help="What it lets in; may be repeated.",
)
@click.option("--expires", "days", type=_days, metavar="DAYS", help="Never, if it is not said.")
def make(name: str, scopes: tuple[str, ...], days: float | None) -> None:
    """Make a key for NAME, and print its secret, once.

    `price`: prices, feedback, localities, and all else that is read. `read_logs`: /api/logs.
    `operate`: acts, as promote. None holds another. NAME is kept with whatever the key asks.
    """
    wanted = [KeyScope(scope) for scope in scopes]
    _tell(keeping.make_key(bootstrap.load(), name, wanted, days, person()))


@keys.command("list")
@_json
def list_(as_json: bool) -> None:
    """List every key, and how it ended; the series key_requests_total tells which are in use."""
    standings = bootstrap.load().client_keys.standings()
    if as_json:
        click.echo(show.as_json([_shown(standing) for standing in standings]))
    elif standings:
        click.echo(table([HEAD, *map(_row, standings)]))
    else:
        click.echo("there are no keys yet; homes keys make NAME makes the first")


@keys.command()
@_key
@click.option(
    "--grace",
    "hours",
    type=Span(min=0, max=24 * MOST_DAYS),
    metavar="HOURS",
    default=24,
    show_default=True,
    help="How long the old secret goes on.",
)
@click.option("--expires", "days", type=_days, metavar="DAYS", help="As long as KEY was made for.")
def rotate(key: KeyId, hours: float, days: float | None) -> None:
    """Make another key in place of KEY (K3), for the same name and scopes; print it once."""
    made = keeping.rotate_key(bootstrap.load(), key, hours, days, person())
    _tell(made)
    click.echo(f"{key} lets in until {_minute(made.key.grace_until)}", err=True)


@keys.command()
@_key
@click.option("--reason", default="by hand", show_default=True, help="Kept with it.")
def revoke(key: KeyId, reason: str) -> None:
    """Take KEY (K3) back, at once and for good."""
    is_new = keeping.revoke_key(bootstrap.load(), key, reason, person())
    click.echo(f"{key} lets nobody in any more" if is_new else f"{key} was taken back before")


def _tell(made: MadeKey) -> None:
    """The secret alone on the standard output, for who passes it on; what is said of it beside."""
    key = made.key
    ends = f", until {_minute(key.expires_at)}" if key.expires_at else ""
    words = (
        f"{key.id} of {key.name} lets in to {', '.join(key.scopes)}{ends}. Its secret, told once:"
    )
    click.echo(words, err=True)
    click.echo(made.secret)


def _shown(standing: KeyStanding) -> dict[str, object]:
    """A key without its hash."""
    key = standing.key
    ends = {how: moment.isoformat() for how, moment in standing.ends.items()}
    names = ("id", "name", "scopes", "made_at", "made_by", "expires_at", "replaces")
    return {name: getattr(key, name) for name in names} | {"ends": ends}


def _row(standing: KeyStanding) -> tuple[str, ...]:
    key = standing.key
    ends = [f"{how} {_minute(at.isoformat())}" for how, at in standing.ends.items()]
    return (
        key.id,
        key.name,
        ", ".join(key.scopes),
        _minute(key.made_at),
        key.made_by,
        _minute(key.expires_at),
        next((words for words in ends if not words.startswith("expired")), ""),
    )


def _minute(at: str | None) -> str:
    return at[:16].replace("T", " ") if at else ""
