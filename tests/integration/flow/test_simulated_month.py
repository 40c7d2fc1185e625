"""A simulated month on a real stack of its own: the short form is its first days."""

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from homeprices.cli import homes as command_line
from homeprices.domain.errors import Unavailable
from homeprices.domain.experiments.decision import Verdict
from homeprices.domain.requests.records import Slot
from homeprices.settings import Settings
from homeprices.simulation import stack as month_stack
from homeprices.simulation.clock import STARTED_AT, MonthClock, at_day
from homeprices.simulation.door import HTTP_EVERY
from homeprices.simulation.month import MonthOrder, MonthRecord, play_month
from homeprices.simulation.outcome import outcome_of
from homeprices.simulation.stack import own_stack
from homeprices.stores.spool.spool import Spool

SHORT = MonthOrder(days=4, seed=1, visitors=60)
ROWS = "SELECT id::text, at FROM predictions UNION ALL SELECT prediction_id::text, at FROM feedback"


@dataclass
class Played:
    """A month, and what its stack held when it was over."""

    record: MonthRecord
    rows: dict[str, datetime]
    row_count: int
    answered_by_http: int
    http_ids: list[str] = field(default_factory=list)
    arms: list[tuple[Any, ...]] = field(default_factory=list)


@contextmanager
def a_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="homes-test-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as nobody when the suite runs as root
        yield Path(folder)


def play(order: MonthOrder) -> Played:
    clock = MonthClock()
    with a_folder() as folder, own_stack(folder / "m", clock, order.seed, Settings()) as stack:
        record = play_month(order, stack, clock, lambda words: None)
        with stack.homes.database.connection() as connection:
            rows = connection.execute(ROWS).fetchall()
            arms = connection.execute(
                "SELECT visitor, experiment, array_agg(DISTINCT assigned_arm) FROM predictions "
                "WHERE experiment IS NOT NULL GROUP BY visitor, experiment"
            ).fetchall()
        return Played(
            record=record,
            rows=dict(rows),
            row_count=len(rows),
            answered_by_http=sum(
                service.server.server_state.total_requests for service in stack.services.values()
            ),
            http_ids=[stack.identity.uuid_of(number) for number in record.by_http],
            arms=arms,
        )


@pytest.fixture(scope="module")
def played() -> Played:
    return play(SHORT)


@pytest.mark.full
def test_rows_have_the_times_of_the_month_and_none_is_lost(played: Played) -> None:
    outcome = outcome_of(played.record)
    assert (outcome.waiting, outcome.set_aside) == (0, 0)
    assert outcome.issued == outcome.stored == played.row_count == played.record.sent
    assert min(played.rows.values()) >= STARTED_AT
    assert max(played.rows.values()) <= at_day(SHORT.days)


@pytest.mark.full
def test_the_sample_goes_by_http_to_the_service_and_lands_in_postgresql(played: Played) -> None:
    record = played.record
    assert played.answered_by_http >= record.sent // HTTP_EVERY > len(played.http_ids) > 100
    assert set(played.http_ids) <= set(played.rows)


@pytest.mark.full
def test_visitors_stay_in_the_arm_of_their_experiment(played: Played) -> None:
    arms = [arms for _, _, arms in played.arms]
    assert all(len(arm) == 1 for arm in arms)
    share = arms.count([Slot.CANDIDATE.value]) / len(arms)
    assert share == pytest.approx(0.2, abs=0.03)


@pytest.mark.full
def test_the_same_seed_makes_the_same_decisions_of_the_same_models(played: Played) -> None:
    again = play(SHORT).record

    def decisions(record: MonthRecord) -> list[tuple[Any, ...]]:
        return [
            (seen.day, seen.row.verdict, seen.row.subject, seen.row.before, seen.true_errors)
            for seen in record.decisions
        ]

    assert decisions(played.record) == decisions(again)
    assert played.record.hours == again.hours
    assert Verdict.PROMOTE in [seen.row.verdict for seen in again.decisions]


def test_a_data_folder_in_use_is_refused_before_anything_is_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with a_folder() as folder:
        running = folder / "running"
        running.mkdir()
        (running / "settings.env").write_text("POSTGRES_PORT=5433\n")
        monkeypatch.setenv("HOMES_DATA_DIR", str(running))
        for wanted in (running, running / "month"):
            done = CliRunner().invoke(command_line, ["simulate", "--data", str(wanted)])
            assert "the data folder of your own stack" in str(done.exception)
        assert [path.name for path in running.iterdir()] == ["settings.env"]


def test_what_a_service_that_does_not_start_had_opened_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(month_stack, "START_WITHIN_S", -1.0)
    before = {thread.name for thread in threading.enumerate()}
    with a_folder() as folder:
        with (
            pytest.raises(Unavailable, match="did not start"),
            own_stack(folder / "m", MonthClock(), 1, Settings()),
        ):
            pass
        Spool(folder / "m" / "spool" / Slot.PRODUCTION.value, sync=False).close()
        assert not list((folder / "m").rglob("postmaster.pid"))
    left = {thread.name for thread in threading.enumerate()} - before
    assert not [name for name in left if "services" in name or "pool" in name]


@pytest.mark.timeout(2_400)
def test_the_command_ends_with_a_page_and_the_truth(
    scale: Callable[[int, int], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In full it is the whole month; in short, a day, in which nothing can be decided."""
    days = scale(1, 30)
    with a_folder() as folder:
        monkeypatch.chdir(folder)
        monkeypatch.setenv("HOMES_DATA_DIR", str(folder / "running"))
        words = ["simulate", "--days", str(days), "--seed", "1", "--out", "month.html"]
        done = CliRunner().invoke(
            command_line, words if days == 30 else [*words, "--visitors", "20"]
        )
        assert done.exit_code == 0, (done.output, done.exception)
        *_, verdict, page = done.output.strip().splitlines()
        told = "yes" if days == 30 else "nothing was replaced"
        assert verdict == f"no equal or worse model left in production: {told}"
        assert page == "month.html"
        html = (folder / "month.html").read_text()
        assert verdict in html
        assert "<script" not in html
        assert (folder / "month.svg").read_bytes().startswith(b"<?xml")
        assert sorted(path.name for path in folder.iterdir()) == ["month.html", "month.svg"]
        for kind in ("PROMOTE", "ROLL_BACK", "ROLL_BACK_PRODUCTION") if days == 30 else ():
            assert f'<th scope="row">{kind}</th>' in html
