"""Everything that is kept, in one file, and back: databases, objects, and what the spools hold.

The order is what makes it whole without stopping anything: a row that moves from a spool to the
database meanwhile is in both, and stored once; whatever a row speaks of was an object before.
Decisions are the other way round, objects that name rows: nobody decides until databases are
dumped and objects are listed. An object never changes, so it is read when nobody waits any more.
"""

import os
import re
import tempfile
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

import msgspec

from homeprices import __version__
from homeprices.domain.errors import Corrupt, NotFound, Refused
from homeprices.domain.loop import BACKUPS
from homeprices.domain.requests.keys import KEYS, RevokedKey
from homeprices.stores import backup_file
from homeprices.stores.backup_file import BackupWriter
from homeprices.stores.spool.files import held
from homeprices.stores.spool.kept import rewind
from homeprices.workflows.context import BackupPorts
from homeprices.workflows.forget import ERASURES, forget_again

_KEY = re.compile(rf"{KEYS}(K\d+)\.json")
SPOOLS, DATABASES, OBJECTS = "spool/", "databases/", "objects/"
PART = ".part"
# No decision takes as long, and nobody is there at night to try again.
DECIDER_PATIENCE_S = 1_800


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds: databases by name, and how many objects and files of spools."""

    made_at: str
    databases: tuple[str, ...]
    objects: int
    spool_files: int


class ReturningKeys(StrEnum):
    """What becomes of keys that come back to a store which knows of no revocation since."""

    KEEP = "keep"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was restored; `again` records are uploaded again, since the spools outlived the rest.

    `forgotten` rows were of visitors who were erased since the backup was made. `keys` are the ids
    of those that came back, by what the store knows not revoked since.
    """

    backup: BackupReport
    again: int
    forgotten: int
    keys: tuple[str, ...] = ()


def back_up(ports: BackupPorts, path: Path) -> BackupReport:
    """Write everything to `path`, while services run; raises Unavailable, Refused, OSError.

    Whoever decides while databases are dumped waits. That it was made is kept as an object, for
    whoever asks how old the newest one is.
    """
    at = ports.clock().isoformat()
    with backup_file.writing(path, at, __version__) as backup:
        _add_spools(backup, ports.spool_root)
        with ports.decisions.lock(DECIDER_PATIENCE_S):
            _add_databases(backup, ports, path.parent)
            keys = ports.objects.keys("")
        for key in keys:
            with suppress(NotFound):  # it has been deleted meanwhile
                backup.add(OBJECTS + key, ports.objects.read(key))
    report = _report(at, backup.digests)
    ports.objects.create(f"{BACKUPS}{at}.json", msgspec.json.encode(report))
    return report


def restore(
    ports: BackupPorts,
    path: Path,
    *,
    is_replacing: bool = False,
    keys: ReturningKeys | None = None,
) -> RestoreReport:
    """Make databases and objects what the backup `path` says, and upload again what came after.

    Spools that are there stay: they hold what no backup has, and are set back to the
    oldest record that they still have. Objects that the backup lacks are a reason to refuse,
    unless it is replacing them; so are keys that would let in again, unless `keys` says what
    becomes of them. Nothing is changed before the whole file was checked, and
    objects go last; stopped half-way and done again it comes to the same. Raises
    NotFound, Corrupt, Refused while services run or for a backup of a later release, Unavailable.
    """
    manifest = backup_file.checked(path)
    _require_release(manifest.release)
    report = _report(manifest.made_at, manifest.members)
    there = {_name(ports.spool_root, folder) for folder in _spools(ports.spool_root)}
    for name in there:
        _require_free(ports.spool_root / name)
    _require_places(ports.spool_root, manifest.members)
    unknown = _unknown_objects(ports, manifest.members)
    if unknown and not is_replacing:
        raise Refused(
            f"the object store holds {len(unknown)} objects that the backup does not know, the "
            f"first is {unknown[0]}; restore into an empty one, or say --replace to lose them"
        )
    returning = _returning_keys(ports, manifest.members)
    if returning and keys is None:
        raise Refused(
            f"the backup brings back keys that let in ({', '.join(returning)}), and this store "
            "does not know whether they were revoked since: say --keys revoke, and make others, or "
            "--keys keep, and revoke those that were"
        )
    if keys is ReturningKeys.REVOKE:
        # Before the keys themselves: none lets in where this is broken off and done again.
        _revoke(ports, returning, manifest.made_at)
    for name, file in backup_file.members(path):
        _restore_member(ports, name, file, there)
    for part in list(ports.spool_root.rglob(f"*{PART}")):
        part.rename(part.with_name(part.name.removesuffix(PART)))
    for key in unknown:
        ports.objects.delete(key)
    again = sum(rewind(folder) for folder in _spools(ports.spool_root))
    return RestoreReport(report, again, forget_again(ports), returning)


def _add_spools(backup: BackupWriter, root: Path) -> None:
    for folder in _spools(root):
        # The position first: what is uploaded after it was read is in the segments, too.
        files = [folder / "position", *sorted(folder.glob("*.seg")), folder / "set_aside.jsonl"]
        for file in files:
            with suppress(FileNotFoundError):  # uploaded meanwhile: the database has it
                backup.add_file(f"{SPOOLS}{_name(root, folder)}/{file.name}", file)


def _add_databases(backup: BackupWriter, ports: BackupPorts, scratch_beside: Path) -> None:
    with tempfile.TemporaryDirectory(dir=scratch_beside) as scratch:
        for name in ports.dumps.databases():
            dump = Path(scratch) / name
            ports.dumps.dump(name, dump)
            backup.add_file(DATABASES + name, dump)
            dump.unlink()


def _unknown_objects(ports: BackupPorts, members: Iterable[str]) -> list[str]:
    """The objects that the backup lacks; backups, erasures and keys are of any history.

    A key that was taken back since then is to stay so.
    """
    wanted = {name.removeprefix(OBJECTS) for name in members if name.startswith(OBJECTS)}
    of_any = (BACKUPS, ERASURES, KEYS)
    there = (key for key in ports.objects.keys("") if not key.startswith(of_any))
    return [key for key in there if key not in wanted]


def _returning_keys(ports: BackupPorts, members: Iterable[str]) -> tuple[str, ...]:
    """The ids of keys that let in by the backup alone: the store has neither them nor their end."""
    there = set(ports.objects.keys(KEYS))
    brought = {name.removeprefix(OBJECTS) for name in members if name.startswith(OBJECTS)}
    ids = [match[1] for key in brought - there if (match := _KEY.fullmatch(key))]
    ended = {id_ for id_ in ids if f"{KEYS}{id_}.revoked.json" in brought | there}
    return tuple(sorted(set(ids) - ended, key=lambda id_: int(id_[1:])))


def _revoke(ports: BackupPorts, ids: Iterable[str], made_at: str) -> None:
    for id_ in ids:
        reason = f"came back by the backup of {made_at}; whether it was revoked since is not known"
        ending = RevokedKey(id_, ports.clock().isoformat(), "restore", reason)
        ports.objects.create(f"{KEYS}{id_}.revoked.json", msgspec.json.encode(ending))


def _restore_member(ports: BackupPorts, name: str, file: IO[bytes], there: Collection[str]) -> None:
    """Restore one member; spools whose folder is `there` are left alone."""
    if name.startswith(DATABASES):
        ports.dumps.restore(name.removeprefix(DATABASES), file)
    elif name.startswith(OBJECTS):
        _restore_object(ports, name.removeprefix(OBJECTS), file.read())
    elif name.startswith(SPOOLS):
        folder, _, rest = name.removeprefix(SPOOLS).rpartition("/")
        if folder not in there:
            part = ports.spool_root / f"{folder}{PART}"
            part.mkdir(mode=0o700, parents=True, exist_ok=True)
            (part / rest).write_bytes(file.read())


def _restore_object(ports: BackupPorts, key: str, content: bytes) -> None:
    """Write an object, over one of another content too: the backup's history is the true one.

    A key that is there stays: its number may have been given to somebody else since.
    """
    with suppress(NotFound):
        if ports.objects.read(key) == content or key.startswith(KEYS):
            return
        ports.objects.delete(key)
    ports.objects.create(key, content)


def _spools(root: Path) -> list[Path]:
    """The folders of spools under `root`; in containers each service's lie in one of its own."""
    folders = (position.parent for position in root.rglob("position"))
    return sorted(folder for folder in folders if not folder.name.endswith(PART))


def _name(root: Path, spool: Path) -> str:
    """What a spool is called in a backup: `production`, or `production-standby/production`."""
    return spool.relative_to(root).as_posix()


def _require_release(made_by: str) -> None:
    """Raises Refused for a release later than this one, which may not know what it has kept."""
    if _numbers(made_by) > _numbers(__version__):
        raise Refused(
            f"the backup was made by release {made_by}, and this is {__version__}; restore it by "
            f"{made_by} or later"
        )


def _numbers(release: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", release)]


def _require_free(folder: Path) -> None:
    """Raises Refused while a process holds the spool."""
    os.close(held(folder))


def _require_places(root: Path, members: Iterable[str]) -> None:
    """Raises Corrupt for a file of a spool that is to lie anywhere but in a spool's folder."""
    for name in members:
        parts = name.removeprefix(SPOOLS).split("/")
        if name.startswith(SPOOLS) and (len(parts) < 2 or {"", ".", ".."} & set(parts)):
            raise Corrupt(f"the backup names a file outside of {root}: {name}")


def _report(made_at: str, members: Iterable[str]) -> BackupReport:
    names = list(members)
    return BackupReport(
        made_at,
        tuple(name.removeprefix(DATABASES) for name in names if name.startswith(DATABASES)),
        sum(name.startswith(OBJECTS) for name in names),
        sum(name.startswith(SPOOLS) for name in names),
    )
