"""The one holdout of every version, and folds that keep twins together.

Rows of one group are the same home listed again: splitting them would let a
model be judged on what it has seen. The spelling used here is frozen and knows
no aliases, so a home stays on its side when the locality matcher improves.
"""

import re
from collections.abc import Sequence
from hashlib import blake2b

from homeprices.domain.listing import Listing

HOLDOUT_SHARE = 0.1
_HOLDOUT, _FOLDS = b"holdout", b"folds"


def group_of(listing: Listing) -> str:
    """Locality, bedrooms, area, bathrooms and price, normalised: equal for one home."""
    home = listing.home
    words = " ".join(sorted(set(re.findall(r"[^\W\d_]+|\d+", home.locality.casefold()))))
    return f"{words}|{home.bedrooms}|{home.area:.1f}|{home.bathrooms}|{listing.price:.2f}"


def is_held_out(listing: Listing) -> bool:
    """True for the fixed tenth that no judged form is ever trained on."""
    return _draw(group_of(listing), _HOLDOUT) < HOLDOUT_SHARE


def split(listings: Sequence[Listing]) -> tuple[list[Listing], list[Listing]]:
    """The listings that a judged form is trained on, and the holdout."""
    held_out = [is_held_out(listing) for listing in listings]
    pairs = list(zip(listings, held_out, strict=True))
    return [row for row, out in pairs if not out], [row for row, out in pairs if out]


def folds_of(listings: Sequence[Listing], folds: int, salt: str = "") -> list[int]:
    """A fold, 0 to `folds` - 1, for each listing; equal for all rows of a group."""
    key = _FOLDS + salt.encode()
    return [int(_draw(group_of(listing), key) * folds) for listing in listings]


def _draw(group: str, key: bytes) -> float:
    """A number in [0, 1) that depends on `group` and `key` alone."""
    digest = blake2b(group.encode(), key=key, digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
