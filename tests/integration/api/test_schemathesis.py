"""The router is asked all that the description allows, and what it does not, by Schemathesis.

It makes requests of the description itself: its examples, the edges of every field and what lies
beyond them, other types, other methods, and at random. Whatever is sent, the answer has a status, a
type and a schema that the description names, and no fault is ours.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from dotenv import dotenv_values

from support import schemathesis_hooks
from support.api import UNLIMITED, Api
from support.prepared import Prepared
from support.service import OPERATOR_KEY
from support.stack import running

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "missing_required_header",
)


def described(url: str) -> Any:
    return httpx.get(f"{url}/openapi.json").raise_for_status().json()


def ask_everything(
    url: str, document: Any, folder: Path, key: str, examples: int, *options: str
) -> subprocess.CompletedProcess[str]:
    """Run Schemathesis, which keeps files in `folder`; the same requests each time."""
    # Of a description that it reads by its address it leaves that address out.
    path = folder / "openapi.json"
    path.write_text(json.dumps(document))
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", str(path), "--url", url),
        *("--header", f"X-API-Key: {key}", "--checks", ",".join(CHECKS)),
        *("--phases", "examples,coverage,fuzzing", "--max-examples", str(examples)),
        *("--generation-deterministic", "--continue-on-failure", "--no-color"),
        *("--request-timeout", "10", "--warnings", "off", *options),
    ]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": schemathesis_hooks.__name__}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_whatever_is_sent_the_answer_is_one_that_is_described(
    api: Api, tmp_path: Path, scale: Callable[[int, int], int]
) -> None:
    document, examples = described(api.url), scale(5, 200)
    asked = ask_everything(api.url, document, tmp_path, OPERATOR_KEY, examples)
    assert asked.returncode == 0, asked.stdout
    count = sum(len(methods) for methods in document["paths"].values())
    assert f"Tested: {count}" in asked.stdout


def test_a_description_that_is_wrong_is_found_out(api: Api, tmp_path: Path) -> None:
    document = described(api.url)
    document["components"]["schemas"]["Alive"]["properties"]["status"] = {"enum": ["dead"]}
    del document["paths"]["/api/localities"]["get"]["responses"]["422"]
    both = ("--include-path", "/api/localities", "--include-path", "/api/health/live")
    asked = ask_everything(api.url, document, tmp_path, OPERATOR_KEY, 1, *both)
    assert asked.returncode == 1, asked.stdout
    assert "Undocumented status code" in asked.stdout
    assert "Response violates schema" in asked.stdout


@pytest.mark.full
@pytest.mark.timeout(900)
def test_a_whole_stack_with_an_experiment_answers_as_described(
    prepared: Prepared, tmp_path: Path
) -> None:
    """With real models, tables and acts of an operator, which are carried out."""
    with running(objects=prepared.with_experiment, settings=UNLIMITED) as stack:
        key = str(dotenv_values(stack.data_dir / "settings.env")["HOMES_OPERATOR_KEY"])
        url = stack.url("router")
        asked = ask_everything(url, described(url), tmp_path, key, 50)
        assert asked.returncode == 0, asked.stdout
        assert stack.price()["estimated_price"] > 0
