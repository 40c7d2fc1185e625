"""Every bad input has its status and a message that helps; none is a 500, none is priced."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeprices.serving.app import create_app
from support.client import Client
from support.service import OPERATOR_KEY, Service

PATH = "/api/predict_home_price"
HOME: dict[str, Any] = {"total_sqft": 1200, "location": "Hebbal", "bhk": 2, "bath": 2}
JSON = {"content-type": "application/json"}
# What reading such a text took before was seconds, and minutes for longer ones.
MOST_CPU_S = 0.5


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder: Path = tmp_path_factory.mktemp("spool")
    with Client(create_app(Service(folder).dependencies)) as client:
        client.until(lambda: client.get("/api/health/ready").status_code == 200)
        yield client


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("total_sqft", -1000, "must be 100 to 30,000 sq ft in Bengaluru; got -1000"),
        ("total_sqft", 0, "must be 100 to 30,000 sq ft in Bengaluru; got 0"),
        ("total_sqft", "abc", "got abc, which is not a number"),
        ("total_sqft", 1e9, "must be 100 to 30,000 sq ft in Bengaluru; got 1000000000.0"),
        ("total_sqft", "1133 -", "got 1133 -, which is not a number"),
        ("total_sqft", "NaN", "is missing: must be 100 to 30,000 sq ft in Bengaluru"),
        ("total_sqft", None, "is missing: must be 100 to 30,000 sq ft in Bengaluru"),
        ("total_sqft", "9" * 60_000, "must be plain text of at most 200 characters"),
        ("total_sqft", [1200], "which is not a number"),
        ("total_sqft", True, "which is not a number"),
        ("bhk", 0, "must be 1 to 20 in Bengaluru; got 0"),
        ("bhk", 300, "must be 1 to 20 in Bengaluru; got 300"),
        ("bhk", 2.3, "got 2.3, which is not a whole number"),
        ("bath", None, "is missing: must be 1 to 20 in Bengaluru"),
        ("location", "", "is missing: the name of a locality"),
        ("location", {"a": 1}, "must be plain text of at most 200 characters"),
    ],
)
def test_a_value_that_cannot_be_used_is_422_and_says_what_would_be(
    shared: Client, field: str, value: object, words: str
) -> None:
    response = shared.post(PATH, json={**HOME, field: value})
    assert response.status_code == 422
    error = response.json()["error"]
    assert error["code"] == "bad_input"
    (problem,) = error["fields"]
    assert problem["field"] == field
    assert words in problem["problem"]
    assert field in error["message"]


def test_all_problems_are_told_at_once(shared: Client) -> None:
    fields = shared.post(PATH, json={}).json()["error"]["fields"]
    assert [one["field"] for one in fields] == ["location", "total_sqft", "bhk", "bath"]


@pytest.mark.parametrize(
    ("body", "headers", "words"),
    [
        (b'{"total_sqft": 12', JSON, "must be one JSON object"),
        (b'{"total_sqft": NaN}', JSON, "must be one JSON object"),
        (b"", JSON, "must be one JSON object"),
        (b"[]", JSON, "must be one JSON object"),
        (b"\xff\xfe", JSON, "begins as UTF-16"),
        (b'{"a":' + b"[" * 60_000, JSON, "must be one JSON object"),
        (b"<home/>", {"content-type": "text/xml"}, "Content-Type must be application/json"),
        (b"x", {}, "got none"),
        (
            json.dumps(HOME).encode(),
            {"content-type": "application/x-www-form-urlencoded"},
            "add the header Content-Type: application/json",
        ),
        (json.dumps(HOME).encode(), {**JSON, "content-encoding": "gzip"}, "not whole gzip"),
        (b"no", {"content-type": "multipart/form-data"}, "multipart"),
        (b"no", {"content-type": "multipart/form-data; boundary=b"}, "multipart"),
        (
            b'--b\r\nContent-Disposition: form-data; name="location"\r\n\r\nCaf\xe9 Road\r\n--b--',
            {"content-type": "multipart/form-data; boundary=b"},
            "must be UTF-8",
        ),
        (b"&".join([b"a=1"] * 80), {"content-type": "application/x-www-form-urlencoded"}, "50"),
    ],
)
def test_a_body_that_cannot_be_read_is_400(
    shared: Client, body: bytes, headers: dict[str, str], words: str
) -> None:
    response = shared.post(PATH, content=body, headers=headers)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "unreadable"
    assert words in response.json()["error"]["message"]


@pytest.mark.parametrize(
    "text", ["1" * 60_000 + "x", "2" + " a" * 30_000, "9" * 60_000, "(" * 60_000]
)
@pytest.mark.parametrize("field", [*HOME, "balcony", "area_type", "latitude", "availability"])
def test_a_long_text_holds_up_nobody(shared: Client, field: str, text: str) -> None:
    began = process_time()
    response = shared.post(PATH, json={**HOME, "longitude": 77.6, field: text})
    assert response.status_code == 422
    assert field in [problem["field"] for problem in response.json()["error"]["fields"]]
    assert process_time() - began < MOST_CPU_S


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "utf-16", "latin-1", "no such"])
def test_a_form_in_another_charset_is_refused(shared: Client, charset: str) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="bath"\r\n\r\n\\ud800+2AA-\r\n--b--\r\n'
    media = f'multipart/form-data; boundary=b; charset="{charset}"'
    response = shared.post(PATH, content=part, headers={"content-type": media})
    assert response.status_code == 400
    assert response.json()["error"]["message"] == f"a form must be UTF-8; got {charset}"


@pytest.mark.parametrize("media", ["application/json-seq", "application/jsonx"])
def test_what_only_begins_as_json_does_is_no_json(shared: Client, media: str) -> None:
    response = shared.post(PATH, content=json.dumps(HOME).encode(), headers={"content-type": media})
    assert response.status_code == 400
    assert f"got {media}" in response.json()["error"]["message"]


def test_an_uploaded_file_is_400(shared: Client) -> None:
    response = shared.post(PATH, files={"total_sqft": ("x.csv", b"1200")})
    assert response.status_code == 400


@pytest.mark.parametrize("path", [PATH, "/api/feedback"])
def test_five_megabytes_are_refused_before_they_are_read(shared: Client, path: str) -> None:
    read = []

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(80):
            read.append(1)
            yield b"x" * 65_536

    declared = shared.post(path, content=b"x" * 5_000_000, headers=JSON)
    chunked = shared.post(path, content=chunks(), headers=JSON)
    for response in (declared, chunked):
        assert response.status_code == 413
        assert response.json()["error"]["code"] == "too_large"
        assert response.headers["connection"] == "close"
    assert len(read) < 5


def test_unknown_paths_methods_and_parameters_have_the_same_shape(shared: Client) -> None:
    answers = {
        404: shared.get("/api/nothing"),
        405: shared.run(shared.ask("DELETE", PATH)),
        422: shared.get("/api/metrics?hours=-1"),
        401: shared.get("/api/logs"),
    }
    for status, response in answers.items():
        assert response.status_code == status
        assert set(response.json()["error"]) == {"code", "message", "fields"}
    assert answers[422].json()["error"]["fields"][0]["field"] == "hours"
    assert "GET" in answers[405].headers["allow"]


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys([*HOME, "balcony", "kind"], _ANYTHING)))
def test_no_json_at_all_makes_it_fail(shared: Client, changes: dict[str, Any]) -> None:
    response = shared.post(PATH, content=json.dumps({**HOME, **changes}).encode(), headers=JSON)
    assert response.status_code in {200, 400, 422}
    if response.status_code == 200:
        assert 100 <= response.json()["area"] <= 30_000


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=300), st.sampled_from(["json", "x-www-form-urlencoded", "form-data"]))
def test_no_bytes_at_all_make_it_fail(shared: Client, body: bytes, kind: str) -> None:
    media = "multipart/form-data; boundary=b" if kind == "form-data" else f"application/{kind}"
    response = shared.post(PATH, content=body, headers={"content-type": media})
    assert response.status_code in {400, 422}


@pytest.mark.parametrize("after", ["-1", "1e16", "-1.5e16", "1e999", "nan", "inf"])
def test_a_moment_that_no_clock_shows_is_refused_before_postgresql_is_asked(
    shared: Client, after: str
) -> None:
    headers = {"x-api-key": OPERATOR_KEY}
    response = shared.get(f"/api/logs/tail?after={after}", headers=headers)
    assert response.status_code == 422
    assert [field["field"] for field in response.json()["error"]["fields"]] == ["after"]


@pytest.mark.parametrize(
    ("path", "code", "sentence"),
    [
        ("/api/metrics?hours=abc", "not_a_number", "hours must be a number; got abc, which is not"),
        ("/api/metrics?hours=0", "out_of_range", "hours must be more than 0; got 0"),
        ("/api/metrics?hours=inf", "out_of_range", "hours must be at most "),
        ("/api/metrics?hours=nan", "out_of_range", "hours must be at most 8,784; got nan"),
        ("/api/drift_report?days=1.5", "not_whole", "days must be a whole number; got 1.5"),
        ("/api/drift_report?days=0", "out_of_range", "days must be at least 1; got 0"),
        ("/api/drift_report?days=366", "out_of_range", "days must be at most 365; got 366"),
        ("/api/localities", "missing", "q is missing: nothing can be answered without it"),
        (f"/api/localities?q={'x' * 101}", "out_of_range", "q must be text of at most 100 char"),
        ("/api/decisions?format=pdf", "not_a_choice", "format must be 'json' or 'csv'; got pdf"),
    ],
)
def test_a_parameter_that_does_not_fit_is_told_in_our_words(
    shared: Client, path: str, code: str, sentence: str
) -> None:
    response = shared.get(path)
    assert response.status_code == 422
    error = response.json()["error"]
    assert [problem["code"] for problem in error["fields"]] == [code]
    assert error["message"].startswith(sentence)
