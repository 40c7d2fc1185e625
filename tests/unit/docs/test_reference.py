"""docs/reference is what the code says, page by page."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from prometheus_client import Counter
from starlette.routing import Route

from homeprices.cli import homes
from homeprices.serving.app import create_app
from homeprices.serving.metrics import ServiceMetrics
from homeprices.serving.metrics.loop import STANDING, value_gauges
from homeprices.serving.metrics.process import PROCESS
from homeprices.settings import Settings
from support.paths import REPOSITORY, load_script
from support.service import MARKET, Service

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
    assert [code for code in make.WHAT_TO_DO if code not in headings(page)] == []


def headings(page: str) -> set[str]:
    return set(re.findall(r"^##+ (.+)$", page, re.MULTILINE))


def names(folder: Path) -> dict[str, set[str]]:
    """What there is, by the page that has a heading for each, from the running parts themselves."""
    service = Service(folder)
    app = create_app(service.dependencies)
    routes = {
        f"{method} {route.path}"
        for route in app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    series = {metric.name for metric in ServiceMetrics("production").registry.collect()}
    loop = (*PROCESS, *STANDING, *value_gauges(MARKET.money))
    return {
        # What Swagger UI comes back to from a login, which there is none of.
        "endpoints.md": routes - {"GET /docs/oauth2-redirect"},
        "settings.md": {str(field.alias) for field in Settings.model_fields.values()},
        "metrics.md": series | {gauge.name for gauge in loop},
    }


def without_heading(name: str, page: str, wanted: set[str]) -> set[str]:
    """What has no heading in a page; Prometheus says a counter with `_total`."""
    there = headings(page)
    if name == "metrics.md":
        there |= {heading.removesuffix("_total") for heading in there}
    return wanted - there


@pytest.mark.parametrize("name", ["endpoints.md", "settings.md", "metrics.md"])
def test_everything_has_its_heading_and_what_lacks_one_is_found(name: str, tmp_path: Path) -> None:
    page, wanted = (FOLDER / name).read_text(encoding="utf-8"), names(tmp_path)[name]
    assert len(wanted) > 15
    assert without_heading(name, page, wanted) == set()
    assert without_heading(name, page, wanted | {"planted"}) == {"planted"}
    gone = max(wanted)
    assert without_heading(name, re.sub(rf"^##+ {gone}.*$", "", page, flags=re.M), wanted) == {gone}


def test_every_link_to_a_heading_finds_it() -> None:
    for page in FOLDER.glob("*.md"):
        links = re.findall(r"\]\(([\w.]*)#([\w-]+)\)", page.read_text(encoding="utf-8"))
        for file, anchor in links:
            text = (FOLDER / (file or page.name)).read_text(encoding="utf-8")
            assert anchor in {make._anchor(heading) for heading in headings(text)}, (page, anchor)


def test_a_series_that_nothing_has_counted_yet_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    class WithAnother(ServiceMetrics):
        def __init__(self, slot: str) -> None:
            super().__init__(slot)
            labels = ("slot", "colour")
            self._doors = Counter("doors", "Doors opened", labels, registry=self.registry)

    monkeypatch.setattr(make, "ServiceMetrics", WithAnother)
    assert "### doors_total\n\nDoors opened. A counter, by `colour`, `slot`.\n" in make.metrics()


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
