"""Lets pages of other origins read answers, where a setting names them.

https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

EVERY_ORIGIN = "*"
METHODS = ("GET", "HEAD", "POST")
HEADERS = ("Content-Type", "Content-Encoding", "Authorization", "X-API-Key")
READABLE = ("X-Variant", "X-Model-Version", "Retry-After")
REMEMBERED_S = 600


def open_to_origins(app: FastAPI, origins: Sequence[str]) -> None:
    """Let pages of `origins` ask and read; without any, nothing stands between.

    Cookies come along from named origins alone: to every page, nobody is a visitor who returns.
    """
    if not origins:
        return
    app.add_middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_credentials=EVERY_ORIGIN not in origins,
        allow_methods=METHODS,
        allow_headers=HEADERS,
        expose_headers=READABLE,
        max_age=REMEMBERED_S,
    )
