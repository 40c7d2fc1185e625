"""The door of a server with two colours, on a real nginx: it is switched while visitors come."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path

import httpx
import psutil
import pytest

from homeprices.routing.nginx import find_nginx, worker_account
from support import stand_in_service
from support.paths import REPOSITORY
from support.stack import eventually, free_ports

DOORS = {"router": 7000, "page": 6500, "production": 6001, "candidate": 6002}
COLOURS = ("blue", "green")


class Door:
    """nginx under the configuration of `deploy/`, with a stand-in for everything of a colour."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ports = folder, dict(zip(DOORS, free_ports(len(DOORS)), strict=True))
        self.backs = dict(zip(COLOURS, free_ports(2), strict=True))
        text = (REPOSITORY / "deploy" / "door.conf").read_text()
        for name, port in DOORS.items():
            text = text.replace(f"listen {port};", f"listen 127.0.0.1:{self.ports[name]};")
            back = f"{self.ports[name]} 127.0.0.1:$back;"
            text = text.replace(f"{port} {name}-$colour:{port};", back)
        assert "-$colour" not in text
        # Names of containers cannot be looked up here; where a colour is is told instead.
        known = " ".join(f"{colour} {port};" for colour, port in self.backs.items())
        text = f"map $colour $back {{ {known} }}\n{text}"
        (folder / "door.conf").write_text(text)
        (folder / "nginx.conf").write_text(
            f"{worker_account()} pid {folder}/pid; error_log stderr; daemon off; events {{}}\n"
            f"http {{ access_log {folder}/default.log; "
            f"client_body_temp_path {folder}/body; "
            f"proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi; "
            f"scgi_temp_path {folder}/scgi; uwsgi_temp_path {folder}/uwsgi; "
            f"include {folder}/colour.conf; include {folder}/door.conf; }}\n"
        )
        self.send_visitors_to("blue")
        # A new visitor each time.
        self.client = httpx.Client(timeout=5, limits=httpx.Limits(max_keepalive_connections=0))

    def send_visitors_to(self, colour: str) -> None:
        """As deploy.sh does."""
        part = self.folder / "colour.part"
        part.write_text(f'map "" $colour {{ default {colour}; }}\n')
        part.rename(self.folder / "colour.conf")

    def read_again(self) -> None:
        """Make nginx read its files again, and wait: workers of before accept for a moment more."""
        master = psutil.Process(int((self.folder / "pid").read_text()))
        old = master.children()
        master.send_signal(signal.SIGHUP)
        _, left = psutil.wait_procs(old, timeout=10)
        assert not left

    def asked(self, name: str, **headers: str) -> dict:
        url = f"http://127.0.0.1:{self.ports[name]}/api/health"
        return self.client.get(url, headers=headers).raise_for_status().json()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    tmp_path.chmod(0o755)
    door = Door(tmp_path)
    program = str(Path(stand_in_service.__file__))
    commands = [
        [sys.executable, program, str(port), colour, "BO1"] for colour, port in door.backs.items()
    ]
    binary = find_nginx()
    commands.append(
        [str(binary), "-e", "stderr", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    )
    with (tmp_path / "door.log").open("ab") as log:
        processes = [subprocess.Popen(command, stdout=log, stderr=log) for command in commands]
    try:
        for port in door.backs.values():
            url = f"http://127.0.0.1:{port}/api/health"
            eventually(lambda url=url: door.client.get(url).is_success, within_s=20)
        eventually(lambda: door.asked("router"), within_s=20)
        yield door
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(10)


def test_each_door_leads_to_the_colour_that_is_live(door: Door) -> None:
    assert {name: door.asked(name)["name"] for name in DOORS} == dict.fromkeys(DOORS, "blue")


def test_it_says_itself_which_colour_it_asked_also_where_that_refuses(door: Door) -> None:
    for path in ("/api/health", "/no/such/page"):
        answer = door.client.get(f"http://127.0.0.1:{door.ports['router']}{path}")
        assert answer.headers["X-Colour"] == "blue"


def test_it_is_said_whom_it_speaks_for_and_nobody_is_believed(door: Door) -> None:
    headers = door.asked("router", **{"X-Real-IP": "10.9.8.7", "X-Forwarded-For": "1.2.3.4"})
    assert headers["headers"]["x-real-ip"] == "127.0.0.1"
    assert headers["headers"]["x-forwarded-for"] == "127.0.0.1"


@pytest.mark.parametrize("name", DOORS)
def test_a_batch_passes_whatever_its_size_and_no_other_body_does(door: Door, name: str) -> None:
    price, body = f"http://127.0.0.1:{door.ports[name]}/api/predict_home_price", b"x" * 2_000_000
    for path in ("batch", "batch/"):
        batch = door.client.post(f"{price}/{path}", content=body)
        assert (batch.status_code, batch.json()["length"]) == (200, len(body))
        assert batch.headers["X-Colour"] == "blue"
    assert door.client.post(price, content=body).status_code == 413


@pytest.mark.parametrize(
    ("request_line", "status", "code"),
    [
        (b"GET /api/models/100% HTTP/1.1", 400, "unreadable"),
        (b"get /api/health HTTP/1.1", 400, "unreadable"),
        (b"GET / HTTP/7.5", 400, "unreadable"),
        (b"TRACE / HTTP/1.1", 405, "method_not_allowed"),
        (b"GET /%b HTTP/1.1" % (b"x" * 9_000), 414, "too_large"),
        (b"GET / HTTP/1.1\r\nX: %b" % (b"x" * 9_000), 431, "too_large"),
        (b"POST / HTTP/1.1\r\nContent-Length: 65537", 413, "too_large"),
    ],
)
def test_what_the_door_itself_refuses_has_the_shape_of_every_error(
    door: Door, request_line: bytes, status: int, code: str
) -> None:
    with socket.create_connection(("127.0.0.1", door.ports["page"]), timeout=10) as connection:
        connection.sendall(request_line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = HTTPResponse(connection)
        answer.begin()
        told = json.loads(answer.read())
    assert (answer.status, told["error"]["code"]) == (status, code)
    assert set(told["error"]) == {"code", "message", "fields"}
    assert answer.headers["X-Colour"] == "blue"


def test_a_colour_that_is_away_is_told_in_the_same_shape(door: Door) -> None:
    door.send_visitors_to("red")
    door.read_again()
    url = f"http://127.0.0.1:{door.ports['router']}/api/health"
    answer = door.client.get(url)
    assert answer.status_code == 503
    assert (answer.json()["error"]["code"], answer.headers["Retry-After"]) == ("unavailable", "1")


def test_no_key_is_in_its_logs(door: Door) -> None:
    key = f"homes_K1_{'0f' * 32}"
    paths = (f"/api/models/{key}", f"/api/models/CO1?api_key={key}")
    url = f"http://127.0.0.1:{door.ports['router']}"

    def statuses() -> list[int]:
        asks = [(path, b"x" * length) for path in paths for length in (2, 70_000)]
        return [door.client.post(url + path, content=body).status_code for path, body in asks]

    answered = statuses()
    door.send_visitors_to("red")
    door.read_again()
    answered += statuses()
    assert answered == [200, 413, 200, 413, 503, 413, 503, 413]
    # A line is written once its answer has left.
    written = door.folder / "door.log"
    eventually(lambda: written.read_text().count('"method":"POST"') == len(answered), within_s=10)
    log = written.read_text()
    logged = [json.loads(line) for line in log.splitlines() if '"method":"POST"' in line]
    assert sorted(line["status"] for line in logged) == sorted(answered)
    passed_on = {line["upstream"] for line in logged if line["status"] == 200}
    assert passed_on == {f"127.0.0.1:{door.backs['blue']}"}
    assert "0f" * 32 not in log
    assert not (door.folder / "default.log").read_text()


def test_it_is_switched_under_load_and_nobody_is_refused(door: Door) -> None:
    answers: list[str] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            try:
                answers.append(door.asked("router")["name"])
            except httpx.HTTPError as error:
                answers.append(repr(error))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    master = int((door.folder / "pid").read_text())
    for colour in ("green", "blue", "green"):
        enough = len(answers) + 20
        eventually(lambda most=enough: len(answers) > most, within_s=20)
        door.send_visitors_to(colour)
        os.kill(master, signal.SIGHUP)
        eventually(lambda c=colour: door.asked("router")["name"] == c, within_s=10)
    over.set()
    for thread in threads:
        thread.join()
    assert set(answers) == set(COLOURS)
