"""Runs the router, or the page, until it is told to stop."""

import logging
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from functools import partial
from random import random
from types import FrameType

from homeprices import assets
from homeprices.domain.errors import Corrupt, Unavailable
from homeprices.domain.requests.identity import Identity
from homeprices.domain.requests.records import Slot
from homeprices.ports import ServedVersion
from homeprices.routing.follow import ExperimentReader, Follower
from homeprices.routing.nginx import Nginx, find_nginx, split
from homeprices.settings import Settings

log = logging.getLogger(__name__)

WATCH_EVERY_S = 0.2
JITTER = 0.2
LEAVING_S = 5.0
SPLIT = "split.conf"


def run_router(settings: Settings, experiments: ExperimentReader, served: ServedVersion) -> None:
    """Answer at the router's port and follow the experiments; returns on SIGTERM or SIGINT.

    Raises Unavailable when nginx ends by itself.
    """
    nginx = Nginx(find_nginx(), settings.data_dir.resolve() / "router")
    templates = assets.folder("router")
    nginx.prepare(
        (templates / "nginx.conf.template").read_text(),
        (templates / "site.conf.template").read_text(),
        {
            "HOMES_ROUTER_LISTEN": _at(settings, settings.router_port),
            "HOMES_PRODUCTION": _at(settings, settings.production_port),
            "HOMES_PRODUCTION_PORT": str(settings.production_port),
            "HOMES_CANDIDATE": _at(settings, settings.candidate_port),
            "HOMES_CANDIDATE_PORT": str(settings.candidate_port),
            "HOMES_TRUSTED_PROXY": settings.trusted_proxy,
            "HOMES_ROUTER_KEY": _router_key(settings),
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
    nginx = Nginx(find_nginx(), folder)
    nginx.prepare(
        (assets.folder("router") / "nginx.conf.template").read_text(),
        (frontend / "nginx-site.conf.template").read_text(),
        {
            "HOMES_PAGE_LISTEN": _at(settings, settings.page_port),
            "HOMES_PAGE_FILES": "files",
            "HOMES_ROUTER": _at(settings, settings.router_port),
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


def _at(settings: Settings, port: int) -> str:
    return f"[{settings.host}]:{port}" if ":" in settings.host else f"{settings.host}:{port}"
