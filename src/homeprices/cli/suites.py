"""`homes test`: the suites of the checkout this was installed from."""

import subprocess
import sys

import click

from homeprices import assets


@click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def test(arguments: tuple[str, ...]) -> None:
    """Run checks and suites: `fast`, `full`, or of checks, unit, integration, page those named.

    With no name everything is run, in its short form; `--without page` leaves a suite out.
    """
    runner = assets.folder("tests") / "run_tests.py"
    done = subprocess.run([sys.executable, str(runner), *arguments], check=False)
    raise click.exceptions.Exit(done.returncode)
