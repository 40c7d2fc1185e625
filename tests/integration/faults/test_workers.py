"""A service of two workers: what each acknowledged is stored once, and one page counts it all."""

import re
from collections.abc import Iterator

import httpx
import psutil
import pytest

from support.prepared import Prepared
from support.stack import Stack, eventually, load, running

pytestmark = pytest.mark.quiet


@pytest.fixture(scope="module")
def stack(prepared: Prepared) -> Iterator[Stack]:
    with running(objects=prepared.in_production, settings={"HOMES_WORKERS": "2"}) as stack:
        eventually(lambda: len(workers(stack)) == 2, within_s=20)
        yield stack


def workers(stack: Stack) -> list[psutil.Process]:
    """The processes that answer at production's port."""
    folder = stack.data_dir / "spool"
    pids = [int((folder / name / "lock").read_text()) for name in ("production", "production-2")]
    return [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]


def counted(stack: Stack, series: str) -> float:
    page = httpx.get(f"{stack.url('production')}/metrics", timeout=10).text
    return sum(float(value) for value in re.findall(rf"^{series} (\S+)$", page, re.MULTILINE))


def test_a_killed_worker_loses_nothing_and_its_successor_takes_up_its_spool(stack: Stack) -> None:
    with load(stack, "production", threads=8) as answers:
        eventually(lambda: len(answers) > 300, within_s=30)
        first, second = workers(stack)
        first.kill()
        first.wait(10)
        eventually(lambda: len(workers(stack)) == 2 and workers(stack)[0] != first, within_s=30)
        enough = len(answers) + 200
        eventually(lambda: len(answers) > enough, within_s=30)
        assert second.is_running()
    good = [a.json() for a in answers if getattr(a, "status_code", 0) == 200]
    acknowledged = {answer["prediction_id"][:36] for answer in good}
    assert len(acknowledged) > 500

    def stored() -> list[str]:
        return [row[0] for row in stack.sql("SELECT id::text FROM predictions")]

    eventually(lambda: acknowledged <= set(stored()), within_s=20)
    assert len(stored()) == len(set(stored()))


def test_any_worker_tells_the_series_of_all(stack: Stack) -> None:
    priced = r'predictions_total\{slot="production",variant="BO1"\}'
    before = counted(stack, priced)
    assert before > 500
    for _ in range(40):
        stack.price("production")
    assert {counted(stack, priced) for _ in range(10)} == {before + 40}
    issued = r'spool_records\{slot="production",state="issued"\}'
    eventually(lambda: counted(stack, issued) >= before + 40, within_s=10)
