"""The one shape of an error: code, message, and of each field its problem and code, in `error`."""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from homeprices.domain import errors
from homeprices.domain.notes import note
from homeprices.serving.http.encoding import GZIP
from homeprices.wording.speech import Speech

_LOG = logging.getLogger(__name__)
_ENCODER = msgspec.json.Encoder()
# Pydantic's types of errors: the code that we say it by, and what was expected.
_DECLARED = {
    "missing": ("missing", "needed"),
    "int_parsing": ("not_whole", "a_whole_number"),
    "float_parsing": ("not_a_number", "a_number"),
    "greater_than": ("out_of_range", "more_than"),
    "greater_than_equal": ("out_of_range", "at_least"),
    "less_than_equal": ("out_of_range", "at_most"),
    "enum": ("not_a_choice", "any_of"),
    "string_too_long": ("out_of_range", "short_text"),
}
# Of what depends on who asks: no cache may give it to another.
NOT_KEPT = "private, no-store"
_CODES = {404: "not_found", 405: "method_not_allowed"}


@dataclass(frozen=True, slots=True)
class FieldDetail:
    """What is wrong with a field: a sentence that follows its name, and the code of it."""

    field: str
    problem: str
    code: str


@dataclass(frozen=True, slots=True)
class ProblemDetail:
    """A stable code for machines, a message for people, and what is wrong with each field."""

    code: str
    message: str
    fields: list[FieldDetail]


@dataclass(frozen=True, slots=True)
class Problem:
    """The body of every answer that is not a success."""

    error: ProblemDetail


# The first that an error is one of.
_OF_KINDS: Mapping[type[errors.HomesError], dict[str, str]] = {
    errors.KeyMissing: {"WWW-Authenticate": "Bearer"},
    errors.ScopeTooSmall: {"WWW-Authenticate": 'Bearer error="insufficient_scope"'},
    errors.KeyRefused: {"WWW-Authenticate": 'Bearer error="invalid_token"'},
    errors.UnsupportedEncoding: {"Accept-Encoding": GZIP},
    errors.TooLarge: {"Connection": "close"},
}


def answer_problem(error: errors.HomesError, speech: Speech) -> Response:
    """The answer that tells `error`."""
    return _response(error.status, problem_detail(error, speech), error_headers(error))


def problem_detail(error: errors.HomesError, speech: Speech) -> ProblemDetail:
    """What is told of `error`."""
    problems = error.problems if isinstance(error, errors.BadInput) else ()
    fields = [FieldDetail(p.field, speech.problem(p), p.code) for p in problems]
    # As `speech.error` says it, of sentences that are made already.
    message = "; ".join([f"{f.field} {f.problem}" for f in fields]) if fields else error.message
    return ProblemDetail(error.code, message, fields)


def failure_detail(at: str, failure: BaseException) -> ProblemDetail:
    """What is told of a failure on our side, logged here: an id to ask for in the log."""
    number = secrets.token_hex(6)
    _LOG.error("failure %s at %s", number, at, exc_info=failure)
    words = f"something failed on our side; the log has it under {number}"
    return ProblemDetail("internal", words, [])


def homes_error(request: Request, error: Exception) -> Response:
    """The handler of our own errors."""
    if not isinstance(error, errors.HomesError):
        raise error
    return answer_problem(error, request.app.state.speech)


def http_error(request: Request, error: Exception) -> Response:
    """The handler of unknown paths and methods."""
    if not isinstance(error, HTTPException):
        raise error
    code = _CODES.get(error.status_code, "error")
    path, method = request.url.path[:200], request.method
    message = {
        404: f"there is nothing at {path}; /docs lists what there is",
        405: f"{method} is not possible at {path}; /docs lists what is",
    }.get(error.status_code, str(error.detail))
    detail = ProblemDetail(code, message, [])
    headers = {"Allow": _allowed(request)} if error.status_code == 405 else {}
    return _response(error.status_code, detail, {**(error.headers or {}), **headers})


def _allowed(request: Request) -> str:
    """The methods of a path, which may have a route for each."""
    methods = {
        method
        for route in request.app.routes
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE
        for method in route.methods or ()
    }
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods))


def invalid_request(request: Request, error: Exception) -> Response:
    """The handler of parameters that do not fit their declaration."""
    if not isinstance(error, RequestValidationError):
        raise error
    problems = [_declared(problem) for problem in error.errors()]
    return answer_problem(errors.BadInput(problems), request.app.state.speech)


def _declared(problem: Mapping[str, Any]) -> errors.FieldProblem:
    """A parameter that does not fit its declaration, by a code of ours."""
    field, got = str(problem["loc"][-1]), str(problem.get("input"))[:60]
    if problem["type"] not in _DECLARED:
        return errors.FieldProblem.with_sentence(field, f"cannot be used; got {got}")
    code, expected = _DECLARED[problem["type"]]
    limit = next(iter(problem.get("ctx", {}).values()), None)
    return errors.FieldProblem(field, code, {"expected": note(expected, limit=limit), "got": got})


def unexpected(request: Request, error: Exception) -> Response:
    """The handler of everything else: an id to ask for in the log."""
    return _response(500, failure_detail(request.url.path, error), {})


def error_headers(error: errors.HomesError) -> dict[str, str]:
    """The headers that HTTP wants beside some errors."""
    for kind, headers in _OF_KINDS.items():
        if isinstance(error, kind):
            return headers
    if error.retry_after_s is not None:
        return {"Retry-After": str(max(1, ceil(error.retry_after_s)))}
    return {}


def _response(status: int, detail: ProblemDetail, headers: dict[str, str]) -> Response:
    body = _ENCODER.encode(Problem(detail))
    headers = {"Cache-Control": NOT_KEPT, **headers}
    return Response(body, status, headers, media_type="application/json")
