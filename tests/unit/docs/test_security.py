"""SECURITY.md promises nothing that no test shows."""

import ast
import re

from support.paths import REPOSITORY

PAGE = (REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`((?:unit|integration|page)/[\w/]+\.py)::(\w+)`", PAGE)
# What an attacker is refused, by the words of the tests.
ATTACKS = """
no_key wrong_key revoked_key expired_key key_of_too_small_a_scope forged_prediction_id
replayed_cookie_of_another_visitor forged_address log_reading_without_key path_escape a_key_in_a_url
"""


def functions_in(path: str) -> set[str]:
    tree = ast.parse((REPOSITORY / "tests" / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_test_that_it_names_is_there() -> None:
    assert len(NAMED) > 20
    assert [(path, name) for path, name in NAMED if name not in functions_in(path)] == []


def test_every_row_of_who_may_do_what_names_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")][2:]
    assert len(rows) > 15
    assert [row for row in rows if not re.search(r"`\w+/[\w/]+\.py::\w+`", row)] == []


def test_each_of_the_attackers_list_has_a_test_of_its_name() -> None:
    there = functions_in("unit/serving/test_attackers.py")
    assert {f"test_{attack}" for attack in ATTACKS.split()} - there == set()


def test_the_readme_and_the_page_for_a_production_lead_to_it() -> None:
    for page in (REPOSITORY / "README.md", REPOSITORY / "docs" / "production.md"):
        assert "SECURITY.md)" in page.read_text(encoding="utf-8")
