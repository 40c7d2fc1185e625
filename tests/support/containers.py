"""What is wrong with a compose file or a Dockerfile, as sentences; [] where nothing is."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

PROJECT = "homes"
WELL = {"service_healthy", "service_completed_successfully"}
LOOPBACK = "127.0.0.1:"
# Visitors' doors, and only theirs, may be opened to others by a setting.
OPENED_BY_SETTING = "${HOMES_BIND:-127.0.0.1}:"
VISITED = {"router", "frontend", "door"}
_SECRET = r"(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|_KEY)"
SECRET_NAME = re.compile(rf"{_SECRET}(?!.*(_FILE|_DIR)$)", re.IGNORECASE)
USE_OF_A_SECRET = re.compile(rf"\$\{{?\w*{_SECRET}|\b\w*{_SECRET}\w*=\S")
SECRET_IN_A_URL = re.compile(r"://[^/\s:@]*:[^/\s@]+@")
SECRET_FILES = re.compile(
    r"(^|[\s/\"])(\.env\b(?!\.example)|\.homes|operator\.key|settings\.env|secrets\b|\.netrc|"
    r"\.ssh|\.aws|\.docker|id_(rsa|ecdsa|ed25519)|[^\s\"]*\.(pem|key|secrets|backup))"
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
    if not is_once and not _can_fail(service.get("healthcheck", {}).get("test", "NONE")):
        yield "has no health check"
    yield from _of_what_it_waits_for(service.get("depends_on", {}))
    for variable, value in [*_said(service, "environment"), *_said(service.get("build"), "args")]:
        if SECRET_NAME.search(variable) and value not in ("", None):
            yield f"says the secret {variable}"
        elif SECRET_IN_A_URL.search(str(value)):
            yield f"says a secret in {variable}"
    tag = service["image"].rpartition(":")[2]
    if "/" in tag or tag in (service["image"], "latest"):
        yield f"has no tag of its own: {service['image']}"
    if PROJECT not in service.get("networks", []):
        yield "is not in the network"
    yield from _of_its_rights(service)


def _can_fail(test: str | list[str]) -> bool:
    """False for a health check that is none, or is green whatever happens."""
    words = test.split() if isinstance(test, str) else test
    command = " ".join(words).removeprefix("CMD-SHELL ").removeprefix("CMD ")
    return not re.search(r"^(NONE\b|true$|:$|exit 0)|\|\| *(true|:|exit 0) *$", command)


def _of_what_it_waits_for(waits: Mapping[str, Any] | list[str]) -> Iterator[str]:
    for other in waits:
        wait = waits[other] if isinstance(waits, Mapping) else {}
        if wait.get("condition") not in WELL or wait.get("required") is False:
            yield f"does not wait until {other} is healthy or done"


def _said(part: Any, key: str) -> list[tuple[str, Any]]:
    """Names and values of a mapping, or of a list of NAME=VALUE."""
    said = part.get(key, {}) if isinstance(part, Mapping) else {}
    if isinstance(said, Mapping):
        return list(said.items())
    return [(name, value) for name, _, value in (line.partition("=") for line in said)]


def _of_its_ports(name: str, service: Mapping[str, Any]) -> Iterator[str]:
    if service.get("network_mode") == "host":
        yield "publishes every port it opens: it is in the network of the machine"
    for port in service.get("ports", []):
        opened = name in VISITED and str(port).startswith(OPENED_BY_SETTING)
        if not (str(port).startswith(LOOPBACK) or opened):
            yield (
                f"publishes {port} on all interfaces, or in another form than "
                f"{LOOPBACK}PORT:PORT, which says that it is not"
            )


def published_problems(text: str) -> list[str]:
    """The ports that services of a compose file publish on all interfaces."""
    services = yaml.safe_load(re.sub(r"!(reset|override) ", "", text))["services"]
    return [
        f"{name}: {problem}"
        for name, service in services.items()
        for problem in _of_its_ports(name, service)
    ]


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
        if keyword in ("ARG", "ENV", "LABEL") and SECRET_NAME.search(arguments):
            problems.append(f"{keyword} {arguments} leaves a secret in the image")
        if SECRET_IN_A_URL.search(arguments):
            problems.append(f"{keyword} {arguments[:60]} leaves a secret in the image")
        if keyword in ("COPY", "ADD"):
            problems += _of_a_copy(keyword, arguments)
        if keyword == "RUN" and USE_OF_A_SECRET.search(arguments):
            problems.append(f"RUN {arguments[:60]} names a secret")
    return [*problems, *_accounts(text)]


def _of_a_copy(keyword: str, arguments: str) -> Iterator[str]:
    if SECRET_FILES.search(arguments):
        yield f"{keyword} {arguments} leaves a secret in a layer"
    first = next(word for word in arguments.split() if not word.startswith("--"))
    if "--from=" not in arguments and first.strip('[",') in (".", "./", "*", "./*"):
        yield f"{keyword} {first} takes whatever lies about"


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
