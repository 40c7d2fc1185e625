"""What a scrape needs and must not wait for: read beside it, kept, and read again when due."""

import logging
from collections.abc import Callable
from threading import Lock, Thread
from time import monotonic
from typing import Generic, TypeVar

from homeprices.domain.errors import HomesError

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
LEAST_REST_S = 30.0
# A read may take a twentieth of one connection's time, however large the tables are.
REST_PER_READ = 20
PATIENCE_S = 1.0
GONE_AFTER_S = 900.0


class KeptReading(Generic[T]):
    """What `read` returned last. It is called by scrapes alone: unasked, nothing is read.

    What is older than a quarter of an hour is not told any more.
    """

    def __init__(self, read: Callable[[], T], *, least_rest_s: float = LEAST_REST_S) -> None:
        self._read = read
        self._least_rest_s = least_rest_s
        self._lock = Lock()
        self._reader: Thread | None = None
        self._value: T | None = None
        self._read_at = monotonic()
        self._due_at = self._read_at

    @property
    def age_s(self) -> float:
        """Seconds since the last read that succeeded, or since the start."""
        return monotonic() - self._read_at

    def value(self) -> T | None:
        """The newest there is after waiting a second for one that is due; None without any."""
        reader = self._begun()
        if reader is not None:
            reader.join(PATIENCE_S)
        return self._value if self.age_s < GONE_AFTER_S else None

    def _begun(self) -> Thread | None:
        """The thread that reads now, started where it is time."""
        with self._lock:
            if self._reader is None and monotonic() >= self._due_at:
                self._reader = Thread(target=self._renew, name="metrics reader", daemon=True)
                self._reader.start()
            return self._reader

    def _renew(self) -> None:
        began = monotonic()
        try:
            self._value, self._read_at = self._read(), monotonic()
        except HomesError as error:
            _LOG.warning("metrics of the loop could not be read: %s", error)
        finally:
            took_s = monotonic() - began
            self._due_at = monotonic() + max(self._least_rest_s, REST_PER_READ * took_s)
            self._reader = None
