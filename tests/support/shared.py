"""What is dear to make and the same for every test: made once in a run, for all processes."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SharedFolders:
    """Folders under `root`, which all processes of a run share."""

    root: Path

    def made(self, name: str, make: Callable[[Path], object]) -> Path:
        """The folder `name`, which `make` fills where nobody has yet; others wait for it."""
        folder, part = self.root / name, self.root / f"{name}.part"
        with locked(self.root / f"{name}.lock"):
            if not folder.exists():
                shutil.rmtree(part, ignore_errors=True)
                part.mkdir()
                make(part)
                part.rename(folder)
        return folder

    def files(self, name: str, make: Callable[[], dict[str, bytes]]) -> dict[str, bytes]:
        """Bytes by name, as `make` returns them."""
        folder = self.made(name, lambda part: write(part, make()))
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold `path`; it is let go with the process, however that ends."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
