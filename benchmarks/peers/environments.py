"""The environment of a peer: made once from its hashed lock, and again when that changes."""

import hashlib
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import click

PEERS = Path(__file__).parent
SOURCE = PEERS.parents[1] / "src"
CACHE = Path.home() / ".cache" / "homes" / "peers"
TOLD = (
    "fastapi",
    "uvicorn",
    "asyncpg",
    "flask",
    "gunicorn",
    "psycopg",
    "litserve",
    "bentoml",
    "mlflow",
)


def environment(lock: str, cache: Path) -> Path:
    """The Python of the environment of `lock` below `cache`; raises ClickException."""
    content = (PEERS / f"{lock}.lock").read_bytes()
    digest = hashlib.sha256(content + sys.version.encode()).hexdigest()
    folder = cache / f"{lock}-{digest[:12]}"
    python, stamp = folder / "bin" / "python", folder / "whole"
    if stamp.exists():
        return python
    click.echo(f"making the environment of {lock} in {folder}", err=True)
    cache.mkdir(parents=True, exist_ok=True)
    _uv("venv", "--clear", "--no-project", "--python", sys.executable, str(folder))
    checked = ("--require-hashes", "--only-binary", ":all:")
    _uv("pip", "sync", *checked, "--python", str(python), str(PEERS / f"{lock}.lock"))
    stamp.touch()
    return python


def versions(locks: Iterable[str]) -> str:
    """The releases that are compared."""
    found: dict[str, str] = {}
    for lock in locks:
        wanted = (PEERS / f"{lock}.lock").read_text()
        found = dict(re.findall(r"^([a-z]+)==([\w.]+)", wanted, re.MULTILINE)) | found
    return ", ".join(f"{name} {found[name]}" for name in TOLD if name in found)


def _uv(*arguments: str) -> None:
    command = [sys.executable, "-m", "uv", "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise click.ClickException(f"uv {arguments[0]} failed: {done.stderr.strip()[-600:]}")
