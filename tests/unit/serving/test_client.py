"""Who asked: the router's words are kept where they have the right form, addresses never."""

from __future__ import annotations

from homeprices.serving.client import ClientReader
from support.service import IDENTITY

VISITOR = b"0123456789abcdef" * 2
CALLERS = ClientReader(IDENTITY)


def read(client: tuple[str, int] | None = ("10.0.0.9", 1), **headers: bytes):
    named = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    return CALLERS.read({"type": "http", "client": client}, named)


def test_a_new_visitor_gets_our_signature_and_does_not_count_as_signed() -> None:
    visit = read(x_visitor=VISITOR)
    assert visit.caller.visitor == VISITOR.decode()
    assert not visit.caller.signed
    assert visit.cookie is not None
    assert visit.cookie.startswith(b"visit=" + VISITOR + b".")
    assert b"HttpOnly" in visit.cookie


def test_a_visitor_who_comes_back_with_it_is_signed_and_gets_no_other() -> None:
    cookie = b"theme=dark; visit=" + IDENTITY.visit(VISITOR.decode()).encode()
    visit = read(x_visitor=VISITOR, cookie=cookie)
    assert visit.caller.signed
    assert visit.cookie is None


def test_the_signature_of_another_visitor_or_of_another_secret_is_not_ours() -> None:
    other = IDENTITY.visit("f" * 32).encode()
    for cookie in (b"visit=" + other, b"visit=" + VISITOR + b"." + b"0" * 32, b"visit=\xff"):
        visit = read(x_visitor=VISITOR, cookie=cookie)
        assert not visit.caller.signed
        assert visit.cookie is not None


def test_a_direct_call_has_no_visitor_and_gets_no_cookie() -> None:
    visit = read()
    assert (visit.caller.visitor, visit.caller.assigned_arm, visit.cookie) == (None, None, None)


def test_words_of_another_form_are_not_kept() -> None:
    caller = read(x_visitor=b"me", x_arm=b"both", x_experiment=b"'; DROP TABLE").caller
    assert (caller.visitor, caller.assigned_arm, caller.experiment) == (None, None, None)


def test_the_arm_and_the_experiment_are_kept() -> None:
    caller = read(x_arm=b"candidate", x_experiment=b"E12").caller
    assert (caller.assigned_arm, caller.experiment) == ("candidate", "E12")


def test_addresses_are_kept_as_hashes_and_neighbours_share_a_network() -> None:
    one = read(x_real_ip=b"203.0.113.7").caller
    two = read(x_real_ip=b"203.0.113.8").caller
    assert "203" not in str(one.address_hash)
    assert one.address_hash != two.address_hash
    assert one.network_hash == two.network_hash
    assert read(client=None).caller.address_hash is None
