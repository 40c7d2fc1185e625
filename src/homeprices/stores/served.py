"""Asks the services which model they serve, as any caller may: the one client of health."""

from collections.abc import Mapping

import httpx
import msgspec

from homeprices.domain.errors import NoModel, Unavailable
from homeprices.domain.requests.records import Slot

PATH = "/api/health/ready"
PATIENCE_S = 2.0


class _Ready(msgspec.Struct, frozen=True):
    model_version: str


class _Error(msgspec.Struct, frozen=True):
    code: str


class _Refusal(msgspec.Struct, frozen=True):
    error: _Error


class ServedVersionClient:
    """`ports.ServedVersion` over HTTP; `urls` say where each slot's service is."""

    def __init__(self, urls: Mapping[Slot, str]) -> None:
        self._urls = dict(urls)

    def __call__(self, slot: Slot) -> str | None:
        """The version that the service of `slot` serves, None while there is none."""
        url = f"{self._urls[slot]}{PATH}"
        try:
            answer = httpx.get(url, timeout=PATIENCE_S)
            if answer.is_success:
                return msgspec.json.decode(answer.content, type=_Ready).model_version
            code = msgspec.json.decode(answer.content, type=_Refusal).error.code
        except (httpx.HTTPError, msgspec.MsgspecError) as error:
            raise Unavailable(f"the {slot.value} service does not answer at {url}") from error
        if code != NoModel.code:
            raise Unavailable(f"the {slot.value} service answers {code} at {url}")
        return None
