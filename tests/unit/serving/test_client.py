"""Who asked: the router's words are kept where they have the right form, addresses never."""

from homeprices.serving.http.client import ClientReader
from support.service import IDENTITY

VISITOR = b"0123456789abcdef" * 2
CLIENTS = ClientReader(IDENTITY)


def read(client: tuple[str, int] | None = ("10.0.0.9", 1), **headers: bytes):
    words = {"x_router": IDENTITY.router_key.encode(), **headers}
    named = {name.replace("_", "-").encode(): value for name, value in words.items()}
    scope = {"type": "http", "client": client, "headers": [*named.items()]}
    return CLIENTS.read(scope, named)


def test_a_new_visitor_gets_our_signature_and_does_not_count_as_signed() -> None:
    session = read(x_visitor=VISITOR)
    assert session.client.visitor == VISITOR.decode()
    assert not session.client.signed
    assert session.cookie is not None
    assert session.cookie.startswith(b"visit=" + VISITOR + b".")
    assert b"HttpOnly" in session.cookie


def test_a_visitor_who_comes_back_with_it_is_signed_and_gets_no_other() -> None:
    cookie = b"theme=dark; visit=" + IDENTITY.visit(VISITOR.decode()).encode()
    session = read(x_visitor=VISITOR, cookie=cookie)
    assert session.client.signed
    assert session.cookie is None


def test_the_signature_of_another_visitor_or_of_another_secret_is_not_ours() -> None:
    other = IDENTITY.visit("f" * 32).encode()
    for cookie in (b"visit=" + other, b"visit=" + VISITOR + b"." + b"0" * 32, b"visit=\xff"):
        session = read(x_visitor=VISITOR, cookie=cookie)
        assert not session.client.signed
        assert session.cookie is not None


def test_a_direct_call_has_no_visitor_and_gets_no_cookie() -> None:
    session = read()
    assert (session.client.visitor, session.client.assigned_arm) == (None, None)
    assert session.cookie is None


def test_whoever_is_not_the_router_says_nothing_of_visitor_arm_experiment_or_address() -> None:
    cookie = b"visit=" + IDENTITY.visit(VISITOR.decode()).encode()
    words = {
        "x_visitor": VISITOR,
        "x_arm": b"candidate",
        "x_experiment": b"E1",
        "x_real_ip": b"203.0.113.7",
        "cookie": cookie,
    }
    address = read(x_router=b"").client
    for key in (b"", b"0" * 64, b"\xff"):
        session = read(x_router=key, **words)
        assert session.client == address
        assert session.cookie is None
    assert not address.signed
    assert read(**words).client.signed


def test_words_of_another_form_are_not_kept() -> None:
    client = read(x_visitor=b"me", x_arm=b"both", x_experiment=b"'; DROP TABLE").client
    assert (client.visitor, client.assigned_arm, client.experiment) == (None, None, None)


def test_the_arm_and_the_experiment_are_kept() -> None:
    client = read(x_arm=b"candidate", x_experiment=b"E12").client
    assert (client.assigned_arm, client.experiment) == ("candidate", "E12")


def test_addresses_are_kept_as_hashes_and_neighbours_share_a_network() -> None:
    first = read(x_real_ip=b"203.0.113.7").client
    second = read(x_real_ip=b"203.0.113.8").client
    assert "203" not in str(first.address_hash)
    assert first.address_hash != second.address_hash
    assert first.network_hash == second.network_hash
    assert read(client=None).client.address_hash is None


def test_of_all_cookies_the_one_that_is_of_the_visitor_is_taken() -> None:
    mine = b"visit=" + IDENTITY.visit(VISITOR.decode()).encode()
    other = b"visit=" + IDENTITY.visit("f" * 32).encode()
    forged = b"visit=" + VISITOR + b".nonsense"
    for cookies in (
        [other, mine],
        [mine, other],
        [b"visit=; " + forged + b"; " + mine + b"; visit=\xff"],
        [b"theme=dark;" + other, b"x=y", b"  " + mine + b"  "],
        [b'visit="', mine + b";visit=" + VISITOR],
    ):
        headers = [(b"x-router", IDENTITY.router_key.encode()), (b"x-visitor", VISITOR)]
        scope = {"client": None, "headers": headers + [(b"cookie", value) for value in cookies]}
        assert CLIENTS.read(scope, dict(headers)).client.signed
    headers[-1:] = [(b"x-visitor", VISITOR), (b"cookie", b"notvisit=" + mine[6:])]
    assert not CLIENTS.read({"client": None, "headers": headers}, dict(headers)).client.signed
