"""A service of a few lines for tests of the router and of the supervisor.

`python stand_in_service.py PORT NAME VERSION` answers every request with what
it was told, and /api/health/ready with the version it pretends to serve. At
/api/apart the head of an answer comes some time before its body.
"""

import asyncio
import json
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class StandIn:
    name: str
    version: str

    def answer(
        self, method: str, path: str, headers: dict[str, str], length: int
    ) -> tuple[int, bytes]:
        if path == "/api/health/ready":
            if self.version == "none":
                return 503, json.dumps({"error": {"code": "no_model"}}).encode()
            return 200, json.dumps({"status": "ready", "model_version": self.version}).encode()
        if path == "/api/full" and self.name == "candidate":
            return 503, b"{}"
        if path == "/api/elsewhere" and self.name == "candidate":
            return 421, b"{}"
        if path == "/api/fails" and self.name == "candidate":
            return 500, b"{}"
        told = {"name": self.name, "method": method, "path": path, "headers": headers}
        told["length"] = length
        return 200, json.dumps(told).encode()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                pairs = (line.split(": ", 1) for line in head[1:] if line)
                headers = {name.lower(): value for name, value in pairs}
                length = int(headers.get("content-length", 0))
                await reader.readexactly(length)
                # Time enough to be killed in the middle of a request.
                await asyncio.sleep(0.002 if length else 0)
                method, path = head[0].split()[:2]
                status, body = self.answer(method, path, headers, length)
                passed_on = "X-Accel-Redirect: @production\r\n" if status in (421, 500) else ""
                cookie = "Set-Cookie: visit=a.b; Path=/\r\n" if path == "/api/visit" else ""
                named = "Access-Control-Allow-Origin: " + headers.get("origin", "") + "\r\n"
                cors = named if path == "/api/cors" else ""
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n"
                    f"X-Variant: {self.name}\r\n{cookie}{cors}{passed_on}\r\n".encode()
                )
                if path == "/api/apart":
                    await writer.drain()
                    await asyncio.sleep(0.01)
                writer.write(b"" if method == "HEAD" else body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def main(port: int, name: str, version: str) -> None:
    server = await asyncio.start_server(StandIn(name, version).serve, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
