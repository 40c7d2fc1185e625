"""Attackers on a running stack: keys by command, addresses and paths at nginx, what others see."""

import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from dotenv import dotenv_values

from support.prepared import Prepared
from support.stack import HOME, PREDICT, Stack, eventually, running, tell

FORGED = "203.0.113.77"
PATHS = (
    "/api/models/../../../../etc/passwd",
    "/api/models/..%2f..%2f..%2fetc%2fpasswd",
    "/api/models/%2e%2e/%2e%2e/etc/passwd",
    "/static-offline-docs/../../../../etc/passwd",
    "/static-offline-docs/..%2f..%2f..%2fetc%2fpasswd",
    "/docs/..%2f..%2fetc%2fpasswd",
    "/../../../../etc/passwd",
    "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/..%5c..%5cetc/passwd",
    "/.git/config",
    "/nginx-site.conf.template",
)


@pytest.fixture(scope="module")
def stack(prepared: Prepared) -> Iterator[Stack]:
    """A closed service: its own first priced home came by the operator's key."""
    # As it comes, no proxy is trusted.
    settings = {"HOMES_REQUIRE_API_KEY": "1", "HOMES_TRUSTED_PROXY": ""}
    with running(objects=prepared.in_production, settings=settings) as stack:
        yield stack


@pytest.fixture(scope="module")
def secrets(stack: Stack) -> dict[str, str]:
    kept = dotenv_values(stack.data_dir / "settings.env")
    names = ("HOMES_SECRET", "HOMES_OPERATOR_KEY", "POSTGRES_PASSWORD")
    return {name: str(kept[name]) for name in names}


def made(stack: Stack, *words: str) -> str:
    """The secret that `homes keys` prints."""
    (secret,) = re.findall(r"^homes_K\d+_[0-9a-f]{64}$", stack.homes("keys", *words), re.M)
    return secret


def status(stack: Stack, secret: str, service: str = "page") -> int:
    return asked(stack, secret, service).status_code


def asked(stack: Stack, secret: str, service: str = "page", **headers: str) -> httpx.Response:
    url, own = stack.url(service) + PREDICT, {"Authorization": f"Bearer {secret}"}
    return httpx.post(url, json=HOME, headers=own | headers, timeout=10)


def test_a_key_lives_and_dies_by_command_with_no_restart_and_at_every_door(stack: Stack) -> None:
    started = stack.pid("production")
    doors = ("page", "router", "production")
    assert {httpx.get(stack.url(door) + "/api/models").status_code for door in doors} == {401}
    secret = made(stack, "make", "agency")
    eventually(lambda: status(stack, secret) == 200, within_s=10)
    new = made(stack, "rotate", "K1", "--grace", "1")
    eventually(lambda: status(stack, new) == 200, within_s=10)
    assert status(stack, secret) == 200
    stack.homes("keys", "revoke", "K1")
    eventually(lambda: status(stack, secret) == 403, within_s=10)
    assert status(stack, new) == 200
    shown = stack.homes("keys", "list")
    assert "agency" in shown
    assert "revoked 20" in shown
    assert secret[-64:] not in shown
    assert stack.pid("production") == started


def test_the_operator_alone_reads_rows_which_name_the_client(
    stack: Stack, secrets: dict[str, str]
) -> None:
    secret = made(stack, "make", "portal")
    eventually(lambda: status(stack, secret) == 200, within_s=10)
    stack.drained()
    url = stack.url("page") + "/api/logs?limit=1"
    assert httpx.get(url).status_code == 401
    assert httpx.get(url, headers={"X-API-Key": secret}).status_code == 403
    (row,) = httpx.get(url, headers={"X-API-Key": secrets["HOMES_OPERATOR_KEY"]}).json()["logs"]
    assert row["caller"]["client_name"] == "portal"


def test_forged_address_through_the_router(stack: Stack, secrets: dict[str, str]) -> None:
    key = secrets["HOMES_OPERATOR_KEY"]
    forged = {"X-Real-IP": FORGED, "X-Forwarded-For": FORGED, "Forwarded": f"for={FORGED}"}
    asked(stack, key, "router").raise_for_status()
    for door in ("page", "router", "production"):
        guesses = {"X-Router": "0" * 64, "X-Page": "0" * 64}
        asked(stack, key, door, **forged, **guesses).raise_for_status()
    stack.drained()
    count = "SELECT count(DISTINCT address_hash) FROM predictions"
    assert stack.sql(count) == [(1,)]
    # The page says for whom it asks, and is believed.
    elsewhere = httpx.HTTPTransport(local_address="127.0.0.2")
    with httpx.Client(transport=elsewhere, headers={"X-API-Key": key}) as visitor:
        visitor.post(f"{stack.url('page')}{PREDICT}", json=HOME).raise_for_status()
    stack.drained()
    assert stack.sql(count) == [(2,)]


def test_someone_elses_prediction_id_is_kept_under_who_says_it(
    stack: Stack, secrets: dict[str, str]
) -> None:
    headers = {"X-API-Key": secrets["HOMES_OPERATOR_KEY"]}
    url = stack.url("page")
    visitors = [httpx.Client(base_url=url, headers=headers, timeout=10) for _ in range(2)]
    issued, _ = [visitor.post(PREDICT, json=HOME).json()["prediction_id"] for visitor in visitors]
    tell(visitors[1], issued, "rating", 1)
    stack.drained()
    ((is_own,),) = stack.sql(
        "SELECT f.visitor = p.visitor FROM feedback f JOIN predictions p ON p.id = f.prediction_id"
    )
    assert is_own is False
    for visitor in visitors:
        visitor.close()


@pytest.mark.parametrize("path", PATHS)
def test_path_escape(stack: Stack, secrets: dict[str, str], path: str) -> None:
    for service in ("page", "router", "production"):
        connection = http.client.HTTPConnection("127.0.0.1", stack.ports[service], timeout=10)
        connection.request("GET", path, headers={"X-API-Key": secrets["HOMES_OPERATOR_KEY"]})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        assert answer.status in {400, 404}, service
        assert b"root:" not in body
        assert b"[core]" not in body
        if service != "page":
            assert json.loads(body)["error"]["code"] in {"unreadable", "not_found"}


def test_no_process_has_a_secret_among_its_arguments(stack: Stack, secrets: dict[str, str]) -> None:
    commands = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    assert any(str(stack.data_dir) in " ".join(command) for command in commands)
    for name, secret in secrets.items():
        assert not any(secret in " ".join(command) for command in commands), name


def test_no_command_and_no_log_shows_a_secret(stack: Stack, secrets: dict[str, str]) -> None:
    secret = made(stack, "make", "shown once")
    eventually(lambda: status(stack, secret) == 200, within_s=10)
    httpx.get(stack.url("page") + PREDICT, params={"api_key": secret})
    httpx.get(f"{stack.url('page')}/api/estimates/{secret}")
    said = {
        command: stack.homes(*command.split())
        for command in ("status", "doctor", "keys list", "keys list --json", "models", "notices")
    }
    logs = {str(path): path.read_text() for path in (stack.data_dir / "logs").rglob("*.log")}
    assert len(logs) > 4
    for place, text in {**said, **logs}.items():
        for name, hidden in {**secrets, "a client's": secret[-64:]}.items():
            assert hidden not in text, (place, name)


def test_what_holds_a_secret_is_its_owners_alone(stack: Stack, secrets: dict[str, str]) -> None:
    holding = [
        path
        for path in stack.data_dir.rglob("*")
        if path.is_file() and "postgres" not in path.parts and _holds(path, secrets)
    ]
    assert {"settings.env", "operator.key"} <= {path.name for path in holding}
    assert {path.stat().st_mode & 0o077 for path in holding} == {0}


def _holds(path: Path, secrets: dict[str, str]) -> bool:
    content = path.read_bytes()
    return any(secret.encode() in content for secret in secrets.values())
