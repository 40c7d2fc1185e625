"""`homes test`: the suites of the checkout this was installed from."""

import subprocess
import sys

import click

from homeprices import assets


@click.command()
@click.argument("suites", nargs=-1, metavar="[NAME]...")
@click.option("--without", multiple=True, metavar="NAME", help="Leave this suite out.")
def test(suites: tuple[str, ...], without: tuple[str, ...]) -> None:
    """Run checks and suites: `fast`, `full`, or of checks, unit, integration, page those named.

    A lane of docs/testing.md may be named alone: lint, types, quiet, ...

    With no name everything is run, in its short form.
    """
    runner = assets.folder("tests") / "run_tests.py"
    left_out = [f"--without={name}" for name in without]
    done = subprocess.run([sys.executable, str(runner), *suites, *left_out], check=False)
    raise click.exceptions.Exit(done.returncode)
