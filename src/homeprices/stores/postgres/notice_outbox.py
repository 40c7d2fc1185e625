"""Notices that wait to be sent, and those that were: each once for an event and a channel."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg.rows import dict_row

from homeprices.domain.errors import HomesError
from homeprices.domain.notices import Delivery, Notice
from homeprices.ports import SendNotice
from homeprices.stores.postgres.database import Database

# Tried once an hour, by the task of every hour or by a command between: two days. A task may come
# some minutes early.
MOST_ATTEMPTS, TRIED_EVERY = 48, timedelta(minutes=50)

_ADD = """
INSERT INTO notices (event, channel, title, body, at)
SELECT %(event)s, channel, %(title)s, %(body)s, %(at)s FROM unnest(%(channels)s::text[]) channel
ON CONFLICT DO NOTHING
"""
_NEXT = """
SELECT event, channel, title, body FROM notices
WHERE sent_at IS NULL AND attempts < %(most)s AND coalesce(tried_at <= %(due)s, true)
AND (event, channel) NOT IN (
    SELECT * FROM unnest(%(events)s::text[], %(channels)s::text[])
)
ORDER BY at, event, channel LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_TRIED = """
UPDATE notices SET attempts = attempts + 1, tried_at = %(at)s, sent_at = %(sent_at)s,
       error = %(error)s
WHERE event = %(event)s AND channel = %(channel)s
RETURNING event, channel, title, at, sent_at, attempts, error
"""
_LATEST = """
SELECT event, channel, title, at, sent_at, attempts, error FROM notices
ORDER BY at DESC, event DESC, channel LIMIT %s
"""


class PostgresNoticeOutbox:
    """`ports.NoticeOutbox` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, notice: Notice, channels: Sequence[str], at: datetime) -> None:
        """See `ports.NoticeOutbox`."""
        row = {"event": notice.event, "title": notice.title, "body": notice.body}
        with self._database.connection() as connection:
            connection.execute(_ADD, {**row, "channels": list(channels), "at": at})

    def deliver(self, send: SendNotice, at: datetime) -> list[Delivery]:
        """See `ports.NoticeOutbox`.

        A row is locked while it is sent: only a crash between the two, after the service took it,
        can send it twice.
        """
        tried: list[Delivery] = []
        while (delivery := self._deliver_next(send, at, tried)) is not None:
            tried.append(delivery)
        return tried

    def latest(self, limit: int) -> list[Delivery]:
        """See `ports.NoticeOutbox`."""
        with (
            self._database.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            return [_delivery(row) for row in cursor.execute(_LATEST, (limit,)).fetchall()]

    def _deliver_next(
        self, send: SendNotice, at: datetime, tried: Sequence[Delivery]
    ) -> Delivery | None:
        """What became of the next notice that was not `tried` yet; None when there is none."""
        done = {"events": [d.event for d in tried], "channels": [d.channel for d in tried]}
        with (
            self._database.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            row = cursor.execute(
                _NEXT, {"most": MOST_ATTEMPTS, "due": at - TRIED_EVERY, **done}
            ).fetchone()
            if row is None:
                return None
            channel, error = row.pop("channel"), None
            try:
                send(channel, Notice(**row))
            except HomesError as failed:
                error = failed.message
            sent_at = None if error else at
            values = {"at": at, "sent_at": sent_at, "error": error, "channel": channel}
            cursor.execute(_TRIED, {**values, "event": row["event"]})
            return _delivery(cursor.fetchone() or {})


def _delivery(row: dict[str, Any]) -> Delivery:
    moments = {name: row[name] and row[name].isoformat() for name in ("at", "sent_at")}
    return Delivery(**{**row, **moments})
