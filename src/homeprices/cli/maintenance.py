"""`homes keep-house`, `backup`, `restore`, `forget`: what keeps an installation over the years."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from homeprices import bootstrap, settings
from homeprices.domain.errors import Refused
from homeprices.domain.units import counted
from homeprices.domain.versions import ModelVersion
from homeprices.local.layout import Layout, lay_out

if TYPE_CHECKING:
    from homeprices.bootstrap import Homes
    from homeprices.workflows.backup import BackupReport, RestoreReport

_OUT = click.Path(dir_okay=False, writable=True, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("keep-house")
def keep_house() -> None:
    """Make months ahead, drop old rows and files, log what MLflow was not told of."""
    from homeprices.workflows.retention import enforce_retention

    homes = bootstrap.load()
    done = enforce_retention(homes)
    click.echo("\n".join(done) or "nothing was due")
    catch_up(homes)


@click.command("backup")
@click.argument("file", type=_OUT)
@click.option(
    "--secrets", type=_OUT, help="Write the secrets there, in the form of .env, mode 600."
)
def backup(file: Path, secrets: Path | None) -> None:
    """Write databases, models, datasets, decisions and spools to FILE, while all runs.

    Secrets are not in it: without those of --secrets ids and visits of before are nobody's.
    """
    from homeprices.local.local_settings import write_private
    from homeprices.workflows.backup import back_up

    layout = _layout()
    kept = _secrets(layout) if secrets is not None else ""
    with _database(layout, is_up_allowed=True):
        report = back_up(bootstrap.load(), file)
    click.echo(f"{file}: {_contents(report)}")
    if secrets is not None:
        write_private(secrets, kept)
        click.echo(f"{secrets}: the secrets; keep it elsewhere than {file.name}")


@click.command("restore")
@click.argument("file", type=_FILE)
@click.option("--secrets", type=_FILE, help="The settings.env that `backup --secrets` has written.")
@click.option("--replace", is_flag=True, help="Lose objects that the backup does not know.")
@click.option(
    "--keys",
    type=click.Choice(["keep", "revoke"]),
    help="What becomes of clients' keys that the object store does not have: they may have been "
    "revoked since the backup was made.",
)
def restore(file: Path, secrets: Path | None, replace: bool, keys: str | None) -> None:
    """Bring back what `backup` wrote to FILE; services must be down.

    Spools that are still there are kept, and what they hold or have uploaded lately is stored
    again when the services run.
    """
    from homeprices.local import local_settings
    from homeprices.workflows.backup import ReturningKeys
    from homeprices.workflows.backup import restore as bring_back

    layout = _layout()
    environment = settings.from_environment()
    if secrets is not None:
        _take_over(layout, secrets)
    if environment.secrets_dir is None:
        local_settings.keep(layout, {}, environment)
    with _database(layout, is_up_allowed=False):
        report = bring_back(
            bootstrap.load(),
            file,
            is_replacing=replace,
            keys=None if keys is None else ReturningKeys(keys),
        )
    click.echo(f"restored {_contents(report.backup)}, as of {report.backup.made_at}")
    if report.again:
        click.echo(f"{counted(report.again, 'record')} of the spools will be stored again")
    if report.forgotten:
        click.echo(f"erased {counted(report.forgotten, 'row')} of visitors forgotten since then")
    if report.keys:
        click.echo(_words_on_keys(report, keys))
    is_embedded = environment.secrets_dir is None
    up = "./homes up" if is_embedded else "the commands of docs/production.md, Start"
    click.echo(f"start everything by: {up}")


@click.command("forget")
@click.argument("visitor")
@click.option("--reason", default="on request", show_default=True, help="Kept in the log.")
def forget(visitor: str, reason: str) -> None:
    """Erase what is kept of VISITOR: the value of the cookie `visitor`, which only they have."""
    from homeprices.cli.decisions import person
    from homeprices.workflows.forget import forget_visitor

    homes = bootstrap.load()
    for sentence in forget_visitor(homes, visitor, actor=person(), reason=reason):
        click.echo(sentence)


def catch_up(homes: Homes, *versions: str) -> None:
    """Track what is untracked and move the aliases, and say so; failing here fails nothing."""
    if homes.tracking is None:
        return
    for words in homes.tracking.catch_up():
        click.echo(words, err=True)
    untracked = homes.tracking.untracked() if versions else []
    for version in versions:
        if ModelVersion.parse(version) in untracked:
            click.echo(f"{version} is untracked; housekeeping logs it later", err=True)


def _layout() -> Layout:
    return lay_out(settings.from_environment().data_dir)


@contextmanager
def _database(layout: Layout, *, is_up_allowed: bool) -> Iterator[None]:
    """PostgreSQL answers within the block: the embedded one is started where it is down."""
    from homeprices.local import postgres
    from homeprices.local.supervisor import is_held

    if is_held(layout):
        if not is_up_allowed:
            raise Refused("everything runs; stop it by ./homes down before a restore")
        yield
    elif settings.from_environment().has_database:
        yield
    else:
        with postgres.running(layout, settings.load()):
            yield


def _secrets(layout: Layout) -> str:
    """What ids, visits and the operator are known by, for `restore --secrets` or `.env`."""
    from homeprices.local import local_settings, secret_files

    folder = settings.from_environment().secrets_dir
    if folder is not None:
        return secret_files.portable(folder)
    kept = local_settings.read(layout.settings_file).get("HOMES_SECRET")
    if not kept or kept != settings.load().secret.get_secret_value():
        raise Refused(
            f"{layout.settings_file} has no HOMES_SECRET that is in force: it comes from the "
            "environment; copy it from there, and back up without --secrets"
        )
    return layout.settings_file.read_text()


def _take_over(layout: Layout, secrets: Path) -> None:
    """The secrets of the backup, where there are no others yet."""
    from homeprices.local import local_settings

    folder = settings.from_environment().secrets_dir
    if folder is not None:
        raise Refused(f"the secrets are files in {folder}: put the lines of {secrets} into .env")
    there = layout.settings_file
    if there.exists() and there.read_bytes() != secrets.read_bytes():
        raise Refused(f"{there} has secrets of its own; move it away to take those of {secrets}")
    local_settings.write_private(there, secrets.read_text())


def _words_on_keys(report: RestoreReport, keys: str | None) -> str:
    names = ", ".join(report.keys)
    if keys == "revoke":
        return f"revoked {names}: `homes keys make` makes others for those who had them"
    return (
        f"{names} let in again: look by `homes keys list`, and revoke what was revoked after "
        f"{report.backup.made_at}"
    )


def _contents(report: BackupReport) -> str:
    databases = ", ".join(report.databases)
    return (
        f"{counted(len(report.databases), 'database')} ({databases}), "
        f"{counted(report.objects, 'object')}, {counted(report.spool_files, 'file')} of spools"
    )
