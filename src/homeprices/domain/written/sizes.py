"""Sizes as people write them: a number of bedrooms, and words that say what home it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from homeprices.domain.listing import Fact
from homeprices.domain.market import Market

# "B H K" are three words.
_MOST_JOINED = 4
# What follows the bedrooms with a plus: rooms of another use, and how many.
_BESIDE = r"[+&]\s*(?:\d{1,2}\s*)?([A-Za-z. ]+)"
_SIZE = re.compile(
    r"(\d{1,6})(\.\d+)?(?:\s*-(?=\s*[A-Za-z]))?\s*"
    rf"((?:[A-Za-z. ]|(?<=[A-Za-z])[,-])*)((?:{_BESIDE})*)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Size:
    """Bedrooms, what their words say of the home, and whether half a bedroom was left out."""

    bedrooms: int
    said: dict[str, Fact]
    has_half: bool


def read_size(text: str, market: Market) -> Size | None:
    """Bedrooms of "2 BHK", "4 Bedroom Villa", "3 BHK + Study" or "3", and what the words say.

    Half a bedroom, as in "2.5 BHK", is a study: it is left out. None if it cannot be read, as
    "2.3 BHK", which may be two bedrooms or three.
    """
    size, (fact, known) = _SIZE.fullmatch(text), market.size_fact
    words = _size_words(size[3], known) if size else []
    if size is None or not set(words) <= known.keys() or not _are_beside(size[4], market):
        return None
    # The last word that says a kind says most: a "3 BHK Villa" is a villa.
    kinds = [known[word] for word in words if known[word]]
    said: dict[str, Fact] = {fact: kinds[-1]} if kinds else {}
    fraction = (size[2] or "").rstrip("0").rstrip(".")
    return Size(int(size[1]), said, has_half=bool(fraction)) if fraction in {"", ".5"} else None


def _are_beside(text: str, market: Market) -> bool:
    """True where all that follows the bedrooms is no bedroom: "+ Study", "+ 3T"."""
    known = {room.replace(" ", ""): "" for room in market.rooms_beside}
    words = (word for part in re.findall(_BESIDE, text) for word in _size_words(part, known))
    return all(word in known for word in words)


def _size_words(text: str, known: Mapping[str, str]) -> list[str]:
    """The words beside a number of bedrooms in the singular; "Bed Room" and "B. H. K." are one."""
    plain = text.casefold().replace(".", "").replace(",", " ").replace("-", " ")
    words = [word.removesuffix("s") for word in plain.split()]
    read = []
    while words:
        ends = range(min(len(words), _MOST_JOINED), 0, -1)
        end = next((end for end in ends if "".join(words[:end]) in known), 1)
        read.append("".join(words[:end]))
        words = words[end:]
    return read
