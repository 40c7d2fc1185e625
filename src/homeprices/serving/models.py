"""Every model version, its card, and two side by side: JSON, or a page where a browser asks."""

import re
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from homeprices.domain.comparison import Comparison
from homeprices.domain.model_card import Document, ModelCard, ModelEntry
from homeprices.domain.versions import ModelVersion
from homeprices.serving.accept import HTML, JSON, wanted
from homeprices.serving.dependencies import ServiceDependencies

PATH = "/api/models"
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


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


def _policy(page: str) -> str:
    """What a browser may load for a card: the style that is in it, by its hash, and nothing else.

    https://www.w3.org/TR/CSP3/#match-element-to-source-list
    """
    hashes = [sha256(style.encode()).digest() for style in _STYLE.findall(page)]
    styles = " ".join(f"'sha256-{b64encode(digest).decode()}'" for digest in hashes) or "'none'"
    return f"default-src 'none'; style-src {styles}; img-src data:; frame-ancestors 'none'"


def _answer(document: Document, request: Request) -> Response:
    """The page for who prefers one, as browsers do; JSON for everybody else."""
    headers = {"Vary": "Accept"}
    if wanted(request.scope, (JSON, HTML)) == HTML:
        headers["Content-Security-Policy"] = _policy(document.page.decode())
        return Response(document.page, media_type=HTML, headers=headers)
    return Response(document.as_json, media_type=JSON, headers=headers)
