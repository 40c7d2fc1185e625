"""The parts of the lock that images are made from are parts of the one lock."""

import re
import tomllib

import pytest

from support.paths import REPOSITORY

FOLDER = REPOSITORY / "requirements"
IMAGES = ("api", "router", "mlflow", "airflow")
PARTS = (*IMAGES, "moto")
TOO_HEAVY_TO_SERVE = {"pandas", "scikit-learn", "mlflow", "mlflow-skinny", "apache-airflow"}
Lock = dict[str, tuple[str, frozenset[str]]]


def lock(path: str) -> Lock:
    """By what is pinned and where, its hashes."""
    text = (REPOSITORY / path).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text)
    return {
        entry.split(" \\")[0].strip(): (entry, frozenset(re.findall(r"sha256:\w+", entry)))
        for entry in entries
        if entry.strip() and not entry.startswith("#")
    }


def pinned(path: str) -> dict[str, set[tuple[str, frozenset[str]]]]:
    """By name, each version with its hashes; where it is for is left out."""
    versions: dict[str, set[tuple[str, frozenset[str]]]] = {}
    for head, (_, hashes) in lock(path).items():
        name, _, rest = head.partition("==")
        version = rest.split(";")[0].strip()
        versions.setdefault(name.split("[")[0], set()).add((version, hashes))
    return versions


def wanted(part: str) -> list[str]:
    lines = (FOLDER / f"{part}.in").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("part", PARTS)
def test_a_part_has_the_versions_and_hashes_of_the_whole(part: str) -> None:
    whole, ours = pinned("requirements.lock"), pinned(f"requirements/{part}.lock")
    assert len(ours) >= len(wanted(part))
    differing = {name for name, versions in ours.items() if not versions <= whole.get(name, set())}
    assert differing == set(), "make it anew: requirements/make"


@pytest.mark.parametrize("part", IMAGES)
def test_a_part_asks_for_what_the_project_depends_on_and_pins_nothing_itself(part: str) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[=<>;\[ ]", text)[0] for text in project["dependencies"]}
    assert [text for text in wanted(part) if re.split(r"\[", text)[0] not in names] == []


@pytest.mark.parametrize("part", PARTS)
def test_a_part_names_no_host_and_has_a_hash_for_everything(part: str) -> None:
    path = f"requirements/{part}.lock"
    assert "://" not in (REPOSITORY / path).read_text()
    assert all(hashes for _, hashes in lock(path).values())


def test_what_prices_homes_holds_nothing_that_trains_or_schedules() -> None:
    assert TOO_HEAVY_TO_SERVE.isdisjoint(pinned("requirements/api.lock"))
    assert TOO_HEAVY_TO_SERVE.isdisjoint(pinned("requirements/router.lock"))
    assert set(pinned("requirements/airflow.lock")) | {"mlflow-skinny"} >= TOO_HEAVY_TO_SERVE
