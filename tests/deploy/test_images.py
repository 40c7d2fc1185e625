"""What the images hold, weigh, and may do. They are built as `docker compose build` builds them."""

import json
import time
from pathlib import Path

import pytest

from support.layers import files_in_layers, secrets_in_layers
from support.production import FRONT, Production, docker

IMAGES = ("api", "airflow", "mlflow", "router", "frontend")
BASE_IMAGE = "python:3.11-slim-bookworm"
MOST_OVER_BASE_MB = {"api": 350, "router": 170, "frontend": 170}
NOT_TO_SERVE = ("pandas", "sklearn", "mlflow", "airflow")


@pytest.fixture(scope="module", autouse=True)
def built(tmp_path_factory: pytest.TempPathFactory) -> Production:
    production = Production(tmp_path_factory.mktemp("images"))
    production.compose(*FRONT, "build", "--quiet")
    return production


def inspected(image: str) -> dict:
    return json.loads(docker("image", "inspect", image))[0]


def size_mb(image: str) -> float:
    return inspected(image)["Size"] / 1e6


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_says_what_it_is_and_is_nobody(name: str, built: Production) -> None:
    config = inspected(f"homes-{name}:of-a-test")["Config"]
    assert config["User"] == "10001:10001"
    assert len(config["Labels"]["org.opencontainers.image.revision"]) == 40
    assert config["Healthcheck"]["Test"][:2] == ["CMD", "python"]


@pytest.mark.parametrize("name", MOST_OVER_BASE_MB)
def test_an_image_is_small_over_its_base(name: str) -> None:
    over = size_mb(f"homes-{name}:of-a-test") - size_mb(BASE_IMAGE)
    assert over <= MOST_OVER_BASE_MB[name], f"homes-{name}: {over:.0f} MB over {BASE_IMAGE}"


@pytest.mark.parametrize("module", NOT_TO_SERVE)
def test_the_image_that_prices_holds_nothing_that_trains_or_schedules(module: str) -> None:
    said = docker(
        *("run", "--rm", "--entrypoint", "python", "homes-api:of-a-test", "-c", f"import {module}"),
        check=False,
    )
    assert f"No module named '{module}'" in said


@pytest.mark.parametrize("name", IMAGES)
def test_no_layer_holds_a_secret(name: str, tmp_path: Path) -> None:
    history = docker(
        "history", "--no-trunc", "--format", "{{.CreatedBy}}", f"homes-{name}:of-a-test"
    )
    assert not any(word in history for word in ("PASSWORD=", "SECRET=", "OPERATOR_KEY="))
    archive = tmp_path / "image.tar"
    docker("save", "--output", str(archive), f"homes-{name}:of-a-test")
    paths = {path for _, path in files_in_layers(archive)}
    assert "app/src/homeprices/__init__.py" in paths
    assert secrets_in_layers(archive) == []
    archive.unlink()


def test_a_service_that_is_told_to_stop_ends_at_once_and_by_itself(tmp_path: Path) -> None:
    memory = ("--env", "HOMES_OBJECTS_URL=memory://", "--env", "HOMES_SECRET=" + 32 * "s")
    where = ("--env", "POSTGRES_HOST=127.0.0.1", "--tmpfs", "/data:uid=10001", "--read-only")
    container = docker("run", "--detach", *memory, *where, "homes-api:of-a-test").strip()
    try:
        time.sleep(4)
        began = time.monotonic()
        docker("stop", "--time", "30", container)
        assert time.monotonic() - began < 10
        assert json.loads(docker("inspect", container))[0]["State"]["ExitCode"] == 0
    finally:
        docker("rm", "--force", container)
