"""What runbooks say to type is understood: by our own commands, and by compose's files."""

import re
import shlex
from pathlib import Path

import click
import pytest
import yaml

from homeprices.cli import homes
from support.monitoring import RUNBOOKS
from support.paths import REPOSITORY

PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(RUNBOOKS.glob("*.md"))}
WHERE = (
    "`homes` is `./homes` in the checkout; in containers, `docker compose exec airflow-scheduler"
)
IN_CONTAINERS = "docker compose exec airflow-scheduler "
COMPOSE_FILES = ("docker-compose.yaml", "docker-compose.ab.yml")


def commands(text: str) -> list[str]:
    """What stands between backticks and has more than one word, on one line each."""
    quoted = [" ".join(words.split()) for words in re.findall(r"`([^`]+)`", text)]
    return [command for command in quoted if " " in command]


def ours(text: str) -> list[str]:
    """The commands of `homes` among them, without where they are run and what reads them."""
    bare = [command.removeprefix(IN_CONTAINERS) for command in commands(text)]
    return [command.partition(" | ")[0] for command in bare if command.startswith("homes ")]


@pytest.fixture(autouse=True)
def nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands are read and end there; FILE is one that exists."""
    monkeypatch.setattr(click.Command, "invoke", lambda _, context: None)
    (tmp_path / "FILE").touch()
    monkeypatch.chdir(tmp_path)


def parse(command: str) -> None:
    """Read a command line as `homes` does; raises what click raises."""
    homes.main(shlex.split(command)[1:], standalone_mode=False)


@pytest.mark.parametrize("name", PAGES)
def test_our_commands_are_understood(name: str) -> None:
    for command in ours(PAGES[name]):
        parse(command)


@pytest.mark.parametrize(
    "wrong", ["homes experiment start", "homes restart router", "homes undo", "homes logs x --tail"]
)
def test_a_command_that_is_not_understood_is_seen(wrong: str) -> None:
    with pytest.raises(click.UsageError):
        parse(wrong)


@pytest.mark.parametrize("name", PAGES)
def test_who_reads_of_our_commands_is_told_how_they_are_run_in_containers(name: str) -> None:
    assert (WHERE in " ".join(PAGES[name].split())) == bool(ours(PAGES[name]))


@pytest.mark.parametrize("name", PAGES)
def test_logs_and_starts_are_told_for_containers_too(name: str) -> None:
    text = " ".join(PAGES[name].split())
    if "`homes up`" in text or "`homes logs" in text:
        assert "`docker compose " in text.replace(WHERE, "")


def test_compose_finds_the_services_that_are_named() -> None:
    files = [yaml.safe_load((REPOSITORY / name).read_text()) for name in COMPOSE_FILES]
    leaned_on, all_services = (
        set(files[0]["services"]),
        {name for f in files for name in f["services"]},
    )
    named = r"docker compose (-p homes )?(?:logs|restart|exec) ([a-z-]+)"
    for name, text in PAGES.items():
        for command in commands(text):
            for is_by_project, service in re.findall(named, command):
                # By the first file alone compose knows what leans on nothing of the second.
                assert service in (all_services if is_by_project else leaned_on), (name, command)
