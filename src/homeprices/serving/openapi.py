"""Describes the routes that FastAPI does not run itself, so that /docs shows every one."""

from collections.abc import Callable
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from homeprices.domain.experiments.decision import Action, Decision
from homeprices.domain.market import FactKind, FactSpec, Market
from homeprices.domain.requests.feedback import SOURCES
from homeprices.domain.requests.records import FeedbackType
from homeprices.serving import decisions, feedback, predict
from homeprices.serving.access.keys import needed_scope
from homeprices.serving.batch import answers as batch_answers
from homeprices.serving.batch import route as batch

Schema = dict[str, Any]
REF = "#/components/schemas/{name}"
_TYPES: dict[FactKind, Schema] = {
    FactKind.LOCALITY: {"type": "string"},
    FactKind.AREA: {"anyOf": [{"type": "number"}, {"type": "string"}]},
    FactKind.WHOLE: {"type": "integer"},
    FactKind.NUMBER: {"type": "number"},
    FactKind.CHOICE: {"type": "string"},
    FactKind.TEXT: {"type": "string"},
    FactKind.DATE: {"type": "string", "format": "date"},
    FactKind.FLAG: {"type": "boolean"},
}
KEY_HEADERS: Schema = {
    "Bearer": {"type": "http", "scheme": "bearer"},
    "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
FORMS = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")


def described(app: FastAPI, market: Market, *, is_key_required: bool) -> Callable[[], Schema]:
    """The maker of the app's OpenAPI document, which it keeps once made."""

    def make() -> Schema:
        if app.openapi_schema is None:
            document = get_openapi(title=app.title, version=app.version, routes=app.routes)
            _add_plain_routes(document, market)
            _add_keys(document, is_key_required=is_key_required)
            app.openapi_schema = document
        return app.openapi_schema

    return make


def _add_plain_routes(document: Schema, market: Market) -> None:
    answers = (predict.Answer, predict.Price, batch_answers.RowProblem, feedback.Kept, Decision)
    _, schemas = msgspec.json.schema_components(answers, ref_template=REF)
    components = document.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in schemas.items():
        components.setdefault(name, schema)
    home = _home(market)
    paths = document["paths"]
    paths[predict.PATH] = {
        "get": _operation("Price a home", "Answer", query=home),
        "post": _operation("Price a home", "Answer", body=home),
    }
    paths[batch.PATH] = {"post": _batch(home)}
    paths[feedback.PATH] = {"post": _operation("Say what an estimate was worth", "Kept", body=SAID)}
    act = _operation("Promote, roll back, hold or undo", "Decision", body=ACT)
    paths.setdefault(decisions.PATH, {})["post"] = act


def _add_keys(document: Schema, *, is_key_required: bool) -> None:
    """Say of each operation which scope its key needs, as the gate goes by it."""
    document["components"]["securitySchemes"] = KEY_HEADERS
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            scope = needed_scope(method.upper(), path, is_key_required=is_key_required)
            if scope is not None:
                operation["security"] = [{name: [scope.value]} for name in KEY_HEADERS]


def _batch(home: Schema) -> Schema:
    """Many homes in, a row for each out; both in any of the formats, whichever was sent."""
    number = {"type": "object", "required": ["row"], "properties": {"row": {"type": "integer"}}}
    price = {"allOf": [number, {"$ref": REF.format(name="Price")}]}
    row = {"anyOf": [price, {"$ref": REF.format(name="RowProblem")}]}
    operation = _operation("Price many homes; a bad row has its own error", "Price")
    operation["description"] = BATCH_WORDS
    operation["requestBody"] = {"required": True, "content": _formats(home)}
    operation["responses"]["200"]["content"] = _formats(row)
    return operation


def _formats(row: Schema) -> Schema:
    """Rows of this schema in each format of a batch."""
    schemas = {"application/json": {"type": "array", "items": row}, "text/csv": {"type": "string"}}
    return {media: {"schema": schemas.get(media, row)} for media in batch.FORMATS}


def _home(market: Market) -> Schema:
    specs = market.facts.values()
    return {
        "type": "object",
        "required": [spec.field for spec in specs if spec.required],
        "properties": {spec.field: _fact(spec, market) for spec in specs},
    }


def _fact(spec: FactSpec, market: Market) -> Schema:
    """What may be said of one fact, with what its market declares of it."""
    schema: Schema = {"title": spec.title, **_TYPES[spec.kind]}
    about = [spec.hint] if spec.hint else []
    if spec.kind is FactKind.AREA:
        about = [f"a number in {market.area_unit} or text with its unit, {spec.bounds}", *about]
    elif spec.bounds is not None:
        schema |= {"minimum": spec.bounds.least, "maximum": spec.bounds.most}
    if spec.step is not None:
        schema["multipleOf"] = spec.step
    if spec.values:
        schema["enum"] = sorted(spec.values)
    if spec.examples:
        schema["examples"] = spec.examples
    if spec.group:
        others = [other.field for other in market.groups[spec.group] if other is not spec]
        about.append(f"Provide it with {' and '.join(others)}, or leave all out.")
    if about:
        schema["description"] = " ".join(about)
    return schema


BATCH_WORDS = (
    "Many homes in one request, priced by one model, in their order.\n\n"
    "A JSON array of homes, JSON lines, or CSV with a header (the columns of a listing file or the "
    "fields of a home); `Content-Encoding: gzip` is unpacked. The answer has a row for each home, "
    "in the format that `Accept` names first, else as sent: its number, and a price or the error "
    "that it would have had alone. Where the body cannot be read further, the last row has the "
    "error and `ended`. Rows have no `prediction_id` and are not kept."
)
SAID: Schema = {
    "type": "object",
    "required": ["prediction_id", "feedback_type"],
    "properties": {
        "prediction_id": {"type": "string"},
        "feedback_type": {"type": "string", "enum": [str(kind) for kind in FeedbackType]},
        "feedback_value": {"type": "number", "description": "stars (1 to 5) or the price"},
        "feedback_text": {"type": "string"},
        "sold_on": {"type": "string", "format": "date"},
        "price_source": {"type": "string", "enum": list(SOURCES)},
    },
}
ACT: Schema = {
    "type": "object",
    "required": ["action", "reason"],
    "properties": {
        "action": {"type": "string", "enum": [str(action) for action in Action]},
        "reason": {"type": "string"},
        "of": {
            "type": "string",
            "description": "; ".join(
                f"to {action}, {what}" for action, what in decisions.NEEDED.items()
            ),
        },
    },
}


def _operation(
    summary: str, answer: str, *, body: Schema | None = None, query: Schema | None = None
) -> Schema:
    problem = {"description": "a problem", "content": _json({"$ref": REF.format(name="Problem")})}
    operation: Schema = {
        "summary": summary,
        "responses": {
            "200": {
                "description": "done",
                "content": _json({"$ref": REF.format(name=answer)}),
            },
            "default": problem,
        },
    }
    if body is not None:
        content = {media: {"schema": body} for media in FORMS}
        operation["requestBody"] = {"required": True, "content": content}
    if query is not None:
        operation["parameters"] = [
            {"name": name, "in": "query", "required": name in query["required"], "schema": schema}
            for name, schema in query["properties"].items()
        ]
    return operation


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}
