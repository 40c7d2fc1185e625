"""Which of the media that could be answered is wanted, as `Accept` weighs them.

https://www.rfc-editor.org/rfc/rfc9110#name-accept
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from starlette.types import Scope

HTML, JSON = "text/html", "application/json"
_QUALITY = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")
_REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class _Range:
    """A range of media: `specificity` is 2 for one type, 1 for `text/*`, 0 for `*/*`."""

    media: str
    quality: float
    position: int
    specificity: int

    def matches(self, media: str) -> bool:
        beginning = self.media.partition("/")[0]
        return (
            self.specificity == 0
            or self.media == media
            or (self.specificity == 1 and media.startswith(f"{beginning}/"))
        )


def wanted(scope: Scope, offered: Sequence[str]) -> str:
    """The one of `offered` that a request weighs highest; the first where it wants none of them.

    Of two that weigh the same it is the one that is named, then the one that is named first.
    """
    accept = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return preferred(accept.decode("latin-1"), tuple(offered))


@lru_cache(_REMEMBERED)
def preferred(accept: str, offered: tuple[str, ...]) -> str:
    """As `wanted`, of the value of the header.

    >>> preferred("text/html;q=0.5, */*;q=0.1", ("application/json", "text/html"))
    'text/html'
    """
    ranges = list(_ranges(accept))
    weighed = [(_match(ranges, media), media) for media in offered]
    acceptable = [(match, media) for match, media in weighed if match and match.quality > 0]
    if not acceptable:
        return offered[0]
    # The first of equals: `offered` is in the order that we would choose.
    return max(acceptable, key=lambda pair: _weight(pair[0]))[1]


def _weight(match: _Range) -> tuple[float, int, int]:
    return match.quality, match.specificity, -match.position


def _match(ranges: Iterable[_Range], media: str) -> _Range | None:
    """What is said of `media`: by the most specific range, and the first of such."""
    matching = (weighed for weighed in ranges if weighed.matches(media))
    return max(matching, key=lambda weighed: weighed.specificity, default=None)


def _ranges(accept: str) -> Iterable[_Range]:
    """The ranges of a header in their order, without those that have not its form."""
    for position, part in enumerate(accept.lower().split(",")):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        qualities = [value[2:].strip() for value in parameters if value.startswith("q=")]
        quality = qualities[0] if qualities else "1"
        main, _, sub = media.partition("/")
        if main and sub and _QUALITY.fullmatch(quality):
            specificity = 2 if sub != "*" else 1 if main != "*" else 0
            yield _Range(media, float(quality), position, specificity)
