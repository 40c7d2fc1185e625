"""Where things live: one data folder, and inside it a folder that every account can reach."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from homeprices.domain.errors import Refused

SHARED = Path("/var/lib/homeprices")


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths under the data folder `data`, which is absolute."""

    data: Path

    @property
    def settings_file(self) -> Path:
        """What was made or chosen on the first start; mode 600."""
        return self.data / "settings.env"

    @property
    def operator_key(self) -> Path:
        """The operator's key alone, for people and scripts; mode 600."""
        return self.data / "operator.key"

    @property
    def run(self) -> Path:
        """What the supervisor is told, and what it tells."""
        return self.data / "run"

    @property
    def logs(self) -> Path:
        """One log for each service."""
        return self.data / "logs"

    @property
    def open(self) -> Path:
        """The folder that `nobody` can reach: PostgreSQL and the page live in it."""
        return (self.data / "open").resolve()

    def log_of(self, service: str) -> Path:
        """The log of `service`."""
        return self.logs / f"{service}.log"


def lay_out(data: Path, shared: Path = SHARED) -> Layout:
    """The layout of `data` with its folders made; raises Refused when they cannot be.

    As root PostgreSQL and nginx's workers run as `nobody`. Where `nobody` cannot
    come through the parents (a home, a folder of mktemp), `open` is a link to
    a folder under `shared`: the modes of parents are not ours to change.
    """
    layout = Layout(data.resolve())
    try:
        if not layout.data.exists():
            layout.data.mkdir(parents=True)
            layout.data.chmod(0o755)
        for folder in (layout.run, layout.logs):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o700)
        _make_open(layout.data / "open", shared)
    except PermissionError as error:
        raise Refused(
            f"{error.filename} cannot be written by this account; start as the account that "
            "made it, or set HOMES_DATA_DIR to a folder of your own"
        ) from None
    return layout


def _make_open(link: Path, shared: Path) -> None:
    if link.is_symlink():
        target = link.readlink()
    elif link.is_dir() or os.geteuid() != 0 or is_reachable(link.parent):
        target = link
    else:
        target = shared / secrets.token_hex(6)
        link.symlink_to(target)
    if target.is_dir():
        return
    for folder in (*([shared] if target != link and not shared.exists() else []), target):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)


def is_reachable(folder: Path) -> bool:
    """True when every account may pass through `folder` and all its parents."""
    resolved = folder.resolve()
    return all(step.stat().st_mode & 0o001 for step in (resolved, *resolved.parents))
