"""Runs the router, or the page, until it is told to stop."""

import logging
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from random import random
from secrets import token_hex
from types import FrameType

from homeprices import assets
from homeprices.domain.errors import Corrupt, Refused, Unavailable
from homeprices.domain.requests.identity import Identity
from homeprices.domain.requests.records import Slot
from homeprices.ports import ServedVersion
from homeprices.routing.addresses import at, port_of, resolver, scheme, trusted_proxies, upstream
from homeprices.routing.follow import ExperimentReader, Follower
from homeprices.routing.nginx import Nginx, find_nginx, split
from homeprices.settings import Settings

log = logging.getLogger(__name__)

WATCH_EVERY_S = 0.2
JITTER = 0.2
LEAVING_S = 5.0
KEYED_TIMES = 10
# What nginx counts to.
MOST_CONNECTIONS = 65_535
SPLIT = "split.conf"
# For a year a browser that came by TLS comes by nothing else (RFC 6797).
ONLY_BY_TLS = "add_header Strict-Transport-Security max-age=31536000 always;"


def run_router(settings: Settings, experiments: ExperimentReader, served: ServedVersion) -> None:
    """Answer at the router's port and follow the experiments; returns on SIGTERM or SIGINT.

    Raises Unavailable when nginx ends by itself.
    """
    nginx = Nginx(find_nginx(), settings.data_dir.resolve() / "router")
    production, candidate = settings.address("production"), settings.address("candidate")
    nginx.prepare(
        assets.folder("router") / "site.conf.template",
        {
            **_door(settings, "HOMES_ROUTER_LISTEN", settings.router_port),
            **_cookies(settings),
            **_limits(settings),
            "HOMES_CORS_ORIGINS": _origins(settings.origins),
            "HOMES_PRODUCTION": upstream(production, nginx),
            "HOMES_PRODUCTION_PORT": str(port_of(production)),
            "HOMES_CANDIDATE": upstream(candidate, nginx),
            "HOMES_CANDIDATE_PORT": str(port_of(candidate)),
            "HOMES_RESOLVER": resolver((production, candidate), nginx),
            "HOMES_ROUTER_KEY": _router_key(settings),
            # Without a secret nobody can say that he is the page.
            "HOMES_PAGE_KEY": _page_key(settings) or token_hex(32),
            "HOMES_SPLIT_FILE": SPLIT,
        },
    )
    installed = _first_split(nginx)

    def follow(process: subprocess.Popen[bytes]) -> Callable[[], None]:
        def install(text: str) -> None:
            _replace_split(nginx, process, text)

        step = Follower(experiments, partial(served, Slot.CANDIDATE), install, installed).step
        return paced(step, settings.poll_s)

    _run(nginx, follow)


def _router_key(settings: Settings) -> str:
    """What the services know the router by; empty, so that it is not sent, without a secret."""
    secret = settings.secret.get_secret_value()
    return Identity(secret.encode()).router_key if secret else ""


def _page_key(settings: Settings) -> str:
    """What the router knows the page by; empty, so that it is not sent, without a secret."""
    secret = settings.secret.get_secret_value()
    return Identity(secret.encode()).page_key if secret else ""


def run_page(settings: Settings) -> None:
    """Serve the page and pass /api/ on to the router; returns on SIGTERM or SIGINT.

    The files are served from a copy in `open/` of the data folder, which every
    account can read, because nginx's workers may run as nobody.
    """
    folder = (settings.data_dir / "open").resolve() / "page"
    frontend = assets.folder("frontend")
    shutil.rmtree(folder / "files", ignore_errors=True)
    shutil.copytree(frontend, folder / "files", ignore=shutil.ignore_patterns("nginx*", ".*"))
    for path in (folder, *(folder / "files").rglob("*"), folder / "files"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    nginx, router = Nginx(find_nginx(), folder), settings.address("router")
    nginx.prepare(
        frontend / "nginx-site.conf.template",
        {
            **_door(settings, "HOMES_PAGE_LISTEN", settings.page_port),
            "HOMES_PAGE_FILES": "files",
            "HOMES_ROUTER": upstream(router, nginx),
            "HOMES_PAGE_KEY": _page_key(settings),
            "HOMES_ROUTER_SCHEME": scheme(router),
            "HOMES_RESOLVER": resolver((router,), nginx),
        },
    )
    nginx.check()
    _run(nginx, lambda _: lambda: None)


def paced(step: Callable[[], None], every_s: float) -> Callable[[], None]:
    """`step`, taken when it is called, but not before `every_s` and a random part have passed."""
    due = 0.0

    def paced_step() -> None:
        nonlocal due
        if time.monotonic() >= due:
            step()
            due = time.monotonic() + every_s * (1 + random() * JITTER)  # noqa: S311 - no secret

    return paced_step


def _first_split(nginx: Nginx) -> str:
    """The split of the last run if nginx still takes it, else everyone to production."""
    path = nginx.folder / SPLIT
    try:
        kept = path.read_text()
        nginx.check()
    except (FileNotFoundError, UnicodeDecodeError, Corrupt):
        kept = split(None)
        nginx.write(SPLIT, kept)
        nginx.check()
    return kept


def _replace_split(nginx: Nginx, process: subprocess.Popen[bytes], text: str) -> None:
    last = (nginx.folder / SPLIT).read_text()
    try:
        nginx.write(SPLIT, text)
        nginx.check()
    except OSError as error:
        raise Unavailable(f"the split could not be written: {error}") from error
    except Corrupt:
        nginx.write(SPLIT, last)
        raise
    nginx.reload(process)


def _run(nginx: Nginx, follow: Callable[[subprocess.Popen[bytes]], Callable[[], None]]) -> None:
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    process = nginx.start()
    step = follow(process)
    try:
        while not stopping.wait(WATCH_EVERY_S) and process.poll() is None:
            step()
    finally:
        _leave(process)
    if not stopping.is_set():
        raise Unavailable(f"nginx ended by itself with code {process.returncode}; see its log")


def _leave(process: subprocess.Popen[bytes]) -> None:
    """Let nginx end the requests under way, then end it."""
    for number, patience_s in ((signal.SIGQUIT, LEAVING_S), (signal.SIGTERM, 2.0)):
        if process.poll() is None:
            process.send_signal(number)
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            continue
        return
    process.kill()
    process.wait()


def _door(settings: Settings, listen: str, port: int) -> dict[str, str]:
    """Where visitors come in, by TLS if we have a certificate, and who speaks for others."""
    certificate, key = settings.tls_certificate, settings.tls_key
    if (certificate is None) != (key is None):
        raise Refused(
            "of HOMES_TLS_CERTIFICATE and HOMES_TLS_KEY only one is set; set both, or neither"
        )
    trusted = trusted_proxies(settings.trusted_proxy)
    door = {
        "HOMES_TRUSTED_PROXIES": trusted,
        "HOMES_HSTS": ONLY_BY_TLS if settings.is_behind_tls else "",
        listen: at(settings.host, port),
    }
    if certificate is None or key is None:
        return {**door, "HOMES_CERTIFICATE": ""}
    files = f"ssl_certificate {certificate.resolve()}; ssl_certificate_key {key.resolve()};"
    return {**door, listen: f"{door[listen]} ssl", "HOMES_CERTIFICATE": files}


def _limits(settings: Settings) -> dict[str, str]:
    """How many requests of each kind one client may make, and how many at once.

    Whose a key is only services can tell: of one address that sends keys so many times as much is
    passed on, whatever keys they are.
    """
    rate, burst = settings.price_rate, settings.price_burst
    return {
        **_limit("PRICE", "prices", rate, burst),
        **_limit("KEYED", "keyed", KEYED_TIMES * rate, KEYED_TIMES * burst),
        **_limit("FEEDBACK", "opinions", settings.feedback_rate, settings.feedback_burst),
        **_limit("ACT", "acts", *settings.act_limit),
        **_limit("BATCH", "batches", *settings.act_limit),
        **_limit("READ", "reads", *settings.read_limit),
        "HOMES_CONNECTIONS_LIMIT": _connections(settings),
    }


def _connections(settings: Settings) -> str:
    """The lines that limit how many requests of one client are answered at once.

    More batches than the service has turns for would wait for nothing.

    >>> _connections(Settings(HOMES_CLIENT_CONNECTIONS=0, HOMES_BATCHES=3))
    'limit_conn batch_clients 3;'
    """
    batches = min(settings.workers * settings.batches, MOST_CONNECTIONS)
    limits = {
        "clients": settings.client_connections,
        "keyed_clients": KEYED_TIMES * settings.client_connections,
        "batch_clients": batches,
    }
    return " ".join(f"limit_conn {zone} {most};" for zone, most in limits.items() if most)


def _limit(kind: str, zone: str, rate: int, burst: int) -> dict[str, str]:
    """The words of one limit; where the rate is 0 its zone is there and nothing goes by it.

    >>> _limit("PRICE", "prices", 300, 20_000)["HOMES_PRICE_LIMIT"]
    'limit_req zone=prices burst=20000 nodelay;'
    """
    line = f"limit_req zone={zone} burst={burst} nodelay;" if rate else ""
    return {f"HOMES_{kind}_RATE": str(rate or 1), f"HOMES_{kind}_LIMIT": line}


def _origins(origins: Sequence[str]) -> str:
    """The lines of a map that takes each of `origins` to itself.

    >>> _origins(["https://homes.example"]), _origins(["*"])
    ('https://homes.example https://homes.example;', 'default *;')
    """
    return " ".join(f"{'default' if origin == '*' else origin} {origin};" for origin in origins)


def _cookies(settings: Settings) -> dict[str, str]:
    """What keeps cookies from leaving by a line that others can read."""
    if not settings.is_behind_tls:
        return {"HOMES_COOKIE_ENDS": "", "HOMES_COOKIE_FLAGS": ""}
    return {
        "HOMES_COOKIE_ENDS": "; Secure",
        "HOMES_COOKIE_FLAGS": "proxy_cookie_flags visit secure;",
    }
