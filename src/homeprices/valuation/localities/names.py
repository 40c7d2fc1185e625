"""Understands which locality is meant, and completes what is being typed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from homeprices.domain.locality import (
    Place,
    locality_key,
    phonetic_key,
    place_of,
    without_divisions,
)
from homeprices.domain.market import Market

_LEAST_LIKENESS = 75


@dataclass(frozen=True, slots=True)
class ResolvedLocality:
    """A locality as it was understood: the name to show, its keys, and whether it has listings.

    `corrected` says that the text was taken for a misspelling of this name, `geocoded` that
    there is no listing but a point on the market's map.
    """

    name: str
    place: Place
    known: bool
    corrected: bool = False
    geocoded: bool = False


@dataclass(frozen=True, slots=True)
class LocalityNames:
    """The localities that listings were seen in.

    `names` is how people write each sublocality; `localities` leads from a phonetic key to the
    locality it stands for; `regions` from a locality to its region. `geocoded` names the
    localities without listings that are on the market's map.
    """

    names: dict[str, str]
    localities: dict[str, str]
    regions: dict[str, str]
    geocoded: dict[str, str] = field(default_factory=dict)

    def find(self, text: str, market: Market) -> ResolvedLocality:
        """The locality that `text` means: all of it, else one of its parts between commas."""
        parts = text.split(",")
        candidates = [text, *reversed(parts)] if len(parts) > 1 else [text]
        for candidate in candidates:
            if (resolved := self._known(candidate, market)) is not None:
                return resolved
        return ResolvedLocality(" ".join(text.split()), place_of(text, market), False)

    def _known(self, text: str, market: Market) -> ResolvedLocality | None:
        key = locality_key(text, market)
        name = without_divisions(key)
        locality = self.localities.get(phonetic_key(name)) if name else None
        return None if locality is None else self.listed(locality, key.removeprefix(name))

    def listed(self, locality: str, divisions: str) -> ResolvedLocality:
        """A part of a locality with listings; `divisions` is what follows it in the key, or ""."""
        key = locality + divisions
        name = self.names.get(key) or self.names.get(locality) or locality.title()
        return ResolvedLocality(name, Place(key, locality, self.regions[locality]), True)


def fit_locality_names(
    texts: Sequence[str], market: Market, on_the_map: Iterable[str] = ()
) -> LocalityNames:
    """The localities of `texts`, as written; of spellings that sound alike the common one wins."""
    times = Counter(texts)
    counts: Counter[str] = Counter()
    for text, n in times.items():
        counts[place_of(text, market).locality] += n
    localities: dict[str, str] = {}
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        localities.setdefault(phonetic_key(name), name)
    names: dict[str, str] = {}
    regions: dict[str, Counter[str]] = defaultdict(Counter)
    for text in sorted(times, key=lambda text: (-times[text], text[:1].isdigit(), text)):
        place = place_of(text, market)
        locality = localities[phonetic_key(place.locality)]
        divisions = place.sublocality.removeprefix(place.locality)
        names.setdefault(locality + divisions, " ".join(text.split()))
        region = localities.get(phonetic_key(place.region), place.region)
        regions[locality][region] += times[text]
    geocoded = {place_of(text, market).locality: text for text in on_the_map}
    return LocalityNames(
        names,
        localities,
        {locality: seen.most_common(1)[0][0] for locality, seen in regions.items()},
        {name: text for name, text in geocoded.items() if phonetic_key(name) not in localities},
    )


class Completion:
    """Completes names as they are typed, misspelled or not."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)
        self._lower = [name.casefold() for name in names]
        self._phonetic_keys = [phonetic_key(name) for name in self._lower]

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
        completions = list(dict.fromkeys([*starts, *inside]))
        if len(completions) < limit:
            completions = list(dict.fromkeys([*completions, *self._alike(text, limit)]))
        return completions[:limit]

    def closest(self, typed: str) -> str | None:
        """The one name that a misspelling most likely means; None when nothing is near."""
        return next(iter(self._alike(" ".join(typed.casefold().split()), 1)), None)

    def _alike(self, text: str, limit: int) -> list[str]:
        sound = phonetic_key(text)
        if len(sound) < 3:
            return []
        starts = [name[: len(sound) + 1] for name in self._phonetic_keys]
        likeness = process.cdist([sound], starts, scorer=fuzz.ratio)[0]
        likely = [
            i
            for i, (likely, start) in enumerate(zip(likeness.tolist(), starts, strict=True))
            if likely >= _LEAST_LIKENESS and start[:1] == sound[:1]
        ]
        likely.sort(key=lambda i: (-likeness[i], len(self._phonetic_keys[i])))
        return [self._names[i] for i in likely[:limit]]
