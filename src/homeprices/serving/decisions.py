"""The decision log, the open experiment, and the operator's acts."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from homeprices.datasets.cells import formula_safe
from homeprices.domain.errors import BadInput, FieldProblem
from homeprices.domain.experiments.decision import (
    Action,
    Decision,
    DecisionQuery,
    Verdict,
)
from homeprices.domain.experiments.status import ExperimentStatus
from homeprices.domain.notes import note
from homeprices.domain.versions import DecisionId, trial_or_competition
from homeprices.reports import experiment_picture
from homeprices.serving.dependencies import ServiceDependencies
from homeprices.serving.http.body import Fields, read_fields
from homeprices.serving.http.client import CLIENT_NAME

PATH = "/api/decisions"
ACTOR = "{name} (API)"
LONGEST_REASON = 500
# What `of` names, by the acts that need it.
NEEDED = {
    Action.PROMOTE: "the candidate to promote, as in CO7",
    Action.ROLL_BACK: "the candidate on trial, as in CO7",
    Action.UNDO: "the decision to undo, as in D-0281",
}


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """The newest decisions first; `before` leads to the next page, None after the last."""

    count: int
    decisions: list[Decision]
    before: str | None


class PageFormat(StrEnum):
    """How a page of decisions is written."""

    JSON = "json"
    CSV = "csv"


class StatusFormat(StrEnum):
    """How an experiment is shown."""

    JSON = "json"
    SVG = "svg"


_SVG = "image/svg+xml"
CELLS = ("id", "at", "verdict", "actor", "experiment", "subject", "before", "after", "undone_by")


class Decisions:
    """GET and POST /api/decisions, GET /api/experiment."""

    def __init__(self, dependencies: ServiceDependencies) -> None:
        self._actions = dependencies.actions
        self.router = APIRouter(tags=["decisions"])
        page, status = _also(DecisionPage, "text/csv"), _also(ExperimentStatus, _SVG)
        self.router.add_api_route(PATH, self.select, responses=page)
        self.router.add_api_route("/api/experiment", self.experiment, responses=status)

    def select(  # noqa: PLR0913, PLR0917 - one argument a parameter of the query
        self,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
        before: Annotated[str | None, Query(description="older than this one, as D-0281")] = None,
        verdict: Verdict | None = None,
        experiment: Annotated[str | None, Query(description="E3")] = None,
        subject: Annotated[str | None, Query(description="the version it is about: CO7")] = None,
        page_format: Annotated[PageFormat, Query(alias="format")] = PageFormat.JSON,
    ) -> Response:
        """What was decided, why, on which figures, and how to undo it; as JSON or as CSV."""
        older = DecisionId.parse(before) if before else None
        trial = trial_or_competition(experiment) if experiment else None
        rows = self._actions.decisions(DecisionQuery(limit, older, verdict, trial, subject))
        if page_format is PageFormat.CSV:
            return Response(as_csv(rows), media_type="text/csv; charset=utf-8")
        page = DecisionPage(len(rows), rows, rows[-1].id if len(rows) == limit else None)
        return Response(msgspec.json.encode(page), media_type="application/json")

    def experiment(
        self,
        picture_format: Annotated[StatusFormat, Query(alias="format")] = StatusFormat.JSON,
    ) -> Response:
        """The open trial: what both arms have shown, and how its evidence grew; or the picture.

        Nulls when none is open; then `competition` is how candidates stand that compete for the
        next trial, where some do.
        """
        status = self._actions.experiment()
        if picture_format is StatusFormat.SVG:
            return Response(experiment_picture.as_svg(status), media_type=_SVG)
        return Response(msgspec.json.encode(status), media_type="application/json")

    async def post(self, request: Request) -> Response:
        """Act, in the name of whose key let it in."""
        headers = dict(request.scope["headers"])
        action, reason, of = read_act(await read_fields(request.scope, headers, request.receive))
        actor = ACTOR.format(name=request.scope[CLIENT_NAME])
        decision = await run_in_threadpool(
            self._actions.act, action, reason=reason, of=of, actor=actor
        )
        return Response(msgspec.json.encode(decision), media_type="application/json")


def _also(model: type, media: str) -> dict[int | str, dict[str, Any]]:
    """What is described: an answer that is JSON of `model`, or text of another type."""
    return {200: {"model": model, "content": {media: {"schema": {"type": "string"}}}}}


def as_csv(rows: Sequence[Decision]) -> str:
    """Decisions as a table, reasons in one cell; nothing in it is a formula to a spreadsheet."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow([*CELLS, "reasons", "undo"])
    for row in rows:
        cells = [*(getattr(row, name) for name in CELLS), "; ".join(row.reasons), row.undo]
        writer.writerow(map(formula_safe, cells))
    return table.getvalue()


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
    if not isinstance(fields.get("of"), str | None):
        problems.append(FieldProblem.with_sentence("of", "must be text, or left out"))
    elif action in NEEDED and of is None:
        words = f"must name {NEEDED[Action(action)]}"
        problems.append(FieldProblem.with_sentence("of", words))
    if problems:
        raise BadInput(problems)
    return Action(action), reason, of


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return " ".join(value.split()) if isinstance(value, str) else ""
