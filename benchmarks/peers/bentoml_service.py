"""BentoML with one worker, on its event loop and without access logs; nothing is kept.

A thread for each request, which a plain function would get, costs more than it saves here.
"""

from typing import Annotated

import bentoml
from pydantic import Field

from peers import model


@bentoml.service(workers=1, logging={"access": {"enabled": False}})
class Price:
    """The model."""

    def __init__(self) -> None:
        self._predictor = model.load()

    @bentoml.api
    async def predict(
        self,
        total_sqft: Annotated[float, Field(ge=100, le=30_000)],
        location: Annotated[str, Field(min_length=1, max_length=200)],
        bhk: Annotated[int, Field(ge=1, le=20)],
        bath: Annotated[float, Field(ge=1, le=20)],
    ) -> dict[str, float]:
        """The price of a home."""
        return model.price(self._predictor, location, total_sqft, bhk, bath)
