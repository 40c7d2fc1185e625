"""Every model version, its card, and two side by side: JSON, or a page where a browser asks."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from homeprices.domain.comparison import Comparison
from homeprices.domain.model_card import Document, ModelCard, ModelEntry
from homeprices.domain.versions import ModelVersion
from homeprices.serving.dependencies import ServiceDependencies
from homeprices.serving.http.accept import HTML, JSON, wanted
from homeprices.serving.http.pages import content_policy

PATH = "/api/models"


@dataclass(frozen=True, slots=True)
class ModelPage:
    """Every version, the newest first."""

    count: int
    models: list[ModelEntry]


class Models:
    """GET /api/models and /api/models/{version}; they wait in a thread for the object store."""

    def __init__(self, dependencies: ServiceDependencies) -> None:
        self._cards = dependencies.cards
        self.router = APIRouter(tags=["models"])
        self.router.add_api_route(PATH, self.versions)
        responses: dict[int | str, dict[str, Any]] = {
            200: {
                "model": ModelCard | Comparison,
                "content": {HTML: {"schema": {"type": "string"}}},
            }
        }
        self.router.add_api_route(
            f"{PATH}/{{version}}", self.card, response_class=Response, responses=responses
        )

    def versions(self) -> ModelPage:
        """What every version is now, how it was made, and how well it did on its holdout."""
        entries = self._cards.versions()
        return ModelPage(len(entries), entries)

    def card(
        self,
        version: str,
        request: Request,
        beside: Annotated[
            str | None, Query(description="Another version, to compare this one with.")
        ] = None,
    ) -> Response:
        """The card of a version, or with `beside` how it differs from another."""
        number = ModelVersion.parse(version)
        if beside is None:
            return _answer(self._cards.card(number), request)
        return _answer(self._cards.comparison(number, ModelVersion.parse(beside)), request)


def _answer(document: Document, request: Request) -> Response:
    """The page for who prefers one, as browsers do; JSON for everybody else."""
    headers = {"Vary": "Accept"}
    if wanted(request.scope, (JSON, HTML)) == HTML:
        headers["Content-Security-Policy"] = content_policy(document.page.decode())
        return Response(document.page, media_type=HTML, headers=headers)
    return Response(document.as_json, media_type=JSON, headers=headers)
