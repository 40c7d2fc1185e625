"""The page of what is never lost names tests that are there, and each fault of theirs a control."""

import ast
import re

from support.paths import REPOSITORY

TESTS = REPOSITORY / "tests" / "integration"
PAGE = (REPOSITORY / "docs/explanation/what-is-never-lost.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`([\w./]+\.py)::(\w+)`", PAGE)


def functions_in(path: str) -> set[str]:
    tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_test_that_it_names_is_there() -> None:
    assert len(NAMED) > 20
    assert [(path, name) for path, name in NAMED if name not in functions_in(path)] == []


def test_every_row_names_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")]
    rows = [row for row in rows if not row.startswith(("| fault |", "| promise |"))]
    assert len(rows) > 10
    assert [row for row in rows if not re.search(r"`[\w./]+\.py::\w+`", row)] == []
