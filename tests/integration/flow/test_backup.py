"""An installation that is destroyed comes back from its backup, and goes on deciding."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support.prepared import Prepared
from support.stack import HOME, PREDICT, Stack, running


@pytest.fixture
def backup() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="homes-backup-"))
    yield folder / "monday.backup"
    shutil.rmtree(folder)


def asked(stack: Stack, count: int) -> list[str]:
    """The ids of so many estimates, each with a sale price, once PostgreSQL has them."""
    ids = []
    with stack.visitor("production") as visitor:
        for _ in range(count):
            id_ = visitor.post(PREDICT, json=HOME).raise_for_status().json()["prediction_id"]
            sold = {"feedback_type": "actual_price", "feedback_value": 80, "confirmed": True}
            visitor.post("/api/feedback", json={"prediction_id": id_, **sold}).raise_for_status()
            ids.append(id_)
    stack.drained()
    return ids


def conserved(stack: Stack) -> bool:
    spools = [stack.health(service)["spool"] for service in ("production", "candidate")]
    return all(s["issued"] == s["stored"] + s["waiting"] + s["set_aside"] for s in spools)


def test_what_was_destroyed_comes_back(prepared: Prepared, backup: Path) -> None:
    with running(objects=prepared.with_experiment) as stack:
        asked(stack, 5)
        stack.homes("decide")
        said = stack.homes("backup", str(backup), "--secrets", f"{backup}.secrets")
        assert "objects" in said
        stack.homes("restore", str(backup), fails=True)  # everything runs
        later = asked(stack, 7)
        models, decisions = stack.homes("models"), stack.homes("decisions")
        rows = set(stack.sql("SELECT id FROM predictions"))
        stack.homes("down")

        shutil.rmtree(stack.data_dir / "objects")
        shutil.rmtree((stack.data_dir / "open" / "postgres").resolve())
        (stack.data_dir / "run" / "postgres.role").unlink()
        said = stack.homes("restore", str(backup))
        assert "will be stored again" in said
        stack.up()
        stack.drained()
        assert stack.homes("models") == models
        assert stack.homes("decisions") == decisions
        assert set(stack.sql("SELECT id FROM predictions")) >= rows
        assert conserved(stack)
        told = {"prediction_id": later[0], "feedback_type": "accurate"}
        httpx.post(stack.url("router") + "/api/feedback", json=told).raise_for_status()
        stack.homes("decide")


@pytest.mark.full
def test_another_machine_takes_over_with_the_secrets(prepared: Prepared, backup: Path) -> None:
    with running(objects=prepared.with_experiment) as stack:
        ids = asked(stack, 3)
        stack.homes("backup", str(backup), "--secrets", f"{backup}.secrets")
        models = stack.homes("models")
        stack.homes("down")
        ports = stack.ports
    folder = Path(tempfile.mkdtemp(prefix="homes-restored-"))
    folder.chmod(0o755)
    other = Stack(folder, settings={"POSTGRES_PORT": str(ports["postgres"])})
    other.ports = ports
    try:
        other.homes("restore", str(backup), "--secrets", f"{backup}.secrets")
        other.up()
        assert other.homes("models") == models
        told = {"prediction_id": ids[0], "feedback_type": "accurate"}
        answer = httpx.post(other.url("router") + "/api/feedback", json=told)
        assert answer.status_code == 200, answer.text
        assert conserved(other)
    finally:
        other.homes("down")
        shutil.rmtree(folder)
