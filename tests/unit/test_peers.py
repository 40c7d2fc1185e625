"""Those whom a logged price is compared with serve the same model, from packages that are known."""

import asyncio
import json
import re
import sys
import time

import psutil
import pytest
from click import ClickException

from homeprices.domain.listing import Home
from homeprices.domain.versions import ModelVersion
from homeprices.valuation.predict import bundle
from support.kept import kept_registry
from support.paths import REPOSITORY, load_script

durable = load_script(REPOSITORY / "benchmarks" / "durable.py")

from peers import contest, echo, environments, load, model, processes, rows  # noqa: E402
from peers.contestants import CONTESTANTS, bodies, told_price  # noqa: E402

PEERS = REPOSITORY / "benchmarks" / "peers"
LOCKS = sorted(path.stem for path in PEERS.glob("*.lock"))
OF_THE_MODEL = {"numpy", "scipy", "lightgbm", "rapidfuzz", "msgspec"}
HOME = {"location": "Whitefield", "total_sqft": 1200.0, "bhk": 2, "bath": 2}
PRICE = {"estimated_price": 75.0, "low": 60.0, "high": 90.0}


def entries(text: str) -> list[str]:
    """The packages of a lock, each with its hashes."""
    return [entry for entry in re.split(r"\n(?=\S)", text) if entry.strip()]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_host_and_no_path_and_has_a_hash_for_everything(name: str) -> None:
    text = (PEERS / f"{name}.lock").read_text()
    assert re.search(r"://|@ |^-|/", text, re.MULTILINE) is None
    assert [entry for entry in entries(text) if "--hash=sha256:" not in entry] == []
    assert [entry for entry in entries(text) if "==" not in entry] == []


@pytest.mark.parametrize("name", LOCKS)
def test_the_model_runs_on_the_packages_that_ours_runs_on(name: str) -> None:
    def of_the_model(text: str) -> set[str]:
        named = (entry.partition("==")[0] in OF_THE_MODEL for entry in entries(text))
        return {entry for entry, is_one in zip(entries(text), named, strict=True) if is_one}

    theirs = of_the_model((PEERS / f"{name}.lock").read_text().rstrip())
    ours = of_the_model((REPOSITORY / "requirements.lock").read_text().rstrip())
    assert len(theirs) >= 4
    assert theirs <= ours, "make it anew: benchmarks/peers/lock"


def test_a_lock_is_there_for_whoever_needs_one_and_for_nobody_else() -> None:
    assert {one.lock for one in CONTESTANTS.values() if one.lock} == set(LOCKS)


def test_a_peer_answers_what_the_model_answers(tmp_path, monkeypatch) -> None:
    files = kept_registry().files(ModelVersion.parse("BO2"))
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.setenv("PEER_MODEL", str(tmp_path))
    estimate = bundle.load(files).estimate(Home("Whitefield", 1200.0, 2, 2))
    answer = model.price(model.load(), *HOME.values())
    assert answer["low"] < answer["estimated_price"] < answer["high"]
    assert answer["estimated_price"] == pytest.approx(estimate.price, abs=contest.ROUNDED)


def test_the_flask_peer_keeps_a_row_before_it_answers(monkeypatch) -> None:
    from peers import flask_psycopg

    kept = []

    class Pool:
        def __init__(self, *_places, **_options) -> None:
            self.connection = lambda: self

        def __enter__(self):
            return self

        def __exit__(self, *_error) -> None: ...

        def execute(self, statement, values):
            kept.append((statement, values))
            return self

        def fetchone(self):
            return ["an id"]

    monkeypatch.setattr(flask_psycopg, "ConnectionPool", Pool)
    monkeypatch.setattr(flask_psycopg.model, "load", lambda: None)
    monkeypatch.setattr(flask_psycopg.model, "price", lambda *_asked: PRICE)
    monkeypatch.setenv("PEER_DSN", "nowhere")
    client = flask_psycopg.create_app("a_table").test_client()
    answer = client.post("/predict", json=HOME)
    assert answer.json == {"prediction_id": "an id", **PRICE}
    ((statement, values),) = kept
    assert statement == rows.insert("a_table", *["%s"] * 7)
    assert values == ("Whitefield", 1200.0, 2, 2.0, 75.0, 60.0, 90.0)


def test_the_echo_reads_the_home_and_answers_by_its_area() -> None:
    sent = []

    async def receive():
        return {"body": json.dumps(HOME).encode()}

    async def send(message) -> None:
        sent.append(message)

    asyncio.run(echo.app({}, receive, send))
    assert sent[0]["status"] == 200
    assert json.loads(sent[1]["body"]) == {"estimated_price": 1200.0}


def test_a_price_is_found_in_the_answer_of_each() -> None:
    table = json.dumps({"predictions": [{"price": 75.0, "low": 60.0, "high": 90.0}]})
    told = {
        name: told_price(one, json.dumps(PRICE))
        for name, one in CONTESTANTS.items()
        if name != "mlflow"
    }
    assert told.pop("echo") is None
    assert set(told.values()) == {75.0}
    assert told_price(CONTESTANTS["mlflow"], table) == 75.0
    assert json.loads(bodies(CONTESTANTS["mlflow"], [HOME])) == {"dataframe_records": [HOME]}


def test_an_answer_of_another_price_is_another_model() -> None:
    one = contest.Running(CONTESTANTS["fastapi"], psutil.Process(), 0, PEERS, None)
    contest.require_price(one, json.dumps(PRICE), 75.0)
    with pytest.raises(ClickException, match=r"answers 75\.0, and the model 76\.0"):
        contest.require_price(one, json.dumps(PRICE), 76.0)


@pytest.mark.parametrize(
    ("head", "read"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n", (200, 12, True)),
        (b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", (503, 0, True)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n", (200, 3, False)),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n", (200, 3, False)),
    ],
)
def test_the_head_of_an_answer_tells_whether_its_connection_is_kept(head, read) -> None:
    assert load.read_head(head) == read


def test_what_is_not_200_is_counted_and_told() -> None:
    answers = load.Answers()
    answers.add(200, b"a price")
    answers.add(422, b"no home")
    assert json.loads(json.dumps(vars(answers)))["statuses"] == {"200": 1, "422": 1}
    assert answers.refusal == "422 no home"


def test_ratios_are_of_both_together_within_a_round_and_rows_are_of_those_who_log() -> None:
    Cost = contest.Cost  # noqa: N806
    costs = {"ours": [Cost(90, 10), Cost(180, 20)], "fastapi": [Cost(300, 200), Cost(500, 300)]}
    costs["litserve"] = [Cost(1000, 0), Cost(1000, 0)]
    kept = {"ours": (1500, 1500), "fastapi": (1500, 1499), "litserve": (1500, 0)}
    lines = list(durable.table(costs, kept))[1:]
    assert "| 135 | 15 | 1.0 (1.0 to 1.0) | – | 1,500 | 1,500 |" in lines[0]
    assert "| 400 | 250 | 4.5 (4.0 to 5.0) | – | 1,500 | 1,499 |" in lines[1]
    assert "| 1000 | – | 7.5 (5.0 to 10.0) | – | 1,500 | – |" in lines[2]
    assert durable.without_a_row(kept) == ["fastapi"]


def test_the_releases_that_are_told_are_those_of_the_locks() -> None:
    told = environments.versions(LOCKS)
    assert re.findall(r"litserve \d", told)
    assert [name for name in environments.TOLD if f"{name} " not in told] == []


def lives(process: psutil.Process) -> bool:
    """True unless it has ended, waited for by its parent or not."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


BUSY = "import time\nwhile time.process_time() < 0.3: pass\n"
PARENT = f"import subprocess, sys, time\nsubprocess.run([sys.executable, '-c', '''{BUSY}'''])\n"
PARENT += f"subprocess.Popen([sys.executable, '-c', '''{BUSY}time.sleep(99)'''])\ntime.sleep(99)\n"


def test_what_a_server_started_is_counted_with_it_and_ended_with_it(tmp_path) -> None:
    with processes.started([sys.executable, "-c", PARENT], {}, tmp_path) as server:
        deadline = time.monotonic() + 60
        while processes.cpu_s(server) < 0.6 and time.monotonic() < deadline:
            time.sleep(0.05)
        (child,) = server.children()
        all_s = processes.cpu_s(server)
        assert all_s >= 0.6
        assert processes.cpu_s(server, without=child.pid) < all_s - 0.2
    assert not lives(child)
    assert not lives(server)


def test_a_server_that_does_not_listen_to_its_end_is_killed(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(processes, "PATIENCE_S", 0.5)
    stubborn = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    stubborn += "open('ready', 'w').close()\ntime.sleep(99)\n"
    with processes.started([sys.executable, "-c", stubborn], {}, tmp_path) as server:
        while not (tmp_path / "ready").exists():
            time.sleep(0.02)
    assert not lives(server)
