"""What a model was made with."""

import platform
import subprocess
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

_LIBRARIES = ("lightgbm", "numpy", "rapidfuzz", "scipy")
_PACKAGE = Path(__file__).resolve().parent.parent


def code_version() -> str:
    """The commit of the checkout; outside of one, `source-` and a hash of the source files."""
    return _commit() or f"source-{source_hash()}"


def source_hash() -> str:
    """What tells apart two states of the code and of the markets, committed or not."""
    digest = sha256()
    for path in sorted(p for p in _PACKAGE.rglob("*") if p.suffix in {".py", ".toml"}):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def library_versions() -> dict[str, str]:
    """The versions of the libraries that a model depends on."""
    return {name: version(name) for name in _LIBRARIES}


def environment() -> dict[str, str]:
    """Python, the machine, and the libraries, each with its version."""
    return {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        **library_versions(),
    }


def _commit() -> str:
    """The commit that this source was checked out from; "" without git or a checkout."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],
            cwd=_PACKAGE,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
