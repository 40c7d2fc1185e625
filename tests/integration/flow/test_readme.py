"""The README's commands, as they are written, on a stack at other ports."""

import csv
import json
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.paths import REPOSITORY
from support.stack import Stack, eventually, running

README = REPOSITORY / "README.md"
DEFAULT_PORTS = {"router": 7000, "production": 6001, "candidate": 6002, "page": 6500}


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running() as stack:
        yield stack


def written(stack: Stack, word: str) -> list[str]:
    """The shell blocks of the README that hold `word`, with the addresses of `stack`."""
    text = README.read_text().replace(".homes/operator.key", f"{stack.data_dir}/operator.key")
    for service, port in DEFAULT_PORTS.items():
        text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{stack.ports[service]}")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [block for block in blocks if word in block]


def answers(block: str) -> list[dict]:
    """Every JSON document that the block prints."""
    done = subprocess.run(["sh", "-e"], input=block, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    decoder, text, found = json.JSONDecoder(), done.stdout.strip(), []
    while text:
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:].strip()
    return found


def test_every_curl_command_of_the_readme_answers_as_it_should(stack: Stack) -> None:
    eventually(lambda: stack.health("production")["database"] == "connected", within_s=20)
    *asking, feedback, explaining, looking, mistaken = written(stack, "curl")
    prices = [answer for block in asking for answer in answers(block)]
    assert len(prices) == 4
    assert all(price["low"] < price["estimated_price"] < price["high"] for price in prices)
    assert prices[2]["area"] == pytest.approx(371)
    assert prices[3]["certainty"] == "too_few"
    assert "from the listings around the coordinates given" in prices[3]["notes"][0]
    # A prediction is explained once it has reached the database.
    *kept, explained = answers(f"{feedback}\nsleep 3\n{explaining}")
    assert [answer["status"] for answer in kept] == ["kept", "kept"]
    assert explained["equal"] and explained["reasons"]
    told = answers(looking)
    assert len(told) == looking.count("curl")
    assert not any("error" in answer for answer in told)
    (error,) = answers(mistaken)
    assert error["error"]["fields"][0]["field"] == "total_sqft"


def test_every_command_on_an_example_works_as_it_is_written(
    stack: Stack, scale: Callable[[str, str], str], tmp_path: Path
) -> None:
    # The cross-validation of a whole recipe takes half a minute of a processor.
    left_out = scale("--cv", "none")
    commands = [
        line
        for block in (*written(stack, "examples/"), *written(stack, "--learning-curve"))
        for line in block.splitlines()
        if line.startswith("./homes ") and left_out not in line
    ]
    assert len(commands) >= scale(2, 3)
    (tmp_path / "examples").symlink_to(REPOSITORY / "examples")
    homes = tmp_path / "homes"
    homes.write_text(f'#!/bin/sh\nexec "{REPOSITORY}/homes" "$@"\n')
    homes.chmod(0o755)
    for command in commands:
        words = shlex.split(command)
        done = subprocess.run(
            words,
            cwd=tmp_path,
            env=stack.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}:\n{done.stderr}"
    lines = (tmp_path / "priced.csv").read_text(encoding="utf-8").splitlines()
    priced = list(csv.DictReader(lines))
    assert [row["error"].split(" ")[0] for row in priced] == [*[""] * 5, "total_sqft", "bhk"]
    assert all(float(row["low"]) < float(row["high"]) for row in priced if not row["error"])
