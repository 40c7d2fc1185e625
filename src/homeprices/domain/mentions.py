"""Which of the places that a text names is meant.

A text is taken apart at commas and at the words that lead to something near ("opp", "off"); in
what is between, the longest runs of words that are known places are mentions. Of several the one
is meant that says more: a place before what it stands near, and that before a road; a division
before what it is part of; the first before the others. Where a part of the text is the name of
another city or of a state, or ends in one behind a place, nothing in the text is a place of the
market: but a bank, a hotel or a road may be named after one.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from homeprices.domain.locality import marked_divisions, name_words
from homeprices.domain.market import Market
from homeprices.domain.written.text import is_missing, normalised

_BREAK = re.compile(r"[,;:/|()\[\]\n]")
_MOST_WORDS = 6
# From a key without divisions to the locality that it means, if it is one.
Locate = Callable[[str], str | None]


class NamedAs(IntEnum):
    """What a place is named as, the more telling first."""

    PLACE = 0
    NEARBY = 1
    ROAD = 2


@dataclass(frozen=True, slots=True)
class Mention:
    """A known place in a text: words `start` to `stop` of its chunk, and what divides it."""

    locality: str
    written: str
    named_as: NamedAs
    start: int
    stop: int
    divisions: list[str] = field(default_factory=list)

    @property
    def suffix(self) -> str:
        """What follows the locality in a key: " phase 2", or ""."""
        return "".join(f" {division}" for division in sorted(set(self.divisions)))

    @property
    def words(self) -> int:
        """How many words of the text are in it; a division is one."""
        return self.stop - self.start + len(self.divisions)


@dataclass(frozen=True, slots=True)
class Reading:
    """The mentions of a text in their order, and how many of its words tell anything.

    `unknown` are the runs of words that are no mention, no division and no word around a place,
    `nearby` those behind a word that says that the home is only near.
    """

    mentions: list[Mention]
    words: int
    chunks: int
    unknown: list[str]
    nearby: list[str]
    is_elsewhere: bool

    @property
    def is_empty(self) -> bool:
        """True where nothing in the text is a name: "North Bangalore"."""
        return not (self.mentions or self.unknown or self.nearby)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Words that belong together: names, numbers, and divisions as `marked_divisions` has them."""

    words: list[str]
    is_nearby: bool


class MentionReader:
    """Finds the places that a text names; `locate` knows them by their keys, if any are known."""

    def __init__(self, market: Market, locate: Locate = lambda _: None) -> None:
        self._market = market
        self._locate = locate
        self._around = {*market.around, *market.roads}
        # "Kudlu Gate" may be all of a name, so its place is no less one.
        self._ends_of_names = {*market.endings} & {*market.around}
        own = sorted((re.escape(name) for name in market.city_names), key=len, reverse=True)
        self._city = re.compile(rf"\b(?:{'|'.join(own)})\b") if own else None
        self._elsewhere = {tuple(name.split()) for name in market.elsewhere}

    def read(self, text: str) -> Reading:
        """What `text` names."""
        chunks = list(self._chunks(text))
        named = [self._mentions(chunk) for chunk in chunks]
        self._share_divisions(chunks, named)
        unknown: dict[bool, list[str]] = {False: [], True: []}
        for chunk, mentions in zip(chunks, named, strict=True):
            unknown[chunk.is_nearby].extend(self._unknown(chunk, mentions))
        return Reading(
            mentions=[mention for mentions in named for mention in mentions],
            words=sum(len(chunk.words) for chunk in chunks),
            chunks=len(chunks),
            unknown=unknown[False],
            nearby=unknown[True],
            is_elsewhere=self._is_elsewhere(chunks, named),
        )

    def ends_elsewhere(self, text: str) -> bool:
        """True for an address whose last part is another city or a state: "Adyar, Chennai"."""
        parts = [tuple(chunk.words) for chunk in self._chunks(text) if not chunk.is_nearby]
        return bool(parts) and parts[-1] in self._elsewhere

    def names_nothing(self, text: str) -> bool:
        """True for a text without a name but that of the city: "nan, Bangalore"."""
        return not any(self._chunks(text))

    @staticmethod
    def _share_divisions(chunks: Sequence[_Chunk], named: Sequence[Sequence[Mention]]) -> None:
        """Divisions that stand alone are of the place before, else of the one behind."""
        for i, chunk in enumerate(chunks):
            if all(map(_is_division, chunk.words)):
                before = [mention for mentions in named[:i] for mention in mentions][-1:]
                behind = [mention for mentions in named[i:] for mention in mentions][:1]
                for mention in (before or behind)[:1]:
                    mention.divisions.extend(chunk.words)

    def _chunks(self, text: str) -> Iterator[_Chunk]:
        """The parts of a text between commas and words of nearness, empty ones left out."""
        told = (part for part in text.split(",") if not is_missing(normalised(part)))
        for part in _BREAK.split(",".join(told).casefold()):
            named = part if self._city is None else self._city.sub(" ", part)
            words: list[str] = []
            is_nearby = False
            for word in marked_divisions(name_words(named)):
                if word in self._market.beside:
                    if words:
                        yield _Chunk(words, is_nearby)
                    words, is_nearby = [], True
                elif word not in self._market.fillers:
                    words.append(word)
            if words:
                yield _Chunk(words, is_nearby)

    def _mentions(self, chunk: _Chunk) -> list[Mention]:
        """The known places in a chunk, the longest at each word, with the divisions beside them."""
        mentions: list[Mention] = []
        start, words = 0, chunk.words
        while start < len(words):
            stop, locality = self._longest(words, start)
            if locality is None:
                start += 1
                continue
            is_road = not set(locality.split()).isdisjoint(self._market.roads)
            named_as = NamedAs.ROAD if is_road else self._named_as(chunk, start, stop)
            written = " ".join(words[start:stop])
            mentions.append(Mention(locality, written, named_as, start, stop))
            start = stop
        for position, word in enumerate(words):
            if _is_division(word) and (owner := self._owner(words, position, mentions)):
                owner.divisions.append(word)
        return mentions

    def _longest(self, words: Sequence[str], start: int) -> tuple[int, str | None]:
        """Where the longest known place that begins at `start` ends, and which it is."""
        for stop in range(min(len(words), start + _MOST_WORDS), start, -1):
            run = words[start:stop]
            if any(_is_division(word) for word in run) or self._around.issuperset(run):
                continue
            if (locality := self._locate(" ".join(run))) is not None:
                return stop, locality
        return start, None

    def _named_as(self, chunk: _Chunk, start: int, stop: int) -> NamedAs:
        """A road by its last word or by those behind it, names of its other end among them."""
        words = chunk.words
        if words[stop - 1] in self._market.roads:
            return NamedAs.ROAD
        named_as = NamedAs.NEARBY if chunk.is_nearby else NamedAs.PLACE
        while stop < len(words):
            if words[stop] in self._market.roads:
                return NamedAs.ROAD
            behind, locality = self._longest(words, stop)
            if locality is not None and words[behind - 1] not in self._market.roads:
                stop = behind
            elif locality is not None and self._longest(words[: behind - 1], stop)[0] > stop:
                # A road between two places, as neither is on a road that is called after itself.
                return NamedAs.ROAD
            elif words[stop] in self._around or words[stop].isdigit():
                is_end = words[stop] in self._ends_of_names
                named_as = named_as if is_end else max(named_as, NamedAs.NEARBY)
                stop += 1
            else:
                break
        return named_as

    def _owner(
        self, words: Sequence[str], position: int, mentions: Sequence[Mention]
    ) -> Mention | None:
        """The mention that a division stands beside: behind it, else before it."""
        ends = {mention.stop: mention for mention in mentions}
        starts = {mention.start: mention for mention in mentions}
        before = position
        while before not in ends and before > 0 and self._is_between(words[before - 1]):
            before -= 1
        behind = position + 1
        while behind not in starts and behind < len(words) and self._is_between(words[behind]):
            behind += 1
        return ends.get(before) or starts.get(behind)

    def _is_between(self, word: str) -> bool:
        return _is_division(word) or word.isdigit() or word in self._around

    def _unknown(self, chunk: _Chunk, mentions: Iterable[Mention]) -> Iterator[str]:
        known = {i for mention in mentions for i in range(mention.start, mention.stop)}
        run: list[str] = []
        for i, word in enumerate([*chunk.words, ""]):
            is_name = word in self._market.roads or not self._is_between(word)
            if word and i not in known and is_name:
                run.append(word)
            elif run:
                yield " ".join(run)
                run = []

    def _is_elsewhere(self, chunks: Sequence[_Chunk], named: Sequence[Sequence[Mention]]) -> bool:
        """True where a part ends in another city, and is more than something on the way to it."""
        pairs = list(zip(chunks, named, strict=True))
        named_here = any(mentions for chunk, mentions in pairs if not chunk.is_nearby)
        return any(
            tuple(chunk.words[i:]) in self._elsewhere
            and (not named_here or (not chunk.is_nearby and (mentions or i == 0)))
            for chunk, mentions in pairs
            for i in range(max((m.stop for m in mentions), default=0), len(chunk.words))
        )


def most_telling(mentions: Sequence[Mention], market: Market) -> Mention | None:
    """The mention that says more than every other; None of none."""
    return min(
        mentions,
        key=lambda mention: (
            mention.named_as,
            any(_is_part(other, mention, market) for other in mentions),
        ),
        default=None,
    )


def _is_part(part: Mention, whole: Mention, market: Market) -> bool:
    """True for a division of the same locality, or a locality inside of the other.

    A landmark inside of it tells where the other is, as others do for places far from it.
    """
    if part.locality == whole.locality:
        return bool(part.divisions) and not whole.divisions
    is_landmark = part.locality.replace(" ", "_") in market.landmarks
    is_inside = market.parents.get(part.locality) == whole.locality and not is_landmark
    return part.named_as <= whole.named_as and (
        is_inside or part.locality.startswith(f"{whole.locality} ")
    )


def _is_division(word: str) -> bool:
    return " " in word
