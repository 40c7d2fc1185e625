"""GET /api/models and /api/models/{version}."""

import pytest

from support.client import Client

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_every_version_is_listed_with_what_it_is_now(client: Client) -> None:
    told = client.get("/api/models").json()
    assert told["count"] == 2
    states = [(one["version"], one["state"]) for one in told["models"]]
    assert states == [("CO1", "on trial"), ("BO1", "production")]


@pytest.mark.parametrize(
    ("path", "words"),
    [("/api/models/CO1", "card of CO1"), ("/api/models/CO1?beside=BO1", "CO1 beside BO1")],
)
def test_a_card_is_json_for_machines_and_a_page_for_a_browser(
    client: Client, path: str, words: str
) -> None:
    assert client.get(path).json()["title"] == words
    page = client.get(path, headers=BROWSER)
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["vary"] == "Accept"
    assert page.text == f"<h1>{words}</h1>"


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/api/models/CO7", 404, "there is no model CO7"),
        ("/api/models/CO1?beside=BO9", 404, "there is no model BO9"),
        ("/api/models/newest", 400, "a model version looks like"),
    ],
)
def test_what_is_no_version_of_ours_says_so(
    client: Client, path: str, status: int, words: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert words in answer.json()["error"]["message"]
