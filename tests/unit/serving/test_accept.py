"""Of what can be answered the medium is chosen that `Accept` weighs highest."""

import pytest

from homeprices.serving.http.accept import HTML, JSON, preferred

CSV = "text/csv"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("text/html", HTML),
        ("TEXT/HTML ; Q=1", HTML),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML),
        ("application/json, text/html;q=0.9", JSON),
        ("text/html;q=0.9, application/json", JSON),
        ("text/html;q=0", JSON),
        ("text/html;q=0.000, */*", JSON),
        ("*/*, application/json;q=0", HTML),
        ("text/*;q=0.3, */*;q=0.2", HTML),
        ("text/*, text/html;q=0, application/json;q=0.1", CSV),
        ("text/html;q=0.2, text/*;q=0.9, */*;q=0.5", CSV),
        ("*/*, text/html", HTML),
        ("application/json, text/html", JSON),
        ("text/html, application/json", HTML),
        ("text/html;charset=utf-8;q=0.5, text/csv;q=0.6", CSV),
        ("application/xhtml+xml, x-text/html, text/html5", JSON),
        ("image/png", JSON),
        ("text/html;q=2, text/csv;q=0.1", CSV),
        ("text/html;q=high, text/csv;q=.1, nonsense, /, ;q=1, */html", JSON),
    ],
)
def test_the_medium_that_weighs_most_is_chosen(accept: str, chosen: str) -> None:
    assert preferred(accept, (JSON, HTML, CSV)) == chosen
