"""Only we issue ids and sign visits."""

import pytest

from homeprices.domain.errors import NotFound, Unreadable
from homeprices.domain.requests.identity import Identity, is_visitor

OURS, OTHERS = Identity(b"a" * 32), Identity(b"b" * 32)
UUID = "0192f3a4-5b6c-7d8e-9f01-23456789abcd"
VISITOR = "0123456789abcdef0123456789abcdef"


def test_an_issued_id_is_known_by_every_process_with_the_secret() -> None:
    assert Identity(b"a" * 32).uuid_of(OURS.issued(UUID)) == UUID


def test_an_id_from_another_secret_was_never_issued() -> None:
    with pytest.raises(NotFound, match="no estimate was ever given the id"):
        OURS.uuid_of(OTHERS.issued(UUID))


@pytest.mark.parametrize(
    "text", ["", "1", UUID, f"{UUID}-xyz", OURS.issued(UUID).upper(), "a" * 500]
)
def test_text_that_has_not_the_form_of_an_id_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable, match="prediction_id must be the text"):
        OURS.uuid_of(text)


def test_a_visit_names_its_visitor_only_under_our_signature() -> None:
    assert OURS.visit(VISITOR) == Identity(b"a" * 32).visit(VISITOR)
    assert OURS.visit(VISITOR).startswith(f"{VISITOR}.")
    assert OURS.visit(VISITOR) != OTHERS.visit(VISITOR)
    assert not is_visitor("x" * 32)


def test_addresses_are_hashed_and_neighbours_share_a_network() -> None:
    assert OURS.address_hash("192.0.2.7") != OURS.address_hash("192.0.2.8")
    assert OURS.network_hash("192.0.2.7") == OURS.network_hash("192.0.2.8")
    assert OURS.network_hash("2001:db8::1") == OURS.network_hash("2001:db8::2")
    assert OURS.network_hash("192.0.3.7") != OURS.network_hash("192.0.2.7")
    assert OURS.network_hash("::ffff:192.0.2.7") == OURS.network_hash("192.0.2.7")
    assert OURS.network_hash("fe80::1%eth0") == OURS.network_hash("fe80::2")
    assert OURS.network_hash("192.0.2.7") == OURS.address_hash("192.0.2.0/24")
    assert OURS.network_hash("unix:") is None
    assert "192.0.2.7" not in OURS.address_hash("192.0.2.7")
