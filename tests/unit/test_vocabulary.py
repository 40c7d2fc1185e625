"""Each noun of the domain has a line in the glossary, and words of the past stay out."""

import ast
import re
from pathlib import Path

from support.paths import REPOSITORY

SOURCE = REPOSITORY / "src" / "homeprices"
GLOSSARY = (REPOSITORY / "docs" / "glossary.md").read_text(encoding="utf-8")
# What these stood for has the field's name now.
OLD_WORDS = """
Acts Answered Answerings Answers Course DatasetShelf FactSet Finder FormulaValuer Found Ground
Judged Judgement Knowledge Learned Mark Material Mix Numbered Part Parts Plan Rehearsal Ruling
Served Subject Tables Terms Turns Valuer Visit
"""

# Bare words that cannot be searched for, or that mean something else in the field.
OLD_NAMES = """
charted judge judged judging middle_home narrower uncharted
"""


def classes(folder: Path) -> list[str]:
    """The names of all classes below `folder`, as often as each is defined."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in folder.rglob("*.py")]
    nodes = (node for tree in trees for node in ast.walk(tree))
    return [node.name for node in nodes if isinstance(node, ast.ClassDef)]


def identifiers(folder: Path) -> set[str]:
    """The names of functions, arguments, variables and fields below `folder`."""
    names = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names |= {getattr(node, part, None) for part in ("name", "arg", "id", "attr")}
    return {name.strip("_") for name in names if isinstance(name, str)}


def test_every_public_noun_of_the_domain_is_in_the_glossary() -> None:
    nouns = {name for name in classes(SOURCE / "domain") if not name.startswith("_")}
    assert len(nouns) > 50
    assert sorted(nouns - set(re.findall(r"`(\w+)`", GLOSSARY))) == []


def test_the_glossary_names_no_type_that_is_gone() -> None:
    named = set(re.findall(r"`([A-Z][a-z]\w+)`", GLOSSARY))
    assert sorted(named - set(classes(SOURCE))) == []


def test_words_that_were_left_behind_do_not_come_back_as_types() -> None:
    assert sorted(set(classes(SOURCE)) & set(OLD_WORDS.split())) == []


def test_words_that_were_left_behind_do_not_come_back_as_names() -> None:
    assert sorted(identifiers(SOURCE) & set(OLD_NAMES.split())) == []
