"""The examples of the page for clients run as they are written, through the router."""

import json
from pathlib import Path
from typing import Any

import httpx

from support.api import Api
from support.examples import examples, run_example
from support.paths import REPOSITORY
from support.service import OPERATOR_KEY

PAGE = REPOSITORY / "docs" / "how-to" / "ask-for-prices.md"


def objects(text: str) -> list[Any]:
    """Every value of JSON in what an example printed, one after another."""
    decoder, values, rest = json.JSONDecoder(), [], text.lstrip()
    while rest:
        value, end = decoder.raw_decode(rest)
        values.append(value)
        rest = rest[end:].lstrip()
    return values


def test_what_is_typed_into_a_shell(api: Api, tmp_path: Path) -> None:
    blocks = examples(PAGE, "sh", api.url)
    printed = [objects(run_example("sh", b, tmp_path, KEY=OPERATOR_KEY)) for b in blocks]
    (price,), (whole, completed, form), kept, (rows, *lines), (with_key,) = printed
    assert price["estimated_price"] == with_key["estimated_price"] == 60.0
    assert whole["area"] == 133 * 9
    assert completed["localities"] == ["Whitefield"]
    assert form["fields"][0]["name"] == "location"
    assert [answer["feedback_type"] for answer in kept] == ["too_high", "actual_price"]
    assert "error" in rows[1]
    assert [row["row"] for row in lines] == [1, 2]


def test_the_cookies_that_are_sent_back_make_it_a_visit(api: Api, tmp_path: Path) -> None:
    (feedback,) = [block for block in examples(PAGE, "sh", api.url) if "visit.txt" in block]
    before = api.issued()
    run_example("sh", feedback, tmp_path)
    assert api.issued() == before + 3
    jar = (tmp_path / "visit.txt").read_text()
    assert {"visitor", "visit"} <= {line.split("\t")[5] for line in jar.splitlines()[4:]}
    headers = {"X-API-Key": OPERATOR_KEY}
    logs = httpx.get(f"{api.url}/api/logs?type=feedback&limit=2", headers=headers).json()["logs"]
    assert [row["caller"]["signed"] for row in logs] == [True, True]


def test_programs_in_python_and_javascript(api: Api, tmp_path: Path) -> None:
    price, feedback, retry = (
        run_example("python", block, tmp_path) for block in examples(PAGE, "python", api.url)
    )
    assert price.startswith("54.0 to 66.0 lakh - 0")
    assert feedback.startswith("Thank you.")
    assert retry == "60.0\n"
    in_node, in_page = (
        run_example("javascript", block, tmp_path)
        for block in examples(PAGE, "javascript", api.url)
    )
    assert in_node.startswith("54 to 66 lakh")
    assert in_page.startswith("60 Thank you.")


def test_an_error_is_what_the_page_shows(api: Api) -> None:
    (block,) = [b for b in PAGE.read_text().split("```json\n")[1:] if "bad_input" in b]
    shown = json.loads(block.partition("```")[0])
    asked = {"location": "Whitefield", "total_sqft": 1200, "bath": 2}
    assert httpx.post(f"{api.url}/api/predict_home_price", json=asked).json() == shown
