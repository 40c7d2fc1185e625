"""What would delete a production's data or settings refuses to begin."""

import shutil
import subprocess
from pathlib import Path

import pytest

from support.paths import REPOSITORY
from support.production import until

# A machine on which `docker ps` and `docker volume ls` list what files beside it say.
DOCKER = """#!/bin/sh
cd "$(dirname "$0")"
case "$1 $2" in
"ps --all") cat containers ;;
"volume ls") cat volumes ;;
*deploy*) exit 1 ;;
esac
"""
DEPLOYED = "#!/bin/sh\necho deployed\nexit 1\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with nothing behind the guards, on a machine where no production was."""
    top, machine = tmp_path / "checkout", tmp_path / "bin"
    for path in ("deploy/rehearse.sh", "tests/deploy/run"):
        (top / path).parent.mkdir(parents=True)
        shutil.copy(REPOSITORY / path, top / path)
    (top / ".env.example").write_text("")
    machine.mkdir()
    for script, text in ((machine / "docker", DOCKER), (top / "deploy/deploy.sh", DEPLOYED)):
        script.write_text(text)
        script.chmod(0o755)
    for name in ("containers", "volumes"):
        (machine / name).write_text("")
    return top


def ran(checkout: Path, script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(checkout / script), "images"],
        env={"PATH": f"{checkout.parent / 'bin'}:/usr/bin:/bin", "TMPDIR": str(checkout.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("script", ["deploy/rehearse.sh", "tests/deploy/run"])
@pytest.mark.parametrize(
    ("what", "why"), [("containers", "a production runs"), ("volumes", "a production's data is")]
)
def test_a_production_that_runs_or_was_stopped_is_left_alone(
    checkout: Path, script: str, what: str, why: str
) -> None:
    (checkout.parent / "bin" / what).write_text("homes_postgres\n")
    done = ran(checkout, script)
    assert done.returncode == 1
    assert why in done.stderr
    assert "deployed" not in done.stdout
    (checkout.parent / "bin" / what).write_text("")
    assert "a production" not in ran(checkout, script).stderr


def test_the_settings_of_a_checkout_survive_a_rehearsal(checkout: Path) -> None:
    settings = checkout / ".env"
    settings.write_text("POSTGRES_PASSWORD=x\n")
    done = ran(checkout, "deploy/rehearse.sh")
    assert (done.returncode, done.stdout) == (1, "")
    assert "rehearse in a clone" in done.stderr
    settings.unlink()
    settings.symlink_to(checkout.parent / "of-a-rehearsal-before")
    assert ran(checkout, "deploy/rehearse.sh").stdout == "deployed\n"


def test_a_wait_in_vain_says_how_it_stands_at_its_end() -> None:
    moments = iter(["ill", "well"])
    with pytest.raises(AssertionError, match="not within 0 s: all healthy, ill"):
        until(lambda: False, 0, lambda: f"all healthy, {next(moments)}")
    until(lambda: True, 0, lambda: next(moments))
    assert next(moments) == "well"
