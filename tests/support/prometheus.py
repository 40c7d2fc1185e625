"""A Prometheus, an Alertmanager and an exporter of the machine beside a stack, and who is told."""

import json
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import yaml

from support.monitoring import MONITORING, make
from support.stack import Stack, eventually, free_ports

# Debian's names of the programs, then everybody else's.
PROGRAMS = {
    "prometheus": ("prometheus",),
    "alertmanager": ("prometheus-alertmanager", "alertmanager"),
    "node_exporter": ("prometheus-node-exporter", "node_exporter"),
    "promtool": ("promtool",),
    "amtool": ("amtool",),
}


@dataclass
class Monitored:
    """A stack with what watches it; `told` fills with every alert that reached the webhook."""

    stack: Stack
    url: str
    folder: Path
    told: list[dict[str, Any]] = field(default_factory=list)

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series that an expression has now."""
        return self._answer("query", {"query": expression})

    def query_range(self, expression: str, seconds: float, step: float) -> list[dict[str, Any]]:
        """The series that an expression had in the last seconds."""
        now = time.time()
        span = {"start": now - seconds, "end": now, "step": step}
        return self._answer("query_range", {"query": expression, **span})

    def was_told(self, alert: str, **labels: str) -> bool:
        """True once the webhook was told that the alert fires for such labels."""
        wanted = {"alertname": alert, **labels}
        return any(
            notice["status"] == "firing" and wanted.items() <= notice["labels"].items()
            for notice in list(self.told)
        )

    def await_alert(self, alert: str, within_s: float = 60, **labels: str) -> dict[str, Any]:
        """The notice of the alert, once it came."""
        eventually(lambda: self.was_told(alert, **labels), within_s)
        wanted = {"alertname": alert, **labels}
        return next(n for n in self.told if wanted.items() <= n["labels"].items())

    def go_by(self, thresholds: Mapping[str, Any]) -> None:
        """Let the alerts compare with other thresholds from now on."""
        (self.folder / "rules.yml").write_text(make.rules(thresholds))
        httpx.post(f"{self.url}/-/reload", timeout=20).raise_for_status()

    def is_quiet(self, alert: str, **labels: str) -> bool:
        """True while the alert neither fires nor is about to."""
        matchers = ",".join(f'{k}="{v}"' for k, v in {"alertname": alert, **labels}.items())
        return self.query(f"ALERTS{{{matchers}}}") == []

    def _answer(self, path: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=20)
        assert answer.status_code == 200, f"{parameters['query']}: {answer.text}"
        return answer.json()["data"]["result"]


def program(name: str) -> str:
    """The path of a program; fails where it is not installed."""
    paths = [path for known in PROGRAMS[name] if (path := shutil.which(known))]
    assert paths, f"{name} is not installed"
    return paths[0]


@contextmanager
def watched(stack: Stack, thresholds: Mapping[str, Any], scrape: str = "1s") -> Iterator[Monitored]:
    """The stack under the rules that `thresholds` make and our routes, told to a webhook."""
    folder = Path(tempfile.mkdtemp(prefix="homes-test-"))
    port, alertmanager, node = free_ports(3)
    monitored = Monitored(stack, f"http://127.0.0.1:{port}", folder)
    with ExitStack() as leaving:
        leaving.callback(shutil.rmtree, folder, ignore_errors=True)
        webhook = leaving.enter_context(_webhook(monitored.told))
        (folder / "rules.yml").write_text(make.rules(thresholds))
        (folder / "alertmanager.yml").write_text(_told_at(webhook))
        targets = {
            "production": stack.ports["production"],
            "candidate": stack.ports["candidate"],
            "node": node,
        }
        (folder / "prometheus.yml").write_text(_configuration(targets, alertmanager, scrape))
        loopback = "127.0.0.1"
        started = {
            "node_exporter": [f"--web.listen-address={loopback}:{node}"],
            "alertmanager": [
                f"--config.file={folder}/alertmanager.yml",
                f"--storage.path={folder}/told",
                f"--web.listen-address={loopback}:{alertmanager}",
                "--cluster.listen-address=",
            ],
            "prometheus": [
                f"--config.file={folder}/prometheus.yml",
                f"--storage.tsdb.path={folder}/series",
                f"--web.listen-address={loopback}:{port}",
                "--web.enable-lifecycle",
            ],
        }
        for name, options in started.items():
            leaving.enter_context(_running([program(name), *options], folder / f"{name}.log"))
        eventually(lambda: httpx.get(f"{monitored.url}/-/ready").status_code == 200, 60)
        eventually(lambda: len(monitored.query("up == 1")) == len(targets), 60)
        yield monitored


def _configuration(targets: Mapping[str, int], alertmanager: int, scrape: str) -> str:
    jobs = [
        {"job_name": name, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
        for name, port in targets.items()
    ]
    return yaml.safe_dump(
        {
            "global": {
                "scrape_interval": scrape,
                "scrape_timeout": scrape,
                "evaluation_interval": "1s",
            },
            "rule_files": ["rules.yml"],
            "alerting": {
                "alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager}"]}]}]
            },
            "scrape_configs": jobs,
        }
    )


def _told_at(url: str) -> str:
    """Our own routes, without their waits, to a webhook."""
    config = yaml.safe_load((MONITORING / "alertmanager.yml").read_text())
    config["route"] |= {"group_wait": "0s", "group_interval": "1s"}
    for receiver in config["receivers"]:
        receiver["webhook_configs"] = [{"url": url}]
    return yaml.safe_dump(config)


@contextmanager
def _webhook(told: list[dict[str, Any]]) -> Iterator[str]:
    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            told.extend(json.loads(body)["alerts"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def _running(command: list[str], log: Path) -> Iterator[None]:
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file)
        try:
            yield
        finally:
            assert process.poll() is None, log.read_text()[-2000:]
            process.terminate()
            process.wait(20)
