"""Secrets that are made once and kept as files, for services that share no environment."""

import secrets
from collections.abc import Mapping
from pathlib import Path

NAMES = ("HOMES_SECRET", "HOMES_OPERATOR_KEY", "POSTGRES_PASSWORD")
OURS, EVERYONE = 0o400, 0o444


def keep(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    """The secrets in `folder`, one file each: those `given`, else those kept, else new ones."""
    kept = {name: _keep(folder / name, given.get(name, ""), OURS) for name in NAMES}
    folder.chmod(0o700)
    return kept


def portable(folder: Path) -> str:
    """The secrets in `folder` that go with a backup, as lines of `.env`.

    The database's password is not among them: each database is made with its own.
    """
    names = [name for name in NAMES if name != "POSTGRES_PASSWORD" and (folder / name).exists()]
    return "".join(f"{name}={(folder / name).read_text()}\n" for name in names)


def share(folder: Path, name: str, value: str) -> None:
    """Keep one secret in a folder that is given to nobody but who needs that one."""
    _keep(folder / name, value, EVERYONE)


def new_operator_key() -> str:
    """A key of 256 random bits, known for one of ours by how it begins, as those of clients."""
    return f"homes_operator_{secrets.token_hex(32)}"


def _keep(path: Path, given: str, mode: int) -> str:
    if path.exists() and given in ("", path.read_text()):
        return path.read_text()
    made = new_operator_key if path.name == "HOMES_OPERATOR_KEY" else lambda: secrets.token_hex(24)
    value = given or made()
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    part.write_text(value)
    part.chmod(mode)
    part.replace(path)
    return value
