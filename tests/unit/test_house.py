"""The code stays as it is cut: small functions, small folders, one name for one type.

The figures are those of `benchmarks/house.py`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from support.paths import REPOSITORY, load_script

house = load_script(REPOSITORY / "benchmarks" / "house.py")
CODE = house.house(house.SOURCE)
MOST_FILES_IN_A_FOLDER = 20
MOST_IMPORT_LINES = 0.08
# MLflow warns of hints that it can read and does not understand.
HINTS_STAY_TEXT = {"pyfunc.py"}


def test_no_type_name_is_defined_twice() -> None:
    assert CODE.twice == {}


def test_a_folder_can_be_looked_through() -> None:
    files, folder = CODE.largest_folder
    assert files <= MOST_FILES_IN_A_FOLDER, folder


def test_most_functions_are_read_at_a_glance() -> None:
    median, ninetieth, _ = house.spread(CODE.functions)
    assert median <= 7
    assert ninetieth <= 18
    assert CODE.long_share < 0.015


def test_lines_say_more_than_where_names_come_from() -> None:
    assert CODE.import_share < MOST_IMPORT_LINES


def hints(tree: ast.Module) -> Iterator[ast.expr]:
    """The annotations that Python evaluates when it imports a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
            yield node.annotation
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
            yield node.returns


def names_before_they_are_defined(tree: ast.Module) -> set[str]:
    """The names in annotations that stand for something which only exists further down."""
    ends = {node.name: node.end_lineno or 0 for node in tree.body if isinstance(node, ast.ClassDef)}
    names = [n for hint in hints(tree) for n in ast.walk(hint) if isinstance(n, ast.Name)]
    return {name.id for name in names if name.lineno <= ends.get(name.id, 0)}


def test_hints_are_text_only_where_a_name_is_used_before_it_exists() -> None:
    modules = house.house(house.SOURCE, REPOSITORY / "tests").modules
    texts = {m.path for m in modules if "__future__.annotations" in m.imported}
    needed = {
        module.path
        for module in modules
        if names_before_they_are_defined(module.tree) or "if TYPE_CHECKING:" in module.text
    }
    needed |= {path for path in texts if path.name in HINTS_STAY_TEXT}
    assert sorted(texts - needed) == []


def test_the_figures_are_of_what_is_written(tmp_path: Path) -> None:
    (tmp_path / "nouns.py").write_text("import os\n\n\nclass Noun:\n    pass\n\n\nName = str\n")
    (tmp_path / "verbs.py").write_text(
        "import nouns\n# why\n\n\nclass Noun:\n    def act(self):\n        return nouns\n"
    )
    small = house.house(tmp_path)
    assert (len(small.modules), small.lines, small.functions) == (2, 15, [2])
    assert small.import_share == 2 / 15
    assert small.comment_share == 1 / 15
    assert list(small.twice) == ["Noun"]
    assert small.largest_folder == (2, tmp_path)


def test_percentiles_are_of_the_ranked() -> None:
    assert house.spread([9, 1, 5, 3, 7, 11, 15, 13, 17, 19]) == (10, 17, 19)
