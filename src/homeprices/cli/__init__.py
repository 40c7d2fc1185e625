"""`homes`: every command, each loaded only when it is called."""

import logging
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import click

from homeprices import __version__
from homeprices.domain.errors import HomesError, Unavailable

_COMMANDS = {
    "stack": ["up", "down", "status", "logs", "open", "doctor"],
    "suites": ["test"],
    "datasets": ["dataset"],
    "lineage": ["models", "lineage"],
    "train": ["train"],
    "evaluate": ["evaluate", "compare"],
    "score": ["score"],
    "tuning": ["tune"],
    "decisions": ["decide", "promote", "roll-back", "undo", "decisions"],
    "experiment": ["experiment"],
    "drift": ["drift"],
    "simulation": ["simulate"],
    "notices": ["notices"],
    "maintenance": ["keep-house", "backup", "restore", "forget"],
    "keys": ["keys"],
    "first_start": ["first-candidate", "first-model"],
    "services": [
        *("serve", "route", "page", "migrate", "await-model", "airflow", "mlflow", "make-secrets"),
    ],
}
_MODULE = {command: module for module, commands in _COMMANDS.items() for command in commands}
_FUNCTION = {"open": "open_"}


class Commands(click.Group):
    """A group that imports the module of a command on its first use, so that each starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order of the story they tell."""
        return list(_MODULE)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command called `cmd_name`, or None."""
        if cmd_name not in _MODULE:
            return None
        module = import_module(f"homeprices.cli.{_MODULE[cmd_name]}")
        command = getattr(module, _FUNCTION.get(cmd_name, cmd_name.replace("-", "_")))
        return command if isinstance(command, click.Command) else None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(version)s")
def homes() -> None:
    """Bangalore Home Prices: train, try, decide, and tell what a home is worth."""


def main(arguments: list[str] | None = None) -> None:
    """Run one command; an error of ours is one line and an exit code, never a traceback."""
    # The pool would tell every failed connection besides; services set up logs of their own.
    logging.getLogger("psycopg").addHandler(logging.NullHandler())
    sys.exit(_run(homes, arguments))


def _run(command: Callable[..., Any], arguments: list[str] | None) -> int:
    try:
        # Without its standalone mode click returns the code of an Exit, and None for success.
        return command(arguments, prog_name="homes", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("interrupted", err=True)
        return 130
    except HomesError as error:
        cause = f": {' '.join(str(error.__cause__).split())}" if error.__cause__ else ""
        click.echo(f"homes: {error.message}{cause}", err=True)
        return 75 if isinstance(error, Unavailable) else 1
