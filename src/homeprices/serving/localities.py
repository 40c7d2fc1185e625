"""The localities that the model knows, all of them or those that a text may mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query

from homeprices.serving.slot import ModelSlot


@dataclass(frozen=True, slots=True)
class Locations:
    """Names as people write them, sorted."""

    locations: list[str]


@dataclass(frozen=True, slots=True)
class CompletionAnswer:
    """What `q` may mean, the likeliest first."""

    q: str
    localities: list[str]


class LocalityPages:
    """GET /api/get_location_names and /api/localities."""

    def __init__(self, slot: ModelSlot) -> None:
        self._slot = slot
        self.router = APIRouter(tags=["localities"])
        self.router.add_api_route("/api/get_location_names", self.names)
        self.router.add_api_route("/api/localities", self.complete)

    async def names(self) -> Locations:
        """Every locality with listings."""
        return Locations(list(self._slot.require().valuer.localities))

    async def complete(self, q: Annotated[str, Query(max_length=100)]) -> CompletionAnswer:
        """Completes the beginning of a name and understands misspellings."""
        return CompletionAnswer(q, list(self._slot.require().complete(q)))
