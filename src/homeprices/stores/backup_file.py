"""A backup is one file: a tar of named members, the last of which lists the digest of each."""

import gzip
import hashlib
import io
import os
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from homeprices.domain.errors import Corrupt, NotFound

MANIFEST = "manifest.json"
COMPRESSION = 3
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """What a backup holds: the sha256 of each member, by name.

    `made_at` is ISO 8601 UTC, `release` is that of the program which made it.
    """

    made_at: str
    release: str
    members: Mapping[str, str]


class BackupWriter:
    """Adds members to a backup, one after the other."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self.digests: dict[str, str] = {}
        self._archive = archive

    def add(self, name: str, content: bytes) -> None:
        """A member with `content`."""
        self._add(name, io.BytesIO(content), len(content))

    def add_file(self, name: str, path: Path) -> None:
        """A member that is the file as it is now: what is appended meanwhile is left out."""
        with path.open("rb") as file:
            self._add(name, file, os.fstat(file.fileno()).st_size)

    def _add(self, name: str, file: IO[bytes], size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        hashed = _Hashed(file)
        self._archive.addfile(member, hashed)
        self.digests[name] = hashed.digest.hexdigest()


@contextmanager
def writing(path: Path, made_at: str, release: str) -> Iterator[BackupWriter]:
    """Writes the backup `path`: it is there whole when the block has ended, or not at all.

    Readable by its owner alone. Raises OSError.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.", suffix=".part")
    part = Path(name)
    try:
        with (
            os.fdopen(handle, "wb") as file,
            gzip.GzipFile(fileobj=file, mode="wb", compresslevel=COMPRESSION, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w") as archive,
        ):
            writer = BackupWriter(archive)
            yield writer
            manifest = BackupManifest(made_at, release, dict(writer.digests))
            writer.add(MANIFEST, msgspec.json.encode(manifest))
        _sync(part)
        part.rename(path)
        _sync(path.parent)
    finally:
        part.unlink(missing_ok=True)


def checked(path: Path) -> BackupManifest:
    """The manifest of a backup that is whole; raises NotFound, Corrupt naming what is not."""
    digests, manifest = {}, None
    with _reading(path) as archive:
        for name, file in _files(archive):
            hashed = _Hashed(file)
            if name == MANIFEST:
                manifest = msgspec.json.decode(file.read(), type=BackupManifest)
            while hashed.read(CHUNK_BYTES):
                pass
            digests[name] = hashed.digest.hexdigest()
    digests.pop(MANIFEST, None)
    if manifest is None:
        raise Corrupt(f"{path} is no whole backup: its end is missing")
    for name in sorted(manifest.members.keys() | digests.keys()):
        if manifest.members.get(name) != digests.get(name):
            raise Corrupt(f"{path} is damaged: {name} is not what was backed up")
    return manifest


def members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Each member in order, to be read before the next; of a backup that was `checked`."""
    with tarfile.open(path, "r|gz") as archive:
        yield from _files(archive)


@contextmanager
def _reading(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, "r|gz") as archive:
            yield archive
    except FileNotFoundError:
        raise NotFound(f"there is no backup {path}") from None
    except (tarfile.TarError, EOFError, OSError, zlib.error, msgspec.MsgspecError) as error:
        raise Corrupt(f"{path} cannot be read as a backup: {error}") from None


def _files(archive: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    for member in archive:
        file = archive.extractfile(member)
        if file is not None:
            yield member.name, file


class _Hashed:
    """A file whose bytes are hashed as they are read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.digest = hashlib.sha256()
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        content = self._file.read(size)
        self.digest.update(content)
        return content


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
