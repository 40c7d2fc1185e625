"""Reads a service's log, and follows it while it grows."""

import time
from collections.abc import Iterator
from pathlib import Path

from homeprices.domain.errors import NotFound
from homeprices.local.layout import Layout

BLOCK = 65_536
_LAST = 50


def find_log(layout: Layout, service: str) -> Path:
    """The log of `service`; raises NotFound naming those that exist."""
    names = sorted(path.stem for path in layout.logs.glob("*.log"))
    if service not in names:
        known = ", ".join(names) or "none yet; start with ./homes up"
        raise NotFound(f"there is no log of {service!r}; logs: {known}")
    return layout.log_of(service)


def tail(path: Path, lines: int) -> tuple[bytes, int]:
    """The last `lines` lines, read from the end in blocks, and the place where they end."""
    content = b""
    with path.open("rb") as log:
        end = at = log.seek(0, 2)
        while at > 0 and content.count(b"\n") <= lines:
            step = min(BLOCK, at)
            at = log.seek(at - step)
            content = log.read(step) + content
    return b"".join(content.splitlines(keepends=True)[-lines:]) if lines else b"", end


def last_line(layout: Layout, service: str) -> str:
    """The last line of a service's log that says something."""
    return (last_lines(layout, service) or ["its log is empty"])[-1]


def last_lines(layout: Layout, service: str) -> list[str]:
    """The last lines of a service's log that say something."""
    path = layout.log_of(service)
    text = tail(path, _LAST)[0].decode(errors="replace") if path.exists() else ""
    return [line.strip()[:300] for line in text.splitlines() if line.strip()]


def follow(path: Path, start: int, every_s: float = 0.2) -> Iterator[bytes]:
    """What is appended after `start`, for ever; a log that was set aside is read from its start."""
    with path.open("rb") as log:
        log.seek(start)
        while True:
            if path.stat().st_size < log.tell():
                log.seek(0)
            new = log.read(BLOCK)
            if new:
                yield new
            else:
                time.sleep(every_s)
