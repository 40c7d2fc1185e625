"""docs/reference is what the code says, page by page."""

from collections.abc import Iterator

import click
import pytest
from prometheus_client import Counter

from homeprices.cli import homes
from homeprices.serving.metrics import ServiceMetrics
from support.paths import REPOSITORY, load_script

FOLDER = REPOSITORY / "docs" / "reference"
make = load_script(FOLDER / "make.py")


@pytest.mark.parametrize("name", make.PAGES)
def test_a_page_is_what_the_code_says(name: str) -> None:
    written = (FOLDER / name).read_text(encoding="utf-8")
    assert written == make.PAGES[name](), "run `.venv/bin/python docs/reference/make.py`"


def test_the_settings_for_containers_are_all_there_is() -> None:
    written = make.ENV_EXAMPLE.read_text(encoding="utf-8")
    assert written == make.env_example(), "run `.venv/bin/python docs/reference/make.py`"
    assert [line for line in written.splitlines() if line and not line.startswith("#")] == []


def test_every_page_of_the_folder_is_made() -> None:
    assert {path.name for path in FOLDER.glob("*.md")} == set(make.PAGES)


def test_it_is_told_what_to_do_about_every_error_and_about_no_other() -> None:
    page = make.error_codes()
    assert [code for code in make.WHAT_TO_DO if f"| `{code}` |" not in page] == []


def test_a_series_that_nothing_has_counted_yet_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    class WithAnother(ServiceMetrics):
        def __init__(self, slot: str) -> None:
            super().__init__(slot)
            labels = ("slot", "colour")
            self._doors = Counter("doors", "Doors opened", labels, registry=self.registry)

    monkeypatch.setattr(make, "ServiceMetrics", WithAnother)
    assert "| `doors_total` | counter | colour, slot | Doors opened |" in make.metrics()


def test_every_command_and_option_has_its_words() -> None:
    page = make.commands()
    assert "Usage: homes experiment hold [OPTIONS]" in page
    assert "python -m" not in page
    options = list(_options(homes, click.Context(homes, info_name="homes")))
    assert len(options) > 40
    assert [option for option, words in options if not words] == []


def _options(command: click.Command, context: click.Context) -> Iterator[tuple[str, str | None]]:
    """Each option of a command and those under it, with its help."""
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            yield f"{context.command_path} {parameter.opts[0]}", parameter.help
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from _options(child, click.Context(child, info_name=name, parent=context))
