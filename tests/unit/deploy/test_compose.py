"""The compose files are sound, and what would make them unsound is seen without Docker."""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.containers import compose_problems
from support.paths import REPOSITORY

FILES = {
    path: (REPOSITORY / path).read_text(encoding="utf-8")
    for path in (
        "docker-compose.yaml",
        "docker-compose.ab.yml",
        "monitoring/docker-compose.monitoring.yml",
    )
}
# What it does not want to be: may write where it must, by the image's own account.
PLANTED = [
    ('["127.0.0.1:5433:5432"]', '["5433:5432"]', "postgres: publishes 5433:5432 on all interfaces"),
    ('["127.0.0.1:5433:5432"]', '["0.0.0.0:5433:5432"]', "postgres: publishes 0.0.0.0:5433"),
    ("POSTGRES_PASSWORD_FILE: /database-secret/POSTGRES_PASSWORD", "POSTGRES_PASSWORD: x", "says"),
    ("test: [CMD-SHELL", "tests: [CMD-SHELL", "postgres: has no health check"),
    ("image: postgres:15", "image: postgres:latest", "postgres: has no tag of its own"),
    ("image: postgres:15", "image: postgres", "postgres: has no tag of its own"),
    ("    read_only: true\n    tmpfs: [/tmp, /var", "    tmpfs: [/tmp, /var", "may write anywhere"),
    ("name: homes\n\nx-", "name: other\n\nx-", "the project is not called homes"),
    ("    name: homes\n\nvolumes", "    name: other\n\nvolumes", "the network is not homes"),
]


def validated(path: Path) -> int:
    """The exit code of compose's own schema."""
    command = [
        *(str(Path(sys.executable).parent / "check-jsonschema"), "--builtin-schema"),
        *("vendor.compose-spec", str(path)),
    ]
    return subprocess.run(command, capture_output=True, check=False).returncode


@pytest.mark.parametrize("path", FILES)
def test_a_file_is_sound(path: str) -> None:
    assert compose_problems(FILES[path]) == []


@pytest.mark.parametrize("path", FILES)
def test_a_file_is_of_composes_form(path: str) -> None:
    assert validated(REPOSITORY / path) == 0


def test_a_word_that_compose_does_not_know_is_seen(tmp_path: Path) -> None:
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(FILES["docker-compose.yaml"].replace("restart:", "restarts:"))
    assert validated(wrong) == 1


@pytest.mark.parametrize(("right", "wrong", "problem"), PLANTED)
def test_a_fault_is_seen(right: str, wrong: str, problem: str) -> None:
    text = FILES["docker-compose.yaml"]
    assert right in text
    problems = compose_problems(text.replace(right, wrong, 1))
    assert problem in "\n".join(problems)


def test_only_visitors_doors_are_opened_by_a_setting() -> None:
    for text in FILES.values():
        for name, service in yaml.safe_load(text)["services"].items():
            opened = [port for port in service.get("ports", []) if "HOMES_BIND" in port]
            assert bool(opened) == (name in {"router", "frontend"})


def test_every_port_of_the_contract_is_published() -> None:
    published = "\n".join(
        port
        for text in FILES.values()
        for service in yaml.safe_load(text)["services"].values()
        for port in service.get("ports", [])
    )
    for port in (7000, 6001, 6002, 6500, 8080, 5000, 9090, 3000):
        assert f":{port}" in published


def test_what_waits_for_another_waits_for_its_health_or_its_end() -> None:
    healthy = {"service_healthy", "service_completed_successfully"}
    for text in FILES.values():
        for name, service in yaml.safe_load(text)["services"].items():
            for other, wait in service.get("depends_on", {}).items():
                assert wait["condition"] in healthy, (name, other)


def test_each_image_of_ours_is_built_once_and_never_fetched() -> None:
    ours = [
        service
        for text in FILES.values()
        for service in yaml.safe_load(text)["services"].values()
        if service["image"].startswith("homes-")
    ]
    built = Counter(service["image"] for service in ours if "build" in service)
    assert built == Counter({service["image"] for service in ours})
    assert {service["pull_policy"] for service in ours} == {"never"}


def test_a_secret_is_given_to_whom_needs_it_alone() -> None:
    for text in FILES.values():
        for name, service in yaml.safe_load(text)["services"].items():
            mounts = " ".join(service.get("volumes", []))
            if " secrets:" in f" {mounts}":
                assert service["image"].startswith("homes-"), name
                assert name == "secrets" or "secrets:/secrets:ro" in mounts
    page = yaml.safe_load(FILES["docker-compose.ab.yml"])["services"]["frontend"]
    assert "secrets" not in " ".join(page["volumes"])


class OfCompose(yaml.SafeLoader):
    """Reads what is put on top of other files: `!override` and `!reset` mean their values."""


def read(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    """The value of a node under a tag of compose."""
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)


OfCompose.add_constructor("!override", lambda loader, node: ["!override", *read(loader, node)])
OfCompose.add_constructor("!reset", read)


def names_of(colour: str) -> dict[str, list[str]]:
    """The names by which others find the services of a colour."""
    text = (REPOSITORY / "deploy" / "docker-compose.colour.yml").read_text()
    services = yaml.load(text.replace("${HOMES_COLOUR}", colour), OfCompose)["services"]  # noqa: S506
    return {name: service["networks"]["homes"]["aliases"] for name, service in services.items()}


def test_two_colours_share_no_name_that_anybody_asks_by() -> None:
    blue, green = names_of("blue"), names_of("green")
    for name, aliases in blue.items():
        # On top of them, the names of docker-compose.ab.yml would be those of both.
        assert aliases[0] == "!override"
        assert not set(aliases[1:]) & set(green[name])


def test_prometheus_asks_by_names_that_there_are() -> None:
    groups = (REPOSITORY / "deploy" / "targets.yml").read_text().replace("COLOUR", "blue")
    targets = {target for group in yaml.safe_load(groups) for target in group["targets"]}
    known = {alias for aliases in names_of("blue").values() for alias in aliases}
    assert {target.split(":")[0] for target in targets} <= known
    services = yaml.safe_load(FILES["docker-compose.ab.yml"])["services"]
    known = set(services) | set(services["production"]["networks"]["homes"]["aliases"])
    plain = yaml.safe_load((REPOSITORY / "monitoring" / "targets" / "services.yml").read_text())
    assert {target.split(":")[0] for group in plain for target in group["targets"]} <= known
