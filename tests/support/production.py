"""A production in containers, of a clone of this commit; the project `homes` of this machine."""

import json
import os
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from support.paths import REPOSITORY

BASE = ("-f", "docker-compose.yaml")
FRONT = (*BASE, "-f", "docker-compose.ab.yml")
MONITORING = ("-f", "monitoring/docker-compose.monitoring.yml")
PROJECT = "label=com.docker.compose.project=homes"
PREDICT = "/api/predict_home_price"
HOME = {"total_sqft": 1200, "location": "Whitefield", "bhk": 2, "bath": 2}
ROUTER = "http://127.0.0.1:7000"
AT = "http://127.0.0.1:{}/api/health"
# Nothing begins by the clock while a test asks for it by hand.
SETTINGS = {
    "HOMES_IMAGE_TAG": "of-a-test",
    "HOMES_POLL_S": "1",
    "HOMES_POLICY_FILE": "/files/policy.toml",
    "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
}


def docker(*arguments: str, check: bool = True) -> str:
    """What `docker` says; its errors too."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0 or not check, f"docker {' '.join(arguments)}:\n{done.stderr}"
    return done.stdout + done.stderr


class Production:
    """The clone, its `.env`, and the commands that people type in it."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder / "checkout"
        clone = ["git", "clone", "--quiet", "--no-hardlinks", str(REPOSITORY), str(self.folder)]
        subprocess.run(clone, check=True)
        self.files = folder / "files"
        self.files.mkdir()
        for image in docker(
            "image", "ls", "--quiet", "--filter", "reference=homes-*:of-a-test"
        ).split():
            # Otherwise `up` would start what an earlier commit had built.
            docker("image", "rm", "--force", image, check=False)
        shutil.copy(REPOSITORY / "tests" / "deploy" / "policy.toml", self.files)
        backups = folder / "backups"
        backups.mkdir()
        backups.chmod(0o1777)
        folders = {"HOMES_FILES_DIR": str(self.files), "HOMES_BACKUPS_DIR": str(backups)}
        lines = {**SETTINGS, **folders, **settings}
        example = (self.folder / ".env.example").read_text()
        chosen = "".join(f"{name}={value}\n" for name, value in lines.items())
        self.settings_file = self.folder / ".env"
        self.settings_file.write_text(f"{example}\n{chosen}")

    def compose(self, *arguments: str) -> str:
        """Run a compose command in the clone; what it says."""
        version = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=True,
        )
        done = subprocess.run(
            ["docker", "compose", *arguments],
            cwd=self.folder,
            env={**os.environ, "COMMIT": version.stdout.strip()},
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, f"docker compose {' '.join(arguments)}:\n{said[-4000:]}"
        return said

    def homes(self, *arguments: str) -> str:
        """Run a command of ours where the schedule runs."""
        return self.compose(*BASE, "exec", "-T", "airflow-scheduler", "homes", *arguments)

    def take_away(self) -> None:
        """Stop everything and delete its data."""
        self.compose(*MONITORING, "down", "--volumes")
        self.compose(*FRONT, "down", "--volumes")

    def health(self, service: str, port: int) -> dict[str, Any]:
        """What a service says of itself; also one that no port is published of."""
        ask = f"import urllib.request as u; print(u.urlopen('{AT.format(port)}').read().decode())"
        return json.loads(self.compose(*FRONT, "exec", "-T", service, "python", "-c", ask))

    def containers(self) -> dict[str, str]:
        """State of each container by its service: `healthy`, `exited 0`, ..."""
        listed = self.compose(*FRONT, "ps", "--all", "--format", "json")
        rows = [json.loads(line) for line in listed.splitlines() if line.startswith("{")]
        return {
            row["Service"]: row["Health"] or f"{row['State']} {row['ExitCode']}" for row in rows
        }

    def unwell(self) -> dict[str, str]:
        """Those that are neither healthy, nor at what is done once, nor done with it."""
        well = {"healthy", "exited 0", "running 0"}
        return {name: state for name, state in self.containers().items() if state not in well}


def version(service: str) -> str | None:
    """The model that a service of this machine serves."""
    port = {"production": 6001, "candidate": 6002}[service]
    try:
        return httpx.get(f"http://127.0.0.1:{port}/api/health", timeout=5).json()["model_version"]
    except (httpx.HTTPError, ValueError):
        return None


def until(is_so: Callable[[], object], within_s: float, what: str | Callable[[], str]) -> None:
    """Wait until `is_so()`; fails with `what`, or with what it says then."""
    deadline = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() >= deadline:
            said = what if isinstance(what, str) else what()
            raise AssertionError(f"not within {within_s:.0f} s: {said}")
        time.sleep(1)


class Visitors:
    """Visitors who ask all the time; what each of them got is counted."""

    def __init__(self) -> None:
        self.answers: Counter[object] = Counter()
        self.turned_away: list[str] = []
        self.served: Counter[str] = Counter()
        self._over = threading.Event()

    @contextmanager
    def asking(self, how_many: int = 4) -> Iterator["Visitors"]:
        threads = [threading.Thread(target=self._ask) for _ in range(how_many)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _ask(self) -> None:
        while not self._over.is_set():
            try:
                answer = httpx.post(ROUTER + PREDICT, json=HOME, timeout=20)
            except httpx.HTTPError as error:
                self._turn_away(repr(error))
                continue
            self.answers[answer.status_code] += 1
            if answer.is_success:
                self.served[answer.json()["model_version"]] += 1
            else:
                self._turn_away(f"{answer.status_code} {answer.text}")
            time.sleep(0.02)

    def _turn_away(self, why: str) -> None:
        self.turned_away.append(f"{time.strftime('%H:%M:%S', time.gmtime())} {why}")
