"""Every command that a message sends people to is one that there is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click

import homeprices
from homeprices.cli import homes

SOURCE = Path(homeprices.__file__).parent
NAMED = re.compile(r"(?:`|\./|: )homes ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?")


def texts() -> Iterator[str]:
    """The texts in the code and its catalogues; those of the code without what explains it."""
    for path in SOURCE.rglob("*.toml"):
        yield path.read_text(encoding="utf-8")
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        explaining = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
            if is_text and id(node) not in explaining:
                yield node.value


def exists(name: str, child: str) -> bool:
    """True for a command, and for one of a group where a word follows the group's name."""
    context = click.Context(homes)
    command = homes.get_command(context, name)
    if not isinstance(command, click.Group):
        return command is not None
    return not child or command.get_command(context, child) is not None


def test_every_command_that_a_message_names_exists() -> None:
    named = {match for text in texts() for match in NAMED.findall(text)}
    assert len(named) > 15
    assert [" ".join(pair) for pair in sorted(named) if not exists(*pair)] == []


def test_what_does_not_exist_would_be_seen() -> None:
    assert NAMED.findall("see `homes modles`") == [("modles", "")]
    assert not exists("modles", "")
    assert not exists("dataset", "publsh")
