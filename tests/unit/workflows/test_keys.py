"""Keys are made, replaced and taken back, on an object store and nothing else."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from homeprices.domain.errors import BadInput, KeyEnded, NotFound, Refused
from homeprices.domain.requests.keys import ClientKey, Keyring, KeyScope, secret_of
from homeprices.domain.versions import KeyId
from homeprices.stores.client_keys import ClientKeys
from homeprices.stores.objects import ObjectStore
from homeprices.workflows.keys import make_key, revoke_key, rotate_key

PRICE = (KeyScope.PRICE,)
HASHED = "8d58dd1bb4e5e5cd0ddfd9e2ea9da9e7c4bfb1d2f1b1f5c8f0bd0f2f4c0a1d11"
AS_KEPT = (
    b'{"id":"K7","name":"partner","scopes":["price"],"sha256":"' + HASHED.encode() + b'",'
    b'"made_at":"2026-11-02T09:00:00+00:00","made_by":"cli:me","expires_at":null,'
    b'"replaces":null,"grace_until":null}'
)


@dataclass
class Desk:
    url: str = "memory:///"
    now: datetime = datetime(2026, 11, 2, 9, tzinfo=UTC)
    objects: ObjectStore = field(init=False)

    def __post_init__(self) -> None:
        self.objects = ObjectStore(self.url)
        self.client_keys = ClientKeys(self.objects)

    def clock(self) -> datetime:
        return self.now

    def lets_in(self, secret: str) -> str:
        return Keyring("", self.client_keys.standings()).holder(secret, self.now).name

    def stored(self) -> str:
        return "".join(self.objects.read(key).decode() for key in self.objects.keys("keys/"))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_secret_is_told_once_and_only_its_hash_is_kept(desk: Desk) -> None:
    made = make_key(desk, "partner", PRICE, None, "cli:me")
    assert made.secret.startswith("homes_K1_")
    assert len(made.secret.removeprefix("homes_K1_")) * 4 == 256
    assert desk.lets_in(made.secret) == "partner"
    random = made.secret.removeprefix("homes_K1_")
    for text in (desk.stored(), repr(made), str(desk.client_keys.standings())):
        assert random not in text
    assert "cli:me" in desk.stored()
    assert make_key(desk, "other", PRICE, None, "cli:me").secret[9:] != random


def test_a_key_lasts_as_long_as_it_was_made_for(desk: Desk) -> None:
    made = make_key(desk, "partner", PRICE, 2, "cli:me")
    desk.now += timedelta(days=2)
    with pytest.raises(KeyEnded, match="expired"):
        desk.lets_in(made.secret)
    assert make_key(desk, "partner", PRICE, None, "cli:me").key.id == "K2"


def test_a_name_has_one_key_so_that_it_names_a_client(desk: Desk) -> None:
    make_key(desk, "partner", PRICE, 30, "cli:me")
    with pytest.raises(Refused, match="partner has the key K1; `homes keys rotate K1`"):
        make_key(desk, "partner", PRICE, None, "cli:me")


@pytest.mark.parametrize("name", ["", "operator", "x" * 61, "two\nlines"])
def test_a_name_that_names_nobody_is_refused(desk: Desk, name: str) -> None:
    with pytest.raises(BadInput, match="NAME must say whom it is for"):
        make_key(desk, name, PRICE, None, "cli:me")


def test_in_the_grace_both_secrets_let_in_and_after_it_the_new_one(desk: Desk) -> None:
    scopes = (KeyScope.READ_LOGS, KeyScope.PRICE)
    old = make_key(desk, "partner", scopes, 10, "cli:me")
    desk.now += timedelta(days=1)
    new = rotate_key(desk, KeyId(1), 24, None, "cli:you")
    assert (new.key.name, set(new.key.scopes), new.key.replaces) == ("partner", set(scopes), "K1")
    assert new.key.expires_at == (desk.now + timedelta(days=10)).isoformat()
    desk.now += timedelta(hours=23)
    assert desk.lets_in(old.secret) == desk.lets_in(new.secret) == "partner"
    desk.now += timedelta(hours=1)
    with pytest.raises(KeyEnded, match="replaced"):
        desk.lets_in(old.secret)
    assert desk.lets_in(new.secret) == "partner"


def test_with_no_grace_the_old_secret_ends_with_the_rotation(desk: Desk) -> None:
    old = make_key(desk, "partner", PRICE, None, "cli:me")
    rotate_key(desk, KeyId(1), 0, None, "cli:me")
    with pytest.raises(KeyEnded, match="replaced"):
        desk.lets_in(old.secret)


def test_a_revoked_key_lets_nobody_in_and_says_who_took_it_back(desk: Desk) -> None:
    made = make_key(desk, "partner", PRICE, None, "cli:me")
    assert revoke_key(desk, KeyId(1), "leaked", "cli:you")
    assert not revoke_key(desk, KeyId(1), "again", "cli:me")
    with pytest.raises(KeyEnded, match="revoked"):
        desk.lets_in(made.secret)
    revoked = desk.client_keys.find(KeyId(1)).revoked
    assert revoked is not None
    assert (revoked.revoked_by, revoked.reason) == ("cli:you", "leaked")


def test_what_has_ended_is_not_replaced(desk: Desk) -> None:
    make_key(desk, "partner", PRICE, None, "cli:me")
    rotate_key(desk, KeyId(1), 24, None, "cli:me")
    with pytest.raises(Refused, match="replaced by K2 already"):
        rotate_key(desk, KeyId(1), 24, None, "cli:me")
    revoke_key(desk, KeyId(2), "leaked", "cli:me")
    with pytest.raises(Refused, match="K2 was revoked"):
        rotate_key(desk, KeyId(2), 24, None, "cli:me")
    for act in (lambda: rotate_key(desk, KeyId(9), 1, None, "me"), lambda: _revoke(desk)):
        with pytest.raises(NotFound, match="there is no key K9"):
            act()


def _revoke(desk: Desk) -> bool:
    return revoke_key(desk, KeyId(9), "by hand", "me")


def test_who_lost_both_keys_of_a_rotation_is_made_another(desk: Desk) -> None:
    make_key(desk, "partner", PRICE, None, "cli:me")
    rotate_key(desk, KeyId(1), 24, None, "cli:me")
    with pytest.raises(Refused, match="partner has the key K2"):
        make_key(desk, "partner", PRICE, None, "cli:me")
    revoke_key(desk, KeyId(2), "leaked", "cli:me")
    assert make_key(desk, "partner", PRICE, None, "cli:me").key.id == "K3"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"\xff",
        AS_KEPT.replace(b'["price"]', b'["of_a_later_release"]'),
        AS_KEPT.replace(b'"sha256":"', b'"sha256":"no hexadecimal'),
        AS_KEPT.replace(b'"expires_at":null', b'"expires_at":"2027-01-01"'),
        AS_KEPT.replace(b'"id":"K7"', b'"id":"K1"'),
    ],
)
def test_a_key_that_cannot_be_read_keeps_no_other_from_being_taken_back(
    desk: Desk, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    made = make_key(desk, "partner", PRICE, None, "cli:me")
    desk.objects.create("keys/K7.json", content)
    assert desk.lets_in(made.secret) == "partner"
    assert revoke_key(desk, KeyId(1), "leaked", "cli:me")
    with pytest.raises(KeyEnded, match="revoked"):
        desk.lets_in(made.secret)
    assert [record.getMessage()[:12] for record in caplog.records] == ["keys/K7.json"]
    assert revoke_key(desk, KeyId(7), "damaged", "cli:me")
    assert make_key(desk, "other", PRICE, None, "cli:me").key.id == "K8"


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b'{"id":"K1","revoked_at":"soon","revoked_by":"cli:me","reason":"leaked"}'],
)
def test_that_it_was_taken_back_counts_whatever_is_said_of_it(desk: Desk, content: bytes) -> None:
    made = make_key(desk, "partner", PRICE, None, "cli:me")
    desk.objects.create("keys/K1.revoked.json", content)
    with pytest.raises(KeyEnded, match="revoked"):
        desk.lets_in(made.secret)


def test_of_many_makers_at_once_each_has_a_number_of_its_own(tmp_path: Path) -> None:
    desks = [Desk(tmp_path.as_uri()) for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        made = list(
            threads.map(lambda n: make_key(desks[n], f"client {n}", PRICE, None, "me"), range(8))
        )
    assert sorted(key.key.id for key in made) == [f"K{n}" for n in range(1, 9)]
    assert {desks[0].lets_in(key.secret) for key in made} == {f"client {n}" for n in range(8)}


def test_a_look_is_one_listing_and_reads_nothing_again(desk: Desk) -> None:
    for number in range(5):
        make_key(desk, f"client {number}", PRICE, None, "cli:me")
    revoke_key(desk, KeyId(2), "by hand", "cli:me")
    desk.client_keys.standings()
    desk.objects.requests.clear()
    assert len(desk.client_keys.standings()) == 5
    assert dict(desk.objects.requests) == {"list": 1}


def test_keys_of_the_first_release_that_had_them_are_read(desk: Desk) -> None:
    desk.objects.create("keys/K7.json", AS_KEPT)
    (standing,) = desk.client_keys.standings()
    assert standing.key == ClientKey(
        "K7", "partner", PRICE, HASHED, "2026-11-02T09:00:00+00:00", "cli:me"
    )
    assert make_key(desk, "next", PRICE, None, "cli:me").key.id == "K8"
    assert secret_of(KeyId(7), "").startswith("homes_K7_")
