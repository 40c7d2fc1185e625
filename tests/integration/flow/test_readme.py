"""The README's commands, as they are written, on a stack at other ports."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator

import pytest

from support.stack import REPOSITORY, Stack, eventually, running

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
    assert prices[2]["area"] == pytest.approx(370.9)
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


def test_every_file_that_the_readme_names_exists() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README.read_text())
    assert links
    assert [link for link in links if not (REPOSITORY / link).exists()] == []
