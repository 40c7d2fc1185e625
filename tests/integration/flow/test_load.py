"""Everybody comes at once to a stack with an open experiment: each is answered as it deserves."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from support.paths import REPOSITORY
from support.prepared import Prepared
from support.stack import Stack, eventually, running

pytestmark = pytest.mark.quiet
USERS = 40


@pytest.fixture(scope="module")
def stack(prepared: Prepared) -> Iterator[Stack]:
    with running(objects=prepared.with_experiment, settings={"HOMES_FEEDBACK_RATE": "0"}) as stack:
        eventually(lambda: stack.version("candidate") == "CO1", within_s=30)
        yield stack


def locust(
    host: str, report: Path, *options: str, key: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the file as its documentation does, without a page."""
    command = ["locust", "-f", "locustfile.py", f"--host={host}", "--headless"]
    return subprocess.run(
        [sys.executable, "-m", *command, "--json-file", str(report), *options],
        cwd=REPOSITORY / "tests" / "load",
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env=os.environ | {"HOMES_LOAD_KEY": key},
    )


class Listener(BaseHTTPRequestHandler):
    """A service that keeps the keys that it is sent."""

    keys: ClassVar[set[str | None]] = set()

    def do_GET(self) -> None:
        """Keep it, and answer nothing."""
        self.keys.add(self.headers["X-API-Key"])
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()


def test_a_closed_service_is_sent_the_key_of_the_environment(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        host = f"http://127.0.0.1:{server.server_port}"
        done = locust(
            host, tmp_path / "report", "-u", "1", "-t", "6s", "--pace", "0", "Reader", key="K"
        )
        server.shutdown()
    assert Listener.keys == {"K"}, done.stderr


def test_nobody_meets_a_failure_and_everybody_does_their_thing(
    stack: Stack, tmp_path: Path, scale: Callable[[int, int], int]
) -> None:
    short = ("-u", str(USERS), "-r", str(USERS), "--pace", "0.1", "-t", f"{scale(12, 60)}s")
    done = locust(stack.url("router"), tmp_path / "report", *short)
    assert done.returncode == 0, done.stdout + done.stderr
    entries = json.loads((tmp_path / "report.json").read_text())
    assert [entry["name"] for entry in entries if entry["num_failures"]] == []
    made = Counter({entry["name"]: entry["num_requests"] for entry in entries})
    kinds = Counter(name.partition(":")[0] for name in made)
    assert set(kinds) == {"visitor", "seller", "nonsense", "stampede", "reader"}
    for thing in ("opens the page", "types a place", "price", "reasons", "rates"):
        assert made[f"visitor: {thing}"] > 0, thing
    assert made["seller: tells a sale price"] > 0
    assert made["stampede: price"] >= 30
    assert kinds["nonsense"] > 3
    stack.drained()
    priced = sum(made[name] for name in made if "price" in name and "seller" not in name)
    stored = stack.sql(
        "SELECT slot, signed, count(*) FROM predictions WHERE status = 200 GROUP BY 1, 2"
    )
    assert sum(count for _, _, count in stored) >= priced
    # Visitors came back with the cookies they were given, to both arms.
    assert {slot for slot, is_signed, _ in stored if is_signed} == {"production", "candidate"}
    kept = dict(stack.sql("SELECT type, count(*) FROM feedback GROUP BY 1"))
    # Sent twice, kept once.
    assert 0 < kept["rating"] < made["visitor: rates"]
    assert kept["actual_price"] == made["seller: tells a sale price"]


def test_an_answer_that_is_not_deserved_makes_the_run_red(stack: Stack, tmp_path: Path) -> None:
    """Below a path of the router that serves nothing every request is a failure."""
    wrong = ("-u", "5", "-r", "5", "--pace", "0.05", "-t", "3s", "Reader")
    with_no_api = f"--host={stack.url('router')}/router"
    done = locust(stack.url("router"), tmp_path / "report", *wrong, with_no_api)
    assert done.returncode == 1
    entries = json.loads((tmp_path / "report.json").read_text())
    assert all(entry["num_failures"] == entry["num_requests"] for entry in entries)
