"""What `homes score` has done so far: a folder beside the target, with a file for each part.

A part has its name only when it is whole and on the disk; it is written under another before. The
name tells how many of its rows were priced and how many not. Whatever ends a scoring, what has a
name is done, and nothing else is: going on later gives neither a double nor a gap.
"""

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import rmtree
from typing import IO

import msgspec

from homeprices.domain.errors import Corrupt, Refused

_DESCRIPTION = "scoring.json"
_NAME = re.compile(r"part-(\d+)\.priced-(\d+)\.failed-(\d+)(?:\.[^.]*)?")


@dataclass(frozen=True, slots=True)
class Scored:
    """How many rows were priced, and how many keep a reason why not."""

    priced: int
    failed: int

    @property
    def rows(self) -> int:
        """All of them."""
        return self.priced + self.failed


@dataclass(frozen=True, slots=True)
class ScoringKey:
    """What must be the same for a scoring to go on.

    The file, the model, the size of a part, and the columns that are added.
    """

    source_sha256: str
    model: str
    rows_per_part: int
    added: tuple[str, ...] = ()


class ScoredParts:
    """The folder of one scoring."""

    def __init__(self, target: Path) -> None:
        self.folder = target.with_name(f"{target.name}.parts")
        # Beside the folder, which is made anew.
        self._lock = target.with_name(f"{target.name}.lock")
        self._parts: dict[int, tuple[Path, Scored]] = {}

    @property
    def exists(self) -> bool:
        """True where a scoring was begun and has not ended."""
        return (self.folder / _DESCRIPTION).is_file()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keeps every other process from this scoring; raises Refused where one has it."""
        with self._lock.open("a") as file:
            if not _is_locked(file, self._lock):
                name = self.folder.with_suffix("").name
                raise Refused(f"{name} is being scored by another process; wait until it has ended")
            try:
                yield
            finally:
                self._lock.unlink()

    def key(self) -> ScoringKey:
        """What was begun; raises Corrupt where that cannot be read."""
        content = (self.folder / _DESCRIPTION).read_bytes()
        try:
            return msgspec.json.decode(content, type=ScoringKey)
        except msgspec.DecodeError as error:
            raise Corrupt(f"{self.folder} cannot be gone on with: {error}") from None

    def begin(self, key: ScoringKey) -> None:
        """Begin anew, whatever was there."""
        self.remove()
        self.folder.mkdir()
        _write_whole(
            self.folder / _DESCRIPTION,
            lambda path: path.write_bytes(msgspec.json.encode(asdict(key))),
        )

    def resume(self, key: ScoringKey) -> None:
        """Go on with what is there; raises Refused where it was of something else."""
        if self.key() != key:
            raise Refused(
                f"{self.folder} is of another file, model or release; begin anew with --force, or "
                "delete it"
            )
        for path in self.folder.iterdir():
            if match := _NAME.fullmatch(path.name):
                number, priced, failed = map(int, match.groups())
                self._parts[number] = path, Scored(priced, failed)

    def has(self, number: int, rows: int) -> bool:
        """Whether a part is done; raises Corrupt if it is of another number of rows."""
        if number not in self._parts:
            return False
        done = self._parts[number][1].rows
        if done != rows:
            raise Corrupt(
                f"part {number} in {self.folder} has {done} rows, not {rows}; use --force"
            )
        return True

    def unfinished(self, number: int, suffix: str) -> Path:
        """Where a part is written to until it is whole.

        A process of a scoring that was killed may write its last part still: not to this file.
        """
        return self.folder / f"writing-{number}-{os.getpid()}{suffix}"

    def finish(self, number: int, path: Path, scored: Scored) -> None:
        """Take up a part that is written."""
        name = f"part-{number:06}.priced-{scored.priced}.failed-{scored.failed}{path.suffix}"
        self._parts[number] = _kept(path, self.folder / name), scored

    def paths(self) -> list[Path]:
        """The files of all parts in their order; raises Corrupt if one is missing."""
        if sorted(self._parts) != list(range(len(self._parts))):
            raise Corrupt(f"a part is missing in {self.folder}; begin anew with --force")
        return [self._parts[number][0] for number in sorted(self._parts)]

    def total(self) -> Scored:
        """All rows that are done."""
        done = [scored for _, scored in self._parts.values()]
        return Scored(sum(part.priced for part in done), sum(part.failed for part in done))

    def publish(self, write: Callable[[Path], object], target: Path) -> None:
        """Put the whole file in its place, then leave nothing else."""
        path = self.folder / f"joined{target.suffix}"
        write(path)
        _kept(path, target)
        self.remove()

    def remove(self) -> None:
        """Forget what was done."""
        self._parts.clear()
        if self.folder.exists():
            rmtree(self.folder)


def _is_locked(file: IO[str], path: Path) -> bool:
    """Whether `file` is ours alone, and still what stands at `path`: its holder deletes it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


def _write_whole(path: Path, write: Callable[[Path], object]) -> None:
    unfinished = path.with_name(f"writing-{path.name}")
    write(unfinished)
    _kept(unfinished, path)


def _kept(unfinished: Path, path: Path) -> Path:
    """`path`, which is what was written as `unfinished`, on the disk before it has the name."""
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return path
