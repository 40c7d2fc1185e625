"""The embedded PostgreSQL: made once, mended, and open to nobody without the password."""

import io
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from homeprices.domain.errors import Refused
from homeprices.local import doctor, down, local_settings, postgres, state, up
from homeprices.local.layout import Layout, lay_out
from homeprices.local.plan import StackPlan
from homeprices.local.progress import Progress
from homeprices.settings import Settings


@dataclass(frozen=True)
class Stack:
    layout: Layout

    @property
    def settings(self) -> Settings:
        return Settings(_env_file=self.layout.settings_file)  # type: ignore[call-arg]

    def start(self) -> postgres.Embedded:
        embedded = postgres.find_postgres(self.layout)
        postgres.prepare(embedded, self.layout, self.settings)
        plan = StackPlan([embedded.service(self.settings)])
        up.bring_up(self.layout, plan, [], Progress(io.StringIO()))
        return embedded

    def ask(self, question: str, password: str | None = None) -> object:
        with self.connect(password) as connection:
            row = connection.execute(question).fetchone()  # type: ignore[arg-type]
        return row and row[0]

    def do(self, statement: str) -> None:
        with self.connect() as connection:
            connection.execute(statement)  # type: ignore[arg-type]

    def connect(self, password: str | None = None) -> psycopg.Connection[tuple[object, ...]]:
        settings = self.settings
        return psycopg.connect(
            host=settings.postgres_host,
            port=settings.postgres_port,
            user=settings.postgres_user,
            dbname=settings.postgres_db,
            password=password or settings.postgres_password.get_secret_value(),
        )


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    for name in [name for name in os.environ if name.startswith(("POSTGRES_", "HOMES_"))]:
        monkeypatch.delenv(name)
    layout = lay_out(tmp_path / "a folder")
    given = Settings(_env_file=None)  # type: ignore[call-arg]
    local_settings.keep(layout, {"postgres": doctor.free_port()}, given)
    yield Stack(layout)
    down.bring_down(layout)
    shutil.rmtree(layout.open)


def test_it_starts_in_an_empty_folder_and_keeps_what_it_is_given(stack: Stack) -> None:
    stack.start()
    assert str(stack.ask("SHOW server_version")).startswith("18.")
    assert stack.ask("SELECT current_setting('is_superuser')") == "off"
    stack.do("CREATE TABLE kept AS SELECT 42 AS answer")
    down.bring_down(stack.layout)
    stack.start()
    assert stack.ask("SELECT answer FROM kept") == 42


def test_nobody_comes_in_without_the_password(stack: Stack) -> None:
    stack.start()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        stack.ask("SELECT 1", password="guessed")


def test_a_lost_password_is_made_anew_and_let_in(stack: Stack) -> None:
    stack.start()
    down.bring_down(stack.layout)
    port = stack.settings.postgres_port
    stack.layout.settings_file.unlink()
    local_settings.keep(stack.layout, {"postgres": port}, Settings(_env_file=None))  # type: ignore[call-arg]
    stack.start()
    assert stack.ask("SELECT 1") == 1


def test_a_half_made_folder_is_made_again(stack: Stack) -> None:
    home = stack.layout.open / "postgres"
    (home / "data.part" / "base").mkdir(parents=True)
    stack.start()
    assert stack.ask("SELECT 1") == 1


def test_it_comes_back_after_a_kill_of_everything(stack: Stack) -> None:
    stack.start()
    told = state.read(stack.layout.run / "state.json")
    assert told is not None
    assert told.services[0].mark is not None
    for pid in (told.supervisor.pid, told.services[0].mark.pid):
        os.kill(pid, signal.SIGKILL)
    up.clear(stack.layout, Progress(io.StringIO()))
    stack.start()
    assert stack.ask("SELECT 1") == 1


def test_a_folder_of_another_release_is_refused_in_one_line(stack: Stack) -> None:
    embedded = stack.start()
    down.bring_down(stack.layout)
    (embedded.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(Refused, match="was made by PostgreSQL 17 and this is 18"):
        stack.start()
