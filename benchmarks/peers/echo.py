"""The least that a service in Python can do: raw ASGI and msgspec, no model, no log."""

import sys

import msgspec
import uvicorn
from starlette.types import Receive, Scope, Send

from peers.request import HomeRequest

_HOMES = msgspec.json.Decoder(HomeRequest)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the home, check its four fields, answer with one of them."""
    message = await receive()
    home = _HOMES.decode(message["body"])
    content = msgspec.json.encode({"estimated_price": home.total_sqft})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


if __name__ == "__main__":
    fast = {"loop": "uvloop", "http": "httptools", "lifespan": "off", "access_log": False}
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", **fast)
