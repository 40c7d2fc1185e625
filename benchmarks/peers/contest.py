"""Runs contestants side by side and lets them take turns."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import psutil
import psycopg
from psycopg import sql

from homeprices.local.doctor import free_port
from peers.contestants import CONTESTANTS, Contestant, bodies, told_price
from peers.environments import PEERS, environment
from peers.processes import cpu_s, started
from peers.stage import Stage

READY_WITHIN_S = 120.0
STORED_WITHIN_S = 60.0
LOAD_WITHIN_S = 300.0
ROUNDED = 0.006
Home = Mapping[str, Any]


@dataclass(frozen=True)
class Cost:
    """Microseconds of processor time for a request."""

    server_us: float
    postgres_us: float

    @property
    def total_us(self) -> float:
        """Of both."""
        return self.server_us + self.postgres_us


class Rows:
    """Counts rows, by a connection whose own processor time is nobody's."""

    def __init__(self, stage: Stage, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._postgres = stage.postgres
        connection.autocommit = True

    def of(self, contestant: Contestant) -> int:
        """How many rows a contestant has stored; 0 for one that keeps none."""
        if contestant.table is None:
            return 0
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(contestant.table))
        row = self._connection.execute(query).fetchone()
        return int(row[0]) if row else 0

    def postgres_s(self) -> float:
        """Processor time of PostgreSQL so far, without that of counting."""
        return cpu_s(self._postgres, without=self._connection.info.backend_pid)


class Running:
    """A contestant whose server runs."""

    def __init__(
        self, contestant: Contestant, server: psutil.Process, port: int, asked: Path, rows: Rows
    ) -> None:
        self.contestant = contestant
        self.answered = 0
        self._server = server
        self._port = port
        self._asked = asked
        self._rows = rows

    def ask(self, first: int, count: int) -> str:
        """Ask about homes; the last answer. Raises ClickException unless every one is 200."""
        place = [str(self._port), self.contestant.path, str(self._asked)]
        command = [sys.executable, "-m", "peers.load", *place, str(first), str(count)]
        told = {"cwd": PEERS.parent, "capture_output": True, "text": True}
        try:
            done = subprocess.run(command, timeout=LOAD_WITHIN_S, check=False, **told)
        except subprocess.TimeoutExpired:
            raise self.failure("does not answer") from None
        if done.returncode != 0:
            raise self.failure(done.stderr.strip()[-300:])
        answers = json.loads(done.stdout)
        self.answered += answers["statuses"].get("200", 0)
        if answers["refusal"]:
            raise self.failure(f"answered {answers['refusal']}")
        return str(answers["last"])

    def failure(self, words: str) -> click.ClickException:
        """What to raise where it does not do what it has to."""
        return click.ClickException(f"{self.contestant.title}: {words}")

    def await_ready(self) -> str:
        """Ask about the first home until it is answered; the answer."""
        deadline = time.monotonic() + READY_WITHIN_S
        while True:
            try:
                return self.ask(0, 1)
            except click.ClickException as error:
                has_ended = self._server.status() == psutil.STATUS_ZOMBIE
                if has_ended or time.monotonic() > deadline:
                    log = self._asked.with_name("log").read_text(errors="replace")
                    raise click.ClickException(f"{error.message}\n{log[-1500:]}") from None
            time.sleep(0.2)

    def await_stored(self) -> int:
        """Wait until every answer has its row, for as long as may be; the rows there are."""
        deadline = time.monotonic() + STORED_WITHIN_S
        while (stored := self._rows.of(self.contestant)) < self.answered:
            if self.contestant.table is None or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        return stored

    def turn(self, first: int, count: int) -> Cost:
        """What `count` requests cost, from the first of them until all are stored."""
        server_s, postgres_s = cpu_s(self._server), self._rows.postgres_s()
        self.ask(first, count)
        self.await_stored()
        server_s, postgres_s = cpu_s(self._server) - server_s, self._rows.postgres_s() - postgres_s
        kept = postgres_s if self.contestant.table else 0.0
        return Cost(server_s / count * 1e6, kept / count * 1e6)


@contextmanager
def running(
    name: str, stage: Stage, rows: Rows, homes: Sequence[Home], cache: Path
) -> Iterator[Running]:
    """The contestant `name`, ready, which answers the first of `homes` as it has to."""
    contestant, port = CONTESTANTS[name], free_port()
    folder = stage.folder / name
    folder.mkdir()
    asked = folder / "asked"
    asked.write_bytes(bodies(contestant, homes))
    variables = stage.environment(port) | contestant.environment
    python = sys.executable
    if contestant.lock is not None:
        python = str(environment(contestant.lock, cache))
        # What a peer leaves in a home goes with its folder.
        variables["HOME"] = str(folder)
        variables["PATH"] = f"{Path(python).parent}{os.pathsep}{variables['PATH']}"
    if contestant.prepare:
        _prepare([python, *contestant.prepare], variables, folder)
    with started(contestant.command(python, port), variables, folder) as server:
        one = Running(contestant, server, port, asked, rows)
        require_price(one, one.await_ready(), stage.expected_price(homes[0]))
        yield one


def _prepare(command: Sequence[str], variables: Mapping[str, str], folder: Path) -> None:
    told = {"capture_output": True, "text": True}
    done = subprocess.run(command, env=variables, cwd=folder, check=False, **told)
    if done.returncode != 0:
        raise click.ClickException(f"{' '.join(command)}: {done.stderr.strip()[-1500:]}")


def require_price(one: Running, answer: str, expected: float) -> None:
    """Raise ClickException where an answer tells another price than the model."""
    told = told_price(one.contestant, answer)
    if told is not None and abs(told - expected) > ROUNDED:
        raise one.failure(f"answers {told}, and the model {expected}")
