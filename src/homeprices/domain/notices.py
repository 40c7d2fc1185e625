"""What people are told when something happened that they would want to know of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """One message about one event.

    `event` names what happened, `D-0281` or `no feedback since 2026-11-02`: however often it is
    come across, it is told once.
    """

    event: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a notice on one channel.

    `channel` is its service and a digest of its URL, which may hold secrets. `sent_at` is None
    while it waits; `error` is what the last attempt has met.
    """

    event: str
    channel: str
    title: str
    at: str
    sent_at: str | None
    attempts: int
    error: str | None
