"""The code stays as it is cut: small functions, small folders, one name for one type.

The figures are those of `benchmarks/house.py`.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("house", REPOSITORY / "benchmarks" / "house.py")
assert _spec and _spec.loader
house = importlib.util.module_from_spec(_spec)
# Dataclasses look their module up by name.
sys.modules["house"] = house
_spec.loader.exec_module(house)

CODE = house.house(house.SOURCE)
MOST_FILES_IN_A_FOLDER = 20
MOST_IMPORT_LINES = 0.093


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
