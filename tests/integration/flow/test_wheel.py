"""The package as it ships: a wheel of this checkout runs the stack, from a folder of its own."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from support.paths import REPOSITORY
from support.prepared import Prepared
from support.stack import running

WHERE = "import homeprices.assets as a; print(a.__file__, *map(a.folder, ('dags', 'router')))"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a wheel of this checkout was unpacked to."""
    folder = tmp_path_factory.mktemp("wheel")
    uv = [sys.executable, "-m", "uv", "--quiet"]
    subprocess.run([*uv, "build", "--wheel", "--out-dir", folder, REPOSITORY], check=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run(
        [*uv, "pip", "install", "--no-deps", "--target", folder / "site", wheel], check=True
    )
    folder.chmod(0o755)
    return folder / "site"


def test_a_wheel_runs_the_stack_with_files_of_its_own(installed: Path, prepared: Prepared) -> None:
    settings = {"PYTHONPATH": str(installed)}
    with running(objects=prepared.in_production, settings=settings) as stack:
        done = subprocess.run(
            [sys.executable, "-c", WHERE],
            env=stack.environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        assert all(path.startswith(str(installed)) for path in done.stdout.split())
        assert stack.price()["model_version"] == "BO1"
        page = httpx.get(stack.url("page") + "/page.js", timeout=10)
        assert page.content == (REPOSITORY / "frontend" / "page.js").read_bytes()


def test_what_stands_at_the_top_of_a_checkout_is_in_the_wheel(installed: Path) -> None:
    for name in ("dags", "frontend", "router"):
        top = {path.name for path in (REPOSITORY / name).iterdir() if path.is_file()}
        assert {path.name for path in (installed / "homeprices/assets" / name).iterdir()} == top
