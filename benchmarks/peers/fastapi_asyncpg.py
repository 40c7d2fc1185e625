"""FastAPI with pydantic on uvicorn (uvloop, httptools); asyncpg keeps a row before it answers.

A connection stands ready for each client, statements are prepared, and a connection is given back
without a query that would reset it.
"""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

import asyncpg
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, Field

from peers import CONNECTIONS, model, rows

_INSERT = rows.insert("fastapi_predictions", "$1", "$2", "$3", "$4", "$5", "$6", "$7")


class Question(BaseModel):
    """The four fields of a home, with their bounds."""

    total_sqft: Annotated[float, Field(ge=100, le=30_000)]
    location: Annotated[str, Field(min_length=1, max_length=200)]
    bhk: Annotated[int, Field(ge=1, le=20)]
    bath: Annotated[float, Field(ge=1, le=20)]


class Answer(BaseModel):
    """A price with its range, and the row that keeps it."""

    prediction_id: UUID
    estimated_price: float
    low: float
    high: float


async def _leave(_connection: asyncpg.Connection) -> None:
    """Reset nothing: no request changes its connection."""


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.predictor = model.load()
    size = {"min_size": CONNECTIONS, "max_size": CONNECTIONS}
    async with asyncpg.create_pool(os.environ["PEER_DSN"], reset=_leave, **size) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_lifespan)


@app.post("/predict")
async def predict(home: Question) -> Answer:
    """The price of a home, once it is kept."""
    asked = (home.location, home.total_sqft, home.bhk, home.bath)
    prices = model.price(app.state.predictor, *asked)
    row = await app.state.pool.fetchval(_INSERT, *asked, *prices.values())
    return Answer(prediction_id=row, **prices)


if __name__ == "__main__":
    fast = {"loop": "uvloop", "http": "httptools", "access_log": False}
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", **fast)
