"""Asks a server for prices on connections that are kept where it keeps them; one process.

    python -m peers.load PORT PATH BODIES FIRST COUNT

BODIES is a file with a JSON body in each line, of which COUNT are sent from line FIRST on.
Prints how many were answered by each status, the first answer that was not 200, and the last.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from peers import CONNECTIONS


@dataclass
class Answers:
    """What came back."""

    statuses: Counter[int] = field(default_factory=Counter)
    refusal: str = ""
    last: str = ""

    def add(self, status: int, body: bytes) -> None:
        """Count one answer."""
        self.statuses[status] += 1
        self.last = body.decode(errors="replace")
        if status != 200:
            self.refusal = self.refusal or f"{status} {self.last[:300]}"


def question(path: str, body: bytes) -> bytes:
    """A request as it goes over the wire."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    return head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body


def read_head(head: bytes) -> tuple[int, int, bool]:
    """Status, length of the body, and whether the connection is kept; raises ValueError."""
    low = head.lower()
    if b"content-length:" not in low:
        raise ValueError(f"an answer without its length: {head!r}")
    length = int(low.partition(b"content-length:")[2].partition(b"\r\n")[0])
    is_kept = low.startswith(b"http/1.1") and b"connection: close" not in low
    return int(head.split(b" ", 2)[1]), length, is_kept


async def _in_turn(port: int, questions: Iterator[bytes], answers: Answers) -> None:
    writer = None
    for asked in questions:
        if writer is None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(asked)
        status, length, is_kept = read_head(await reader.readuntil(b"\r\n\r\n"))
        answers.add(status, await reader.readexactly(length))
        if not is_kept:
            writer.close()
            writer = None
    if writer is not None:
        writer.close()


async def ask(port: int, questions: Iterator[bytes]) -> Answers:
    """Send every question once; each connection sends its next when it has its answer."""
    answers = Answers()
    await asyncio.gather(*(_in_turn(port, questions, answers) for _ in range(CONNECTIONS)))
    return answers


def main(port: int, path: str, bodies: Path, first: int, count: int) -> None:
    """Print what came back as JSON."""
    lines = bodies.read_bytes().splitlines()[first : first + count]
    questions = iter([question(path, line) for line in lines])
    print(json.dumps(vars(asyncio.run(ask(port, questions)))))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
