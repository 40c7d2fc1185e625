"""The channels that notices go by: whatever apprise knows, from Slack to e-mail, by its URLs."""

import logging
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from homeprices.domain.errors import BadInput, FieldProblem, Unavailable
from homeprices.domain.notices import Notice

if TYPE_CHECKING:
    from apprise import NotifyBase


class AppriseChannels:
    """`ports.NoticeChannels` by apprise. A URL may hold secrets: it is never told."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._channels: Mapping[str, NotifyBase] = dict(map(_channel, range(len(urls)), urls))

    @property
    def names(self) -> Sequence[str]:
        """See `ports.NoticeChannels`."""
        return list(self._channels)

    def send(self, channel: str, notice: Notice) -> None:
        """See `ports.NoticeChannels`."""
        import apprise

        if channel not in self._channels:
            raise Unavailable(f"{channel} is no longer among HOMES_NOTIFY_URLS")
        service = self._channels[channel]
        capture = apprise.LogCapture(level=logging.WARNING, fmt="%(message)s")  # type: ignore[no-untyped-call]
        with capture as words:
            try:
                is_sent = service.notify(
                    title=notice.title, body=notice.body, body_format=apprise.NotifyFormat.TEXT
                )
            except Exception as error:
                raise Unavailable(f"{channel} failed: {type(error).__name__}") from error
            if not is_sent:
                said = " ".join(words.getvalue().split()) or "it gave no reason"
                raise Unavailable(f"{channel} did not take it: {said}")


def _channel(place: int, url: str) -> tuple[str, "NotifyBase"]:
    """A channel by its name; raises BadInput for a URL of no service that is known."""
    import apprise

    service = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if service is None:
        words = f"the URL number {place + 1} is of no service that apprise knows or lacks a part"
        raise BadInput([FieldProblem.with_sentence("HOMES_NOTIFY_URLS", words)])
    return f"{service.service_name} {sha256(url.encode()).hexdigest()[:6]}", service
