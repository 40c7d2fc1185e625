"""Whose a secret is, and until when: by the key's hash, its expiry, what took it back."""

from datetime import UTC, datetime, timedelta

import pytest

from homeprices.domain.errors import KeyEnded, KeyMisplaced, KeyRefused
from homeprices.domain.requests import keys
from homeprices.domain.requests.keys import (
    ClientKey,
    Keyring,
    KeyScope,
    KeyStanding,
    RevokedKey,
    digest,
    key_standings,
    require_no_key,
    secret_of,
)
from homeprices.domain.versions import KeyId

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
SECRET = secret_of(KeyId(3), "ab" * 32)


def key(number: int = 3, secret: str = SECRET, **facts: str) -> ClientKey:
    hashed = digest(secret).hex()
    made = NOW.isoformat()
    return ClientKey(f"K{number}", "partner", (KeyScope.PRICE,), hashed, made, "cli:me", **facts)


def later(hours: float) -> str:
    return (NOW + timedelta(hours=hours)).isoformat()


def ring(*standings: KeyStanding) -> Keyring:
    return Keyring("the operator's", standings)


def test_a_secret_opens_by_its_key_and_the_operators_has_every_scope() -> None:
    holder = ring(KeyStanding(key())).holder(SECRET, NOW)
    assert (holder.id, holder.name, holder.scopes) == ("K3", "partner", {KeyScope.PRICE})
    assert ring().holder("the operator's", NOW).scopes == set(KeyScope)


@pytest.mark.parametrize(
    "wrong",
    [
        secret_of(KeyId(3), "ac" * 32),
        secret_of(KeyId(4), "ab" * 32),
        SECRET[:-1],
        SECRET + "0",
        SECRET.upper(),
        digest(SECRET).hex(),
        "",
        "the operator",
        "\udcff",
    ],
)
def test_anything_else_is_refused_in_the_same_words(wrong: str) -> None:
    with pytest.raises(KeyRefused, match="none of this service") as refused:
        ring(KeyStanding(key())).holder(wrong, NOW)
    assert refused.type is KeyRefused


def test_no_operators_key_is_nobodys_key() -> None:
    for nothing in ("", "\0" * 32):
        with pytest.raises(KeyRefused):
            Keyring("").holder(nothing, NOW)


def test_an_unknown_id_is_compared_as_a_known_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[int, int]] = []

    def spy(a: bytes, b: bytes) -> bool:
        compared.append((len(a), len(b)))
        return a == b

    monkeypatch.setattr(keys, "compare_digest", spy)
    known = ring(KeyStanding(key()))
    for number in (3, 4):
        with pytest.raises(KeyRefused):
            known.holder(secret_of(KeyId(number), "00" * 32), NOW)
    with pytest.raises(KeyRefused):
        known.holder("no form at all", NOW)
    assert compared == [(32, 32)] * 6


def test_a_key_ends_at_its_expiry_and_says_so_to_who_has_it() -> None:
    known = ring(KeyStanding(key(expires_at=later(1))))
    assert known.holder(SECRET, NOW + timedelta(minutes=59)).id == "K3"
    with pytest.raises(KeyEnded, match="K3 has expired at 2026-11-02T10:00"):
        known.holder(SECRET, NOW + timedelta(hours=1))
    with pytest.raises(KeyRefused, match="none of this service"):
        known.holder(secret_of(KeyId(3), "00" * 32), NOW + timedelta(hours=1))


def test_a_replaced_key_goes_on_for_its_grace_and_a_revocation_ends_it_before() -> None:
    new = key(4, secret_of(KeyId(4), "cd" * 32), replaces="K3", grace_until=later(24))
    old, standing = key_standings([key(), new], {})
    assert standing.how_ended(NOW) is None
    assert old.how_ended(NOW + timedelta(hours=23)) is None
    assert old.how_ended(NOW + timedelta(hours=24)) == "replaced"
    taken = RevokedKey("K3", later(2), "cli:me", "leaked")
    old, _ = key_standings([key(), new], {"K3": taken})
    assert list(old.ends) == ["revoked", "replaced"]
    with pytest.raises(KeyEnded, match="K3 was revoked"):
        ring(old).holder(SECRET, NOW + timedelta(hours=3))


def test_of_two_that_replace_one_key_the_first_grace_ends_it() -> None:
    both = [key(n, replaces="K3", grace_until=later(n)) for n in (6, 5)]
    old = key_standings([key(), *both], {})[0]
    assert old.ends == {"replaced": NOW + timedelta(hours=5)}


@pytest.mark.parametrize(
    "text", [SECRET, f"a={SECRET}&b", "homes_operator_0123456789", "homes_K12_0123abcd"]
)
def test_what_looks_like_a_secret_is_found_in_any_text(text: str) -> None:
    with pytest.raises(KeyMisplaced, match="never in an address or a form"):
        require_no_key(text.encode())


def test_a_text_that_only_speaks_of_homes_is_none() -> None:
    require_no_key(b"homes_for_sale homes_K3 homes_K_0123abcd homes_K3_ours")
