"""The bodies of requests and answers whose routes FastAPI does not run."""

from collections.abc import Mapping

from homeprices.domain.experiments.decision import Action
from homeprices.domain.market import Market
from homeprices.domain.requests.feedback import (
    EARLIEST_SALE,
    HIGHEST_PRICE,
    LONGEST_TEXT,
    SOURCES,
)
from homeprices.domain.requests.identity import PREDICTION_ID
from homeprices.domain.requests.records import FeedbackType
from homeprices.serving import decisions, feedback, predict
from homeprices.serving.batch import route as batch
from homeprices.serving.documentation.answers import Requests
from homeprices.serving.documentation.homes import Schema, home_schema, without_null
from homeprices.serving.documentation.operations import YOUR_OWN_ID

JSON = "application/json"
CSV = "text/csv"
# A page that can ask sends text in quotes wherever a media type has "json" in it, and then no line
# of it is a home; letters of media types are the same small and large.
NDJSON = "application/x-NDJSON"
# In these nothing is null.
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
ID_PATTERN = f"^{PREDICTION_ID.pattern}$"
ID_WORDS = f"The id that the estimate was answered with. {YOUR_OWN_ID}"
_REF = "#/components/schemas/{name}"
_STARS = {"type": "number", "minimum": 1, "maximum": 5}


def json(schema: Schema) -> Schema:
    """Content that is JSON alone."""
    return {JSON: {"schema": schema}}


def answer(name: str, headers: Schema | None = None) -> Schema:
    """A success whose body is of the schema `name`."""
    response: Schema = {"description": "Done.", "content": json({"$ref": _REF.format(name=name)})}
    return {**response, "headers": headers} if headers else response


def one_price() -> Schema:
    """A price that is kept, with what its id leads to."""
    by_id = {"prediction_id": "$response.body#/prediction_id"}
    explanation = {
        "operationId": "get_api_estimates_prediction_id",
        "parameters": by_id,
        "description": "Why the price is what it is.",
    }
    opinion = {
        "operationId": "post_api_feedback",
        "requestBody": {**by_id, "feedback_type": FeedbackType.ACCURATE.value},
        "description": "What the price was worth.",
    }
    return {**price_answer("Answer"), "links": {"explanation": explanation, "feedback": opinion}}


def price_answer(name: str) -> Schema:
    """A price, and in headers what gave it."""
    return answer(
        name,
        {
            "X-Model-Version": _header("The version that answered, as in BO1."),
            "X-Variant": _header("Which service answered: production or candidate."),
        },
    )


def any_object(words: str) -> Schema:
    """A success whose body is some object of JSON."""
    return {"description": words, "content": json({"type": "object"})}


def page(words: str) -> Schema:
    """A success whose body is for people."""
    return {"description": words, "content": {"text/html": {"schema": {"type": "string"}}}}


def schemas(market: Market, requests: Requests) -> dict[str, Schema]:
    """What is sent in bodies, by name, and the same as forms have it."""
    sent = {
        "Home": (home_schema(market), predict.PATH),
        "Opinion": (_opinion(market), feedback.PATH),
        "Act": (_act(), decisions.PATH),
    }
    bodies = {name: schema for name, (schema, _) in sent.items()}
    forms = {
        f"{name}Form": _form(schema, max((e.body for e in requests["post", path]), key=len))
        for name, (schema, path) in sent.items()
    }
    return bodies | forms


def _form(schema: Schema, example: Mapping[str, object]) -> Schema:
    """A schema as forms have it, an example at each field: of a form a page reads no other.

    What the example does not say is shown empty, which counts as not provided.
    """
    fields = {
        name: {**without_null(field), "example": example.get(name, "")}
        for name, field in schema["properties"].items()
    }
    return {**schema, "properties": fields}


def body(name: str) -> Schema:
    """The body that is of the schema `name`, in any of the forms that are read."""
    form = json({"$ref": _REF.format(name=f"{name}Form")})[JSON]
    content = json({"$ref": _REF.format(name=name)}) | dict.fromkeys(FORMS, form)
    return {"required": True, "content": content}


def batch_operation() -> Schema:
    """Many homes in, a row for each out; both in any of the formats, whichever was sent."""
    number = {"type": "object", "required": ["row"], "properties": {"row": _ROW}}
    price = {"allOf": [number, {"$ref": _REF.format(name="Price")}]}
    sent = _formats({"$ref": _REF.format(name="Home")})
    sent[NDJSON] = sent.pop(NDJSON.casefold())
    row = {"anyOf": [price, {"$ref": _REF.format(name="RowProblem")}]}
    encoding = {
        "name": "Content-Encoding",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "enum": ["gzip", "identity"]},
    }
    return {
        "parameters": [encoding],
        "requestBody": {"required": True, "content": sent},
        "responses": {"200": {**price_answer("Price"), "content": _formats(row)}},
    }


def _opinion(market: Market) -> Schema:
    """What may be said of an estimate."""
    unit = market.money.price_unit
    value = {
        "type": ["number", "string", "null"],
        "description": f"Stars, 1 to 5, of a rating; the price in {unit} of a sale, or text with "
        "its unit behind it. Else left out.",
    }
    sale = {"type": ["string", "null"]}
    fields: Schema = {
        "prediction_id": {
            "type": "string",
            "pattern": ID_PATTERN,
            "description": ID_WORDS,
        },
        "feedback_type": {
            "type": "string",
            "enum": [str(kind) for kind in FeedbackType],
            "description": "What is said: an opinion on the price, what the home was sold for, or "
            "words alone.",
        },
        "feedback_value": value,
        "feedback_text": {
            "type": ["string", "null"],
            "maxLength": LONGEST_TEXT,
            "description": "What a comment says; anything else may come with words as well.",
        },
        "sold_on": {
            **sale,
            "format": "date",
            "description": f"The day of a sale, from {EARLIEST_SALE} to today.",
        },
        "price_source": {
            **sale,
            "enum": [*SOURCES, None],
            "description": "Where the price of a sale is known from.",
        },
        "confirmed": {
            "type": ["boolean", "null"],
            "description": "That the price of a sale is right, far from the estimate as it is: "
            "sent again after `price_unlikely`.",
        },
    }
    price = {"type": ["number", "string"], "exclusiveMinimum": 0, "maximum": HIGHEST_PRICE}
    conditions = [
        _where(FeedbackType.RATING, "feedback_value", _STARS),
        _where(FeedbackType.ACTUAL_PRICE, "feedback_value", price),
        _where(FeedbackType.COMMENT, "feedback_text", {"type": "string", "minLength": 1}),
    ]
    required = ["prediction_id", "feedback_type"]
    return {"type": "object", "required": required, "properties": fields, "allOf": conditions}


def _act() -> Schema:
    """What an operator may do."""
    needed = "; ".join(f"to {action}, {what}" for action, what in decisions.NEEDED.items())
    reason = {
        "type": "string",
        "minLength": 1,
        "maxLength": decisions.LONGEST_REASON,
        "description": "Why; the decision log keeps it.",
    }
    of = {"type": ["string", "null"], "description": needed}
    fields = {
        "action": {
            "type": "string",
            "enum": [str(action) for action in Action],
            "description": "What to do.",
        },
        "reason": reason,
        "of": of,
    }
    needs_object = {
        "if": _is("action", [str(action) for action in decisions.NEEDED]),
        "then": {"required": ["of"], "properties": {"of": {"type": "string", "minLength": 1}}},
    }
    required = ["action", "reason"]
    return {"type": "object", "required": required, "properties": fields, **needs_object}


def _where(kind: FeedbackType, field: str, schema: Schema) -> Schema:
    """Feedback of this kind needs this field."""
    then = {"required": [field], "properties": {field: schema}}
    return {"if": _is("feedback_type", [str(kind)]), "then": then}


def _is(field: str, values: list[str]) -> Schema:
    return {"required": [field], "properties": {field: {"enum": values}}}


def _formats(row: Schema) -> Schema:
    """Rows of this schema in each format of a batch."""
    schemas = {JSON: {"type": "array", "items": row}, CSV: {"type": "string"}}
    return {media: {"schema": schemas.get(media, row)} for media in batch.FORMATS}


def _header(words: str) -> Schema:
    return {"description": words, "schema": {"type": "string"}}


_ROW = {"type": "integer", "minimum": 1, "description": "The number of the home; the first is 1."}
