"""Asks a service whether it is well.

`python -m homeprices.local.probe URL...` ends with 0 where one of the URLs answers 200: the
health check of containers, in which there is no curl. `URL#MEMBER` wants that part of the answer
to say that it is healthy.
"""

import http.client
import json
import ssl
import subprocess
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

from homeprices.local.plan import Service

PATIENCE_S = 3.0


def is_well(service: Service, host: str) -> bool:
    """True when `service` answers as its plan says; a service that has no probe is well."""
    port = service.told_at or service.port
    if service.path is not None and port is not None:
        status, health = get(service.url(host, port, service.path))
        return status == 200 and (not service.member or _is_healthy(health, service.member))
    if service.check is None:
        return True
    try:
        done = subprocess.run(
            service.check, capture_output=True, check=False, timeout=PATIENCE_S, cwd="/"
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _is_healthy(health: object, member: str) -> bool:
    part = health.get(member) if isinstance(health, dict) else None
    return isinstance(part, dict) and part.get("status") == "healthy"


def get(url: str, headers: Mapping[str, str] | None = None) -> tuple[int, object]:
    """Status and JSON body of a GET; status 0 where nobody answers, body None if it is no JSON.

    Whose certificate it is is not looked at: it names the host that visitors know, which is
    not the one that is asked here.
    """
    parts = urlsplit(url)
    connection = _connection(parts.scheme, parts.netloc)
    try:
        path = parts._replace(scheme="", netloc="").geturl() or "/"
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        return 0, None
    finally:
        connection.close()
    try:
        return answer.status, json.loads(body)
    except ValueError:
        return answer.status, None


def _connection(scheme: str, authority: str) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(authority, timeout=PATIENCE_S)
    unverified = ssl.create_default_context()
    unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(authority, timeout=PATIENCE_S, context=unverified)


def answers(url: str) -> bool:
    """True when `url` answers 200, and what is named after # in it is healthy."""
    address, _, member = url.partition("#")
    status, health = get(address)
    return status == 200 and (not member or _is_healthy(health, member))


if __name__ == "__main__":
    sys.exit(not any(answers(url) for url in sys.argv[1:]))
