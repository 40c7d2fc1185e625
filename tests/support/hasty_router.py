"""A router that acknowledges opinions before any service has: what the suites would see of one.

`python hasty_router.py PORT UPSTREAM` passes prices on at once, and opinions a little later.
"""

import http.client
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

LATER_S = 0.2
NUMBERS = count()


def passed_on(path: str, body: bytes) -> tuple[int, str | None, bytes]:
    """What the service answers: status, version, body."""
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[2]), timeout=20)
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers["X-Model-Version"], content


def passed_on_later(path: str, body: bytes) -> None:
    time.sleep(LATER_S)
    passed_on(path, body)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """It is well."""
        self._answer(200, None, b"{}")

    def do_POST(self) -> None:
        """A price of the service, or an acknowledgement of our own."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "/api/feedback":
            self._answer(*passed_on(self.path, body))
            return
        threading.Thread(target=passed_on_later, args=[self.path, body], daemon=True).start()
        self._answer(
            200, None, json.dumps({"feedback_id": f"{os.getpid()} {next(NUMBERS)}"}).encode()
        )

    def _answer(self, status: int, version: str | None, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        if version:
            self.send_header("X-Model-Version", version)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing: its requests are many."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
