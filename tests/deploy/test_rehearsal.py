"""The committed way of a release to a server, on real containers: `deploy/rehearse.sh`.

By images in a registry of the test, fetched by their digests: deployed, deployed beside it, a
broken one, and back; while visitors come.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support.paths import REPOSITORY
from support.production import FRONT, HOME, PREDICT, ROUTER, Production, Visitors, docker, until

IMAGES = ("api", "airflow", "mlflow", "router", "frontend")
PROJECTS = ("homes-blue", "homes-green", "homes-door", "homes")
REGISTRY = "homes-registry-of-a-test"


@pytest.fixture
def production(tmp_path: Path) -> Iterator[Production]:
    production = Production(tmp_path)
    production.compose(*FRONT, "build", "--quiet")
    try:
        yield production
    finally:
        for project in PROJECTS:
            docker("compose", "-p", project, "down", "--volumes", "--remove-orphans")
        for colour in ("blue", "green"):
            docker("image", "rm", *(f"homes-{name}:{colour}" for name in IMAGES), check=False)
        everything = docker("container", "ls", "--all", "--format", "{{.Names}}")
        assert "homes-" not in everything.replace(REGISTRY, ""), "a container is left"
        assert "homes" not in docker("volume", "ls", "--quiet"), "a volume is left"


@pytest.fixture
def registry(production: Production) -> Iterator[str]:
    """The address of an empty registry; images of a loopback address need no TLS."""
    server = REPOSITORY / "tests" / "support" / "image_registry.py"
    # Compose labels what it builds, and containers take the labels of their image.
    of_no_project = ("--label", "com.docker.compose.project=")
    docker(
        *(
            "run",
            "--detach",
            "--rm",
            # That of the image is the router's.
            "--no-healthcheck",
            *of_no_project,
            "--name",
            REGISTRY,
            "--publish",
            "127.0.0.1::5000",
        ),
        *("--volume", f"{server}:/server.py:ro", "--entrypoint", "python"),
        *("homes-router:of-a-test", "/server.py", "/tmp/images", "5000", "0.0.0.0"),  # noqa: S104
    )
    try:
        address = docker("port", REGISTRY, "5000").split()[-1]
        until(lambda: answers(f"http://{address}/v2/"), 30, "the registry answers")
        yield address
    finally:
        docker("stop", "--time", "1", REGISTRY, check=False)


def answers(url: str) -> bool:
    """True when it answers well."""
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False


def pushed(registry: str) -> str:
    """A line for each image as `deploy/build.sh` writes it: its name, and what to pull."""
    lines = []
    for name in IMAGES:
        tag = f"{registry}/homes-{name}"
        docker("tag", f"homes-{name}:of-a-test", tag)
        docker("push", "--quiet", tag)
        digests = json.loads(docker("image", "inspect", "--format", "{{json .RepoDigests}}", tag))
        lines += [f"{name} {digest}\n" for digest in digests if digest.startswith(tag)]
        docker("image", "rm", tag)
    return "".join(lines)


def test_a_broken_release_is_met_by_nobody(
    production: Production, registry: str, tmp_path: Path
) -> None:
    images = tmp_path / "images"
    images.write_text(pushed(registry))
    production.settings_file.unlink()  # a rehearsal brings its own
    with (tmp_path / "said").open("w+") as said:
        rehearsal = subprocess.Popen(
            ["deploy/rehearse.sh", str(images)],
            cwd=production.folder,
            env={**os.environ, "TMPDIR": str(tmp_path)},
            stdout=said,
            stderr=subprocess.STDOUT,
        )

        def is_priced() -> bool:
            assert rehearsal.poll() is None, (tmp_path / "said").read_text()[-4000:]
            try:
                return httpx.post(ROUTER + PREDICT, json=HOME, timeout=5).is_success
            except httpx.HTTPError:
                return False

        until(is_priced, 900, "the first deployment answers")
        with Visitors().asking(1) as visitors:
            code = rehearsal.wait(timeout=1500)
    assert code == 0, (tmp_path / "said").read_text()[-4000:]
    assert visitors.turned_away == []
    assert visitors.answers[200] > 1000
    assert not backed_up(production, tmp_path).endswith(" 0 files of spools\n")


def backed_up(production: Production, tmp_path: Path) -> str:
    """What a backup beside the colour that is live says that it holds."""
    (home,) = (path.parent for path in tmp_path.glob("tmp.*/door"))
    said = subprocess.run(
        ["deploy/deploy.sh", "homes", "backup", "/backups/monday.backup"],
        cwd=production.folder,
        env={**os.environ, "HOMES_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    assert (home / "backups" / "monday.backup").exists()
    return said
