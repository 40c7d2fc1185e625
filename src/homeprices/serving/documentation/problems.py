"""The errors that an operation may answer with, by status: codes, headers, and examples."""

from collections.abc import Iterable, Mapping

import msgspec

from homeprices.domain.errors import (
    BadInput,
    FieldProblem,
    HeadersTooLarge,
    HomesError,
    KeyEnded,
    KeyMisplaced,
    KeyMissing,
    KeyRefused,
    RateLimited,
    ScopeTooSmall,
    TargetTooLong,
    Unavailable,
    Unreadable,
)
from homeprices.domain.market import Market
from homeprices.domain.notes import note
from homeprices.domain.requests.home_request import read_home
from homeprices.domain.requests.keys import KeyScope
from homeprices.serving import decisions, feedback, predict
from homeprices.serving.documentation.homes import Schema, unfit_example_home
from homeprices.serving.problems import Problem, ProblemDetail, problem_detail
from homeprices.wording.speech import Speech

# What any request may meet: an address that cannot be read, a key in it, a key that is none, keys
# that are not read yet.
OF_THE_GATE = (
    Unreadable,
    TargetTooLong,
    HeadersTooLarge,
    KeyMisplaced,
    KeyRefused,
    KeyEnded,
    Unavailable,
)
OF_A_SCOPE = (KeyMissing, ScopeTooSmall)
# What the router says itself: of a request that is no HTTP, and with no service there.
OF_THE_ROUTER = (Unreadable, Unavailable)
INTERNAL = "Something failed on our side; the log has it under the number in the message."
RETRY_AFTER: Schema = {
    "description": "After how many seconds the same may work.",
    "schema": {"type": "integer", "minimum": 1},
}
ASKED_FOR: Schema = {
    "description": "How to send a key, and what is wrong with the one that came.",
    "schema": {"type": "string"},
}
_HEADERS: Mapping[int, Schema] = {
    401: {"WWW-Authenticate": ASKED_FOR},
    403: {"WWW-Authenticate": ASKED_FOR},
    429: {"Retry-After": RETRY_AFTER},
    503: {"Retry-After": RETRY_AFTER},
}


def errors_met(
    own: Iterable[type[HomesError]],
    scope: KeyScope | None,
    *,
    is_limited: bool,
    at_router: bool,
) -> list[type[HomesError]]:
    """Every error that a request for an operation may meet, each once."""
    kinds = [*own, *OF_THE_GATE]
    if is_limited:
        kinds.append(RateLimited)
    if scope is not None:
        kinds += OF_A_SCOPE
    if at_router:
        kinds += OF_THE_ROUTER
    return list(dict.fromkeys(kinds))


def problem_responses(
    kinds: Iterable[type[HomesError]], refused: ProblemDetail | None
) -> dict[str, Schema]:
    """The answers by status; `refused` is what a request that cannot be used is told."""
    codes: dict[int, dict[str, tuple[str, ProblemDetail]]] = {}
    for kind in kinds:
        words = _first_sentence(kind)
        example = refused if kind is BadInput and refused else ProblemDetail(kind.code, words, [])
        codes.setdefault(kind.status, {})[kind.code] = (words, example)
    internal = ProblemDetail("internal", INTERNAL, [])
    codes.setdefault(500, {})["internal"] = (INTERNAL, internal)
    return {str(status): _response(status, codes[status]) for status in sorted(codes)}


def _response(status: int, codes: Mapping[str, tuple[str, ProblemDetail]]) -> Schema:
    words = "\n".join(f"- `{code}`: {sentence}" for code, (sentence, _) in codes.items())
    code = {"properties": {"code": {"enum": list(codes)}}}
    schema = {
        "allOf": [{"$ref": "#/components/schemas/Problem"}, {"properties": {"error": code}}],
    }
    examples = {
        code: {"summary": code, "value": msgspec.to_builtins(Problem(detail))}
        for code, (_, detail) in codes.items()
    }
    response: Schema = {
        "description": words,
        "content": {"application/json": {"schema": schema, "examples": examples}},
    }
    if status in _HEADERS:
        response["headers"] = _HEADERS[status]
    return response


def refused_home(market: Market) -> ProblemDetail:
    """What is told of a home that cannot be priced."""
    try:
        read_home(unfit_example_home(market), market)
    except BadInput as error:
        return problem_detail(error, Speech(market))
    raise AssertionError("a home below the least area was taken")


def refused_example(
    method: str, path: str, market: Market, parameters: Iterable[Schema]
) -> ProblemDetail | None:
    """What is told of a request that cannot be used; None where every one can be."""
    if path == predict.PATH:
        return refused_home(market)
    problem: FieldProblem | None
    if (method, path) == ("post", feedback.PATH):
        problem = FieldProblem("feedback_value", "missing", {"expected": note("stars")})
    elif (method, path) == ("post", decisions.PATH):
        needed = "; ".join(f"{what}, to {act}" for act, what in decisions.NEEDED.items())
        problem = FieldProblem.with_sentence("of", f"must name {needed}")
    else:
        problem = next(filter(None, map(_parameter_problem, parameters)), None)
    return None if problem is None else problem_detail(BadInput([problem]), Speech(market))


def _parameter_problem(parameter: Schema) -> FieldProblem | None:
    """What may be wrong with a parameter; None where nothing can be."""
    name, schema = str(parameter["name"]), parameter["schema"]
    if parameter["in"] == "query" and parameter["required"]:
        return FieldProblem(name, "missing", {"expected": note("needed")})
    if "maximum" in schema:
        limit = schema["maximum"]
        values = {"expected": note("at_most", limit=limit), "got": str(limit + 1)}
        return FieldProblem(name, "out_of_range", values)
    if parameter["in"] == "query":
        return FieldProblem.with_sentence(name, "cannot be used")
    return None


def _first_sentence(kind: type[HomesError]) -> str:
    return str(kind.__doc__).strip().splitlines()[0]
