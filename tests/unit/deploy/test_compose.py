"""The compose files are sound, and what would make them unsound is seen without Docker."""

import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import SecretStr

from homeprices import __version__
from homeprices.local import secret_files
from homeprices.settings import Settings
from support.containers import compose_problems, published_problems
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
    ('["127.0.0.1:5433:5432"]', "[{target: 5432, published: 5433}]", "on all interfaces"),
    ('["127.0.0.1:5433:5432"]', '["[::]:5433:5432"]', "on all interfaces"),
    ("shm_size: 256m", "network_mode: host", "in the network of the machine"),
    ("COMMIT: ${COMMIT:-unknown}", "NPM_TOKEN: x", "secrets: says the secret NPM_TOKEN"),
    ("shm_size: 256m", "build: {args: [A=http://me:pw@host]}", "says a secret in A"),
    ("test: [CMD-SHELL, 'pg_isready", "test: [NONE, 'pg_isready", "postgres: has no health check"),
    ('-d "$$POSTGRES_DB"\']', "|| true']", "postgres: has no health check"),
    (
        "{condition: service_healthy}",
        "{condition: service_started}",
        "migrate: does not wait until",
    ),
    ("{condition: service_healthy}", "{condition: service_healthy, required: false}", "not wait"),
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


@pytest.mark.parametrize("name", ["docker-compose.door.yml", "docker-compose.colour.yml"])
def test_what_deploys_opens_visitors_doors_alone(name: str) -> None:
    text = (REPOSITORY / "deploy" / name).read_text(encoding="utf-8")
    assert published_problems(text) == []
    wrong = text.replace("127.0.0.1:${HOMES_PRODUCTION", "${HOMES_PRODUCTION").replace(
        "ports: !reset []", "ports: [6001]"
    )
    assert published_problems(wrong) != []


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


def test_what_compose_builds_is_labelled_with_this_version() -> None:
    texts = [text for text in FILES.values() if "build:" in text]
    said = [re.findall(r"VERSION: \$\{VERSION:-(.+)\}", text) for text in texts]
    assert said == [[__version__]] * 2


# Of settings the code knows which are secrets; who needs which is said here alone.
SECRETS = {
    str(field.alias)
    for field in Settings.model_fields.values()
    if SecretStr in (field.annotation, *get_args(field.annotation))
}
OBJECTS = {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
KEPT = set(secret_files.NAMES)
WORKFLOWS = SECRETS - {"HOMES_OPERATOR_KEY"}
NEEDS = {
    "secrets": KEPT,
    "postgres": {"POSTGRES_PASSWORD"},
    "postgres-exporter": {"POSTGRES_PASSWORD"},
    "mlflow": OBJECTS | {"POSTGRES_PASSWORD"},
    "router": OBJECTS | {"HOMES_SECRET"},
    **dict.fromkeys(("production", "production-standby", "candidate"), OBJECTS | KEPT),
    **dict.fromkeys(("migrate", "first-model", "first-candidate", "airflow-migrate"), WORKFLOWS),
    **dict.fromkeys(("airflow-api", "airflow-dag-processor", "airflow-triggerer"), WORKFLOWS),
    # Here `homes backup --secrets` is run.
    "airflow-scheduler": SECRETS,
}


def kept_in_volumes() -> dict[str, set[str]]:
    """The secrets that each volume holds, as the service that makes them is told."""
    service = yaml.safe_load(FILES["docker-compose.yaml"])["services"]["secrets"]
    volumes = {path: name for name, path in (mount.split(":") for mount in service["volumes"])}
    command, folder, *shares = service["command"].split()
    assert command == "make-secrets"
    kept: dict[str, set[str]] = defaultdict(set, {volumes[folder]: set(secret_files.NAMES)})
    for option, name, shared in zip(*[iter(shares)] * 3, strict=True):
        assert option == "--share"
        kept[volumes[shared]].add(name)
    return kept


def secrets_of(service: dict[str, Any]) -> set[str]:
    """The secrets that a service gets, by `.env`, by a variable of its own or by a volume."""
    environment = service.get("environment", {})
    given = set(SECRETS) if service.get("env_file") else set()
    given |= {name for name, value in environment.items() if value is None}
    given |= set(re.findall(r"\$\{?(\w+)", str(environment)))
    given -= {name for name, value in environment.items() if value == ""}
    kept = kept_in_volumes()
    mounted = (kept.get(mount.split(":")[0], set()) for mount in service.get("volumes", []))
    return (given & SECRETS).union(*mounted)


def test_a_secret_is_given_to_whom_needs_it_alone() -> None:
    for text in FILES.values():
        for name, service in yaml.safe_load(text)["services"].items():
            assert secrets_of(service) == NEEDS.get(name, set()), name


@pytest.mark.parametrize(
    ("right", "wrong", "secret"),
    [
        ("env_file: []", "env_file: .env", "HOMES_OPERATOR_KEY"),
        ('HOMES_SECRETS_DIR: ""', "HOMES_OPERATOR_KEY:", "HOMES_OPERATOR_KEY"),
        ('HOMES_SECRETS_DIR: ""', "X: ${HOMES_OPERATOR_KEY}", "HOMES_OPERATOR_KEY"),
        ("volumes:", "volumes:\n      - secrets:/elsewhere:ro", "HOMES_OPERATOR_KEY"),
        ("volumes:", "volumes:\n      - database-secret:/x", "POSTGRES_PASSWORD"),
    ],
)
def test_a_secret_that_is_given_to_the_page_is_seen(right: str, wrong: str, secret: str) -> None:
    before, text = FILES["docker-compose.ab.yml"].split("  frontend:\n")
    assert right in text
    services = yaml.safe_load(f"{before}  frontend:\n{text.replace(right, wrong, 1)}")["services"]
    assert secret in secrets_of(services["frontend"])


def test_a_secret_in_a_volume_is_there_to_be_read() -> None:
    for text in FILES.values():
        for name, service in yaml.safe_load(text)["services"].items():
            for mount in service.get("volumes", []):
                is_theirs = mount.split(":")[0] in kept_in_volumes()
                assert not is_theirs or name == "secrets" or mount.endswith(":ro"), name


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


def test_a_colour_finds_every_volume_of_secrets_that_it_needs_in_the_project_below() -> None:
    text = (REPOSITORY / "deploy" / "docker-compose.colour.yml").read_text()
    file = yaml.load(text, OfCompose)  # noqa: S506
    services = yaml.safe_load(FILES["docker-compose.ab.yml"])["services"]
    mounts = [mount for name in file["services"] for mount in services[name].get("volumes", [])]
    for name in {mount.split(":")[0] for mount in mounts} & set(kept_in_volumes()):
        assert file["volumes"][name] == {"name": f"homes_{name}", "external": True}


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
