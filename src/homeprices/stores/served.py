"""Asks the services which model they serve, as any caller may."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from homeprices.domain.errors import Unavailable
from homeprices.domain.records import Slot

PATIENCE_S = 5.0


class ServedVersionClient:
    """`ports.ServedVersion` over HTTP; `urls` say where each slot's service is."""

    def __init__(self, urls: Mapping[Slot, str]) -> None:
        self._urls = dict(urls)

    def __call__(self, slot: Slot) -> str | None:
        """The version that the service of `slot` serves, None while there is none."""
        url = f"{self._urls[slot]}/api/health"
        try:
            answer = httpx.get(url, timeout=PATIENCE_S)
            version = answer.json()["model_version"]
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            raise Unavailable(f"the {slot.value} service does not answer at {url}") from error
        return None if version is None else str(version)
