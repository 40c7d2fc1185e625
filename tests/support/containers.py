"""What is wrong with a compose file or a Dockerfile, as sentences; [] where nothing is."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

PROJECT = "homes"
LOOPBACK = "127.0.0.1:"
# Visitors' doors, and only theirs, may be opened to others by a setting.
OPENED_BY_SETTING = "${HOMES_BIND:-127.0.0.1}:"
VISITED = {"router", "frontend"}
SECRET_NAME = re.compile(r"(PASSWORD|SECRET|TOKEN|_KEY)(?!.*(_FILE|_DIR)$)", re.IGNORECASE)
USE_OF_A_SECRET = re.compile(r"\$\{?\w*(PASSWORD|SECRET|TOKEN|_KEY)")
SECRET_FILES = re.compile(
    r"(^|[\s/\"])(\.env\b(?!\.example)|\.homes|operator\.key|settings\.env|.*\.pem)"
)


def compose_problems(text: str) -> list[str]:
    """What a compose file does that none of ours may."""
    file = yaml.safe_load(text)
    problems = [*_of_the_file(file)]
    for name, service in file["services"].items():
        problems += [f"{name}: {problem}" for problem in _of_a_service(name, service)]
    return problems


def _of_the_file(file: Mapping[str, Any]) -> Iterator[str]:
    if file.get("name") != PROJECT:
        yield f"the project is not called {PROJECT}, so that its files do not know each other"
    if file.get("networks") != {PROJECT: {"name": PROJECT}}:
        yield f"the network is not {PROJECT} under its fixed name"


def _of_a_service(name: str, service: Mapping[str, Any]) -> Iterator[str]:
    yield from _of_its_ports(name, service)
    is_once = service.get("restart") == "no"
    if not is_once and "test" not in service.get("healthcheck", {}):
        yield "has no health check"
    for variable, value in service.get("environment", {}).items():
        if SECRET_NAME.search(variable) and value not in ("", None):
            yield f"says the secret {variable}"
    tag = service["image"].rpartition(":")[2]
    if "/" in tag or tag in (service["image"], "latest"):
        yield f"has no tag of its own: {service['image']}"
    if PROJECT not in service.get("networks", []):
        yield "is not in the network"
    yield from _of_its_rights(service)


def _of_its_ports(name: str, service: Mapping[str, Any]) -> Iterator[str]:
    for port in service.get("ports", []):
        opened = name in VISITED and str(port).startswith(OPENED_BY_SETTING)
        if not (str(port).startswith(LOOPBACK) or opened):
            yield f"publishes {port} on all interfaces"


def _of_its_rights(service: Mapping[str, Any]) -> Iterator[str]:
    if service.get("read_only") is not True:
        yield "may write anywhere"
    if "no-new-privileges:true" not in service.get("security_opt", []):
        yield "may gain privileges"
    if service.get("privileged"):
        yield "is privileged"


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    """Keyword and arguments of each instruction, its lines joined."""
    joined = re.sub(r"\\\n(\s*#.*\n)*", " ", dockerfile)
    lines = [line.strip() for line in joined.splitlines()]
    pairs = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    return [(words[0].upper(), " ".join(words[1].split())) for words in pairs]


def dockerfile_problems(text: str) -> list[str]:
    """What a Dockerfile does that ours may not: chiefly, to leave a secret in a layer."""
    problems = []
    for keyword, arguments in instructions(text):
        if keyword in ("ARG", "ENV") and SECRET_NAME.search(arguments):
            problems.append(f"{keyword} {arguments} leaves a secret in the image")
        if keyword in ("COPY", "ADD") and SECRET_FILES.search(arguments):
            problems.append(f"{keyword} {arguments} leaves a secret in a layer")
        if keyword == "COPY" and arguments.split()[0] in (".", "./"):
            problems.append("COPY . takes whatever lies about")
        if keyword == "RUN" and USE_OF_A_SECRET.search(arguments):
            problems.append(f"RUN {arguments[:60]} names a secret")
    return [*problems, *_accounts(text)]


def _accounts(text: str) -> Iterator[str]:
    """Each target that is not only a step of the build runs as somebody else than root."""
    users: dict[str, str] = {}
    stage, has_command = "", set()
    for keyword, arguments in instructions(text):
        if keyword == "FROM":
            base, _, stage = arguments.partition(" AS ")
            users[stage] = users.get(base, "root")
        elif keyword == "USER":
            users[stage] = arguments
        elif keyword == "CMD":
            has_command.add(stage)
    for stage in sorted(has_command):
        if users[stage].split(":")[0] in ("root", "0"):
            yield f"{stage} runs as root"
