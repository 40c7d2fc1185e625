"""Page and router speak TLS by a certificate, and cookies leave by nothing else."""

import http.client
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from homeprices.local import probe
from homeprices.local.doctor import free_port
from support.certificates import CertificateFiles, self_signed
from support.routers import PRICE, Router, service, until


@pytest.fixture
def files(tmp_path: Path) -> CertificateFiles:
    return self_signed(tmp_path)


def settings(files: CertificateFiles) -> dict[str, str]:
    """The settings by which page and router speak TLS."""
    return {
        "HOMES_TLS_CERTIFICATE": str(files.certificate),
        "HOMES_TLS_KEY": str(files.key),
    }


def cookies(port: int, path: str, files: CertificateFiles | None) -> list[str]:
    """The cookies that come with an answer."""
    return headers(port, path, files).get_all("Set-Cookie", [])


def headers(port: int, path: str, files: CertificateFiles | None) -> http.client.HTTPMessage:
    """The headers that a client gets which trusts nothing but the certificate of the test."""
    trusted = ssl.create_default_context(cafile=str(files.certificate)) if files else None
    connection = (
        http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=trusted)
        if trusted
        else http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    )
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.headers


@contextmanager
def page(router: Router) -> Iterator[int]:
    """The page before `router`; yields its port."""
    port = free_port()
    environment = {**router.environment, "HOMES_PAGE_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "homeprices", "page"], env=environment)
    try:
        until(lambda: probe.get(f"{router.scheme}://127.0.0.1:{port}/page/live")[0] == 200)
        yield port
    finally:
        process.terminate()
        assert process.wait(15) == 0


def test_with_a_certificate_page_and_router_answer_by_tls_and_their_cookies_are_secure(
    tmp_path: Path, files: CertificateFiles
) -> None:
    router = Router(tmp_path, **settings(files))
    with (
        service(router.production_port, "production", "BO1"),
        router.running(),
        page(router) as page_port,
    ):
        for port in (router.port, page_port):
            set_by_both = cookies(port, "/api/visit", files)
            assert sorted(cookie.partition("=")[0] for cookie in set_by_both) == [
                "visit",
                "visitor",
            ]
            assert all("; secure" in cookie.lower() for cookie in set_by_both)


def test_prometheus_hears_by_plain_http_that_both_answer_also_where_they_speak_tls(
    tmp_path: Path, files: CertificateFiles
) -> None:
    for name, environment in {"tls": settings(files), "plain": {}}.items():
        router = Router(tmp_path / name, **environment)
        with router.running(), page(router) as page_port:
            for port, path in ((router.port, "/router/up"), (page_port, "/page/up")):
                url = f"http://127.0.0.1:{port}"
                answer = httpx.get(url + path)
                assert (answer.status_code, answer.content) == (200, b"")
                assert answer.headers["Content-Type"] == "text/plain; version=0.0.4"
                if name == "tls":
                    refused = httpx.get(f"{url}/{path}x")
                    assert refused.status_code == 400
                    assert "this port speaks TLS" in refused.json()["error"]["message"]


def test_browsers_are_told_to_come_by_tls_alone_where_there_is_tls(
    tmp_path: Path, files: CertificateFiles
) -> None:
    for name, environment in {"tls": settings(files), "plain": {}}.items():
        router = Router(tmp_path / name, **environment)
        with (
            service(router.production_port, "production", "BO1"),
            router.running(),
            page(router) as page_port,
        ):
            for port, path in ((router.port, PRICE), (page_port, PRICE), (page_port, "/")):
                trusted = files if name == "tls" else None
                told = headers(port, path, trusted).get_all("Strict-Transport-Security", [])
                assert told == (["max-age=31536000"] if name == "tls" else [])


STRICT = {
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Permissions-Policy",
}


def test_every_answer_of_page_and_router_says_once_what_a_browser_may_do_with_it(
    tmp_path: Path,
) -> None:
    router = Router(tmp_path)
    with (
        service(router.production_port, "production", "BO1"),
        router.running(),
        page(router) as page_port,
    ):
        paths = [(router.port, path) for path in (PRICE, "/docs", "/router/live")]
        paths += [(page_port, path) for path in (PRICE, "/docs", "/", "/page.js", "/page/live")]
        for port, path in paths:
            said = headers(port, path, None)
            assert {name: len(said.get_all(name, [])) for name in STRICT} == dict.fromkeys(
                STRICT, 1
            ), (port, path)
            policy = said["Content-Security-Policy"]
            assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
            assert (
                "script-src" not in policy
                or "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
            )


def test_behind_a_proxy_that_speaks_tls_cookies_are_secure_without_a_certificate(
    tmp_path: Path,
) -> None:
    router = Router(tmp_path, HOMES_PUBLIC_URL="https://homes.example")
    with service(router.production_port, "production", "BO1"), router.running():
        assert all("secure" in c.lower() for c in cookies(router.port, "/api/visit", None))


def test_without_either_cookies_go_by_plain_http(tmp_path: Path) -> None:
    router = Router(tmp_path)
    with service(router.production_port, "production", "BO1"), router.running():
        plain = cookies(router.port, PRICE, None)
        assert plain
        assert not any("secure" in cookie.lower() for cookie in plain)


def test_half_a_pair_is_refused(tmp_path: Path, files: CertificateFiles) -> None:
    router = Router(tmp_path, HOMES_TLS_CERTIFICATE=str(files.certificate))
    done = subprocess.run(
        [sys.executable, "-m", "homeprices", "route"],
        env=router.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "only one is set" in done.stderr
