"""`homes test`: the suites of the checkout this was installed from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click

from homeprices.domain.errors import NotFound

RUNNER = Path(__file__).resolve().parents[3] / "tests" / "run_tests.py"


@click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def test(arguments: tuple[str, ...]) -> None:
    """Run checks and suites: `fast`, `full`, or of checks, unit, integration, page those named.

    With no name everything is run, in its short form; `--without page` leaves a suite out.
    """
    if not RUNNER.exists():
        raise NotFound("the tests are not beside this installation; run them in a clone")
    done = subprocess.run([sys.executable, str(RUNNER), *arguments], check=False)
    raise click.exceptions.Exit(done.returncode)
