"""Which arm a visitor meets: nginx's own rule, for those who ask past nginx."""

from homeprices.domain.experiments.experiment import Experiment
from homeprices.domain.requests.records import Slot

_MULTIPLIER, _WORD = 0x5BD1E995, 0xFFFFFFFF


def arm_for(visitor: str, experiment: Experiment | None) -> Slot:
    """The arm that `split_clients` of nginx sends `visitor` to; see `nginx.split`."""
    if experiment is None:
        return Slot.PRODUCTION
    # nginx knows two decimals of a percentage.
    hundredths = min(max(round(10_000 * experiment.share), 1), 9_999)
    drawn = murmur_hash(f"{experiment.salt}:{visitor}".encode())
    return Slot.CANDIDATE if drawn < hundredths * _WORD // 10_000 else Slot.PRODUCTION


def murmur_hash(content: bytes) -> int:
    """MurmurHash2 (Austin Appleby) with the seed of nginx, the length alone.

    >>> murmur_hash(b""), murmur_hash(b"visitor")
    (0, 2780802423)
    """
    mixed, whole = len(content), len(content) // 4 * 4
    for start in range(0, whole, 4):
        word = int.from_bytes(content[start : start + 4], "little") * _MULTIPLIER & _WORD
        word = (word ^ word >> 24) * _MULTIPLIER & _WORD
        mixed = (mixed * _MULTIPLIER & _WORD) ^ word
    if whole < len(content):
        mixed = (mixed ^ int.from_bytes(content[whole:], "little")) * _MULTIPLIER & _WORD
    mixed = (mixed ^ mixed >> 13) * _MULTIPLIER & _WORD
    return mixed ^ mixed >> 15
