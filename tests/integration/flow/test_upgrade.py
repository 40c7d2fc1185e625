"""The data folder of the release before is started by this one, and goes on."""

import shutil
from collections.abc import Iterator

import httpx
import psycopg
import pytest

from homeprices.valuation.predict.bundle import FORMAT
from support.kept import FORMAT_5, TOLD, kept_answers, kept_registry
from support.postgres import embedded
from support.prepared import quick_training
from support.stack import PREDICT, Stack, eventually, running

PRICES = ("estimated_price", "low", "high", "location")


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """BO2 in production, CO3 on trial in E3, rows in PostgreSQL, and records in the spool."""

    def as_kept(stack: Stack) -> None:
        shutil.copytree(FORMAT_5 / "spool", stack.data_dir / "spool")
        with embedded(stack.data_dir) as dsn, psycopg.connect(dsn) as connection:
            connection.execute((FORMAT_5 / "database.sql").read_text())  # type: ignore[arg-type]

    lines = (FORMAT_5 / "secrets.env").read_text().splitlines()
    settings = dict(line.split("=", 1) for line in lines if "=" in line)
    with running(objects=FORMAT_5 / "objects", settings=settings, before=as_kept) as stack:
        eventually(lambda: stack.version("candidate") == "CO3", within_s=30)
        yield stack


def prices(stack: Stack, service: str, version: str) -> None:
    """Assert that `service` answers as `version` did before the upgrade."""
    with httpx.Client(base_url=stack.url(service), timeout=10) as client:
        for asked in kept_answers()[:60]:
            kept = asked.get("all") or asked[version]
            answer = client.post(PREDICT, json=asked["question"])
            assert answer.status_code == kept["status"]
            if answer.status_code == 200:
                body = answer.json()
                assert body["model_version"] == stack.version(service)
                assert {k: body[k] for k in PRICES} == {k: kept["body"][k] for k in PRICES}


def test_models_of_the_format_before_price_homes_as_they_did(stack: Stack) -> None:
    assert stack.version("production") == "BO2"
    prices(stack, "production", "BO2")
    prices(stack, "candidate", "CO3")


def test_rows_stay_and_records_that_waited_join_them(stack: Stack) -> None:
    stack.drained()
    waited = sum(len(spool["feedback"]) for spool in TOLD["spooled"])
    feedback = TOLD["counts"]["feedback"] + waited
    eventually(lambda: stack.sql("SELECT count(*) FROM feedback")[0][0] == feedback, within_s=20)
    priced = {uuid for spool in TOLD["spooled"] for uuid in spool["priced"]}
    kept = {row[0] for row in stack.sql("SELECT id::text FROM predictions")}
    assert {uuid[:36] for uuid in priced} <= kept
    assert (
        len(kept)
        >= TOLD["counts"]["predictions"] + sum(s["waiting"] for s in TOLD["spooled"]) - waited
    )
    decisions = httpx.get(f"{stack.url('production')}/api/decisions", timeout=10).json()
    assert decisions["decisions"] == TOLD["decisions"]["decisions"]


def test_a_new_model_takes_over_and_an_undo_brings_the_one_of_the_format_before_back(
    stack: Stack,
) -> None:
    stack.homes(*quick_training(), "--force")
    stack.homes("promote", "CO4")
    eventually(lambda: stack.version("production") == "BO3", within_s=30)
    decisions = httpx.get(f"{stack.url('production')}/api/decisions", timeout=10).json()
    made = (stack.data_dir / "objects/models/price_check_BO3/model.json").read_text()
    assert f'"format":{FORMAT}' in made
    stack.homes("undo", decisions["decisions"][0]["id"])
    eventually(lambda: stack.version("production") == "BO4", within_s=30)
    prices(stack, "production", "BO2")
    before = kept_registry().production()
    assert before is not None
    assert before.version == "BO2"
