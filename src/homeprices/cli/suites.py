"""`homes test`: the suites of the checkout this was installed from."""

from __future__ import annotations

import subprocess
import sys

import click

from homeprices import assets


@click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def test(arguments: tuple[str, ...]) -> None:
    """Run the suites: unit, integration, page; all, or those named, or `--without page`."""
    runner = assets.folder("tests") / "run_tests.py"
    done = subprocess.run([sys.executable, str(runner), *arguments], check=False)
    raise click.exceptions.Exit(done.returncode)
