"""The description of the API: whole, in words, with examples that run, and of what is served."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from openapi_spec_validator import OpenAPIV31SpecValidator

from homeprices import markets
from homeprices.domain import errors
from homeprices.domain.market import Market
from homeprices.domain.versions import ModelVersion
from homeprices.serving.app import create_app
from homeprices.serving.documentation import document
from homeprices.serving.documentation.answers import PREDICTION_ID
from homeprices.serving.documentation.document import Documents
from homeprices.serving.documentation.field_words import field_words
from homeprices.serving.documentation.operations import OPERATIONS, YOUR_OWN_ID, Tag
from support.client import Client
from support.description import Described, has_shape_of, operations, validator
from support.service import IDENTITY, MARKET, OPERATOR_KEY, Service
from support.town import TOWN

ROUTER = {"x-router": IDENTITY.router_key}
KEY = {"x-api-key": OPERATOR_KEY}
CITIES = {"bangalore": MARKET, "town": markets.parse(TOWN.encode())}
PRICES = "/api/predict_home_price"


@pytest.fixture(scope="module", params=CITIES)
def city(request: pytest.FixtureRequest) -> Market:
    return CITIES[request.param]


@pytest.fixture(scope="module")
def asked(city: Market, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    wanted = ModelVersion.parse("BO5")  # which prices about as examples do
    service = Service(tmp_path_factory.mktemp("spool"), market=city, wanted=wanted)
    with Client(create_app(service.dependencies)) as client:
        client.until(lambda: client.get("/api/health/ready").status_code == 200)
        yield client


@pytest.fixture(scope="module")
def described(asked: Client) -> Any:
    return asked.get("/openapi.json").json()


@pytest.fixture(scope="module")
def at_router(asked: Client) -> Any:
    return asked.get("/openapi.json", headers=ROUTER).json()


def documents(folder: Path, **more: Any) -> Documents:
    return Documents(Service(folder, **more).dependencies)


def test_it_has_the_form_of_a_description(tmp_path: Path) -> None:
    made = documents(tmp_path).document(FastAPI(), at_router=True)
    assert [str(error) for error in OpenAPIV31SpecValidator(made).iter_errors()] == []


def test_a_client_finds_prices_and_feedback_first(described: Any) -> None:
    tags = [tag["name"] for tag in described["tags"]]
    assert tags == [tag.value for tag in Tag]
    assert tags[:2] == ["prices", "feedback"]
    order = [tags.index(operation.body["tags"][0]) for operation in operations(described)]
    assert order == sorted(order)
    assert next(iter(described["paths"])) == PRICES
    assert list(described["paths"][PRICES]) == ["post", "get"]


def test_every_operation_parameter_and_field_is_said_in_words(described: Any) -> None:
    for operation in operations(described):
        assert operation.body["summary"], operation.name
        assert operation.body["description"].endswith((".", "!")), operation.name
        for parameter in operation.body.get("parameters", []):
            assert parameter["description"], (operation.name, parameter["name"])
    for name, schema in described["components"]["schemas"].items():
        for field, told in schema.get("properties", {}).items():
            assert told.get("description"), (name, field)


def test_a_field_without_words_is_seen(city: Market) -> None:
    words = field_words(city)
    assert (
        words.field("Answer", "low") == f"The lower end of the range, in {city.money.price_unit}."
    )
    assert words.field("Answer", "colour") is None


def test_no_words_are_kept_for_fields_that_are_gone(described: Any) -> None:
    schemas = described["components"]["schemas"]
    unused = [
        (schema, field)
        for schema, field in field_words(MARKET).named()
        if field not in schemas.get(schema, {}).get("properties", {})
    ]
    assert unused == []


def test_a_route_without_words_is_no_description(tmp_path: Path) -> None:
    app = FastAPI()
    app.add_api_route("/api/colours", lambda: None)
    with pytest.raises(ValueError, match="/api/colours"):
        documents(tmp_path).document(app)


def test_every_error_has_its_codes_an_example_of_each_and_its_headers(at_router: Any) -> None:
    codes: dict[str, set[int]] = {"internal": {500}}
    for kind in every_error():
        codes.setdefault(kind.code, set()).add(kind.status)
    for operation in operations(at_router):
        for status, response in operation.problems.items():
            named = response["content"]["application/json"]["schema"]["allOf"][1]
            allowed = named["properties"]["error"]["properties"]["code"]["enum"]
            examples = response["content"]["application/json"]["examples"]
            assert list(examples) == allowed
            for code, example in examples.items():
                validator(at_router, operation.schema(status)).validate(example["value"])
                assert example["value"]["error"]["code"] == code
                assert status in codes[code]
                assert f"`{code}`" in response["description"]
            headers = {429: "Retry-After", 503: "Retry-After", 401: "WWW-Authenticate"}
            assert status not in headers or headers[status] in response["headers"]


def every_error() -> list[type[errors.HomesError]]:
    kinds = [errors.HomesError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    return kinds


def test_only_what_the_address_serves_is_described(described: Any, at_router: Any) -> None:
    assert set(described["paths"]) - set(at_router["paths"]) == {"/metrics"}
    for paths in (described["paths"], at_router["paths"]):
        assert "414" in paths[PRICES]["get"]["responses"]


@pytest.mark.parametrize("key", ["", "0" * 64, "é"])
def test_nobody_else_is_taken_for_the_router(asked: Client, key: str) -> None:
    headers = {"x-router": key.encode()}
    assert "/metrics" in asked.get("/openapi.json", headers=headers).json()["paths"]


def test_it_is_at_home_wherever_it_was_read(described: Any) -> None:
    (server,) = described["servers"]
    assert server["url"] == "/"


def test_a_key_is_asked_for_where_it_is_needed_and_nowhere_else(tmp_path: Path) -> None:
    scopes = {}
    for is_required in (False, True):
        service = Service(tmp_path / str(is_required), is_key_required=is_required)
        made = create_app(service.dependencies).openapi()
        scopes[is_required] = {o.name: o.scope for o in operations(made) if o.scope}
        for operation in operations(made):
            assert (401 in operation.problems) == bool(operation.scope)
    assert scopes[False] == {
        "post /api/decisions": "operate",
        "get /api/logs": "read_logs",
        "get /api/logs/tail": "read_logs",
    }
    assert scopes[True][f"post {PRICES}"] == "price"
    assert {name.split("/", 2)[1] for name in scopes[True]} == {"api"}
    assert not [name for name in scopes[True] if "health" in name or "fields" in name]


def test_every_example_is_answered_as_it_says(asked: Client, described: Any) -> None:
    answer = asked.post(PRICES, json=first_example(described)).json()
    sent = set()
    for operation in operations(described):
        for example in operation.examples(described):
            text = json.dumps(example).replace(PREDICTION_ID, answer["prediction_id"])
            response = send(asked, operation, json.loads(text))
            assert response.status_code == 200, (operation.name, response.text)
            assert_as_described(described, operation, response)
            sent.add((operation.name, example["media"]))
    assert len(sent) > len(OPERATIONS)
    assert {media for name, media in sent if name.endswith("/batch")} == {
        "application/json",
        "application/x-NDJSON",
        "text/csv",
    }


def test_an_example_of_a_batch_is_one_price_and_one_refusal_in_each_form(
    asked: Client, described: Any
) -> None:
    (batch,) = [o for o in operations(described) if o.name == f"post {PRICES}/batch"]
    for example in batch.examples(described):
        rows = send(asked, batch, example, accept="application/json").json()
        assert [row.get("error", {}).get("code") for row in rows] == [None, "bad_input"]


def test_an_id_that_only_the_reader_has_is_said_to_be_one(described: Any) -> None:
    schemas = described["components"]["schemas"]
    (parameter,) = described["paths"]["/api/estimates/{prediction_id}"]["get"]["parameters"][:1]
    for told in (
        described["paths"]["/api/feedback"]["post"],
        described["paths"]["/api/estimates/{prediction_id}"]["get"],
        schemas["Opinion"]["properties"]["prediction_id"],
        schemas["OpinionForm"]["properties"]["prediction_id"],
        parameter,
    ):
        assert told["description"].endswith(YOUR_OWN_ID)


def first_example(described: Any) -> Any:
    body = described["paths"][PRICES]["post"]["requestBody"]["content"]["application/json"]
    return next(iter(body["examples"].values()))["value"]


def send(client: Client, operation: Described, example: Any, **headers: str) -> Any:
    """The answer to an example, sent as Swagger sends it."""
    path, query = operation.address(example["parameters"])
    media, body = example["media"], example["body"]
    if media == "application/json":
        more = {"json": body}
    elif media == "application/x-www-form-urlencoded":
        more = {"data": body}
    elif media == "multipart/form-data":
        more = {"files": {name: (None, str(value)) for name, value in body.items()}}
    else:
        more = {"content": body}
        headers |= {"content-type": media} if media else {}
    headers |= KEY
    return client.run(client.ask(operation.method, path, params=query, headers=headers, **more))


def assert_as_described(described: Any, operation: Described, response: Any) -> None:
    """The answer has the type, the schema and the shape of the one that is shown."""
    media = response.headers["content-type"].partition(";")[0]
    assert media in operation.media(200), operation.name
    if media != "application/json":
        return
    validator(described, operation.schema(200)).validate(response.json())
    shown = operation.body["responses"]["200"]["content"][media].get("example")
    if shown is not None:
        assert has_shape_of(response.json(), shown), operation.name


@pytest.mark.parametrize("path", [PRICES, "/api/feedback", "/api/decisions"])
def test_an_example_of_a_refusal_is_what_is_told(asked: Client, described: Any, path: str) -> None:
    responses = described["paths"][path]["post"]["responses"]
    shown = responses["422"]["content"]["application/json"]["examples"]["bad_input"]["value"]
    refused = asked.post(path, json={}, headers=KEY).json()
    assert has_shape_of(refused, shown)
    known = [field["code"] for field in shown["error"]["fields"]]
    assert set(known) <= {"out_of_range", "missing", "unusable"}


def test_its_pages_are_served_and_its_routes_are(asked: Client, described: Any) -> None:
    for page in document.PAGES:
        assert asked.get(page).status_code == 200
    for link in ("/api/fields", "/redoc", "/openapi.json"):
        assert f"]({link})" in described["info"]["description"]
        assert asked.get(link).status_code == 200
