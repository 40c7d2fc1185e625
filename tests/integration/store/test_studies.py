"""A search on PostgreSQL goes on after its process was killed, to the same choice."""

import multiprocessing
import signal

import pytest
from optuna.storages import InMemoryStorage

from homeprices.bootstrap import Homes
from homeprices.domain.errors import Refused, Unavailable
from homeprices.settings import Settings
from homeprices.stores.postgres.studies import kept_studies
from homeprices.workflows.training import tune as tuning
from homeprices.workflows.training.tune import TuneOrder
from support.searches import Slope, die_in_a_search, search
from support.stack import free_ports

SPAWN = multiprocessing.get_context("spawn")
ORDER = TuneOrder(trials=12)


def test_a_killed_search_goes_on_to_the_choice_of_an_undisturbed_one(
    postgres_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = SPAWN.Process(target=die_in_a_search, args=(postgres_dsn, "optuna", ORDER))
    killed.start()
    killed.join(120)
    assert killed.exitcode == -signal.SIGKILL

    monkeypatch.setattr(tuning, "CrossValidation", Slope)
    said: list[str] = []
    with kept_studies(postgres_dsn, "optuna") as studies:
        resumed = search(studies, ORDER, said)
    assert said[0].startswith("going on after")
    undisturbed = search(InMemoryStorage(), ORDER)
    tried = [trial.parameters for trial in resumed.trials]
    assert tried == [trial.parameters for trial in undisturbed.trials]
    assert resumed.parameters == undisturbed.parameters


def test_a_missing_database_that_we_may_not_make_is_told_with_the_command(
    postgres_dsn: str,
) -> None:
    with (
        pytest.raises(Refused, match='CREATE DATABASE "nowhere" OWNER "homes"'),
        kept_studies(postgres_dsn, "nowhere"),
    ):
        pass


def test_searches_are_never_kept_among_our_own_tables(postgres_dsn: str) -> None:
    with (
        pytest.raises(Refused, match="is the database of predictions; name another one"),
        kept_studies(postgres_dsn, "homes"),
    ):
        pass


def test_a_database_that_is_away_is_told() -> None:
    away = Settings(postgres_host="127.0.0.1", postgres_port=free_ports(1)[0])
    with pytest.raises(Unavailable, match="PostgreSQL does not answer"), Homes(away).studies():
        pass


def test_without_a_database_a_search_is_kept_in_memory() -> None:
    with Homes(Settings()).studies() as studies:
        assert isinstance(studies, InMemoryStorage)
