"""A scoring that is killed goes on without a double or a gap, and its memory does not grow."""

import csv
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import cycle, islice
from pathlib import Path

import psutil
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from homeprices import markets
from homeprices.datasets.simulate import simulate
from support.prepared import Prepared
from support.stack import Stack, eventually

MOST_GROWTH_MB = 30


@pytest.fixture(scope="module")
def stack(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return Stack(tmp_path_factory.mktemp("score") / "data", objects=prepared.in_production)


def homes_file(path: Path, rows: int) -> Path:
    """Listings of the simulator, over and over, each with a number of its own."""
    lines = simulate(markets.load("bangalore"), 5_000, 3).decode().splitlines()
    with path.open("w", newline="") as file:
        header, *homes = csv.reader(lines)
        writer = csv.writer(file)
        writer.writerow(["id", *header])
        writer.writerows([i, *home] for i, home in enumerate(islice(cycle(homes), rows)))
    return path


def command(source: Path, target: Path, *options: str) -> list[str]:
    return [
        *(sys.executable, "-m", "homeprices", "score", str(source), "--out", str(target)),
        *options,
    ]


@pytest.fixture(scope="module")
def whole(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory, scale: Callable[[int, int], int]
) -> tuple[Path, bytes]:
    """A file, and what comes of it when nothing happens."""
    folder = tmp_path_factory.mktemp("whole")
    source = homes_file(folder / "homes.csv", scale(40_000, 1_000_000))
    said = stack.homes("score", str(source), "--out", str(folder / "whole.csv"))
    assert len(re.findall(r" homes, \d+%, [\d,]+ a second", said)) >= scale(0, 3)
    return source, (folder / "whole.csv").read_bytes()


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("processes", [pytest.param("1", marks=pytest.mark.full), "2"])
def test_killed_again_and_again_it_ends_as_if_nothing_had_happened(
    stack: Stack,
    whole: tuple[Path, bytes],
    tmp_path: Path,
    processes: str,
    scale: Callable[[int, int], int],
) -> None:
    source, expected = whole
    target = tmp_path / "out.csv"
    options = ("--resume", "--processes", processes)
    for kill in range(scale(2, 20)):
        process = subprocess.Popen(
            command(source, target, *options), env=stack.environment(), stderr=subprocess.DEVNULL
        )
        had = len(list(parts(target)))
        eventually(
            lambda had=had, process=process: (
                len(list(parts(target))) > had or process.poll() is not None
            ),
            within_s=60,
            every_s=0.01,
        )
        # At any moment of the part that comes next.
        time.sleep(0.07 * kill % 0.5)
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        _, alive = psutil.wait_procs(children, timeout=15)
        assert alive == [], "what was started outlives who started it"
        if target.exists():
            break
        if kill == 0:
            said = stack.homes("score", str(source), "--out", str(target), fails=True)
            assert "--resume goes on" in said
    if not target.exists():
        stack.homes("score", str(source), "--out", str(target), *options)
    assert target.read_bytes() == expected
    assert list(tmp_path.iterdir()) == [target]


def parts(target: Path) -> Iterator[Path]:
    return target.with_name(f"{target.name}.parts").glob("part-*")


@pytest.mark.timeout(1_800)
def test_interrupted_at_the_keyboard_it_says_how_to_go_on(
    stack: Stack, whole: tuple[Path, bytes], tmp_path: Path
) -> None:
    source, expected = whole
    target = tmp_path / "out.csv"
    process = subprocess.Popen(
        command(source, target, "--processes", "2"),
        env=stack.environment(),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Who runs the suite in the background has it ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    eventually(lambda: list(parts(target)), within_s=60, every_s=0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert said.strip().splitlines()[-1].endswith("with --resume goes on")
    assert "Traceback" not in said
    stack.homes("score", str(source), "--out", str(target), "--resume")
    assert target.read_bytes() == expected


@pytest.mark.full
@pytest.mark.timeout(1_800)
def test_a_part_that_had_its_name_before_it_was_whole_would_leave_a_gap(
    stack: Stack, whole: tuple[Path, bytes], tmp_path: Path
) -> None:
    """The control: what a kill leaves of a part that is not written under another name first."""
    source, expected = whole
    target = tmp_path / "out.csv"
    process = subprocess.Popen(command(source, target), env=stack.environment())
    eventually(lambda: list(parts(target)), within_s=60, every_s=0.01)
    process.kill()
    process.wait()
    part = next(parts(target))
    os.truncate(part, part.stat().st_size // 2)
    stack.homes("score", str(source), "--out", str(target), "--resume")
    assert target.read_bytes() != expected


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("suffix", [".csv", pytest.param(".parquet", marks=pytest.mark.full)])
def test_memory_does_not_grow_with_the_file(
    stack: Stack, tmp_path: Path, suffix: str, scale: Callable[[int, int], int]
) -> None:
    most_mb = []
    for rows in (scale(10_000, 100_000), scale(50_000, 1_000_000)):
        source = homes_file(tmp_path / f"{rows}.csv", rows)
        if suffix == ".parquet":
            text = pc.ConvertOptions(column_types={"total_sqft": "string", "size": "string"})
            table = pc.read_csv(source, convert_options=text)
            source = source.with_suffix(suffix)
            pq.write_table(table, source)
            del table
        target = tmp_path / f"out-{rows}{suffix}"
        process = subprocess.Popen(command(source, target), env=stack.environment())
        most_mb.append(_most_memory_mb(process))
        assert process.returncode == 0
        assert _rows(target) == rows
    assert most_mb[1] - most_mb[0] < MOST_GROWTH_MB


def _most_memory_mb(process: subprocess.Popen[bytes]) -> float:
    """What it held at most until it ended; the system's own figure begins with what we hold."""
    looked_at, most = psutil.Process(process.pid), 0
    while process.poll() is None:
        with suppress(psutil.Error):
            most = max(most, looked_at.memory_info().rss)
        time.sleep(0.02)
    return most / 1e6


def _rows(path: Path) -> int:
    if path.suffix == ".parquet":
        return int(pq.ParquetFile(path).metadata.num_rows)
    with path.open(newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1
