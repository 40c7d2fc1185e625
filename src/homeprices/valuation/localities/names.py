"""Understands which locality is meant, and completes what is being typed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from homeprices.domain.locality import Place, base_of, locality_key, place_of, skeleton
from homeprices.domain.market import Market

_LEAST_LIKENESS = 75


@dataclass(frozen=True, slots=True)
class ResolvedLocality:
    """A locality as it was understood: the name to show, its keys, and whether it has listings.

    `corrected` says that the text was taken for a misspelling of this name, `charted` that
    there is no listing but a point on the market's map.
    """

    name: str
    place: Place
    known: bool
    corrected: bool = False
    charted: bool = False


@dataclass(frozen=True, slots=True)
class LocalityNames:
    """The localities that listings were seen in.

    `names` is how people write each leaf; `bases` leads from a skeleton to the
    base it stands for; `parents` from a base to its parent. `charted` names the bases
    without listings that are on the market's map.
    """

    names: dict[str, str]
    bases: dict[str, str]
    parents: dict[str, str]
    charted: dict[str, str] = field(default_factory=dict)

    def find(self, text: str, market: Market) -> ResolvedLocality:
        """The locality that `text` means: all of it, else one of its parts between commas."""
        parts = text.split(",")
        candidates = [text, *reversed(parts)] if len(parts) > 1 else [text]
        for candidate in candidates:
            if (found := self._known(candidate, market)) is not None:
                return found
        return ResolvedLocality(" ".join(text.split()), place_of(text, market), False)

    def _known(self, text: str, market: Market) -> ResolvedLocality | None:
        leaf = locality_key(text, market)
        base = base_of(leaf)
        known = self.bases.get(skeleton(base)) if base else None
        return None if known is None else self.at(known, leaf.removeprefix(base))

    def at(self, base: str, divisions: str) -> ResolvedLocality:
        """A part of a base that has listings; `divisions` is what follows it in the key, or ""."""
        leaf = base + divisions
        name = self.names.get(leaf) or self.names.get(base) or base.title()
        return ResolvedLocality(name, Place(leaf, base, self.parents[base]), True)


def fit_places(
    localities: Sequence[str], market: Market, on_the_map: Iterable[str] = ()
) -> LocalityNames:
    """The places of `localities`, as written; of spellings that sound alike the common one wins."""
    texts = Counter(localities)
    counts: Counter[str] = Counter()
    for text, n in texts.items():
        counts[place_of(text, market).base] += n
    bases: dict[str, str] = {}
    for base in sorted(counts, key=lambda b: (-counts[b], b)):
        bases.setdefault(skeleton(base), base)
    names: dict[str, str] = {}
    parents: dict[str, Counter[str]] = defaultdict(Counter)
    for text in sorted(texts, key=lambda t: (-texts[t], t[:1].isdigit(), t)):
        place = place_of(text, market)
        base = bases[skeleton(place.base)]
        names.setdefault(base + place.leaf.removeprefix(place.base), " ".join(text.split()))
        parent = bases.get(skeleton(place.parent), place.parent)
        parents[base][parent] += texts[text]
    charted = {place_of(text, market).base: text for text in on_the_map}
    return LocalityNames(
        names,
        bases,
        {base: seen.most_common(1)[0][0] for base, seen in parents.items()},
        {base: text for base, text in charted.items() if skeleton(base) not in bases},
    )


class Completion:
    """Completes names as they are typed, misspelled or not."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)
        self._lower = [name.casefold() for name in names]
        self._skeletons = [skeleton(name) for name in self._lower]

    def complete(self, typed: str, limit: int = 8) -> list[str]:
        """Names that start with `typed`, then that have a word that does, then that sound like it.

        Empty text completes to the first names.
        """
        text = " ".join(typed.casefold().split())
        if not text:
            return self._names[:limit]
        starts = [
            n for n, low in zip(self._names, self._lower, strict=True) if low.startswith(text)
        ]
        inside = [n for n, low in zip(self._names, self._lower, strict=True) if f" {text}" in low]
        found = list(dict.fromkeys([*starts, *inside]))
        if len(found) < limit:
            found = list(dict.fromkeys([*found, *self._alike(text, limit)]))
        return found[:limit]

    def closest(self, typed: str) -> str | None:
        """The one name that a misspelling most likely means; None when nothing is near."""
        return next(iter(self._alike(" ".join(typed.casefold().split()), 1)), None)

    def _alike(self, text: str, limit: int) -> list[str]:
        sound = skeleton(text)
        if len(sound) < 3:
            return []
        starts = [name[: len(sound) + 1] for name in self._skeletons]
        likeness = process.cdist([sound], starts, scorer=fuzz.ratio)[0]
        likely = [
            i
            for i, (likely, start) in enumerate(zip(likeness.tolist(), starts, strict=True))
            if likely >= _LEAST_LIKENESS and start[:1] == sound[:1]
        ]
        likely.sort(key=lambda i: (-likeness[i], len(self._skeletons[i])))
        return [self._names[i] for i in likely[:limit]]
