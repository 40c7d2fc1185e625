"""What ships: every folder that the code asks for is in a checkout and in a wheel."""

import re
import tomllib

import pytest

from homeprices import assets
from homeprices.domain.errors import NotFound
from support.paths import REPOSITORY

SOURCES = {
    path: path.read_text(encoding="utf-8")
    for path in (REPOSITORY / "src" / "homeprices").rglob("*.py")
    if path.parent.resolve().is_relative_to(REPOSITORY / "src")
}
# They need the settings and the kept data of the checkout.
STAYS = {"tests"}


def asked_for() -> set[str]:
    """The folders that the code asks for."""
    return {
        name for text in SOURCES.values() for name in re.findall(r'assets\.folder\("(\w+)"', text)
    }


def test_a_wheel_holds_every_folder_that_the_code_asks_for_but_the_suites() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert {f"homeprices/assets/{name}" for name in asked_for() - STAYS} <= set(included.values())
    assert all((REPOSITORY / folder).is_dir() for folder in included)


def test_a_checkout_has_them_as_links_to_the_folders_at_its_top() -> None:
    assert asked_for() >= {"dags", "router", "tests"}
    for name in asked_for():
        assert assets.folder(name) == REPOSITORY / name


def test_a_folder_that_does_not_ship_is_told_with_the_way_to_it() -> None:
    with pytest.raises(
        NotFound, match=r"kubernetes is not part of this installation .* a checkout"
    ):
        assets.folder("kubernetes")


def test_no_source_file_looks_for_a_folder_by_its_own_place() -> None:
    assert [path for path, text in SOURCES.items() if re.search(r"parents\[\d", text)] == []
