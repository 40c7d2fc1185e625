"""What the page for clients says of pages of another origin, in a real browser."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from support.api import Api, api_running
from support.browser import chromium
from support.examples import examples
from support.paths import REPOSITORY

PAGE = REPOSITORY / "docs" / "how-to" / "ask-for-prices.md"


@pytest.fixture(scope="module")
def origins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Two sites with a page each."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text("<!doctype html><title>a page</title>")
    handler = partial(QuietHandler, directory=str(folder))
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), handler) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever).start()
    yield [f"http://127.0.0.1:{server.server_port}" for server in servers]
    for server in servers:
        server.shutdown()
        server.server_close()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def api(origins: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder: Path = tmp_path_factory.mktemp("api")
    folder.chmod(0o755)
    with api_running(folder, HOMES_CORS_ORIGINS=origins[0]) as api:
        yield api


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def said(browser: Browser, origin: str, program: str) -> str:
    """What the program prints in a page of `origin`, or what is wrong."""
    page = browser.new_page()
    page.goto(origin)
    printed: list[str] = []
    page.on("console", lambda told: told.type != "log" or printed.append(told.text))
    page.evaluate(f"async () => {{ try {{ {program} }} catch (e) {{ console.log(`${{e}}`) }} }}")
    page.close()
    return "\n".join(printed)


def test_a_page_whose_origin_is_named_asks_and_tells(
    browser: Browser, api: Api, origins: list[str]
) -> None:
    in_page = examples(PAGE, "javascript", api.url)[-1]
    assert said(browser, origins[0], in_page).startswith("60 Thank you.")


def test_a_page_of_any_other_origin_reads_nothing(
    browser: Browser, api: Api, origins: list[str]
) -> None:
    in_page = examples(PAGE, "javascript", api.url)[-1]
    assert "Failed to fetch" in said(browser, origins[1], in_page)
