"""The images hold no secret, run as nobody in particular, and are made as hadolint wants them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.containers import dockerfile_problems, instructions
from support.paths import REPOSITORY

DOCKERFILE = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
TARGETS = {"api", "airflow", "mlflow", "router", "frontend"}
CMD = 'CMD ["serve"]'
PLANTED = [
    ("ARG HOMES_SECRET", "leaves a secret in the image"),
    ("ENV POSTGRES_PASSWORD=homes", "leaves a secret in the image"),
    ("ENV A=b \\\n    AWS_SECRET_ACCESS_KEY=x", "leaves a secret in the image"),
    ("COPY .env /app/.env", "leaves a secret in a layer"),
    ("COPY .homes/operator.key /app/", "leaves a secret in a layer"),
    ("ADD key.pem /app/", "leaves a secret in a layer"),
    ("COPY . /app", "whatever lies about"),
    ("COPY --chown=1:1 . /app", "whatever lies about"),
    ("ADD . /app", "whatever lies about"),
    ("COPY id_ed25519 /app/", "leaves a secret in a layer"),
    ("COPY --from=code /secrets /secrets", "leaves a secret in a layer"),
    ("ENV DATABASE_URL=postgresql://homes:pw@host/homes", "leaves a secret in the image"),
    ("ARG DATABASE_PASSWD", "leaves a secret in the image"),
    ("LABEL a.token=x", "leaves a secret in the image"),
    ("RUN echo PASSWORD=x >/app/settings", "names a secret"),
    ('RUN echo "$API_TOKEN" >/token', "names a secret"),
    ("USER root", "api runs as root"),
    ("USER 0:0", "api runs as root"),
]


def test_ours_is_sound() -> None:
    assert dockerfile_problems(DOCKERFILE) == []


@pytest.mark.parametrize(("line", "problem"), PLANTED)
def test_a_fault_is_seen(line: str, problem: str) -> None:
    assert DOCKERFILE.count(CMD) == 1
    problems = dockerfile_problems(DOCKERFILE.replace(CMD, f"{line}\n{CMD}"))
    assert problem in "\n".join(problems)


def test_hadolint_has_nothing_to_say(tmp_path: Path) -> None:
    program = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([program, "Dockerfile"], cwd=REPOSITORY, capture_output=True, check=False)
    assert done.stdout.decode() == ""
    wrong = tmp_path / "Dockerfile"
    wrong.write_text(DOCKERFILE.replace(":3.11-slim-bookworm", ":latest"))
    assert subprocess.run([program, wrong], capture_output=True, check=False).returncode == 1


def test_postgresqls_programs_are_as_new_as_its_server() -> None:
    (client,) = re.findall(r"postgresql-client-(\d+)", DOCKERFILE)
    compose = (REPOSITORY / "docker-compose.yaml").read_text(encoding="utf-8")
    assert re.findall(r"image: postgres:(\d+)", compose) == [client]


def test_every_target_is_there_with_a_health_check_of_python_and_labels() -> None:
    stages, stage = {}, ""
    for keyword, arguments in instructions(DOCKERFILE):
        if keyword == "FROM":
            base, _, stage = arguments.partition(" AS ")
            stages[stage] = dict(stages.get(base, {}))
        stages[stage][keyword] = arguments
    assert set(stages) >= TARGETS
    for target in TARGETS:
        assert '"python"' in stages[target]["HEALTHCHECK"]
        assert "org.opencontainers.image.revision" in stages[target]["LABEL"]


def test_nothing_in_it_needs_a_newer_builder() -> None:
    assert "# syntax" not in DOCKERFILE
    assert "<<" not in DOCKERFILE
    assert "--link" not in DOCKERFILE


def test_only_what_images_are_made_of_is_sent_to_the_daemon() -> None:
    lines = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    copied = {
        arguments.split()[0].rstrip("/").split("/")[0]
        for keyword, arguments in instructions(DOCKERFILE)
        if keyword == "COPY" and not arguments.startswith("--from")
    }
    assert {rule.lstrip("!").rstrip("/") for rule in rules if rule.startswith("!")} == copied
