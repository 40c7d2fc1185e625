"""The decision log, the open experiment, and the operator's acts."""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from homeprices.domain.errors import BadInput, FieldProblem
from homeprices.domain.experiments.decision import Action, Decision, ExperimentStatus
from homeprices.domain.notes import note
from homeprices.serving.body import Fields, read_fields
from homeprices.serving.client import OperatorKey
from homeprices.serving.dependencies import ServiceDependencies

PATH = "/api/decisions"
ACTOR = "operator (API)"
LONGEST_REASON = 500
NEEDED = {
    Action.PROMOTE: "the candidate to promote, as in CO7",
    Action.ROLL_BACK: "the candidate on trial, as in CO7",
    Action.UNDO: "the decision to undo, as in D-0281",
}


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """The newest decisions first."""

    count: int
    decisions: list[Decision]


class Decisions:
    """GET and POST /api/decisions, GET /api/experiment."""

    def __init__(self, dependencies: ServiceDependencies, key: OperatorKey) -> None:
        self._actions = dependencies.actions
        self._key = key
        self.router = APIRouter(tags=["decisions"])
        self.router.add_api_route(PATH, self.newest)
        self.router.add_api_route("/api/experiment", self.experiment)

    def newest(self, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> DecisionPage:
        """What was decided, why, on which figures, and how to undo it."""
        rows = self._actions.decisions(limit)
        return DecisionPage(len(rows), rows)

    def experiment(self) -> ExperimentStatus:
        """The open trial and what both arms have shown so far; nulls when none is open."""
        return self._actions.experiment()

    async def post(self, request: Request) -> Response:
        """Act as the operator."""
        self._key.check_headers(
            request.headers.get("authorization"), request.headers.get("x-api-key")
        )
        headers = dict(request.scope["headers"])
        action, reason, of = read_act(await read_fields(request.scope, headers, request.receive))
        decision = await run_in_threadpool(
            self._actions.act, action, reason=reason, of=of, actor=ACTOR
        )
        return Response(msgspec.json.encode(decision), media_type="application/json")


def read_act(fields: Fields) -> tuple[Action, str, str | None]:
    """What to do, why, and to what; raises BadInput."""
    action, reason = _text(fields, "action"), _text(fields, "reason")
    of = _text(fields, "of") or None
    problems = []
    if action not in tuple(Action):
        expected, got = note("one_of", choices=[*Action]), action[:60] or "nothing"
        values = {"expected": expected, "got": got}
        problems.append(FieldProblem("action", "not_a_choice", values))
    if not 0 < len(reason) <= LONGEST_REASON:
        words = f"must say why in 1 to {LONGEST_REASON} characters; the decision log keeps it"
        problems.append(FieldProblem.with_sentence("reason", words))
    if action in NEEDED and of is None:
        words = f"must name {NEEDED[Action(action)]}"
        problems.append(FieldProblem.with_sentence("of", words))
    if problems:
        raise BadInput(problems)
    return Action(action), reason, of


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return " ".join(value.split()) if isinstance(value, str) else ""
