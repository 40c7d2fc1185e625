"""Everything that is kept, in one file, and back: databases, objects, and what the spools hold.

The order is what makes it whole without stopping anything: a row that moves from a spool to the
database meanwhile is in both, and stored once; whatever a row speaks of was an object before.
"""

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from homeprices import __version__
from homeprices.domain.errors import Corrupt, NotFound, Refused
from homeprices.stores import backup_file
from homeprices.stores.backup_file import BackupWriter
from homeprices.stores.spool.files import held
from homeprices.stores.spool.kept import rewind
from homeprices.workflows.context import BackupPorts

SPOOLS, DATABASES, OBJECTS = "spool/", "databases/", "objects/"
RECORDS = "backups/"


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds: databases by name, and how many objects and files of spools."""

    made_at: str
    databases: tuple[str, ...]
    objects: int
    spool_files: int


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was restored; `again` records are uploaded again, since the spools outlived the rest."""

    backup: BackupReport
    again: int


def back_up(ports: BackupPorts, path: Path) -> BackupReport:
    """Write everything to `path`, while services run; raises Unavailable, Refused, OSError.

    That it was made is kept as an object, for whoever asks how old the newest one is.
    """
    at = ports.clock().isoformat()
    with backup_file.writing(path, at, __version__) as backup:
        _add_spools(backup, ports.spool_root)
        _add_databases(backup, ports)
        for key in ports.objects.keys(""):
            with suppress(NotFound):  # housekeeping has just deleted it
                backup.add(OBJECTS + key, ports.objects.read(key))
    report = _report(at, backup.digests)
    ports.objects.create(f"{RECORDS}{at}.json", msgspec.json.encode(report))
    return report


def restore(ports: BackupPorts, path: Path, *, is_replacing: bool = False) -> RestoreReport:
    """Make databases and objects what the backup `path` says, and upload again what came after.

    Spools that are there stay: they hold what no backup has, and are set back to the
    oldest record that they still have. Objects that the backup lacks are a reason to refuse,
    unless it is replacing them. Nothing is changed before the whole file was checked. Raises
    NotFound, Corrupt, Refused while services run, Unavailable.
    """
    manifest = backup_file.checked(path)
    report = _report(manifest.made_at, manifest.members)
    spools = _spools(ports.spool_root)
    for folder in spools:
        _require_free(folder)
    _clear(ports, manifest.members, is_replacing=is_replacing)
    for name, file in backup_file.members(path):
        _restore_member(ports, name, file, has_spools=bool(spools))
    return RestoreReport(report, sum(rewind(folder) for folder in _spools(ports.spool_root)))


def _add_spools(backup: BackupWriter, root: Path) -> None:
    for folder in _spools(root):
        # The position first: what is uploaded after it was read is in the segments, too.
        files = [folder / "position", *sorted(folder.glob("*.seg")), folder / "set_aside.jsonl"]
        for file in files:
            with suppress(FileNotFoundError):  # uploaded meanwhile: the database has it
                backup.add_file(f"{SPOOLS}{folder.name}/{file.name}", file)


def _add_databases(backup: BackupWriter, ports: BackupPorts) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        for name in ports.dumps.databases():
            dump = Path(scratch) / name
            ports.dumps.dump(name, dump)
            backup.add_file(DATABASES + name, dump)
            dump.unlink()


def _clear(ports: BackupPorts, members: Iterable[str], *, is_replacing: bool) -> None:
    """Take away the objects that the backup lacks; raises Refused where that was not said."""
    wanted = {name.removeprefix(OBJECTS) for name in members if name.startswith(OBJECTS)}
    there = (key for key in ports.objects.keys("") if not key.startswith(RECORDS))
    others = [key for key in there if key not in wanted]
    if others and not is_replacing:
        raise Refused(
            f"the object store holds {len(others)} objects that the backup does not know, the "
            f"first is {others[0]}; restore into an empty one, or say --replace to lose them"
        )
    for key in others:
        ports.objects.delete(key)


def _restore_member(ports: BackupPorts, name: str, file: IO[bytes], *, has_spools: bool) -> None:
    if name.startswith(DATABASES):
        ports.dumps.restore(name.removeprefix(DATABASES), file)
    elif name.startswith(OBJECTS):
        _restore_object(ports, name.removeprefix(OBJECTS), file.read())
    elif name.startswith(SPOOLS) and not has_spools:
        target = _inside(ports.spool_root, name.removeprefix(SPOOLS))
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.write_bytes(file.read())


def _restore_object(ports: BackupPorts, key: str, content: bytes) -> None:
    """Write an object, over one of another content too: the backup's history is the true one."""
    with suppress(NotFound):
        if ports.objects.read(key) == content:
            return
        ports.objects.delete(key)
    ports.objects.create(key, content)


def _spools(root: Path) -> list[Path]:
    """The folders of spools under `root`."""
    return sorted(folder for folder in root.glob("*") if (folder / "position").exists())


def _require_free(folder: Path) -> None:
    """Raises Refused while a process holds the spool."""
    os.close(held(folder))


def _inside(root: Path, name: str) -> Path:
    """The place of a member under `root`; raises Corrupt for one outside of it."""
    target = (root / name).resolve()
    if not target.is_relative_to(root.resolve()):
        raise Corrupt(f"the backup names a file outside of the data folder: {name}")
    return target


def _report(made_at: str, members: Iterable[str]) -> BackupReport:
    names = list(members)
    return BackupReport(
        made_at,
        tuple(name.removeprefix(DATABASES) for name in names if name.startswith(DATABASES)),
        sum(name.startswith(OBJECTS) for name in names),
        sum(name.startswith(SPOOLS) for name in names),
    )
