"""Nothing is promised never to be lost that no test shows, and no test without its control."""

import ast
import re

import pytest

from support.paths import REPOSITORY

PAGE = (REPOSITORY / "docs" / "explanation" / "what-is-never-lost.md").read_text(encoding="utf-8")
NAME = r"`([\w/]+\.py)::(\w+)`"
NAMED = re.findall(NAME, PAGE)
ROWS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]
PROMISES = [row for row in ROWS if row[0] not in {"promise", "fault"}]


def functions_in(path: str) -> set[str]:
    tree = ast.parse((REPOSITORY / "tests" / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_test_that_is_named_is_there() -> None:
    assert len(NAMED) > 30
    assert [(path, name) for path, name in NAMED if name not in functions_in(path)] == []


@pytest.mark.parametrize("row", PROMISES, ids=[row[0] for row in PROMISES])
def test_every_promise_has_a_test_and_a_control(row: list[str]) -> None:
    _, test, control = row
    assert re.search(NAME, test)
    assert re.search(NAME, control) or control.endswith("in the same test")


def test_every_test_of_the_spools_faults_is_named() -> None:
    folder = REPOSITORY / "tests" / "integration" / "faults"
    files = [path.relative_to(REPOSITORY / "tests") for path in folder.glob("test_spool_*.py")]
    named = {path for path, _ in NAMED}
    assert {str(path) for path in files} - named == set()
