"""Puts the description together: for a service as it is, and as the router serves it."""

import hmac
from collections.abc import Mapping
from inspect import cleandoc
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import Response

from homeprices.domain.experiments.decision import Decision
from homeprices.domain.market import Market
from homeprices.serving import decisions, feedback, predict, price
from homeprices.serving.access.keys import needed_scope
from homeprices.serving.access.rate_limit import kind_of
from homeprices.serving.batch import answers as batch_answers
from homeprices.serving.batch import route as batch
from homeprices.serving.dependencies import ServiceDependencies
from homeprices.serving.documentation import bodies
from homeprices.serving.documentation.answers import Example, Examples
from homeprices.serving.documentation.field_words import field_words
from homeprices.serving.documentation.homes import Schema, as_csv, home_parameters
from homeprices.serving.documentation.operations import OPERATIONS, TAGS, Operation
from homeprices.serving.documentation.parameters import with_words
from homeprices.serving.documentation.problems import (
    errors_met,
    problem_responses,
    refused_example,
)
from homeprices.serving.problems import Problem

PATH = "/openapi.json"
# What a service serves at its own port alone.
NOT_AT_THE_ROUTER = ("/metrics",)
REF = "#/components/schemas/{name}"
KEY_HEADERS: Schema = {
    "Bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer KEY`"},
    "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
PAGES = ("/docs", "/redoc")
SERVERS = [{"url": "/", "description": "where this description was read"}]
WORDS = """\
What a home in {city} is worth: a price in {unit} with an honest range around it.

1. `POST /api/predict_home_price` with what you know of the home.
2. Show the price with its range, and the notes.
3. `POST /api/feedback` with the `prediction_id`, when somebody says what the price was worth.

An error has one shape, `{{"error": {{"code", "message", "fields"}}}}`, and each operation lists the
codes that it may answer with. 429 and 503 say in `Retry-After` when the same may work; all that is
listed under prices, feedback and bulk is safe to send again. {keys}

[What may be said of a home](/api/fields) · [the same to read and to print](/redoc) ·
[for machines](/openapi.json)
"""
NO_KEY = "No key is needed but where an operation says so."
A_KEY = (
    "A key is needed where an operation says so: `Authorization: Bearer KEY` or `X-API-Key: KEY`."
)


class Documents:
    """The descriptions of an app, each made when it is first asked for and then kept."""

    def __init__(self, dependencies: ServiceDependencies) -> None:
        self._router_key = dependencies.identity.router_key.encode()
        self._market = dependencies.market
        self._is_key_required = dependencies.is_key_required
        self._made: dict[bool, Schema] = {}

    def document(self, app: FastAPI, *, at_router: bool = False) -> Schema:
        """What is served by `app`, or of it by the router."""
        if at_router not in self._made:
            maker = _Maker(app, self._market, self._is_key_required, at_router)
            self._made[at_router] = maker.document()
        return self._made[at_router]

    def answer(self, request: Request) -> Response:
        """The description of the address that was asked: the router says that it asks.

        In a thread: making one takes some tenths of a second, in which prices go on.
        """
        key = request.headers.get("x-router", "").encode("latin-1")
        at_router = hmac.compare_digest(key, self._router_key)
        body = msgspec.json.encode(self.document(request.app, at_router=at_router))
        return Response(body, media_type="application/json")


class _Maker:
    """Makes one description."""

    def __init__(
        self, app: FastAPI, market: Market, is_key_required: bool, at_router: bool
    ) -> None:
        self._app = app
        self._market = market
        self._is_key_required = is_key_required
        self._at_router = at_router
        self._examples = Examples(market)

    def document(self) -> Schema:
        """The whole of it, the operations in the order of their tags."""
        made = get_openapi(
            title=self._app.title, version=self._app.version, routes=self._app.routes
        )
        made["info"]["description"] = WORDS.format(
            city=self._market.city,
            unit=self._market.money.price_unit,
            keys=A_KEY if self._is_key_required else NO_KEY,
        )
        made["servers"] = SERVERS
        made["tags"] = [{"name": tag, "description": words} for tag, words in TAGS.items()]
        components = made.setdefault("components", {})
        components["schemas"] = self._schemas(components.get("schemas", {}))
        components["securitySchemes"] = KEY_HEADERS
        made["paths"] = self._paths(made.get("paths", {}), components["schemas"])
        return made

    def _schemas(self, of_routes: Mapping[str, Schema]) -> dict[str, Schema]:
        """The schemas of answers, each field with its words."""
        types = (price.Answer, price.Price, batch_answers.RowProblem, feedback.Kept)
        _, ours = msgspec.json.schema_components((*types, Decision, Problem), ref_template=REF)
        schemas = {**ours, **of_routes}
        words = field_words(self._market)
        for name, schema in schemas.items():
            if "description" in schema:
                schema["description"] = cleandoc(schema["description"])
            for field, described in schema.get("properties", {}).items():
                said = words.field(name, field)
                if said is not None:
                    described["description"] = said
        return bodies.schemas(self._market, self._examples.requests) | schemas

    def _paths(self, of_routes: Mapping[str, Any], schemas: Mapping[str, Schema]) -> Schema:
        """Every operation that is served here, in the order of `OPERATIONS`."""
        plain = self._plain_operations()
        unknown = {(m, p) for p, made in of_routes.items() for m in made} - set(OPERATIONS)
        if unknown:
            raise ValueError(f"no words in operations.py for {sorted(unknown)}")
        paths: Schema = {}
        for (method, path), operation in OPERATIONS.items():
            if self._at_router and path in NOT_AT_THE_ROUTER:
                continue
            made = plain.get((method, path)) or of_routes.get(path, {}).get(method)
            if made is not None:
                paths.setdefault(path, {})[method] = self._told(
                    made, method, path, operation, schemas
                )
        return paths

    def _told(
        self,
        made: Schema,
        method: str,
        path: str,
        operation: Operation,
        schemas: Mapping[str, Schema],
    ) -> Schema:
        """An operation with its words, examples, errors, and the scope of its key."""
        scope = needed_scope(method.upper(), path, is_key_required=self._is_key_required)
        examples = self._examples.requests.get((method, path), [])
        parameters = with_words(made.get("parameters", []), path, examples, self._market)
        refused = refused_example(method, path, self._market, parameters)
        kinds = errors_met(
            operation.errors,
            scope,
            is_limited=kind_of(method.upper(), path) is not None,
            at_router=self._at_router,
        )
        done = self._with_example(made["responses"]["200"], method, path, schemas)
        told: Schema = {
            "tags": [operation.tag.value],
            "summary": operation.summary,
            "description": operation.description,
            "operationId": f"{method}_{path.strip('/').replace('/', '_').translate(_PLAIN)}",
        }
        if parameters:
            told["parameters"] = parameters
        if "requestBody" in made:
            told["requestBody"] = _with_examples(made["requestBody"], examples, self._market)
        problems = problem_responses(kinds, refused)
        told["responses"] = {"200": done, **problems}
        if scope is not None:
            told["security"] = [{name: [scope.value]} for name in KEY_HEADERS]
        return told

    def _with_example(
        self, response: Schema, method: str, path: str, schemas: Mapping[str, Schema]
    ) -> Schema:
        """The answer of a success with an example, and a sentence on what it is."""
        content = {media: dict(told) for media, told in response.get("content", {}).items()}
        answer = self._examples.answers.get((method, path))
        if answer is not None:
            content["application/json"]["example"] = msgspec.to_builtins(answer)
        name = str(content.get("application/json", {}).get("schema", {}).get("$ref", ""))
        words = str(schemas.get(name.rpartition("/")[2], {}).get("description", "")).strip()
        return {**response, "description": words or response["description"], "content": content}

    def _plain_operations(self) -> dict[tuple[str, str], Schema]:
        """The routes that FastAPI does not run itself."""
        home = home_parameters(self._market)
        price = bodies.one_price()
        operations: dict[tuple[str, str], Schema] = {
            ("post", predict.PATH): {
                "requestBody": bodies.body("Home"),
                "responses": {"200": price},
            },
            ("get", predict.PATH): {"parameters": home, "responses": {"200": price}},
            ("post", batch.PATH): bodies.batch_operation(),
            ("post", feedback.PATH): {
                "requestBody": bodies.body("Opinion"),
                "responses": {"200": bodies.answer("Kept")},
            },
            ("post", decisions.PATH): {
                "requestBody": bodies.body("Act"),
                "responses": {"200": bodies.answer("Decision")},
            },
            ("get", PATH): {"responses": {"200": bodies.any_object("The description.")}},
        }
        pages = {("get", page): {"responses": {"200": bodies.page("A page.")}} for page in PAGES}
        return operations | pages


_PLAIN = str.maketrans("", "", "{}.")


def _with_examples(body: Schema, examples: list[Example], market: Market) -> Schema:
    """A body with its examples as each media has them; those of forms are in their schema."""
    content = dict(body["content"])
    for media in content.keys() - set(bodies.FORMS):
        shown = [(e.summary, _written(e.body, media, market)) for e in examples]
        named = {words.replace(" ", "_"): {"summary": words, "value": v} for words, v in shown}
        content[media] = {**content[media], "examples": named}
    return {**body, "content": content}


def _written(body: Any, media: str, market: Market) -> object:  # noqa: ANN401 - any JSON
    """A body as it is sent: text where it is no JSON."""
    if media == bodies.NDJSON:
        return b"\n".join(map(msgspec.json.encode, body)).decode()
    return as_csv(body, market) if media == bodies.CSV else body
