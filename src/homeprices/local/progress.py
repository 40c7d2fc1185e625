"""Tells people what is happening and how long it took: a line for each step that is done."""

import threading
import time
from typing import TextIO

_WIDTH = 60


class Progress:
    """Lines on `stream`; on a terminal the last one tells what is under way."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._under_way: dict[str, str] = {}
        self._started = time.monotonic()

    def doing(self, step: str, words: str) -> None:
        """`step` is under way, and this is what it does now."""
        with self._lock:
            self._under_way[step] = words
            self._redraw()

    def done(self, step: str, words: str, took_s: float | None = None) -> None:
        """`step` is done: its line stays."""
        with self._lock:
            self._under_way.pop(step, None)
            took = "" if took_s is None else f"{took_s:7.1f} s"
            self._line(f"{words:<{_WIDTH}}{took}".rstrip())

    def say(self, words: str) -> None:
        """A line of its own."""
        with self._lock:
            self._line(words)

    @property
    def so_far_s(self) -> float:
        """Seconds since the first word."""
        return time.monotonic() - self._started

    def end(self) -> None:
        """Nothing is under way any more."""
        with self._lock:
            self._under_way.clear()
            self._redraw()

    def _line(self, text: str) -> None:
        if self._stream.isatty():
            self._stream.write("\r\x1b[K")
        self._stream.write(text + "\n")
        self._redraw()
        self._stream.flush()

    def _redraw(self) -> None:
        if self._stream.isatty():
            words = "; ".join(self._under_way.values())[:100]
            self._stream.write(f"\r\x1b[K{'… ' + words if words else ''}")
            self._stream.flush()
