"""Every benchmark can be started: nobody runs them daily, so a name that is gone shows here."""

from pathlib import Path

import pytest

from support.paths import REPOSITORY, load_script

BENCHMARKS = REPOSITORY / "benchmarks"


@pytest.mark.parametrize("path", sorted(BENCHMARKS.glob("*.py")), ids=lambda path: path.stem)
def test_it_finds_what_it_imports_and_can_be_run(path: Path) -> None:
    assert callable(load_script(path).main)
