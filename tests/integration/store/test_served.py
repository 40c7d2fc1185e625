"""Which model a service answers for is data, and one client asks for it."""

import pytest

from homeprices.domain.errors import Unavailable
from homeprices.domain.requests.records import Slot
from homeprices.stores.served import ServedVersionClient
from support.routers import free_port, service


@pytest.mark.parametrize(("version", "served"), [("CO7", "CO7"), ("none", None)])
def test_the_version_is_read_from_its_own_field(version: str, served: str | None) -> None:
    port = free_port()
    with service(port, "candidate", version):
        assert (
            ServedVersionClient({Slot.CANDIDATE: f"http://127.0.0.1:{port}"})(Slot.CANDIDATE)
            == served
        )


def test_a_service_that_is_away_serves_nothing_that_can_be_told() -> None:
    client = ServedVersionClient({Slot.PRODUCTION: f"http://127.0.0.1:{free_port()}"})
    with pytest.raises(Unavailable, match="production service does not answer"):
        client(Slot.PRODUCTION)
