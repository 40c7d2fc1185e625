"""Flask with psycopg, which keeps a row on each request before it is answered.

A connection stands ready for each client, without a transaction around its one statement; msgspec
reads. gunicorn runs what `create_app` makes; started by itself it is Flask's development server
as it comes, which closes every connection.
"""

import logging
import os
import sys

import msgspec
from flask import Flask, Response, request
from psycopg_pool import ConnectionPool

from peers import CONNECTIONS, model, rows
from peers.request import HomeRequest


def create_app(table: str) -> Flask:
    """The service that keeps its rows in `table`."""
    app, predictor = Flask("price"), model.load()
    statement = rows.insert(table, *["%s"] * len(rows.COLUMNS))
    size = {"min_size": CONNECTIONS, "max_size": CONNECTIONS}
    by_itself = {"autocommit": True}
    pool = ConnectionPool(os.environ["PEER_DSN"], kwargs=by_itself, open=True, **size)
    homes = msgspec.json.Decoder(HomeRequest)

    @app.post("/predict")
    def predict() -> Response:
        home = homes.decode(request.get_data())
        asked = (home.location, home.total_sqft, home.bhk, home.bath)
        prices = model.price(predictor, *asked)
        with pool.connection() as connection:
            row = connection.execute(statement, (*asked, *prices.values())).fetchone()
        answer = msgspec.json.encode({"prediction_id": row[0], **prices})
        return Response(answer, mimetype="application/json")

    return app


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    create_app("flask_predictions").run("127.0.0.1", int(sys.argv[1]))
