"""A path is answered with and without a slash at its end.

A redirect would go to whatever host the request names.
"""

from starlette.types import ASGIApp, Receive, Scope, Send


class OnePath:
    """Takes the slash from the end of a path, before anything goes by it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "http" and scope["path"].endswith("/") and scope["path"] != "/":
            scope = {**scope, "path": scope["path"].rstrip("/") or "/"}
        await self._app(scope, receive, send)
