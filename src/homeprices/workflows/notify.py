"""Tells people what happened: each event once, by every channel there is."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from homeprices.domain.errors import HomesError
from homeprices.domain.notices import Delivery, Notice
from homeprices.wording.notices import decision_notice, drift_notice, silence_notice
from homeprices.workflows.context import NoticePorts

# Whoever names a channel today is not told the whole past.
RECENT = timedelta(days=1)
MOST_DECISIONS = 200
# Some may have been made while nobody told of them.
REPORTS = 8
TOLD = "told by"


def notify(ports: NoticePorts) -> list[str]:
    """Send what is due and what an earlier call could not send; sentences about it.

    Never raises: what cannot be told now is said here, and tried again after an hour.
    """
    try:
        return [_words(delivery) for delivery in _notify(ports)]
    except HomesError as error:
        return [f"no notice was sent: {error.message}"]


def _notify(ports: NoticePorts) -> list[Delivery]:
    channels = ports.channels
    if not channels.names:
        return []
    for notice in due(ports):
        ports.outbox.add(notice, channels.names, ports.clock())
    return ports.outbox.deliver(channels.send, ports.clock())


def due(ports: NoticePorts) -> Iterator[Notice]:
    """The notices of all that happened lately, told before or not."""
    now, url = ports.clock(), ports.public_url
    rows = ports.decisions.latest(MOST_DECISIONS)
    recent = [row for row in rows if datetime.fromisoformat(row.at) >= now - RECENT]
    reports = ports.drift_log.newest(REPORTS)
    if reports and datetime.fromisoformat(reports[0].at) < now - RECENT:
        reports = []
    candidates = [
        *(decision_notice(row, url) for row in reversed(recent)),
        drift_notice(reports, url, is_all=len(reports) < REPORTS),
        silence_notice(_last_feedback(ports), now, ports.silence_days),
    ]
    yield from (notice for notice in candidates if notice is not None)


def _last_feedback(ports: NoticePorts) -> datetime:
    """When somebody last said what an estimate was worth; before the first, since when we serve."""
    last = ports.request_metrics.last_feedback_at()
    productions = ports.registry.production()
    served_since = datetime.fromisoformat(productions.created_at) if productions else ports.clock()
    return last or served_since


def _words(delivery: Delivery) -> str:
    told = f"{delivery.event} ({delivery.title})"
    if delivery.sent_at is not None:
        return f"{TOLD} {delivery.channel}: {told}"
    return f"not told yet: {told}: {delivery.error}"
